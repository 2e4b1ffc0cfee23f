//! The worker's side: listens for requests, runs the engine, steps long work.
//!
//! Between two steps the event loop turns, so that a `Cancel` or another file is heard.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageChannel, MessageEvent};

use super::shelf;
use super::source::{FileSource, message};
use crate::engine::kept::Errand;
use crate::engine::{Engine, Envelope, Request, Response, SessionAnswer, Sink, decode, encode};

struct Worker {
    engine: Engine,
    scope: DedicatedWorkerGlobalScope,
    /// Messages to itself: a turn of the event loop without the delay that browsers give timers.
    turn: MessageChannel,
    is_turning: bool,
}

/// Starts listening. Called once, by the worker's binary.
pub fn register() {
    let scope = js_sys::global().unchecked_into::<DedicatedWorkerGlobalScope>();
    super::panic::send_to_page(|text| {
        let scope = js_sys::global().unchecked_into::<DedicatedWorkerGlobalScope>();
        // Nobody is left to tell when the page is gone.
        drop(scope.post_message(&JsValue::from_str(text)));
    });
    let turn = match MessageChannel::new() {
        Ok(turn) => turn,
        Err(error) => {
            drop(scope.post_message(&JsValue::from_str(&message(&error))));
            return;
        }
    };
    let worker = Rc::new(RefCell::new(Worker {
        engine: Engine::new(super::build_id()),
        scope: scope.clone(),
        turn: turn.clone(),
        is_turning: false,
    }));
    let stepped = worker.clone();
    let step = EventListener::new(&turn.port1(), "message", move |_| {
        {
            let mut this = stepped.borrow_mut();
            let Worker { engine, scope, .. } = &mut *this;
            engine.step(&mut |response| post(scope, response));
            this.is_turning = false;
        }
        go_on(&stepped);
    });
    step.forget();
    turn.port1().start();
    let tidy = worker.clone();
    let listener = EventListener::new(&scope, "message", move |event| {
        let data = event.unchecked_ref::<MessageEvent>().data();
        let parts = Array::from(&data);
        let bytes = Uint8Array::new(&parts.get(0)).to_vec();
        handle(&worker, &bytes, parts.get(1).dyn_into::<File>().ok());
    });
    run(&tidy, Errand::List);
    // The listeners live as long as the worker.
    listener.forget();
    drop(scope.post_message(&JsValue::NULL));
}

fn handle(worker: &Rc<RefCell<Worker>>, bytes: &[u8], file: Option<File>) {
    {
        let mut this = worker.borrow_mut();
        let Worker { engine, scope, .. } = &mut *this;
        let envelope = match decode::<Envelope<Request>>(bytes) {
            Ok(envelope) => envelope,
            Err(error) => {
                drop(scope.post_message(&JsValue::from_str(&error.to_string())));
                return;
            }
        };
        match file.map(FileSource::new).transpose() {
            Ok(Some(source)) => engine.attach(Rc::new(source)),
            Ok(None) => {}
            Err(error) => drop(scope.post_message(&JsValue::from_str(&message(&error)))),
        }
        engine.handle(envelope, &mut |response| post(scope, response));
    }
    go_on(worker);
}

/// Does what the engine asks of the browser, and lets it do its own work.
fn go_on(worker: &Rc<RefCell<Worker>>) {
    loop {
        let errand = worker.borrow_mut().engine.errand();
        match errand {
            Some(errand) => run(worker, errand),
            None => break,
        }
    }
    schedule(worker);
}

/// Does something with the storage, in the browser's own time.
fn run(worker: &Rc<RefCell<Worker>>, errand: Errand) {
    let worker = Rc::clone(worker);
    wasm_bindgen_futures::spawn_local(async move {
        match errand {
            Errand::Place(name) => {
                let place = shelf::place(name).await;
                tell(&worker, |engine, out| engine.place(place, out));
            }
            Errand::Forget(names) => {
                shelf::forget(&names).await;
                let stored = shelf::list().await;
                tell(&worker, |engine, out| engine.shelve(stored, out));
            }
            Errand::List => {
                let stored = shelf::list().await;
                tell(&worker, |engine, out| engine.shelve(stored, out));
            }
        }
    });
}

/// Comes back to the engine.
fn tell(worker: &Rc<RefCell<Worker>>, call: impl FnOnce(&mut Engine, Sink<'_>)) {
    {
        let mut this = worker.borrow_mut();
        let Worker { engine, scope, .. } = &mut *this;
        call(engine, &mut |response| post(scope, response));
    }
    go_on(worker);
}

fn schedule(worker: &Rc<RefCell<Worker>>) {
    let mut this = worker.borrow_mut();
    if this.engine.is_busy() && !this.is_turning {
        // What the page has sent meanwhile is already in the queue before this.
        this.is_turning = this.turn.port2().post_message(&JsValue::NULL).is_ok();
    }
}

fn post(scope: &DedicatedWorkerGlobalScope, mut response: Envelope<Response>) {
    // A file's bytes travel beside the message, so that the page need not take them in.
    let file = match &mut response.body {
        Response::Session(SessionAnswer::Fetched { bytes, .. }) => Some(std::mem::take(bytes)),
        _ => None,
    };
    let sent = match encode(&response) {
        Ok(bytes) => {
            let bytes = Uint8Array::from(bytes.as_slice());
            let transfer = Array::of1(&bytes.buffer());
            match file.map(|file| Uint8Array::from(file.as_slice())) {
                Some(file) => {
                    transfer.push(&file.buffer());
                    scope.post_message_with_transfer(&Array::of2(&bytes, &file), &transfer)
                }
                None => scope.post_message_with_transfer(&bytes, &transfer),
            }
        }
        Err(error) => scope.post_message(&JsValue::from_str(&error.to_string())),
    };
    // The page is gone when posting fails; there is nobody to tell.
    drop(sent);
}
