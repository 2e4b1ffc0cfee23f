//! The lanes of the picture: their order, the one that keys act on, and the area that is marked.

use super::{Action, AppState, DocState};
use crate::engine::{Drawn, Envelope, Form, Request};
use crate::kv::Revision;
use crate::timeline::{Area, Grouping, Motion, Scene, Shade, Sort, Sums, Viewport};
use std::rc::Rc;

type Outbox = Vec<Envelope<Request>>;

/// Something happened to the lanes.
#[derive(Clone, Debug, PartialEq)]
pub enum LaneAction {
    /// Only keys that contain these words.
    Filter(String),
    /// Whether keys that don't contain them stay, and those that do are marked.
    MarkFound(bool),
    /// Another order.
    Sort(Sort),
    /// Prefixes put together otherwise.
    Group(Grouping),
    /// Fold or open this prefix.
    Turn(Vec<u8>),
    /// Pin this key or prefix, or let it go.
    Pin(Vec<u8>),
    /// The lane with this number is the one that keys act on.
    Choose(u32),
    /// Fold or open the lane that keys act on.
    TurnChosen,
    /// Pin the lane that keys act on.
    PinChosen,
    /// The next (1) or previous (−1) lane.
    Walk(i8),
    /// Mark an area; none marks nothing.
    Mark(Option<Area>),
    /// Sum up the area that is marked.
    Sum,
    /// Mark from the playhead on; again: until here.
    MarkHere,
    /// Show the revisions of the marked area.
    ShowArea,
    /// Show revisions between two fractions of the whole history.
    Lens(f64, f64),
    /// Move the filter into sight and under the hand.
    FindLane,
    /// The picture in a form that leaves the page.
    Save(Form, Sheet),
    /// The picture that was to leave has left.
    Saved,
}

/// How large a picture is that leaves the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sheet {
    /// As on screen, so many device pixels to one of its own.
    Screen(f64),
    /// So many pixels of its own wide and high, so many device pixels to one of them.
    Pixels(f64, f64, f64),
}

/// The lanes of one history on the screen, beside their arrangement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LaneState {
    /// The lane that keys act on: its number and its position.
    pub chosen: Option<(u32, u64)>,
    /// What is marked.
    pub area: Option<Area>,
    /// What happened there, once it is known.
    pub sums: Option<Sums>,
    /// Where marking by keys began: revision and lane.
    pub anchor: Option<(i64, Option<u64>)>,
    /// Grows when the filter is asked for.
    pub find: u64,
    /// A picture that is ready to leave, and its size.
    pub leaving: Option<(Rc<Drawn>, Sheet)>,
    pub(super) sums_id: u64,
    pub(super) step_id: u64,
    pub(super) leaving_id: u64,
    pub(super) sheet: Option<Sheet>,
}

impl AppState {
    pub(super) fn act_on_lanes(&mut self, action: LaneAction, outbox: &mut Outbox) {
        let document = self.current_mut();
        match action {
            LaneAction::Filter(filter) => {
                document.lanes.filter = filter;
                self.rearrange(outbox);
            }
            LaneAction::MarkFound(is_marking) => {
                document.lanes.is_marking = is_marking;
                self.rearrange(outbox);
            }
            LaneAction::Sort(sort) => {
                document.lanes.sort = sort;
                self.rearrange(outbox);
            }
            LaneAction::Group(grouping) => {
                document.lanes.grouping = grouping;
                document.lanes.turned.clear();
                self.rearrange(outbox);
            }
            LaneAction::Turn(prefix) => self.turn(&prefix, outbox),
            LaneAction::Pin(name) => self.pin(&name, outbox),
            LaneAction::Choose(id) => {
                let found = document.lane_by(|lane| lane.0 == id);
                document.lane.chosen = found.map(|(id, index, _)| (id, index));
            }
            LaneAction::TurnChosen => {
                if let Some((_, _, Some(prefix))) = self.chosen_lane() {
                    self.turn(&prefix, outbox);
                }
            }
            LaneAction::PinChosen => {
                if let Some(name) = self.chosen_name() {
                    self.pin(&name, outbox);
                }
            }
            LaneAction::Walk(by) => self.walk(by, outbox),
            LaneAction::Mark(area) => {
                document.lane.area = area;
                document.lane.sums = None;
                document.lane.anchor = None;
            }
            LaneAction::Sum => self.ask_sums(outbox),
            LaneAction::MarkHere => self.mark_here(outbox),
            LaneAction::ShowArea => {
                if let Some(area) = document.lane.area {
                    self.act(Action::ShowRange(area.from, area.to), outbox);
                }
            }
            LaneAction::Lens(from, to) => {
                let viewport = Viewport::between_fractions(from, to, document.head());
                document.view.viewport = Some(viewport);
                document.camera = Some(viewport);
                self.ask_scene(self.doc(), Motion::Still, outbox);
            }
            LaneAction::FindLane => document.lane.find += 1,
            LaneAction::Save(form, sheet) => self.ask_picture(form, sheet, outbox),
            LaneAction::Saved => document.lane.leaving = None,
        }
    }

    /// Asks for the lanes in their new order. Positions mean nothing any more.
    fn rearrange(&mut self, outbox: &mut Outbox) {
        let document = self.current_mut();
        document.lane = LaneState {
            find: document.lane.find,
            chosen: document.lane.chosen,
            ..LaneState::default()
        };
        self.ask_scene(self.doc(), Motion::View, outbox);
    }

    fn turn(&mut self, prefix: &[u8], outbox: &mut Outbox) {
        self.current_mut().lanes.turn(prefix);
        self.rearrange(outbox);
    }

    fn pin(&mut self, name: &[u8], outbox: &mut Outbox) {
        if !name.is_empty() {
            self.current_mut().lanes.pin(name);
            self.rearrange(outbox);
        }
    }

    /// Number, position and, for a prefix, bytes of the lane that keys act on.
    fn chosen_lane(&self) -> Option<(u32, u64, Option<Vec<u8>>)> {
        let document = self.current();
        let (id, _) = document.lane.chosen?;
        document.lane_by(|lane| lane.0 == id)
    }

    fn chosen_name(&self) -> Option<Vec<u8>> {
        let document = self.current();
        let (id, _) = document.lane.chosen?;
        let scene = document.scene.as_ref()?;
        let lane = scene.lanes.iter().find(|lane| lane.key == id)?;
        Some(lane.name.clone())
    }

    /// Goes to a neighbour of the chosen lane, or to the first one in sight; what is marked by
    /// keys grows with it.
    fn walk(&mut self, by: i8, outbox: &mut Outbox) {
        let document = self.current_mut();
        let Some(scene) = document.scene.clone() else {
            return;
        };
        let next = match document.lane.chosen {
            Some((_, index)) => index
                .saturating_add_signed(i64::from(by))
                .min(scene.lane_count.saturating_sub(1)),
            None => scene.lanes.first().map_or(0, |lane| lane.index),
        };
        let found = document.lane_by(|lane| lane.1 == next);
        // A lane that is not in sight yet has its number when it comes.
        let id = found.map_or(u32::MAX, |lane| lane.0);
        document.lane.chosen = Some((id, next));
        let height_px = scene.lanes.first().map_or(0.0, |lane| lane.height_px);
        let in_sight_px = scene.plot.y1_px - scene.plot.y0_px;
        let top_px = next as f64 * height_px;
        let scroll_px = scene
            .scroll_px
            .clamp((top_px + height_px - in_sight_px).max(0.0), top_px);
        let is_moved = (scroll_px - scene.scroll_px).abs() > 0.5;
        if is_moved {
            document.view.scroll_px = scroll_px;
            self.ask_scene(self.doc(), Motion::Still, outbox);
        }
        self.follow_mark(outbox);
    }

    fn mark_here(&mut self, outbox: &mut Outbox) {
        let document = self.current_mut();
        if document.lane.anchor.take().is_some() {
            return;
        }
        let lane = document.lane.chosen.map(|(_, index)| index);
        document.lane.anchor = Some((document.as_of(), lane));
        self.follow_mark(outbox);
    }

    /// The area from where marking began to where the keys have gone since.
    pub(super) fn follow_mark(&mut self, outbox: &mut Outbox) {
        let document = self.current_mut();
        let Some((rev, lane)) = document.lane.anchor else {
            return;
        };
        let here = document.as_of();
        let to = document.lane.chosen.map(|(_, index)| index);
        document.lane.area = Some(Area {
            from: rev.min(here),
            to: rev.max(here),
            lanes: lane.zip(to).map(|(a, b)| (a.min(b), a.max(b))),
        });
        self.ask_sums(outbox);
    }

    fn ask_sums(&mut self, outbox: &mut Outbox) {
        let doc = self.doc();
        let Some(area) = self.current().lane.area else {
            return;
        };
        let request = Request::Area {
            doc,
            lanes: self.current().lanes.clone(),
            fossils: self.are_fossils_drawn(doc),
            area,
        };
        let id = self.ask(outbox, request);
        self.current_mut().lane.sums_id = id;
    }

    /// The next or previous change of the chosen lane, where that is a folded prefix.
    pub(super) fn step_in_folded(&mut self, by: i8, outbox: &mut Outbox) -> bool {
        let Some((_, lane, Some(_))) = self.chosen_lane() else {
            return false;
        };
        let doc = self.doc();
        let request = Request::StepLane {
            doc,
            lanes: self.current().lanes.clone(),
            fossils: self.are_fossils_drawn(doc),
            lane,
            from: self.current().selected,
            is_back: by < 0,
        };
        let id = self.ask(outbox, request);
        self.current_mut().lane.step_id = id;
        true
    }

    fn ask_picture(&mut self, form: Form, sheet: Sheet, outbox: &mut Outbox) {
        let doc = self.doc();
        let document = self.current();
        let mut view = document.view;
        if let Sheet::Pixels(width_px, height_px, _) = sheet {
            let least = (320.0, 160.0);
            view.width_px = width_px.clamp(least.0, 8_192.0);
            view.height_px = height_px.clamp(least.1, 8_192.0);
        }
        let request = Request::Picture {
            doc,
            view,
            lanes: document.lanes.clone(),
            fossils: self.are_fossils_drawn(doc),
            form,
        };
        let id = self.ask(outbox, request);
        let lane = &mut self.current_mut().lane;
        (lane.leaving_id, lane.sheet) = (id, Some(sheet));
    }

    /// Takes a change that was stepped to.
    pub(super) fn take_step(&mut self, id: u64, to: Option<Revision>, outbox: &mut Outbox) {
        if self.current().lane.step_id == id
            && let Some(revision) = to
        {
            self.select(revision, outbox);
            self.reveal(revision, outbox);
        }
    }
}

impl DocState {
    /// Number, position and, for a prefix, bytes of a lane in sight.
    fn lane_by(&self, is_it: impl Fn((u32, u64)) -> bool) -> Option<(u32, u64, Option<Vec<u8>>)> {
        let scene = self.scene.as_ref()?;
        let lane = scene
            .lanes
            .iter()
            .find(|lane| is_it((lane.key, lane.index)))?;
        let prefix = lane.group.map(|_| lane.name.clone());
        Some((lane.key, lane.index, prefix))
    }

    /// A picture has come: the chosen lane is found again, by its number or else by its place.
    pub(super) fn follow_lanes(&mut self, scene: &Scene) {
        let Some((id, index)) = self.lane.chosen else {
            return;
        };
        let by_id = scene.lanes.iter().find(|lane| lane.key == id);
        let by_place = || {
            scene
                .lanes
                .iter()
                .find(|lane| lane.index == index && id == u32::MAX)
        };
        if let Some(lane) = by_id.or_else(by_place) {
            self.lane.chosen = Some((lane.key, lane.index));
        }
    }

    /// Whether the lanes are shown otherwise than at first.
    pub fn is_rearranged(&self) -> bool {
        let lanes = &self.lanes;
        !lanes.filter.is_empty() || lanes.sort != Sort::Name || lanes.grouping != Grouping::Auto
    }

    /// SVG in these colours, with what the reader looks at.
    pub fn svg(&self, shade: Shade) -> Form {
        Form::Svg {
            shade,
            focus: self.focus(),
        }
    }
}
