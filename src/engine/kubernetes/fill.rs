//! What fills the cluster, ready to be shown.

use super::when_words;
use crate::engine::protocol::{Fill, FillRow};
use crate::history::History;
use crate::kubernetes::sums::{ByKey, Named, Sum, Sums};
use crate::kubernetes::when::Curve;

/// Rows of a table of objects.
const TOP: usize = 20;

/// Sums by kind, namespace and object.
pub(super) fn fill(curve: &Curve, history: &History) -> Fill {
    let sums = Sums::of(history);
    let named = |all: Vec<Named>, is_kind: bool| -> Vec<FillRow> {
        let rows = all.into_iter().map(|named| {
            let (name, note) = match (is_kind, &*named.name) {
                (true, "") => ("no object of Kubernetes".to_owned(), ""),
                (false, "") => ("(cluster-wide)".to_owned(), ""),
                (true, name) => (name.to_owned(), note(name)),
                (false, name) => (name.to_owned(), ""),
            };
            row(name, note, &named.sum)
        });
        rows.collect()
    };
    let objects = |all: Vec<ByKey<'_>>| -> Vec<FillRow> {
        let rows = all.iter().map(|one| {
            let name = String::from_utf8_lossy(one.key).into_owned();
            let last = history.find(one.key).and_then(|key| key.changes.last());
            FillRow {
                revision: last.map(|change| change.revision()),
                ..row(name, "", &one.sum)
            }
        });
        rows.collect()
    };
    let anchors = curve.anchors();
    let when = match (anchors.first(), anchors.last()) {
        (Some(first), Some(last)) => {
            let at = |revision| curve.at(revision).map(when_words).unwrap_or_default();
            format!(
                "{} revisions tell when they were written: revision {} {}, revision {} {}",
                anchors.len(),
                first.revision,
                at(first.revision),
                last.revision,
                at(last.revision)
            )
        }
        _ => "no object tells when it was written".to_owned(),
    };
    Fill {
        total: row("all".to_owned(), "", &sums.total()),
        tables: vec![
            ("By kind".to_owned(), named(sums.by_resource(), true)),
            ("By namespace".to_owned(), named(sums.by_namespace(), false)),
            ("Written most often".to_owned(), objects(sums.churn(TOP))),
            ("Largest values".to_owned(), objects(sums.largest(TOP))),
            (
                "Most bytes in all revisions".to_owned(),
                objects(sums.heaviest(TOP)),
            ),
        ],
        when,
    }
}

fn row(name: String, note: &str, sum: &Sum) -> FillRow {
    FillRow {
        name,
        note: note.to_owned(),
        revision: None,
        objects: sum.objects,
        writes: sum.revisions + sum.deletions,
        live_bytes: sum.live_bytes,
        bytes: sum.bytes,
    }
}

/// What those are for that are written without anybody doing anything.
fn note(resource: &str) -> &'static str {
    match resource {
        "events" | "events.events.k8s.io" => "what happened; gone after an hour by an etcd lease",
        "leases.coordination.k8s.io" => {
            "heartbeats of nodes, and who leads; renewed every few seconds"
        }
        "masterleases" => "addresses of API servers; renewed every few seconds",
        "endpoints" | "endpointslices.discovery.k8s.io" => {
            "addresses behind services; follow every pod"
        }
        "nodes" => "status reported by kubelets",
        _ => "",
    }
}
