//! Two terminals on one store, without a browser: each with its own variables, lines and watches;
//! sessions, links and scripts carry which one a line was typed in.

use revscope::engine::Engine;
use revscope::session::{terminals, text};
use revscope::shell::script::run_script;
use revscope::shell::{Config, Shell};
use revscope::state::{Action, AppState, SessionAction};

/// A page without a browser.
struct Page {
    state: AppState,
    engine: Engine,
}

impl Page {
    fn started(link: Option<&str>) -> Self {
        let mut page = Self {
            state: AppState::default(),
            engine: Engine::new("test".to_owned()),
        };
        page.act(Action::Session(SessionAction::Resume {
            build: "test".to_owned(),
            saved: None,
            link: link.map(str::to_owned),
            keep: true,
        }));
        page
    }

    fn act(&mut self, action: Action) {
        let (state, outbox) = std::mem::take(&mut self.state).apply(action);
        self.state = state;
        for envelope in outbox {
            let mut answers = Vec::new();
            self.engine
                .handle(envelope, &mut |answer| answers.push(answer));
            answers
                .into_iter()
                .for_each(|answer| self.act(Action::Answered(answer)));
        }
    }

    fn second(&mut self, action: Action) {
        self.act(Action::Second(Box::new(action)));
    }

    /// Types a line and presses Enter.
    fn typed(&mut self, terminal: u8, line: &str) -> String {
        for action in [Action::Typed(line.to_owned()), Action::Submit] {
            match terminal {
                1 => self.act(action),
                _ => self.second(action),
            }
        }
        self.state.terminal.entries.last().unwrap().stdout.clone()
    }
}

#[test]
fn each_terminal_has_its_own_variables_and_the_same_store() {
    let mut page = Page::started(None);
    page.act(Action::Reset);
    page.act(Action::Split);
    assert_eq!(page.typed(1, "X=one; alias e=etcdctl"), "");
    assert_eq!(page.typed(2, "echo \"[$X]\""), "[]\n");
    page.typed(2, "X=two");
    assert_eq!(page.typed(1, "echo $X"), "one\n");
    assert_eq!(page.typed(2, "echo $X"), "two\n");
    page.typed(1, "e put a 1");
    assert_eq!(page.typed(2, "etcdctl get a"), "a\n1\n");
    page.typed(2, "e get a");
    let last = page.state.terminal.entries.last().unwrap();
    assert!(last.stderr.contains("not found"), "{}", last.stderr);
    // Lines are taken back in the order in which they ran, wherever that was.
    page.act(Action::Undo);
    page.act(Action::Undo);
    page.act(Action::Undo);
    assert_eq!(page.typed(2, "etcdctl get a; echo $X"), "two\n");
}

#[test]
fn a_watch_in_one_shows_what_the_other_writes() {
    let mut page = Page::started(None);
    page.act(Action::Reset);
    page.act(Action::Split);
    page.typed(2, "etcdctl watch foo1");
    page.typed(1, "etcdctl put foo1 bar1");
    let entry = page.state.terminal.entries.last().unwrap();
    assert_eq!(entry.watched[0].text, "PUT\nfoo1\nbar1\n");
    let place = terminals::split(&entry.watched[0].watch.line);
    assert_eq!(place, (2, "etcdctl watch foo1"));
    assert_eq!(terminals::split(&entry.line).0, 1);
}

#[test]
fn each_has_its_own_line_and_its_own_past_lines() {
    let mut page = Page::started(None);
    page.act(Action::Reset);
    page.act(Action::Split);
    page.typed(1, "echo first");
    page.typed(2, "echo second");
    page.act(Action::Typed("half".to_owned()));
    page.second(Action::OlderLine);
    let inputs = |page: &Page| {
        let second = page.state.second.as_ref().unwrap();
        (page.state.terminal.input.clone(), second.input.clone())
    };
    assert_eq!(inputs(&page), ("half".to_owned(), "echo second".to_owned()));
    page.act(Action::OlderLine);
    assert_eq!(inputs(&page).0, "echo first");
    page.act(Action::NewerLine);
    assert_eq!(inputs(&page).0, "half");
    page.second(Action::Typed("etcdctl pu".to_owned()));
    page.second(Action::Complete);
    assert_eq!(
        inputs(&page),
        ("half".to_owned(), "etcdctl put ".to_owned())
    );
    // Closed, all lines stand in one.
    page.second(Action::Split);
    assert!(page.state.second.is_none());
    assert_eq!(
        (
            page.state.terminal.number,
            page.state.terminal.entries.len()
        ),
        (0, 2)
    );
    page.act(Action::OlderLine);
    assert_eq!(page.state.terminal.input, "echo second");
}

#[test]
fn links_and_scripts_know_the_terminal() {
    let mut page = Page::started(None);
    page.act(Action::Reset);
    page.act(Action::Split);
    page.typed(2, "X=2");
    page.second(Action::RunLine(
        "etcdctl put a $X\netcdctl get a".to_owned(),
    ));
    page.typed(1, "echo \"[$X]\"");
    page.act(Action::Session(SessionAction::CopyLink));
    let link = page.state.session.link.clone().unwrap().unwrap();
    let fresh = Page::started(Some(&link));
    assert_eq!(fresh.state.terminal.entries, page.state.terminal.entries);
    assert_eq!(
        fresh.state.second.as_ref().map(|second| second.number),
        Some(2)
    );
    // In a script they are lines like others, and write the same.
    let script = text::write(&page.state.session.tree);
    assert!(
        script.contains("\n: terminal 2; etcdctl put a $X\n"),
        "{script}"
    );
    let mut shell = Shell::new(Config::default());
    let played = run_script(&mut shell, &script);
    assert!(played.iter().all(|one| one.answer.exit == 0), "{played:?}");
    assert_eq!(shell.store().revision(), 2);
}
