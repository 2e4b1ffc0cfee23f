//! The page as a whole: owns the state, the worker and the listeners, and lays out the screens.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File, FileList, KeyboardEvent};
use yew::prelude::*;

use super::components::{
    Broken, DropVeil, FileScreen, FileView, Foot, Help, SandboxScreen, SandboxView, TopBar,
};
use super::frame::is_system_dark;
use super::keys::page_key;
use super::link::EngineLink;
use crate::engine::Request;
use crate::state::{Action, AppState, Screen, Theme};

/// Where the choice of light or dark is kept.
const THEME_KEY: &str = "revscope.theme";

/// The page.
pub struct App {
    state: AppState,
    link: Option<EngineLink>,
    /// The file that was chosen last; its handle travels with the request to open it.
    chosen: Option<File>,
    is_system_dark: bool,
    _listeners: Vec<EventListener>,
}

/// What the page hears.
pub enum Msg {
    /// Something happened to the state.
    Do(Action),
    /// A file was dropped or chosen.
    Choose(File),
    /// The system turned light or dark.
    SystemTheme(bool),
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let link = EngineLink::start(ctx.link().callback(Msg::Do));
        let mut state = AppState::default();
        state.theme = kept_theme();
        apply_theme(state.theme);
        let link = match link {
            Ok(link) => {
                let build = super::build_id();
                ctx.link().send_message(Msg::Do(Action::Started { build }));
                Some(link)
            }
            Err(error) => {
                state.broken = Some(error);
                None
            }
        };
        Self {
            state,
            link,
            chosen: None,
            is_system_dark: is_system_dark(),
            _listeners: listen(ctx),
        }
    }

    fn update(&mut self, _: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Do(action) => self.act(action),
            Msg::Choose(file) => {
                let (name, size) = (file.name(), file.size() as u64);
                self.chosen = Some(file);
                self.act(Action::OpenFile { name, size })
            }
            Msg::SystemTheme(is_dark) => {
                self.is_system_dark = is_dark;
                true
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let on = ctx.link().callback(Msg::Do);
        let choose = ctx.link().callback(Msg::Choose);
        let state = &self.state;
        let is_dark = match state.theme {
            Theme::System => self.is_system_dark,
            Theme::Light => false,
            Theme::Dark => true,
        };
        html! {
            <>
                <TopBar
                    screen={state.screen}
                    file={tab_name(state)}
                    choose={choose.clone()}
                    can_close={state.opened().is_some() && state.loading.is_none()}
                    session={state.terminal.session}
                    {is_dark}
                    on={on.clone()}
                />
                if let Some(text) = &state.broken {
                    <Broken text={text.clone()} />
                }
                if state.screen == Screen::Sandbox {
                    <SandboxScreen
                        view={SandboxView::of(state, is_dark)}
                        on={on.clone()}
                    />
                } else {
                    <FileScreen
                        view={FileView::of(state, is_dark)}
                        on={on.clone()}
                        {choose}
                    />
                }
                <Foot summary={state.current().summary.clone()} />
                if state.is_dragging {
                    <DropVeil />
                }
                if state.is_help_open {
                    <Help on={on.clone()} />
                }
            </>
        }
    }
}

impl App {
    fn act(&mut self, action: Action) -> bool {
        if let Action::SetTheme(theme) = action {
            apply_theme(theme);
            keep_theme(theme);
        }
        let before = self.state.clone();
        let (state, outbox) = std::mem::take(&mut self.state).apply(action);
        self.state = state;
        if let Some(link) = &self.link {
            for envelope in &outbox {
                let is_open = matches!(envelope.body, Request::Open { .. });
                link.send(envelope, self.chosen.as_ref().filter(|_| is_open));
            }
        }
        self.state != before
    }
}

/// The file that is open, or on its way in.
fn tab_name(state: &AppState) -> Option<AttrValue> {
    match (&state.loading, state.opened()) {
        (Some(loading), _) => Some(format!("Opening {}", loading.name).into()),
        (None, Some(summary)) => Some(summary.name.clone().into()),
        (None, None) => None,
    }
}

/// Everything that is heard on the whole page.
fn listen(ctx: &Context<App>) -> Vec<EventListener> {
    let window = window();
    let action = ctx.link().callback(Msg::Do);
    let choose = ctx.link().callback(Msg::Choose);
    let active = EventListenerOptions::enable_prevent_default();
    let mut listeners = Vec::new();
    let mut on = |name: &'static str, handler: Box<dyn Fn(&Event)>| {
        listeners.push(EventListener::new_with_options(
            &window,
            name,
            active,
            move |event| handler(event),
        ));
    };
    let send = action.clone();
    on(
        "keydown",
        Box::new(move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
                return;
            };
            if let Some(key) = page_key(event) {
                send.emit(Action::Pressed(key));
            }
        }),
    );
    for name in ["dragenter", "dragover"] {
        let send = action.clone();
        on(
            name,
            Box::new(move |event| {
                if carries_files(event) {
                    event.prevent_default();
                    send.emit(Action::Dragging(true));
                }
            }),
        );
    }
    let send = action.clone();
    on(
        "dragleave",
        Box::new(move |event| {
            // Leaving the page, not one of its elements.
            let left = event
                .dyn_ref::<DragEvent>()
                .is_some_and(|event| event.related_target().is_none());
            if left {
                send.emit(Action::Dragging(false));
            }
        }),
    );
    let send = action;
    on(
        "drop",
        Box::new(move |event| {
            if !carries_files(event) {
                return;
            }
            event.prevent_default();
            send.emit(Action::Dragging(false));
            let files = event
                .dyn_ref::<DragEvent>()
                .and_then(DragEvent::data_transfer)
                .and_then(|transfer| transfer.files());
            if let Some(file) = files.and_then(|files: FileList| files.get(0)) {
                choose.emit(file);
            }
        }),
    );
    if let Ok(Some(list)) = window.match_media("(prefers-color-scheme: dark)") {
        let send = ctx.link().callback(Msg::SystemTheme);
        listeners.push(EventListener::new(&list, "change", move |_| {
            send.emit(is_system_dark());
        }));
    }
    listeners
}

fn carries_files(event: &Event) -> bool {
    event
        .dyn_ref::<DragEvent>()
        .and_then(DragEvent::data_transfer)
        .is_some_and(|transfer| {
            (0..transfer.types().length()).any(|at| transfer.types().get(at) == "Files")
        })
}

/// A browser may refuse its storage, as to a frame of a strict page: the choice is then forgotten.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn kept_theme() -> Theme {
    let kept = storage().and_then(|storage| storage.get_item(THEME_KEY).ok().flatten());
    match kept.as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

fn keep_theme(theme: Theme) {
    let name = match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    if let Some(storage) = storage() {
        // A full or refusing storage costs the choice, nothing else.
        drop(storage.set_item(THEME_KEY, name));
    }
}

/// Tells the style sheet; without an attribute the system decides.
fn apply_theme(theme: Theme) {
    let Some(root) = document().document_element() else {
        return;
    };
    let done = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        Theme::Light => root.set_attribute("data-theme", "light"),
        Theme::Dark => root.set_attribute("data-theme", "dark"),
    };
    // The attribute's name is fixed and valid.
    drop(done);
}
