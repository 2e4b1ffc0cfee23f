//! The replica set controller: as many pods as are wanted.

use sha2::{Digest as _, Sha256};

use super::object::{int, is_true, item, map, name, put, text, texts};
use super::steps::{CONTROLLER, Told, controlled, kind, mark_deleted, owner, tell};
use super::{Live, Manager, Problem, Server};
use crate::kubernetes::Value;

/// Most pods that the simulated cluster runs; a real node takes 110. Each step of a controller
/// reads them all, so that it depends on nothing but the store.
const MAX_PODS: usize = 30;

/// Syncs the first replica set that has something to do.
pub(super) fn sync(server: &mut Server<'_>) -> Result<bool, Problem> {
    for set in server.list(&kind("replicasets")?, None) {
        if sync_one(server, &set)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a pod counts as ready.
pub(super) fn is_ready(pod: &Value<'_>) -> bool {
    let ready = item(pod, &["status", "conditions"], "type", "Ready");
    ready.is_some_and(|one| text(one, &["status"]) == "True")
}

fn is_leaving(value: &Value<'_>) -> bool {
    !text(value, &["metadata", "deletionTimestamp"]).is_empty()
}

fn sync_one(server: &mut Server<'_>, set: &Live) -> Result<bool, Problem> {
    let pods_kind = kind("pods")?;
    let all = controlled(server, &pods_kind, &set.value);
    let (leaving, mut pods): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|pod| is_leaving(&pod.value));
    let wanted = usize::try_from(int(&set.value, &["spec", "replicas"])).unwrap_or(0);
    if pods.len() < wanted && server.list(&pods_kind, None).len() < MAX_PODS {
        create_pod(server, set)?;
        if pods.len() + 1 == wanted {
            observe(server, set)?;
        }
        return Ok(true);
    }
    if pods.len() > wanted {
        // The ones that are not ready go first, then the youngest.
        pods.sort_by_key(|pod| {
            let created = text(&pod.value, &["metadata", "creationTimestamp"]).to_owned();
            (!is_ready(&pod.value), created, pod.mod_revision)
        });
        if let Some(last) = pods.last() {
            delete_pod(server, set, last)?;
            if pods.len() - 1 == wanted {
                observe(server, set)?;
            }
            return Ok(true);
        }
    }
    let ready = pods.iter().filter(|pod| is_ready(&pod.value)).count();
    let count = |count: usize| Value::Int(i64::try_from(count).unwrap_or(0));
    let mut value = set.value.clone();
    let generation = int(&value, &["metadata", "generation"]);
    let mut status = map([
        ("replicas", count(pods.len())),
        ("terminatingReplicas", count(leaving.len())),
        ("observedGeneration", Value::Int(generation)),
    ]);
    let counts = [
        ("fullyLabeledReplicas", pods.len()),
        ("readyReplicas", ready),
        ("availableReplicas", ready),
    ];
    for (key, many) in counts.into_iter().filter(|(_, many)| *many > 0) {
        status.set(key, count(many));
    }
    if value.get("status") == Some(&status) {
        return Ok(false);
    }
    value.set("status", status);
    let by = Manager::status(CONTROLLER);
    server.update(&kind("replicasets")?, value, set.mod_revision, by)?;
    Ok(true)
}

/// A sync that made or removed pods notes which generation it saw, with the counts from before:
/// the controller counts what it listed first.
fn observe(server: &mut Server<'_>, set: &Live) -> Result<(), Problem> {
    let generation = int(&set.value, &["metadata", "generation"]);
    if int(&set.value, &["status", "observedGeneration"]) >= generation {
        return Ok(());
    }
    let mut value = set.value.clone();
    let seen = ["status", "observedGeneration"];
    put(&mut value, &seen, Value::Int(generation));
    if value.at(&["status", "terminatingReplicas"]).is_none() {
        let none = ["status", "terminatingReplicas"];
        put(&mut value, &none, Value::Int(0));
    }
    let by = Manager::status(CONTROLLER);
    server.update(&kind("replicasets")?, value, set.mod_revision, by)?;
    Ok(())
}

fn create_pod(server: &mut Server<'_>, set: &Live) -> Result<(), Problem> {
    let template = set.value.at(&["spec", "template"]);
    let mut pod = template.cloned().unwrap_or_else(|| map([]));
    let prefix = format!("{}-", name(&set.value));
    let space = text(&set.value, &["metadata", "namespace"]).to_owned();
    pod.set("apiVersion", Value::text("v1"));
    pod.set("kind", Value::text("Pod"));
    put(&mut pod, &["metadata", "generateName"], Value::text(prefix));
    put(&mut pod, &["metadata", "namespace"], Value::text(space));
    let owners = Value::List(vec![owner(&set.value)]);
    put(&mut pod, &["metadata", "ownerReferences"], owners);
    let made = server.create(&kind("pods")?, pod, Manager::of(CONTROLLER))?;
    told(server, set, "SuccessfulCreate", "Created", &made)
}

fn delete_pod(server: &mut Server<'_>, set: &Live, pod: &Live) -> Result<(), Problem> {
    let pods = kind("pods")?;
    match text(&pod.value, &["spec", "nodeName"]).is_empty() {
        true => server.delete(&pods, pod)?,
        false => {
            let seconds = int(&pod.value, &["spec", "terminationGracePeriodSeconds"]);
            mark_deleted(server, &pods, pod, seconds, CONTROLLER)?;
        }
    }
    told(server, set, "SuccessfulDelete", "Deleted", pod)
}

fn told(
    server: &mut Server<'_>,
    set: &Live,
    reason: &str,
    verb: &str,
    pod: &Live,
) -> Result<(), Problem> {
    let told = Told {
        about: &set.value,
        reason,
        message: format!("{verb} pod: {}", name(&pod.value)),
        component: "replicaset-controller",
        manager: CONTROLLER,
    };
    tell(server, told)
}

/// The parts of a pod's status that say that it runs.
pub(super) fn running(pod: &Value<'_>, now: &str, ip: &str, node_ip: &str) -> Value<'static> {
    let condition = |kind: &str| {
        // Of what the scheduler said the time stays.
        let old = item(pod, &["status", "conditions"], "type", kind);
        let now = old.map_or(now, |old| text(old, &["lastTransitionTime"]));
        let mut one = texts(&[
            ("type", kind),
            ("status", "True"),
            ("lastTransitionTime", now),
        ]);
        one.set("lastProbeTime", Value::Null);
        one
    };
    let uid = text(pod, &["metadata", "uid"]);
    let container = |one: &Value<'_>| {
        let (image, named) = (text(one, &["image"]), text(one, &["name"]));
        let named = format!("{uid}/{named}");
        let mut status = texts(&[
            ("name", text(one, &["name"])),
            ("image", image),
            (
                "imageID",
                &format!("docker.io/library/{image}@sha256:{}", sum(image)),
            ),
            ("containerID", &format!("containerd://{}", sum(&named))),
        ]);
        status.set("ready", Value::Bool(true));
        status.set("started", Value::Bool(true));
        status.set("restartCount", Value::Int(0));
        status.set("lastState", map([]));
        status.set("state", map([("running", texts(&[("startedAt", now)]))]));
        status
    };
    let containers = super::object::items(pod, &["spec", "containers"]);
    let kinds = ["Initialized", "Ready", "ContainersReady", "PodScheduled"];
    let mut status = texts(&[
        ("phase", "Running"),
        ("hostIP", node_ip),
        ("podIP", ip),
        ("startTime", now),
        ("qosClass", "BestEffort"),
    ]);
    status.set("conditions", Value::List(kinds.map(condition).to_vec()));
    status.set("podIPs", Value::List(vec![texts(&[("ip", ip)])]));
    let all = containers.iter().map(container).collect();
    status.set("containerStatuses", Value::List(all));
    status
}

/// A sum in place of one that only a real image or container has.
fn sum(text: &str) -> String {
    let sum: [u8; 32] = Sha256::digest(text).into();
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a pod is paused from being acted on.
pub(super) fn is_paused(value: &Value<'_>) -> bool {
    is_true(value, &["spec", "paused"])
}
