//! The picture: a history and a view become a [`Scene`], and a scene is painted.
//!
//! ```text
//! history + View --layout--> Scene --tween--> Scene --paint--> any plotters backend
//!                (culled, binned)   (motion)
//! ```
//!
//! [`layout`] thinks and [`paint`] obeys. A scene's size depends on the pixels it fills, never on
//! the number of revisions behind it. Start from [`Scene`].

mod area;
mod around;
mod camera;
mod hit;
mod lanes;
mod layout;
mod motion;
mod paint;
mod palette;
mod scene;
mod shapes;
mod text;
mod viewport;

pub use area::{Sums, summarize};
pub use camera::project;
pub use hit::{Hit, hit};
pub use lanes::{Arrangement, Group, Grouping, LaneOrder, LaneRow, Marked, Sort};
pub use layout::{Ghosts, lanes_height_px, layout, layout_lanes};
pub use motion::{Motion, tween};
pub use paint::{Focus, grouped, paint};
pub use palette::{Palette, Rgb, Shade};
pub use scene::{
    Area, Bin, Folded, Lane, Link, Mark, MarkKind, Minimap, Scene, Span, SpanLook, Tick, Time, View,
};
pub use text::to_text;
pub use viewport::{Plot, Viewport};
