//! Components rendered to strings: structure, names and roles, compared with `tests/golden/markup`.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/golden.rs"]
mod golden;

use revscope::engine::{
    BytesPart, BytesView, Engine, Failure, FileFacts, KeptEntry, KeptUse, KeptView, Phase,
    ProblemFacts, YamlLine,
};
use revscope::kv::Revision;
use revscope::state::{Action, AppState, DocState, Loading, MemberAction, Studied, Tab};
use revscope::web::{
    About, AboutProps, BucketTable, BucketTableProps, Buckets, BucketsProps, BytesCard,
    BytesCardProps, FileTabs, FileTabsProps, Foot, FootProps, FossilList, FossilListProps, Help,
    HelpProps, IndexList, IndexListProps, Inspector, InspectorProps, LoadingPanel,
    LoadingPanelProps, OpenPanel, OpenPanelProps, Overview, OverviewProps, PageMapCard,
    PageMapProps, PagesPane, PagesPaneProps, Player, PlayerProps, ProblemList, ProblemListProps,
    Refused, RefusedProps, TableTwin, TableTwinProps, TerminalCard, TerminalCardProps, TopBar,
    TopBarProps,
};
use std::rc::Rc;
use yew::ServerRenderer;
use yew::{AttrValue, BaseComponent, Callback};

/// A page's state after some actions, with a real engine behind it.
fn state(actions: impl IntoIterator<Item = Action>) -> AppState {
    let mut engine = Engine::new("test".to_owned());
    let start = [
        Action::Resized {
            width_px: 800.0,
            height_px: 300.0,
        },
        Action::Started {
            build: "test".to_owned(),
        },
    ];
    let mut waiting: Vec<Action> = start.into_iter().chain(actions).collect();
    waiting.reverse();
    let mut state = AppState::default();
    while let Some(action) = waiting.pop() {
        let (next, outbox) = state.apply(action);
        state = next;
        let mut answers = Vec::new();
        for envelope in outbox {
            engine.handle(envelope, &mut |answer| {
                answers.push(Action::Answered(answer))
            });
            while engine.is_busy() {
                engine.step(&mut |answer| answers.push(Action::Answered(answer)));
            }
        }
        waiting.extend(answers.into_iter().rev());
    }
    state
}

/// The sandbox after some lines.
fn sandbox(lines: &[&str]) -> Rc<DocState> {
    let run = lines.iter().map(|line| Action::RunLine((*line).to_owned()));
    Rc::new(state(run).sandbox)
}

/// Renders a component and compares it; one element a line, so that a difference is a line.
async fn check<C>(name: &str, props: impl FnOnce() -> C::Properties + Send + 'static)
where
    C: BaseComponent,
{
    let html = ServerRenderer::<C>::with_props(props)
        .hydratable(false)
        .render()
        .await;
    let mut text = html.replace("><", ">\n<");
    text.push('\n');
    golden::check(&format!("markup/{name}.html"), &text);
}

#[tokio::test]
async fn the_bars_around_the_screens() {
    check::<TopBar>("top-bar", || {
        let state = state([Action::Undo]);
        TopBarProps {
            screen: state.screen,
            file: None,
            can_close: false,
            choose: Callback::noop(),
            session: state.terminal.session,
            is_session_open: false,
            is_dark: false,
            is_new: true,
            on: Callback::noop(),
        }
    })
    .await;
    check::<Foot>("foot", || FootProps {
        summary: sandbox(&["etcdctl compact 5"]).summary.clone(),
    })
    .await;
    check::<Help>("help", || HelpProps {
        on: Callback::noop(),
    })
    .await;
}

#[tokio::test]
async fn the_store_after_a_compaction() {
    const LINES: &[&str] = &["etcdctl del foo2", "etcdctl compact 9"];
    check::<BucketTable>("bucket", || BucketTableProps {
        document: sandbox(LINES),
        on: Callback::noop(),
    })
    .await;
    check::<IndexList>("index", || IndexListProps {
        document: sandbox(LINES),
        on: Callback::noop(),
    })
    .await;
    check::<TableTwin>("twin", || TableTwinProps {
        document: sandbox(LINES),
        is_shown: true,
        on: Callback::noop(),
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_the_member() {
    let shown = |line: &str| {
        let line = line.to_owned();
        state([
            Action::Member(MemberAction::Show(true)),
            Action::RunLine(line),
        ])
    };
    check::<PagesPane>("pages", move || PagesPaneProps {
        member: shown("etcdctl put foo2 x").member,
        done: 2,
        on: Callback::noop(),
    })
    .await;
    check::<Player>("player", move || PlayerProps {
        play: shown("etcdctl del foo2").play,
        on: Callback::noop(),
    })
    .await;
}

#[tokio::test]
async fn the_inspector() {
    check::<Inspector>("inspector-modify", || InspectorProps {
        document: Rc::new(state([Action::Select(Revision::new(9, 0))]).sandbox),
        on: Callback::noop(),
    })
    .await;
    check::<Inspector>("inspector-tombstone", || InspectorProps {
        document: Rc::new(state([Action::Select(Revision::new(7, 0))]).sandbox),
        on: Callback::noop(),
    })
    .await;
    check::<Inspector>("inspector-empty", || InspectorProps {
        document: Rc::new(state([Action::Deselect]).sandbox),
        on: Callback::noop(),
    })
    .await;
}

#[tokio::test]
async fn the_terminal() {
    check::<TerminalCard>("terminal", || {
        let lines = ["frobnicate", "etcdctl get foo1 --rev 99"];
        let mut state = state(lines.map(|line| Action::RunLine(line.to_owned())));
        state.terminal.cleared = state.terminal.entries.len() - 2;
        state.terminal.candidates = vec![("put".to_owned(), "Puts a key".to_owned())];
        TerminalCardProps {
            terminal: state.terminal,
            offers: vec![AttrValue::from("etcdctl put a b")],
            on: Callback::noop(),
        }
    })
    .await;
}

#[tokio::test]
async fn files() {
    check::<OpenPanel>("open", || OpenPanelProps {
        on: Callback::noop(),
        choose: Callback::noop(),
    })
    .await;
    check::<LoadingPanel>("loading", || LoadingPanelProps {
        loading: Loading {
            id: 1,
            name: "db".to_owned(),
            size: 1 << 30,
            phase: Phase::Records,
            done: 1 << 28,
            total: 1 << 30,
            is_cancelling: false,
            is_less: false,
        },
        on: Callback::noop(),
    })
    .await;
    check::<Refused>("refused", || RefusedProps {
        failure: Failure {
            name: "notes.txt".to_owned(),
            what: "not a bbolt file: text (4600 bytes)".to_owned(),
            place: "the first page".to_owned(),
            hint: "etcd's file is member/snap/db".to_owned(),
            members: Vec::new(),
        },
        on: Callback::noop(),
    })
    .await;
    check::<Overview>("overview", || OverviewProps {
        sums: None,
        is_partial: false,
        summary: state([Action::OpenSample]).opened().unwrap().clone(),
        background: None,
        on: Callback::noop(),
    })
    .await;
}

/// The sample, opened, with one of its parts shown.
fn sample(tab: Tab) -> AppState {
    state([Action::OpenSample, Action::ShowTab(tab)])
}

fn facts(state: &AppState) -> FileFacts {
    state.opened().unwrap().file.clone().unwrap()
}

/// An element with a field and its line.
fn bytes() -> BytesView {
    let part = |range: std::ops::Range<u64>, depth, name: &str, line| BytesPart {
        start: range.start,
        end: range.end,
        depth,
        name: name.to_owned(),
        text: "what it says".to_owned(),
        line,
    };
    BytesView {
        page: 7,
        element: Some(3),
        title: "element 3, 76.0".to_owned(),
        offset: 28672,
        segments: vec![
            (64, b"header".to_vec()),
            (2046, b"k8s\0key and value".to_vec()),
        ],
        parts: vec![
            part(64..70, 0, "element 3", None),
            part(2046..2063, 0, "value of element 3", None),
            part(2050..2053, 1, "kind", Some(0)),
        ],
        lines: vec![YamlLine {
            text: "kind: Pod".to_owned(),
            part: Some(2),
        }],
        left_out: 2,
        note: "the first 17 of 20 bytes".to_owned(),
    }
}

/// The index of the file, kept and compared, beside another one's.
fn kept() -> KeptView {
    let entry = |file: &str, is_this| KeptEntry {
        name: file.to_owned(),
        file: file.to_owned(),
        size: 9_000_000,
        kept: "2026-11-23".to_owned(),
        is_this,
    };
    KeptView {
        can_keep: true,
        used: KeptUse::Same,
        entries: vec![entry("yesterday.db", false), entry("today.db", true)],
        ..KeptView::default()
    }
}

#[tokio::test]
async fn parts_of_a_file() {
    check::<FileTabs>("file-tabs", || FileTabsProps {
        file: facts(&sample(Tab::Timeline)),
        tab: Tab::Timeline,
        on: Callback::noop(),
    })
    .await;
    check::<About>("file-about", || AboutProps {
        file: facts(&sample(Tab::About)),
        kept: Some(Rc::new(kept())),
        on: Callback::noop(),
    })
    .await;
    check::<Buckets>("file-buckets", || BucketsProps {
        look: Rc::new(sample(Tab::Buckets).look),
        on: Callback::noop(),
    })
    .await;
    check::<BytesCard>("file-bytes", || BytesCardProps {
        bytes: Rc::new(bytes()),
        on: Callback::noop(),
    })
    .await;
    check::<PageMapCard>("file-pages", || {
        let state = sample(Tab::Pages);
        PageMapProps {
            file: facts(&state),
            study: Studied::default(),
            look: Rc::new(state.look),
            on: Callback::noop(),
        }
    })
    .await;
    check::<FossilList>("file-fossils", || {
        let state = sample(Tab::Fossils);
        FossilListProps {
            file: facts(&state),
            look: Rc::new(state.look),
            on: Callback::noop(),
        }
    })
    .await;
    check::<ProblemList>("file-problems", || {
        let mut file = facts(&sample(Tab::Problems));
        file.problem_count = 3;
        file.problems = vec![ProblemFacts {
            place: "page 7: element 3".to_owned(),
            page: Some(7),
            text: "its key is empty".to_owned(),
            meaning: "it is read in its place".to_owned(),
        }];
        ProblemListProps {
            file,
            records: 7,
            on: Callback::noop(),
        }
    })
    .await;
}
