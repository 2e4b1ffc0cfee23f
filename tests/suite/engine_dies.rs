//! The engine stops while a file is open: the page says so, and offers to go on with less.

use std::rc::Rc;

use revscope::engine::{Envelope, Request, Response};
use revscope::state::{Action, SessionAction, Tab};

use super::session_screen::Page;
use crate::support::data;

/// The file is offered again, then without what follows opening.
#[test]
fn a_file_that_was_open_when_the_engine_stopped_opens_with_less() {
    let mut page = Page::started(None, None);
    let bytes = data::unpack("k8s/final.db");
    let (name, size) = ("final.db".to_owned(), bytes.len() as u64);
    page.engine.attach(Rc::new(bytes.clone()));
    page.act(Action::OpenFile { name, size });
    page.session(SessionAction::Died("out of memory".to_owned()));
    let told = page.notice();
    assert!(
        told.contains("What it had told of final.db stays; open it to go on."),
        "{told}"
    );
    // What was there is there, and nobody is asked for more of it.
    assert!(page.state.opened().is_some());
    let (state, outbox) = std::mem::take(&mut page.state).apply(Action::ShowTab(Tab::Find));
    assert!(outbox.is_empty(), "{outbox:?}");
    page.state = state;
    let (name, size) = ("final.db".to_owned(), bytes.len() as u64);
    assert_eq!(page.state.again(), Some(Action::OpenFile { name, size }));
    let offer = page.state.session.notice.as_ref().unwrap().offer.clone();
    let (label, action) = offer.unwrap();
    assert_eq!(label, "Open it with less");
    let (state, outbox) = std::mem::take(&mut page.state).apply(*action);
    let [open] = outbox.as_slice() else {
        panic!("{outbox:?}")
    };
    page.engine.attach(Rc::new(bytes));
    let mut answers = Vec::new();
    page.engine
        .handle(open.clone(), &mut |answer| answers.push(answer));
    let is_opened = |answer: &Envelope<Response>| matches!(answer.body, Response::Opened { .. });
    while !answers.iter().any(is_opened) {
        page.engine.step(&mut |answer| answers.push(answer));
    }
    let opened = answers.pop().unwrap();
    let (state, outbox) = state.apply(Action::Answered(opened));
    page.state = state;
    assert!(page.state.opened().is_some() && page.state.again().is_none());
    let stops = outbox.iter().any(|one| matches!(one.body, Request::Cancel));
    assert!(stops, "{outbox:?}");
}
