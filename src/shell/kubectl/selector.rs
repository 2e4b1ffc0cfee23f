//! `-l` and `--field-selector`: which objects are meant.

use std::borrow::Cow;

use crate::apiserver::object::label;
use crate::kubernetes::Value;

/// Conditions that must all hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    labels: Vec<Condition>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Clone, Debug)]
struct Condition {
    key: String,
    /// The values meant; none for any.
    values: Option<Vec<String>>,
    /// Whether it must not be so.
    not: bool,
}

impl Selector {
    /// Reads both; none stands for an empty one.
    pub(super) fn read(labels: Option<&str>, fields: Option<&str>) -> Result<Self, String> {
        let mut selector = Self::default();
        for part in parts(labels.unwrap_or_default()) {
            selector.labels.push(condition(part)?);
        }
        for part in fields
            .unwrap_or_default()
            .split(',')
            .filter(|part| !part.is_empty())
        {
            let (path, value) = part
                .split_once('=')
                .ok_or_else(|| format!("invalid selector: {part:?}; can't understand {part:?}"))?;
            let not = path.ends_with('!');
            let value = value.strip_prefix('=').unwrap_or(value);
            let path = path.trim_end_matches('!');
            selector
                .fields
                .push((path.to_owned(), not, value.to_owned()));
        }
        Ok(selector)
    }

    /// Whether anything was asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether an object is meant.
    pub(super) fn matches(&self, value: &Value<'_>) -> bool {
        self.labels.iter().all(|one| one.holds(value))
            && self.fields.iter().all(|(path, not, wanted)| {
                let keys: Vec<_> = path.split('.').collect();
                let found = match value.at(&keys) {
                    Some(Value::Str(text)) => text.clone(),
                    Some(Value::Int(number)) => Cow::Owned(number.to_string()),
                    Some(Value::Bool(is_set)) => Cow::Owned(is_set.to_string()),
                    _ => Cow::Borrowed(""),
                };
                (found == wanted.as_str()) != *not
            })
    }
}

impl Condition {
    fn holds(&self, value: &Value<'_>) -> bool {
        let found = label(value, &self.key);
        let is_met = match (&self.values, found) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(values), Some(found)) => values.iter().any(|one| one == found),
        };
        is_met != self.not
    }
}

/// The parts between commas that stand in no brackets.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    let split = move |one: char| {
        match one {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        one == ',' && depth == 0
    };
    text.split(split)
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn condition(part: &str) -> Result<Condition, String> {
    let bad = || format!("unable to parse requirement: found '{part}'");
    let make = |key: &str, values: Option<Vec<String>>, not| {
        let key = key.trim();
        match key.is_empty() || key.contains([' ', '=', '(', ')']) {
            true => Err(bad()),
            false => Ok(Condition {
                key: key.to_owned(),
                values,
                not,
            }),
        }
    };
    if let Some(inner) = part.strip_suffix(')') {
        let (head, list) = inner.split_once('(').ok_or_else(bad)?;
        let values = list.split(',').map(|one| one.trim().to_owned()).collect();
        let head = head.trim();
        return match (head.strip_suffix(" notin"), head.strip_suffix(" in")) {
            (Some(key), _) => make(key, Some(values), true),
            (_, Some(key)) => make(key, Some(values), false),
            _ => Err(bad()),
        };
    }
    let one = |value: &str| Some(vec![value.trim().to_owned()]);
    if let Some((key, value)) = part.split_once("!=") {
        return make(key, one(value), true);
    }
    if let Some((key, value)) = part.split_once('=') {
        return make(key, one(value.strip_prefix('=').unwrap_or(value)), false);
    }
    match part.strip_prefix('!') {
        Some(key) => make(key, None, true),
        None => make(part, None, false),
    }
}
