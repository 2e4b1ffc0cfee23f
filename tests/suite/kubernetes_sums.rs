//! What fills the cluster, and when its revisions were written.

use revscope::history::History;
use revscope::kubernetes::Value;
use revscope::kubernetes::sums::{Sum, Sums};
use revscope::kubernetes::time::{parse_micros, rfc3339};
use revscope::kubernetes::when::{Anchor, Curve, told_by};

use crate::kubernetes::{SCHEMA, object, records};

#[test]
fn sums_by_kind_namespace_and_object_add_up() {
    let all = records("final.db");
    let mut history = History::new();
    all.iter().for_each(|record| history.push(&record.as_ref()));
    history.settle();
    let sums = Sums::of(&history);
    let total = sums.total();
    assert_eq!(
        (total.objects, total.revisions, total.deletions),
        (305, 680, 25)
    );
    let bytes: usize = all
        .iter()
        .map(|record| record.kv.key.len() + record.kv.value.len())
        .sum();
    assert_eq!(total.bytes, bytes as u64);
    for parts in [sums.by_resource(), sums.by_namespace()] {
        let add = |field: fn(&Sum) -> u64| parts.iter().map(|part| field(&part.sum)).sum::<u64>();
        assert_eq!(add(|sum| sum.bytes), total.bytes);
        assert_eq!(add(|sum| sum.objects), total.objects);
        assert_eq!(add(|sum| sum.live_bytes), total.live_bytes);
    }
    let top: Vec<_> = sums.by_resource().into_iter().take(3).collect();
    let top: Vec<_> = top
        .iter()
        .map(|part| (&*part.name, part.sum.revisions))
        .collect();
    assert_eq!(top[0].0, "pods");
    assert!(top.contains(&("replicasets.apps", 81)), "{top:?}");
    let busiest = &sums.churn(1)[0];
    assert_eq!(
        busiest.key,
        b"/registry/deployments/default/nginx-deployment"
    );
    assert!(sums.largest(2)[0].sum.live_bytes >= sums.largest(2)[1].sum.live_bytes);
    let total = sums.total();
    assert_eq!(total.revisions + total.deletions, 705);
}

#[test]
fn the_curve_goes_through_what_objects_tell() {
    let all = records("final.db");
    let anchors: Vec<_> = all
        .iter()
        .filter_map(|record| told_by(&SCHEMA, &record.as_ref()))
        .collect();
    assert!(anchors.len() > 600);
    let curve = Curve::new(anchors.clone());
    assert!(curve.anchors().is_sorted_by_key(|anchor| anchor.micros));
    assert!(
        curve.anchors().len() * 10 > anchors.len() * 8,
        "{}",
        curve.anchors().len()
    );
    // Every object was created within the uncertainty of its first revision.
    let mut compared = 0;
    for record in all.iter().filter(|record| record.kv.version == 1) {
        let object = object(record).unwrap();
        let Some(created) = object
            .value
            .at(&["metadata", "creationTimestamp"])
            .and_then(Value::as_str)
        else {
            continue;
        };
        let estimate = curve.at(record.kv.mod_revision).unwrap();
        let created = parse_micros(created).unwrap();
        let off = (estimate.micros - created).abs();
        assert!(
            off <= estimate.uncertainty_micros + 1_000_000,
            "{} is {off} µs off",
            record.bucket_key.revision
        );
        compared += 1;
    }
    assert!(compared > 300);
    assert!(curve.at(1).unwrap().is_outside);
    assert_eq!(
        rfc3339(curve.at(705).unwrap().micros / 1_000_000)
            .unwrap()
            .get(..16),
        Some("2026-11-22T07:10")
    );
}

#[test]
fn times_that_fall_behind_or_stand_out_are_left_out() {
    let anchors = [(1, 100), (2, 110), (3, 5), (4, 120), (5, 9_000), (6, 140)];
    let curve = Curve::new(
        anchors
            .map(|(revision, micros)| Anchor { revision, micros })
            .to_vec(),
    );
    let kept: Vec<_> = curve
        .anchors()
        .iter()
        .map(|anchor| anchor.revision)
        .collect();
    assert_eq!(kept, [1, 2, 4, 6]);
    let between = curve.at(5).unwrap();
    assert_eq!(
        (
            between.micros,
            between.uncertainty_micros,
            between.is_outside
        ),
        (130, 1_000_010, false)
    );
    assert_eq!(Curve::default().at(3), None);
}
