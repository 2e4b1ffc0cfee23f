//! The page's side of the worker: sends requests, hands answers on.
//!
//! A message is `[bytes, file or null]` to the worker, and `bytes` or `[bytes, a file's bytes]` back. A worker misses what is
//! sent before it listens, so requests wait until it has said that it does.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, File, MessageEvent, Worker};
use yew::Callback;

use crate::engine::{Envelope, Request, Response, SessionAnswer, Then, decode, encode};
use crate::state::{Action, SessionAction};

use super::source::message;

/// Relative, so that the page works under any path.
const WORKER: &str = "./worker_loader.js";

/// A file of the session: its name, what it is wanted for, its bytes.
pub type Fetched = (String, Then, Uint8Array);

/// A running worker. Dropping it ends the worker.
pub struct EngineLink {
    worker: Worker,
    waiting: Rc<RefCell<Option<Vec<Array>>>>,
    on: Callback<Action>,
    _listeners: [EventListener; 2],
}

impl EngineLink {
    /// Starts the worker; its answers and its death come as actions, files for themselves.
    pub fn start(on: Callback<Action>, got: Callback<Fetched>) -> Result<Self, String> {
        let worker = Worker::new(&format!("{WORKER}?{}", super::build_id()))
            .map_err(|error| message(&error))?;
        let waiting = Rc::new(RefCell::new(Some(Vec::new())));
        let heard = EventListener::new(&worker, "message", {
            let (on, waiting, worker) = (on.clone(), waiting.clone(), worker.clone());
            move |event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                if data.is_null() {
                    // The worker listens now.
                    for message in waiting.borrow_mut().take().unwrap_or_default() {
                        post(&worker, &message, &on);
                    }
                } else if let Some(panic) = data.as_string() {
                    on.emit(Action::Session(SessionAction::Died(panic)));
                } else if let Some(parts) = data.dyn_ref::<Array>() {
                    let header = Uint8Array::new(&parts.get(0)).to_vec();
                    if let Some((name, then)) = fetched(&header) {
                        got.emit((name, then, Uint8Array::new(&parts.get(1))));
                    }
                } else {
                    on.emit(read(&Uint8Array::new(&data).to_vec()));
                }
            }
        });
        let failed = EventListener::new(&worker, "error", {
            let on = on.clone();
            move |event| {
                event.prevent_default();
                let text = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
                let text = text.filter(|text| !text.is_empty());
                let text = text.unwrap_or_else(|| "the worker could not be started".to_string());
                on.emit(Action::Session(SessionAction::Died(text)));
            }
        });
        Ok(Self {
            worker,
            waiting,
            on,
            _listeners: [heard, failed],
        })
    }

    /// Sends a request, with the file that it is about.
    pub fn send(&self, envelope: &Envelope<Request>, file: Option<&File>) {
        let bytes = match encode(envelope) {
            Ok(bytes) => Uint8Array::from(bytes.as_slice()),
            Err(error) => return self.on.emit(Action::EngineBroke(error.to_string())),
        };
        let file = file.map_or(JsValue::NULL, |file| file.clone().into());
        let message = Array::of2(&bytes, &file);
        match self.waiting.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(message),
            None => post(&self.worker, &message, &self.on),
        }
    }
}

impl Drop for EngineLink {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn post(worker: &Worker, sent: &Array, on: &Callback<Action>) {
    if let Err(error) = worker.post_message(sent) {
        on.emit(Action::EngineBroke(message(&error)));
    }
}

fn fetched(header: &[u8]) -> Option<(String, Then)> {
    match decode::<Envelope<Response>>(header).ok()?.body {
        Response::Session(SessionAnswer::Fetched { name, then, .. }) => Some((name, then)),
        _ => None,
    }
}

fn read(bytes: &[u8]) -> Action {
    match decode::<Envelope<Response>>(bytes) {
        Ok(envelope) => Action::Answered(envelope),
        Err(error) => Action::EngineBroke(error.to_string()),
    }
}
