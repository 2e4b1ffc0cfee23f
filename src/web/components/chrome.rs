//! Around the screens: the bar at the top, the line at the bottom, the sheet of keys, the veil
//! while a file is dragged, and the message when the engine broke.

use wasm_bindgen::JsCast;
use web_sys::File;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::open_panel::FileButton;

use crate::engine::{Session, Summary};
use crate::state::{Action, LessonAction, Screen, SessionAction, Theme, first_lesson};
use crate::web::number::{counted, revision};

/// What the bar at the top shows.
#[derive(Properties, PartialEq)]
pub struct TopBarProps {
    /// Where we are.
    pub screen: Screen,
    /// Name of the opened file, or what is said of one on its way in.
    pub file: Option<AttrValue>,
    /// Whether there is an opened file to close.
    pub can_close: bool,
    /// A file was chosen.
    pub choose: Callback<File>,
    /// What can be taken back and forth.
    pub session: Session,
    /// Whether the session's panel is open.
    pub is_session_open: bool,
    /// Whether the page is dark now.
    pub is_dark: bool,
    /// Whether no lesson was begun yet.
    pub is_new: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// Name, screens, and the few things that concern all of the page.
#[component]
pub fn TopBar(props: &TopBarProps) -> Html {
    let TopBarProps {
        screen,
        file,
        can_close,
        choose,
        session,
        is_session_open,
        is_dark,
        is_new,
        on,
    } = props;
    let tab = |to: Screen, label: AttrValue| {
        let current = (*screen == to).then_some("page");
        let go = on.reform(move |_: MouseEvent| Action::Go(to));
        html! {
            <button type="button" class="tab" aria-current={current} onclick={go}>{ label }</button>
        }
    };
    let button = |label: &'static str, name: &'static str, enabled: bool, action: Action| {
        let act = on.reform(move |_: MouseEvent| action.clone());
        html! {
            <button type="button" class="button" aria-label={name} title={name}
                disabled={!enabled} onclick={act}>
                { label }
            </button>
        }
    };
    let theme = if *is_dark { Theme::Light } else { Theme::Dark };
    let theme_name = if *is_dark {
        "Switch to light"
    } else {
        "Switch to dark"
    };
    let toggle = on.reform(|_: MouseEvent| Action::Session(SessionAction::Toggle));
    let first = on.reform(|_: MouseEvent| Action::Lesson(LessonAction::Play(first_lesson(), 0)));
    let home = on.reform(|_: MouseEvent| Action::Go(Screen::Sandbox));
    html! {
        <header class="top">
            <button type="button" class="brand" aria-label="Revscope, to the sandbox" onclick={home}>
                <Logo />
                <span>{ "Revscope" }</span>
            </button>
            <nav class="tabs" aria-label="Screens">
                { tab(Screen::Sandbox, "Sandbox".into()) }
                { tab(Screen::Lessons, "Lessons".into()) }
                { tab(Screen::File, file.clone().unwrap_or_else(|| "Open a file".into())) }
            </nav>
            <div class="tools">
                if *screen == Screen::Sandbox {
                    { button("↶ Undo", "Undo the last command", session.undo > 0, Action::Undo) }
                    { button("↷ Redo", "Redo the command", session.redo > 0, Action::Redo) }
                    { button("Reset", "Reset to an empty store", true, Action::Reset) }
                    if !session.is_lesson {
                        <button type="button" class="button" aria-haspopup="dialog"
                            aria-expanded={is_session_open.to_string()} onclick={toggle}>{ "Session ▾" }</button>
                    }
                } else if *screen == Screen::File && *can_close {
                    { button("Run commands on a copy", "Run commands on a copy of the file", true,
                        Action::Session(SessionAction::Fork)) }
                    <FileButton label="Open another" choose={choose.clone()} />
                    { button("Close", "Close the file", true, Action::CloseFile) }
                }
                { button("◐", theme_name, true, Action::SetTheme(theme)) }
                { button("?", "Keys", true, Action::ToggleHelp) }
                if *is_new && !session.is_lesson && *screen == Screen::Sandbox {
                    <button type="button" class="button primary" onclick={first}>{ "Start the first lesson" }</button>
                }
            </div>
        </header>
    }
}

/// Three lanes with their marks.
#[component]
fn Logo() -> Html {
    html! {
        <svg class="logo" viewBox="0 0 24 20" aria-hidden="true">
            <rect class="logo-bar" x="1" y="1.5" width="18" height="4" rx="2" />
            <rect class="logo-bar" x="5" y="8" width="18" height="4" rx="2" />
            <rect class="logo-bar" x="3" y="14.5" width="14" height="4" rx="2" />
            <circle class="logo-create" cx="3.5" cy="3.5" r="2.5" />
            <circle class="logo-modify" cx="9" cy="10" r="2.5" />
            <circle class="logo-tombstone" cx="15" cy="16.5" r="2.5" />
        </svg>
    }
}

/// What the line at the bottom shows.
#[derive(Properties, PartialEq)]
pub struct FootProps {
    /// The history of the screen; none while there is none.
    pub summary: Option<Summary>,
}

/// The store in one line, and the promise.
#[component]
pub fn Foot(props: &FootProps) -> Html {
    let promise = match props
        .summary
        .as_ref()
        .and_then(|summary| summary.file.as_ref())
    {
        Some(_) => "The file never leaves this tab. Nothing is sent anywhere.",
        None => "Everything runs in this tab. Nothing is sent anywhere.",
    };
    // A file without a history has no revision to tell of.
    let has_history = |summary: &&Summary| summary.file.as_ref().is_none_or(|file| file.is_etcd);
    let facts = props.summary.as_ref().filter(has_history).map(|summary| {
        html! {
            <>
                <span>{ "revision " }<b id="head">{ revision(summary.head) }</b></span>
                if summary.compact_revision > 0 {
                    <span>
                        { "compacted at " }<b id="compacted">{ revision(summary.compact_revision) }</b>
                    </span>
                }
                <span>{ counted(summary.live_keys, "live key", "live keys") }</span>
                <span>{ counted(summary.records, "record", "records") }</span>
            </>
        }
    });
    html! {
        <footer class="foot">
            <div class="facts">{ facts }</div>
            <p>{ promise }</p>
        </footer>
    }
}

/// Shown while a file is dragged over the page.
#[component]
pub fn DropVeil() -> Html {
    html! {
        <div class="veil" aria-hidden="true">
            <div>
                <strong>{ "Drop it here" }</strong>
                <p>{ "An etcd db file or a snapshot. It stays in this tab." }</p>
            </div>
        </div>
    }
}

/// What the message about a broken engine shows.
#[derive(Properties, PartialEq)]
pub struct BrokenProps {
    /// What it said.
    pub text: AttrValue,
}

/// The engine stopped: what is seen stays, a reload goes on.
#[component]
pub fn Broken(props: &BrokenProps) -> Html {
    html! {
        <div class="broken" role="alert">
            <div>
                <strong>{ "The engine behind this page stopped." }</strong>
                { " What you see stays, but nothing new can be computed until the page is loaded again." }
                <code>{ props.text.clone() }</code>
            </div>
            <a class="button" href="./">{ "Load the page again" }</a>
        </div>
    }
}

/// What the sheet of keys needs.
#[derive(Properties, PartialEq)]
pub struct HelpProps {
    /// What happened.
    pub on: Callback<Action>,
}

/// Keys, in the groups in which they are used.
const KEYS: &[(&str, &[(&str, &str)])] = &[
    (
        "Timeline",
        &[
            ("W S", "zoom in, zoom out"),
            ("A D", "move left, move right"),
            ("Ctrl + wheel", "zoom at the pointer"),
            ("0", "show everything"),
            ("F", "centre the selected change, again: zoom to it"),
            ("T", "as a table, as a picture"),
        ],
    ),
    (
        "Lanes",
        &[
            ("/", "filter the keys"),
            ("↑ ↓", "choose a lane, with the focus on the picture"),
            ("O", "fold or open the chosen prefix"),
            ("P", "keep the chosen lane on top, or let it go"),
            ("Shift + drag", "sum up an area"),
            ("M", "sum up from here; the arrows move the other end"),
        ],
    ),
    (
        "Time",
        &[
            ("[ ]", "take a line back, run it again"),
            ("← →", "the store as of one revision earlier, later"),
            ("Home End", "the first revision, the head"),
        ],
    ),
    (
        "What the last command did",
        &[
            ("Space", "play, pause"),
            ("N", "one step, and wait there"),
            ("R", "once more from the start"),
            ("G", "the pages of the member's file"),
        ],
    ),
    (
        "Changes",
        &[
            (
                ", .",
                "previous, next change of the key, or of the chosen prefix",
            ),
            ("Esc", "put away what is open or selected"),
        ],
    ),
    (
        "Stage",
        &[
            ("PgDn Space", "on: the command, then the next step"),
            ("PgUp ←", "back, to the very same state"),
            ("B", "dark, and light again"),
            ("Esc", "leave the stage"),
        ],
    ),
    (
        "Terminal",
        &[
            ("↑ ↓", "older, newer line"),
            ("Tab", "complete the word"),
            ("Ctrl + L", "clear"),
            ("Ctrl + C", "stop the running line, else the last watch"),
        ],
    ),
];

/// The sheet of keys.
#[component]
pub fn Help(props: &HelpProps) -> Html {
    let close = props.on.reform(|_: MouseEvent| Action::ToggleHelp);
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let before = gloo::utils::document().active_element();
            // An element that cannot take the focus leaves it where it is.
            let focus = |element: Option<HtmlElement>| {
                drop(element.map(|element| element.focus()));
            };
            focus(node.cast());
            move || focus(before.and_then(|element| element.dyn_into().ok()))
        });
    }
    // The button is the only thing here that takes the focus, and the page behind has to wait.
    let stay = |event: KeyboardEvent| {
        if event.key() == "Tab" {
            event.prevent_default();
        }
    };
    html! {
        <div class="sheet-back" onclick={close.clone()}>
            <section class="sheet" role="dialog" aria-modal="true" aria-labelledby="keys-title"
                onkeydown={stay} onclick={|event: MouseEvent| event.stop_propagation()}>
                <div class="sheet-head">
                    <h2 id="keys-title">{ "Keys" }</h2>
                    <button ref={node} type="button" class="button" onclick={close}>{ "Close" }</button>
                </div>
                <div class="keys">
                    { for KEYS.iter().map(|(title, keys)| html! {
                        <div>
                            <h3>{ *title }</h3>
                            <dl>
                                { for keys.iter().map(|(key, what)| html! {
                                    <div><dt><kbd>{ *key }</kbd></dt><dd>{ *what }</dd></div>
                                }) }
                            </dl>
                        </div>
                    }) }
                </div>
            </section>
        </div>
    }
}
