//! One lane: bars for its generations, marks for changes with room, bins for the rest.

use crate::history::{Change, ChangeKind, Changes, Generation, KeyHistory};
use crate::timeline::scene::{Bin, Mark, MarkKind, Scene, Span, SpanLook};

/// Below this distance to its neighbour a change has no mark of its own.
const BIN_BELOW_PX: f64 = 7.0;
/// Width of a column of the density drawing, where there is room for as many.
const COLUMN_PX: f64 = 4.0;
/// Changes a column from which on a folded prefix is drawn by density.
const CROWD: f64 = 0.2;
/// From this distance on, a mark has room for its number.
const NUMBER_FROM_PX: f64 = 21.0;
const MARK_RADIUS_PX: f64 = 9.5;
const SMALL_RADIUS_PX: f64 = 4.0;
/// How far the bar of a living key goes past the head, in revisions.
const OPEN_END: f64 = 0.6;

/// Where and how finely a lane is drawn.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The lane's number: that of its key, or one of a prefix.
    pub id: u32,
    /// Middle of the lane.
    pub y_px: f64,
    /// Things that may be drawn in it.
    pub budget: f64,
    /// Height of a full bin from the floor up; 0 for bins that lie on a key's bar.
    pub room_px: f64,
    /// Which of its changes are marked as found.
    pub hits: Hits<'a>,
}

/// Changes that are marked as found.
#[derive(Clone, Copy)]
pub(super) enum Hits<'a> {
    None,
    All,
    These(Changes<'a>),
}

impl Hits<'_> {
    /// How many of the changes from `first` to `last`, which are `count`.
    fn between(self, first: &Change, last: &Change, count: usize) -> u64 {
        let count = match self {
            Self::None => 0,
            Self::All => count,
            Self::These(hits) => {
                let from = hits.partition_point(|hit| hit.revision() < first.revision());
                let to = hits.partition_point(|hit| hit.revision() <= last.revision());
                to.saturating_sub(from)
            }
        };
        count as u64
    }
}

/// Adds the bars, marks and bins of one key.
pub(super) fn lay_out(scene: &mut Scene, key: KeyHistory<'_>, place: Place<'_>) {
    let (from, to) = scene.viewport.visible();
    let (first, visible) = in_view(scene, key.changes);
    if add_density(scene, visible, place) {
        return;
    }
    // The life before the first visible change may reach into the view.
    for generation in key.generations_from(first.saturating_sub(1)) {
        let ended = generation.ended();
        let starts = generation.create_revision.unwrap_or(i64::MIN);
        if starts > to {
            break;
        }
        if ended.is_none_or(|end| end >= from) {
            add_spans(scene, place.id, &generation, place.y_px);
        }
    }
    add_marks(scene, visible, place);
}

/// Adds the marks and bins of the keys below a prefix, which have no life in common.
pub(super) fn lay_out_folded(scene: &mut Scene, changes: Changes<'_>, place: Place<'_>) {
    let (_, visible) = in_view(scene, changes);
    if !add_density(scene, visible, place) {
        add_marks(scene, visible, place);
    }
}

/// The changes that may touch the plot, and the position of the first.
fn in_view<'a>(scene: &Scene, changes: Changes<'a>) -> (usize, Changes<'a>) {
    let (from, to) = scene.viewport.visible();
    let first = changes.partition_point(|change| change.revision().main < from);
    let last = changes.partition_point(|change| change.revision().main <= to);
    (first, changes.slice(first..last))
}

/// The bar of a generation: outlined while only compacted changes are known, filled from the
/// first change that is still there.
fn add_spans(scene: &mut Scene, key: u32, generation: &Generation<'_>, y_px: f64) {
    let Some(first) = generation.changes.first() else {
        return;
    };
    let starts = generation.create_revision.unwrap_or(first.revision().main);
    let ends = generation.ended();
    // A compaction takes the oldest ones.
    let gone = generation
        .changes
        .partition_point(|change| change.is_compacted());
    let retained = generation.changes.get(gone);
    let retained = retained.map(|change| change.revision().main);
    let mut add = |from: i64, to: Option<i64>, look: SpanLook| {
        let plot = scene.plot;
        let x0_px = scene.viewport.px_from_rev(from, &plot);
        let x1_px = match to {
            Some(to) => scene.viewport.px_from_rev(to, &plot),
            None => scene
                .viewport
                .px_from_rev_offset(scene.head, OPEN_END, &plot),
        };
        if x1_px < plot.x0_px || x0_px > plot.x1_px || from == to.unwrap_or(i64::MAX) {
            return;
        }
        scene.spans.push(Span {
            key,
            generation: generation.number,
            from_rev: from,
            x0_px: x0_px.max(plot.x0_px),
            x1_px: x1_px.min(plot.x1_px),
            y_px,
            look,
            is_open: to.is_none(),
            alpha: 1.0,
        });
    };
    match retained {
        None => add(
            starts,
            Some(ends.unwrap_or(first.revision().main)),
            SpanLook::Compacted,
        ),
        Some(retained) => {
            if starts < retained {
                add(starts, Some(retained), SpanLook::Compacted);
            }
            add(retained, ends, SpanLook::Retained);
        }
    }
}

fn add_marks(scene: &mut Scene, visible: Changes<'_>, place: Place<'_>) {
    let xs: Vec<f64> = visible
        .iter()
        .map(|change| {
            scene
                .viewport
                .px_from_rev(change.revision().main, &scene.plot)
        })
        .collect();
    let gap = |a: usize| match (xs.get(a), xs.get(a + 1)) {
        (Some(a), Some(b)) => b - a,
        _ => f64::INFINITY,
    };
    let mut index = 0;
    while let (Some(change), Some(x_px)) = (visible.get(index), xs.get(index)) {
        let run = (index..xs.len())
            .take_while(|at| gap(*at) < BIN_BELOW_PX)
            .count();
        if run > 0 {
            let members = visible.slice(index..index + run + 1);
            add_bin(scene, members, place, COLUMN_PX);
            index += run + 1;
            continue;
        }
        let before = index.checked_sub(1).map_or(f64::INFINITY, gap);
        let room = before.min(gap(index));
        let has_number = room >= NUMBER_FROM_PX;
        let radius_px = if has_number {
            MARK_RADIUS_PX
        } else {
            SMALL_RADIUS_PX
        };
        let inside = scene.plot.x0_px - radius_px..=scene.plot.x1_px + radius_px;
        if inside.contains(x_px) {
            scene.marks.push(Mark {
                key: place.id,
                main: change.revision().main,
                sub: change.revision().sub,
                x_px: *x_px,
                y_px: place.y_px,
                radius_px,
                kind: MarkKind::from(change.kind()),
                version: if has_number { change.version() } else { 0 },
                is_compacted: change.is_compacted(),
                has_lease: change.has_lease(),
                is_hit: place.hits.between(change, change, 1) > 0,
                scale: 1.0,
            });
        }
        index += 1;
    }
}

/// Where there are more changes than may be drawn, counts them per column by binary search: the
/// lane's cost is its width.
fn add_density(scene: &mut Scene, visible: Changes<'_>, place: Place<'_>) -> bool {
    let width_px = scene.plot.width_px();
    let columns = (width_px / COLUMN_PX).min(place.budget).max(1.0);
    // On a key's bar a run of changes reads as a part of it; below a prefix it would be a block.
    let crowd = if place.room_px > 0.0 { CROWD } else { 1.0 };
    if visible.len() as f64 <= columns * crowd {
        return false;
    }
    let column_px = width_px / columns;
    let mut rest = visible;
    let mut x_px = scene.plot.x0_px;
    while x_px < scene.plot.x1_px && !rest.is_empty() {
        x_px += column_px;
        let edge = scene.viewport.rev_at_or_after_px(x_px, &scene.plot);
        let len = rest.partition_point(|change| change.revision().main < edge);
        add_bin(scene, rest.slice(0..len), place, column_px);
        rest = rest.slice(len..rest.len());
    }
    add_bin(scene, rest, place, column_px);
    true
}

fn add_bin(scene: &mut Scene, members: Changes<'_>, place: Place<'_>, column_px: f64) {
    let (Some(first), Some(last)) = (members.first(), members.last()) else {
        return;
    };
    let (from_rev, to_rev) = (first.revision().main, last.revision().main);
    let x0_px = scene.viewport.px_from_rev(from_rev, &scene.plot);
    let x1_px = scene.viewport.px_from_rev(to_rev, &scene.plot);
    let half = (column_px / 2.0).min(COLUMN_PX);
    scene.bins.push(Bin {
        key: place.id,
        from_rev,
        to_rev,
        x0_px: (x0_px - half).max(scene.plot.x0_px),
        x1_px: (x1_px + half).min(scene.plot.x1_px),
        y_px: place.y_px,
        count: members.len() as u64,
        hits: place.hits.between(first, last, members.len()),
        density: 0.0,
        room_px: place.room_px,
    });
}

impl From<ChangeKind> for MarkKind {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Create => Self::Create,
            ChangeKind::Modify => Self::Modify,
            ChangeKind::Tombstone => Self::Tombstone,
        }
    }
}
