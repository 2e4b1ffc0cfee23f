//! A scene on a plotters backend: loops and colours, no decisions about data.
//!
//! The same code paints the canvas on the page, the SVG and PNG for export, and the text that
//! tests compare.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use serde::{Deserialize, Serialize};

use super::palette::Palette;
use super::scene::{Area, Mark, MarkKind, Scene, SpanLook};
use super::shapes::{NUMBER, PaintError, Painter};
use crate::kv::Revision;

/// What the reader looks at, on top of a scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Focus {
    /// The store is shown as of this revision; none follows the head.
    pub playhead: Option<i64>,
    /// The change whose fields are shown.
    pub selected: Option<Revision>,
    /// X up to which a compaction has swept; only in motion.
    pub sweep_x_px: Option<f64>,
    /// The lane that keys act on, by its number.
    pub lane: Option<u32>,
    /// What the reader marked.
    pub area: Option<Area>,
}

const BAR_PX: f64 = 20.0;
/// Links from which on they step back.
const MANY_LINKS: usize = 6;

/// Paints a scene at `scale` device pixels to a logical one.
pub fn paint<DB: DrawingBackend>(
    scene: &Scene,
    focus: &Focus,
    palette: &Palette,
    area: &DrawingArea<DB, Shift>,
    scale: f64,
) -> Result<(), PaintError<DB>> {
    let picture = Picture {
        scene,
        focus,
        palette,
        on: Painter::new(area, scale),
    };
    picture.ground()?;
    picture.area()?;
    picture.grid()?;
    picture.bars()?;
    picture.lines()?;
    picture.ghosts()?;
    picture.bins()?;
    for mark in &scene.marks {
        picture.mark(mark)?;
    }
    picture.then()?;
    picture.labels()?;
    picture.margins()?;
    picture.axis()?;
    picture.times()?;
    picture.minimap()?;
    picture.foot()?;
    area.present()
}

pub(super) struct Picture<'a, DB: DrawingBackend> {
    pub(super) scene: &'a Scene,
    pub(super) focus: &'a Focus,
    pub(super) palette: &'a Palette,
    pub(super) on: Painter<'a, DB>,
}

pub(super) type Done<DB> = Result<(), PaintError<DB>>;

impl<DB: DrawingBackend> Picture<'_, DB> {
    /// Background, stripes, and the compacted time.
    fn ground(&self) -> Done<DB> {
        let Scene { plot, width_px, .. } = *self.scene;
        self.on.background(self.palette.card)?;
        for lane in &self.scene.lanes {
            if lane.index.is_multiple_of(2) {
                let bottom = (lane.y_px + lane.height_px).min(plot.y1_px);
                let top = lane.y_px.max(plot.y0_px);
                self.on
                    .rect((0.0, top), (width_px, bottom), self.palette.stripe)?;
            }
        }
        if let Some(edge) = self.compacted_edge() {
            let (a, b) = ((plot.x0_px, plot.y0_px), (edge, plot.y1_px));
            self.on.rect(a, b, self.palette.compacted)?;
            self.on.hatch(a, b, self.palette.hatch)?;
        }
        if let Some(x_px) = self.focus.sweep_x_px {
            let ends = ((x_px, plot.y0_px), (x_px, plot.y1_px));
            self.on.line(ends.0, ends.1, self.palette.tombstone, 2.0)?;
        }
        Ok(())
    }

    /// Right edge of the compacted zone, where some of it is visible.
    pub(super) fn compacted_edge(&self) -> Option<f64> {
        let Scene { plot, viewport, .. } = self.scene;
        let settled = (self.scene.compact_revision > 0)
            .then(|| viewport.px_from_rev_offset(self.scene.compact_revision, -0.5, plot));
        let edge = self.focus.sweep_x_px.or(settled)?.min(plot.x1_px);
        (edge > plot.x0_px).then_some(edge)
    }

    fn grid(&self) -> Done<DB> {
        let plot = self.scene.plot;
        for tick in &self.scene.ticks {
            self.on.line(
                (tick.x_px, plot.y0_px),
                (tick.x_px, plot.y1_px),
                self.palette.line,
                1.0,
            )?;
        }
        Ok(())
    }

    /// A lane that is scrolled half out of sight ends at the plot's edge.
    fn margins(&self) -> Done<DB> {
        let Scene {
            plot,
            width_px,
            height_px,
            ..
        } = *self.scene;
        let card = self.palette.card;
        self.on.rect((0.0, 0.0), (width_px, plot.y0_px), card)?;
        self.on
            .rect((0.0, plot.y1_px), (width_px, height_px), card)?;
        // The lines of head and playhead reach into the margins, to what is said of them there.
        if let Some(x_px) = self.head_px() {
            let (a, b) = ((x_px, plot.y1_px), (x_px, plot.y1_px + 6.0));
            self.on.dashes(a, b, (2.0, 4.0), self.palette.muted)?;
        }
        if let Some(x_px) = self.playhead_px() {
            for (from, to) in [(-4.0, 0.0), (0.0, 8.0)] {
                let edge = if from < 0.0 { plot.y0_px } else { plot.y1_px };
                let (a, b) = ((x_px, edge + from), (x_px, edge + to));
                self.on.line(a, b, self.palette.accent, 2.0)?;
            }
        }
        Ok(())
    }

    fn bars(&self) -> Done<DB> {
        for span in &self.scene.spans {
            let a = (span.x0_px, span.y_px - BAR_PX / 2.0);
            let b = (span.x1_px, span.y_px + BAR_PX / 2.0);
            match span.look {
                SpanLook::Retained => {
                    let tint = if span.generation % 2 == 1 {
                        self.palette.tint_odd
                    } else {
                        self.palette.tint_even
                    };
                    let color = tint.over(self.palette.card, span.alpha);
                    self.on.bar(a, b, span.is_open, color)?;
                }
                SpanLook::Compacted => {
                    let color = self
                        .palette
                        .muted
                        .over(self.palette.compacted, 0.75 * span.alpha);
                    for y_px in [a.1, b.1] {
                        self.on
                            .dashes((a.0, y_px), (b.0, y_px), (4.0, 3.0), color)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The head, the playhead, and the transactions.
    fn lines(&self) -> Done<DB> {
        let plot = self.scene.plot;
        if let Some(x_px) = self.head_px() {
            let (a, b) = ((x_px, plot.y0_px), (x_px, plot.y1_px));
            self.on.dashes(a, b, (2.0, 4.0), self.palette.muted)?;
        }
        // Where there are many, they must not hide what they link.
        let strength = if self.scene.links.len() > MANY_LINKS {
            0.4
        } else {
            1.0
        };
        let color = self.palette.accent.over(self.palette.card, strength);
        for link in &self.scene.links {
            let (a, b) = ((link.x_px, link.y0_px), (link.x_px, link.y1_px));
            self.on.line(a, b, color, 1.5)?;
        }
        if let Some(x_px) = self.playhead_px() {
            let (a, b) = ((x_px, plot.y0_px), (x_px, plot.y1_px));
            self.on.line(a, b, self.palette.accent, 2.0)?;
        }
        Ok(())
    }

    pub(super) fn head_px(&self) -> Option<f64> {
        let Scene { plot, viewport, .. } = self.scene;
        let x_px = viewport.px_from_rev(self.scene.head, plot);
        (plot.x0_px..=plot.x1_px).contains(&x_px).then_some(x_px)
    }

    pub(super) fn playhead_px(&self) -> Option<f64> {
        let Scene { plot, viewport, .. } = self.scene;
        let x_px = viewport.px_from_rev(self.focus.playhead?, plot);
        (plot.x0_px..=plot.x1_px).contains(&x_px).then_some(x_px)
    }

    fn bins(&self) -> Done<DB> {
        for bin in &self.scene.bins {
            // The eye compares heights of few with heights of many: a root keeps both in sight.
            let strength = if bin.room_px > 0.0 {
                bin.density.sqrt()
            } else {
                bin.density
            };
            let color = self
                .palette
                .accent
                .over(self.palette.card, 0.45 + 0.55 * strength);
            let (top, bottom) = if bin.room_px > 0.0 {
                let floor = bin.y_px + bin.room_px / 2.0;
                (floor - (bin.room_px * strength).max(2.0), floor)
            } else {
                let half = BAR_PX / 2.0 * (0.25 + 0.75 * strength);
                (bin.y_px - half, bin.y_px + half)
            };
            let right = bin.x1_px.max(bin.x0_px + 2.0);
            self.on.rect((bin.x0_px, top), (right, bottom), color)?;
            if bin.hits > 0 {
                self.found(bin.x0_px, right, bottom)?;
            }
        }
        Ok(())
    }

    /// Rows that only lie in free pages: hollow, with a broken outline, under those of the store.
    fn ghosts(&self) -> Done<DB> {
        let color = self.palette.muted;
        for bin in &self.scene.ghost_bins {
            let right = bin.x1_px.max(bin.x0_px + 3.0);
            for y_px in [bin.y_px - 5.0, bin.y_px + 5.0] {
                self.on
                    .dashes((bin.x0_px, y_px), (right, y_px), (3.0, 2.0), color)?;
            }
        }
        for ghost in &self.scene.ghosts {
            let middle = (ghost.x_px, ghost.y_px);
            let radius = ghost.radius_px * 0.9;
            self.on.disc(middle, radius, self.palette.card)?;
            match ghost.kind {
                MarkKind::Create => self.on.dashed_ring(middle, radius, color)?,
                MarkKind::Modify => {
                    let ((x0, y0), (x1, y1)) = corners(middle, radius * 0.88);
                    for (a, b) in [
                        ((x0, y0), (x1, y0)),
                        ((x1, y0), (x1, y1)),
                        ((x0, y1), (x1, y1)),
                        ((x0, y0), (x0, y1)),
                    ] {
                        self.on.dashes(a, b, (3.0, 2.5), color)?;
                    }
                }
                MarkKind::Tombstone => {
                    let ((x0, y0), (x1, y1)) = corners(middle, radius * 0.68);
                    self.on.dashes((x0, y0), (x1, y1), (3.0, 2.0), color)?;
                    self.on.dashes((x0, y1), (x1, y0), (3.0, 2.0), color)?;
                }
            }
            if ghost.version > 0 {
                let text = ghost.version.to_string();
                self.on.text(&text, middle, HPos::Center, NUMBER, color)?;
            }
            if self.focus.selected == Some(Revision::new(ghost.main, ghost.sub)) {
                let color = self.palette.ink;
                self.on.ring(middle, ghost.radius_px + 3.5, color, 2.0)?;
            }
        }
        Ok(())
    }

    fn mark(&self, mark: &Mark) -> Done<DB> {
        if mark.scale <= 0.02 {
            return Ok(());
        }
        let middle = (mark.x_px, mark.y_px);
        let radius = mark.radius_px * mark.scale;
        let is_selected = self.focus.selected == Some(Revision::new(mark.main, mark.sub));
        match (mark.kind, mark.is_compacted) {
            (MarkKind::Create, false) => self.on.disc(middle, radius, self.palette.create)?,
            (MarkKind::Modify, false) => {
                let side = radius * 0.92;
                let (a, b) = corners(middle, side);
                self.on.tile(a, b, 3.0, self.palette.accent)?;
            }
            (MarkKind::Tombstone, _) => self.cross(mark, radius)?,
            (_, true) => {
                self.on.disc(middle, radius, self.palette.card)?;
                self.on.ring(middle, radius, self.palette.muted, 1.0)?;
            }
        }
        if mark.version > 0 && mark.scale > 0.6 {
            let color = if mark.is_compacted {
                self.palette.muted
            } else {
                self.palette.on_mark
            };
            self.on.text(
                &mark.version.to_string(),
                middle,
                HPos::Center,
                NUMBER,
                color,
            )?;
        }
        if mark.has_lease {
            self.badge(mark)?;
        }
        if mark.is_hit {
            let (left, right) = (mark.x_px - radius, mark.x_px + radius);
            self.found(left, right, mark.y_px + mark.radius_px + 2.0)?;
        }
        if is_selected {
            self.on
                .ring(middle, mark.radius_px + 3.5, self.palette.ink, 2.0)?;
        }
        Ok(())
    }

    /// A put with a lease: a small disc at the shoulder of its mark.
    fn badge(&self, mark: &Mark) -> Done<DB> {
        let size = if mark.radius_px > 6.0 { 3.5 } else { 2.2 } * mark.scale.min(1.0);
        let away = mark.radius_px * 0.8;
        let middle = (mark.x_px + away, mark.y_px - away);
        let color = if mark.is_compacted {
            self.palette.muted
        } else {
            self.palette.lease
        };
        self.on.disc(middle, size + 1.2, self.palette.card)?;
        self.on.disc(middle, size, color)
    }

    /// What was looked for is underlined.
    pub(super) fn found(&self, left: f64, right: f64, y_px: f64) -> Done<DB> {
        let b = (right.max(left + 2.0), y_px + 3.0);
        self.on.rect((left, y_px), b, self.palette.found)
    }

    fn cross(&self, mark: &Mark, radius: f64) -> Done<DB> {
        let color = if mark.is_compacted {
            self.palette.muted
        } else {
            self.palette.tombstone
        };
        let ((x0, y0), (x1, y1)) = corners((mark.x_px, mark.y_px), radius * 0.68);
        let width = if mark.is_compacted { 1.8 } else { 3.0 };
        self.on.line((x0, y0), (x1, y1), color, width)?;
        self.on.line((x0, y1), (x1, y0), color, width)
    }
}

fn corners((x_px, y_px): (f64, f64), half: f64) -> ((f64, f64), (f64, f64)) {
    ((x_px - half, y_px - half), (x_px + half, y_px + half))
}

/// A revision with its thousands apart, as long numbers are read.
pub fn grouped(rev: i64) -> String {
    let digits = rev.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    if rev < 0 {
        out.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
