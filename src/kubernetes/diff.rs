//! What changed between two versions of an object, path by path.
//!
//! Lists whose items name themselves (by `name`, `type`, `key`, `ip`, `uid` or `containerPort`) are
//! compared by that name, others by position.

use super::value::Value;

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'v> {
    /// Where, as `spec.containers[name=web].image`.
    pub path: String,
    /// What kind of part of the object it is in.
    pub part: Part,
    /// What stood there before; none if nothing did.
    pub old: Option<&'v Value<'v>>,
    /// What stands there now; none if it went.
    pub new: Option<&'v Value<'v>>,
}

/// The parts of an object that are shown or folded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What was asked for, and everything that is none of the others.
    Spec,
    /// Labels and annotations.
    Labels,
    /// The rest of the metadata.
    Meta,
    /// What controllers report.
    Status,
    /// What every write changes: managedFields, resourceVersion, heartbeats.
    Noise,
}

/// Members by which the items of a list are told apart.
const NAMES: &[&str] = &["name", "type", "key", "ip", "uid", "containerPort"];

/// Every difference between two documents, in the order of their paths.
pub fn diff<'v>(old: &'v Value<'v>, new: &'v Value<'v>) -> Vec<Change<'v>> {
    let mut changes = Vec::new();
    compare(&mut String::new(), Some(old), Some(new), &mut changes);
    changes
}

fn compare<'v>(
    path: &mut String,
    old: Option<&'v Value<'v>>,
    new: Option<&'v Value<'v>>,
    out: &mut Vec<Change<'v>>,
) {
    let len = path.len();
    match (old, new) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Map(old)), Some(Value::Map(new))) => {
            let keys = merged(
                old.iter().map(|(key, _)| &**key),
                new.iter().map(|(key, _)| &**key),
            );
            for key in keys {
                let find = |entries: &'v [super::value::Entry<'v>]| {
                    let at = entries.binary_search_by(|(found, _)| (**found).cmp(key));
                    entries.get(at.ok()?).map(|(_, value)| value)
                };
                push_name(path, key);
                compare(path, find(old), find(new), out);
                path.truncate(len);
            }
        }
        (Some(Value::List(old)), Some(Value::List(new))) => match name_of(old, new) {
            Some(name) => {
                let mut seen = std::collections::BTreeSet::new();
                for item in new.iter().chain(old) {
                    let Some(text) = item.get(name).map(label) else {
                        continue;
                    };
                    if !seen.insert(text.clone()) {
                        continue;
                    }
                    let find = |items: &'v [Value<'v>]| {
                        let mut found = items.iter();
                        found.find(|item| item.get(name).map(label).as_ref() == Some(&text))
                    };
                    *path += &format!("[{name}={text}]");
                    compare(path, find(old), find(new), out);
                    path.truncate(len);
                }
            }
            None => {
                for at in 0..old.len().max(new.len()) {
                    *path += &format!("[{at}]");
                    compare(path, old.get(at), new.get(at), out);
                    path.truncate(len);
                }
            }
        },
        _ => out.push(Change {
            path: path.clone(),
            part: part(path),
            old,
            new,
        }),
    }
}

fn push_name(path: &mut String, key: &str) {
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain {
        *path += &format!("[{key:?}]");
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

/// Two sorted lists of keys as one.
fn merged<'v>(
    old: impl Iterator<Item = &'v str>,
    new: impl Iterator<Item = &'v str>,
) -> impl Iterator<Item = &'v str> {
    let (mut old, mut new) = (old.peekable(), new.peekable());
    std::iter::from_fn(move || match (old.peek(), new.peek()) {
        (Some(a), Some(b)) => match a.cmp(b) {
            std::cmp::Ordering::Less => old.next(),
            std::cmp::Ordering::Greater => new.next(),
            std::cmp::Ordering::Equal => {
                new.next();
                old.next()
            }
        },
        (Some(_), None) => old.next(),
        (None, _) => new.next(),
    })
}

/// Lists longer than this are compared by position, which takes one look at each item.
const MAX_NAMED: usize = 500;

/// The member by which every item of both lists is told apart.
fn name_of(old: &[Value<'_>], new: &[Value<'_>]) -> Option<&'static str> {
    if old.len() + new.len() > MAX_NAMED {
        return None;
    }
    let is_name = |name: &&&str| {
        [old, new].iter().all(|items| {
            let mut labels: Vec<_> = items.iter().map(|item| item.get(name).map(label)).collect();
            labels.sort();
            let unique = labels.is_sorted_by(|a, b| a < b);
            unique && labels.iter().all(Option::is_some)
        })
    };
    NAMES.iter().find(is_name).copied()
}

fn label(value: &Value<'_>) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Which part of an object a path lies in.
pub fn part(path: &str) -> Part {
    let under = |prefix: &str| {
        let rest = path.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let noise = [
        "metadata.managedFields",
        "metadata.resourceVersion",
        "spec.renewTime",
    ];
    if noise.iter().any(|prefix| under(prefix))
        || path.ends_with(".lastHeartbeatTime")
        || path.ends_with(".lastProbeTime")
    {
        Part::Noise
    } else if under("metadata.labels") || under("metadata.annotations") {
        Part::Labels
    } else if under("metadata") {
        Part::Meta
    } else if under("status") {
        Part::Status
    } else {
        Part::Spec
    }
}
