//! A picture on its way from one scene to the next: a pure function of both and of time.
//!
//! Cause comes before effect and one thing moves at a time: first the view makes room, then the
//! change appears. A compaction sweeps a line from the old edge to the new one; what it passes
//! turns into a ghost.

use std::collections::HashMap;

use super::paint::Focus;
use super::scene::{Lane, Mark, Scene, Span, SpanLook};

/// What is moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Nothing: the picture is replaced at once.
    Still,
    /// Only the view: zoom, pan, fit.
    View,
    /// A put or a delete has added changes.
    Change,
    /// A compaction has removed rows.
    Compaction,
}

impl Motion {
    /// Whether a command's doing is what moves.
    pub fn is_operation(self) -> bool {
        matches!(self, Self::Change | Self::Compaction)
    }

    /// How long it takes at speed 1, in milliseconds.
    pub fn duration_ms(self) -> f64 {
        match self {
            Self::Still => 0.0,
            Self::View => 150.0,
            Self::Change => 520.0,
            Self::Compaction => 900.0,
        }
    }
}

/// The picture at `t` (0 to 1) on the way from `before` to `after`.
///
/// At 0 everything old is where it was; at 1 the result is `after` itself and `focus` is
/// untouched.
pub fn tween(
    before: &Scene,
    after: &Scene,
    motion: Motion,
    focus: Focus,
    t: f64,
) -> (Scene, Focus) {
    let t = t.clamp(0.0, 1.0);
    let mut scene = after.clone();
    if t >= 1.0 {
        return (scene, focus);
    }
    let mut focus = focus;
    let old = Old::of(before);
    match motion {
        Motion::Still => {}
        Motion::View => slide(before, &old, &mut scene, ease(t)),
        Motion::Change => {
            let (view, change) = (ease(phase(t, 0.0, 0.45)), ease(phase(t, 0.4, 1.0)));
            slide(before, &old, &mut scene, view);
            appear(before, &old, &mut scene, change);
        }
        Motion::Compaction => {
            slide(before, &old, &mut scene, ease(phase(t, 0.0, 0.2)));
            let sweep = sweep_px(before, &scene, ease(phase(t, 0.15, 0.9)));
            for mark in &mut scene.marks {
                let was_there = old.mark(mark).is_some_and(|old| !old.is_compacted);
                if was_there && mark.is_compacted && mark.x_px > sweep {
                    mark.is_compacted = false;
                }
            }
            // Bars are those of before until the line has passed the last of them.
            if t < 0.9 {
                scene.spans = before.spans.clone();
            }
            focus.sweep_x_px = Some(sweep);
        }
    }
    (scene, focus)
}

/// Everything that was there before moves from its old place.
fn slide(before: &Scene, old: &Old<'_>, scene: &mut Scene, t: f64) {
    let mix = |from: f64, to: f64| from + (to - from) * t;
    for mark in &mut scene.ghosts {
        if let Some(old) = old.ghosts.get(&mark_id(mark)) {
            mark.x_px = mix(old.x_px, mark.x_px);
            mark.y_px = mix(old.y_px, mark.y_px);
        }
    }
    for mark in &mut scene.marks {
        if let Some(old) = old.mark(mark) {
            mark.x_px = mix(old.x_px, mark.x_px);
            mark.y_px = mix(old.y_px, mark.y_px);
            // An earlier motion may have been cut short.
            mark.scale = mix(old.scale, mark.scale);
        }
    }
    for span in &mut scene.spans {
        if let Some(old) = old.span(span) {
            span.x0_px = mix(old.x0_px, span.x0_px);
            span.x1_px = mix(old.x1_px, span.x1_px);
            span.y_px = mix(old.y_px, span.y_px);
            span.alpha = mix(old.alpha, span.alpha);
        }
    }
    for lane in &mut scene.lanes {
        if let Some(old) = old.lanes.get(&lane.key) {
            lane.y_px = mix(old.y_px, lane.y_px);
            lane.height_px = mix(old.height_px, lane.height_px);
        }
    }
    scene.viewport = before.viewport.between(&scene.viewport, t);
    scene.plot.x0_px = mix(before.plot.x0_px, scene.plot.x0_px);
    scene.plot.y1_px = mix(before.plot.y1_px, scene.plot.y1_px);
    let map = &mut scene.minimap;
    map.lens_x0_px = mix(before.minimap.lens_x0_px, map.lens_x0_px);
    map.lens_x1_px = mix(before.minimap.lens_x1_px, map.lens_x1_px);
    for tick in &mut scene.ticks {
        tick.x_px = scene.viewport.px_from_rev(tick.rev, &scene.plot);
    }
    for link in &mut scene.links {
        link.x_px = scene.viewport.px_from_rev(link.rev, &scene.plot);
    }
}

/// Transactions of one line that appear one after the other; those behind them with the last.
const ONE_BY_ONE: usize = 8;

/// What is new grows, one transaction after the other: marks pop, bars run from their start to
/// their end.
fn appear(before: &Scene, old: &Old<'_>, scene: &mut Scene, whole: f64) {
    let is_added = |mark: &&Mark| old.mark(mark).is_none();
    let mut added: Vec<i64> = Vec::new();
    for mark in scene.marks.iter().filter(is_added) {
        // Kept in order one by one: the sort of the library is 4 kB of the page's program.
        if let Err(at) = added.binary_search(&mark.main) {
            added.insert(at, mark.main);
        }
    }
    let parts = added.len().clamp(1, ONE_BY_ONE);
    let part = |rev: i64| {
        let turn = added.partition_point(|main| *main < rev).min(parts - 1);
        let (from, to) = (turn as f64, turn as f64 + 1.0);
        phase(whole, from / parts as f64, to / parts as f64)
    };
    for mark in &mut scene.marks {
        if old.mark(mark).is_none() {
            let t = part(mark.main);
            // A little past its size and back: the eye is drawn to it.
            mark.scale = t * (1.0 + 0.35 * (1.0 - t) * 4.0 * t);
        }
    }
    for span in &mut scene.spans {
        if old.span(span).is_none() {
            let t = part(span.from_rev);
            span.x1_px = span.x0_px + (span.x1_px - span.x0_px) * t;
            span.alpha = t;
        }
    }
    let is_new = |rev: i64| !before.links.iter().any(|link| link.rev == rev);
    scene
        .links
        .retain(|link| part(link.rev) >= 0.9 || !is_new(link.rev));
}

/// Where the sweeping line is.
fn sweep_px(before: &Scene, scene: &Scene, t: f64) -> f64 {
    let edge = |rev: i64| {
        scene
            .viewport
            .px_from_rev_offset(rev.max(0), -0.5, &scene.plot)
            .clamp(scene.plot.x0_px, scene.plot.x1_px)
    };
    let (from, to) = (edge(before.compact_revision), edge(scene.compact_revision));
    from + (to - from) * t
}

/// What was there before, by what it stands for.
struct Old<'a> {
    marks: HashMap<(u32, i64, i64), &'a Mark>,
    ghosts: HashMap<(u32, i64, i64), &'a Mark>,
    spans: HashMap<(u32, i64, SpanLook), &'a Span>,
    lanes: HashMap<u32, &'a Lane>,
}

impl<'a> Old<'a> {
    fn of(scene: &'a Scene) -> Self {
        let (marks, spans, lanes) = (&scene.marks, &scene.spans, &scene.lanes);
        let ghosts = scene.ghosts.iter();
        Self {
            ghosts: ghosts.map(|mark| (mark_id(mark), mark)).collect(),
            marks: marks.iter().map(|mark| (mark_id(mark), mark)).collect(),
            spans: spans.iter().map(|span| (span_id(span), span)).collect(),
            lanes: lanes.iter().map(|lane| (lane.key, lane)).collect(),
        }
    }

    fn mark(&self, mark: &Mark) -> Option<&'a Mark> {
        self.marks.get(&mark_id(mark)).copied()
    }

    fn span(&self, span: &Span) -> Option<&'a Span> {
        self.spans.get(&span_id(span)).copied()
    }
}

fn mark_id(mark: &Mark) -> (u32, i64, i64) {
    (mark.key, mark.main, mark.sub)
}

fn span_id(span: &Span) -> (u32, i64, SpanLook) {
    (span.key, span.from_rev, span.look)
}

/// The part of `t` between `from` and `to`, as 0 to 1.
fn phase(t: f64, from: f64, to: f64) -> f64 {
    ((t - from) / (to - from)).clamp(0.0, 1.0)
}

/// Fast at first, calm at the end.
fn ease(t: f64) -> f64 {
    1.0 - (1.0 - t).powi(3)
}
