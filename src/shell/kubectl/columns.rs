//! The columns of `kubectl get`, as the server's table printers have them
//! (`kubernetes/kubernetes`, `pkg/printers/internalversion/printers.go`).

use super::age::age;
use super::more_columns as more;
use crate::apiserver::Kind;
use crate::apiserver::object::{int, is_true, item, items, label, text};
use crate::kubernetes::Value;

/// Headings behind `NAME`; those behind the bar are for `-o wide` alone.
type Row = fn(&Value<'_>, &mut Vec<String>, i64);

/// The headings of a kind's table without `NAME`, how many of them stand in the plain one, and
/// what fills them.
pub(super) fn columns(kind: &Kind) -> (&'static [&'static str], usize, Row) {
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "pods") => (
            &[
                "READY",
                "STATUS",
                "RESTARTS",
                "AGE",
                "IP",
                "NODE",
                "NOMINATED NODE",
                "READINESS GATES",
            ],
            4,
            pod,
        ),
        ("apps", "deployments") => (
            &[
                "READY",
                "UP-TO-DATE",
                "AVAILABLE",
                "AGE",
                "CONTAINERS",
                "IMAGES",
                "SELECTOR",
            ],
            4,
            deployment,
        ),
        ("apps", "replicasets") => (
            &[
                "DESIRED",
                "CURRENT",
                "READY",
                "AGE",
                "CONTAINERS",
                "IMAGES",
                "SELECTOR",
            ],
            4,
            replica_set,
        ),
        ("", "nodes") => (
            &[
                "STATUS",
                "ROLES",
                "AGE",
                "VERSION",
                "INTERNAL-IP",
                "EXTERNAL-IP",
                "OS-IMAGE",
                "KERNEL-VERSION",
                "CONTAINER-RUNTIME",
            ],
            4,
            node,
        ),
        ("", "services") => (
            &[
                "TYPE",
                "CLUSTER-IP",
                "EXTERNAL-IP",
                "PORT(S)",
                "AGE",
                "SELECTOR",
            ],
            5,
            service,
        ),
        ("", "namespaces") => (&["STATUS", "AGE"], 2, |value, row, now| {
            row.extend([
                text(value, &["status", "phase"]).to_owned(),
                age(value, now),
            ]);
        }),
        ("", "configmaps") => (&["DATA", "AGE"], 2, |value, row, now| {
            let count = |key| value.get(key).map_or(0, |data| data.entries().len());
            row.extend([
                (count("data") + count("binaryData")).to_string(),
                age(value, now),
            ]);
        }),
        ("", "secrets") => (&["TYPE", "DATA", "AGE"], 3, |value, row, now| {
            let count = value.get("data").map_or(0, |data| data.entries().len());
            row.extend([
                text(value, &["type"]).to_owned(),
                count.to_string(),
                age(value, now),
            ]);
        }),
        ("", "serviceaccounts") => (&["SECRETS", "AGE"], 2, |value, row, now| {
            row.extend([
                items(value, &["secrets"]).len().to_string(),
                age(value, now),
            ]);
        }),
        _ => more::columns(kind),
    }
}

/// Only how old it is.
pub(super) fn only_age(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    row.push(age(value, now));
}

/// The text, or what stands for none.
pub(super) fn or<'t>(text: &'t str, none: &'t str) -> String {
    match text {
        "" => none,
        text => text,
    }
    .to_owned()
}

fn pod(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let statuses = items(value, &["status", "containerStatuses"]);
    let ready = statuses
        .iter()
        .filter(|one| is_true(one, &["ready"]))
        .count();
    let all = items(value, &["spec", "containers"]).len();
    let restarts: i64 = statuses.iter().map(|one| int(one, &["restartCount"])).sum();
    row.extend([
        format!("{ready}/{all}"),
        pod_status(value),
        restarts.to_string(),
        age(value, now),
        or(text(value, &["status", "podIP"]), "<none>"),
        or(text(value, &["spec", "nodeName"]), "<none>"),
        or(text(value, &["status", "nominatedNodeName"]), "<none>"),
    ]);
    let gates = items(value, &["spec", "readinessGates"]);
    row.push(match gates.len() {
        0 => "<none>".to_owned(),
        all => {
            let is_met = |gate: &&Value<'_>| {
                let wanted = text(gate, &["conditionType"]);
                let found = item(value, &["status", "conditions"], "type", wanted);
                found.is_some_and(|one| text(one, &["status"]) == "True")
            };
            format!("{}/{all}", gates.iter().filter(is_met).count())
        }
    });
}

/// The word in a pod's `STATUS`.
pub(super) fn pod_status(value: &Value<'_>) -> String {
    let mut word = or(
        text(value, &["status", "reason"]),
        text(value, &["status", "phase"]),
    );
    for one in items(value, &["status", "containerStatuses"]).iter().rev() {
        let waiting = text(one, &["state", "waiting", "reason"]);
        let ended = text(one, &["state", "terminated", "reason"]);
        if !waiting.is_empty() {
            word = waiting.to_owned();
        } else if !ended.is_empty() {
            word = ended.to_owned();
        } else if let Some(over) = one.at(&["state", "terminated"]) {
            word = match int(over, &["signal"]) {
                0 => format!("ExitCode:{}", int(over, &["exitCode"])),
                signal => format!("Signal:{signal}"),
            };
        }
    }
    if !text(value, &["metadata", "deletionTimestamp"]).is_empty() {
        word = "Terminating".to_owned();
    }
    word
}

fn deployment(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let status = |key| int(value, &["status", key]);
    row.extend([
        format!(
            "{}/{}",
            status("readyReplicas"),
            int(value, &["spec", "replicas"])
        ),
        status("updatedReplicas").to_string(),
        status("availableReplicas").to_string(),
        age(value, now),
    ]);
    more::template(value, row);
}

fn replica_set(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let status = |key| int(value, &["status", key]).to_string();
    row.extend([
        int(value, &["spec", "replicas"]).to_string(),
        status("replicas"),
        status("readyReplicas"),
        age(value, now),
    ]);
    more::template(value, row);
}

fn node(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let ready = item(value, &["status", "conditions"], "type", "Ready");
    let mut status = match ready.map(|one| text(one, &["status"])) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if is_true(value, &["spec", "unschedulable"]) {
        status.push_str(",SchedulingDisabled");
    }
    let labels = value.at(&["metadata", "labels"]).map(Value::entries);
    let mut roles: Vec<_> = labels
        .unwrap_or_default()
        .iter()
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .collect();
    roles.extend(label(value, "kubernetes.io/role"));
    let address = |kind| {
        let found = item(value, &["status", "addresses"], "type", kind);
        or(found.map_or("", |one| text(one, &["address"])), "<none>")
    };
    let info = |key| text(value, &["status", "nodeInfo", key]);
    row.extend([
        status,
        or(&roles.join(","), "<none>"),
        age(value, now),
        info("kubeletVersion").to_owned(),
        address("InternalIP"),
        address("ExternalIP"),
        or(info("osImage"), "<unknown>"),
        or(info("kernelVersion"), "<unknown>"),
        or(info("containerRuntimeVersion"), "<unknown>"),
    ]);
}

fn service(value: &Value<'_>, row: &mut Vec<String>, now: i64) {
    let kind = text(value, &["spec", "type"]);
    let external: Vec<_> = items(value, &["spec", "externalIPs"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let external = match (kind, external.is_empty()) {
        ("ExternalName", _) => text(value, &["spec", "externalName"]).to_owned(),
        ("LoadBalancer", true) => "<pending>".to_owned(),
        _ => or(&external.join(","), "<none>"),
    };
    let port = |one: &Value<'_>| {
        let (number, protocol) = (int(one, &["port"]), text(one, &["protocol"]));
        match int(one, &["nodePort"]) {
            0 => format!("{number}/{protocol}"),
            node => format!("{number}:{node}/{protocol}"),
        }
    };
    let ports: Vec<_> = items(value, &["spec", "ports"]).iter().map(port).collect();
    row.extend([
        kind.to_owned(),
        or(text(value, &["spec", "clusterIP"]), "<none>"),
        external,
        or(&ports.join(","), "<none>"),
        age(value, now),
        more::pairs(value.at(&["spec", "selector"])),
    ]);
}
