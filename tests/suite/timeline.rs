//! The picture: lines of a terminal in, a text of the scene or an SVG out.

use std::fmt::Write as _;

use plotters::prelude::{IntoDrawingArea, SVGBackend};
use proptest::prelude::*;
use revscope::history::History;
use revscope::kv::{BucketKey, LeaseId, RecordRef, Revision};
use revscope::shell::{Config, Shell};
use revscope::timeline::{
    Arrangement, Focus, Grouping, Hit, LaneOrder, MarkKind, Motion, Palette, Scene, SpanLook, View,
    Viewport, hit, layout, layout_lanes, paint, tween,
};

use crate::support::golden;

/// The history that lines leave behind, compactions included.
pub fn history_of(lines: &[&str]) -> History {
    let mut shell = Shell::new(Config::default());
    let mut history = History::new();
    for line in lines {
        let ran = shell.run(line);
        assert_eq!(
            ran.exit,
            0,
            "{line}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        let mut removed = Vec::new();
        for applied in &ran.applied {
            for record in &applied.written {
                history.push(&record.as_ref());
            }
            removed.extend(
                applied
                    .removed
                    .iter()
                    .map(|record| record.bucket_key.revision),
            );
        }
        let compacted = shell.store().compact_revision();
        if compacted > history.compact_revision() {
            history.compact(compacted, removed);
        }
    }
    history.settle();
    history
}

const VIEW: View = View {
    width_px: 800.0,
    height_px: 300.0,
    viewport: None,
    scroll_px: 0.0,
};

const TALK: &[&str] = &[
    "etcdctl put foo1 bar1",
    "etcdctl put foo2 bar2",
    "etcdctl put foo3 bar3",
    "etcdctl put foo4 bar4",
    "etcdctl put foo5 bar5",
    "etcdctl del foo1",
    "etcdctl put foo1 bar1-new",
    "etcdctl compact 8 --physical",
    "etcdctl put foo1 bar1-update1",
    "etcdctl put foo1 bar1-update2",
    "etcdctl del foo1",
];

/// A scene as text: what is drawn where, in revisions rather than pixels where that is exact.
fn text(scene: &Scene) -> String {
    let mut out = format!(
        "head {} compacted {} lanes {}\nticks",
        scene.head, scene.compact_revision, scene.lane_count
    );
    for tick in &scene.ticks {
        write!(out, " {}", tick.rev).unwrap();
    }
    out.push('\n');
    for lane in &scene.lanes {
        let state = if lane.is_live { "live" } else { "deleted" };
        writeln!(out, "lane {} {} {state}", lane.index, lane.label).unwrap();
        for span in scene.spans.iter().filter(|span| span.key == lane.key) {
            let look = match span.look {
                SpanLook::Retained => "bar",
                SpanLook::Compacted => "outline",
            };
            let end = if span.is_open { "open" } else { "closed" };
            writeln!(
                out,
                "  {look} of generation {} from {} x {:.0} to {:.0} {end}",
                span.generation, span.from_rev, span.x0_px, span.x1_px
            )
            .unwrap();
        }
        for mark in scene.marks.iter().filter(|mark| mark.key == lane.key) {
            let shape = match mark.kind {
                MarkKind::Create => "circle",
                MarkKind::Modify => "square",
                MarkKind::Tombstone => "cross",
            };
            let gone = if mark.is_compacted { " compacted" } else { "" };
            let number = match mark.version {
                0 => String::new(),
                version => format!(" number {version}"),
            };
            writeln!(
                out,
                "  {shape} at {}.{} x {:.0}{number}{gone}",
                mark.main, mark.sub, mark.x_px
            )
            .unwrap();
        }
        for bin in scene.bins.iter().filter(|bin| bin.key == lane.key) {
            writeln!(
                out,
                "  bin {} to {} of {} x {:.0} to {:.0}",
                bin.from_rev, bin.to_rev, bin.count, bin.x0_px, bin.x1_px
            )
            .unwrap();
        }
    }
    for link in &scene.links {
        writeln!(out, "link at {} x {:.0}", link.rev, link.x_px).unwrap();
    }
    out
}

pub fn svg(scene: &Scene, focus: &Focus, palette: &Palette) -> String {
    let mut text = String::new();
    {
        let size = (scene.width_px as u32, scene.height_px as u32);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        paint(scene, focus, palette, &area, 1.0).unwrap();
    }
    text
}

#[test]
fn the_talk_is_drawn() {
    let scene = layout(&history_of(TALK), &VIEW);
    golden::check("talk.scene.txt", &text(&scene));
    let focus = Focus {
        playhead: Some(10),
        selected: Some(Revision::new(10, 0)),
        ..Focus::default()
    };
    golden::check("talk.light.svg", &svg(&scene, &focus, &Palette::LIGHT));
    golden::check(
        "talk.dark.svg",
        &svg(&scene, &Focus::default(), &Palette::DARK),
    );
}

#[test]
fn a_transaction_links_its_lanes() {
    let lines = [
        "etcdctl put a 1",
        "etcdctl put b 1",
        "etcdctl put c 1",
        "etcdctl del a --prefix",
        "etcdctl del \"\" --prefix",
    ];
    let scene = layout(&history_of(&lines), &VIEW);
    golden::check("transaction.scene.txt", &text(&scene));
}

#[test]
fn an_empty_store_is_drawn() {
    let scene = layout(&History::new(), &VIEW);
    assert_eq!((scene.lane_count, scene.marks.len()), (0, 0));
    assert!(svg(&scene, &Focus::default(), &Palette::LIGHT).contains("head 1"));
}

/// A change every `step` revisions on each of `keys` keys in turn.
fn busy(keys: u32, changes: i64, step: i64) -> History {
    let mut history = History::new();
    for n in 0..changes {
        let main = 2 + n * step;
        let key = format!("/registry/things/{:05}", n % i64::from(keys));
        let version = 1 + n / i64::from(keys);
        history.push(&RecordRef {
            bucket_key: BucketKey {
                revision: Revision::new(main, 0),
                tombstone: false,
            },
            key: key.as_bytes(),
            value: b"v",
            create_revision: 2 + (n % i64::from(keys)) * step,
            mod_revision: main,
            version,
            lease: LeaseId::NONE,
        });
    }
    history.settle();
    history
}

fn drawn(scene: &Scene) -> usize {
    scene.marks.len() + scene.bins.len() + scene.spans.len() + scene.links.len()
}

#[test]
fn a_scene_is_bounded_by_pixels() {
    let small = layout(&busy(10, 1_000, 1), &VIEW);
    let large = layout(&busy(10, 200_000, 1), &VIEW);
    assert!(
        drawn(&large) <= drawn(&small).max(2_500),
        "{} drawn",
        drawn(&large)
    );
    let counted: u64 = large.bins.iter().map(|bin| bin.count).sum();
    let in_view: u64 = large.lanes.len() as u64 * 20_000;
    assert_eq!(
        counted + large.marks.len() as u64,
        in_view,
        "nothing is lost in bins"
    );
}

#[test]
fn many_lanes_are_culled_and_scroll() {
    let history = busy(5_000, 5_000, 1);
    let keys = Arrangement {
        grouping: Grouping::Keys,
        ..Arrangement::default()
    };
    let order = LaneOrder::new(&history, None, &keys);
    let top = layout_lanes(&history, None, &order, &VIEW);
    assert!(top.lanes.len() < 12);
    let end = layout_lanes(
        &history,
        None,
        &order,
        &View {
            scroll_px: 1e9,
            ..VIEW
        },
    );
    assert_eq!(end.lanes.last().map(|lane| lane.index), Some(4_999));
    assert_eq!(end.lane_count, 5_000);
}

#[test]
fn labels_keep_both_ends_of_a_long_key() {
    let mut history = History::new();
    let key = format!("/registry/{}/nginx", "x".repeat(200));
    history.push(&RecordRef {
        bucket_key: BucketKey {
            revision: Revision::new(2, 0),
            tombstone: false,
        },
        key: key.as_bytes(),
        value: b"",
        create_revision: 2,
        mod_revision: 2,
        version: 1,
        lease: LeaseId::NONE,
    });
    history.settle();
    let scene = layout(&history, &VIEW);
    let label = &scene.lanes[0].label;
    assert!(
        label.starts_with("/reg") && label.ends_with("/nginx"),
        "{label}"
    );
    assert!(label.chars().count() < 40);
}

#[test]
fn what_is_drawn_is_hit() {
    let scene = layout(&history_of(TALK), &VIEW);
    for mark in &scene.marks {
        let at = hit(&scene, mark.x_px + 2.0, mark.y_px - 2.0);
        assert_eq!(at, Hit::Mark(Revision::new(mark.main, mark.sub)));
    }
    let axis = hit(
        &scene,
        scene.viewport.px_from_rev(5, &scene.plot),
        scene.plot.y0_px - 8.0,
    );
    assert_eq!(axis, Hit::Playhead(5));
    let past_the_head = hit(&scene, scene.plot.x1_px, scene.plot.y1_px + 9.0);
    assert_eq!(past_the_head, Hit::Playhead(11));
    assert!(matches!(
        hit(&scene, 2.0, scene.lanes[1].y_px + 3.0),
        Hit::Label(_)
    ));
    assert_eq!(hit(&scene, -50.0, -50.0), Hit::Nothing);
}

#[test]
fn a_motion_begins_before_and_ends_after() {
    let before = layout(&history_of(&TALK[..7]), &VIEW);
    let after = layout(&history_of(&TALK[..8]), &VIEW);
    for motion in [Motion::View, Motion::Change, Motion::Compaction] {
        let (end, focus) = tween(&before, &after, motion, Focus::default(), 1.0);
        assert_eq!((&end, focus), (&after, Focus::default()), "{motion:?}");
        assert!(motion.duration_ms() <= 900.0);
    }
    // Half-way, the line has passed some of the rows that go and not the others.
    let went = |t: f64| {
        let (scene, focus) = tween(&before, &after, Motion::Compaction, Focus::default(), t);
        assert!(focus.sweep_x_px.is_some());
        scene.marks.iter().filter(|mark| mark.is_compacted).count()
    };
    assert_eq!((went(0.0), went(0.4), went(0.95)), (0, 1, 2));
}

#[test]
fn a_put_grows_from_nothing() {
    let before = layout(&history_of(&TALK[..1]), &VIEW);
    let after = layout(&history_of(&TALK[..2]), &VIEW);
    let scale = |t: f64| {
        let (scene, _) = tween(&before, &after, Motion::Change, Focus::default(), t);
        let mark = scene.marks.iter().find(|mark| mark.main == 3).unwrap();
        mark.scale
    };
    assert!(scale(0.0) < 0.01 && scale(0.8) > 0.5);
    assert!((scale(0.999) - 1.0).abs() < 0.05);
}

proptest! {
    /// Whatever is asked for, the scene stays inside of its picture and painting does not fail.
    #[test]
    fn any_view_can_be_drawn(
        width_px in -10.0..5000.0,
        height_px in -10.0..5000.0,
        scroll_px in -1e6..1e6,
        from in prop_oneof![4 => -20i64..20, 1 => any::<i64>()],
        offset in 0.0..1.0,
        span in prop_oneof![4 => 0.1..40.0, 1 => 0.1..1e12],
    ) {
        let history = history_of(TALK);
        let viewport = Some(Viewport { from, offset, span });
        let scene = layout(&history, &View { width_px, height_px, viewport, scroll_px });
        for mark in &scene.marks {
            prop_assert!(mark.x_px >= scene.plot.x0_px - 20.0 && mark.x_px <= scene.plot.x1_px + 20.0);
        }
        for span in &scene.spans {
            prop_assert!(span.x0_px >= scene.plot.x0_px && span.x1_px <= scene.plot.x1_px);
        }
        let _ = svg(&scene, &Focus::default(), &Palette::LIGHT);
    }

    /// A fold of the records is the index that the store keeps.
    #[test]
    fn the_history_is_the_stores_index(ops in prop::collection::vec((0u8..4, 0u8..5), 1..60)) {
        let mut shell = Shell::new(Config::default());
        let mut history = History::new();
        for (what, key) in ops {
            let head = shell.store().revision();
            let line = match what {
                0 | 1 => format!("etcdctl put k{key} v"),
                2 => format!("etcdctl del k{key}"),
                _ => format!("etcdctl compact {}", (head - i64::from(key)).max(1)),
            };
            let before = shell.store().compact_revision();
            let ran = shell.run(&line);
            for applied in &ran.applied {
                for record in &applied.written {
                    history.push(&record.as_ref());
                }
                if shell.store().compact_revision() > before {
                    let removed = applied.removed.iter().map(|record| record.bucket_key.revision);
                    history.compact(shell.store().compact_revision(), removed);
                }
            }
        }
        history.settle();
        let kept: Vec<_> = history
            .keys()
            .map(|key| {
                let revisions = key.changes.iter().filter(|change| !change.is_compacted());
                (key.key.to_vec(), revisions.map(|change| change.revision()).collect::<Vec<_>>())
            })
            .filter(|(_, revisions)| !revisions.is_empty())
            .collect();
        let index: Vec<_> = shell
            .store()
            .key_indexes()
            .map(|key| {
                let revisions = key.generations.iter().flat_map(|generation| &generation.revisions);
                (key.key.clone(), revisions.copied().collect::<Vec<_>>())
            })
            .collect();
        prop_assert_eq!(kept, index);
    }
}
