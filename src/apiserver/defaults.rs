//! The values that the server fills in (`kubernetes/kubernetes`, `pkg/apis/*/v1/defaults.go`),
//! for the kinds that the simulated cluster acts on.

use super::Kind;
use super::object::{map, put, text};
use crate::kubernetes::Value;

/// Fills in what is not said.
pub(super) fn set(kind: &Kind, value: &mut Value<'static>) {
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("apps", "deployments") => {
            template(value);
            absent(value, &["spec", "replicas"], Value::Int(1));
            absent(value, &["spec", "revisionHistoryLimit"], Value::Int(10));
            absent(value, &["spec", "progressDeadlineSeconds"], Value::Int(600));
            absent(
                value,
                &["spec", "strategy", "type"],
                Value::text("RollingUpdate"),
            );
            if text(value, &["spec", "strategy", "type"]) == "RollingUpdate" {
                for key in ["maxSurge", "maxUnavailable"] {
                    let path = ["spec", "strategy", "rollingUpdate", key];
                    absent(value, &path, Value::text("25%"));
                }
            }
            absent(value, &["status"], map([]));
        }
        ("apps", "replicasets") => {
            template(value);
            absent(value, &["spec", "replicas"], Value::Int(1));
            absent(value, &["status"], map([("replicas", Value::Int(0))]));
        }
        ("", "pods") => pod(value),
        ("", "namespaces") => {
            let name = Value::text(text(value, &["metadata", "name"]).to_owned());
            if let Some(meta) = value.get_mut("metadata") {
                if meta.get("labels").is_none() {
                    meta.set("labels", map([]));
                }
                if let Some(labels) = meta.get_mut("labels") {
                    labels.set("kubernetes.io/metadata.name", name);
                }
            }
            let finalizers = Value::List(vec![Value::text("kubernetes")]);
            absent(value, &["spec", "finalizers"], finalizers);
            absent(value, &["status", "phase"], Value::text("Active"));
        }
        ("", "secrets") => {
            absent(value, &["type"], Value::text("Opaque"));
            plain_data(value);
        }
        ("", "services") => service(value),
        _ => {}
    }
}

/// Puts a value where none is.
pub(super) fn absent(value: &mut Value<'static>, path: &[&'static str], new: Value<'static>) {
    if matches!(value.at(path), None | Some(Value::Null)) {
        put(value, path, new);
    }
}

/// The pod that a workload makes.
fn template(value: &mut Value<'static>) {
    let spec = value
        .get_mut("spec")
        .and_then(|spec| spec.get_mut("template"));
    if let Some(spec) = spec.and_then(|template| template.get_mut("spec")) {
        pod_spec(spec);
    }
}

fn pod_spec(spec: &mut Value<'static>) {
    for key in ["containers", "initContainers"] {
        if let Some(Value::List(all)) = spec.get_mut(key) {
            all.iter_mut().for_each(container);
        }
    }
    absent(spec, &["dnsPolicy"], Value::text("ClusterFirst"));
    absent(spec, &["restartPolicy"], Value::text("Always"));
    absent(spec, &["schedulerName"], Value::text("default-scheduler"));
    absent(spec, &["securityContext"], map([]));
    absent(spec, &["terminationGracePeriodSeconds"], Value::Int(30));
}

fn container(one: &mut Value<'static>) {
    let image = text(one, &["image"]);
    let last = image.rsplit('/').next().unwrap_or_default();
    let is_latest = !last.contains([':', '@']) || last.ends_with(":latest");
    let policy = match is_latest {
        true => "Always",
        false => "IfNotPresent",
    };
    absent(one, &["imagePullPolicy"], Value::text(policy));
    absent(one, &["resources"], map([]));
    absent(
        one,
        &["terminationMessagePath"],
        Value::text("/dev/termination-log"),
    );
    absent(one, &["terminationMessagePolicy"], Value::text("File"));
    if let Some(Value::List(ports)) = one.get_mut("ports") {
        for port in ports {
            absent(port, &["protocol"], Value::text("TCP"));
        }
    }
}

/// A pod; what admission adds comes later (`admission`).
fn pod(value: &mut Value<'static>) {
    let Some(spec) = value.get_mut("spec") else {
        return;
    };
    pod_spec(spec);
    absent(spec, &["enableServiceLinks"], Value::Bool(true));
    absent(value, &["status", "phase"], Value::text("Pending"));
    absent(value, &["status", "qosClass"], Value::text("BestEffort"));
}

/// A Secret's `stringData` becomes `data`.
fn plain_data(value: &mut Value<'static>) {
    use base64::Engine as _;
    let Some(plain) = value.remove("stringData") else {
        return;
    };
    absent(value, &["data"], map([]));
    let Some(data) = value.get_mut("data") else {
        return;
    };
    for (key, text) in plain.entries() {
        let text = text.as_str().unwrap_or_default();
        let coded = base64::engine::general_purpose::STANDARD.encode(text);
        data.set(key.clone(), Value::text(coded));
    }
}

fn service(value: &mut Value<'static>) {
    absent(value, &["spec", "type"], Value::text("ClusterIP"));
    absent(value, &["spec", "sessionAffinity"], Value::text("None"));
    absent(
        value,
        &["spec", "internalTrafficPolicy"],
        Value::text("Cluster"),
    );
    absent(
        value,
        &["spec", "ipFamilyPolicy"],
        Value::text("SingleStack"),
    );
    absent(
        value,
        &["spec", "ipFamilies"],
        Value::List(vec![Value::text("IPv4")]),
    );
    if let Some(Value::List(ports)) = value.get_mut("spec").and_then(|spec| spec.get_mut("ports")) {
        for port in ports {
            absent(port, &["protocol"], Value::text("TCP"));
            let number = port.get("port").cloned().unwrap_or(Value::Int(0));
            absent(port, &["targetPort"], number);
        }
    }
    // An address that only the name decides.
    let name = text(value, &["metadata", "name"]);
    let sum = name.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    let ip = format!("10.96.{}.{}", sum / 256 % 256, sum % 254 + 1);
    absent(value, &["spec", "clusterIP"], Value::text(ip));
    let ip = text(value, &["spec", "clusterIP"]).to_owned();
    absent(
        value,
        &["spec", "clusterIPs"],
        Value::List(vec![Value::text(ip)]),
    );
    absent(value, &["status", "loadBalancer"], map([]));
}
