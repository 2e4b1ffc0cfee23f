//! From a history and a view to a scene.
//!
//! Costs pixels, not revisions: a lane with more changes in view than it has columns is counted
//! by binary search per column instead of change by change.

mod lane;

use super::scene::{Bin, Lane, Link, Mark, Minimap, Scene, Tick, View};
use super::viewport::{Plot, Viewport};
use crate::history::{History, KeyHistory, KeyId};
use crate::kv::quote::bare_start;

/// Height of everything above and below the lanes.
const CHROME_HEIGHT_PX: f64 = TOP_PX + BOTTOM_PX;
/// Height of a lane while there is room.
const LANE_MAX_PX: f64 = 54.0;
const LANE_MIN_PX: f64 = 28.0;
const MINIMAP_PX: (f64, f64) = (4.0, 24.0);
const TOP_PX: f64 = 56.0;
const BOTTOM_PX: f64 = 30.0;
const RIGHT_PX: f64 = 16.0;
const LABEL_MIN_PX: f64 = 64.0;
/// Width of a character of a lane's label; fixed, so that layout needs no fonts.
const LABEL_CHAR_PX: f64 = 7.6;
const LABEL_PAD_PX: f64 = 28.0;
const TICK_MIN_PX: f64 = 56.0;
const MINIMAP_COLUMNS: usize = 240;

/// Height that a picture of `lanes` lanes wants, between a few lanes and a screenful.
pub fn lanes_height_px(lanes: u64) -> f64 {
    let lanes = lanes.clamp(4, 14) as f64;
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

/// Lays out the visible part of a history.
pub fn layout(history: &History, view: &View) -> Scene {
    layout_with_ghosts(history, None, view)
}

/// Lays out the visible part of a history, with ghosts over it.
pub fn layout_with_ghosts(history: &History, ghosts: Option<Ghosts<'_>>, view: &View) -> Scene {
    let width_px = view.width_px.clamp(160.0, 16_384.0);
    let height_px = view
        .height_px
        .clamp(CHROME_HEIGHT_PX + LANE_MIN_PX, 16_384.0);
    let own: &[KeyId] = ghosts.map_or(&[], |ghosts| ghosts.own);
    let lane_count = history.key_count() + own.len() as u64;
    let lanes_px = height_px - CHROME_HEIGHT_PX;
    let lane_px = (lanes_px / (lane_count.max(1) as f64)).clamp(LANE_MIN_PX, LANE_MAX_PX);
    let scroll_max = (lane_px * lane_count as f64 - lanes_px).max(0.0);
    let scroll_px = view.scroll_px.clamp(0.0, scroll_max);
    let first = (scroll_px / lane_px).floor();
    let count = (lanes_px / lane_px).ceil() + 1.0;
    let mut visible: Vec<_> = history
        .keys_from(first as u64, count as u64)
        .map(|key| {
            let ghost = ghosts.and_then(|ghosts| ghosts.history.find(key.key));
            (Some(key), ghost)
        })
        .collect();
    // Below the keys of the store, those that only fossils have.
    let skipped = (first as u64).saturating_sub(history.key_count());
    let room = (count as usize).saturating_sub(visible.len());
    let only = own
        .iter()
        .skip(usize::try_from(skipped).unwrap_or(usize::MAX))
        .take(room)
        .filter_map(|id| Some((None, ghosts?.history.key(*id))));
    visible.extend(only);

    let labels: Vec<String> = visible
        .iter()
        .map(|(key, ghost)| {
            key.or(*ghost)
                .map_or(String::new(), |key| bare_start(key.key))
        })
        .collect();
    let longest = labels.iter().map(|label| label.chars().count()).max();
    let label_px = (longest.unwrap_or(0) as f64 * LABEL_CHAR_PX + LABEL_PAD_PX)
        .clamp(LABEL_MIN_PX, (width_px * 0.3).max(LABEL_MIN_PX));

    let viewport = view.viewport.unwrap_or(Viewport::fit(history.head()));
    let used_px = (lane_px * lane_count as f64).min(lanes_px);
    let plot = Plot {
        x0_px: label_px,
        x1_px: (width_px - RIGHT_PX).max(label_px + 1.0),
        y0_px: TOP_PX,
        y1_px: TOP_PX + used_px.max(LANE_MIN_PX),
    };
    let mut scene = Scene {
        width_px,
        height_px,
        plot,
        viewport,
        head: history.head(),
        compact_revision: history.compact_revision(),
        ticks: ticks(&viewport, &plot, history.head()),
        lanes: Vec::with_capacity(visible.len()),
        lane_count,
        scroll_px,
        spans: Vec::new(),
        marks: Vec::new(),
        bins: Vec::new(),
        ghosts: Vec::new(),
        ghost_bins: Vec::new(),
        links: Vec::new(),
        minimap: minimap(history, &viewport, &plot),
    };
    // A hair is added: the width was made from a count of characters.
    let label_chars = ((label_px - LABEL_PAD_PX) / LABEL_CHAR_PX + 0.01)
        .floor()
        .max(4.0) as usize;
    for (offset, ((key, ghost), label)) in visible.iter().zip(labels).enumerate() {
        let index = first as u64 + offset as u64;
        let y_px = TOP_PX + index as f64 * lane_px - scroll_px;
        if y_px >= plot.y1_px {
            break;
        }
        let middle_px = y_px + lane_px / 2.0;
        if let Some(ghost) = ghost {
            lay_out_ghosts(&mut scene, *key, *ghost, middle_px);
        }
        scene.lanes.push(Lane {
            key: match (key, ghost) {
                (Some(key), _) => key.id.0,
                (None, ghost) => ghost.map_or(u32::MAX, |ghost| u32::MAX - ghost.id.0),
            },
            index,
            y_px,
            height_px: lane_px,
            label: shorten(&label, label_chars),
            is_live: key.is_some_and(|key| key.at(history.head()).is_some()),
            is_ghost: key.is_none(),
        });
        if let Some(key) = key {
            lane::lay_out(&mut scene, *key, middle_px);
        }
    }
    let fullest = scene.bins.iter().map(|bin| bin.count).max().unwrap_or(1);
    for bin in &mut scene.bins {
        bin.density = bin.count as f64 / fullest as f64;
    }
    scene.links = links(&scene.marks);
    scene
}

/// Draws the fossils of a key as marks and bins of the ghosts' own layer.
fn lay_out_ghosts(
    scene: &mut Scene,
    key: Option<KeyHistory<'_>>,
    ghost: KeyHistory<'_>,
    y_px: f64,
) {
    let id = key.map_or(u32::MAX - ghost.id.0, |key| key.id.0);
    let before = (scene.marks.len(), scene.bins.len(), scene.spans.len());
    lane::lay_out(scene, ghost, y_px);
    let marks = scene.marks.drain(before.0..);
    scene
        .ghosts
        .extend(marks.map(|mark| Mark { key: id, ..mark }));
    let bins = scene.bins.drain(before.1..);
    let bins = bins.map(|bin| Bin { key: id, ..bin });
    scene.ghost_bins.extend(bins);
    scene.spans.truncate(before.2);
}

/// Round numbers on the axis, far enough apart to be read.
fn ticks(viewport: &Viewport, plot: &Plot, head: i64) -> Vec<Tick> {
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

fn minimap(history: &History, viewport: &Viewport, plot: &Plot) -> Minimap {
    let whole = Viewport::fit(history.head());
    let columns = MINIMAP_COLUMNS.min(plot.width_px() as usize).max(1);
    let column_px = plot.width_px() / columns as f64;
    let mut counts = vec![0usize; columns];
    let mut before = 0;
    for (index, count) in counts.iter_mut().enumerate() {
        // The last column ends behind the head, whatever rounding says.
        let end = if index + 1 == columns {
            history.row_count() as usize
        } else {
            let x_px = plot.x0_px + (index + 1) as f64 * column_px;
            let rev = whole.rev_at_or_after_px(x_px, plot);
            history.row_at(crate::kv::Revision::new(rev, 0))
        };
        *count = end.saturating_sub(before);
        before = end.max(before);
    }
    let fullest = counts.iter().copied().max().unwrap_or(0).max(1) as f32;
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
        columns: counts.iter().map(|count| *count as f32 / fullest).collect(),
        compacted_x_px: (history.compact_revision() > 0)
            .then(|| edge(history.compact_revision(), -0.5)),
    }
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
