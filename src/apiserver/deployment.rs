//! The deployment controller: a replica set for the template, and a rolling change between two
//! (`kubernetes/kubernetes`, `pkg/controller/deployment`).

use sha2::{Digest as _, Sha256};

use super::object::{int, item, map, name, put, text, texts};
use super::replica_set::is_paused;
use super::server::letters;
use super::steps::{CONTROLLER, Told, controlled, kind, owner, tell};
use super::{Live, Manager, Problem, Server};
use crate::kubernetes::{Value, json};

const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";

/// Syncs the first deployment that has something to do.
pub(super) fn sync(server: &mut Server<'_>) -> Result<bool, Problem> {
    for deployment in server.list(&kind("deployments")?, None) {
        if !is_paused(&deployment.value) && sync_one(server, &deployment)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn replicas(set: &Live) -> i64 {
    int(&set.value, &["spec", "replicas"])
}

fn available(set: &Live) -> i64 {
    int(&set.value, &["status", "availableReplicas"])
}

/// A number, or a share of all in percent, rounded up or down.
fn share(value: Option<&Value<'_>>, all: i64, up: bool) -> i64 {
    match value {
        Some(Value::Int(number)) => (*number).max(0),
        Some(Value::Str(text)) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            let parts = percent.clamp(0, 100).saturating_mul(all.max(0));
            parts.saturating_add(if up { 99 } else { 0 }) / 100
        }
        _ => 0,
    }
}

fn sync_one(server: &mut Server<'_>, live: &Live) -> Result<bool, Problem> {
    let sets = controlled(server, &kind("replicasets")?, &live.value);
    let hash = hash(live.value.at(&["spec", "template"]));
    let (new, old): (Vec<_>, Vec<_>) = sets
        .into_iter()
        .partition(|set| super::object::label(&set.value, HASH) == Some(&*hash));
    let desired = int(&live.value, &["spec", "replicas"]);
    let rolling = |key: &str| live.value.at(&["spec", "strategy", "rollingUpdate", key]);
    let is_rolling = text(&live.value, &["spec", "strategy", "type"]) != "Recreate";
    let surge = share(rolling("maxSurge"), desired, true);
    let mut missing = share(rolling("maxUnavailable"), desired, false);
    if surge == 0 && missing == 0 {
        missing = 1;
    }
    let of_old: i64 = old.iter().map(replicas).sum();
    let revisions = old.iter().map(revision_of);
    let next = revisions.max().unwrap_or(0) + 1;
    let Some(new) = new.first() else {
        let room = match is_rolling || of_old == 0 {
            true => (desired + surge - of_old).clamp(0, desired),
            false => 0,
        };
        let set = create_set(server, live, &hash, room, (desired, desired + surge), next)?;
        scaled(server, live, &set, 0, room)?;
        let mut value = live.value.clone();
        annotate(&mut value, next);
        let created = format!("Created new replica set {:?}", name(&set.value));
        condition(
            server,
            &mut value,
            "Progressing",
            "True",
            "NewReplicaSetCreated",
            &created,
        );
        let by = Manager::status(CONTROLLER);
        server.update(&kind("deployments")?, value, live.mod_revision, by)?;
        return Ok(true);
    };
    if revision_of(new) < next {
        // An older template again: its replica set counts as the latest now.
        let mut value = new.value.clone();
        annotate(&mut value, next);
        let by = Manager::of(CONTROLLER);
        server.update(&kind("replicasets")?, value, new.mod_revision, by)?;
        return Ok(true);
    }
    if copied(server, live, new)? {
        return Ok(true);
    }
    let total = of_old + replicas(new);
    let wanted = match replicas(new) {
        _ if of_old == 0 => desired,
        now if now > desired => desired,
        now if !is_rolling => now,
        now => now + (desired + surge - total).clamp(0, desired - now),
    };
    if wanted != replicas(new) {
        resize(server, live, new, wanted, (desired, desired + surge))?;
        return Ok(true);
    }
    let ready: i64 = old.iter().chain([new]).map(available).sum();
    let can_go = match is_rolling {
        true => {
            let waiting = replicas(new) - available(new);
            (total - (desired - missing) - waiting).min(ready - (desired - missing))
        }
        false => of_old,
    };
    if let Some(set) = old.iter().find(|set| replicas(set) > 0)
        && can_go > 0
    {
        let left = replicas(set) - can_go.min(replicas(set));
        resize(server, live, set, left, (desired, desired + surge))?;
        return Ok(true);
    }
    status(server, live, new, &old, desired - missing)
}

fn revision_of(set: &Live) -> i64 {
    let text = text(&set.value, &["metadata", "annotations", REVISION]);
    text.parse().unwrap_or(0)
}

fn annotate(value: &mut Value<'static>, revision: i64) {
    let path = ["metadata", "annotations", REVISION];
    put(value, &path, Value::text(revision.to_string()));
}

/// A deployment's annotations go to its newest replica set, which keeps them when it is old: so
/// the history of a rollout knows the cause of each change. Answers whether there was one to copy.
fn copied(server: &mut Server<'_>, live: &Live, new: &Live) -> Result<bool, Problem> {
    let own = |key: &str| {
        key.starts_with("deployment.kubernetes.io/")
            || key.starts_with("deprecated.deployment")
            || key == "kubectl.kubernetes.io/last-applied-configuration"
    };
    let mut value = new.value.clone();
    let given = live.value.at(&["metadata", "annotations"]);
    for (key, text) in given.map(Value::entries).unwrap_or_default() {
        if own(key) {
            continue;
        }
        if let Some(all) = value
            .get_mut("metadata")
            .and_then(|meta| meta.get_mut("annotations"))
        {
            all.set(key.clone(), text.clone());
        }
    }
    if value == new.value {
        return Ok(false);
    }
    let by = Manager::of(CONTROLLER);
    server.update(&kind("replicasets")?, value, new.mod_revision, by)?;
    Ok(true)
}

/// The name of a template: a sum of its bytes, in letters. The real one sums Go's memory.
fn hash(template: Option<&Value<'_>>) -> String {
    let mut text = String::new();
    if let Some(template) = template {
        json::push_compact(&mut text, template);
    }
    let sum: [u8; 32] = Sha256::digest(text).into();
    let number = sum
        .iter()
        .take(4)
        .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    letters(number.to_string().bytes().map(u32::from))
}

fn create_set(
    server: &mut Server<'_>,
    live: &Live,
    hash: &str,
    replicas: i64,
    (desired, most): (i64, i64),
    revision: i64,
) -> Result<Live, Problem> {
    let hashed = || Value::text(hash.to_owned());
    let spec = |path: &[&str]| live.value.at(path).cloned().unwrap_or_else(|| map([]));
    let mut template = spec(&["spec", "template"]);
    put(&mut template, &["metadata", "labels", HASH], hashed());
    let mut selector = spec(&["spec", "selector"]);
    put(&mut selector, &["matchLabels", HASH], hashed());
    let labels = template.at(&["metadata", "labels"]).cloned();
    let annotations = texts(&[
        (
            "deployment.kubernetes.io/desired-replicas",
            &desired.to_string(),
        ),
        ("deployment.kubernetes.io/max-replicas", &most.to_string()),
        (REVISION, &revision.to_string()),
    ]);
    let meta = map([
        ("name", Value::text(format!("{}-{hash}", name(&live.value)))),
        (
            "namespace",
            Value::text(text(&live.value, &["metadata", "namespace"]).to_owned()),
        ),
        ("labels", labels.unwrap_or_else(|| map([]))),
        ("annotations", annotations),
        ("ownerReferences", Value::List(vec![owner(&live.value)])),
    ]);
    let value = map([
        ("apiVersion", Value::text("apps/v1")),
        ("kind", Value::text("ReplicaSet")),
        ("metadata", meta),
        (
            "spec",
            map([
                ("replicas", Value::Int(replicas)),
                ("selector", selector),
                ("template", template),
            ]),
        ),
    ]);
    server.create(&kind("replicasets")?, value, Manager::of(CONTROLLER))
}

fn resize(
    server: &mut Server<'_>,
    live: &Live,
    set: &Live,
    to: i64,
    (desired, most): (i64, i64),
) -> Result<(), Problem> {
    let mut value = set.value.clone();
    put(&mut value, &["spec", "replicas"], Value::Int(to));
    for (key, number) in [
        ("deployment.kubernetes.io/desired-replicas", desired),
        ("deployment.kubernetes.io/max-replicas", most),
    ] {
        let path = ["metadata", "annotations", key];
        put(&mut value, &path, Value::text(number.to_string()));
    }
    let by = Manager::of(CONTROLLER);
    server.update(&kind("replicasets")?, value, set.mod_revision, by)?;
    scaled(server, live, set, replicas(set), to)
}

fn scaled(
    server: &mut Server<'_>,
    live: &Live,
    set: &Live,
    from: i64,
    to: i64,
) -> Result<(), Problem> {
    let way = if to > from { "up" } else { "down" };
    let told = Told {
        about: &live.value,
        reason: "ScalingReplicaSet",
        message: format!(
            "Scaled {way} replica set {} from {from} to {to}",
            name(&set.value)
        ),
        component: "deployment-controller",
        manager: CONTROLLER,
    };
    tell(server, told)
}

/// Sets a condition; its times change with it.
fn condition(
    server: &mut Server<'_>,
    value: &mut Value<'static>,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
) {
    let now = server.now();
    let path = ["status", "conditions"];
    let old = item(value, &path, "type", kind);
    let same =
        old.is_some_and(|old| text(old, &["status"]) == status && text(old, &["reason"]) == reason);
    if same {
        return;
    }
    let kept = old.filter(|old| text(old, &["status"]) == status);
    let since = kept.map_or(now.as_str(), |old| text(old, &["lastTransitionTime"]));
    let one = texts(&[
        ("type", kind),
        ("status", status),
        ("reason", reason),
        ("message", message),
        ("lastTransitionTime", since),
        ("lastUpdateTime", &now),
    ]);
    let mut all = super::object::items(value, &path).to_vec();
    all.retain(|old| text(old, &["type"]) != kind);
    all.push(one);
    put(value, &path, Value::List(all));
}

/// Makes a condition count as new, but for since when it holds.
fn again(value: &mut Value<'static>, kind: &str) {
    let conditions = value
        .get_mut("status")
        .and_then(|status| status.get_mut("conditions"));
    if let Some(Value::List(all)) = conditions {
        let old = all.iter_mut().find(|one| text(one, &["type"]) == kind);
        if let Some(old) = old {
            old.remove("reason");
        }
    }
}

fn status(
    server: &mut Server<'_>,
    live: &Live,
    new: &Live,
    old: &[Live],
    least: i64,
) -> Result<bool, Problem> {
    let mut value = live.value.clone();
    annotate(&mut value, revision_of(new));
    let sum = |key: &str| -> i64 {
        let all = old.iter().chain([new]);
        all.map(|set| int(&set.value, &["status", key])).sum()
    };
    let (total, ready, available) = (
        sum("replicas"),
        sum("readyReplicas"),
        sum("availableReplicas"),
    );
    let updated = int(&new.value, &["status", "replicas"]);
    let desired = int(&value, &["spec", "replicas"]);
    let generation = int(&value, &["metadata", "generation"]);
    let mut status = map([("observedGeneration", Value::Int(generation))]);
    let kept = value.at(&["status", "conditions"]).cloned();
    status.set(
        "conditions",
        kept.unwrap_or_else(|| Value::List(Vec::new())),
    );
    for (key, number) in [
        ("replicas", total),
        ("updatedReplicas", updated),
        ("readyReplicas", ready),
        ("availableReplicas", available),
        (
            "unavailableReplicas",
            (total.max(desired) - available).max(0),
        ),
    ] {
        if number > 0 {
            status.set(key, Value::Int(number));
        }
    }
    let leaving = sum("terminatingReplicas");
    status.set("terminatingReplicas", Value::Int(leaving));
    value.set("status", status);
    match available >= least {
        true => condition(
            server,
            &mut value,
            "Available",
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        ),
        false => condition(
            server,
            &mut value,
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        ),
    }
    let set = name(&new.value);
    let was = |key: &str| int(&live.value, &["status", key]);
    let progressing = item(
        &live.value,
        &["status", "conditions"],
        "type",
        "Progressing",
    );
    let was_complete = total == updated
        && progressing.is_some_and(|one| text(one, &["reason"]) == "NewReplicaSetAvailable");
    if !was_complete {
        if updated == desired && total == desired && available == desired {
            condition(
                server,
                &mut value,
                "Progressing",
                "True",
                "NewReplicaSetAvailable",
                &format!("ReplicaSet {set:?} has successfully progressed."),
            );
        } else if updated > was("updatedReplicas")
            || total - updated < was("replicas") - was("updatedReplicas")
            || ready > was("readyReplicas")
            || available > was("availableReplicas")
        {
            again(&mut value, "Progressing");
            condition(
                server,
                &mut value,
                "Progressing",
                "True",
                "ReplicaSetUpdated",
                &format!("ReplicaSet {set:?} is progressing."),
            );
        }
    }
    if value == live.value {
        return Ok(false);
    }
    let by = Manager::status(CONTROLLER);
    server.update(&kind("deployments")?, value, live.mod_revision, by)?;
    Ok(true)
}
