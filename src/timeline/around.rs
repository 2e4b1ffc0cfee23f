//! Around the lanes: their names, the axis, the minimap, what is marked, the notes below.

use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::layout::{INDENT_PX, SIGN_PX};
use super::paint::{Done, Picture, grouped};
use super::scene::Scene;
use super::shapes::{MONO, NOTE, NUMBER};

/// Between the names' counts and the first marks.
const GUTTER_PX: f64 = 10.0;
/// Lanes of this height have room below their bars.
const THEN_FROM_PX: f64 = 44.0;

impl<DB: DrawingBackend> Picture<'_, DB> {
    /// The numbers of the revisions; those at the edges stay inside of the picture.
    pub(super) fn axis(&self) -> Done<DB> {
        let Scene { plot, width_px, .. } = *self.scene;
        // Closer to the lanes where times stand above.
        let above_px = match self.scene.times.is_empty() {
            true => 14.0,
            false => 10.0,
        };
        for tick in &self.scene.ticks {
            let label = grouped(tick.rev);
            let half = label.chars().count() as f64 * 3.9 + 2.0;
            let at = (tick.x_px.min(width_px - half), plot.y0_px - above_px);
            self.on
                .text(&label, at, HPos::Center, MONO, self.palette.muted)?;
        }
        Ok(())
    }

    /// Times, above the revisions that they belong to.
    pub(super) fn times(&self) -> Done<DB> {
        let Scene {
            plot,
            width_px,
            viewport,
            ..
        } = *self.scene;
        let mut free_px = plot.x0_px;
        for time in &self.scene.times {
            let half = time.text.chars().count() as f64 * 3.3 + 6.0;
            let tick_px = viewport.px_from_rev(time.rev, &plot);
            let x_px = tick_px.min(width_px - half);
            if x_px - half < free_px || !(plot.x0_px..=plot.x1_px).contains(&tick_px) {
                continue;
            }
            free_px = x_px + half;
            let at = (x_px, plot.y0_px - 26.0);
            self.on
                .text(&time.text, at, HPos::Center, NOTE, self.palette.muted)?;
        }
        Ok(())
    }

    /// What each key held at the playhead, below its bar.
    pub(super) fn then(&self) -> Done<DB> {
        let is_told = self.scene.as_of == self.focus.playhead;
        let Some(x_px) = self.playhead_px().filter(|_| is_told) else {
            return Ok(());
        };
        let plot = self.scene.plot;
        for lane in self
            .scene
            .lanes
            .iter()
            .filter(|lane| lane.height_px >= THEN_FROM_PX)
        {
            let y_px = lane.y_px + lane.height_px - 7.0;
            let Some(text) = lane
                .then
                .as_ref()
                .filter(|_| plot.y0_px < y_px && y_px < plot.y1_px)
            else {
                continue;
            };
            let width = text.chars().count() as f64 * 6.6 + 8.0;
            let is_left = x_px + width > plot.x1_px;
            let left = if is_left {
                x_px - width - 2.0
            } else {
                x_px + 2.0
            };
            let (a, b) = ((left, y_px - 7.0), (left + width, y_px + 6.0));
            self.on.rect(a, b, self.palette.card)?;
            let at = (left + 4.0, y_px);
            self.on.text(text, at, HPos::Left, NOTE, self.palette.ink)?;
        }
        Ok(())
    }

    /// A mark that moves out at the left goes under the names.
    fn gutter(&self) -> Done<DB> {
        let edge = self.scene.plot.x0_px - GUTTER_PX;
        let mut marks = self.scene.marks.iter().chain(&self.scene.ghosts);
        if !marks.any(|mark| mark.x_px - mark.radius_px < edge) {
            return Ok(());
        }
        for lane in &self.scene.lanes {
            let color = match lane.index.is_multiple_of(2) {
                true => self.palette.stripe,
                false => self.palette.card,
            };
            let bottom = lane.y_px + lane.height_px;
            self.on.rect((0.0, lane.y_px), (edge, bottom), color)?;
        }
        Ok(())
    }

    /// The names of the lanes: moved in by their depth, a sign before a prefix, its keys behind.
    pub(super) fn labels(&self) -> Done<DB> {
        let plot = self.scene.plot;
        self.gutter()?;
        for lane in &self.scene.lanes {
            let y_px = lane.y_px + lane.height_px / 2.0;
            if y_px < plot.y0_px || y_px > plot.y1_px {
                continue;
            }
            if self.focus.lane == Some(lane.key) {
                let (a, b) = (
                    (0.0, lane.y_px + 3.0),
                    (3.0, lane.y_px + lane.height_px - 3.0),
                );
                self.on.rect(a, b, self.palette.accent)?;
            }
            if lane.is_pinned {
                self.on.disc((8.0, y_px), 2.5, self.palette.accent)?;
            }
            let color = if lane.is_live {
                self.palette.ink
            } else {
                self.palette.muted
            };
            let mut x_px = 14.0 + f64::from(lane.depth) * INDENT_PX;
            if let Some(group) = lane.group {
                self.on
                    .arrow((x_px + 4.0, y_px), group.is_open, self.palette.muted)?;
                x_px += SIGN_PX;
                let count = grouped(i64::try_from(group.keys).unwrap_or(i64::MAX));
                let at = (plot.x0_px - 12.0, y_px);
                let from_px = at.0 - count.chars().count() as f64 * 7.0;
                if x_px + lane.label.chars().count() as f64 * 7.5 < from_px {
                    self.on
                        .text(&count, at, HPos::Right, NOTE, self.palette.muted)?;
                }
            }
            self.on
                .text(&lane.label, (x_px, y_px), HPos::Left, MONO, color)?;
            if lane.is_hit {
                let right = x_px + lane.label.chars().count() as f64 * 7.5;
                self.found(x_px, right, y_px + 9.0)?;
            }
        }
        if self.scene.lanes.iter().any(|lane| lane.is_pinned) {
            let pinned = self.scene.lanes.iter().filter(|lane| lane.is_pinned);
            let y_px = pinned
                .map(|lane| lane.y_px + lane.height_px)
                .fold(0.0, f64::max);
            let ends = ((0.0, y_px), (self.scene.width_px, y_px));
            self.on.line(ends.0, ends.1, self.palette.line, 1.0)?;
        }
        Ok(())
    }

    /// What the reader marked.
    pub(super) fn area(&self) -> Done<DB> {
        let Some(area) = self.focus.area else {
            return Ok(());
        };
        let Scene { plot, viewport, .. } = self.scene;
        let x_px = |rev: i64, offset: f64| {
            let x_px = viewport.px_from_rev_offset(rev, offset, plot);
            x_px.clamp(plot.x0_px, plot.x1_px)
        };
        let (x0_px, x1_px) = (x_px(area.from, -0.5), x_px(area.to, 0.5));
        let (first, last) = area.lanes.unwrap_or((0, u64::MAX));
        let inside = self
            .scene
            .lanes
            .iter()
            .filter(|lane| (first..=last).contains(&lane.index));
        let (y0_px, y1_px) = inside.fold((f64::INFINITY, 0.0_f64), |(top, bottom), lane| {
            (top.min(lane.y_px), bottom.max(lane.y_px + lane.height_px))
        });
        let (y0_px, y1_px) = (y0_px.max(plot.y0_px), y1_px.min(plot.y1_px));
        if x0_px >= x1_px || y0_px >= y1_px {
            return Ok(());
        }
        let (a, b) = ((x0_px, y0_px), (x1_px, y1_px));
        self.on
            .rect(a, b, self.palette.accent.over(self.palette.card, 0.12))?;
        self.on.frame(a, b, self.palette.accent, 1.0)
    }

    pub(super) fn minimap(&self) -> Done<DB> {
        let (map, plot) = (&self.scene.minimap, self.scene.plot);
        let (top, bottom) = (map.y0_px, map.y1_px);
        if let Some(x_px) = map.compacted_x_px {
            self.on
                .rect((plot.x0_px, top), (x_px, bottom), self.palette.compacted)?;
        }
        let width = plot.width_px() / map.columns.len().max(1) as f64;
        for (index, fill) in map.columns.iter().enumerate() {
            if *fill > 0.0 {
                let x_px = plot.x0_px + index as f64 * width;
                let y_px = bottom - 3.0 - f64::from(*fill) * (bottom - top - 6.0);
                let right = x_px + (width - 0.5).max(1.5);
                let color = self.palette.accent.over(self.palette.card, 0.7);
                self.on.rect((x_px, y_px), (right, bottom - 3.0), color)?;
            }
        }
        for (index, _) in map.hits.iter().enumerate().filter(|(_, hits)| **hits > 0.0) {
            let x_px = plot.x0_px + index as f64 * width;
            self.found(x_px, x_px + width, bottom - 3.0)?;
        }
        let whole = ((plot.x0_px, top), (plot.x1_px, bottom));
        self.on.frame(whole.0, whole.1, self.palette.line, 1.0)?;
        let lens = ((map.lens_x0_px, top), (map.lens_x1_px, bottom));
        let color = self.palette.accent.over(self.palette.card, 0.6);
        self.on.frame(lens.0, lens.1, color, 1.0)
    }

    /// What the lines mean, below the lanes.
    pub(super) fn foot(&self) -> Done<DB> {
        let Scene {
            plot,
            viewport,
            head,
            ..
        } = self.scene;
        let y_px = plot.y1_px + 17.0;
        let playhead_px = self.playhead_px();
        let note = |text: &str, x_px: f64, side: HPos| {
            self.on
                .text(text, (x_px, y_px), side, NOTE, self.palette.muted)
        };
        let pill = playhead_px.zip(self.focus.playhead).map(|(x_px, rev)| {
            let text = format!("as of {}", grouped(rev));
            let half = text.chars().count() as f64 * 3.4 + 12.0;
            let x_px = x_px.clamp(
                plot.x0_px + half,
                (plot.x1_px - half).max(plot.x0_px + half),
            );
            (text, x_px, half)
        });
        let (pill_x0, pill_x1) = pill
            .as_ref()
            .map_or((f64::INFINITY, f64::NEG_INFINITY), |(_, x, half)| {
                (x - half, x + half)
            });
        let head_px = viewport.px_from_rev(*head, plot);
        let head_text = format!("head {}", grouped(*head));
        let head_width = head_text.chars().count() as f64 * 6.6;
        let fits_right = head_px + 8.0 + head_width <= plot.x1_px + 12.0;
        let head_x0 = if fits_right {
            head_px + 8.0
        } else {
            head_px - 8.0 - head_width
        };
        let head_clear = head_x0 > pill_x1 + 4.0 || head_x0 + head_width < pill_x0 - 4.0;
        if head_clear && plot.x0_px <= head_px && head_px <= plot.x1_px {
            note(&head_text, head_x0, HPos::Left)?;
        }
        if self.compacted_edge().is_some() && self.scene.compact_revision > 0 {
            let rev = grouped(self.scene.compact_revision);
            let long = format!(
                "compacted at {rev}: of the time before, only the last version of each key remains"
            );
            let short = format!("compacted at {rev}");
            let room = pill_x0.min(head_x0) - plot.x0_px - 12.0;
            let fits = |text: &str| text.chars().count() as f64 * 6.2 <= room;
            if let Some(text) = [&long, &short].into_iter().find(|text| fits(text)) {
                note(text, plot.x0_px, HPos::Left)?;
            }
        }
        if let Some((text, x_px, half)) = pill {
            let (a, b) = ((x_px - half, y_px - 9.0), (x_px + half, y_px + 9.0));
            self.on.bar(a, b, false, self.palette.accent)?;
            self.on.text(
                &text,
                (x_px, y_px),
                HPos::Center,
                NUMBER,
                self.palette.on_mark,
            )?;
        }
        Ok(())
    }
}
