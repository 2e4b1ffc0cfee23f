//! What a hand does on the picture: presses, drags, pinches become actions.
//!
//! A press alone decides little: what is under it, and whether it moves before it is let go, tell
//! a click from a drag. Two pointers at once are a pinch.

use super::{Action, LaneAction};
use crate::timeline::{Area, Hit, Lane, Scene, hit};

/// A press that moves no further than this is a click.
const CLICK_PX: f64 = 4.0;
/// How near the edge of the lens takes it.
const EDGE_PX: f64 = 6.0;

/// A pointer on the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pointer {
    /// Tells fingers apart.
    pub id: i32,
    /// From the left, in logical pixels.
    pub x_px: f64,
    /// From the top.
    pub y_px: f64,
    /// Shift is held: mark an area.
    pub is_marking: bool,
}

/// The pointers that are down, and what they do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hand {
    down: Vec<Pointer>,
    drag: Option<Drag>,
    /// Done when the pointer is let go where it was pressed.
    click: Option<Action>,
    start: (f64, f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Drag {
    /// Moves the view; the last place.
    View(f64, f64),
    /// Moves the playhead.
    Playhead,
    /// Marks from a revision and a lane.
    Mark(i64, u64),
    /// Moves the lens, so far from its left edge, so wide; fractions of the whole history.
    Lens(f64, f64),
    /// Moves one edge of the lens; the other one, or where a new lens began.
    Edge(f64),
}

impl Hand {
    /// Whether something is being dragged.
    pub fn is_busy(&self) -> bool {
        self.drag.is_some() && self.click.is_none()
    }

    /// A pointer went down.
    pub fn press(&mut self, scene: &Scene, pointer: Pointer) -> Vec<Action> {
        self.down.retain(|other| other.id != pointer.id);
        self.down.push(pointer);
        self.click = None;
        if self.down.len() > 1 {
            self.drag = None;
            return Vec::new();
        }
        let Pointer { x_px, y_px, .. } = pointer;
        self.start = (x_px, y_px);
        let found = hit(scene, x_px, y_px);
        let is_lane = matches!(found, Hit::Mark(_) | Hit::Bin(..) | Hit::Lane(_));
        if pointer.is_marking && is_lane && x_px >= scene.plot.x0_px {
            self.drag = Some(Drag::Mark(rev_at(scene, x_px), lane_at(scene, y_px)));
            self.click = Some(Action::Lanes(LaneAction::Mark(None)));
            return Vec::new();
        }
        self.drag = Some(Drag::View(x_px, y_px));
        match found {
            Hit::Mark(revision) => self.click = Some(Action::Select(revision)),
            Hit::Bin(from, to) => self.click = Some(Action::ShowRange(from, to)),
            Hit::Playhead(rev) => {
                self.drag = Some(Drag::Playhead);
                return vec![Action::SetPlayhead(rev)];
            }
            Hit::Minimap(at) => {
                self.drag = Some(on_minimap(scene, x_px, at));
                self.click = Some(Action::CentreOn(at));
            }
            Hit::Label(id) => return self.press_label(scene, id),
            Hit::Lane(_) | Hit::Nothing => {}
        }
        Vec::new()
    }

    fn press_label(&mut self, scene: &Scene, id: u32) -> Vec<Action> {
        let lane = scene.lanes.iter().find(|lane| lane.key == id);
        let prefix = lane.filter(|lane| lane.group.is_some());
        self.click = prefix.map(|lane| Action::Lanes(LaneAction::Turn(lane.name.clone())));
        vec![Action::Lanes(LaneAction::Choose(id))]
    }

    /// A pointer that is down moved.
    pub fn drag(&mut self, scene: &Scene, pointer: Pointer) -> Vec<Action> {
        let Some(at) = self.down.iter().position(|other| other.id == pointer.id) else {
            return Vec::new();
        };
        let before = self.down.clone();
        if let Some(kept) = self.down.get_mut(at) {
            *kept = pointer;
        }
        if let ([a, b], [c, d]) = (before.as_slice(), self.down.as_slice()) {
            return pinch(scene, (a, b), (c, d));
        }
        let Pointer { x_px, y_px, .. } = pointer;
        if self.click.is_some() {
            if (x_px - self.start.0).hypot(y_px - self.start.1) < CLICK_PX {
                return Vec::new();
            }
            self.click = None;
        }
        let plot = &scene.plot;
        let fraction = ((x_px - plot.x0_px) / plot.width_px()).clamp(0.0, 1.0);
        let lens = |from: f64, to: f64| vec![Action::Lanes(LaneAction::Lens(from, to))];
        match self.drag {
            None => Vec::new(),
            Some(Drag::View(last_x, last_y)) => {
                let mut actions = Vec::new();
                if (x_px - last_x).abs() >= 1.0 {
                    actions.push(Action::Pan((last_x - x_px) / plot.width_px()));
                }
                if (y_px - last_y).abs() >= 1.0 {
                    actions.push(Action::Scroll(last_y - y_px));
                }
                self.drag = Some(Drag::View(x_px, y_px));
                actions
            }
            Some(Drag::Playhead) => {
                vec![Action::SetPlayhead(scene.viewport.rev_from_px(x_px, plot))]
            }
            Some(Drag::Mark(rev, lane)) => {
                let (to, last) = (rev_at(scene, x_px), lane_at(scene, y_px));
                let area = Area {
                    from: rev.min(to),
                    to: rev.max(to),
                    lanes: Some((lane.min(last), lane.max(last))),
                };
                vec![Action::Lanes(LaneAction::Mark(Some(area)))]
            }
            Some(Drag::Lens(grip, width)) => {
                let from = (fraction - grip).clamp(0.0, (1.0 - width).max(0.0));
                lens(from, from + width)
            }
            Some(Drag::Edge(other)) => lens(other, fraction),
        }
    }

    /// A pointer was let go.
    pub fn release(&mut self, id: i32) -> Vec<Action> {
        self.down.retain(|other| other.id != id);
        let was_marking = matches!(self.drag, Some(Drag::Mark(..)));
        let click = self.click.take();
        self.drag = None;
        match click {
            Some(click) => vec![click],
            None if was_marking => vec![Action::Lanes(LaneAction::Sum)],
            None => Vec::new(),
        }
    }

    /// The gesture was taken over by somebody else, or was let go where nobody saw it.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The revision under an x that a store at this head can have.
fn rev_at(scene: &Scene, x_px: f64) -> i64 {
    let rev = scene.viewport.rev_from_px(x_px, &scene.plot);
    rev.clamp(1, scene.head.max(1))
}

/// The position of the lane at a y, or of the nearest one.
fn lane_at(scene: &Scene, y_px: f64) -> u64 {
    let apart = |lane: &Lane| (lane.y_px + lane.height_px / 2.0 - y_px).abs();
    let nearest = scene
        .lanes
        .iter()
        .min_by(|a, b| apart(a).total_cmp(&apart(b)));
    nearest.map_or(0, |lane| lane.index)
}

/// What a press on the minimap takes hold of: an edge of the lens, the lens, or nothing yet.
fn on_minimap(scene: &Scene, x_px: f64, at: f64) -> Drag {
    let (map, plot) = (&scene.minimap, &scene.plot);
    let fraction = |x_px: f64| (x_px - plot.x0_px) / plot.width_px();
    let (x0_px, x1_px) = (map.lens_x0_px, map.lens_x1_px);
    if x1_px - x0_px > plot.width_px() - 2.0 {
        return Drag::Edge(at);
    }
    // A narrow lens can still be taken in its middle.
    let edge_px = EDGE_PX.min((x1_px - x0_px) / 3.0);
    if (x_px - x0_px).abs() <= edge_px {
        Drag::Edge(fraction(x1_px))
    } else if (x_px - x1_px).abs() <= edge_px {
        Drag::Edge(fraction(x0_px))
    } else if x0_px < x_px && x_px < x1_px {
        Drag::Lens(at - fraction(x0_px), fraction(x1_px) - fraction(x0_px))
    } else {
        Drag::Edge(at)
    }
}

/// Two fingers: what was between them stays between them.
fn pinch(scene: &Scene, before: (&Pointer, &Pointer), now: (&Pointer, &Pointer)) -> Vec<Action> {
    let plot = &scene.plot;
    let apart = |(a, b): (&Pointer, &Pointer)| (a.x_px - b.x_px).hypot(a.y_px - b.y_px).max(8.0);
    let middle = |(a, b): (&Pointer, &Pointer)| (a.x_px + b.x_px) / 2.0;
    let at = (middle(now) - plot.x0_px) / plot.width_px();
    let by = (middle(before) - middle(now)) / plot.width_px();
    let factor = apart(now) / apart(before);
    vec![Action::Pan(by), Action::Zoom { factor, at }]
}
