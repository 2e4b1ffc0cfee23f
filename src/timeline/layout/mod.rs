//! From a history and a view to a scene.
//!
//! Costs pixels, not revisions: a lane with more changes in view than it has columns is counted
//! by binary search per column instead of change by change.

mod lane;
mod shelf;

use super::lanes::{Arrangement, LaneOrder};
use super::scene::{Link, Mark, Minimap, Scene, Tick, View};
use super::viewport::{Plot, Viewport};
use crate::history::{Changes, History, KeyId};
use crate::kv::Revision;
use lane::{Hits, Place};
use shelf::{Row, Shelf};

pub(super) use shelf::{INDENT_PX, SIGN_PX};

/// Height of everything above and below the lanes.
const CHROME_HEIGHT_PX: f64 = TOP_PX + BOTTOM_PX;
/// Height of a lane while there is room.
const LANE_MAX_PX: f64 = 54.0;
const LANE_MIN_PX: f64 = 28.0;
/// Lanes are not packed closer on a picture where that many are in sight.
const LANES_IN_SIGHT: f64 = 32.0;
/// Marks and bins that are drawn at most.
const MAX_DRAWN: f64 = 6_000.0;
/// Free room below and above the bins of a folded prefix.
const FLOOR_PX: f64 = 4.0;
const MINIMAP_PX: (f64, f64) = (2.0, 19.0);
const TOP_PX: f64 = 56.0;
const BOTTOM_PX: f64 = 30.0;
const RIGHT_PX: f64 = 16.0;
const LABEL_MIN_PX: f64 = 64.0;
const LABEL_PAD_PX: f64 = 28.0;
const TICK_MIN_PX: f64 = 56.0;
const MINIMAP_COLUMNS: usize = 240;

/// Height that a picture of `lanes` lanes wants, with at least a few and at most `most` in sight.
pub fn lanes_height_px(lanes: u64, most: u64) -> f64 {
    let lanes = lanes.min(most).max(4) as f64;
    CHROME_HEIGHT_PX + lanes * LANE_MAX_PX
}

/// Fossils as a history of their own, to be drawn as ghosts.
#[derive(Clone, Copy)]
pub struct Ghosts<'a> {
    /// Their history.
    pub history: &'a History,
    /// Keys of it that the store has nothing of; they get lanes below those of the store.
    pub own: &'a [KeyId],
}

/// Lays out the visible part of a history, in the order that fits it.
pub fn layout(history: &History, view: &View) -> Scene {
    let order = LaneOrder::new(history, None, &Arrangement::default());
    layout_lanes(history, None, &order, view)
}

/// Lays out the visible part of a history in an order that was made for it and these ghosts.
pub fn layout_lanes(
    history: &History,
    ghosts: Option<Ghosts<'_>>,
    order: &LaneOrder,
    view: &View,
) -> Scene {
    let width_px = view.width_px.clamp(160.0, 16_384.0);
    let height_px = view
        .height_px
        .clamp(CHROME_HEIGHT_PX + LANE_MIN_PX, 16_384.0);
    let shelf = Shelf::new(order, height_px - CHROME_HEIGHT_PX, view.scroll_px);
    let visible: Vec<Row<'_>> = shelf.visible(order, history, ghosts);
    let longest = visible.iter().map(Row::width_px).fold(0.0, f64::max);
    let label_px = (longest + LABEL_PAD_PX).clamp(LABEL_MIN_PX, (width_px * 0.3).max(LABEL_MIN_PX));

    let viewport = view.viewport.unwrap_or(Viewport::fit(history.head()));
    let plot = Plot {
        x0_px: label_px,
        x1_px: (width_px - RIGHT_PX).max(label_px + 1.0),
        y0_px: TOP_PX,
        y1_px: TOP_PX + shelf.used_px.max(LANE_MIN_PX),
    };
    let mut scene = Scene {
        width_px,
        height_px,
        plot,
        viewport,
        head: history.head(),
        compact_revision: history.compact_revision(),
        ticks: ticks(&viewport, &plot, history.head()),
        times: Vec::new(),
        as_of: None,
        lanes: Vec::with_capacity(visible.len()),
        lane_count: order.len(),
        key_count: order.keys(),
        scroll_px: shelf.scroll_px,
        spans: Vec::new(),
        marks: Vec::new(),
        bins: Vec::new(),
        ghosts: Vec::new(),
        ghost_bins: Vec::new(),
        links: Vec::new(),
        minimap: minimap(history, order, &viewport, &plot),
    };
    let layers = if ghosts.is_some() { 2.0 } else { 1.0 };
    let budget = MAX_DRAWN / layers / (visible.len().max(1) as f64) - 2.0;
    for row in visible {
        if row.y_px >= plot.y1_px {
            break;
        }
        let place = Place {
            id: row.id,
            y_px: row.y_px + shelf.lane_px / 2.0,
            budget,
            room_px: 0.0,
            hits: match (row.is_hit, row.group) {
                (false, _) => Hits::None,
                (true, None) => match row.hits {
                    Some(hits) => Hits::These(hits),
                    None => Hits::All,
                },
                (true, Some(group)) => Hits::These(group.hits(history)),
            },
        };
        if let Some(ghost) = row.ghost {
            as_ghosts(&mut scene, |scene| lane::lay_out(scene, ghost, place));
        }
        if let Some(key) = row.key {
            lane::lay_out(&mut scene, key, place);
        }
        if let Some(group) = row.group.filter(|group| !group.is_open) {
            let room_px = shelf.lane_px - 2.0 * FLOOR_PX;
            let place = Place { room_px, ..place };
            if let Some(ghosts) = ghosts {
                let (changes, hits) = (group.ghosts(ghosts.history), Hits::None);
                let place = Place { hits, ..place };
                as_ghosts(&mut scene, |scene| {
                    lane::lay_out_folded(scene, changes, place);
                });
            }
            lane::lay_out_folded(&mut scene, group.changes(history), place);
        }
        scene
            .lanes
            .push(row.lane(&shelf, label_px - LABEL_PAD_PX, history.head()));
    }
    let fullest = scene.bins.iter().map(|bin| bin.count).max().unwrap_or(1);
    for bin in &mut scene.bins {
        bin.density = bin.count as f64 / fullest as f64;
    }
    scene.links = links(&scene.marks);
    scene
}

/// Moves what is laid out into the ghosts' own layer of marks and bins.
fn as_ghosts(scene: &mut Scene, lay_out: impl FnOnce(&mut Scene)) {
    let before = (scene.marks.len(), scene.bins.len(), scene.spans.len());
    lay_out(scene);
    let marks = scene.marks.drain(before.0..);
    scene.ghosts.extend(marks);
    let bins = scene.bins.drain(before.1..);
    scene.ghost_bins.extend(bins);
    scene.spans.truncate(before.2);
}

/// Round numbers on the axis, far enough apart to be read.
pub(super) fn ticks(viewport: &Viewport, plot: &Plot, head: i64) -> Vec<Tick> {
    let digits = head.max(1).ilog10() as f64 + 1.0;
    let apart_px = (digits * 9.0 + 20.0).max(TICK_MIN_PX);
    let wanted = apart_px / viewport.px_per_rev(plot);
    let mut step = 1i64;
    // 1, 2, 5, 10, 20, 50, …
    for factor in [2, 5, 10].iter().cycle().take(57) {
        if step as f64 >= wanted {
            break;
        }
        let decade = 10i64.saturating_pow(step.ilog10());
        step = decade.saturating_mul(*factor);
    }
    let (from, to) = viewport.visible();
    let first = (from.max(1) - 1) / step * step;
    let first = first.saturating_add(step);
    std::iter::successors(Some(first), |rev| rev.checked_add(step))
        .take_while(|rev| *rev <= to)
        .take(512)
        .map(|rev| Tick {
            x_px: viewport.px_from_rev(rev, plot),
            rev,
        })
        .filter(|tick| tick.x_px >= plot.x0_px && tick.x_px <= plot.x1_px)
        .collect()
}

/// One link for each transaction that wrote more than one of the visible marks.
fn links(marks: &[Mark]) -> Vec<Link> {
    let mut by_rev: Vec<&Mark> = marks.iter().filter(|mark| !mark.is_compacted).collect();
    by_rev.sort_by_key(|mark| mark.main);
    by_rev
        .chunk_by(|a, b| a.main == b.main)
        .filter(|group| group.len() > 1)
        .filter_map(|group| {
            let ys = group.iter().map(|mark| mark.y_px);
            Some(Link {
                rev: group.first()?.main,
                x_px: group.first()?.x_px,
                y0_px: ys.clone().fold(f64::INFINITY, f64::min),
                y1_px: ys.fold(0.0, f64::max),
            })
        })
        .collect()
}

fn minimap(history: &History, order: &LaneOrder, viewport: &Viewport, plot: &Plot) -> Minimap {
    let whole = Viewport::fit(history.head());
    let columns = MINIMAP_COLUMNS.min(plot.width_px() as usize).max(1);
    let column_px = plot.width_px() / columns as f64;
    let count = |all: usize, before: &dyn Fn(i64) -> usize| -> Vec<usize> {
        let mut counted = 0;
        let column = |index: usize| {
            // The last column ends behind the head, whatever rounding says.
            let end = if index + 1 == columns {
                all
            } else {
                let x_px = plot.x0_px + (index + 1) as f64 * column_px;
                before(whole.rev_at_or_after_px(x_px, plot))
            };
            let count = end.saturating_sub(counted);
            counted = end.max(counted);
            count
        };
        (0..columns).map(column).collect()
    };
    let rows = history.row_count() as usize;
    let counts = count(rows, &|rev| history.row_at(Revision::new(rev, 0)));
    let hits = |found: Changes<'_>| {
        let before = |rev: i64| found.partition_point(|change| change.revision().main < rev);
        count(found.len(), &before)
    };
    let hits = order.found(history).map(hits).unwrap_or_default();
    let fullest = counts.iter().copied().max().unwrap_or(0).max(1) as f32;
    let filled = |counts: &[usize]| counts.iter().map(|count| *count as f32 / fullest).collect();
    let (y0_px, y1_px) = MINIMAP_PX;
    let edge = |rev: i64, offset: f64| {
        whole
            .px_from_rev_offset(rev, offset, plot)
            .clamp(plot.x0_px, plot.x1_px)
    };
    Minimap {
        y0_px,
        y1_px,
        lens_x0_px: edge(viewport.from, viewport.offset),
        lens_x1_px: edge(viewport.from, viewport.offset + viewport.span),
        columns: filled(&counts),
        hits: filled(&hits),
        compacted_x_px: (history.compact_revision() > 0)
            .then(|| edge(history.compact_revision(), -0.5)),
    }
}
