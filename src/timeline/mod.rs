//! The picture: a history and a view become a [`Scene`], and a scene is painted.
//!
//! ```text
//! history + View --layout--> Scene --tween--> Scene --paint--> any plotters backend
//!                (culled, binned)   (motion)
//! ```
//!
//! [`layout`] thinks and [`paint`] obeys. A scene's size depends on the pixels it fills, never on
//! the number of revisions behind it. Start from [`Scene`].

mod hit;
mod layout;
mod motion;
mod paint;
mod palette;
mod scene;
mod shapes;
mod viewport;

pub use hit::{Hit, hit};
pub use layout::{Ghosts, lanes_height_px, layout, layout_with_ghosts};
pub use motion::{Motion, tween};
pub use paint::{Focus, grouped, paint};
pub use palette::{Palette, Rgb};
pub use scene::{Bin, Lane, Link, Mark, MarkKind, Minimap, Scene, Span, SpanLook, Tick, View};
pub use viewport::{Plot, Viewport};
