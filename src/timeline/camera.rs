//! A picture seen through another viewport than the one it was laid out for.
//!
//! Laying out happens elsewhere and takes a moment; meanwhile the hand that zooms or pans sees
//! what is there already, moved and stretched. What was out of sight is missing until the next
//! scene comes.

use super::layout::ticks;
use super::scene::{Bin, Mark, Scene};
use super::viewport::{Plot, Viewport};

/// The same scene as if `viewport` were visible.
pub fn project(scene: &Scene, viewport: Viewport) -> Scene {
    let mut out = scene.clone();
    if viewport == scene.viewport {
        return out;
    }
    let plot = scene.plot;
    let from_px = scene
        .viewport
        .px_from_rev_offset(viewport.from, viewport.offset, &plot);
    let stretch = scene.viewport.span / viewport.span;
    let moved = |x_px: f64| plot.x0_px + (x_px - from_px) * stretch;

    let marks = |marks: &mut Vec<Mark>| {
        marks
            .iter_mut()
            .for_each(|mark| mark.x_px = moved(mark.x_px));
        marks.retain(|mark| {
            is_inside(
                &plot,
                mark.x_px - mark.radius_px,
                mark.x_px + mark.radius_px,
            )
        });
    };
    marks(&mut out.marks);
    marks(&mut out.ghosts);
    let bins = |bins: &mut Vec<Bin>| {
        for bin in bins.iter_mut() {
            let (x0_px, x1_px) = (moved(bin.x0_px), moved(bin.x1_px));
            bin.x0_px = x0_px.max(plot.x0_px);
            bin.x1_px = x1_px.min(plot.x1_px);
        }
        bins.retain(|bin| bin.x0_px < bin.x1_px);
    };
    bins(&mut out.bins);
    bins(&mut out.ghost_bins);
    for span in &mut out.spans {
        // What was cut at an edge goes on behind it.
        let was_cut = |x_px: f64, edge_px: f64| (x_px - edge_px).abs() < 0.5;
        let (cut_left, cut_right) = (
            was_cut(span.x0_px, plot.x0_px),
            was_cut(span.x1_px, plot.x1_px),
        );
        let (x0_px, x1_px) = (moved(span.x0_px), moved(span.x1_px));
        span.x0_px = if cut_left {
            plot.x0_px
        } else {
            x0_px.max(plot.x0_px)
        };
        span.x1_px = if cut_right {
            plot.x1_px
        } else {
            x1_px.min(plot.x1_px)
        };
    }
    out.spans.retain(|span| span.x0_px < span.x1_px);
    out.links
        .iter_mut()
        .for_each(|link| link.x_px = moved(link.x_px));
    out.links
        .retain(|link| is_inside(&plot, link.x_px, link.x_px));
    out.ticks = ticks(&viewport, &plot, scene.head);
    let whole = Viewport::fit(scene.head);
    let edge = |offset: f64| {
        let x_px = whole.px_from_rev_offset(viewport.from, offset, &plot);
        x_px.clamp(plot.x0_px, plot.x1_px)
    };
    out.minimap.lens_x0_px = edge(viewport.offset);
    out.minimap.lens_x1_px = edge(viewport.offset + viewport.span);
    out.viewport = viewport;
    out
}

fn is_inside(plot: &Plot, from_px: f64, to_px: f64) -> bool {
    to_px >= plot.x0_px && from_px <= plot.x1_px
}
