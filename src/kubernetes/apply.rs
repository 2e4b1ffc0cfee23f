//! A stored object as one to apply: without what the API server and its controllers fill in.

use super::{Object, Value};

/// Members of `metadata` that the server sets.
const META: &[&str] = &[
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
    // They name uids that another cluster, or a later time, does not have.
    "ownerReferences",
];

/// Annotations that controllers and kubectl itself write.
const ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
];

/// Strips what is set by the server, and the values at these paths of a Secret.
pub fn to_apply(object: &mut Object<'_>, hidden: &[String]) {
    for path in hidden {
        if let Some((part, key)) = path.split_once('.')
            && let Some(values) = object.value.get_mut(part)
        {
            values.remove(key);
        } else {
            object.value.remove(path);
        }
    }
    object.value.remove("status");
    if let Some(meta) = object.value.get_mut("metadata") {
        META.iter().for_each(|name| drop(meta.remove(name)));
        if let Some(annotations) = meta.get_mut("annotations") {
            ANNOTATIONS
                .iter()
                .for_each(|name| drop(annotations.remove(name)));
            if annotations.entries().is_empty() {
                meta.remove("annotations");
            }
        }
    }
    let kind = object.kind.clone();
    let Some(spec) = object.value.get_mut("spec") else {
        return;
    };
    match &*kind {
        // Allocated by the server, unless there is to be none.
        "Service" if spec.get("clusterIP").and_then(Value::as_str) != Some("None") => {
            spec.remove("clusterIP");
            spec.remove("clusterIPs");
        }
        "Pod" => drop(spec.remove("nodeName")),
        "PersistentVolumeClaim" => drop(spec.remove("volumeName")),
        "Namespace" => drop(spec.remove("finalizers")),
        _ => {}
    }
}
