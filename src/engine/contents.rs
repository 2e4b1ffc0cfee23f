//! What the small buckets of etcd say, in lines to be read: a name and a value.

use crate::etcd::{AlarmKind, Contents};
use crate::kv::quote::bare_start;

/// Members, users and roles that are named.
const NAMED: usize = 12;

/// The lines, in the order in which somebody asks for them.
pub(super) fn lines(contents: &Contents) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| (name.to_owned(), value)));
    };
    let meta = &contents.meta;
    add(
        "consistent index",
        meta.consistent_index.map(|index| match meta.term {
            Some(term) => format!("{index} in term {term}"),
            None => index.to_string(),
        }),
    );
    let compactions = match (meta.finished_compact, meta.scheduled_compact) {
        (None, None) => None,
        (Some(finished), Some(scheduled)) if finished == scheduled => {
            Some(format!("finished at {}", finished.main))
        }
        (finished, scheduled) => {
            let shown = |revision: Option<crate::kv::Revision>| {
                revision.map_or("never".to_owned(), |revision| revision.main.to_string())
            };
            Some(format!(
                "finished at {}, scheduled at {}",
                shown(finished),
                shown(scheduled)
            ))
        }
    };
    add("compaction", compactions);
    add("storage version", meta.storage_version.clone());
    add("cluster version", contents.cluster.version.clone());
    if let Some(raft) = &meta.conf_state {
        add("raft voters", Some(ids(&raft.voters)));
        let learners = (!raft.learners.is_empty()).then(|| ids(&raft.learners));
        add("raft learners", learners);
    }
    let members = contents.members.iter().map(|member| {
        let learner = if member.is_learner { ", learner" } else { "" };
        format!(
            "{} ({:x}{learner})",
            bare_start(member.name.as_bytes()),
            member.id
        )
    });
    add("members", list(members));
    let removed = contents.removed.iter().map(|id| format!("{id:x}"));
    add("members removed", list(removed));
    let leases = contents.leases.len();
    add("leases", (leases > 0).then(|| leases.to_string()));
    let alarms = contents.alarms.iter().map(|alarm| {
        let kind = match alarm.kind {
            AlarmKind::None => "none",
            AlarmKind::NoSpace => "NOSPACE",
            AlarmKind::Corrupt => "CORRUPT",
        };
        format!("{kind} on member {:x}", alarm.member)
    });
    add("alarms", list(alarms));
    add(
        "authentication",
        contents
            .auth
            .enabled
            .map(|on| if on { "on" } else { "off" }.to_owned()),
    );
    let users = contents
        .users
        .iter()
        .map(|user| bare_start(user.name.as_ref()));
    add("users", list(users));
    let roles = contents
        .roles
        .iter()
        .map(|role| bare_start(role.name.as_ref()));
    add("roles", list(roles));
    let unknown = contents.unknown.iter().map(|name| bare_start(name));
    add("buckets not of etcd", list(unknown));
    lines
}

fn ids(ids: &[u64]) -> String {
    list(ids.iter().map(|id| format!("{id:x}"))).unwrap_or_else(|| "none".to_owned())
}

/// The first of them, and how many more there are; none for none.
fn list(items: impl ExactSizeIterator<Item = String>) -> Option<String> {
    let more = items.len().saturating_sub(NAMED);
    let mut text = items.take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    (!text.is_empty()).then_some(text)
}
