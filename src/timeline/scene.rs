//! What is drawn, as plain data: bars, marks and lines with their places in logical pixels.
//!
//! ```text
//!            minimap  [ .  . ..  . .    [====lens====]  ]
//! axis          1    2    3    4    5    6    7    8
//! lane  foo1    //////(1)----(2)-----------X      (1)===   spans and marks
//! lane  foo2    ///////////(1)=============================
//!               compacted zone ^    playhead |     : head
//! ```

use serde::{Deserialize, Serialize};

use super::viewport::{Plot, Viewport};

/// What the screen asks for: how large, which revisions, how far scrolled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Width of the picture in logical pixels.
    pub width_px: f64,
    /// Height of the picture in logical pixels.
    pub height_px: f64,
    /// The visible revisions; none fits the whole history.
    pub viewport: Option<Viewport>,
    /// How far the lanes are scrolled down.
    pub scroll_px: f64,
}

/// A drawing, culled to what is visible and binned to what can be told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Width of the picture.
    pub width_px: f64,
    /// Height of the picture.
    pub height_px: f64,
    /// Where the lanes are.
    pub plot: Plot,
    /// Which revisions are visible.
    pub viewport: Viewport,
    /// The current revision.
    pub head: i64,
    /// The lower edge of what can be read; −1 if never compacted.
    pub compact_revision: i64,
    /// Numbers on the axis.
    pub ticks: Vec<Tick>,
    /// The revision that [`Lane::then`] is told of.
    pub as_of: Option<i64>,
    /// Times of some of the revisions; none where nothing tells them.
    pub times: Vec<Time>,
    /// The visible lanes, top to bottom.
    pub lanes: Vec<Lane>,
    /// How many lanes there are in all.
    pub lane_count: u64,
    /// How many keys they stand for.
    pub key_count: u64,
    /// How far the lanes are scrolled, after clamping.
    pub scroll_px: f64,
    /// Bars.
    pub spans: Vec<Span>,
    /// Changes that can be told apart.
    pub marks: Vec<Mark>,
    /// Changes that can't.
    pub bins: Vec<Bin>,
    /// Rows that a compaction or a deletion took and that still lie in free pages: a layer of
    /// their own, in no count of the others.
    pub ghosts: Vec<Mark>,
    /// Such rows that can't be told apart.
    pub ghost_bins: Vec<Bin>,
    /// Lanes that one transaction wrote.
    pub links: Vec<Link>,
    /// The whole history in small.
    pub minimap: Minimap,
}

/// A number on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    /// Its place.
    pub x_px: f64,
    /// The revision.
    pub rev: i64,
}

/// When a revision was written, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    /// The revision.
    pub rev: i64,
    /// The time, and how wrong it may be.
    pub text: String,
}

/// The row of one key, or of the keys below a prefix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// The key's number in its history; a prefix and a fossil's key have numbers of their own.
    pub key: u32,
    /// Position among all lanes, from 0.
    pub index: u64,
    /// Top edge.
    pub y_px: f64,
    /// Height.
    pub height_px: f64,
    /// The key as text, cut to the width of the label column.
    pub label: String,
    /// Whether a read at the head returns the key.
    pub is_live: bool,
    /// Whether only fossils are known of the key.
    pub is_ghost: bool,
    /// Whether the lane stays on top.
    pub is_pinned: bool,
    /// Whether its key, or one below its prefix, is among those that are marked as found.
    pub is_hit: bool,
    /// What a read of its key at the playhead returns, cut short; none without a playhead, and for
    /// a prefix.
    pub then: Option<String>,
    /// Open prefixes above it.
    pub depth: u8,
    /// The keys below it, where it is a prefix.
    pub group: Option<Folded>,
    /// The whole key or prefix; empty where it is too long to be carried about.
    pub name: Vec<u8>,
}

/// What is said of a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// Keys below it.
    pub keys: u64,
    /// Whether the lanes below it are shown.
    pub is_open: bool,
}

/// A part of the picture that the reader marked: revisions, and lanes by their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// First revision.
    pub from: i64,
    /// Last revision.
    pub to: i64,
    /// First and last lane; none for all of them.
    pub lanes: Option<(u64, u64)>,
}

/// How a bar is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SpanLook {
    /// Records are there: filled.
    Retained,
    /// Known to have been, but removed by compaction: a dashed outline.
    Compacted,
}

/// A bar: one generation of a key, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The key's number in its history.
    pub key: u32,
    /// Which generation, from 1.
    pub generation: u32,
    /// Revision where it starts; with `key` and `look` its identity.
    pub from_rev: i64,
    /// Left edge, clipped to the plot.
    pub x0_px: f64,
    /// Right edge, clipped to the plot.
    pub x1_px: f64,
    /// Middle of the lane.
    pub y_px: f64,
    /// Filled or outlined.
    pub look: SpanLook,
    /// Whether the generation still lives, so that its end is open.
    pub is_open: bool,
    /// 0 invisible, 1 as drawn; less than 1 only in motion.
    pub alpha: f64,
}

/// One change that has room of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The key's number in its history.
    pub key: u32,
    /// Main revision.
    pub main: i64,
    /// Sub revision.
    pub sub: i64,
    /// Middle.
    pub x_px: f64,
    /// Middle.
    pub y_px: f64,
    /// Half of its width.
    pub radius_px: f64,
    /// Create, modify or tombstone.
    pub kind: MarkKind,
    /// The number inside; 0 where there is none or no room.
    pub version: i64,
    /// Removed by compaction.
    pub is_compacted: bool,
    /// A put that attached its key to a lease.
    pub has_lease: bool,
    /// Of a key that is marked as found.
    pub is_hit: bool,
    /// 0 invisible, 1 as drawn; other values only in motion.
    pub scale: f64,
}

/// The shape of a mark, as [`crate::history::ChangeKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarkKind {
    /// A circle.
    Create,
    /// A square.
    Modify,
    /// A cross.
    Tombstone,
}

/// Changes too close to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The key's number in its history.
    pub key: u32,
    /// First revision inside.
    pub from_rev: i64,
    /// Last revision inside.
    pub to_rev: i64,
    /// Left edge.
    pub x0_px: f64,
    /// Right edge.
    pub x1_px: f64,
    /// Middle of the lane.
    pub y_px: f64,
    /// How many changes.
    pub count: u64,
    /// How many of them are of keys that are marked as found.
    pub hits: u64,
    /// `count` against the fullest bin of the scene, 0 to 1.
    pub density: f64,
    /// Height that a full one may take from the floor of its lane up; 0 where it lies on the bar
    /// of its key.
    pub room_px: f64,
}

/// A line through the lanes that one transaction wrote.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The transaction.
    pub rev: i64,
    /// Its place.
    pub x_px: f64,
    /// Middle of the topmost lane.
    pub y0_px: f64,
    /// Middle of the lowest lane.
    pub y1_px: f64,
}

/// The whole history in small, with the visible part as a lens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Minimap {
    /// Top edge.
    pub y0_px: f64,
    /// Bottom edge.
    pub y1_px: f64,
    /// Left edge of the lens.
    pub lens_x0_px: f64,
    /// Right edge of the lens.
    pub lens_x1_px: f64,
    /// Changes per column, as a fraction of the fullest one, over the width of the plot.
    pub columns: Vec<f32>,
    /// Those of keys that are looked for, likewise and against the same; empty where none are.
    pub hits: Vec<f32>,
    /// X of the compact revision; none if never compacted.
    pub compacted_x_px: Option<f64>,
}
