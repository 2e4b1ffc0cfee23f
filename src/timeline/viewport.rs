//! Revisions to pixels and back.
//!
//! Three spaces meet here: revisions (`i64`), logical pixels of the picture (`_px`, `f64`) and,
//! only in `paint`, device pixels. A revision is first subtracted from the start of the viewport
//! as an exact integer and only then becomes a float, so that neighbours stay apart at 10^15.

use serde::{Deserialize, Serialize};

/// The part of the picture where revisions are drawn, in logical pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// Left edge.
    pub x0_px: f64,
    /// Right edge.
    pub x1_px: f64,
    /// Top of the first lane.
    pub y0_px: f64,
    /// Bottom of the lanes.
    pub y1_px: f64,
}

impl Plot {
    /// Width of the plot, at least one pixel.
    pub fn width_px(&self) -> f64 {
        (self.x1_px - self.x0_px).max(1.0)
    }
}

/// The visible range of revisions: `span` of them, from `from + offset` on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Viewport {
    /// The whole part of the left edge.
    pub from: i64,
    /// The fraction of a revision that the left edge is behind `from`; 0 to 1.
    pub offset: f64,
    /// How many revisions are visible.
    pub span: f64,
}

/// The narrowest view: a little more than one revision.
const MIN_SPAN: f64 = 1.5;

impl Viewport {
    /// The whole history of a store at revision `head`, with room for what comes next.
    pub fn fit(head: i64) -> Self {
        Self {
            from: 0,
            offset: 0.5,
            span: (head.max(1) as f64 + 1.0).max(8.0),
        }
    }

    /// Two revisions at the edges, each with a revision's room beside it.
    pub fn between_revisions(from: i64, to: i64) -> Self {
        let (from, to) = (from.min(to), from.max(to));
        Self {
            from: from.saturating_sub(1),
            offset: 0.0,
            span: (i128::from(to) - i128::from(from)) as f64 + 2.0,
        }
    }

    /// What lies between two fractions of the whole history of a store at revision `head`.
    pub fn between_fractions(from: f64, to: f64, head: i64) -> Self {
        let whole = Self::fit(head);
        let (from, to) = (from.min(to).clamp(0.0, 1.0), from.max(to).clamp(0.0, 1.0));
        let span = (whole.span * (to - from)).max(MIN_SPAN.min(whole.span));
        whole.moved(whole.span * from, span, head)
    }

    /// X of a revision; may lie outside of the plot.
    pub fn px_from_rev(&self, rev: i64, plot: &Plot) -> f64 {
        self.px_from_rev_offset(rev, 0.0, plot)
    }

    /// X of a place between two revisions.
    pub fn px_from_rev_offset(&self, rev: i64, offset: f64, plot: &Plot) -> f64 {
        let whole = (i128::from(rev) - i128::from(self.from)) as f64;
        plot.x0_px + (whole - self.offset + offset) / self.span * plot.width_px()
    }

    /// The revision nearest to an x.
    pub fn rev_from_px(&self, x_px: f64, plot: &Plot) -> i64 {
        let behind = (x_px - plot.x0_px) / plot.width_px() * self.span + self.offset;
        self.from.saturating_add(behind.round() as i64)
    }

    /// The first revision at or to the right of an x.
    pub fn rev_at_or_after_px(&self, x_px: f64, plot: &Plot) -> i64 {
        let behind = (x_px - plot.x0_px) / plot.width_px() * self.span + self.offset;
        self.from.saturating_add(behind.ceil() as i64)
    }

    /// Pixels between two revisions.
    pub fn px_per_rev(&self, plot: &Plot) -> f64 {
        plot.width_px() / self.span
    }

    /// The first and last revision that may touch the plot.
    pub fn visible(&self) -> (i64, i64) {
        let last = self
            .from
            .saturating_add((self.offset + self.span).ceil() as i64);
        (self.from, last)
    }

    /// Zooms by `factor` (above 1: closer) and keeps the revision under `at` in place; `at` is a
    /// fraction of the plot's width.
    pub fn zoomed(&self, factor: f64, at: f64, head: i64) -> Self {
        let max_span = Self::fit(head).span * 1.25;
        let factor = if factor.is_finite() { factor } else { 1.0 };
        let at = if at.is_finite() { at } else { 0.5 };
        let span = (self.span / factor.clamp(0.05, 20.0)).clamp(MIN_SPAN.min(max_span), max_span);
        self.moved((self.span - span) * at.clamp(0.0, 1.0), span, head)
    }

    /// Moves the left edge by a number of revisions.
    pub fn panned(&self, revisions: f64, head: i64) -> Self {
        self.moved(revisions, self.span, head)
    }

    /// Puts a revision into the middle, at the same zoom.
    pub fn centred(&self, rev: i64, head: i64) -> Self {
        let at_rev = Self {
            from: rev,
            offset: 0.0,
            span: self.span,
        };
        at_rev.moved(-self.span / 2.0, self.span, head)
    }

    /// The same place with the left edge moved by `by` revisions and another span, kept inside
    /// of the history.
    fn moved(&self, by: f64, span: f64, head: i64) -> Self {
        let position = self.offset + by;
        let whole = position.floor();
        let mut out = Self {
            from: self.from.saturating_add(whole as i64),
            offset: position - whole,
            span,
        };
        let fit = Self::fit(head);
        // At most a quarter of the view may lie outside of the history, on either side.
        let slack = span * 0.25;
        let lowest = fit.offset - slack;
        let highest = (fit.offset + fit.span - span + slack).max(lowest);
        let place = out.from as f64 + out.offset;
        if place < lowest || place > highest {
            let place = place.clamp(lowest, highest);
            out.from = place.floor() as i64;
            out.offset = place - place.floor();
        }
        out
    }

    /// A view on the way from this one to `to`; `t` from 0 to 1.
    pub fn between(&self, to: &Self, t: f64) -> Self {
        let distance = (i128::from(to.from) - i128::from(self.from)) as f64;
        let position = self.offset + (distance + to.offset - self.offset) * t;
        let whole = position.floor();
        Self {
            from: self.from.saturating_add(whole as i64),
            offset: position - whole,
            span: self.span + (to.span - self.span) * t,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLOT: Plot = Plot {
        x0_px: 80.0,
        x1_px: 880.0,
        y0_px: 0.0,
        y1_px: 100.0,
    };

    #[test]
    fn neighbours_stay_apart_at_huge_revisions() {
        let view = Viewport {
            from: i64::MAX - 20,
            offset: 0.0,
            span: 10.0,
        };
        let a = view.px_from_rev(i64::MAX - 15, &PLOT);
        let b = view.px_from_rev(i64::MAX - 14, &PLOT);
        assert!((b - a - 80.0).abs() < 1e-9);
    }

    #[test]
    fn extremes_do_not_overflow() {
        let view = Viewport::fit(i64::MAX);
        assert!(view.px_from_rev(i64::MIN, &PLOT).is_finite());
        let (_, last) = view.panned(1e300, i64::MAX).visible();
        assert!(last >= view.from);
        let _ = view.rev_from_px(f64::MAX, &PLOT);
        let odd = view.zoomed(f64::NAN, f64::NAN, 1);
        assert!(odd.span.is_finite() && odd.offset.is_finite());
    }

    proptest! {
        #[test]
        fn pixels_and_revisions_invert(
            from in 0i64..1_000_000_000_000,
            offset in 0.0..1.0,
            span in 2.0..500.0,
            step in 0i64..500,
        ) {
            let view = Viewport { from, offset, span };
            let rev = from + step;
            prop_assert_eq!(view.rev_from_px(view.px_from_rev(rev, &PLOT), &PLOT), rev);
        }

        #[test]
        fn zoom_keeps_what_is_under_the_cursor(at in 0.3..0.7, factor in 1.0..2.0) {
            let view = Viewport { from: 500, offset: 0.25, span: 100.0 };
            let x = PLOT.x0_px + at * PLOT.width_px();
            let rev = view.rev_from_px(x, &PLOT);
            let closer = view.zoomed(factor, at, 1000);
            prop_assert!((closer.rev_from_px(x, &PLOT) - rev).abs() <= 1);
        }
    }
}
