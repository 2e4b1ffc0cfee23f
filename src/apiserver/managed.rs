//! `metadata.managedFields`: who wrote which fields, as the API server notes updates.
//!
//! A manager owns the fields that it changed and that are there still; nobody else owns them
//! then. Lists whose items have keys are noted item by item, others whole.

use std::collections::BTreeSet;

use super::object::{items, map, put, text};
use super::{Kind, Manager};
use crate::kubernetes::{Value, json};

/// A field's path in the words of `fieldsV1`.
type Path = Vec<String>;

/// Deepest path that is noted.
const MAX_DEPTH: usize = 24;

/// Lists whose items are told apart by fields.
const KEYED: &[(&str, &[&str])] = &[
    ("conditions", &["type"]),
    ("containers", &["name"]),
    ("env", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ownerReferences", &["uid"]),
    ("podIPs", &["ip"]),
    ("ports", &["containerPort", "protocol"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
];

/// Maps that are written whole.
const ATOMIC: &[&str] = &["selector", "involvedObject", "nodeSelector", "fieldsV1"];

/// Fields that are there in every object of their kind, so that nobody sets them as such.
const ALWAYS: &[&str] = &[
    "metadata",
    "spec",
    "status",
    "template",
    "strategy",
    "containers",
    "source",
];

/// Notes in `new` what `by` changed against `old`.
pub(super) fn note(
    old: Option<&Value<'static>>,
    new: &mut Value<'static>,
    kind: &Kind,
    by: Manager<'_>,
    now: &str,
) {
    let mut before = BTreeSet::new();
    let mut after = BTreeSet::new();
    let mut changed = BTreeSet::new();
    if let Some(old) = old {
        walk(
            old,
            None,
            &mut Vec::new(),
            &mut before,
            &mut BTreeSet::new(),
        );
    }
    walk(new, Some(old), &mut Vec::new(), &mut after, &mut changed);
    if by.subresource.is_empty() {
        // A status is written through its subresource only.
        changed.retain(|path| path.first().is_none_or(|first| first != "f:status"));
    }
    let is_newer_event = kind.plural == "events" && !text(new, &["eventTime"]).is_empty();
    if is_newer_event {
        changed = changed.into_iter().filter_map(newer_event).collect();
        after.clone_from(&changed);
    }
    let api_version = match is_newer_event {
        true => "events.k8s.io/v1".to_owned(),
        false => kind.api_version(),
    };
    let mut entries = items(new, &["metadata", "managedFields"]).to_vec();
    let is_mine = |entry: &Value<'_>| {
        text(entry, &["manager"]) == by.name
            && text(entry, &["operation"]) == "Update"
            && text(entry, &["subresource"]) == by.subresource
    };
    // A field that went away counts as changed, too, but nobody owns it then.
    let is_touched = !changed.is_empty() || before.iter().any(|path| !after.contains(path));
    if !is_touched {
        return;
    }
    let mut own = changed.clone();
    entries.retain_mut(|entry| {
        let mut owned = BTreeSet::new();
        if let Some(fields) = entry.get("fieldsV1") {
            read(fields, &mut Vec::new(), &mut owned);
        }
        owned.retain(|path| after.contains(path));
        if is_mine(entry) {
            own.append(&mut owned);
            return false;
        }
        let count = owned.len();
        owned.retain(|path| !changed.contains(path));
        if owned.len() != count || owned.is_empty() {
            entry.set("fieldsV1", write(&owned));
        }
        !owned.is_empty()
    });
    if !own.is_empty() {
        let mut entry = map([
            ("manager", Value::text(by.name.to_owned())),
            ("operation", Value::text("Update")),
            ("apiVersion", Value::text(api_version)),
            ("time", Value::text(now.to_owned())),
            ("fieldsType", Value::text("FieldsV1")),
            ("fieldsV1", write(&own)),
        ]);
        if !by.subresource.is_empty() {
            entry.set("subresource", Value::text(by.subresource.to_owned()));
        }
        entries.push(entry);
    }
    // By time, then by name, as the API server sorts them.
    entries.sort_by(|a, b| {
        let key = |entry: &Value<'_>| {
            let of = |key| text(entry, &[key]).to_owned();
            (of("time"), of("manager"), of("subresource"))
        };
        key(a).cmp(&key(b))
    });
    put(new, &["metadata", "managedFields"], Value::List(entries));
}

/// A path of an Event in the words of `events.k8s.io`, where it has one.
fn newer_event(mut path: Path) -> Option<Path> {
    let first = path.first_mut()?;
    match first.as_str() {
        "f:involvedObject" => *first = "f:regarding".to_owned(),
        "f:message" => *first = "f:note".to_owned(),
        "f:reportingComponent" => *first = "f:reportingController".to_owned(),
        "f:source" => return None,
        _ => {}
    }
    Some(path)
}

/// Notes the paths of `value`, and in `changed` those that differ from `old`, where one is given.
fn walk(
    value: &Value<'_>,
    old: Option<Option<&Value<'_>>>,
    path: &mut Path,
    all: &mut BTreeSet<Path>,
    changed: &mut BTreeSet<Path>,
) {
    if path.len() >= MAX_DEPTH {
        return;
    }
    for (key, inner) in value.entries() {
        let is_of_server = match path.as_slice() {
            [] => matches!(&**key, "apiVersion" | "kind"),
            [first] if first == "f:metadata" => matches!(
                &**key,
                "name"
                    | "namespace"
                    | "uid"
                    | "creationTimestamp"
                    | "generation"
                    | "resourceVersion"
                    | "managedFields"
                    | "deletionTimestamp"
                    | "deletionGracePeriodSeconds"
            ),
            _ => false,
        };
        if is_of_server {
            continue;
        }
        let old = old.map(|old| old.and_then(|old| old.get(key)));
        path.push(format!("f:{key}"));
        let keys = KEYED
            .iter()
            .find(|(name, _)| *name == &**key)
            .map(|(_, keys)| *keys);
        let is_empty = matches!(inner, Value::Map(entries) if entries.is_empty());
        match (inner, keys) {
            (Value::Map(_), _) if !is_empty && !ATOMIC.contains(&&**key) => {
                note_self(key, old, path, all, changed);
                walk(inner, old, path, all, changed);
            }
            (Value::List(list), Some(keys))
                if list
                    .iter()
                    .all(|one| one.get(keys.first().copied().unwrap_or_default()).is_some()) =>
            {
                note_self(key, old, path, all, changed);
                for one in list {
                    let name = item_name(one, keys);
                    let was = old.map(|old| {
                        let mut olds = old.map(Value::items).unwrap_or_default().iter();
                        olds.find(|old| item_name(old, keys) == name)
                    });
                    path.push(name);
                    if key == "ownerReferences" {
                        leaf(Some(one), was, path, all, changed);
                    } else {
                        note_self("", was, path, all, changed);
                        walk(one, was, path, all, changed);
                    }
                    path.pop();
                }
            }
            _ => leaf(Some(inner), old, path, all, changed),
        }
        path.pop();
    }
}

fn leaf(
    value: Option<&Value<'_>>,
    old: Option<Option<&Value<'_>>>,
    path: &Path,
    all: &mut BTreeSet<Path>,
    changed: &mut BTreeSet<Path>,
) {
    all.insert(path.clone());
    if old.is_some_and(|old| old != value) {
        changed.insert(path.clone());
    }
}

/// The mark of a map, a list or an item that somebody added as such.
fn note_self(
    key: &str,
    old: Option<Option<&Value<'_>>>,
    path: &mut Path,
    all: &mut BTreeSet<Path>,
    changed: &mut BTreeSet<Path>,
) {
    if ALWAYS.contains(&key) {
        return;
    }
    path.push(".".to_owned());
    all.insert(path.clone());
    if matches!(old, Some(None)) {
        changed.insert(path.clone());
    }
    path.pop();
}

/// `k:{"name":"nginx"}`
fn item_name(item: &Value<'_>, keys: &[&str]) -> String {
    let entry = |key: &&str| Some((key.to_string().into(), item.get(key)?.clone()));
    let mut name = "k:".to_owned();
    json::push_compact(
        &mut name,
        &Value::map(keys.iter().filter_map(entry).collect()),
    );
    name
}

/// The paths of a `fieldsV1`.
fn read(fields: &Value<'_>, path: &mut Path, all: &mut BTreeSet<Path>) {
    if path.len() > MAX_DEPTH {
        return;
    }
    for (key, inner) in fields.entries() {
        path.push(key.to_string());
        if inner.entries().is_empty() {
            all.insert(path.clone());
        } else {
            read(inner, path, all);
        }
        path.pop();
    }
}

/// Paths as a `fieldsV1`.
fn write(paths: &BTreeSet<Path>) -> Value<'static> {
    let mut root = Value::Map(Vec::new());
    for path in paths {
        let mut at = &mut root;
        for key in path {
            if at.get(key).is_none() {
                at.set(key.clone(), Value::Map(Vec::new()));
            }
            match at.get_mut(key) {
                Some(next) => at = next,
                None => break,
            }
        }
    }
    root
}
