//! Which objects make no sense (`kubernetes/kubernetes`, `pkg/apis/*/validation`), for the kinds
//! that the simulated cluster acts on.

use super::object::{int, items, name, text};
use super::{Kind, Problem};
use crate::kubernetes::Value;

const NAME_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// Whether an object may be stored.
pub(super) fn check(kind: &Kind, value: &Value<'_>) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let named = name(value);
    let is_strict = kind.group != "rbac.authorization.k8s.io" && kind.plural != "apiservices";
    if named.is_empty() {
        errors.push("metadata.name: Required value: name or generateName is required".to_owned());
    } else if is_strict && !is_subdomain(named) {
        errors.push(format!(
            "metadata.name: Invalid value: {named:?}: {NAME_RULE}"
        ));
    }
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("apps", "deployments" | "replicasets") => workload(value, &mut errors),
        ("", "pods") => pod_spec(value.get("spec"), "spec", &mut errors),
        _ => {}
    }
    refuse(kind, named, errors)
}

/// Whether an object may become another.
pub(super) fn check_change(kind: &Kind, old: &Value<'_>, new: &Value<'_>) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let selector = ["spec", "selector"];
    if kind.group == "apps" && old.at(&selector) != new.at(&selector) {
        errors.push("spec.selector: Invalid value: field is immutable".to_owned());
    }
    refuse(kind, name(new), errors)
}

fn refuse(kind: &Kind, named: &str, errors: Vec<String>) -> Result<(), Problem> {
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Problem::Invalid {
            kind: kind.kind.clone(),
            name: named.to_owned(),
            errors,
        }),
    }
}

fn is_subdomain(name: &str) -> bool {
    let is_end = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let is_part = |part: &str| {
        let bytes = part.as_bytes();
        let is_inner =
            |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        is_end(bytes.first()) && is_end(bytes.last()) && bytes.iter().all(is_inner)
    };
    name.len() <= 253 && name.split('.').all(is_part)
}

fn workload(value: &Value<'_>, errors: &mut Vec<String>) {
    let replicas = int(value, &["spec", "replicas"]);
    if replicas < 0 {
        errors.push(format!(
            "spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0"
        ));
    }
    let wanted = value.at(&["spec", "selector", "matchLabels"]);
    let labels = value.at(&["spec", "template", "metadata", "labels"]);
    let wanted = wanted.map(Value::entries).unwrap_or_default();
    let fits = wanted
        .iter()
        .all(|(key, one)| labels.and_then(|labels| labels.get(key)) == Some(one));
    let expressions = items(value, &["spec", "selector", "matchExpressions"]);
    if wanted.is_empty() && expressions.is_empty() {
        errors.push(match value.at(&["spec", "selector"]) {
            None => "spec.selector: Required value".to_owned(),
            Some(_) => "spec.selector: Invalid value: {}: empty selector is invalid for deployment"
                .to_owned(),
        });
    }
    if wanted.is_empty() || !fits {
        let text = super::validate::go_map(labels);
        errors.push(format!(
            "spec.template.metadata.labels: Invalid value: {text}: `selector` does not match template `labels`"
        ));
    }
    pod_spec(
        value.at(&["spec", "template", "spec"]),
        "spec.template.spec",
        errors,
    );
}

/// A map as the server quotes it in an error.
fn go_map(map: Option<&Value<'_>>) -> String {
    match map {
        Some(map) if !map.entries().is_empty() => {
            let mut text = String::new();
            crate::kubernetes::json::push_compact(&mut text, map);
            text
        }
        _ => "null".to_owned(),
    }
}

fn pod_spec(spec: Option<&Value<'_>>, path: &str, errors: &mut Vec<String>) {
    let all = spec
        .map(|spec| items(spec, &["containers"]))
        .unwrap_or_default();
    if all.is_empty() {
        errors.push(format!("{path}.containers: Required value"));
    }
    for (at, one) in all.iter().enumerate() {
        for key in ["name", "image"] {
            if text(one, &[key]).is_empty() {
                errors.push(format!("{path}.containers[{at}].{key}: Required value"));
            }
        }
    }
}
