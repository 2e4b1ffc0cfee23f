//! What the picture tells beside bars and marks: leases, what is looked for, fossils below a
//! folded prefix, values beside the playhead, times above the axis.

use revscope::engine::{Doc, Drawn, Engine, Envelope, Form, Request, Response};
use revscope::history::History;
use revscope::kv::{BucketKey, LeaseId, RecordRef, Revision};
use revscope::timeline::{
    Arrangement, Focus, Ghosts, Grouping, LaneOrder, Palette, Scene, Shade, View, layout_lanes,
    to_text,
};

use super::lanes::{arranged, history};
use super::timeline::svg;
use crate::support::golden;

const VIEW: View = View {
    width_px: 800.0,
    height_px: 300.0,
    viewport: None,
    scroll_px: 0.0,
};

/// Puts at revisions from 2 on; `KEY*` with a lease.
fn leased(keys: &[&str]) -> History {
    let mut history = History::new();
    for (main, key) in (2..).zip(keys) {
        let name = key.trim_end_matches('*');
        history.push(&RecordRef {
            bucket_key: BucketKey {
                revision: Revision::new(main, 0),
                tombstone: false,
            },
            key: name.as_bytes(),
            value: b"v",
            create_revision: main,
            mod_revision: main,
            version: 1,
            lease: LeaseId(if name == *key { 0 } else { 7 }),
        });
    }
    history.settle();
    history
}

fn scene(history: &History, ghosts: Option<Ghosts<'_>>, arrangement: &Arrangement) -> Scene {
    let order = LaneOrder::new(history, ghosts, arrangement);
    layout_lanes(history, ghosts, &order, &VIEW)
}

fn check(name: &str, scene: &Scene) {
    golden::check(&format!("lanes/{name}.txt"), &to_text(scene));
    let light = svg(scene, &Focus::default(), &Palette::LIGHT);
    golden::check(&format!("lanes/{name}.light.svg"), &light);
}

#[test]
fn a_put_with_a_lease_has_a_badge() {
    let history = leased(&["plain", "node*", "node", "other*"]);
    let scene = scene(&history, None, &Arrangement::default());
    let badges: Vec<_> = scene.marks.iter().filter(|mark| mark.has_lease).collect();
    let mains: Vec<_> = badges.iter().map(|mark| mark.main).collect();
    assert_eq!(mains, [3, 5]);
    check("leases", &scene);
}

const CLUSTER: &[&str] = &[
    "/registry/pods/a/web-1 10",
    "/registry/pods/a/web-2 10",
    "/registry/pods/b/dns 500",
    "/registry/leases/web-1 1",
    "/registry/leases/web-1 1",
    "/registry/pods/a/web-1 x",
    "version 3",
];

/// Marking keeps every lane; filtering keeps those that match. Both tell the minimap.
#[test]
fn what_is_looked_for_is_marked() {
    let history = history(CLUSTER);
    let marking = |is_marking| {
        arranged(|lanes| {
            lanes.filter = "WEB-1".to_owned();
            lanes.grouping = Grouping::Folded;
            lanes.turn(b"/registry/");
            lanes.is_marking = is_marking;
        })
    };
    let marked = scene(&history, None, &marking(true));
    let hits: Vec<_> = marked.marks.iter().filter(|mark| mark.is_hit).collect();
    let mut mains: Vec<_> = hits.iter().map(|mark| mark.main).collect();
    mains.sort_unstable();
    assert_eq!(mains, [2, 5, 6, 7]);
    let lanes: Vec<_> = marked
        .lanes
        .iter()
        .map(|lane| (lane.label.as_str(), lane.is_hit))
        .collect();
    let expected = [
        ("/registry/", false),
        ("leases/web-1", true),
        ("pods/", true),
        ("version", false),
    ];
    assert_eq!((lanes.as_slice(), marked.key_count), (&expected[..], 2));
    check("found", &marked);
    let filtered = scene(&history, None, &marking(false));
    assert!(filtered.lane_count < marked.lane_count);
    assert!(
        filtered.marks.iter().all(|mark| !mark.is_hit),
        "all would be"
    );
    assert_eq!(filtered.minimap.hits, marked.minimap.hits);
    let found = filtered.minimap.hits.iter().filter(|part| **part > 0.0);
    assert_eq!(found.count(), 4);
    let plain = scene(&history, None, &Arrangement::default());
    assert_eq!(plain.minimap.hits, [0.0_f32; 0]);
    // Where marks have no room, bins tell.
    let dense = super::lanes::large(60, 4, 20_000);
    let order = LaneOrder::new(
        &dense,
        None,
        &arranged(|lanes| {
            lanes.filter = "7".to_owned();
            lanes.is_marking = true;
        }),
    );
    let dense = layout_lanes(&dense, None, &order, &VIEW);
    assert!(
        dense
            .bins
            .iter()
            .any(|bin| bin.hits > 0 && bin.hits < bin.count)
    );
}

#[test]
fn fossils_are_ghosts_below_a_folded_prefix_too() {
    let (store, fossils) = (history(&CLUSTER[2..]), history(&CLUSTER[..2]));
    let ghosts = Ghosts {
        history: &fossils,
        own: &[],
    };
    let store_too = history(CLUSTER);
    let folded = arranged(|lanes| lanes.grouping = Grouping::Folded);
    // A key that the store has nothing of has a lane of its own instead.
    let none = scene(&store, Some(ghosts), &folded);
    let both = scene(&store_too, Some(ghosts), &folded);
    let mains =
        |scene: &Scene| -> Vec<i64> { scene.ghosts.iter().map(|ghost| ghost.main).collect() };
    assert_eq!(mains(&none), [2], "web-1 is known by its tombstone");
    assert_eq!(mains(&both), [2, 3]);
    let lane = both
        .lanes
        .iter()
        .find(|lane| lane.label == "/registry/")
        .unwrap();
    assert!(both.ghosts.iter().all(|ghost| ghost.key == lane.key));
    check("ghosts-folded", &both);
}

/// The picture of a session, as the page saves it.
fn drawn(lines: &[&str], form: Form) -> Drawn {
    let mut engine = Engine::new("test".to_owned());
    let mut ask = |body: Request| {
        let mut answers = Vec::new();
        engine.handle(Envelope { id: 1, body }, &mut |answer| {
            answers.push(answer.body)
        });
        answers.pop()
    };
    ask(Request::Reset);
    for line in lines {
        ask(Request::Run {
            line: (*line).to_owned(),
        });
    }
    let answer = ask(Request::Picture {
        doc: Doc::Sandbox,
        view: VIEW,
        lanes: Arrangement::default(),
        fossils: false,
        form,
    });
    match answer {
        Some(Response::Picture { drawn, .. }) => drawn,
        other => panic!("{other:?}"),
    }
}

fn as_of(rev: i64) -> Form {
    let playhead = Some(rev);
    Form::Svg {
        shade: Shade::Light,
        focus: Focus {
            playhead,
            ..Focus::default()
        },
    }
}

/// What happened to foo1 between 2 and 11, and what every key held then.
#[test]
fn beside_the_playhead_stands_the_store_at_that_revision() {
    let lines = [
        "etcdctl put foo1 first",
        "etcdctl put foo2 'a value too long to stand there'",
        "etcdctl put foo1 second",
        "etcdctl del foo1",
        "etcdctl put foo1 third",
    ];
    let texts = |rev| match drawn(&lines, as_of(rev)) {
        Drawn::Svg(svg) => {
            let line = |line: &str| !line.starts_with('<') && !line.trim().is_empty();
            let texts = svg.lines().filter(|text| line(text)).map(str::to_owned);
            texts.collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let has = |rev, wanted: &str| texts(rev).iter().any(|text| text == wanted);
    assert!(has(2, "first") && has(2, "∅"), "{:?}", texts(2));
    assert!(
        has(4, "second") && has(4, "a value too long t…"),
        "{:?}",
        texts(4)
    );
    assert!(has(5, "∅") && !has(5, "second"), "{:?}", texts(5));
    assert!(has(6, "third"), "{:?}", texts(6));
}

#[test]
fn the_virtual_clock_is_an_axis_once_it_has_moved() {
    let times = |lines: &[&str]| match drawn(lines, Form::Scene) {
        Drawn::Scene(scene) => {
            let times = scene.times.into_iter();
            times.map(|time| (time.rev, time.text)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(times(&["etcdctl put a 1", "etcdctl put b 2"]), []);
    let told = times(&[
        "etcdctl put a 1",
        "sleep 3",
        "etcdctl put b 2",
        "etcdctl put c 3; sleep 2; etcdctl put c 4",
    ]);
    // Each command takes some milliseconds; a time stands at the first of the revisions that it tells.
    let expected = [(2, "+0 s"), (3, "+3 s"), (4, "+4.1 s ±1 s")];
    let told: Vec<_> = told
        .iter()
        .map(|(rev, text)| (*rev, text.as_str()))
        .collect();
    assert_eq!(told, expected);
}
