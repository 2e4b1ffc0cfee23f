//! What is shown of one history: its picture, its tables, and where the reader looks.

use std::rc::Rc;

use super::LaneState;
use crate::engine::{Detail, Effect, IndexKey, Row, Summary};
use crate::kv::Revision;
use crate::timeline::{Arrangement, Focus, Motion, Scene, View, Viewport};

/// State of the sandbox's or the file's part of the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct DocState {
    /// The history in a few numbers; none before the first answer, or while no file is open.
    pub summary: Option<Summary>,
    /// Whether the engine that had it is gone: what is here stays, nothing more comes.
    pub is_gone: bool,
    /// What the picture is asked for.
    pub view: View,
    /// How the lanes are ordered.
    pub lanes: Arrangement,
    /// What else is shown of the lanes.
    pub lane: LaneState,
    /// What is to be in sight at once, though the picture for it may still be on its way; none:
    /// what the picture shows.
    pub camera: Option<Viewport>,
    /// Grows when the camera is to glide, not to jump.
    pub glide: u64,
    /// The picture.
    pub scene: Option<Rc<Scene>>,
    /// The picture before this one, while one turns into the other.
    pub moving: Option<Moving>,
    /// Show the store as of this revision; none follows the head.
    pub playhead: Option<i64>,
    /// The change that is looked at.
    pub selected: Option<Revision>,
    /// Everything about it, once it has come.
    pub detail: Option<Rc<Detail>>,
    /// Rows of the `key` bucket.
    pub rows: Window<Row>,
    /// Keys with their generations.
    pub index: Window<IndexKey>,
    /// Keys that a lesson points at.
    pub looked: Rc<Vec<String>>,
    /// What the last line did, for the rows that appear and go.
    pub effect: Effect,
    /// Motion of the next scene to come.
    pub(super) next_motion: Motion,
    /// Id of the latest request for a scene; older answers are dropped.
    pub(super) scene_id: u64,
    /// Whether a picture is on its way.
    pub(super) is_scene_asked: bool,
    /// Another picture is wanted once that one has come; how it is to move.
    pub(super) wanted_motion: Option<Motion>,
    /// Id of the request that opened the file.
    pub(super) opened_by: u64,
    pub(super) detail_id: u64,
    pub(super) rows_id: u64,
    pub(super) index_id: u64,
}

/// A picture on its way from another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Moving {
    /// Where it comes from.
    pub before: Rc<Scene>,
    /// How.
    pub motion: Motion,
    /// Grows with every motion, so that a new one restarts the clock.
    pub number: u64,
}

/// A part of a long list.
#[derive(Clone, Debug, PartialEq)]
pub struct Window<T> {
    /// Index of the first item here.
    pub first: u64,
    /// Length of the whole list.
    pub total: u64,
    /// The items here.
    pub items: Rc<Vec<T>>,
}

impl<T> Window<T> {
    /// Whether an item of the list is here.
    pub fn covers(&self, index: u64) -> bool {
        (self.first..self.first + self.items.len() as u64).contains(&index)
    }
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self {
            first: 0,
            total: 0,
            items: Rc::new(Vec::new()),
        }
    }
}

impl Default for DocState {
    fn default() -> Self {
        Self {
            summary: None,
            is_gone: false,
            view: View {
                width_px: 0.0,
                height_px: 0.0,
                viewport: None,
                scroll_px: 0.0,
            },
            lanes: Arrangement::default(),
            lane: LaneState::default(),
            camera: None,
            glide: 0,
            scene: None,
            moving: None,
            playhead: None,
            selected: None,
            detail: None,
            rows: Window::default(),
            index: Window::default(),
            looked: Rc::default(),
            effect: Effect::default(),
            next_motion: Motion::View,
            scene_id: 0,
            is_scene_asked: false,
            wanted_motion: None,
            opened_by: 0,
            detail_id: 0,
            rows_id: 0,
            index_id: 0,
        }
    }
}

impl DocState {
    /// The same without the picture and how it is looked at, for what shows none of that: tables
    /// need not be made again for every frame of a gesture.
    pub fn without_picture(&self) -> Self {
        let empty = Self::default();
        Self {
            view: empty.view,
            lanes: empty.lanes,
            lane: empty.lane,
            camera: None,
            glide: 0,
            scene: None,
            moving: None,
            next_motion: empty.next_motion,
            scene_id: 0,
            is_scene_asked: false,
            wanted_motion: None,
            ..self.clone()
        }
    }

    /// The current revision; 1 before anything is known.
    pub fn head(&self) -> i64 {
        self.summary.as_ref().map_or(1, |summary| summary.head)
    }

    /// The revision as of which the store is shown.
    pub fn as_of(&self) -> i64 {
        self.playhead.unwrap_or_else(|| self.head())
    }

    /// What is looked at, for painting.
    pub fn focus(&self) -> Focus {
        Focus {
            playhead: self.playhead,
            selected: self.selected,
            sweep_x_px: None,
            lane: self
                .lane
                .chosen
                .map(|(id, _)| id)
                .or_else(|| self.looked_lane()),
            area: self.lane.area,
        }
    }

    /// The lane of the first key that a lesson's step is about.
    fn looked_lane(&self) -> Option<u32> {
        let lanes = &self.scene.as_ref()?.lanes;
        let is_of = |key: &str| lanes.iter().find(|lane| lane.name == key.as_bytes());
        self.looked
            .iter()
            .find_map(|key| is_of(key))
            .map(|lane| lane.key)
    }

    /// The visible revisions, as the last picture showed them.
    pub(super) fn viewport(&self) -> Viewport {
        self.view
            .viewport
            .or_else(|| self.scene.as_ref().map(|scene| scene.viewport))
            .unwrap_or(Viewport::fit(self.head()))
    }

    /// Whether a read at `rev` is refused, since a compaction took that time.
    pub fn is_compacted(&self, rev: i64) -> bool {
        let summary = self.summary.as_ref();
        summary.is_some_and(|summary| rev < summary.compact_revision)
    }

    /// Whether a row is what a read as of the playhead returns.
    pub fn is_visible_at_playhead(&self, row: &Row) -> bool {
        let rev = self.as_of();
        if self.is_compacted(rev) {
            return false;
        }
        row.revision.main <= rev && row.until.is_none_or(|until| rev < until)
    }
}
