//! Who set which field: `metadata.managedFields` laid over the object.
//!
//! ```text
//! f:spec: {f:containers: {k:{"name":"web"}: {.: {}, f:image: {}}}}
//!   names the field  spec.containers[the item whose name is web].image
//! ```
//!
//! An entry owns the leaves of its set. A line of YAML belongs to the managers that own the leaf
//! it shows; a line that opens a map or a list belongs to those that own it as such (`.`).

use super::json;
use super::time;
use super::value::Value;
use super::yaml;

/// One entry of managedFields.
#[derive(Clone, Debug, PartialEq)]
pub struct Manager<'v> {
    /// Name of the manager, such as `kubectl-client-side-apply`.
    pub name: &'v str,
    /// `Apply` or `Update`.
    pub operation: &'v str,
    /// `status`, `scale`, or empty.
    pub subresource: &'v str,
    /// When it last changed its set, in microseconds since 1970.
    pub micros: Option<i64>,
    /// What it owns.
    fields: &'v Value<'v>,
}

/// A line of an object's YAML and who set what it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct BlamedLine {
    /// The line, without its end.
    pub text: String,
    /// Positions in the list of managers, as [`managers`] gives them.
    pub owners: Vec<u32>,
}

/// The managers of an object in their order.
pub fn managers<'v>(object: &'v Value<'v>) -> Vec<Manager<'v>> {
    let entries = object.at(&["metadata", "managedFields"]);
    let entries = entries.map(Value::items).unwrap_or_default();
    let text =
        |entry: &'v Value<'v>, key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    entries
        .iter()
        .map(|entry| Manager {
            name: text(entry, "manager"),
            operation: text(entry, "operation"),
            subresource: text(entry, "subresource"),
            micros: time::parse_micros(text(entry, "time")),
            fields: entry.get("fieldsV1").unwrap_or(&Value::Null),
        })
        .collect()
}

/// The manager that wrote last: the one whose set changed at the latest time.
pub fn last_writer<'m, 'v>(managers: &'m [Manager<'v>]) -> Option<&'m Manager<'v>> {
    managers.iter().max_by_key(|manager| manager.micros)
}

/// The YAML of an object without its managedFields, each line with its owners.
pub fn blame(object: &Value<'_>) -> Vec<BlamedLine> {
    let managers = managers(object);
    let sets: Vec<(u32, &Value<'_>)> = (0..)
        .zip(&managers)
        .map(|(at, manager)| (at, manager.fields))
        .collect();
    let mut lines = Vec::new();
    map(object, &sets, 0, 0, &mut lines);
    lines
}

/// Items of sets that own some part of a value.
type Sets<'v> = [(u32, &'v Value<'v>)];

fn map(value: &Value<'_>, sets: &Sets<'_>, column: usize, depth: u32, out: &mut Vec<BlamedLine>) {
    for (key, held) in yaml::in_order(value.entries()).iter() {
        if depth == 1 && key == "managedFields" {
            continue;
        }
        let name = format!("f:{key}");
        let inner = step(sets, |set| set.get(&name));
        let start = out.len();
        let mut text = String::new();
        // The document of this entry alone, in its place.
        let only = Value::Map(vec![(key.clone(), shallow(held))]);
        yaml::push_at(&mut text, &only, column);
        push_lines(&text, &owners(&inner), out);
        nested(held, &inner, column, depth, start, out);
    }
}

fn nested(
    held: &Value<'_>,
    sets: &Sets<'_>,
    column: usize,
    depth: u32,
    start: usize,
    out: &mut Vec<BlamedLine>,
) {
    let is_open = match held {
        Value::Map(entries) => !entries.is_empty(),
        Value::List(items) => !items.is_empty(),
        _ => false,
    };
    if !is_open {
        return;
    }
    // `key: {}` or `key: []` stands where the nested lines open.
    if let Some(line) = out.get_mut(start) {
        line.text.truncate(line.text.len().saturating_sub(3));
    }
    match held {
        Value::Map(_) => map(held, sets, column + 2, depth + 1, out),
        _ => list(held.items(), sets, column, depth + 1, out),
    }
}

fn list(
    items: &[Value<'_>],
    sets: &Sets<'_>,
    column: usize,
    depth: u32,
    out: &mut Vec<BlamedLine>,
) {
    for (at, item) in items.iter().enumerate() {
        let inner = step(sets, |set| {
            let mut keys = set.entries().iter();
            keys.find(|(key, _)| names_item(key, item, at))
                .map(|(_, set)| set)
        });
        let start = out.len();
        match item {
            Value::Map(entries) if !entries.is_empty() => map(item, &inner, column + 2, depth, out),
            Value::List(inside) if !inside.is_empty() => {
                list(inside, &inner, column + 2, depth, out);
            }
            _ => {
                let mut text = String::new();
                yaml::push_at(&mut text, &Value::List(vec![item.clone()]), column);
                // A list of values is often owned as a whole.
                let mut all = owners(&inner);
                if all.is_empty() {
                    all = owners(sets);
                }
                push_lines(&text, &all, out);
                continue;
            }
        }
        if let Some(line) = out.get_mut(start) {
            let rest = line.text.get(column + 2..).unwrap_or_default();
            line.text = format!("{}- {rest}", " ".repeat(column));
        }
    }
}

/// The same value with nothing inside, to print its key.
fn shallow<'v>(value: &Value<'v>) -> Value<'v> {
    match value {
        Value::Map(_) => Value::Map(Vec::new()),
        Value::List(_) => Value::List(Vec::new()),
        other => other.clone(),
    }
}

fn push_lines(text: &str, owners: &[u32], out: &mut Vec<BlamedLine>) {
    out.extend(text.lines().map(|line| BlamedLine {
        text: line.to_owned(),
        owners: owners.to_vec(),
    }));
}

fn step<'v>(
    sets: &Sets<'v>,
    find: impl Fn(&'v Value<'v>) -> Option<&'v Value<'v>>,
) -> Vec<(u32, &'v Value<'v>)> {
    let inner = sets.iter().filter_map(|(at, set)| Some((*at, find(set)?)));
    inner.collect()
}

/// Those that own the value itself: a leaf of their set, or one with `.` in it.
fn owners(sets: &Sets<'_>) -> Vec<u32> {
    let own = sets
        .iter()
        .filter(|(_, set)| set.entries().is_empty() || set.get(".").is_some());
    own.map(|(at, _)| *at).collect()
}

/// Whether an element of a set means an item: `k:{"name":"web"}`, `v:"x"` or `i:3`.
fn names_item(key: &str, item: &Value<'_>, at: usize) -> bool {
    match key.split_once(':') {
        Some(("k", text)) => {
            let (named, error) = json::read(text.as_bytes());
            let mut members = named.entries().iter();
            error.is_none() && members.all(|(key, value)| item.get(key) == Some(value))
        }
        Some(("v", text)) => json::read(text.as_bytes()) == (item.clone(), None),
        Some(("i", text)) => text.parse() == Ok(at),
        _ => false,
    }
}
