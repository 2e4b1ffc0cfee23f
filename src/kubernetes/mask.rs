//! Secrets are shown only to who asks for them.
//!
//! Masked are the values under `data` and `stringData` of a Secret, and the annotation in which
//! kubectl keeps the manifest that was applied, since it has them again.

use std::borrow::Cow;

use super::stored::Object;
use super::value::Value;

/// What stands in place of a masked value, as in `kubectl diff`.
pub const MASK: &str = "***";

/// The annotation with the manifest that was applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

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
    if !is_secret(object) {
        return;
    }
    for part in ["data", "stringData"] {
        match object.value.get_mut(part) {
            Some(Value::Map(entries)) => {
                for (key, value) in entries {
                    if !is_revealed(&format!("{part}.{key}")) {
                        *value = Value::Str(Cow::Borrowed(MASK));
                    }
                }
            }
            Some(other) => *other = Value::Str(Cow::Borrowed(MASK)),
            None => {}
        }
    }
    let annotations = object.value.get_mut("metadata");
    let annotations = annotations.and_then(|meta| meta.get_mut("annotations"));
    if let Some(applied) = annotations.and_then(|all| all.get_mut(LAST_APPLIED))
        && !is_revealed(&format!("metadata.annotations.{LAST_APPLIED}"))
    {
        *applied = Value::Str(Cow::Borrowed(MASK));
    }
}
