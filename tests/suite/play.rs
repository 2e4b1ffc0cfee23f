//! Animations as key frames: a session and a time in, what every part of the screen shows out.

use std::fmt::Write as _;

use revscope::engine::{Engine, Request, Stage};
use revscope::state::{Action, AppState, MemberAction, Play, PlayAction};
use revscope::timeline::tween;

use crate::support::golden;

/// A page without a browser, and the engine that answers it at once.
struct Page {
    state: AppState,
    engine: Engine,
    now_ms: f64,
}

impl Page {
    /// An empty store after some lines, its pages shown, nothing in motion.
    fn after(lines: &[&str]) -> Self {
        let mut page = Self {
            state: AppState::default(),
            engine: Engine::new("test".to_owned()),
            now_ms: 1000.0,
        };
        page.act(Action::Resized {
            width_px: 800.0,
            height_px: 300.0,
        });
        let build = "test".to_owned();
        page.act(Action::Started { build });
        page.act(Action::Reset);
        page.act(Action::Member(MemberAction::Show(true)));
        for line in lines {
            let line = line.replace("LEASE", &page.lease());
            page.run(&line);
            page.finish();
        }
        page
    }

    fn act(&mut self, action: Action) {
        let (state, outbox) = std::mem::take(&mut self.state).apply(action);
        self.state = state;
        for envelope in outbox {
            let mut answers = Vec::new();
            self.engine
                .handle(envelope, &mut |answer| answers.push(answer));
            for answer in answers {
                self.act(Action::Answered(answer));
            }
        }
    }

    fn run(&mut self, line: &str) {
        self.act(Action::RunLine(line.to_owned()));
        let entry = self.state.terminal.entries.last().unwrap();
        assert_eq!((entry.exit, entry.stderr.as_str()), (0, ""), "{line}");
    }

    /// The lease that the last line granted: `lease 694d… granted with TTL(5s)`.
    fn lease(&self) -> String {
        let last = self.state.terminal.entries.last();
        let words = last.and_then(|entry| entry.stdout.split(' ').nth(1));
        words.unwrap_or_default().to_owned()
    }

    fn play(&mut self, action: PlayAction) {
        self.act(Action::Play(action));
    }

    /// Lets time pass, in one frame.
    fn pass(&mut self, ms: f64) {
        self.play(PlayAction::Tick(self.now_ms));
        self.now_ms += ms;
        self.play(PlayAction::Tick(self.now_ms));
    }

    fn finish(&mut self) {
        self.pass(Play::DURATION_MS * 4.0 + 1.0);
        assert!(!self.state.play.is_running());
        assert_eq!(self.state.sandbox.moving, None);
    }

    /// What can be seen right now.
    fn frame(&self) -> String {
        let play = &self.state.play;
        let mut out = String::new();
        let what = play.beat().map_or_else(
            || "at rest".to_owned(),
            |beat| format!("{:?}: {}", beat.stage, beat.text),
        );
        writeln!(out, "t={:.2}  {what}", play.at).unwrap();
        let part = |stage| match play.window(stage) {
            Some(_) => format!("{:.2}", play.progress(stage)),
            None => "-".to_owned(),
        };
        writeln!(
            out,
            "  bucket {}  index {}  watchers {}",
            part(Stage::Bucket),
            part(Stage::Index),
            part(Stage::Watchers)
        )
        .unwrap();
        out += &self.picture();
        if let Some(pages) = &self.state.member.pages {
            let done = play.page_steps(pages.steps.len());
            let came: Vec<_> = (0..)
                .zip(&pages.tiles)
                .filter_map(|(page, tile)| Some((page, tile.was, pages.look(page, done)?)))
                .filter(|(_, was, (now, is_written))| was != now || *is_written)
                .map(|(page, was, (now, is_written))| {
                    let mark = if is_written { " written" } else { "" };
                    format!("{page} {was:?}>{now:?}{mark}")
                })
                .collect();
            writeln!(
                out,
                "  pages {done} of {}: {}",
                pages.steps.len(),
                came.join(", ")
            )
            .unwrap();
        }
        out
    }

    /// The marks of the timeline that are not at rest.
    fn picture(&self) -> String {
        let sandbox = &self.state.sandbox;
        let scene = sandbox.scene.as_ref().unwrap();
        let (scene, focus) = match &sandbox.moving {
            None => ((**scene).clone(), sandbox.focus()),
            Some(moving) => tween(
                &moving.before,
                scene,
                moving.motion,
                sandbox.focus(),
                self.state.play.progress(Stage::Timeline),
            ),
        };
        let mut out = String::from("  timeline");
        for mark in scene.marks.iter().filter(|mark| mark.scale != 1.0) {
            write!(out, " {}.{}x{:.2}", mark.main, mark.sub, mark.scale).unwrap();
        }
        let gone = scene.marks.iter().filter(|mark| mark.is_compacted).count();
        if gone > 0 {
            write!(out, " {gone} compacted").unwrap();
        }
        if let Some(x_px) = focus.sweep_x_px {
            write!(out, " sweep at {x_px:.0}").unwrap();
        }
        out + "\n"
    }

    /// Why each row stays or goes.
    fn fates(&self) -> String {
        let rows = self.state.sandbox.rows.items.iter();
        let lines = rows.map(|row| {
            let mark = if row.compacted { "x" } else { " " };
            format!("  {mark} {} {}: {}\n", row.revision, row.key, row.fate)
        });
        lines.collect()
    }
}

const TALK: &[&str] = &[
    "etcdctl put foo1 bar1",
    "etcdctl put foo2 bar2",
    "etcdctl put foo3 bar3",
    "etcdctl del foo1",
    "etcdctl put foo1 bar1-new",
    "etcdctl put foo3 bar3-new",
];

/// Key frames of a line after others.
fn frames(page: &mut Page, line: &str) -> String {
    page.run(line);
    let mut out = format!("# {line}\n");
    for beat in page.state.play.beats.iter() {
        let (from, to) = page.state.play.window(beat.stage).unwrap();
        writeln!(out, "{from:.2} to {to:.2} {:?}: {}", beat.stage, beat.text).unwrap();
    }
    let parts = 6;
    out += &page.frame();
    for _ in 0..parts {
        page.pass(Play::DURATION_MS / f64::from(parts));
        out += &page.frame();
    }
    assert!(!page.state.play.is_running(), "900 ms are all it takes");
    if let Some(pages) = page.state.member.pages.as_ref() {
        writeln!(out, "{}", pages.headline).unwrap();
        for step in &pages.steps {
            writeln!(out, "  - {}", step.text).unwrap();
        }
    }
    out
}

#[test]
fn key_frames_of_every_operation() {
    let check = |name: &str, before: &[&str], line: &str| {
        let lines: Vec<&str> = TALK.iter().chain(before).copied().collect();
        let mut page = Page::after(&lines);
        golden::check(&format!("play-{name}.txt"), &frames(&mut page, line));
    };
    check("put", &[], "etcdctl put foo4 bar4");
    check("overwrite", &[], "etcdctl put foo2 again");
    check("delete", &[], "etcdctl del foo2");
    check("delete-range", &[], "etcdctl del --prefix foo");
    check(
        "txn",
        &[],
        "echo 'value(\"foo2\") = \"bar2\"\n\nput foo2 x\nput foo9 y\n\n' | etcdctl txn",
    );
    check(
        "lease-expiry",
        &["etcdctl lease grant 5", "etcdctl put --lease=LEASE foo7 v"],
        "sleep 8",
    );
    check(
        "watch",
        &["etcdctl watch foo2", "etcdctl watch --prefix foo"],
        "etcdctl put foo2 seen",
    );
    check(
        "several",
        &[],
        "etcdctl put foo4 a; etcdctl put foo4 b; etcdctl del foo2; \
         etcdctl put x 1; etcdctl put y 2; etcdctl put z 3",
    );
    check("compaction", &[], "etcdctl compact 6");
    check("defrag", &["etcdctl compact 7"], "etcdctl defrag");
}

#[test]
fn a_compaction_tells_of_each_row_why() {
    let mut page = Page::after(TALK);
    assert_eq!(page.fates().matches(": \n").count(), 6, "{}", page.fates());
    page.run("etcdctl compact 5");
    let mut out = page.fates();
    page.run("etcdctl put foo2 later");
    page.run("etcdctl compact 8");
    out += "then at 8\n";
    out += &page.fates();
    golden::check("play-fates.txt", &out);
}

#[test]
fn it_waits_goes_step_by_step_and_begins_again() {
    let mut page = Page::after(TALK);
    page.run("etcdctl put foo2 x");
    page.pass(100.0);
    let at = page.state.play.at;
    assert!((at - 100.0 / 900.0).abs() < 1e-9, "{at}");
    page.play(PlayAction::Toggle);
    page.pass(500.0);
    assert_eq!(page.state.play.at, at, "a pause lasts");
    // Input is never blocked: the state is the one after the command all the while.
    assert_eq!(page.state.sandbox.head(), 8);
    let mut seen = vec![at];
    while page.state.play.at < 1.0 {
        page.play(PlayAction::Step(1));
        seen.push(page.state.play.at);
    }
    let steps = page.state.member.pages.as_ref().unwrap().steps.len();
    assert!(seen.is_sorted() && seen.len() > steps + 4, "{seen:?}");
    assert_eq!(page.state.sandbox.moving, None);
    page.play(PlayAction::Step(-1));
    assert!(page.state.play.is_paused && page.state.play.at < 1.0);
    page.play(PlayAction::Replay);
    assert_eq!(
        (page.state.play.at, page.state.play.is_paused),
        (0.0, false)
    );
    assert!(page.state.sandbox.moving.is_some(), "the picture too");
    page.play(PlayAction::Speed(0.25));
    page.pass(900.0);
    assert!((page.state.play.at - 0.25).abs() < 1e-9);
    page.play(PlayAction::Speed(4.0));
    page.pass(200.0);
    assert_eq!(page.state.play.at, 1.0);
    page.play(PlayAction::Speed(1e300));
    assert_eq!(page.state.play.speed, 4.0, "only speeds that are offered");
}

#[test]
fn playing_again_brings_its_rows_into_view() {
    let mut page = Page::after(TALK);
    page.run("etcdctl put foo2 x");
    page.finish();
    page.act(Action::ShowRange(2, 3));
    assert!(
        page.state
            .sandbox
            .scene
            .as_ref()
            .unwrap()
            .viewport
            .visible()
            .1
            < 8
    );
    page.play(PlayAction::Replay);
    let sandbox = &page.state.sandbox;
    let scene = sandbox.scene.as_ref().unwrap();
    assert!(scene.marks.iter().any(|mark| mark.main == 8), "in sight");
    assert!(sandbox.moving.as_ref().unwrap().motion.is_operation());
    assert_eq!(page.state.play.at, 0.0);
    page.finish();
}

#[test]
fn the_next_command_takes_over_without_a_jump() {
    let mut page = Page::after(TALK);
    page.run("etcdctl put foo4 x");
    let from = page.state.play.window(Stage::Timeline).unwrap().0;
    page.pass(900.0 * (from + 0.2));
    let sandbox = &page.state.sandbox;
    let moving = sandbox.moving.as_ref().unwrap();
    let part = page.state.play.progress(Stage::Timeline);
    let scene = sandbox.scene.as_ref().unwrap();
    let (shown, _) = tween(&moving.before, scene, moving.motion, sandbox.focus(), part);
    page.run("etcdctl put foo5 y");
    let sandbox = &page.state.sandbox;
    let moving = sandbox.moving.as_ref().unwrap();
    assert_eq!(page.state.play.at, 0.0);
    let scene = sandbox.scene.as_ref().unwrap();
    let (begins, _) = tween(&moving.before, scene, moving.motion, sandbox.focus(), 0.0);
    for mark in &shown.marks {
        let same =
            |other: &&revscope::timeline::Mark| (other.main, other.sub) == (mark.main, mark.sub);
        let goes_on = begins.marks.iter().find(same).unwrap();
        assert_eq!(goes_on, mark);
    }
    page.finish();
}

#[test]
fn less_motion_is_a_cut() {
    let mut page = Page::after(TALK);
    page.play(PlayAction::Calm(true));
    page.run("etcdctl put foo2 x");
    assert_eq!(page.state.play.at, 1.0);
    assert_eq!(page.state.sandbox.moving, None);
    page.play(PlayAction::Step(-1));
    assert!(page.state.play.at < 1.0, "step by step is still there");
    page.play(PlayAction::Toggle);
    page.pass(1.0);
    assert_eq!(page.state.play.at, 1.0);
}

#[test]
fn stepping_through_a_session_plays_its_lines() {
    let mut page = Page::after(TALK);
    page.act(Action::Undo);
    assert_eq!(page.state.play.at, 1.0, "back is a cut");
    assert_eq!(page.state.play.beats[0].text, "etcdctl put foo1 bar1-new");
    page.act(Action::Redo);
    assert_eq!(page.state.play.at, 0.0);
    assert!(page.state.sandbox.moving.is_some());
    page.finish();
    page.run("etcdctl get foo1");
    assert_eq!(page.state.play.at, 1.0, "a read changes nothing");
    page.play(PlayAction::Replay);
    assert_eq!(page.state.play.beats[0].text, "etcdctl put foo3 bar3-new");
    // An engine without a session has nothing to play.
    page.act(Action::Reset);
    page.play(PlayAction::Toggle);
    page.play(PlayAction::Step(1));
    assert_eq!(page.state.play.at, 1.0);
    let (_, outbox) = page
        .state
        .clone()
        .apply(Action::Member(MemberAction::Show(true)));
    assert!(matches!(outbox[0].body, Request::Member { .. }));
}
