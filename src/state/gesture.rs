//! Moving the view: zoom, pan, scroll, fit.

use super::{Action, AppState};
use crate::engine::{Envelope, Request};
use crate::timeline::{Motion, Viewport};

impl AppState {
    pub(super) fn move_view(&mut self, action: &Action, outbox: &mut Vec<Envelope<Request>>) {
        let document = self.current_mut();
        let (head, viewport) = (document.head(), document.viewport());
        // What the hand does directly follows it at once; jumps are shown on their way.
        let mut motion = Motion::View;
        match *action {
            Action::Resized {
                width_px,
                height_px,
            } => {
                if (document.view.width_px, document.view.height_px) == (width_px, height_px) {
                    return;
                }
                document.view.width_px = width_px;
                document.view.height_px = height_px;
                motion = Motion::Still;
            }
            Action::Zoom { factor, at } => {
                document.view.viewport = Some(viewport.zoomed(factor, at, head));
                // Fingers and fine wheels send many small steps, which need no help.
                if factor.ln().abs() < 0.12 {
                    motion = Motion::Still;
                }
            }
            Action::Pan(by) => {
                document.view.viewport = Some(viewport.panned(by * viewport.span, head));
                motion = if by.abs() < 0.15 {
                    Motion::Still
                } else {
                    motion
                };
            }
            Action::Scroll(by_px) => {
                let scrolled = document
                    .scene
                    .as_ref()
                    .map_or(document.view.scroll_px, |scene| scene.scroll_px);
                document.view.scroll_px = (scrolled + by_px).max(0.0);
                motion = Motion::Still;
            }
            Action::CentreOn(fraction) => {
                let rev = (fraction * (head as f64 + 1.0)).round() as i64;
                document.view.viewport = Some(viewport.centred(rev, head));
                motion = Motion::Still;
            }
            Action::ShowRange(from, to) => {
                document.view.viewport = Some(Viewport::between_revisions(from, to));
            }
            Action::Fit => {
                document.view.viewport = None;
                document.view.scroll_px = 0.0;
            }
            Action::FocusSelected => {
                let Some(revision) = document.selected else {
                    return;
                };
                let centred = viewport.centred(revision.main, head);
                let is_there = (centred.from - viewport.from).abs() <= 1;
                document.view.viewport = Some(if is_there {
                    centred.zoomed(viewport.span / 10.0, 0.5, head)
                } else {
                    centred
                });
            }
            _ => return,
        }
        if !matches!(action, Action::Resized { .. } | Action::Scroll(_)) {
            document.camera = Some(document.view.viewport.unwrap_or(Viewport::fit(head)));
            document.glide += u64::from(motion == Motion::View);
        }
        // The camera shows the way; the picture itself is replaced.
        self.ask_scene(self.doc(), Motion::Still, outbox);
    }
}
