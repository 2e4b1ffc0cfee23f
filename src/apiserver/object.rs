//! Reading objects: short ways into a document.

use crate::kubernetes::Value;

/// A text at a path; empty where there is none.
pub fn text<'v>(value: &'v Value<'_>, path: &[&str]) -> &'v str {
    value.at(path).and_then(Value::as_str).unwrap_or_default()
}

/// A number at a path; 0 where there is none.
pub fn int(value: &Value<'_>, path: &[&str]) -> i64 {
    value.at(path).and_then(Value::as_int).unwrap_or_default()
}

/// Whether `true` stands at a path.
pub fn is_true(value: &Value<'_>, path: &[&str]) -> bool {
    value.at(path) == Some(&Value::Bool(true))
}

/// The items of a list at a path; none where there is none.
pub fn items<'v, 'a>(value: &'v Value<'a>, path: &[&str]) -> &'v [Value<'a>] {
    value.at(path).map(Value::items).unwrap_or_default()
}

/// The object's name.
pub fn name<'v>(value: &'v Value<'_>) -> &'v str {
    text(value, &["metadata", "name"])
}

/// The object's namespace; empty where it has none.
pub fn namespace<'v>(value: &'v Value<'_>) -> &'v str {
    text(value, &["metadata", "namespace"])
}

/// A label's value.
pub fn label<'v>(value: &'v Value<'_>, key: &str) -> Option<&'v str> {
    value
        .at(&["metadata", "labels", key])
        .and_then(Value::as_str)
}

/// The item of a list of conditions or containers whose `key` is `wanted`.
pub fn item<'v, 'a>(
    value: &'v Value<'a>,
    path: &[&str],
    key: &str,
    wanted: &str,
) -> Option<&'v Value<'a>> {
    let mut all = items(value, path).iter();
    all.find(|one| text(one, &[key]) == wanted)
}

/// Puts a value at a path, with maps on the way where there are none.
pub fn put(value: &mut Value<'static>, path: &[&'static str], new: Value<'static>) {
    let Some((last, way)) = path.split_last() else {
        return;
    };
    let mut at = value;
    for key in way {
        if !matches!(at.get(key), Some(Value::Map(_))) {
            at.set(*key, Value::Map(Vec::new()));
        }
        let Some(next) = at.get_mut(key) else {
            return;
        };
        at = next;
    }
    at.set(*last, new);
}

/// A map of texts.
pub fn texts(entries: &[(&'static str, &str)]) -> Value<'static> {
    let entry =
        |(key, text): &(&'static str, &str)| ((*key).into(), Value::text((*text).to_owned()));
    Value::map(entries.iter().map(entry).collect())
}

/// A map.
pub fn map(entries: impl IntoIterator<Item = (&'static str, Value<'static>)>) -> Value<'static> {
    let owned = entries.into_iter().map(|(key, value)| (key.into(), value));
    Value::map(owned.collect())
}
