//! Painting a scene on a canvas, for the screen and for what leaves the page.

use plotters::prelude::IntoDrawingArea;
use web_sys::HtmlCanvasElement;

use super::surface::Surface;
use crate::timeline::{Focus, Scene, Shade, paint};
use crate::web::frame::is_more_contrast;

/// The colours for a reader of this page.
pub fn shade(is_dark: bool) -> Shade {
    match (is_dark, is_more_contrast()) {
        (false, false) => Shade::Light,
        (true, false) => Shade::Dark,
        (false, true) => Shade::LightContrast,
        (true, true) => Shade::DarkContrast,
    }
}

/// Paints a scene on a canvas, which gets the size of it.
pub fn paint_on(
    canvas: &HtmlCanvasElement,
    scene: &Scene,
    focus: &Focus,
    shade: Shade,
    scale: f64,
) {
    let (width, height) = (
        (scene.width_px * scale).round() as u32,
        (scene.height_px * scale).round() as u32,
    );
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
        let size = format!("width: {}px; height: {}px", scene.width_px, scene.height_px);
        // A size of our own making is always valid.
        drop(canvas.set_attribute("style", &size));
    }
    if let Some(surface) = Surface::of(canvas) {
        let area = surface.into_drawing_area();
        // A canvas that refuses to draw leaves the table twin.
        drop(paint(scene, focus, &shade.palette(), &area, scale));
    }
}
