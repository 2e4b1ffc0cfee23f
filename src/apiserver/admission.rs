//! What admission adds to an object once its writer is noted (`kubernetes/kubernetes`,
//! `plugin/pkg/admission`): so nobody owns these fields.

use super::Kind;
use super::defaults::absent;
use super::object::{items, map, text, texts};
use crate::kubernetes::Value;

/// Where a pod finds the token of its account.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Adds to a pod its account, priority, tolerations and the volume with its token, whose name
/// ends in `random`.
pub(super) fn admit(kind: &Kind, value: &mut Value<'static>, random: &str) {
    if !kind.group.is_empty() || kind.plural != "pods" {
        return;
    }
    let Some(spec) = value.get_mut("spec") else {
        return;
    };
    let policy = Value::text("PreemptLowerPriority");
    absent(spec, &["preemptionPolicy"], policy);
    absent(spec, &["priority"], Value::Int(0));
    absent(spec, &["serviceAccountName"], Value::text("default"));
    let account = text(spec, &["serviceAccountName"]).to_owned();
    absent(spec, &["serviceAccount"], Value::text(account));
    if items(spec, &["tolerations"]).is_empty() {
        let one = |key: &str| {
            let mut one = texts(&[
                ("effect", "NoExecute"),
                ("key", key),
                ("operator", "Exists"),
            ]);
            one.set("tolerationSeconds", Value::Int(300));
            one
        };
        let both = [
            "node.kubernetes.io/not-ready",
            "node.kubernetes.io/unreachable",
        ];
        spec.set("tolerations", Value::List(both.map(one).to_vec()));
    }
    if spec.get("automountServiceAccountToken") != Some(&Value::Bool(false)) {
        mount_token(spec, random);
    }
}

fn mount_token(spec: &mut Value<'static>, random: &str) {
    let named = format!("kube-api-access-{random}");
    for key in ["containers", "initContainers"] {
        let Some(Value::List(all)) = spec.get_mut(key) else {
            continue;
        };
        for one in all {
            let mut mounts = items(one, &["volumeMounts"]).to_vec();
            let path = |mount: &Value<'_>| text(mount, &["mountPath"]) == TOKEN_PATH;
            if mounts.iter().any(path) {
                continue;
            }
            let mut mount = texts(&[("mountPath", TOKEN_PATH), ("name", &named)]);
            mount.set("readOnly", Value::Bool(true));
            mounts.push(mount);
            one.set("volumeMounts", Value::List(mounts));
        }
    }
    let item = |key: &str| texts(&[("key", key), ("path", key)]);
    let token = map([
        ("expirationSeconds", Value::Int(3607)),
        ("path", Value::text("token")),
    ]);
    let root = map([
        ("name", Value::text("kube-root-ca.crt")),
        ("items", Value::List(vec![item("ca.crt")])),
    ]);
    let space = map([
        (
            "fieldRef",
            texts(&[("apiVersion", "v1"), ("fieldPath", "metadata.namespace")]),
        ),
        ("path", Value::text("namespace")),
    ]);
    let sources = vec![
        map([("serviceAccountToken", token)]),
        map([("configMap", root)]),
        map([("downwardAPI", map([("items", Value::List(vec![space]))]))]),
    ];
    let projected = map([
        ("defaultMode", Value::Int(420)),
        ("sources", Value::List(sources)),
    ]);
    let mut volumes = items(spec, &["volumes"]).to_vec();
    volumes.push(map([
        ("name", Value::text(named)),
        ("projected", projected),
    ]));
    spec.set("volumes", Value::List(volumes));
}
