//! What filters do with values: arithmetic, indexing, updates; refusals in jq's words.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Exn, ValR, ValX};

use super::value::{Array, MAX_WEIGHT, Map, Value, charge};

/// An error of a filter.
pub type Error = jaq_core::Error<Value>;

/// Largest index that an array is filled up to.
const MAX_INDEX: usize = 1 << 20;

/// An error with a text.
pub fn error(text: impl Into<String>) -> Error {
    Error::new(Value::from(text.into()))
}

/// Passes a value on, or says why it was refused.
pub fn checked(value: Value) -> ValR<Value> {
    match value.refusal() {
        Some(why) => Err(error(why)),
        None => Ok(value),
    }
}

fn cannot(a: &Value, b: &Value, what: &str) -> Error {
    error(format!("{} and {} cannot be {what}", a.shown(), b.shown()))
}

impl Add for Value {
    type Output = ValR<Value>;

    fn add(self, other: Self) -> ValR<Value> {
        if !charge(1 + (self.weight() + other.weight()) / 64) {
            return Err(error("stopped"));
        }
        match (self, other) {
            (Value::Null, value) | (value, Value::Null) => checked(value),
            (Value::Num(a), Value::Num(b)) => Ok(Value::number(a.float + b.float)),
            (Value::Str(a), Value::Str(b)) => {
                let mut text = String::with_capacity(a.len() + b.len());
                text.push_str(&a);
                text.push_str(&b);
                checked(Value::from(text))
            }
            (Value::Arr(a), Value::Arr(b)) => {
                let items = a.items().iter().chain(b.items()).cloned().collect();
                checked(Value::array(items))
            }
            (Value::Obj(mut a), Value::Obj(b)) => {
                let map = Rc::make_mut(&mut a);
                for (key, value) in b.entries() {
                    map.insert(key.clone(), value.clone());
                }
                checked(Value::Obj(a).bounded())
            }
            (a, b) => Err(cannot(&a, &b, "added")),
        }
    }
}

impl Sub for Value {
    type Output = ValR<Value>;

    fn sub(self, other: Self) -> ValR<Value> {
        charge(1);
        match (self, other) {
            (Value::Num(a), Value::Num(b)) => Ok(Value::number(a.float - b.float)),
            (Value::Arr(a), Value::Arr(b)) => {
                let left = a.items().iter().filter(|one| !b.items().contains(one));
                checked(Value::array(left.cloned().collect()))
            }
            (a, b) => Err(cannot(&a, &b, "subtracted")),
        }
    }
}

impl Mul for Value {
    type Output = ValR<Value>;

    fn mul(self, other: Self) -> ValR<Value> {
        charge(1);
        match (self, other) {
            (Value::Num(a), Value::Num(b)) => Ok(Value::number(a.float * b.float)),
            (Value::Str(text), Value::Num(times)) | (Value::Num(times), Value::Str(text)) => {
                if times.float.is_nan() || times.float <= 0.0 {
                    return Ok(Value::Null);
                }
                let times = times.float.ceil().max(1.0);
                if times * text.len() as f64 > MAX_WEIGHT as f64 {
                    return Err(error("Repeat string result too long"));
                }
                checked(Value::from(text.repeat(times as usize)))
            }
            (Value::Obj(a), Value::Obj(b)) => merge(&a, &b),
            (a, b) => Err(cannot(&a, &b, "multiplied")),
        }
    }
}

/// Objects merged all the way down; no deeper than values can be.
fn merge(a: &Map, b: &Map) -> ValR<Value> {
    let mut map = a.clone();
    for (key, value) in b.entries() {
        let value = match (map.get(key), value) {
            (Some(Value::Obj(old)), Value::Obj(new)) => merge(old, new)?,
            _ => value.clone(),
        };
        map.insert(key.clone(), value);
    }
    checked(Value::object(map))
}

impl Div for Value {
    type Output = ValR<Value>;

    fn div(self, other: Self) -> ValR<Value> {
        charge(1);
        match (&self, &other) {
            (Value::Num(_), Value::Num(b)) if b.float == 0.0 => {
                let what = "divided because the divisor is zero";
                Err(cannot(&self, &other, what))
            }
            (Value::Num(a), Value::Num(b)) => Ok(Value::number(a.float / b.float)),
            (Value::Str(text), Value::Str(_)) if text.is_empty() => {
                checked(Value::array(Vec::new()))
            }
            (Value::Str(text), Value::Str(between)) if between.is_empty() => checked(
                text.chars()
                    .map(|char| Value::from(char.to_string()))
                    .collect(),
            ),
            (Value::Str(text), Value::Str(between)) => {
                checked(text.split(&**between).map(Value::from).collect())
            }
            _ => Err(cannot(&self, &other, "divided")),
        }
    }
}

impl Rem for Value {
    type Output = ValR<Value>;

    fn rem(self, other: Self) -> ValR<Value> {
        charge(1);
        let (Value::Num(a), Value::Num(b)) = (&self, &other) else {
            return Err(cannot(&self, &other, "divided"));
        };
        if a.float.is_nan() || b.float.is_nan() {
            return Ok(Value::number(f64::NAN));
        }
        // Casts of floats stop at the ends of the range.
        let (number, by) = (a.float as i64, b.float as i64);
        match number.checked_rem(by.checked_abs().unwrap_or(i64::MAX)) {
            Some(rest) => Ok(Value::from(rest)),
            None => Err(cannot(&self, &other, "divided because the divisor is zero")),
        }
    }
}

impl Neg for Value {
    type Output = ValR<Value>;

    fn neg(self) -> ValR<Value> {
        match &self {
            Value::Num(number) => Ok(Value::number(-number.float)),
            _ => Err(error(format!("{} cannot be negated", self.shown()))),
        }
    }
}

impl From<Range<Value>> for Value {
    fn from(range: Range<Value>) -> Self {
        let mut map = Map::default();
        map.insert("start".into(), range.start.unwrap_or_default());
        map.insert("end".into(), range.end.unwrap_or_default());
        Value::object(map)
    }
}

/// Where an index points in `len` items, counted from the end where it is negative.
fn place(index: &Value, len: usize) -> Option<Result<usize, ()>> {
    let Value::Num(number) = index else {
        return None;
    };
    if number.float.is_nan() {
        return Some(Err(()));
    }
    let at = number.float.floor() as i64;
    Some(match at {
        0.. => usize::try_from(at).map_err(|_| ()),
        _ => {
            let back = usize::try_from(at.unsigned_abs()).map_err(|_| ());
            back.and_then(|back| len.checked_sub(back).ok_or(()))
        }
    })
}

/// The bounds of a slice of `len` items.
fn bounds(range: &Range<&Value>, len: usize) -> ValR<(usize, usize), Value> {
    let at = |bound: Option<&Value>, none: usize, up: bool| -> ValR<usize, Value> {
        let number = match bound {
            None | Some(Value::Null) => return Ok(none),
            Some(Value::Num(number)) => number.float,
            Some(_) => {
                return Err(error(
                    "Start and end indices of an array slice must be numbers",
                ));
            }
        };
        let number = if up { number.ceil() } else { number.floor() };
        let number = if number < 0.0 {
            number + len as f64
        } else {
            number
        };
        Ok(number.clamp(0.0, len as f64) as usize)
    };
    let start = at(range.start, 0, false)?;
    Ok((start, at(range.end, len, true)?.max(start)))
}

fn cannot_index(value: &Value, index: &Value) -> Error {
    error(match index {
        Value::Str(key) => format!("Cannot index {} with \"{key}\"", value.kind()),
        _ => format!("Cannot index {} with {}", value.kind(), index.kind()),
    })
}

/// The bounds that an object `{start, end}` stands for.
fn as_range(index: &Value) -> Option<Range<&Value>> {
    match index {
        Value::Obj(map) => Some(map.get("start")..map.get("end")),
        _ => None,
    }
}

fn first<'a, I: Iterator<Item = ValX<'a, Value>>>(
    mut outputs: I,
) -> ValX<'a, Option<Value>, Value> {
    outputs.next().transpose()
}

impl jaq_core::ValT for Value {
    fn from_num(text: &str) -> ValR<Self> {
        let number = super::value::Num::parse(text);
        number
            .map(Value::Num)
            .ok_or_else(|| error(format!("{text} is no number")))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(entries: I) -> ValR<Self> {
        let mut map = Map::default();
        for (key, value) in entries {
            let Value::Str(key) = key else {
                let text = format!("Object keys must be strings, not {}", key.shown());
                return Err(error(text));
            };
            map.insert(key, checked(value)?);
        }
        checked(Value::object(map))
    }

    fn key_values(self) -> Box<dyn Iterator<Item = ValR<(Self, Self), Self>>> {
        match self {
            Value::Arr(array) => {
                let pair =
                    move |at: usize| Some(Ok((Value::from(at), array.items().get(at)?.clone())));
                Box::new((0..).map_while(pair))
            }
            Value::Obj(map) => {
                let pair = move |at: usize| {
                    let (key, value) = map.entries().get(at)?;
                    Some(Ok((Value::Str(key.clone()), value.clone())))
                };
                Box::new((0..).map_while(pair))
            }
            other => Box::new(std::iter::once(Err(cannot_iterate(&other)))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR<Self>>> {
        charge(1);
        Box::new(self.key_values().map(|pair| pair.map(|pair| pair.1)))
    }

    fn index(self, index: &Self) -> ValR<Self> {
        charge(1);
        match (&self, index) {
            (Value::Refused(why), _) => Err(error(*why)),
            (Value::Obj(map), Value::Str(key)) => Ok(map.get(key).cloned().unwrap_or_default()),
            (Value::Null, Value::Str(_) | Value::Num(_) | Value::Null) => Ok(Value::Null),
            (Value::Arr(array), Value::Num(_)) => {
                let at = place(index, array.items().len());
                let item = at.and_then(Result::ok).and_then(|at| array.items().get(at));
                Ok(item.cloned().unwrap_or_default())
            }
            (Value::Arr(_), Value::Arr(_)) => super::funs::indices(&self, index),
            (Value::Arr(_) | Value::Str(_) | Value::Null, Value::Obj(map)) => {
                let range = map.get("start")..map.get("end");
                self.clone().range(range)
            }
            _ => Err(cannot_index(&self, index)),
        }
    }

    fn range(self, range: Range<&Self>) -> ValR<Self> {
        match &self {
            Value::Null => Ok(Value::Null),
            Value::Arr(array) => {
                let (start, end) = bounds(&range, array.items().len())?;
                checked(Value::array(
                    array.items().get(start..end).unwrap_or_default().to_vec(),
                ))
            }
            Value::Str(text) => {
                let (start, end) = bounds(&range, text.chars().count())?;
                let part: String = text.chars().skip(start).take(end - start).collect();
                checked(Value::from(part))
            }
            _ => Err(error(format!("Cannot index {} with object", self.kind()))),
        }
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        match &self {
            Value::Arr(array) => {
                let mut items = Vec::new();
                for item in array.items() {
                    items.extend(first(f(item.clone()))?);
                }
                Ok(checked(Value::array(items))?)
            }
            Value::Obj(old) => {
                let mut map = Map::default();
                for (key, value) in old.entries() {
                    if let Some(value) = first(f(value.clone()))? {
                        map.insert(key.clone(), value);
                    }
                }
                Ok(checked(Value::object(map))?)
            }
            _ => opt.fail(self, |value| Exn::from(cannot_iterate(&value))),
        }
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        charge(1);
        match (self, index) {
            (value @ (Value::Arr(_) | Value::Null), Value::Obj(_)) => match as_range(index) {
                Some(range) => value.map_range(range, opt, f),
                None => Ok(value),
            },
            (Value::Null, Value::Str(_)) => Value::Obj(Rc::default()).map_index(index, opt, f),
            (Value::Null, Value::Num(_)) => Value::Arr(Rc::default()).map_index(index, opt, f),
            (Value::Obj(mut map), Value::Str(key)) => {
                let old = map.get(key).cloned().unwrap_or_default();
                // Not held here while it changes, so that what is in it can change in place.
                let made = first(f(old))?;
                let entries = Rc::make_mut(&mut map);
                match made {
                    Some(value) => entries.insert(key.clone(), value),
                    None => drop(entries.remove(key)),
                }
                Ok(checked(Value::Obj(map).bounded())?)
            }
            (Value::Arr(mut array), Value::Num(_)) => {
                let refused = |text: &str| Exn::from(error(text));
                let at = match place(index, array.items().len()) {
                    Some(Ok(at)) if at <= MAX_INDEX => at,
                    Some(Ok(_)) => return Err(refused("Array index too large")),
                    _ => return Err(refused("Out of bounds negative array index")),
                };
                let items: &mut Array = Rc::make_mut(&mut array);
                let old = items.take(at);
                let before = old.weight();
                charge(at as u64 / 64);
                match first(f(old))? {
                    Some(value) => items.put(at, value, before),
                    None => {
                        let left = items.items().iter().enumerate();
                        let left = left.filter(|(place, _)| *place != at);
                        let left = left.map(|(_, item)| item.clone()).collect();
                        return Ok(checked(Value::array(left))?);
                    }
                }
                Ok(checked(Value::Arr(array).bounded())?)
            }
            (value, _) => opt.fail(value, |value| Exn::from(cannot_index(&value, index))),
        }
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        range: Range<&Self>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        let array = match &self {
            Value::Arr(array) => array.clone(),
            Value::Null => Rc::default(),
            Value::Str(_) => return Err(error("Cannot update string slices").into()),
            _ => {
                let why = |value: Value| {
                    let text = format!("Cannot update field at object index of {}", value.kind());
                    Exn::from(error(text))
                };
                return opt.fail(self, why);
            }
        };
        let items = array.items();
        let (start, end) = bounds(&range, items.len())?;
        let part = items.get(start..end).unwrap_or_default().to_vec();
        let made = match first(f(Value::array(part)))? {
            None => Vec::new(),
            Some(Value::Arr(made)) => made.items().to_vec(),
            Some(_) => {
                let text = "A slice of an array can only be assigned another array";
                return Err(error(text).into());
            }
        };
        let mut all = items.get(..start).unwrap_or_default().to_vec();
        all.extend(made);
        all.extend(items.get(end..).unwrap_or_default().iter().cloned());
        Ok(checked(Value::array(all))?)
    }

    fn as_bool(&self) -> bool {
        !matches!(self, Value::Null | Value::Bool(false))
    }

    fn into_string(self) -> Self {
        match &self {
            Value::Str(_) | Value::Refused(_) => self,
            _ => Value::from(super::write::compact(&self)),
        }
    }
}

fn cannot_iterate(value: &Value) -> Error {
    match value.refusal() {
        Some(why) => error(why),
        None => error(format!("Cannot iterate over {}", value.shown())),
    }
}
