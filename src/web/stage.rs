//! What the stage needs of the browser: the way a page is used, full screen, the presenter's
//! window, and the frame of another page.
//!
//! Windows of one talk tell each other where they are on a channel of this origin, as
//! `LINK|done|dark`. A page around a frame sends and gets `{revscope: ...}`; whatever else comes
//! is passed over.

use gloo::events::EventListener;
use gloo::utils::{document, window};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};
use yew::Callback;

use crate::engine::LessonSource;
use crate::state::{Action, LessonAction, LessonState, Stage};

/// The channel's name.
const CHANNEL: &str = "revscope.stage";
/// What a presenter's window says first.
const WHERE: &str = "where";
/// The name of the property that every message has.
const OURS: &str = "revscope";
/// Longest message that is looked at, as for links.
const MAX_CHARS: usize = 70_000;

/// How the address asks the page to be used.
pub fn asked() -> Stage {
    let query = window().location().search().unwrap_or_default();
    let has = |wanted: &str| {
        let query = query.trim_start_matches('?');
        query.split('&').any(|part| part == wanted)
    };
    if has("embed=1") {
        Stage::Embed
    } else if has("presenter=1") {
        Stage::Presenter
    } else if has("stage=1") {
        Stage::Window
    } else {
        Stage::Off
    }
}

/// Opens the presenter's window at a step.
pub fn open_presenter(link: &str) {
    let page = super::address::plain();
    let address = format!("{page}?presenter=1{link}");
    // A browser that blocks the window says so itself.
    drop(window().open_with_url_and_target_and_features(
        &address,
        "revscope-presenter",
        "width=900,height=700",
    ));
}

/// Full screen, or no more.
pub fn toggle_full_screen() {
    set_full_screen(document().fullscreen_element().is_none());
}

/// Full screen or not. A browser that refuses leaves the page as it is.
pub fn set_full_screen(is_wanted: bool) {
    let document = document();
    if document.fullscreen_element().is_some() == is_wanted {
        return;
    }
    let (target, name): (JsValue, _) = match is_wanted {
        true => (document.document_element().into(), "requestFullscreen"),
        false => (document.into(), "exitFullscreen"),
    };
    let done = Reflect::get(&target, &name.into())
        .and_then(JsCast::dyn_into::<Function>)
        .and_then(|function| function.call0(&target))
        .and_then(JsCast::dyn_into::<Promise>);
    if let Ok(done) = done {
        wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(done).await) });
    }
}

/// Tells the style sheet and the keys whether the page is a stage.
pub fn mark(is_staged: bool) {
    if let Some(root) = document().document_element() {
        let done = match is_staged {
            true => root.set_attribute("data-stage", ""),
            false => root.remove_attribute("data-stage"),
        };
        // The attribute's name is fixed and valid.
        drop(done);
    }
}

/// Whether the page is a stage.
pub fn is_marked() -> bool {
    let root = document().document_element();
    root.is_some_and(|root| root.has_attribute("data-stage"))
}

/// The ways to other windows; they end when this is dropped.
pub struct Windows {
    channel: Option<BroadcastChannel>,
    _listeners: Vec<EventListener>,
}

impl Windows {
    /// Listens as the page's use asks for. `told` asks for the present place to be told.
    pub fn listen(stage: Stage, on: &Callback<Action>, told: Callback<()>) -> Self {
        let mut listeners = Vec::new();
        let mut channel = None;
        if stage == Stage::Embed {
            let on = on.clone();
            listeners.push(EventListener::new(&window(), "message", move |event| {
                let event = event.unchecked_ref::<MessageEvent>();
                let is_parents = window()
                    .parent()
                    .ok()
                    .flatten()
                    .is_some_and(|parent| event.source().as_deref() == Some(parent.as_ref()));
                if let Some(action) = is_parents.then(|| asked_by(&event.data())).flatten() {
                    on.emit(Action::Lesson(action));
                }
            }));
        } else if let Ok(open) = BroadcastChannel::new(CHANNEL) {
            let on = on.clone();
            listeners.push(EventListener::new(&open, "message", move |event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                match data.as_string() {
                    Some(text) if text == WHERE => told.emit(()),
                    Some(text) => {
                        if let Some(action) = place(&text) {
                            on.emit(Action::Lesson(action));
                        }
                    }
                    None => {}
                }
            }));
            if stage == Stage::Presenter {
                say(&open, WHERE);
            }
            channel = Some(open);
        }
        Self {
            channel,
            _listeners: listeners,
        }
    }

    /// Tells where the lesson stands.
    pub fn tell(&self, lesson: &LessonState) {
        let Some(at) = &lesson.at else {
            return;
        };
        match (&self.channel, lesson.stage) {
            (_, Stage::Embed) => {
                let message = Object::new();
                let name = match &at.source {
                    LessonSource::Named(name) => name.as_str(),
                    LessonSource::Text(_) => "text",
                };
                let set = |key: &str, value: JsValue| {
                    // A plain object takes any property.
                    drop(Reflect::set(&message, &key.into(), &value));
                };
                set(OURS, "step".into());
                set("lesson", name.into());
                set("step", (at.place.step + 1).into());
                set("steps", at.steps.into());
                set("done", at.place.is_done.into());
                if let Ok(Some(parent)) = window().parent() {
                    // Nothing in it is secret, and the page around is not known.
                    drop(parent.post_message(&message, "*"));
                }
            }
            (Some(channel), Stage::Window | Stage::Presenter) => {
                let bit = |is: bool| if is { '1' } else { '0' };
                let (done, black) = (bit(at.place.is_done), bit(lesson.is_black));
                say(channel, &format!("{}|{done}|{black}", at.link));
            }
            _ => {}
        }
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}

fn say(channel: &BroadcastChannel, text: &str) {
    // A closed channel has nobody to tell.
    drop(channel.post_message(&text.into()));
}

/// Where another window is.
fn place(text: &str) -> Option<LessonAction> {
    let (rest, black) = text.rsplit_once('|')?;
    let (link, done) = rest.rsplit_once('|')?;
    let bit = |text: &str| match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    let is_link = link.starts_with(super::address::LESSON) && link.len() < MAX_CHARS;
    is_link.then_some(LessonAction::Follow {
        fragment: link.to_owned(),
        is_done: bit(done)?,
        is_black: bit(black)?,
    })
}

/// What the page around a frame asks for; none where it is none of our messages.
fn asked_by(data: &JsValue) -> Option<LessonAction> {
    let get = |key: &str| Reflect::get(data.dyn_ref::<Object>()?, &key.into()).ok();
    match get(OURS)?.as_string()?.as_str() {
        "next" => Some(LessonAction::Next),
        "previous" => Some(LessonAction::Previous),
        "goto" => {
            let step = get("step")?.as_f64()?;
            let is_step = step.fract() == 0.0 && (1.0..1e6).contains(&step);
            let step = is_step.then(|| step as u32 - 1)?;
            match get("lesson").filter(|lesson| !lesson.is_undefined()) {
                None => Some(LessonAction::GoTo(step)),
                Some(name) => {
                    let name = name.as_string().filter(|name| name.len() <= 64)?;
                    Some(LessonAction::Play(LessonSource::Named(name), step))
                }
            }
        }
        _ => None,
    }
}
