//! One lane: bars for its generations, marks for changes with room, bins for the rest.

use crate::history::{ChangeKind, Changes, Generation, KeyHistory};
use crate::timeline::scene::{Bin, Mark, MarkKind, Scene, Span, SpanLook};

/// Below this distance to its neighbour a change has no mark of its own.
const BIN_BELOW_PX: f64 = 7.0;
/// Width of a column of the density drawing.
const COLUMN_PX: f64 = 4.0;
/// From this distance on, a mark has room for its number.
const NUMBER_FROM_PX: f64 = 21.0;
const MARK_RADIUS_PX: f64 = 9.5;
const SMALL_RADIUS_PX: f64 = 4.0;
/// How far the bar of a living key goes past the head, in revisions.
const OPEN_END: f64 = 0.6;

/// Adds the bars, marks and bins of one key whose lane has its middle at `y_px`.
pub(super) fn lay_out(scene: &mut Scene, key: KeyHistory<'_>, y_px: f64) {
    let (from, to) = scene.viewport.visible();
    let first = key
        .changes
        .partition_point(|change| change.revision().main < from);
    let last = key
        .changes
        .partition_point(|change| change.revision().main <= to);
    let visible = key.changes.slice(first..last);
    let columns = scene.plot.width_px() / COLUMN_PX;
    if visible.len() as f64 > columns {
        add_density(scene, key, visible, y_px);
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
            add_spans(scene, key.id.0, &generation, y_px);
        }
    }
    add_marks(scene, key, visible, y_px);
}

/// The bar of a generation: outlined while only compacted changes are known, filled from the
/// first change that is still there.
fn add_spans(scene: &mut Scene, key: u32, generation: &Generation<'_>, y_px: f64) {
    let Some(first) = generation.changes.first() else {
        return;
    };
    let starts = generation.create_revision.unwrap_or(first.revision().main);
    let ends = generation.ended();
    let retained = generation
        .changes
        .iter()
        .find(|change| !change.is_compacted())
        .map(|change| change.revision().main);
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

fn add_marks(scene: &mut Scene, key: KeyHistory<'_>, visible: Changes<'_>, y_px: f64) {
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
            add_bin(scene, key.id.0, members, y_px);
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
                key: key.id.0,
                main: change.revision().main,
                sub: change.revision().sub,
                x_px: *x_px,
                y_px,
                radius_px,
                kind: MarkKind::from(change.kind()),
                version: if has_number { change.version() } else { 0 },
                is_compacted: change.is_compacted(),
                scale: 1.0,
            });
        }
        index += 1;
    }
}

/// Counts changes per column by binary search: the lane's cost is its width.
fn add_density(scene: &mut Scene, key: KeyHistory<'_>, visible: Changes<'_>, y_px: f64) {
    let mut rest = visible;
    let mut x_px = scene.plot.x0_px;
    while x_px < scene.plot.x1_px && !rest.is_empty() {
        x_px += COLUMN_PX;
        let edge = scene.viewport.rev_at_or_after_px(x_px, &scene.plot);
        let len = rest.partition_point(|change| change.revision().main < edge);
        add_bin(scene, key.id.0, rest.slice(0..len), y_px);
        rest = rest.slice(len..rest.len());
    }
    add_bin(scene, key.id.0, rest, y_px);
}

fn add_bin(scene: &mut Scene, key: u32, members: Changes<'_>, y_px: f64) {
    let (Some(first), Some(last)) = (members.first(), members.last()) else {
        return;
    };
    let (from_rev, to_rev) = (first.revision().main, last.revision().main);
    let x0_px = scene.viewport.px_from_rev(from_rev, &scene.plot);
    let x1_px = scene.viewport.px_from_rev(to_rev, &scene.plot);
    scene.bins.push(Bin {
        key,
        from_rev,
        to_rev,
        x0_px: (x0_px - COLUMN_PX / 2.0).max(scene.plot.x0_px),
        x1_px: (x1_px + COLUMN_PX / 2.0).min(scene.plot.x1_px),
        y_px,
        count: members.len() as u64,
        density: 0.0,
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
