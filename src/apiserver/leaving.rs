//! What goes with others: objects whose owner is gone, and all that is in a namespace that goes.

use std::collections::BTreeSet;

use super::object::{is_true, items, name, text};
use super::steps::{CONTROLLER, kind, mark_deleted};
use super::{Problem, Server, kinds};

/// Removes the first object that is to go.
pub(super) fn collect(server: &mut Server<'_>) -> Result<bool, Problem> {
    Ok(orphan(server)? || namespace(server)?)
}

/// Replica sets of deployments that are gone, pods of replica sets that are gone.
fn orphan(server: &mut Server<'_>) -> Result<bool, Problem> {
    for (owners, owned, wanted) in [
        ("deployments", "replicasets", "Deployment"),
        ("replicasets", "pods", "ReplicaSet"),
    ] {
        let ids: BTreeSet<String> = server
            .list(&kind(owners)?, None)
            .iter()
            .map(|one| text(&one.value, &["metadata", "uid"]).to_owned())
            .collect();
        let owned = kind(owned)?;
        for one in server.list(&owned, None) {
            let references = items(&one.value, &["metadata", "ownerReferences"]);
            let is_orphan = references.iter().any(|reference| {
                text(reference, &["kind"]) == wanted
                    && is_true(reference, &["controller"])
                    && !ids.contains(text(reference, &["uid"]))
            });
            let is_leaving = !text(&one.value, &["metadata", "deletionTimestamp"]).is_empty();
            if !is_orphan || is_leaving {
                continue;
            }
            match text(&one.value, &["spec", "nodeName"]) {
                "" => server.delete(&owned, &one)?,
                _ => mark_deleted(server, &owned, &one, 30, CONTROLLER).map(|_| ())?,
            }
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first object of a namespace that goes; then the namespace.
fn namespace(server: &mut Server<'_>) -> Result<bool, Problem> {
    let namespaces = kind("namespaces")?;
    let all = server.list(&namespaces, None);
    let going = |phase: &str| phase == "Terminating";
    let Some(space) = all
        .iter()
        .find(|one| going(text(&one.value, &["status", "phase"])))
    else {
        return Ok(false);
    };
    for kind in kinds(server.etcd.store()) {
        if !kind.is_namespaced {
            continue;
        }
        if let Some(one) = server.list(&kind, Some(name(&space.value))).first() {
            return server.delete(&kind, one).map(|()| true);
        }
    }
    server.delete(&namespaces, space).map(|()| true)
}
