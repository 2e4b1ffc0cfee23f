//! The screen as a value: actions in, state and requests out, with a real engine behind it.

use revscope::engine::{Doc, Engine, Envelope, Request, Response};
use revscope::kv::Revision;
use revscope::state::{Action, AppState, Key, Screen, Tab};
use revscope::timeline::{Motion, Palette};

use crate::support::data;

/// A page without a browser: the state, and the engine that answers it at once.
struct Page {
    state: AppState,
    engine: Engine,
}

impl Page {
    fn started() -> Self {
        let mut page = Self {
            state: AppState::default(),
            engine: Engine::new("test".to_owned()),
        };
        page.act(Action::Resized {
            width_px: 800.0,
            height_px: 300.0,
        });
        page.act(Action::Started {
            build: "test".to_owned(),
        });
        page
    }

    fn act(&mut self, action: Action) {
        let (state, outbox) = std::mem::take(&mut self.state).apply(action);
        self.state = state;
        for envelope in outbox {
            let mut answers = Vec::new();
            self.engine
                .handle(envelope, &mut |answer| answers.push(answer));
            while self.engine.is_busy() {
                self.engine.step(&mut |answer| answers.push(answer));
            }
            for answer in answers {
                self.act(Action::Answered(answer));
            }
        }
    }

    fn press(&mut self, key: Key) {
        self.act(Action::Pressed(key));
    }

    fn run(&mut self, line: &str) {
        self.act(Action::Typed(line.to_owned()));
        self.act(Action::Submit);
    }

    fn visible(&self) -> (i64, i64) {
        self.state
            .current()
            .scene
            .as_ref()
            .unwrap()
            .viewport
            .visible()
    }
}

#[test]
fn the_page_starts_alive() {
    let page = Page::started();
    let sandbox = &page.state.sandbox;
    assert!(page.state.terminal.entries.len() > 5);
    assert!(sandbox.scene.as_ref().unwrap().marks.len() > 5);
    assert_eq!(
        sandbox.selected,
        sandbox.detail.as_ref().map(|detail| detail.row.revision)
    );
    assert!(!sandbox.rows.items.is_empty() && !sandbox.index.items.is_empty());
}

#[test]
fn a_line_selects_what_it_wrote_and_moves_the_picture() {
    let mut page = Page::started();
    let head = page.state.sandbox.head();
    page.run("etcdctl put foo9 new");
    let sandbox = &page.state.sandbox;
    assert_eq!(sandbox.head(), head + 1);
    assert_eq!(sandbox.selected, Some(Revision::new(head + 1, 0)));
    assert_eq!(
        sandbox.moving.as_ref().map(|moving| moving.motion),
        Some(Motion::Change)
    );
    assert_eq!(page.state.terminal.input, "");
    page.run("etcdctl compact 7");
    let motion = page
        .state
        .sandbox
        .moving
        .as_ref()
        .map(|moving| moving.motion);
    assert_eq!(motion, Some(Motion::Compaction));
    page.act(Action::Settled);
    assert_eq!(page.state.sandbox.moving, None);
    let gone: Vec<_> = page
        .state
        .sandbox
        .rows
        .items
        .iter()
        .filter(|row| row.compacted)
        .collect();
    assert_eq!(gone.len(), page.state.sandbox.effect.removed.len());
}

#[test]
fn reading_moves_nothing() {
    let mut page = Page::started();
    let before = page.state.sandbox.clone();
    page.run("etcdctl get foo1");
    assert_eq!(page.state.sandbox.scene, before.scene);
    assert_eq!(page.state.sandbox.selected, before.selected);
}

#[test]
fn keys_move_the_view_the_playhead_and_the_selection() {
    let mut page = Page::started();
    let fit = page.visible();
    page.press(Key::Char('w'));
    let zoomed = page.visible();
    assert!(zoomed.1 - zoomed.0 < fit.1 - fit.0);
    page.press(Key::Char('a'));
    page.press(Key::Char('0'));
    assert_eq!(page.visible(), fit);

    let head = page.state.sandbox.head();
    page.press(Key::Left);
    assert_eq!(page.state.sandbox.playhead, Some(head - 1));
    page.press(Key::Home);
    page.press(Key::Left);
    assert_eq!(
        page.state.sandbox.playhead,
        Some(1),
        "not before the first revision"
    );
    page.press(Key::End);
    assert_eq!(page.state.sandbox.playhead, None);

    page.act(Action::Select(Revision::new(2, 0)));
    page.press(Key::Char('.'));
    assert_eq!(
        page.state.sandbox.selected,
        Some(Revision::new(7, 0)),
        "foo1 was deleted at 7"
    );
    page.press(Key::Char(','));
    assert_eq!(page.state.sandbox.selected, Some(Revision::new(2, 0)));
    page.press(Key::Escape);
    assert_eq!(page.state.sandbox.selected, None);
    page.press(Key::Char('?'));
    assert!(page.state.is_help_open);
    page.press(Key::Escape);
    assert!(!page.state.is_help_open);
}

#[test]
fn undo_goes_back_to_the_same_picture() {
    let mut page = Page::started();
    let before = page.state.sandbox.scene.clone();
    page.run("etcdctl del foo2");
    page.act(Action::Undo);
    assert_eq!(page.state.sandbox.scene, before);
    page.act(Action::Redo);
    assert!(page.state.sandbox.scene != before);
}

#[test]
fn a_file_opens_beside_the_sandbox() {
    let mut page = Page::started();
    page.act(Action::OpenSample);
    assert_eq!(
        (page.state.screen, page.state.doc()),
        (Screen::File, Doc::File)
    );
    assert_eq!(page.state.opened().unwrap().name, "talk-before-compact.db");
    assert_eq!(page.state.loading, None);
    page.act(Action::Resized {
        width_px: 800.0,
        height_px: 300.0,
    });
    assert_eq!(page.state.file.scene.as_ref().unwrap().lane_count, 5);
    page.act(Action::Go(Screen::Sandbox));
    assert!(page.state.sandbox.scene.is_some());
    page.act(Action::Go(Screen::File));
    page.act(Action::CloseFile);
    assert_eq!(page.state.opened(), None);
}

#[test]
fn answers_to_earlier_questions_are_dropped() {
    let mut page = Page::started();
    let (state, outbox) = page.state.clone().apply(Action::ShowRows(3));
    let (state, later) = state.apply(Action::ShowRows(5));
    let answer = |engine: &mut Engine, envelope: &Envelope<Request>| {
        let mut answers = Vec::new();
        engine.handle(envelope.clone(), &mut |answer| answers.push(answer));
        answers.remove(0)
    };
    let (first, second) = (
        answer(&mut page.engine, &outbox[0]),
        answer(&mut page.engine, &later[0]),
    );
    let (state, _) = state.apply(Action::Answered(second));
    let (state, _) = state.apply(Action::Answered(first));
    assert_eq!(state.sandbox.rows.first, 5);
    // A file that was superseded does not open.
    let (state, _) = state.apply(Action::OpenFile {
        name: "a".to_owned(),
        size: 1,
    });
    let summary = Box::default();
    let stale = Envelope {
        id: 1,
        body: Response::Opened { summary },
    };
    let (state, _) = state.apply(Action::Answered(stale));
    assert_eq!(state.opened(), None);
    assert!(state.loading.is_some());
}

#[test]
fn a_selection_far_away_brings_its_rows() {
    let mut page = Page::started();
    page.engine.attach(std::rc::Rc::new(data::unpack(
        "workload/w351/before-compaction.db",
    )));
    page.act(Action::OpenFile {
        name: "big".to_owned(),
        size: 0,
    });
    page.act(Action::Resized {
        width_px: 800.0,
        height_px: 300.0,
    });
    page.act(Action::Select(Revision::new(2, 0)));
    page.act(Action::ShowRows(0));
    assert_eq!(page.state.file.rows.first, 0);
    page.act(Action::Select(Revision::new(2000, 0)));
    let rows = &page.state.file.rows;
    assert!(
        rows.items.iter().any(|row| row.revision.main == 2000),
        "from {}",
        rows.first
    );
}

#[test]
fn a_dead_engine_is_told_and_the_screen_stays() {
    let mut page = Page::started();
    page.act(Action::EngineBroke("panicked".to_owned()));
    assert_eq!(page.state.broken.as_deref(), Some("panicked"));
    assert!(page.state.sandbox.scene.is_some());
}

#[test]
fn one_picture_is_asked_for_at_a_time() {
    let page = Page::started();
    let (state, first) = page.state.clone().apply(Action::Pan(0.01));
    let (state, second) = state.apply(Action::Pan(0.01));
    let (state, third) = state.apply(Action::Fit);
    assert_eq!((first.len(), second.len(), third.len()), (1, 0, 0));
    let scene = Box::new(state.sandbox.scene.as_deref().unwrap().clone());
    let (id, doc) = (first[0].id, Doc::Sandbox);
    let body = Response::Scene { doc, scene };
    let (_, outbox) = state.apply(Action::Answered(Envelope { id, body }));
    let asks_again = matches!(&outbox[..], [Envelope { body: Request::Layout { view, .. }, .. }] if view.viewport.is_none());
    assert!(asks_again, "the latest view is asked for: {outbox:?}");
}

#[test]
fn a_late_completion_leaves_the_line_alone() {
    let page = Page::started();
    let (state, _) = page.state.apply(Action::Typed("etcdctl pu".to_owned()));
    let (state, outbox) = state.apply(Action::Complete);
    let (state, _) = state.apply(Action::Typed("etcdctl pux".to_owned()));
    let candidates = vec![("put".to_owned(), String::new())];
    let (id, body) = (outbox[0].id, Response::Completions { candidates });
    let (state, _) = state.apply(Action::Answered(Envelope { id, body }));
    assert_eq!(state.terminal.input, "etcdctl pux");
}

#[test]
fn a_read_below_the_compaction_marks_nothing() {
    let mut page = Page::started();
    page.run("etcdctl compact 8");
    page.act(Action::SetPlayhead(4));
    let sandbox = &page.state.sandbox;
    assert!(sandbox.is_compacted(4) && !sandbox.is_compacted(8));
    let rows = &sandbox.rows.items;
    assert!(rows.iter().all(|row| !sandbox.is_visible_at_playhead(row)));
}

#[test]
fn with_a_dead_engine_nothing_waits_forever() {
    let mut page = Page::started();
    page.act(Action::EngineBroke("the cause".to_owned()));
    page.act(Action::EngineBroke("what followed".to_owned()));
    assert_eq!(page.state.broken.as_deref(), Some("the cause"));
    page.act(Action::OpenFile {
        name: "db".to_owned(),
        size: 1,
    });
    page.run("etcdctl put a b");
    assert_eq!(page.state.loading, None);
    assert!(page.state.terminal.running.is_empty());
}

#[test]
fn an_engine_of_another_build_is_told() {
    let state = AppState::default();
    let start = Action::Started {
        build: "1".to_owned(),
    };
    let (state, outbox) = state.apply(start);
    let hello = |build: &str| {
        let build = build.to_owned();
        let (id, body) = (outbox[0].id, Response::Hello { build });
        let (state, _) = state.clone().apply(Action::Answered(Envelope { id, body }));
        state.broken
    };
    assert_eq!(hello("1"), None);
    assert!(hello("2").unwrap().contains("different builds"));
}

/// The style sheet and the palette say the same.
#[test]
fn colours_have_the_same_values_on_page_and_picture() {
    let css =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/static/style.css")).unwrap();
    let blocks: Vec<&str> = css
        .split(":root")
        .filter(|block| block.contains("--card:"))
        .collect();
    assert_eq!(blocks.len(), 3, "light, dark by choice, dark by the system");
    let check = |block: &str, palette: &Palette| {
        for (name, color) in [
            ("card", palette.card),
            ("stripe", palette.stripe),
            ("line", palette.line),
            ("ink", palette.ink),
            ("muted", palette.muted),
            ("accent", palette.accent),
            ("create", palette.create),
            ("tombstone", palette.tombstone),
            ("on-mark", palette.on_mark),
            ("tint-odd", palette.tint_odd),
            ("tint-even", palette.tint_even),
            ("compacted", palette.compacted),
            ("hatch", palette.hatch),
            ("lease", palette.lease),
            ("found", palette.found),
        ] {
            let wanted = format!("--{name}: {};", color.hex());
            assert!(block.contains(&wanted), "{wanted}");
        }
    };
    check(blocks[0], &Palette::LIGHT);
    check(blocks[1], &Palette::DARK);
    check(blocks[2], &Palette::DARK);
}

#[test]
fn the_parts_of_a_file_are_asked_for_when_they_are_shown() {
    let mut page = Page::started();
    page.act(Action::OpenSample);
    assert_eq!(page.state.look.tab, Tab::Timeline);
    assert!(page.state.look.tree.is_none());
    page.act(Action::ShowTab(Tab::Buckets));
    let look = &page.state.look;
    let names: Vec<_> = look.tree.iter().flat_map(|nodes| nodes.iter()).collect();
    assert!(
        names
            .iter()
            .any(|node| node.name == "key" && node.root.is_none())
    );
    // The revisions are shown until another bucket is chosen.
    assert_eq!(look.path, [b"key"]);
    page.act(Action::OpenBucket(vec![b"cluster".to_vec()]));
    assert_eq!(page.state.look.items.total, 1);
    page.act(Action::OpenBucket(vec![b"key".to_vec()]));
    assert_eq!(page.state.look.items.total, 7);
    let key = page.state.look.items.items[0].key.clone();
    page.act(Action::SelectItem(key));
    let item = page.state.look.item.clone().unwrap();
    assert!(item.place.contains("inline bucket"), "{}", item.place);
    page.act(Action::SelectPage(3));
    let look = &page.state.look;
    assert_eq!((look.tab, look.page), (Tab::Pages, Some(3)));
    assert_eq!(look.page_detail.as_ref().map(|page| page.page), Some(3));
    assert_eq!(look.map.total, 5);
    // Keys of the timeline move nothing while another part is shown.
    let before = page.state.file.playhead;
    page.press(Key::Left);
    assert_eq!(page.state.file.playhead, before);
}

#[test]
fn ghosts_are_drawn_when_they_are_asked_for() {
    let mut page = Page::started();
    page.engine
        .attach(std::rc::Rc::new(data::unpack("talk/talk-after-compact.db")));
    page.act(Action::OpenFile {
        name: "after.db".to_owned(),
        size: 1,
    });
    page.act(Action::Resized {
        width_px: 800.0,
        height_px: 300.0,
    });
    let ghosts = |page: &Page| page.state.file.scene.as_ref().unwrap().ghosts.len() as u64;
    assert_eq!(ghosts(&page), 0);
    page.act(Action::ShowGhosts(true));
    let found = page.state.opened().unwrap().file.as_ref().unwrap().fossils;
    assert_eq!(Some(ghosts(&page)), found);
    // A fossil is looked at like a change, but the bucket does not scroll to it.
    let ghost = page.state.file.scene.as_ref().unwrap().ghosts[0];
    page.act(Action::Select(Revision::new(ghost.main, ghost.sub)));
    let detail = page.state.file.detail.clone().unwrap();
    assert!(detail.fossil.is_some());
    page.act(Action::ShowGhosts(false));
    assert_eq!(ghosts(&page), 0);
}
