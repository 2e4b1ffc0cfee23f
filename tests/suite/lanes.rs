//! The lanes of the picture: order, filter, folding, pins, areas, and how they are drawn.

use std::fmt::Write as _;

use proptest::prelude::*;
use revscope::history::History;
use revscope::kv::{BucketKey, LeaseId, RecordRef, Revision};
use revscope::timeline::{
    Area, Arrangement, Grouping, LaneOrder, Scene, Sort, Sums, View, Viewport, layout,
    layout_lanes, summarize, to_text,
};

use super::timeline::history_of;
use crate::support::golden;

const VIEW: View = View {
    width_px: 800.0,
    height_px: 300.0,
    viewport: None,
    scroll_px: 0.0,
};

/// A history of puts, given as `KEY LENGTH`; a length of `x` deletes.
pub fn history(rows: &[&str]) -> History {
    let mut history = History::new();
    let mut versions = std::collections::HashMap::new();
    for (main, row) in (2..).zip(rows) {
        let (key, length) = row.split_once(' ').unwrap();
        let tombstone = length == "x";
        let value = vec![b'v'; length.parse().unwrap_or(0)];
        let (create, version) = versions.remove(key).unwrap_or((main, 0));
        if !tombstone {
            versions.insert(key, (create, version + 1));
        }
        history.push(&RecordRef {
            bucket_key: BucketKey {
                revision: Revision::new(main, 0),
                tombstone,
            },
            key: key.as_bytes(),
            value: &value,
            create_revision: if tombstone { 0 } else { create },
            mod_revision: main,
            version: if tombstone { 0 } else { version + 1 },
            lease: LeaseId::NONE,
        });
    }
    history.settle();
    history
}

/// A small cluster: keys below two levels, one beside them.
fn cluster() -> History {
    history(&[
        "/registry/pods/default/web-1 10",
        "/registry/pods/default/web-2 10",
        "/registry/pods/kube-system/dns 500",
        "/registry/leases/scheduler 1",
        "/registry/leases/scheduler 1",
        "/registry/leases/scheduler 1",
        "/registry/leases/scheduler 1",
        "/registry/leases/manager 1",
        "/registry/pods/default/web-1 x",
        "version 3",
        "/registry/events/e1 7",
    ])
}

/// The lanes as lines: moved in by depth, `v` open, `>` folded with its keys, `*` pinned.
fn lanes(history: &History, arrangement: &Arrangement) -> Vec<String> {
    let order = LaneOrder::new(history, None, arrangement);
    let height_px = 90.0 + 54.0 * order.len() as f64;
    let scene = layout_lanes(
        history,
        None,
        &order,
        &View {
            height_px,
            width_px: 2000.0,
            ..VIEW
        },
    );
    assert_eq!(scene.lanes.len() as u64, order.len());
    scene
        .lanes
        .iter()
        .map(|lane| {
            let mut line = "  ".repeat(usize::from(lane.depth));
            if lane.is_pinned {
                line.push('*');
            }
            match lane.group {
                Some(group) if group.is_open => line.push_str("v "),
                Some(group) => write!(line, "> {} of ", group.keys).unwrap(),
                None => {}
            }
            line + &lane.label
        })
        .collect()
}

pub fn arranged(change: impl FnOnce(&mut Arrangement)) -> Arrangement {
    let mut arrangement = Arrangement::default();
    change(&mut arrangement);
    arrangement
}

#[test]
fn prefixes_fold_and_open() {
    let history = cluster();
    // Few keys have room: no prefix is made.
    let few = lanes(&history, &Arrangement::default());
    assert_eq!(few.len(), 7);
    assert_eq!(few[6], "version");
    let folded = arranged(|lanes| lanes.grouping = Grouping::Folded);
    assert_eq!(lanes(&history, &folded), ["> 6 of /registry/", "version"]);
    let mut turned = folded.clone();
    turned.turn(b"/registry/");
    let level = [
        "v /registry/",
        "  events/e1",
        "  > 2 of leases/",
        "  > 3 of pods/",
        "version",
    ];
    assert_eq!(lanes(&history, &turned), level);
    turned.turn(b"/registry/");
    assert_eq!(turned, folded);
    let open = arranged(|lanes| lanes.grouping = Grouping::Open);
    let all = [
        "v /registry/",
        "  events/e1",
        "  v leases/",
        "    manager",
        "    scheduler",
        "  v pods/",
        "    v default/",
        "      web-1",
        "      web-2",
        "    kube-system/dns",
        "version",
    ];
    assert_eq!(lanes(&history, &open), all);
}

#[test]
fn lanes_sort_by_what_is_asked_for() {
    let history = cluster();
    let sorted = |sort: Sort| {
        let keys = arranged(|lanes| lanes.sort = sort);
        lanes(&history, &keys).into_iter().next().unwrap()
    };
    assert_eq!(sorted(Sort::Name), "/registry/events/e1");
    assert_eq!(sorted(Sort::Revisions), "/registry/leases/scheduler");
    assert_eq!(sorted(Sort::Bytes), "/registry/pods/kube-system/dns");
    assert_eq!(sorted(Sort::LastChange), "/registry/events/e1");
    // A prefix counts all its keys.
    let groups = arranged(|lanes| {
        lanes.sort = Sort::Revisions;
        lanes.grouping = Grouping::Folded;
        lanes.turn(b"/registry/");
    });
    let wanted = [
        "v /registry/",
        "  > 2 of leases/",
        "  > 3 of pods/",
        "  events/e1",
        "version",
    ];
    assert_eq!(lanes(&history, &groups), wanted);
}

#[test]
fn a_filter_leaves_keys_with_all_its_words() {
    let history = cluster();
    let filtered = |filter: &str| lanes(&history, &arranged(|lanes| lanes.filter = filter.into()));
    assert_eq!(filtered("WEB pods").len(), 2);
    assert_eq!(filtered("sched"), ["/registry/leases/scheduler"]);
    assert_eq!(filtered("nothing at all"), Vec::<String>::new());
    assert_eq!(filtered("  ").len(), 7);
}

#[test]
fn pins_stay_on_top_and_are_not_below() {
    let history = cluster();
    let pinned = arranged(|lanes| {
        lanes.grouping = Grouping::Folded;
        lanes.turn(b"/registry/");
        lanes.pin(b"version");
        lanes.pin(b"/registry/pods/");
        lanes.pin(b"/registry/nothing/");
        lanes.filter = "registry".into();
    });
    let wanted = [
        "*version",
        "*> 3 of /registry/pods/",
        "v /registry/",
        "  events/e1",
        "  > 2 of leases/",
    ];
    assert_eq!(lanes(&history, &pinned), wanted);
    let mut none = pinned.clone();
    for name in [&b"version"[..], b"/registry/pods/", b"/registry/nothing/"] {
        none.pin(name);
    }
    assert!(none.pinned.is_empty());
}

#[test]
fn pinned_lanes_do_not_scroll() {
    let rows: Vec<String> = (0..200).map(|n| format!("k{n:03} 1")).collect();
    let history = history(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let keys = arranged(|lanes| {
        lanes.grouping = Grouping::Keys;
        lanes.pin(b"k150");
    });
    let order = LaneOrder::new(&history, None, &keys);
    let scene = |scroll_px| layout_lanes(&history, None, &order, &View { scroll_px, ..VIEW });
    for scroll_px in [0.0, 300.0, 1e9] {
        let scene = scene(scroll_px);
        assert_eq!(
            (scene.lanes[0].label.as_str(), scene.lanes[0].y_px),
            ("k150", 56.0)
        );
        assert!(scene.lanes[1].y_px >= scene.lanes[0].y_px + scene.lanes[0].height_px - 0.1);
    }
    assert_eq!(scene(1e9).lanes.last().unwrap().label, "k199");
}

/// `keys` keys below `kinds` prefixes, put in turn.
pub fn large(keys: i64, kinds: i64, changes: i64) -> History {
    let mut history = History::new();
    for number in 0..changes {
        let key = number % keys;
        let name = format!(
            "/registry/kind-{:02}/ns-{:02}/{key:06}",
            key % kinds,
            key % 40
        );
        history.push(&RecordRef {
            bucket_key: BucketKey {
                revision: Revision::new(number + 2, 0),
                tombstone: false,
            },
            key: name.as_bytes(),
            value: b"value",
            create_revision: key + 2,
            mod_revision: number + 2,
            version: number / keys + 1,
            lease: LeaseId::NONE,
        });
    }
    history.settle();
    history
}

#[test]
fn many_keys_are_folded_until_they_fit() {
    let history = large(3_000, 17, 9_000);
    let shown = lanes(&history, &Arrangement::default());
    assert_eq!(shown.len(), 18);
    assert_eq!(shown[0], "v /registry/");
    assert!(
        shown[1].starts_with("  > ") && shown[1].ends_with(" of kind-00/"),
        "{}",
        shown[1]
    );
    // Every change is counted once, whichever way the lanes are folded.
    for grouping in [
        Grouping::Auto,
        Grouping::Folded,
        Grouping::Open,
        Grouping::Keys,
    ] {
        let order = LaneOrder::new(&history, None, &arranged(|lanes| lanes.grouping = grouping));
        let all = (0..order.len()).map(|lane| order.changes(&history, lane).len());
        assert_eq!(all.sum::<usize>(), 9_000, "{grouping:?}");
        for lane in 0..order.len() {
            let changes = order.changes(&history, lane);
            let revisions: Vec<_> = changes.iter().map(|change| change.revision()).collect();
            assert!(revisions.is_sorted());
        }
    }
}

#[test]
fn a_frame_draws_no_more_than_it_may() {
    let history = large(500, 17, 60_000);
    for grouping in [Grouping::Auto, Grouping::Open, Grouping::Keys] {
        let order = LaneOrder::new(&history, None, &arranged(|lanes| lanes.grouping = grouping));
        for (width_px, height_px) in [
            (360.0, 400.0),
            (1280.0, 800.0),
            (3840.0, 2160.0),
            (16e3, 16e3),
        ] {
            for span in [60_000.0, 6_000.0, 600.0, 60.0] {
                let viewport = Some(Viewport {
                    from: 1_000,
                    offset: 0.0,
                    span,
                });
                let view = View {
                    width_px,
                    height_px,
                    viewport,
                    scroll_px: 40.0,
                };
                let scene = layout_lanes(&history, None, &order, &view);
                let drawn = scene.marks.len() + scene.bins.len();
                assert!(drawn <= 6_000, "{grouping:?} {width_px} {span}: {drawn}");
            }
        }
    }
}

#[test]
fn an_area_is_summed_up() {
    let history = cluster();
    let keys = arranged(|lanes| lanes.grouping = Grouping::Keys);
    let order = LaneOrder::new(&history, None, &keys);
    let sum = |from, to, lanes| summarize(&history, &order, &Area { from, to, lanes });
    let all = Sums {
        revisions: 11,
        keys: 7,
        puts: 10,
        deletes: 1,
        bytes: 10 + 10 + 500 + 4 + 1 + 3 + 7,
        gone: 0,
    };
    assert_eq!(sum(1, 100, None), all);
    assert_eq!(sum(100, 1, None), all);
    let leases = Sums {
        revisions: 3,
        keys: 1,
        puts: 3,
        deletes: 0,
        bytes: 3,
        gone: 0,
    };
    // Lanes 1 and 2: the manager's lease, not written then, and the scheduler's.
    assert_eq!(sum(6, 8, Some((1, 2))), leases);
    assert_eq!(sum(6, 8, Some((90, 95))), Sums::default());
    // The same through a folded prefix.
    let folded = arranged(|lanes| {
        lanes.grouping = Grouping::Folded;
        lanes.turn(b"/registry/");
    });
    let order = LaneOrder::new(&history, None, &folded);
    let area = Area {
        from: 6,
        to: 8,
        lanes: Some((2, 2)),
    };
    assert_eq!(summarize(&history, &order, &area), leases);
}

const TALK: &[&str] = &[
    "etcdctl put foo1 bar1",
    "etcdctl put foo2 bar2",
    "etcdctl put foo3 bar3",
    "etcdctl del foo1",
    "etcdctl put foo1 bar1-new",
    "etcdctl compact 6",
    "etcdctl put foo1 bar1-newer",
];

#[test]
fn the_picture_is_text_too() {
    let view = View {
        width_px: 900.0,
        ..VIEW
    };
    golden::check(
        "lanes/talk.txt",
        &to_text(&layout(&history_of(TALK), &view)),
    );
    let folded = arranged(|lanes| {
        lanes.grouping = Grouping::Folded;
        lanes.turn(b"/registry/");
    });
    let history = cluster();
    let order = LaneOrder::new(&history, None, &folded);
    golden::check(
        "lanes/folded.txt",
        &to_text(&layout_lanes(&history, None, &order, &view)),
    );
    let dense = large(60, 4, 2_000);
    golden::check("lanes/dense.txt", &to_text(&layout(&dense, &view)));
}

#[test]
fn each_element_of_the_grammar_is_drawn() {
    use revscope::timeline::{Focus, Palette};
    let svg = |scene: &Scene, focus: &Focus, palette: &Palette| {
        super::timeline::svg(scene, focus, palette)
    };
    let folded = arranged(|lanes| {
        lanes.grouping = Grouping::Folded;
        lanes.turn(b"/registry/");
        lanes.pin(b"version");
    });
    let history = cluster();
    let order = LaneOrder::new(&history, None, &folded);
    let scene = layout_lanes(&history, None, &order, &VIEW);
    let focus = Focus {
        lane: Some(scene.lanes[3].key),
        area: Some(Area {
            from: 4,
            to: 7,
            lanes: Some((2, 3)),
        }),
        ..Focus::default()
    };
    golden::check(
        "lanes/folded.light.svg",
        &svg(&scene, &focus, &Palette::LIGHT),
    );
    golden::check(
        "lanes/folded.contrast.svg",
        &svg(&scene, &focus, &Palette::DARK_CONTRAST),
    );
    let dense = layout(&large(60, 4, 2_000), &VIEW);
    golden::check(
        "lanes/dense.light.svg",
        &svg(&dense, &Focus::default(), &Palette::LIGHT),
    );
}

proptest! {
    /// Whatever keys there are and however they are arranged, no key is lost or shown twice.
    #[test]
    fn every_key_is_in_one_lane(
        keys in prop::collection::btree_set("[ab/]{0,6}", 1..60),
        grouping in prop_oneof![Just(Grouping::Auto), Just(Grouping::Folded), Just(Grouping::Open), Just(Grouping::Keys)],
        sort in prop_oneof![Just(Sort::Name), Just(Sort::Revisions), Just(Sort::Bytes), Just(Sort::LastChange)],
        turned in prop::collection::vec("[ab/]{0,4}", 0..4),
        pinned in prop::collection::vec("[ab]{0,1}/?", 0..3),
    ) {
        let rows: Vec<String> = keys.iter().map(|key| format!("{key} 1")).collect();
        let history = history(&rows.iter().map(String::as_str).collect::<Vec<_>>());
        let arrangement = arranged(|lanes| {
            lanes.grouping = grouping;
            lanes.sort = sort;
            turned.iter().for_each(|prefix| lanes.turn(prefix.as_bytes()));
        });
        let order = LaneOrder::new(&history, None, &arrangement);
        let mut seen: Vec<_> = (0..order.len())
            .flat_map(|lane| order.changes(&history, lane).iter().map(|change| change.key()).collect::<Vec<_>>())
            .collect();
        seen.sort();
        prop_assert_eq!(seen.len(), keys.len());
        seen.dedup();
        prop_assert_eq!(seen.len(), keys.len());
        // Pins may hold a key twice, below two prefixes, but lose none.
        let mut with_pins = arrangement;
        pinned.iter().for_each(|name| with_pins.pin(name.as_bytes()));
        let order = LaneOrder::new(&history, None, &with_pins);
        let mut seen: Vec<_> = (0..order.len())
            .flat_map(|lane| order.changes(&history, lane).iter().map(|change| change.key()).collect::<Vec<_>>())
            .collect();
        seen.sort();
        seen.dedup();
        prop_assert_eq!(seen.len(), keys.len());
    }
}
