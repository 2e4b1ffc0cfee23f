//! The values that jq's filters work on.
//!
//! Numbers are 64-bit floats that remember how they were written, as jq 1.7 has them: a large id
//! passes through unchanged, and becomes inexact only by arithmetic. Every value knows how much it
//! holds and how deep it is; one that grows past the bounds becomes [`Value::Refused`], which every
//! later use answers with an error. So no filter can fill the memory or the stack.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Most that one value may hold: bytes of strings, and one for every other value.
pub const MAX_WEIGHT: u64 = 8 << 20;
/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: u32 = 200;

const TOO_LARGE: &str = "a value grew past what is simulated here";
const TOO_DEEP: &str = "a value is nested deeper than is simulated here";

thread_local! {
    /// What the running filter may still do. A counter of work, not a state: every run sets it.
    static FUEL: Cell<u64> = const { Cell::new(0) };
}

/// Sets how much work may be done from here on.
pub fn set_fuel(amount: u64) {
    FUEL.set(amount);
}

/// How much work is left.
pub fn fuel() -> u64 {
    FUEL.get()
}

/// Pays for work; `false` once there is nothing left.
pub fn charge(amount: u64) -> bool {
    FUEL.set(fuel().saturating_sub(amount));
    fuel() > 0
}

/// A JSON value.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Num(Num),
    /// Text.
    Str(Rc<str>),
    /// An array.
    Arr(Rc<Array>),
    /// An object.
    Obj(Rc<Map>),
    /// What would have been too much; why.
    Refused(&'static str),
}

/// A number, and how it was written where a float does not say the same.
#[derive(Clone, Debug)]
pub struct Num {
    /// Its value, as near as a float comes.
    pub float: f64,
    /// As it was written.
    pub text: Option<Rc<str>>,
}

impl Num {
    /// Reads a number as JSON and filters have it.
    pub fn parse(text: &str) -> Option<Self> {
        let float: f64 = text.parse().ok()?;
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
        let kept = plain && float.is_finite() && super::write::number(float) != text;
        Some(Self {
            float,
            text: kept.then(|| text.into()),
        })
    }

    /// The exact value of what was written, where a float has lost it.
    fn exact(&self) -> Option<i128> {
        match &self.text {
            Some(text) => text.parse().ok(),
            None if self.float.fract() == 0.0 && self.float.abs() < 1e30 => {
                Some(self.float as i128)
            }
            None => None,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        if (self.text.is_some() || other.text.is_some())
            && let (Some(a), Some(b)) = (self.exact(), other.exact())
        {
            return a.cmp(&b);
        }
        // jq sorts nan below every number.
        let below = self.float.is_nan().then_some(Ordering::Less);
        self.float
            .partial_cmp(&other.float)
            .or(below)
            .unwrap_or(Ordering::Equal)
    }
}

/// An array with its measure.
#[derive(Clone, Debug, Default)]
pub struct Array {
    items: Vec<Value>,
    weight: u64,
    depth: u32,
}

impl Array {
    /// Its items.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// Takes an item out, `null` stays.
    pub fn take(&mut self, index: usize) -> Value {
        self.items
            .get_mut(index)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Puts an item in place of the one taken, whose weight was `before`; pads with nulls.
    pub fn put(&mut self, index: usize, value: Value, before: u64) {
        if index >= self.items.len() {
            self.items.resize(index.saturating_add(1), Value::Null);
        }
        self.weight = (self.weight.saturating_sub(before)).saturating_add(value.weight());
        self.depth = self.depth.max(value.depth());
        if let Some(place) = self.items.get_mut(index) {
            *place = value;
        }
    }
}

/// An object: entries in the order of their insertion.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Rc<str>, Value)>,
    places: BTreeMap<Rc<str>, usize>,
    weight: u64,
    depth: u32,
}

impl Map {
    /// All entries, in order.
    pub fn entries(&self) -> &[(Rc<str>, Value)] {
        &self.entries
    }

    /// All entries, by key.
    pub fn sorted(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.places
            .iter()
            .filter_map(|(key, place)| Some((key, &self.entries.get(*place)?.1)))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries
            .get(*self.places.get(key)?)
            .map(|entry| &entry.1)
    }

    /// Puts a value under a key, at the end where the key is new.
    pub fn insert(&mut self, key: Rc<str>, value: Value) {
        self.weight = self.weight.saturating_add(value.weight());
        self.depth = self.depth.max(value.depth());
        let place = self.places.get(&key).copied();
        match place.and_then(|place| self.entries.get_mut(place)) {
            Some(entry) => {
                self.weight = self.weight.saturating_sub(entry.1.weight());
                entry.1 = value;
            }
            None => {
                self.weight = self.weight.saturating_add(key.len() as u64 + 1);
                self.places.insert(key.clone(), self.entries.len());
                self.entries.push((key, value));
            }
        }
    }

    /// Takes a key away; answers its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let place = self.places.remove(key)?;
        if place >= self.entries.len() {
            return None;
        }
        let (_, value) = self.entries.remove(place);
        for later in self.places.values_mut().filter(|later| **later > place) {
            *later -= 1;
        }
        let weight = value.weight().saturating_add(key.len() as u64 + 1);
        self.weight = self.weight.saturating_sub(weight);
        Some(value)
    }
}

impl Value {
    /// A number.
    pub fn number(float: f64) -> Self {
        Self::Num(Num { float, text: None })
    }

    /// Text, refused where it is too long.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        let text = text.into();
        match text.len() as u64 > MAX_WEIGHT || !charge(text.len() as u64 / 16 + 1) {
            true => Self::Refused(TOO_LARGE),
            false => Self::Str(text),
        }
    }

    /// An array, refused where it holds too much.
    pub fn array(items: Vec<Value>) -> Self {
        let weight = items
            .iter()
            .fold(1u64, |sum, one| sum.saturating_add(one.weight()));
        let depth = items.iter().map(Self::depth).max().unwrap_or(0);
        let paid = charge(items.len() as u64 + 1);
        let refused = items.iter().find_map(Self::refusal);
        match (refused, paid) {
            (Some(why), _) => Self::Refused(why),
            (None, false) => Self::Refused(TOO_LARGE),
            _ => Self::Arr(Rc::new(Array {
                items,
                weight,
                depth,
            }))
            .bounded(),
        }
    }

    /// An object, refused where it holds too much.
    pub fn object(map: Map) -> Self {
        let paid = charge(map.entries.len() as u64 + 1);
        let refused = map.entries.iter().find_map(|entry| entry.1.refusal());
        match (refused, paid) {
            (Some(why), _) => Self::Refused(why),
            (None, false) => Self::Refused(TOO_LARGE),
            _ => Self::Obj(Rc::new(map)).bounded(),
        }
    }

    /// The value, or a refusal where it is past the bounds.
    pub fn bounded(self) -> Self {
        if self.weight() > MAX_WEIGHT {
            return Self::Refused(TOO_LARGE);
        }
        if self.depth() > MAX_DEPTH {
            return Self::Refused(TOO_DEEP);
        }
        self
    }

    /// Why it was refused, if it was.
    pub fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Refused(why) => Some(why),
            _ => None,
        }
    }

    /// How much it holds.
    pub fn weight(&self) -> u64 {
        match self {
            Self::Str(text) => 1 + text.len() as u64,
            Self::Arr(array) => array.weight.max(1),
            Self::Obj(map) => map.weight.saturating_add(1),
            _ => 1,
        }
    }

    /// How deep it is: 0 for what holds no other value.
    pub fn depth(&self) -> u32 {
        match self {
            Self::Arr(array) => array.depth.saturating_add(1),
            Self::Obj(map) => map.depth.saturating_add(1),
            _ => 0,
        }
    }

    /// jq's name of its type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null | Self::Refused(_) => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Str(_) => "string",
            Self::Arr(_) => "array",
            Self::Obj(_) => "object",
        }
    }

    /// `number (1)`: how errors name it. Long values are cut.
    pub fn shown(&self) -> String {
        format!("{} ({})", self.kind(), super::write::short(self))
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null | Self::Refused(_) => 0,
            Self::Bool(false) => 1,
            Self::Bool(true) => 2,
            Self::Num(_) => 3,
            Self::Str(_) => 4,
            Self::Arr(_) => 5,
            Self::Obj(_) => 6,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        charge(1);
        match (self, other) {
            (Self::Num(a), Self::Num(b)) => a.order(b),
            (Self::Str(a), Self::Str(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Self::Arr(a), Self::Arr(b)) => a.items.cmp(&b.items),
            (Self::Obj(a), Self::Obj(b)) => {
                let keys = a.places.keys().cmp(b.places.keys());
                keys.then_with(|| a.sorted().map(|one| one.1).cmp(b.sorted().map(|one| one.1)))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<isize> for Value {
    fn from(value: isize) -> Self {
        Self::from(value as i64)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::from(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        let exact = value.unsigned_abs() < 1 << 53;
        Self::Num(Num {
            float: value as f64,
            text: (!exact).then(|| value.to_string().into()),
        })
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::number(value)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<T: IntoIterator<Item = Value>>(items: T) -> Self {
        let mut all = Vec::new();
        let mut weight = 0u64;
        for item in items {
            weight = weight.saturating_add(item.weight());
            if weight > MAX_WEIGHT || !charge(1) {
                return Self::Refused(TOO_LARGE);
            }
            all.push(item);
        }
        Self::array(all)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&super::write::compact(self))
    }
}
