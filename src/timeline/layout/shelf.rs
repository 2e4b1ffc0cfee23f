//! Where the lanes stand: which are in sight, how high, and what is written before them.

use super::super::lanes::{Group, LaneOrder, LaneRow};
use super::super::scene::{Folded, Lane};
use super::{Ghosts, LANE_MAX_PX, LANE_MIN_PX, LANES_IN_SIGHT, TOP_PX};
use crate::history::{Changes, History, KeyHistory};
use crate::kv::quote::bare_start;

/// Width of a character of a lane's label; fixed, so that layout needs no fonts.
const LABEL_CHAR_PX: f64 = 7.6;
/// How far a level of the tree is moved in.
pub const INDENT_PX: f64 = 12.0;
/// Room for the sign before a prefix.
pub const SIGN_PX: f64 = 14.0;
/// Room for a character of the count behind a prefix.
const COUNT_CHAR_PX: f64 = 7.6;
/// Characters of a name that tell something, as a number of them.
const NAME_MIN: f64 = 8.0;
/// Longer names are not carried in a scene.
const NAME_MAX: usize = 1024;

/// Heights of the lanes and how far they are scrolled.
pub(super) struct Shelf {
    pub(super) lane_px: f64,
    pub(super) scroll_px: f64,
    pub(super) used_px: f64,
    lanes_px: f64,
    pinned: u64,
}

impl Shelf {
    pub(super) fn new(order: &LaneOrder, lanes_px: f64, scroll_px: f64) -> Self {
        let count = order.len().max(1) as f64;
        let least_px = (lanes_px / LANES_IN_SIGHT).clamp(LANE_MIN_PX, LANE_MAX_PX);
        let lane_px = (lanes_px / count).clamp(least_px, LANE_MAX_PX);
        let scroll_max = (lane_px * count - lanes_px).max(0.0);
        // Half of the height stays for the lanes that are not pinned.
        let pinned = order.pinned().min((lanes_px / lane_px / 2.0) as u64);
        Self {
            lane_px,
            scroll_px: scroll_px.clamp(0.0, scroll_max),
            used_px: (lane_px * order.len() as f64).min(lanes_px),
            lanes_px,
            pinned,
        }
    }

    /// The lanes in sight. Below pinned ones, the others scroll by whole lanes.
    pub(super) fn visible<'a>(
        &self,
        order: &'a LaneOrder,
        history: &'a History,
        ghosts: Option<Ghosts<'a>>,
    ) -> Vec<Row<'a>> {
        let mut scrolled = self.scroll_px / self.lane_px;
        if self.pinned > 0 {
            scrolled = scrolled.round();
        }
        let first = self.pinned + scrolled.floor() as u64;
        let count = (self.lanes_px / self.lane_px).ceil() as u64 + 1 - self.pinned.min(1);
        let count = count.saturating_sub(self.pinned);
        let on_top = (0..).zip(order.rows(0, self.pinned));
        let below = (first..).zip(order.rows(first, count));
        on_top
            .chain(below)
            .filter_map(|(index, row)| {
                let up = if index < self.pinned { 0.0 } else { scrolled };
                let y_px = TOP_PX + (index as f64 - up) * self.lane_px;
                let is_pinned = index < order.pinned();
                Row::new(order, history, ghosts, row, (index, y_px, is_pinned))
            })
            .collect()
    }
}

/// A lane before it is drawn.
pub(super) struct Row<'a> {
    pub(super) id: u32,
    pub(super) y_px: f64,
    pub(super) key: Option<KeyHistory<'a>>,
    pub(super) ghost: Option<KeyHistory<'a>>,
    pub(super) group: Option<&'a Group>,
    pub(super) is_hit: bool,
    /// Which of its changes are marked; none where all are.
    pub(super) hits: Option<Changes<'a>>,
    index: u64,
    is_pinned: bool,
    depth: u8,
    name: &'a [u8],
    label: String,
}

impl<'a> Row<'a> {
    fn new(
        order: &'a LaneOrder,
        history: &'a History,
        ghosts: Option<Ghosts<'a>>,
        row: &LaneRow,
        (index, y_px, is_pinned): (u64, f64, bool),
    ) -> Option<Self> {
        let base = Self {
            id: 0,
            y_px,
            key: None,
            ghost: None,
            group: None,
            is_hit: false,
            hits: None,
            index,
            is_pinned,
            depth: 0,
            name: &[],
            label: String::new(),
        };
        let label = |name: &[u8], cut: u32| bare_start(name.get(cut as usize..).unwrap_or(name));
        Some(match row {
            LaneRow::Key { id, depth, cut } => {
                let key = history.key(*id)?;
                Self {
                    id: id.0,
                    key: Some(key),
                    is_hit: order.is_marked(*id),
                    hits: order.marked_of(history, *id),
                    ghost: ghosts.and_then(|ghosts| ghosts.history.find(key.key)),
                    depth: *depth,
                    name: key.key,
                    label: label(key.key, *cut),
                    ..base
                }
            }
            LaneRow::Group(number) => {
                let group = order.group(*number)?;
                Self {
                    id: group_id(&group.prefix),
                    group: Some(group),
                    is_hit: !group.hits(history).is_empty(),
                    depth: group.depth,
                    name: &group.prefix,
                    label: label(&group.prefix, group.cut),
                    ..base
                }
            }
            LaneRow::Ghost(id) => {
                let ghost = ghosts?.history.key(*id)?;
                Self {
                    id: u32::MAX - id.0,
                    ghost: Some(ghost),
                    name: ghost.key,
                    label: bare_start(ghost.key),
                    ..base
                }
            }
        })
    }

    /// Room that its label wants.
    pub(super) fn width_px(&self) -> f64 {
        self.label.chars().count() as f64 * LABEL_CHAR_PX + self.beside_px()
    }

    /// Room for what stands before and behind the label.
    fn beside_px(&self) -> f64 {
        let count_px = self.group.map_or(0.0, |group| {
            let digits = group.keys.max(1).ilog10() as f64 * 4.0 / 3.0 + 2.0;
            digits * COUNT_CHAR_PX
        });
        self.before_px() + count_px
    }

    fn before_px(&self) -> f64 {
        let sign_px = self.group.map_or(0.0, |_| SIGN_PX);
        f64::from(self.depth) * INDENT_PX + sign_px
    }

    /// The lane as it is drawn, with its label cut to a width.
    pub(super) fn lane(self, shelf: &Shelf, width_px: f64, head: i64) -> Lane {
        // A hair is added: the width was made from a count of characters.
        let chars_in = |px: f64| (px / LABEL_CHAR_PX + 0.01).floor().max(4.0);
        let beside = chars_in(width_px - self.beside_px());
        // On a narrow screen the name goes before the count, which then is left out.
        let chars = if beside < NAME_MIN && (beside as usize) < self.label.chars().count() {
            chars_in(width_px - self.before_px())
        } else {
            beside
        };
        Lane {
            key: self.id,
            index: self.index,
            y_px: self.y_px,
            height_px: shelf.lane_px,
            label: shorten(&self.label, chars as usize),
            is_live: self.group.is_some() || self.key.is_some_and(|key| key.at(head).is_some()),
            is_ghost: self.key.is_none() && self.group.is_none(),
            is_pinned: self.is_pinned,
            is_hit: self.is_hit,
            then: None,
            depth: self.depth,
            group: self.group.map(|group| Folded {
                keys: group.keys,
                is_open: group.is_open,
            }),
            name: match self.name.len() {
                0..=NAME_MAX => self.name.to_vec(),
                _ => Vec::new(),
            },
        }
    }
}

/// A number that a prefix keeps through every order: numbers of keys are below, those of fossils'
/// keys count down from the top.
fn group_id(prefix: &[u8]) -> u32 {
    let hash = prefix.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    0x8000_0000 | (hash & 0x3fff_ffff)
}

/// Cuts the middle out of a long key: both its prefix and its name tell keys apart.
fn shorten(label: &str, max_chars: usize) -> String {
    let chars: Vec<char> = label.chars().collect();
    if chars.len() <= max_chars {
        return label.to_string();
    }
    let tail = (max_chars - 1) * 2 / 3;
    let head = max_chars - 1 - tail;
    let first: String = chars.iter().take(head).collect();
    let last: String = chars.iter().skip(chars.len() - tail).collect();
    format!("{first}…{last}")
}
