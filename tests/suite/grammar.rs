//! Each element of the picture by itself, as the page saves it: SVG in three colourings, and text.
//! Goldens in `tests/golden/grammar`.

use revscope::engine::{Doc, Drawn, Engine, Envelope, Form, Request, Response};
use revscope::timeline::{Arrangement, Focus, Grouping, Shade, View};

use super::engine_files::Asked;
use crate::support::golden;

const VIEW: View = View {
    width_px: 720.0,
    height_px: 220.0,
    viewport: None,
    scroll_px: 0.0,
};

/// What is drawn, from which lines, and what it must show.
struct Element {
    name: &'static str,
    lines: &'static [&'static str],
    lanes: fn(&mut Arrangement),
    playhead: Option<i64>,
}

const fn element(name: &'static str, lines: &'static [&'static str]) -> Element {
    Element {
        name,
        lines,
        lanes: |_| (),
        playhead: None,
    }
}

const ELEMENTS: &[Element] = &[
    element("nothing", &[]),
    element("create", &["etcdctl put a 1"]),
    element("modify", &["etcdctl put a 1", "etcdctl put a 2"]),
    element("tombstone", &["etcdctl put a 1", "etcdctl del a"]),
    element(
        "generations",
        &[
            "etcdctl put a 1",
            "etcdctl put a 2",
            "etcdctl del a",
            "etcdctl put b 1",
            "etcdctl put a 3",
        ],
    ),
    element(
        "transaction",
        &[
            "etcdctl put a 1",
            "etcdctl txn <<'.'\n\nput a 2\nput b 1\nput c 1\n\n\n.",
        ],
    ),
    element(
        "lease",
        &[
            "etcdctl lease grant 60 | tee lease",
            "etcdctl put --lease=$(cut -d' ' -f2 lease) a 1",
            "etcdctl put b 1",
        ],
    ),
    element(
        "compacted",
        &[
            "for i in 1 2 3 4; do etcdctl put a $i; done",
            "etcdctl put b 1",
            "etcdctl del b",
            "etcdctl put c 1",
            "etcdctl compact 7",
            "etcdctl put a 5",
        ],
    ),
    Element {
        playhead: Some(3),
        ..element(
            "playhead",
            &[
                "etcdctl put a 1",
                "etcdctl put b 2",
                "etcdctl put a 3",
                "etcdctl del b",
            ],
        )
    },
    element(
        "clock",
        &[
            "etcdctl put a 1",
            "sleep 3",
            "etcdctl put b 2",
            "sleep 60",
            "etcdctl put a 3",
        ],
    ),
    element(
        "density",
        &[
            "for i in {1..300}; do etcdctl put a $i; done",
            "etcdctl put b 1",
        ],
    ),
    Element {
        lanes: |lanes| lanes.grouping = Grouping::Folded,
        ..element(
            "folded",
            &[
                "etcdctl put /registry/pods/a 1",
                "etcdctl put /registry/pods/b 1",
                "etcdctl put /registry/pods/a 2",
                "etcdctl put version 3",
            ],
        )
    },
    Element {
        lanes: |lanes| lanes.pin(b"c"),
        ..element(
            "pinned",
            &["etcdctl put a 1", "etcdctl put b 1", "etcdctl put c 1"],
        )
    },
];

/// A session of an element's lines.
fn session(lines: &[&str]) -> impl FnMut(Request) -> Response {
    let mut engine = Engine::new("test".to_owned());
    let mut ask = move |body: Request| {
        let mut answers = Vec::new();
        engine.handle(Envelope { id: 1, body }, &mut |answer| {
            answers.push(answer.body)
        });
        answers.pop().unwrap()
    };
    ask(Request::Reset);
    for line in lines {
        ask(Request::Run {
            line: (*line).to_owned(),
        });
    }
    ask
}

fn check(
    name: &str,
    playhead: Option<i64>,
    fossils: bool,
    lanes: &Arrangement,
    doc: Doc,
    mut ask: impl FnMut(Request) -> Response,
) {
    let focus = Focus {
        playhead,
        ..Focus::default()
    };
    let mut picture = |form| {
        let request = Request::Picture {
            doc,
            view: VIEW,
            lanes: lanes.clone(),
            fossils,
            form,
        };
        match ask(request) {
            Response::Picture { drawn, .. } => drawn,
            other => panic!("{name}: {other:?}"),
        }
    };
    for (shade, word) in [
        (Shade::Light, "light"),
        (Shade::Dark, "dark"),
        (Shade::LightContrast, "contrast"),
    ] {
        match picture(Form::Svg { shade, focus }) {
            Drawn::Svg(svg) => golden::check(&format!("grammar/{name}.{word}.svg"), &svg),
            other => panic!("{name}: {other:?}"),
        }
    }
    match picture(Form::Text) {
        Drawn::Text(text) => golden::check(&format!("grammar/{name}.txt"), &text),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn each_element_is_drawn() {
    for element in ELEMENTS {
        let mut lanes = Arrangement::default();
        (element.lanes)(&mut lanes);
        let ask = session(element.lines);
        check(
            element.name,
            element.playhead,
            false,
            &lanes,
            Doc::Sandbox,
            ask,
        );
    }
}

/// Rows that a compaction took and the file still carries.
#[test]
fn fossils_are_drawn_as_ghosts() {
    let (mut asked, _) = Asked::file("talk/talk-after-compact.db");
    let lanes = Arrangement::default();
    check("ghosts", None, true, &lanes, Doc::File, |request| {
        asked.one(request)
    });
}
