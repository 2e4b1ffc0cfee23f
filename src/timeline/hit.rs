//! What lies under a point of the picture.

use super::scene::Scene;
use crate::kv::Revision;

/// What a pointer touches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hit {
    /// A change: select it.
    Mark(Revision),
    /// Several changes, too close to tell apart: zoom to them.
    Bin(i64, i64),
    /// The strip below the lanes or the axis above them: move the playhead to this revision.
    Playhead(i64),
    /// The minimap, as a fraction of the whole history.
    Minimap(f64),
    /// A lane, away from its marks.
    Lane(u32),
    /// The name of a lane.
    Label(u32),
    /// Nothing.
    Nothing,
}

/// How far beside a mark still touches it; fingers are wide.
const SLACK_PX: f64 = 5.0;

/// Tells what is at a point in logical pixels.
pub fn hit(scene: &Scene, x_px: f64, y_px: f64) -> Hit {
    let plot = &scene.plot;
    let inside_x = plot.x0_px - SLACK_PX <= x_px && x_px <= plot.x1_px + SLACK_PX;
    if x_px < plot.x0_px - SLACK_PX {
        let is_beside = plot.y0_px <= y_px && y_px < plot.y1_px;
        return match lane(scene, y_px) {
            Hit::Lane(key) if x_px >= 0.0 && is_beside => Hit::Label(key),
            _ => Hit::Nothing,
        };
    }
    if !inside_x {
        return lane(scene, y_px);
    }
    if y_px <= scene.minimap.y1_px + 2.0 {
        return Hit::Minimap(((x_px - plot.x0_px) / plot.width_px()).clamp(0.0, 1.0));
    }
    if y_px < plot.y0_px || y_px > plot.y1_px {
        let rev = scene.viewport.rev_from_px(x_px, plot).clamp(1, scene.head);
        return Hit::Playhead(rev);
    }
    // A mark of the store lies over a ghost.
    let nearest = scene
        .marks
        .iter()
        .chain(&scene.ghosts)
        .map(|mark| ((mark.x_px - x_px).hypot(mark.y_px - y_px), mark))
        .filter(|(distance, mark)| *distance <= mark.radius_px + SLACK_PX)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, mark)) = nearest {
        return Hit::Mark(Revision::new(mark.main, mark.sub));
    }
    let bin = scene.bins.iter().chain(&scene.ghost_bins).find(|bin| {
        let reach_px = (bin.room_px / 2.0).max(12.0);
        bin.x0_px - 1.0 <= x_px && x_px <= bin.x1_px + 1.0 && (bin.y_px - y_px).abs() <= reach_px
    });
    match bin {
        Some(bin) => Hit::Bin(bin.from_rev, bin.to_rev),
        None => lane(scene, y_px),
    }
}

fn lane(scene: &Scene, y_px: f64) -> Hit {
    scene
        .lanes
        .iter()
        .find(|lane| lane.y_px <= y_px && y_px < lane.y_px + lane.height_px)
        .map_or(Hit::Nothing, |lane| Hit::Lane(lane.key))
}
