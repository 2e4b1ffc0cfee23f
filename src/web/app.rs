//! The page as a whole: owns the state, the worker and the listeners, and lays out the screens.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File, FileList, KeyboardEvent};
use yew::prelude::*;

use super::components::{
    Broken, DropVeil, FileScreen, FileView, Foot, Help, LessonList, NoticeLine, ObjectLayer,
    Presenter, QrSheet, SandboxScreen, SandboxView, SessionPanel, StageScreen, TopBar,
};
use super::frame::{is_reduced, is_system_dark};
use super::kept;
use super::keys::page_key;
use super::link::{EngineLink, Fetched};
use super::stage::{self, Windows};
use super::theme::{apply_theme, keep_theme, kept_theme};
use super::{address, download};
use crate::engine::{Request, SessionRequest, StudyRequest, Then};
use crate::state::{
    Action, AppState, Key, LessonAction, LessonState, PlayAction, Screen, SessionAction, Stage,
    StudyAction, Theme, first_lesson,
};

/// The page.
pub struct App {
    state: AppState,
    calls: Calls,
    link: Option<EngineLink>,
    /// The file that was chosen last; its handle travels with the request to open it.
    chosen: Option<File>,
    /// The file beside it, or the script, that was chosen last.
    other: Option<File>,
    is_system_dark: bool,
    /// Other windows of the same talk, or the page around this frame.
    windows: Windows,
    /// Whether the page is somebody's frame or second window, and keeps nothing.
    is_guest: bool,
    _listeners: Vec<EventListener>,
}

/// Ways to tell the page something. Made once: a part of the page whose way is a new one would be
/// made again with every frame of a gesture.
struct Calls {
    on: Callback<Action>,
    choose: Callback<File>,
    beside: Callback<File>,
    choose_text: Callback<File>,
    choose_lesson: Callback<File>,
}

/// What the page hears.
pub enum Msg {
    /// Something happened to the state.
    Do(Action),
    /// A file was dropped or chosen.
    Choose(File),
    /// A file to compare with was chosen.
    Beside(File),
    /// A script was chosen.
    ChooseText(File),
    /// A lesson's file was chosen.
    ChooseLesson(File),
    /// Another window asks where the lesson stands.
    Tell,
    /// A file of the session came from the engine.
    Got(Fetched),
    /// The system turned light or dark.
    SystemTheme(bool),
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let link = start_engine(ctx);
        let mut state = AppState::default();
        state.theme = kept_theme();
        state.play.is_calm = is_reduced();
        apply_theme(state.theme);
        let stage = stage::asked();
        let is_guest = matches!(stage, Stage::Embed | Stage::Presenter);
        let calls = Calls {
            on: ctx.link().callback(Msg::Do),
            choose: ctx.link().callback(Msg::Choose),
            beside: ctx.link().callback(Msg::Beside),
            choose_text: ctx.link().callback(Msg::ChooseText),
            choose_lesson: ctx.link().callback(Msg::ChooseLesson),
        };
        let on = &calls.on;
        let windows = Windows::listen(stage, on, ctx.link().callback(|()| Msg::Tell));
        let link = match link {
            Ok(link) => {
                let kept = kept::lessons();
                on.emit(Action::Lesson(LessonAction::Start { stage, kept }));
                let build = super::build_id();
                let names_lesson = address::has_lesson();
                let resume = SessionAction::Resume {
                    build,
                    saved: kept::session().filter(|_| !is_guest),
                    link: address::take_link(),
                    keep: kept::is_wanted(),
                };
                on.emit(Action::Session(resume));
                if stage != Stage::Off && !names_lesson {
                    on.emit(Action::Lesson(LessonAction::Play(first_lesson(), 0)));
                }
                Some(link)
            }
            Err(error) => {
                state.broken = Some(error);
                None
            }
        };
        Self {
            state,
            calls,
            link,
            chosen: None,
            other: None,
            is_system_dark: is_system_dark(),
            windows,
            is_guest,
            _listeners: listen(ctx),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Do(action) => self.act(ctx, action),
            Msg::Choose(file) if file.name().ends_with(".lesson") => {
                Component::update(self, ctx, Msg::ChooseLesson(file))
            }
            Msg::ChooseLesson(file) => {
                let on = self.calls.on.clone();
                download::read_text(&file, move |text| {
                    on.emit(Action::Lesson(LessonAction::Edit(Some(text))));
                });
                false
            }
            Msg::Tell => {
                self.windows.tell(&self.state.lesson);
                false
            }
            Msg::Choose(file) => {
                let (name, size) = (file.name(), file.size() as u64);
                self.chosen = Some(file);
                self.act(ctx, Action::OpenFile { name, size })
            }
            Msg::Beside(file) => {
                let action = StudyAction::Beside(file.name());
                self.other = Some(file);
                self.act(ctx, Action::Study(action))
            }
            Msg::ChooseText(file) => {
                let name = file.name();
                self.other = Some(file);
                let action = SessionAction::OpenText { name };
                self.act(ctx, Action::Session(action))
            }
            Msg::Got((name, then, bytes)) => {
                match then {
                    // A browser that refuses says so itself.
                    Then::Download => drop(download::save(&name, &bytes)),
                    Then::Open => {
                        let file = download::file(&name, &bytes);
                        file.into_iter()
                            .for_each(|file| ctx.link().send_message(Msg::Choose(file)));
                    }
                }
                false
            }
            Msg::SystemTheme(is_dark) => {
                self.is_system_dark = is_dark;
                true
            }
        }
    }

    fn view(&self, _: &Context<Self>) -> Html {
        let Calls {
            on,
            choose,
            beside,
            choose_text,
            choose_lesson,
        } = &self.calls;
        let state = &self.state;
        let is_dark = match state.theme {
            Theme::System => self.is_system_dark,
            Theme::Light => false,
            Theme::Dark => true,
        };
        if state.lesson.is_staged() && state.broken.is_none() {
            return staged(state, is_dark, on.clone());
        }
        html! {
            <>
                <TopBar
                    screen={state.screen}
                    file={tab_name(state)}
                    choose={choose.clone()}
                    can_close={state.opened().is_some() && state.loading.is_none()}
                    session={state.terminal.session.clone()}
                    is_session_open={state.session.is_open}
                    {is_dark}
                    is_new={state.lesson.progress.is_empty()}
                    on={on.clone()}
                />
                if let Some(text) = &state.broken {
                    <Broken text={text.clone()} />
                }
                if let Some(notice) = &state.session.notice {
                    <NoticeLine notice={notice.clone()} on={on.clone()} />
                }
                if state.session.is_open && state.screen == Screen::Sandbox {
                    <SessionPanel
                        state={state.session.clone()}
                        session={state.terminal.session.clone()}
                        on={on.clone()}
                        choose={choose_text.clone()}
                    />
                }
                if state.screen == Screen::Sandbox {
                    <SandboxScreen
                        view={SandboxView::of(state, is_dark)}
                        on={on.clone()}
                    />
                } else if state.screen == Screen::Lessons {
                    <LessonList lesson={state.lesson.clone()} choose={choose_lesson.clone()} on={on.clone()} />
                } else {
                    <FileScreen
                        view={FileView::of(state, is_dark)}
                        on={on.clone()}
                        choose={choose.clone()}
                        beside={beside.clone()}
                    />
                }
                if state.object.is_seen() {
                    <ObjectLayer state={Rc::new(state.object.clone())} on={on.clone()} />
                }
                <Foot summary={state.current().summary.clone()} />
                if state.is_dragging {
                    <DropVeil />
                }
                { qr(&state.lesson, on) }
                if state.is_help_open {
                    <Help on={on.clone()} />
                }
            </>
        }
    }
}

impl App {
    fn act(&mut self, ctx: &Context<Self>, action: Action) -> bool {
        if let Action::SetTheme(theme) = action {
            apply_theme(theme);
            keep_theme(theme);
        }
        let before = self.state.clone();
        let (state, outbox) = std::mem::take(&mut self.state).apply(action);
        self.state = state;
        self.follow_session(ctx, &before);
        self.follow_lesson(&before.lesson);
        if let Some(link) = &self.link {
            for envelope in &outbox {
                let file = match envelope.body {
                    Request::Open { .. } => self.chosen.as_ref(),
                    Request::Session(SessionRequest::OpenText { .. })
                    | Request::Study(StudyRequest::Beside { .. }) => self.other.as_ref(),
                    _ => None,
                };
                link.send(envelope, file);
            }
        }
        self.state != before
    }

    /// Does what the session's change asks of the browser.
    fn follow_session(&mut self, ctx: &Context<Self>, before: &AppState) {
        let (before, after) = (&before.session, &self.state.session);
        if before.engine != after.engine {
            // The old one ends when it is dropped.
            self.link = None;
            match start_engine(ctx) {
                Ok(link) => self.link = Some(link),
                Err(error) => ctx.link().send_message(Msg::Do(Action::EngineBroke(error))),
            }
        }
        if !self.is_guest && !kept::follow(before, after) {
            let action = Action::Session(SessionAction::NotKept);
            ctx.link().send_message(Msg::Do(action));
        }
        if let (None, Some(Ok(fragment))) = (&before.link, &after.link) {
            let copied = |is_copied| Msg::Do(Action::Session(SessionAction::Copied(is_copied)));
            let done = ctx.link().callback(copied);
            address::copy(address::with_fragment(fragment), done);
        }
    }
}

impl App {
    /// Does what the lesson's change asks of the browser.
    fn follow_lesson(&self, before: &LessonState) {
        let after = &self.state.lesson;
        let link = |lesson: &LessonState| lesson.at.as_ref().map(|at| at.link.clone());
        let place = |lesson: &LessonState| lesson.at.as_ref().map(|at| at.place);
        if link(before) != link(after) {
            address::show(&link(after).unwrap_or_default());
        }
        let is_staged = |lesson: &LessonState| lesson.is_staged() && lesson.at.is_some();
        if is_staged(before) != is_staged(after) {
            stage::mark(is_staged(after));
        }
        if before.stage != after.stage && before.at.is_some() {
            stage::set_full_screen(after.stage == Stage::Window);
        }
        let told = |lesson: &LessonState| (link(lesson), place(lesson), lesson.is_black);
        if told(before) != told(after) || before.stage != after.stage {
            self.windows.tell(after);
        }
        if before.progress != after.progress && after.at.is_some() && !self.is_guest {
            kept::keep_lessons(&after.kept());
        }
    }
}

/// A lesson and nothing else.
fn staged(state: &AppState, is_dark: bool, on: Callback<Action>) -> Html {
    let lesson = &state.lesson;
    let Some(at) = lesson.at.clone() else {
        // It is on its way.
        return html! { <main class="stage" /> };
    };
    let is_black = lesson.is_black;
    if lesson.stage == Stage::Presenter {
        return html! { <Presenter {at} {is_black} {on} /> };
    }
    html! {
        <>
            <StageScreen {at} document={std::rc::Rc::new(state.sandbox.clone())}
                terminal={state.terminal.clone()} {is_black} stage={lesson.stage} {is_dark} on={on.clone()} />
            { qr(lesson, &on) }
        </>
    }
}

/// The sheet with the link to the present step.
fn qr(lesson: &LessonState, on: &Callback<Action>) -> Html {
    match lesson.at.as_ref().filter(|_| lesson.is_qr_open) {
        Some(at) => {
            html! { <QrSheet qr={lesson.qr.clone()} link={at.link.clone()} on={on.clone()} /> }
        }
        None => html! {},
    }
}

fn start_engine(ctx: &Context<App>) -> Result<EngineLink, String> {
    let link = ctx.link();
    EngineLink::start(link.callback(Msg::Do), link.callback(Msg::Got))
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
                // The filter takes the focus at once: its own key must not be typed into it. The
                // arrows on the picture and the space bar must not scroll the page.
                if matches!(key, Key::Char('/') | Key::Space | Key::Up | Key::Down) {
                    event.prevent_default();
                }
                send.emit(Action::Pressed(key));
            }
        }),
    );
    let send = action.clone();
    on(
        "hashchange",
        Box::new(move |_| {
            if let Some(fragment) = address::take_link() {
                send.emit(Action::Session(SessionAction::OpenLink(fragment)));
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
    if let Ok(Some(list)) = window.match_media("(prefers-reduced-motion: reduce)") {
        let send = ctx.link().callback(Msg::Do);
        listeners.push(EventListener::new(&list, "change", move |_| {
            send.emit(Action::Play(PlayAction::Calm(is_reduced())));
        }));
    }
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
