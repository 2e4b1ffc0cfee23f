//! Secrets are shown only to who asks for them.
//!
//! Masked are the values under `data` and `stringData` of a Secret, and the annotation in which
//! kubectl keeps the manifest that was applied, since it has them again.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::json;
use super::stored::{MAGIC, Object};
use super::value::Value;

/// What stands in place of a masked value, as in `kubectl diff`.
pub const MASK: &str = "***";
/// The same where the value changed.
const MASK_BEFORE: &str = "*** (before)";
const MASK_AFTER: &str = "*** (after)";

/// The annotation with the manifest that was applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Whether a key is a Secret's, under `/registry` or another prefix: `.../secrets/NAMESPACE/NAME`.
pub fn is_secret_key(key: &[u8]) -> bool {
    let mut from_end = key.rsplit(|byte| *byte == b'/');
    let (name, namespace, resource) = (from_end.next(), from_end.next(), from_end.next());
    let has_names = [name, namespace]
        .iter()
        .all(|part| part.is_some_and(|part| !part.is_empty()));
    has_names && resource == Some(b"secrets") && from_end.next().is_some()
}

/// Whether a stored value is to be masked: by its key, or since it says that it is a Secret.
pub fn hides(key: &[u8], value: &[u8]) -> bool {
    /// The kind stands in the first field of the envelope.
    const HEAD: usize = 64;
    if is_secret_key(key) {
        return true;
    }
    if value.starts_with(MAGIC) {
        let head = value.get(..HEAD).unwrap_or(value);
        return holds(head, b"\x06Secret");
    }
    if !value.trim_ascii_start().starts_with(b"{") || !holds(value, br#""Secret""#) {
        return false;
    }
    let (object, error) = json::read(value);
    error.is_some() || object.get("kind").and_then(Value::as_str) == Some("Secret")
}

/// Whether bytes hold a text.
pub fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len().max(1)).any(|part| part == text)
}

/// Whether an object has values to mask.
pub fn is_secret(object: &Object<'_>) -> bool {
    object.kind == "Secret" && matches!(&*object.api_version, "v1" | "")
}

/// Masks every value of a Secret.
pub fn mask(object: &mut Object<'_>) {
    mask_but(object, &|_| false);
}

/// Masks the values of a Secret but those whose path (`data.password`) was revealed.
pub fn mask_but(object: &mut Object<'_>, is_revealed: &dyn Fn(&str) -> bool) {
    if is_secret(object) {
        each(&mut object.value, &mut |path, value| {
            if !is_revealed(&path) {
                *value = Value::Str(Cow::Borrowed(MASK));
            }
        });
    }
}

/// Masks every value of a document that is a Secret; answers whether it is one.
pub fn mask_value(value: &mut Value<'_>) -> bool {
    let of = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let is_secret = of("kind") == "Secret" && matches!(of("apiVersion"), "v1" | "");
    if is_secret {
        each(value, &mut |_, value| {
            *value = Value::Str(Cow::Borrowed(MASK));
        });
    }
    is_secret
}

/// Masks two versions of a Secret so that values that differ still do: `*** (before)` and
/// `*** (after)`.
pub fn mask_both(old: &mut Object<'_>, new: &mut Object<'_>, is_revealed: &dyn Fn(&str) -> bool) {
    if !is_secret(old) && !is_secret(new) {
        return;
    }
    let mut before = BTreeMap::new();
    each(&mut old.value, &mut |path, value| {
        drop(before.insert(path, value.clone().into_owned()));
    });
    let mut differ = BTreeSet::new();
    each(&mut new.value, &mut |path, value| {
        if is_revealed(&path) {
            return;
        }
        let is_other = before.get(&path).is_some_and(|old| old != value);
        *value = Value::Str(Cow::Borrowed(if is_other { MASK_AFTER } else { MASK }));
        if is_other {
            differ.insert(path);
        }
    });
    each(&mut old.value, &mut |path, value| {
        if !is_revealed(&path) {
            let is_other = differ.contains(&path);
            *value = Value::Str(Cow::Borrowed(if is_other { MASK_BEFORE } else { MASK }));
        }
    });
}

/// Leaves nothing but names of an object that lies where Secrets do and does not say that it is
/// one: its values may stand anywhere.
pub fn mask_whole(object: &mut Object<'_>) {
    if let Value::Map(entries) = &mut object.value {
        for (key, value) in entries {
            match &**key {
                "apiVersion" | "kind" => {}
                "metadata" => {
                    value.remove("annotations");
                }
                _ => *value = Value::Str(Cow::Borrowed(MASK)),
            }
        }
    }
    object.unknown.clear();
}

/// Paths of the values that are masked.
pub fn paths(object: &mut Object<'_>) -> Vec<String> {
    let mut paths = Vec::new();
    if is_secret(object) {
        each(&mut object.value, &mut |path, _| paths.push(path));
    }
    paths
}

/// Calls with every value that a Secret hides, and its path.
fn each<'a>(object: &mut Value<'a>, call: &mut dyn FnMut(String, &mut Value<'a>)) {
    for part in ["data", "stringData"] {
        match object.get_mut(part) {
            Some(Value::Map(entries)) => {
                for (key, value) in entries {
                    call(format!("{part}.{key}"), value);
                }
            }
            Some(other) => call(part.to_owned(), other),
            None => {}
        }
    }
    let annotations = object.get_mut("metadata");
    let annotations = annotations.and_then(|meta| meta.get_mut("annotations"));
    if let Some(applied) = annotations.and_then(|all| all.get_mut(LAST_APPLIED)) {
        call(format!("metadata.annotations.{LAST_APPLIED}"), applied);
    }
}
