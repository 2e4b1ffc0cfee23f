//! A canvas of the page as a plotters backend, quick at thousands of marks.
//!
//! A canvas keeps its colours and its font from mark to mark, so each is told to it only when it
//! changes, and as a string that JavaScript already has: telling them anew took as long as drawing.

use std::f64::consts::TAU;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// A canvas that is being drawn on.
pub struct Surface {
    size: (u32, u32),
    context: CanvasRenderingContext2d,
    colors: Vec<(Color, JsValue)>,
    fill: Option<Color>,
    stroke: Option<Color>,
    width: Option<u32>,
    font: Option<(f64, String, String)>,
    anchor: Option<(&'static str, &'static str)>,
}

/// Red, green, blue and opacity.
type Color = [u8; 4];

/// A canvas that refuses, as one without a size does.
#[derive(Debug, thiserror::Error)]
#[error("the canvas refuses to draw")]
pub struct Refused;

type Done = Result<(), DrawingErrorKind<Refused>>;

impl Surface {
    /// The drawing surface of a canvas; none where the browser has no more of them.
    pub fn of(canvas: &HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self {
            size: (canvas.width(), canvas.height()),
            context,
            colors: Vec::new(),
            fill: None,
            stroke: None,
            width: None,
            font: None,
            anchor: None,
        })
    }

    /// A colour as a string that JavaScript has.
    fn name(&mut self, color: Color) -> JsValue {
        if let Some((_, name)) = self.colors.iter().find(|(known, _)| *known == color) {
            return name.clone();
        }
        let name = JsValue::from(format!("#{:08x}", u32::from_be_bytes(color)));
        self.colors.push((color, name.clone()));
        name
    }

    #[expect(deprecated, reason = "the newer form brings each string over anew")]
    fn fill_with(&mut self, color: BackendColor) {
        let color = bytes(color);
        if self.fill.replace(color) != Some(color) {
            let name = self.name(color);
            self.context.set_fill_style(&name);
        }
    }

    #[expect(deprecated, reason = "the newer form brings each string over anew")]
    fn stroke_with(&mut self, style: &impl BackendStyle) {
        let (color, width) = (bytes(style.color()), style.stroke_width());
        if self.stroke.replace(color) != Some(color) {
            let name = self.name(color);
            self.context.set_stroke_style(&name);
        }
        if self.width.replace(width) != Some(width) {
            self.context.set_line_width(f64::from(width));
        }
    }

    fn write_with(&mut self, style: &impl BackendTextStyle) {
        let (size, slant, family) = (style.size(), style.style(), style.family());
        let (weight, family) = (slant.as_str(), family.as_str());
        let is_same = self.font.as_ref().is_some_and(|(of_size, of_weight, of)| {
            of_size.to_bits() == size.to_bits() && of_weight == weight && of == family
        });
        if !is_same {
            self.context
                .set_font(&format!("{weight} {size}px {family}"));
            self.font = Some((size, weight.to_owned(), family.to_owned()));
        }
        let anchor = style.anchor();
        let across = match anchor.h_pos {
            HPos::Left => "start",
            HPos::Center => "center",
            HPos::Right => "end",
        };
        let along = match anchor.v_pos {
            VPos::Top => "top",
            VPos::Center => "middle",
            VPos::Bottom => "bottom",
        };
        if self.anchor.replace((across, along)) != Some((across, along)) {
            self.context.set_text_align(across);
            self.context.set_text_baseline(along);
        }
    }

    /// Begins a path through points.
    fn through(&self, points: impl IntoIterator<Item = BackendCoord>) {
        self.context.begin_path();
        for (x, y) in points {
            // The first one of a path begins it, whatever it is called.
            self.context.line_to(f64::from(x), f64::from(y));
        }
    }
}

fn bytes(color: BackendColor) -> Color {
    let (red, green, blue) = color.rgb;
    [red, green, blue, (color.alpha * 255.0).round() as u8]
}

fn refused(_: JsValue) -> DrawingErrorKind<Refused> {
    DrawingErrorKind::DrawingError(Refused)
}

impl DrawingBackend for Surface {
    type ErrorType = Refused;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Done {
        self.fill_with(color);
        self.context.fill_rect(f64::from(x), f64::from(y), 1.0, 1.0);
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Done {
        let (x, y) = (f64::from(left), f64::from(top));
        let (width, height) = (f64::from(right - left), f64::from(bottom - top));
        if fill {
            self.fill_with(style.color());
            self.context.fill_rect(x, y, width, height);
        } else {
            self.stroke_with(style);
            self.context.stroke_rect(x, y, width, height);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.stroke_with(style);
        self.through(path);
        self.context.stroke();
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        self.fill_with(style.color());
        self.through(path);
        self.context.fill();
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Done {
        self.context.begin_path();
        self.context
            .arc(f64::from(x), f64::from(y), f64::from(radius), 0.0, TAU)
            .map_err(refused)?;
        if fill {
            self.fill_with(style.color());
            self.context.fill();
        } else {
            self.stroke_with(style);
            self.context.stroke();
        }
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Done {
        self.fill_with(style.color());
        self.write_with(style);
        self.context
            .fill_text(text, f64::from(x), f64::from(y))
            .map_err(refused)
    }
}
