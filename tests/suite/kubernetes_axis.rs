//! The second axis of a file of Kubernetes: times that its objects tell.

use revscope::engine::{Doc, Request, Response};
use revscope::timeline::{Arrangement, Scene, View};

use crate::engine_kubernetes::Asked;
use crate::kubernetes::{object, records};

/// Seconds of a day: of `07:10:12`, `07:10:12 ±2 s` or an RFC 3339 time's end.
fn seconds(text: &str) -> i64 {
    let part = |from: usize| text[from..from + 2].parse::<i64>().unwrap();
    part(0) * 3600 + part(3) * 60 + part(6)
}

#[test]
fn the_axis_has_the_times_that_the_objects_tell() {
    // An object's creation tells when its first version was written.
    let told: Vec<(i64, i64)> = records("final.db")
        .iter()
        .filter(|row| row.kv.version == 1)
        .filter_map(|row| {
            let found = object(row)?;
            let text = found
                .value
                .at(&["metadata", "creationTimestamp"])?
                .as_str()?;
            Some((row.kv.mod_revision, seconds(&text[11..])))
        })
        .collect();
    assert!(told.len() > 200, "{}", told.len());
    let mut asked = Asked::file("final.db");
    let mut scene = |viewport| -> Scene {
        let answers = asked.ask(Request::Layout {
            doc: Doc::File,
            view: View {
                width_px: 1200.0,
                height_px: 500.0,
                viewport,
                scroll_px: 0.0,
            },
            lanes: Arrangement::default(),
            fossils: false,
            as_of: None,
        });
        match answers.into_iter().next() {
            Some(Response::Scene { scene, .. }) => *scene,
            other => panic!("{other:?}"),
        }
    };
    let all = scene(None);
    assert!(all.times.len() >= 4, "{:?}", all.times);
    assert!(all.ticks.len() >= all.times.len());
    for time in &all.times {
        let wrong = match time.text.split_once('±') {
            Some((_, wrong)) => wrong.trim_end_matches(" s").parse::<f64>().unwrap() as i64 + 1,
            None => 1,
        };
        let before = told
            .iter()
            .filter(|(rev, _)| *rev <= time.rev)
            .map(|told| told.1);
        let after = told
            .iter()
            .filter(|(rev, _)| *rev >= time.rev)
            .map(|told| told.1);
        let at = seconds(&time.text);
        if let Some(earliest) = before.max() {
            assert!(at + wrong >= earliest, "{time:?} {earliest}");
        }
        if let Some(latest) = after.min() {
            assert!(at - wrong <= latest, "{time:?} {latest}");
        }
    }
}
