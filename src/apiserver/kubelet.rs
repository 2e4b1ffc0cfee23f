//! The scheduler and the kubelet: a node for every pod, and pods that start and stop.

use super::object::{item, items, map, name, namespace, put, text, texts};
use super::replica_set::running;
use super::server::BINDING;
use super::steps::{SCHEDULER, Told, kind, tell};
use super::{Live, Manager, Problem, Server};
use crate::kubernetes::Value;

/// Binds the first pod that has no node, to the node with the fewest pods.
pub(super) fn schedule(server: &mut Server<'_>) -> Result<bool, Problem> {
    let pods_kind = kind("pods")?;
    let pods = server.list(&pods_kind, None);
    let node_of = |pod: &Live| text(&pod.value, &["spec", "nodeName"]).to_owned();
    let waiting = |pod: &&Live| node_of(pod).is_empty() && !is_leaving(&pod.value);
    let Some(pod) = pods.iter().find(waiting) else {
        return Ok(false);
    };
    let load = |node: &Live| {
        pods.iter()
            .filter(|pod| node_of(pod) == name(&node.value))
            .count()
    };
    let nodes = server.list(&kind("nodes")?, None);
    let Some(node) = nodes.iter().min_by_key(|node| load(node)) else {
        return Ok(false);
    };
    let node = name(&node.value).to_owned();
    let mut value = pod.value.clone();
    put(&mut value, &["spec", "nodeName"], Value::text(node.clone()));
    let now = server.now();
    let mut scheduled = texts(&[
        ("type", "PodScheduled"),
        ("status", "True"),
        ("lastTransitionTime", &now),
    ]);
    scheduled.set("lastProbeTime", Value::Null);
    put(
        &mut value,
        &["status", "conditions"],
        Value::List(vec![scheduled]),
    );
    let by = Manager {
        name: SCHEDULER,
        subresource: BINDING,
    };
    let bound = server.update(&pods_kind, value, pod.mod_revision, by)?;
    let message = format!(
        "Successfully assigned {}/{} to {node}",
        namespace(&bound.value),
        name(&bound.value)
    );
    let told = Told {
        about: &bound.value,
        reason: "Scheduled",
        message,
        component: "default-scheduler",
        manager: SCHEDULER,
    };
    tell(server, told)?;
    Ok(true)
}

fn is_leaving(value: &Value<'_>) -> bool {
    !text(value, &["metadata", "deletionTimestamp"]).is_empty()
}

fn next(server: &Server<'_>) -> Option<Live> {
    let pods = server.list(&kind("pods").ok()?, None);
    pods.into_iter().find(|pod| {
        let is_bound = !text(&pod.value, &["spec", "nodeName"]).is_empty();
        let is_pending = text(&pod.value, &["status", "phase"]) == "Pending";
        is_leaving(&pod.value) || is_bound && is_pending
    })
}

/// Whether a pod is to be started or stopped.
pub(super) fn has_work(server: &Server<'_>) -> bool {
    next(server).is_some()
}

/// Starts or stops the first pod.
pub(super) fn act(server: &mut Server<'_>) -> Result<(), Problem> {
    let pods = kind("pods")?;
    let Some(pod) = next(server) else {
        return Ok(());
    };
    if is_leaving(&pod.value) {
        return server.delete(&pods, &pod);
    }
    let now = server.now();
    let used: Vec<String> = server
        .list(&pods, None)
        .iter()
        .map(|pod| text(&pod.value, &["status", "podIP"]).to_owned())
        .collect();
    // The first that is free; there are more addresses than pods.
    let free = |number: &i64| !used.contains(&address(*number));
    let ip = address((5..65_000).find(free).unwrap_or_default());
    let node = text(&pod.value, &["spec", "nodeName"]).to_owned();
    let node = server.get(&kind("nodes")?, "", &node).ok();
    let node_ip = node
        .as_ref()
        .and_then(|node| item(&node.value, &["status", "addresses"], "type", "InternalIP"))
        .map_or("172.18.0.2", |one| text(one, &["address"]));
    let mut value = pod.value.clone();
    value.set("status", running(&pod.value, &now, &ip, node_ip));
    let started = server.update(&pods, value, pod.mod_revision, Manager::status("kubelet"))?;
    for one in items(&started.value, &["spec", "containers"]) {
        let image = text(one, &["image"]);
        let named = text(one, &["name"]);
        for (reason, message) in [
            (
                "Pulled",
                format!("Container image {image:?} already present on machine"),
            ),
            ("Created", format!("Created container: {named}")),
            ("Started", format!("Started container {named}")),
        ] {
            let told = Told {
                about: &started.value,
                reason,
                message,
                component: "kubelet",
                manager: "kubelet",
            };
            tell(server, told)?;
        }
    }
    Ok(())
}

fn address(number: i64) -> String {
    format!("10.244.{}.{}", number / 256, number % 256)
}

/// A node that is ready.
pub(super) fn node(named: &str, ip: &str, now: &str) -> Value<'static> {
    let condition = |kind: &str, status: &str, reason: &str| {
        texts(&[
            ("type", kind),
            ("status", status),
            ("reason", reason),
            ("lastHeartbeatTime", now),
            ("lastTransitionTime", now),
        ])
    };
    let labels = texts(&[
        ("kubernetes.io/hostname", named),
        ("kubernetes.io/os", "linux"),
        ("node-role.kubernetes.io/control-plane", ""),
    ]);
    let room = texts(&[("cpu", "8"), ("memory", "16Gi"), ("pods", "110")]);
    let address = |kind: &str, text: &str| texts(&[("type", kind), ("address", text)]);
    map([
        ("apiVersion", Value::text("v1")),
        ("kind", Value::text("Node")),
        (
            "metadata",
            map([("name", Value::text(named.to_owned())), ("labels", labels)]),
        ),
        ("spec", texts(&[("podCIDR", "10.244.0.0/24")])),
        (
            "status",
            map([
                (
                    "addresses",
                    Value::List(vec![address("InternalIP", ip), address("Hostname", named)]),
                ),
                ("allocatable", room.clone()),
                ("capacity", room),
                (
                    "conditions",
                    Value::List(vec![condition("Ready", "True", "KubeletReady")]),
                ),
                (
                    "nodeInfo",
                    texts(&[
                        ("kubeletVersion", "v1.27.1"),
                        ("containerRuntimeVersion", "containerd://1.6.21"),
                        ("operatingSystem", "linux"),
                        ("architecture", "amd64"),
                    ]),
                ),
            ]),
        ),
    ])
}
