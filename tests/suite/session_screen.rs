//! Sessions on the screen: state and a real engine, without a browser.

use revscope::engine::{Doc, Engine, Envelope, Response, SessionAnswer, Then};
use revscope::session::{Tree, save};
use revscope::state::{Action, AppState, Keep, Screen, SessionAction};
use std::rc::Rc;

/// A page without a browser. The engine is a new one whenever the state asks for that.
pub struct Page {
    pub state: AppState,
    pub engine: Engine,
    /// Files and links that came.
    got: Vec<SessionAnswer>,
    /// Answers that a dead engine had on their way.
    late: Vec<Envelope<Response>>,
}

fn engine() -> Engine {
    Engine::new("test".to_owned())
}

impl Page {
    pub fn started(saved: Option<String>, link: Option<&str>) -> Self {
        let mut page = Self {
            state: AppState::default(),
            engine: engine(),
            got: Vec::new(),
            late: Vec::new(),
        };
        page.act(Action::Resized {
            width_px: 800.0,
            height_px: 300.0,
        });
        page.session(SessionAction::Resume {
            build: "test".to_owned(),
            saved,
            link: link.map(str::to_owned),
            keep: true,
        });
        page
    }

    pub fn act(&mut self, action: Action) {
        let lives = self.state.session.engine;
        let (state, outbox) = std::mem::take(&mut self.state).apply(action);
        self.state = state;
        if self.state.session.engine != lives {
            self.engine = engine();
        }
        for envelope in outbox {
            let mut answers = Vec::new();
            self.engine
                .handle(envelope, &mut |answer| answers.push(answer));
            while self.engine.is_busy() {
                self.engine.step(&mut |answer| answers.push(answer));
            }
            for answer in answers {
                if let Response::Session(answer) = &answer.body {
                    self.got.push(answer.clone());
                }
                self.act(Action::Answered(answer));
            }
        }
    }

    pub fn session(&mut self, action: SessionAction) {
        self.act(Action::Session(action));
    }

    fn run(&mut self, line: &str) {
        self.act(Action::RunLine(line.to_owned()));
    }

    /// Sends a line whose answer the engine never gives.
    fn send(&mut self, line: &str) {
        let action = Action::RunLine(line.to_owned());
        let (state, outbox) = std::mem::take(&mut self.state).apply(action);
        self.state = state;
        for envelope in outbox {
            let late = &mut self.late;
            self.engine
                .handle(envelope, &mut |answer| late.push(answer));
        }
    }

    /// What is seen of the session: every line with its output, the numbers of the store.
    fn seen(&self) -> (Vec<(String, String)>, i64, String) {
        let entries = self.state.terminal.entries.iter();
        let lines = entries.map(|e| (e.line.clone(), e.stdout.clone() + &e.stderr));
        let history = self.engine.history(Doc::Sandbox).unwrap();
        (
            lines.collect(),
            self.state.sandbox.head(),
            format!("{} rows", history.row_count()),
        )
    }

    pub fn notice(&self) -> &str {
        let notice = self.state.session.notice.as_ref();
        notice.map_or("", |notice| notice.text.as_str())
    }

    fn take_offer(&mut self) {
        let notice = self.state.session.notice.clone().unwrap();
        self.act(*notice.offer.unwrap().1);
    }
}

#[test]
fn the_state_shown_is_exactly_that_of_the_lines_up_to_there() {
    let lines = [
        "etcdctl put a 1",
        "etcdctl watch a &",
        "etcdctl put a 2",
        "etcdctl compact 3",
        "sleep 5",
        "etcdctl del a",
    ];
    let mut page = Page::started(None, None);
    page.act(Action::Reset);
    let mut after = vec![page.seen()];
    for line in lines {
        page.run(line);
        after.push(page.seen());
    }
    for (at, wanted) in after.iter().enumerate().rev() {
        page.session(SessionAction::StepTo(at as u32));
        assert_eq!(&page.seen(), wanted, "back at line {at}");
        assert_eq!(page.state.terminal.session.redo as usize, lines.len() - at);
    }
    for (at, wanted) in after.iter().enumerate() {
        assert_eq!(&page.seen(), wanted, "forth at line {at}");
        page.act(Action::Pressed(revscope::state::Key::Char(']')));
    }
    page.act(Action::Pressed(revscope::state::Key::Char('[')));
    assert_eq!(page.seen(), after[5]);
}

#[test]
fn the_page_and_the_engine_hold_the_same_tree() {
    let mut page = Page::started(None, None);
    page.run("etcdctl put a 1");
    page.act(Action::Undo);
    page.act(Action::Undo);
    page.run("etcdctl put b 2\netcdctl put c 3");
    let here = page.state.session.tree.clone();
    assert_eq!(here.branches().len(), 1);
    // The engine sends its own with the next step.
    page.session(SessionAction::StepTo(here.done()));
    assert_eq!(page.state.session.tree, here);
    let end = here.branches()[0].end;
    page.session(SessionAction::GoTo(end));
    assert_eq!(
        page.state.terminal.entries.last().unwrap().line,
        "etcdctl put a 1"
    );
    assert_eq!(page.state.sandbox.head(), 10);
}

#[test]
fn a_release_runs_the_lines_again_and_can_be_taken_back() {
    let mut page = Page::started(None, None);
    page.act(Action::Reset);
    for line in ["etcdctl put a 1", "etcdctl version", "etcdctl del a z"] {
        page.run(line);
    }
    let before = page.seen();
    assert!(before.0[1].1.contains("3.5.1"));
    page.session(SessionAction::SetRelease("3.6".to_owned()));
    assert_eq!(page.state.terminal.session.release, "3.6.13");
    assert!(page.seen().0[1].1.contains("3.6.13"));
    assert_eq!(
        page.notice(),
        "Now on etcd 3.6.13: 3 lines were run again. The session on 3.5.1 is kept as a branch."
    );
    page.take_offer();
    assert_eq!(page.seen(), before);
    assert_eq!(page.state.terminal.session.release, "3.5.1");
    page.session(SessionAction::SetRelease("3.5.12".to_owned()));
    assert_eq!(page.state.terminal.session.release, "3.5.12");
    page.session(SessionAction::SetRelease("4".to_owned()));
    assert_eq!(
        page.notice(),
        "The release stays: `4` is not a release such as 3.5 or 3.5.1."
    );
    assert_eq!(page.state.terminal.session.release, "3.5.12");
}

#[test]
fn a_returning_visitor_finds_the_session_and_may_start_fresh() {
    let mut page = Page::started(None, None);
    assert!(page.state.session.is_opening);
    assert_eq!(page.notice(), "");
    page.session(SessionAction::SetRelease("3.4.23".to_owned()));
    page.run("etcdctl put mine 1");
    page.act(Action::Undo);
    page.run("etcdctl put other 1");
    assert!(!page.state.session.is_opening);
    let mut again = Page::started(Some(save(&page.state.session.tree)), None);
    assert_eq!(again.seen(), page.seen());
    assert_eq!(again.state.session.tree, page.state.session.tree);
    assert_eq!(
        again.notice(),
        "You are back in your session: 10 lines, kept in this browser."
    );
    again.take_offer();
    assert!(again.state.session.is_opening && again.state.session.tree.branches().is_empty());
    assert_eq!(again.state.terminal.session.release, "3.5.1");
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let mut page = Page::started(Some("9.abc".to_owned()), None);
    assert_eq!(page.state.session.keep, Keep::Held);
    assert!(
        page.notice().contains("it has form 9, of a later Revscope"),
        "{}",
        page.notice()
    );
    assert_eq!(page.state.sandbox.head(), 9, "the opening scene is there");
    page.take_offer();
    assert_eq!(page.state.session.keep, Keep::Yes);
}

#[test]
fn a_link_opens_beside_the_session_and_a_damaged_one_changes_nothing() {
    let mut page = Page::started(None, None);
    page.act(Action::Reset);
    page.session(SessionAction::SetRelease("3.5.30".to_owned()));
    page.run("etcdctl put a 1");
    page.session(SessionAction::CopyLink);
    let fragment = page.state.session.link.clone().unwrap().unwrap();
    let mut fresh = Page::started(None, Some(&fragment));
    assert_eq!(fresh.seen(), page.seen());
    assert_eq!(fresh.state.terminal.session.release, "3.5.30");
    assert!(fresh.notice().contains("came with the link: 1 line."));
    let kept = Tree::started("3.5.1", ["etcdctl put mine 1"]);
    let with_both = Page::started(Some(save(&kept)), Some(&fragment));
    assert_eq!(with_both.seen(), page.seen());
    assert_eq!(
        with_both.state.session.tree.branches()[0].first,
        "etcdctl put mine 1"
    );
    let before = fresh.seen();
    fresh.session(SessionAction::OpenLink(
        fragment[..fragment.len() - 3].to_owned(),
    ));
    assert!(fresh.notice().contains("damaged or incomplete"));
    assert_eq!(fresh.seen(), before);
}

#[test]
fn a_session_file_opens_wherever_it_is_dropped() {
    let mut page = Page::started(None, None);
    page.session(SessionAction::Download);
    let Some(SessionAnswer::Fetched {
        name,
        then: Then::Download,
        bytes,
    }) = page.got.pop()
    else {
        panic!("no file");
    };
    assert_eq!(name, "session.txt");
    let before = page.seen();
    page.act(Action::Reset);
    page.engine.attach(Rc::new(bytes));
    let size = 1;
    page.act(Action::OpenFile { name, size });
    assert_eq!(page.seen(), before);
    assert_eq!(page.state.screen, Screen::Sandbox);
    assert_eq!(page.state.loading, None);
    // A script without the first line is taken where a script is asked for.
    page.engine.attach(Rc::new(b"etcdctl put x y\n".to_vec()));
    let name = "mine.sh".to_owned();
    page.session(SessionAction::OpenText { name });
    assert_eq!(
        page.notice(),
        "mine.sh was run: 1 line. Sessions from before are kept as branches."
    );
    page.engine.attach(Rc::new(vec![0xff; 40]));
    let name = "db".to_owned();
    page.session(SessionAction::OpenText { name });
    assert!(
        page.notice()
            .contains("db could not be opened as a session: it is damaged")
    );
    assert_eq!(page.state.sandbox.head(), 2);
}

#[test]
fn a_snapshot_is_offered_listed_opened_and_removed() {
    let mut page = Page::started(None, None);
    page.run("etcdctl snapshot save my.db");
    let entry = page.state.terminal.entries.last().unwrap().clone();
    assert_eq!(entry.saved.len(), 1);
    assert_eq!(page.state.terminal.session.files, entry.saved);
    page.run("etcdctl put more 1");
    assert!(page.state.terminal.entries.last().unwrap().saved.is_empty());
    let name = "my.db".to_owned();
    page.session(SessionAction::Fetch {
        name,
        then: Then::Open,
    });
    let Some(SessionAnswer::Fetched { name, bytes, .. }) = page.got.pop() else {
        panic!("no file");
    };
    assert_eq!(bytes.len() as u64, entry.saved[0].size);
    let size = entry.saved[0].size;
    page.engine.attach(Rc::new(bytes));
    page.act(Action::OpenFile { name, size });
    let summary = page.state.opened().unwrap();
    assert_eq!((summary.head, summary.records), (9, 8));
    page.run("rm my.db");
    assert!(page.state.terminal.session.files.is_empty());
    page.run("rm my.db; ls");
    let last = page.state.terminal.entries.last().unwrap();
    assert_eq!(
        last.stderr,
        "rm: cannot remove 'my.db': No such file or directory\n"
    );
    let name = "my.db".to_owned();
    page.session(SessionAction::Fetch {
        name,
        then: Then::Open,
    });
    assert_eq!(page.notice(), "There is no file my.db any more.");
}

#[test]
fn watches_are_told_apart_and_stopped() {
    let mut page = Page::started(None, None);
    page.run("etcdctl watch foo1 &");
    page.run("etcdctl watch --prefix foo &");
    page.run("etcdctl put foo1 x");
    let watched = page.state.terminal.entries.last().unwrap().watched.clone();
    let told: Vec<_> = watched
        .iter()
        .map(|w| (w.watch.job, w.watch.line.as_str(), w.text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (1, "etcdctl watch foo1 &", "PUT\nfoo1\nx\n"),
            (2, "etcdctl watch --prefix foo &", "PUT\nfoo1\nx\n")
        ]
    );
    let running = |page: &Page| {
        page.state
            .terminal
            .session
            .watches
            .iter()
            .map(|w| w.job)
            .collect::<Vec<_>>()
    };
    page.session(SessionAction::Interrupt);
    assert_eq!(page.state.terminal.entries.last().unwrap().line, "kill %2");
    assert_eq!(running(&page), [1]);
    page.act(Action::Undo);
    assert_eq!(running(&page), [1, 2]);
    page.run("kill %1");
    assert_eq!(running(&page), [2]);
    page.session(SessionAction::Interrupt);
    // With nothing to stop, the key empties the line as a shell does.
    page.act(Action::Typed("half".to_owned()));
    page.session(SessionAction::Interrupt);
    assert_eq!(page.state.terminal.input, "");
}

#[test]
fn the_session_outlives_the_engine() {
    let mut page = Page::started(None, None);
    page.run("etcdctl put mine 1");
    let before = page.seen();
    page.send("etcdctl put killer 1");
    page.session(SessionAction::Died("panicked at x".to_owned()));
    assert_eq!(page.seen(), before);
    assert_eq!(
        page.notice(),
        "The engine stopped at “etcdctl put killer 1” and was started again; all other lines \
         were run again. It said: panicked at x."
    );
    assert_eq!(page.state.broken, None);
    // What the dead one still had to say is not heard.
    for answer in std::mem::take(&mut page.late) {
        page.act(Action::Answered(answer));
    }
    assert_eq!(page.seen(), before);
    page.run("etcdctl put next 1");
    assert_eq!(page.state.sandbox.head(), 11);
    for _ in 0..3 {
        page.session(SessionAction::Died("again".to_owned()));
    }
    assert_eq!(
        page.state.broken.as_deref(),
        Some("again"),
        "it does not go round for ever"
    );
}

#[test]
fn a_running_line_is_stopped_and_the_rest_stays() {
    let mut page = Page::started(None, None);
    page.run("etcdctl put mine 1");
    let before = page.seen();
    page.send("for i in 1 2 3; do etcdctl put k$i v; done");
    page.session(SessionAction::Interrupt);
    assert_eq!(page.seen(), before);
    assert!(page.state.terminal.running.is_empty());
    assert_eq!(
        page.notice(),
        "Stopped: “for i in 1 2 3; do etcdctl put k$i v; done”. The session is as it was before."
    );
}

#[test]
fn commands_run_on_a_copy_of_a_file() {
    let mut page = Page::started(None, None);
    page.session(SessionAction::Fork);
    assert_eq!(
        page.notice(),
        "No commands can run on a copy of this file: no file is open."
    );
    page.run("etcdctl put mine 1");
    page.act(Action::OpenSample);
    let records = page.state.opened().unwrap().records;
    page.session(SessionAction::Fork);
    assert_eq!(page.state.screen, Screen::Sandbox);
    let name = page.state.terminal.session.base.clone().unwrap();
    assert_eq!(
        page.notice(),
        format!("You work on a copy of {name}, as etcd 3.5.1; the file itself is only read.")
    );
    page.run("etcdctl get foo1 --rev 2");
    assert_eq!(
        page.state.terminal.entries.last().unwrap().stdout,
        "foo1\nbar1\n"
    );
    let head = page.state.sandbox.head();
    page.run("etcdctl put foo1 forked");
    page.run("etcdctl compact 5");
    assert_eq!(page.state.sandbox.head(), head + 1);
    assert_eq!(page.state.opened().unwrap().records, records);
    page.act(Action::Undo);
    page.act(Action::Undo);
    assert_eq!(page.state.sandbox.head(), head);
    // The session from before is a branch; the copy's own is one as long as the file is here.
    let before = page.state.session.tree.branches()[0].end;
    page.act(Action::Redo);
    page.session(SessionAction::GoTo(before));
    assert_eq!(page.state.sandbox.head(), 10);
    let copy = page.state.session.tree.branches();
    let copy = copy.iter().find(|branch| branch.base.is_some()).unwrap();
    page.session(SessionAction::GoTo(copy.end));
    assert_eq!(page.state.sandbox.head(), head + 1);
    page.session(SessionAction::SetRelease("3.6.13".to_owned()));
    assert_eq!(page.state.terminal.session.release, "3.6.13");
    page.run("etcdctl version");
    let stdout = &page.state.terminal.entries.last().unwrap().stdout;
    assert!(stdout.contains("3.6.13"), "{stdout}");
    // On the next visit the file is not there: its branch is kept, another one is shown.
    let again = Page::started(Some(save(&page.state.session.tree)), None);
    assert!(
        again.notice().contains("open the file again"),
        "{}",
        again.notice()
    );
    assert_eq!(again.state.sandbox.head(), 9);
    let branches = again.state.session.tree.branches();
    assert!(branches.iter().any(|branch| branch.base.is_some()));
}
