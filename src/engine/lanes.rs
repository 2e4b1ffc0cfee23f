//! The order of the lanes, kept between frames: made anew only when another is asked for or when
//! the history has changed. What is asked of lanes beyond a frame of the picture.

use std::rc::Rc;

use plotters::prelude::{IntoDrawingArea, SVGBackend};

use super::beside;
use super::document::Document;
use super::protocol::{Doc, Drawn, Form, Request, Response};
use crate::history::History;
use crate::kv::Revision;
use crate::timeline::{
    Arrangement, Ghosts, LaneOrder, Marked, Scene, layout_lanes, paint, summarize, to_text,
};

/// The last order of each history.
#[derive(Default)]
pub(super) struct Orders {
    sandbox: Option<Made>,
    file: Option<Made>,
}

struct Made {
    arrangement: Arrangement,
    /// Keys that only fossils have; none if fossils are not drawn.
    own: Option<usize>,
    /// What a search marks.
    search: Option<Rc<Marked>>,
    order: LaneOrder,
}

impl Orders {
    /// To be called when a history has changed.
    pub(super) fn forget(&mut self, doc: Doc) {
        *self.of(doc) = None;
    }

    fn of(&mut self, doc: Doc) -> &mut Option<Made> {
        match doc {
            Doc::Sandbox => &mut self.sandbox,
            Doc::File => &mut self.file,
        }
    }

    fn get(
        &mut self,
        doc: Doc,
        history: &History,
        ghosts: Option<Ghosts<'_>>,
        arrangement: Arrangement,
        search: Option<&Rc<Marked>>,
    ) -> &LaneOrder {
        let own = ghosts.map(|ghosts| ghosts.own.len());
        let kept = self.of(doc);
        let is_same = |made: &Made| match (&made.search, search) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        kept.take_if(|made| made.own != own || made.arrangement != arrangement || !is_same(made));
        &kept
            .get_or_insert_with(|| Made {
                order: LaneOrder::with_search(history, ghosts, &arrangement, search),
                arrangement,
                own,
                search: search.cloned(),
            })
            .order
    }

    /// Answers what is asked of the lanes of a history.
    pub(super) fn answer(
        &mut self,
        document: &dyn Document,
        ghosts: Option<Ghosts<'_>>,
        search: Option<&Rc<Marked>>,
        request: Request,
    ) -> Option<Response> {
        let history = document.history();
        Some(match request {
            Request::Layout {
                doc,
                view,
                lanes,
                as_of,
                ..
            } => {
                let order = self.get(doc, history, ghosts, lanes, search);
                let mut scene = Box::new(layout_lanes(history, ghosts, order, &view));
                beside::add(document, as_of, &mut scene);
                Response::Scene { doc, scene }
            }
            Request::Picture {
                doc,
                view,
                lanes,
                form,
                ..
            } => {
                let order = self.get(doc, history, ghosts, lanes, search);
                let mut scene = layout_lanes(history, ghosts, order, &view);
                let as_of = match form {
                    Form::Svg { focus, .. } => focus.playhead,
                    Form::Scene | Form::Text => None,
                };
                beside::add(document, as_of, &mut scene);
                let drawn = draw(scene, form);
                Response::Picture { doc, drawn }
            }
            Request::Area {
                doc, lanes, area, ..
            } => {
                let order = self.get(doc, history, ghosts, lanes, search);
                let sums = summarize(history, order, &area);
                Response::Area { doc, area, sums }
            }
            Request::StepLane {
                doc,
                lanes,
                lane,
                from,
                is_back,
                ..
            } => {
                let order = self.get(doc, history, ghosts, lanes, search);
                let revision = step(history, order, lane, from, is_back);
                Response::Stepped { doc, revision }
            }
            _ => return None,
        })
    }
}

/// The change of a lane behind or before a revision; the first or the last one without one.
fn step(
    history: &History,
    order: &LaneOrder,
    lane: u64,
    from: Option<Revision>,
    is_back: bool,
) -> Option<Revision> {
    let changes = order.changes(history, lane);
    let found = match (from, is_back) {
        (None, false) => changes.first(),
        (None, true) => changes.last(),
        (Some(from), false) => changes.get(changes.partition_point(|c| c.revision() <= from)),
        (Some(from), true) => {
            let at = changes.partition_point(|c| c.revision() < from);
            changes.get(at.checked_sub(1)?)
        }
    };
    found.map(|change| change.revision())
}

fn draw(scene: Scene, form: Form) -> Drawn {
    match form {
        Form::Scene => Drawn::Scene(Box::new(scene)),
        Form::Text => Drawn::Text(to_text(&scene)),
        Form::Svg { shade, focus } => {
            let mut text = String::new();
            {
                let size = (scene.width_px as u32, scene.height_px.ceil() as u32);
                let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
                // Writing to a string does not fail.
                drop(paint(&scene, &focus, &shade.palette(), &area, 1.0));
            }
            Drawn::Svg(text)
        }
    }
}
