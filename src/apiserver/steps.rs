//! The controllers: what they do next is read from the objects alone.
//!
//! Each step is what one controller does once: it syncs a Deployment, a ReplicaSet, a pod. So the
//! order is the same whenever the objects are, and nothing is lost when a session is played again.
//!
//! As on a real cluster: garbage goes first, then deployments, replica sets and the scheduler
//! act; the kubelet needs longer and comes when nobody else has anything to do.

use super::bootstrap::{NODE, ROOT_CERTIFICATE, account, root_certificate};
use super::object::{map, name, namespace, put, text, texts};
use super::server::is_controlled_by;
use super::{
    Kind, Live, Manager, Problem, Server, builtin, deployment, kubelet, leaving, replica_set,
};
use crate::kubernetes::{Value, time};

/// What the controllers have to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something was done at once.
    Done,
    /// The kubelet has something to do, which takes a while.
    Waits,
    /// Nothing is left.
    Idle,
}

/// Name of the scheduler in `managedFields`.
pub(super) const SCHEDULER: &str = "kube-scheduler";

/// Name of the controllers in `managedFields`.
pub(super) const CONTROLLER: &str = "kube-controller-manager";

/// Does what comes next. With `waited`, the kubelet's turn has come.
///
/// # Errors
/// What the store refuses; then nothing more can be done.
pub fn step(server: &mut Server<'_>, waited: bool) -> Result<Step, Problem> {
    if leaving::collect(server)?
        || accounts(server)?
        || deployment::sync(server)?
        || replica_set::sync(server)?
        || kubelet::schedule(server)?
    {
        return Ok(Step::Done);
    }
    match (kubelet::has_work(server), waited) {
        (false, _) => Ok(Step::Idle),
        (true, false) => Ok(Step::Waits),
        (true, true) => kubelet::act(server).map(|()| Step::Done),
    }
}

/// Gives the first namespace that has none its account and its certificate.
fn accounts(server: &mut Server<'_>) -> Result<bool, Problem> {
    let accounts = kind("serviceaccounts")?;
    let maps = kind("configmaps")?;
    for space in server.list(&kind("namespaces")?, None) {
        let named = name(&space.value);
        let is_active = text(&space.value, &["status", "phase"]) == "Active";
        if is_active && server.get(&accounts, named, "default").is_err() {
            account(server, named)?;
            return Ok(true);
        }
        if is_active && server.get(&maps, named, ROOT_CERTIFICATE).is_err() {
            root_certificate(server, named)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// A built-in kind.
pub(super) fn kind(plural: &str) -> Result<Kind, Problem> {
    builtin(plural).ok_or(Problem::NoSchema)
}

/// The objects that one controls.
pub(super) fn controlled(server: &Server<'_>, kind: &Kind, owner: &Value<'_>) -> Vec<Live> {
    let mut all = server.list(kind, Some(namespace(owner)));
    all.retain(|one| is_controlled_by(&one.value, owner));
    all
}

/// An entry of `ownerReferences` for what an object controls.
pub(super) fn owner(value: &Value<'_>) -> Value<'static> {
    let mut one = texts(&[
        ("apiVersion", text(value, &["apiVersion"])),
        ("kind", text(value, &["kind"])),
        ("name", name(value)),
        ("uid", text(value, &["metadata", "uid"])),
    ]);
    one.set("blockOwnerDeletion", Value::Bool(true));
    one.set("controller", Value::Bool(true));
    one
}

/// Marks an object for deletion, as a graceful delete does.
///
/// # Errors
/// As an update has them.
pub fn mark_deleted(
    server: &mut Server<'_>,
    kind: &Kind,
    live: &Live,
    seconds: i64,
    by: &str,
) -> Result<Live, Problem> {
    let mut value = live.value.clone();
    let micros = server.clock.now(server.etcd.store());
    let end = micros.div_euclid(1_000_000).saturating_add(seconds);
    let end = time::rfc3339(end).unwrap_or_default();
    put(
        &mut value,
        &["metadata", "deletionTimestamp"],
        Value::text(end),
    );
    let grace = ["metadata", "deletionGracePeriodSeconds"];
    put(&mut value, &grace, Value::Int(seconds));
    server.update(kind, value, live.mod_revision, Manager::status(by))
}

/// What an event is about and who tells it.
pub(super) struct Told<'t> {
    pub(super) about: &'t Value<'t>,
    pub(super) reason: &'t str,
    pub(super) message: String,
    pub(super) component: &'t str,
    pub(super) manager: &'t str,
}

/// Writes an Event.
pub(super) fn tell(server: &mut Server<'_>, told: Told<'_>) -> Result<(), Problem> {
    let kind = kind("events")?;
    let now = server.now();
    let micros = server.clock.now(server.etcd.store());
    let about = |path: &[&str]| text(told.about, path).to_owned();
    let named = name(told.about);
    let random = server.random(&told.message);
    let spread = random.first().copied().map_or(0, i64::from);
    let event = format!(
        "{named}.{:016x}",
        micros.saturating_mul(1000).saturating_add(spread)
    );
    let object = texts(&[
        ("apiVersion", &about(&["apiVersion"])),
        ("kind", &about(&["kind"])),
        ("name", named),
        ("namespace", namespace(told.about)),
        ("resourceVersion", &about(&["metadata", "resourceVersion"])),
        ("uid", &about(&["metadata", "uid"])),
    ]);
    let space = match namespace(told.about) {
        "" => "default",
        space => space,
    };
    let mut value = map([
        ("apiVersion", Value::text("v1")),
        ("kind", Value::text("Event")),
        ("metadata", texts(&[("name", &event), ("namespace", space)])),
        ("involvedObject", object),
        ("reason", Value::text(told.reason.to_owned())),
        ("message", Value::text(told.message)),
        ("type", Value::text("Normal")),
        ("reportingComponent", Value::text(told.component.to_owned())),
    ]);
    if told.manager == SCHEDULER {
        // The one component here that tells events by their newer interface.
        let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1000).unwrap_or(0);
        let at = time::rfc3339_micro(micros.div_euclid(1_000_000), nanos).unwrap_or_default();
        value.set("action", Value::text("Binding"));
        value.set("eventTime", Value::text(at));
        value.set("source", map([]));
        value.set(
            "reportingInstance",
            Value::text(format!("{}-{NODE}", told.component)),
        );
    } else {
        value.set("source", texts(&[("component", told.component)]));
        value.set("firstTimestamp", Value::text(now.clone()));
        value.set("lastTimestamp", Value::text(now));
        value.set("count", Value::Int(1));
        value.set("reportingInstance", Value::text(""));
    }
    match server.create(&kind, value, Manager::of(told.manager)) {
        // An event that cannot be told stops nothing.
        Ok(_)
        | Err(Problem::AlreadyExists { .. } | Problem::NotFound { .. } | Problem::Forbidden(_)) => {
            Ok(())
        }
        Err(other) => Err(other),
    }
}
