//! Lessons on the screen, without a browser: a visitor's session stays as it is, places are the
//! same bytes each time, links and the editor say what is wrong.

use revscope::engine::{Engine, LessonAnswer, LessonSource, Place, Response, encode};
use revscope::kv::Revision;
use revscope::lesson::library::LESSONS;
use revscope::session::lesson_link::{self, Linked};
use revscope::state::{Action, AppState, Key, LessonAction, Screen, SessionAction, Stage};

/// A page without a browser.
struct Page {
    state: AppState,
    engine: Engine,
    qr: Option<(u32, String)>,
}

impl Page {
    fn started(stage: Stage, kept: Option<&str>, link: Option<&str>) -> Self {
        let mut page = Self {
            state: AppState::default(),
            engine: Engine::new("test".to_owned()),
            qr: None,
        };
        page.act(Action::Resized {
            width_px: 800.0,
            height_px: 300.0,
        });
        let kept = kept.map(str::to_owned);
        page.lesson(LessonAction::Start { stage, kept });
        page.act(Action::Session(SessionAction::Resume {
            build: "test".to_owned(),
            saved: None,
            link: link.map(str::to_owned),
            keep: true,
        }));
        page
    }

    fn act(&mut self, action: Action) {
        let engine = self.state.session.engine;
        let (state, outbox) = std::mem::take(&mut self.state).apply(action);
        self.state = state;
        if self.state.session.engine != engine {
            self.engine = Engine::new("test".to_owned());
        }
        for envelope in outbox {
            let mut answers = Vec::new();
            self.engine
                .handle(envelope, &mut |answer| answers.push(answer));
            for answer in answers {
                if let Response::Lesson(answer) = &answer.body
                    && let Ok(LessonAnswer::Qr(Some(qr))) = answer.read()
                {
                    self.qr = Some((qr.size, qr.path.clone()));
                }
                self.act(Action::Answered(answer));
            }
        }
    }

    fn lesson(&mut self, action: LessonAction) {
        self.act(Action::Lesson(action));
    }

    fn play(&mut self, name: &str) {
        self.lesson(LessonAction::Play(LessonSource::Named(name.to_owned()), 0));
    }

    fn run(&mut self, line: &str) {
        self.act(Action::RunLine(line.to_owned()));
    }

    /// "NAME STEP DONE" of the lesson that is played, steps from 1.
    fn place(&self) -> String {
        let Some(at) = &self.state.lesson.at else {
            return "none".to_owned();
        };
        let done = if at.place.is_done { " done" } else { "" };
        format!("{} {}{done}", at.title, at.place.step + 1)
    }

    /// Everything of the store and the terminal that is seen, as bytes.
    fn seen(&self) -> Vec<u8> {
        let state = &self.state;
        let document = &state.sandbox;
        encode(&(
            state.lesson.at.as_deref(),
            &*state.terminal.entries,
            &state.terminal.session,
            &document.summary,
            document.scene.as_deref(),
            &*document.rows.items,
            &*document.index.items,
        ))
        .unwrap()
    }

    fn lines(&self) -> Vec<String> {
        let entries = self.state.terminal.entries.iter();
        entries.map(|entry| entry.line.clone()).collect()
    }

    fn notice(&self) -> String {
        let notice = self.state.session.notice.as_ref();
        notice.map_or(String::new(), |notice| notice.text.clone())
    }
}

#[test]
fn a_lessons_picture_is_of_its_own_store() {
    let check = |page: &Page, head: i64, keys: u64, marks: usize| {
        let scene = page.state.sandbox.scene.as_deref().unwrap();
        assert_eq!(
            (scene.head, scene.key_count, scene.marks.len()),
            (head, keys, marks)
        );
    };
    let mut page = Page::started(Stage::Off, None, None);
    check(&page, 9, 5, 8);
    page.run("etcdctl put mine 1");
    check(&page, 10, 6, 9);
    page.play("01-revision");
    check(&page, 1, 0, 0);
    assert_eq!(page.state.sandbox.focus().lane, None);
    page.run("etcdctl put foo1 bar1");
    check(&page, 2, 1, 1);
    page.lesson(LessonAction::GoTo(2));
    check(&page, 2, 1, 1);
    // Step 3 is about foo2; once it is there its lane is marked.
    page.run("etcdctl put foo2 bar2");
    let document = &page.state.sandbox;
    let lane = document.focus().lane.unwrap();
    let lanes = &document.scene.as_deref().unwrap().lanes;
    let lane = lanes.iter().find(|one| one.key == lane).unwrap();
    assert_eq!(lane.label, "foo2");
    page.lesson(LessonAction::GoTo(5));
    check(&page, 6, 5, 5);
    page.lesson(LessonAction::Leave);
    check(&page, 10, 6, 9);
}

#[test]
fn a_lesson_leaves_the_visitors_session_as_it_is() {
    let mut page = Page::started(Stage::Off, None, None);
    page.run("etcdctl put mine 1");
    let (tree, before) = (page.state.session.tree.clone(), page.lines());
    page.play("04-delete-is-a-write");
    assert_eq!(page.place(), "A delete is a write 1");
    assert!(page.lines().is_empty(), "a store of its own");
    page.run("etcdctl put other 2");
    page.act(Action::Undo);
    assert_eq!(
        page.state.session.tree, tree,
        "what is kept is the visitor's"
    );
    page.lesson(LessonAction::Leave);
    assert_eq!((page.place(), page.lines()), ("none".to_owned(), before));
    assert_eq!(page.state.session.tree, tree);
    page.run("etcdctl put more 3");
    assert_ne!(page.state.session.tree, tree);
    // What is about the visitor's session leaves the lesson.
    page.play("01-revision");
    page.act(Action::Session(SessionAction::Fresh));
    assert_eq!(page.place(), "none");
}

#[test]
fn goals_are_reached_by_typing_and_progress_is_kept() {
    let mut page = Page::started(Stage::Off, None, None);
    page.play("04-delete-is-a-write");
    page.run("etcdctl put foo1 bar1");
    assert_eq!(page.place(), "A delete is a write 1");
    let goal = |page: &Page| page.state.lesson.at.as_ref().unwrap().shown.goals.clone();
    assert_eq!(goal(&page), [("revision = 6".to_owned(), false)]);
    // Not the lesson's own line, and as good.
    page.run("for i in 2 3 4 5; do etcdctl put foo$i bar$i; done");
    assert_eq!(goal(&page), [("revision = 6".to_owned(), true)]);
    assert_eq!(page.place(), "A delete is a write 1 done");
    page.run("etcdctl get foo1");
    assert_eq!(
        page.place(),
        "A delete is a write 1 done",
        "done stays done"
    );
    page.lesson(LessonAction::Next);
    assert_eq!(page.place(), "A delete is a write 2");
    assert_eq!(page.lines().len(), 3, "what was typed is kept");
    page.lesson(LessonAction::TypeIt);
    assert_eq!(page.place(), "A delete is a write 2 done");
    assert_eq!(page.state.lesson.done("04-delete-is-a-write"), 2);
    page.lesson(LessonAction::Previous);
    assert_eq!(
        (page.place().as_str(), page.lines().len()),
        ("A delete is a write 1", 0)
    );
    // Skipped: the lesson's own lines stand in, so that later goals can be reached.
    page.run("etcdctl put astray 1");
    page.lesson(LessonAction::Next);
    assert_eq!(
        page.lines(),
        ["for i in {1..5}; do etcdctl put foo${i} bar${i}; done"]
    );
    page.run("etcdctl put astray 1");
    page.lesson(LessonAction::Again);
    assert_eq!(page.lines().len(), 1);
    let kept = page.state.lesson.kept();
    assert_eq!(kept, "1 04-delete-is-a-write=2");
    let again = Page::started(Stage::Off, Some(&kept), None);
    assert_eq!(again.state.lesson.done("04-delete-is-a-write"), 2);
    for damaged in ["", "2 a=1", "1 a", "1 a=x =", "nonsense"] {
        let page = Page::started(Stage::Off, Some(damaged), None);
        assert_eq!(page.state.lesson.kept(), "1", "{damaged:?}");
    }
}

#[test]
fn every_lesson_plays_to_its_end_and_back_on_stage_with_the_same_bytes() {
    for (name, _) in LESSONS {
        let mut page = Page::started(Stage::Window, None, None);
        page.play(name);
        let mut seen = vec![page.seen()];
        loop {
            page.act(Action::Pressed(Key::PageDown));
            if seen.last() == Some(&page.seen()) {
                break;
            }
            seen.push(page.seen());
        }
        let at = page.state.lesson.at.clone().unwrap();
        assert_eq!(at.place.step + 1, at.steps, "{name}");
        assert!(at.place.is_done, "{name}");
        assert!(at.shown.goals.iter().all(|(_, holds)| *holds), "{name}");
        // Somebody types in between; going on and back is not moved by it.
        page.run("etcdctl put astray 1");
        for (number, wanted) in seen.iter().enumerate().rev().skip(1) {
            page.act(Action::Pressed(Key::PageUp));
            assert!(
                page.seen() == *wanted,
                "{name}, place {number}, {}",
                page.place()
            );
        }
        page.act(Action::Pressed(Key::End));
        page.act(Action::Pressed(Key::Home));
        assert!(page.seen() == seen[0], "{name}: the start");
    }
}

#[test]
fn clicker_keys_go_through_commands_and_steps() {
    let mut page = Page::started(Stage::Off, None, None);
    page.play("07-compaction");
    page.lesson(LessonAction::SetStage(Stage::Window));
    let mut check = |key: Key, expected: &str| {
        page.act(Action::Pressed(key));
        let black = if page.state.lesson.is_black {
            ", dark"
        } else {
            ""
        };
        let shown = format!("{:?}: {}{black}", page.state.lesson.stage, page.place());
        assert_eq!(shown, expected, "{key:?}");
    };
    check(Key::PageDown, "Window: Compaction 1 done");
    check(Key::Space, "Window: Compaction 2");
    check(Key::Char('b'), "Window: Compaction 2, dark");
    check(Key::Right, "Window: Compaction 2");
    check(Key::Right, "Window: Compaction 2 done");
    check(Key::PageUp, "Window: Compaction 2");
    check(Key::Left, "Window: Compaction 1 done");
    check(Key::End, "Window: Compaction 5");
    check(Key::Home, "Window: Compaction 1");
    check(Key::Char('w'), "Window: Compaction 1");
    check(Key::Escape, "Off: Compaction 1");
}

#[test]
fn windows_of_a_talk_follow_each_other_and_no_other() {
    let mut speaker = Page::started(Stage::Presenter, None, Some("#l=1.07-compaction/1"));
    let mut audience = Page::started(Stage::Window, None, Some("#l=1.07-compaction/1"));
    let follow = |from: &Page| {
        let at = from.state.lesson.at.as_ref().unwrap();
        LessonAction::Follow {
            fragment: at.link.clone(),
            is_done: at.place.is_done,
            is_black: from.state.lesson.is_black,
        }
    };
    for key in [
        Key::PageDown,
        Key::PageDown,
        Key::PageDown,
        Key::PageUp,
        Key::Char('b'),
    ] {
        speaker.act(Action::Pressed(key));
        audience.lesson(follow(&speaker));
        assert_eq!(audience.place(), speaker.place());
        assert_eq!(
            audience.state.lesson.is_black,
            speaker.state.lesson.is_black
        );
        assert_eq!(audience.lines(), speaker.lines());
    }
    audience.play("01-revision");
    speaker.lesson(follow(&audience));
    assert_eq!(speaker.place(), "What a revision is 1");
    let mut visitor = Page::started(Stage::Off, None, None);
    visitor.lesson(follow(&audience));
    assert_eq!(visitor.place(), "none");
}

#[test]
fn links_open_a_step_in_a_fresh_browser() {
    let check = |link: &str, place: &str, notice: &str| {
        let page = Page::started(Stage::Off, None, Some(link));
        assert_eq!(page.place(), place, "{link}");
        assert!(page.notice().contains(notice), "{link}: {}", page.notice());
        assert_eq!(page.state.screen, Screen::Sandbox);
        page
    };
    let page = check("#l=1.07-compaction/2", "Compaction 2", "");
    assert_eq!(page.lines().len(), 3, "the steps before have run");
    check("#l=1.07-compaction", "Compaction 1", "");
    check("#l=1.07-compaction/99", "Compaction 5", "");
    let text = "# Mine\n## One\nrun: etcdctl put a 1\n## Two\nLook.\n";
    let mine = lesson_link::write(&Linked::Text(text.to_owned())).unwrap();
    let page = check(&lesson_link::at(&mine, 1), "Mine 2 done", "");
    assert_eq!(page.lines(), ["etcdctl put a 1"]);
    assert_eq!(
        page.state.lesson.at.as_ref().unwrap().link,
        format!("{mine}/2")
    );
    assert_eq!(
        page.state.lesson.kept(),
        "1",
        "no progress of a lesson without a name"
    );
    for (link, said) in [
        ("#l=2.07-compaction/2", "form 2, of a later Revscope"),
        ("#l=1.no-such/1", "There is no lesson no-such"),
        ("#l=1.07-compaction/0", "its step is no number"),
        ("#l=1.07-compaction/x", "its step is no number"),
        ("#l=1.<b>/1", "it names no lesson"),
        ("#l=1.text.AAAA/1", "it ends too early"),
        ("#l=1.text.AAAAAAAA/1", "its checksum differs"),
        ("#l=", "it has no form number"),
    ] {
        let page = check(link, "none", said);
        assert_eq!(page.lines().len(), 9, "the opening scene is there");
    }
    let broken = lesson_link::write(&Linked::Text("# T\n## S\ngoal: x\n".to_owned())).unwrap();
    check(&broken, "none", "line 3, column 7");
    // In a page that is open already, and with a lesson on it.
    let mut page = Page::started(Stage::Off, None, None);
    for link in ["#l=1.07-compaction/2", "#l=1.01-revision/1", "#l=2.x"] {
        page.act(Action::Session(SessionAction::OpenLink(link.to_owned())));
    }
    assert_eq!(page.place(), "What a revision is 1");
}

#[test]
fn a_step_has_a_code_to_scan() {
    let mut page = Page::started(Stage::Off, None, None);
    let link = "https://example.org/#l=1.07-compaction/2";
    page.lesson(LessonAction::Qr(Some(link.to_owned())));
    let (size, path) = page.qr.clone().unwrap();
    // Version 3 holds 53 bytes; its three finders stand in the corners.
    assert_eq!(size, 29);
    for corner in ["M0 0h7v1h-7z", "M22 0h7v1h-7z", "M0 28h7v1h-7z"] {
        assert!(path.contains(corner), "{corner}");
    }
    assert!(page.state.lesson.qr.is_some());
    page.lesson(LessonAction::Qr(Some("x".repeat(3000))));
    assert!(page.state.lesson.qr.is_none(), "too long for a code");
}

#[test]
fn the_editor_names_mistakes_and_plays_what_is_written() {
    let mut page = Page::started(Stage::Off, None, None);
    page.act(Action::Go(Screen::Lessons));
    assert_eq!(
        page.state.lesson.list.as_ref().unwrap().len(),
        LESSONS.len()
    );
    page.lesson(LessonAction::Edit(None));
    let errors = |page: &Page| {
        let editor = page.state.lesson.editor.as_ref().unwrap();
        editor.checked.as_ref().unwrap().errors.clone()
    };
    assert_eq!(errors(&page), [], "the template is sound");
    page.lesson(LessonAction::Edited(
        "# T\n## S\ngoal: revision = five".to_owned(),
    ));
    let expected = (3, 18, "`five`, expected a number".to_owned());
    assert_eq!(errors(&page), [expected]);
    let text = "# T\n## S\nrun: etcdctl put a 1\ngoal: value a = 1\n";
    page.lesson(LessonAction::Edited(text.to_owned()));
    page.lesson(LessonAction::CopyLink);
    let link = page.state.lesson.editor.as_ref().unwrap().link.clone();
    let link = link.unwrap().unwrap();
    page.lesson(LessonAction::PlayEdited);
    page.run("etcdctl put a 1");
    assert_eq!(page.place(), "T 1 done");
    let other = Page::started(Stage::Off, None, Some(&link));
    assert_eq!(other.place(), "T 1");
    page.lesson(LessonAction::EditCopy("01-revision".to_owned()));
    let editor = page.state.lesson.editor.as_ref().unwrap();
    assert!(editor.text.starts_with("# What a revision is"));
}

#[test]
fn a_lesson_outlives_the_engine() {
    let mut page = Page::started(Stage::Off, None, Some("#l=1.07-compaction/2"));
    let before = page.lines();
    page.act(Action::Session(SessionAction::Died("a bug".to_owned())));
    assert_eq!(page.place(), "Compaction 2");
    assert_eq!(page.lines(), before);
    let place = Place {
        step: 1,
        is_done: false,
    };
    assert_eq!(
        page.state.lesson.at.as_ref().map(|at| at.place),
        Some(place)
    );
    assert_eq!(page.state.session.tree.lines().len(), 9);
}

#[test]
fn a_sessions_link_carries_what_is_looked_at() {
    let mut page = Page::started(Stage::Off, None, None);
    let link = |page: &mut Page| {
        page.act(Action::Session(SessionAction::CopyLink));
        page.state.session.link.clone().unwrap().unwrap()
    };
    assert!(!link(&mut page).contains('&'), "nothing was chosen");
    page.act(Action::Select(Revision::new(3, 0)));
    page.act(Action::SetPlayhead(6));
    page.act(Action::ShowRange(2, 7));
    let fragment = link(&mut page);
    assert!(fragment.ends_with("&sel=3.0&as=6&show=2-7"), "{fragment}");
    let mut fresh = Page::started(Stage::Off, None, Some(&fragment));
    let looked = |page: &Page| {
        let document = &page.state.sandbox;
        (document.selected, document.playhead, document.view.viewport)
    };
    assert_eq!(looked(&fresh), looked(&page));
    let detail = fresh.state.sandbox.detail.as_ref().unwrap();
    assert_eq!(detail.row.revision, Revision::new(3, 0));
    assert_eq!(link(&mut fresh), fragment);
    // Beyond the store, and nonsense.
    let session = fragment.split('&').next().unwrap();
    let odd = format!("{session}&sel=99.0&as=99&show=x&more");
    let odd = Page::started(Stage::Off, None, Some(&odd));
    assert_eq!(looked(&odd), (Some(Revision::new(9, 0)), Some(9), None));
}
