//! Drawing primitives over any plotters backend, in logical pixels.

use std::f64::consts::FRAC_1_SQRT_2;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::palette::Rgb;

/// What drawing on a backend may fail with.
pub type PaintError<DB> = DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>;
type Done<DB> = Result<(), PaintError<DB>>;

/// Text in the picture: a font, a size in logical pixels, a weight.
#[derive(Clone, Copy)]
pub struct Type {
    family: &'static str,
    size_px: f64,
    is_bold: bool,
}

/// Keys and numbers.
pub const MONO: Type = Type {
    family: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
    size_px: 12.5,
    is_bold: false,
};
/// Numbers inside marks.
pub const NUMBER: Type = Type {
    family: "system-ui, 'DejaVu Sans', sans-serif",
    size_px: 10.5,
    is_bold: true,
};
/// Notes below the lanes.
pub const NOTE: Type = Type {
    family: "system-ui, 'DejaVu Sans', sans-serif",
    size_px: 12.0,
    is_bold: false,
};

/// Points of a circle of radius 1, one every 15 degrees of a quarter. As a table: the functions
/// that would compute it are 9 kB of the page's program.
const QUARTER: [(f64, f64); 7] = [
    (1.0, 0.0),
    (0.965_925_826_289_068_3, 0.258_819_045_102_520_8),
    (0.866_025_403_784_438_6, 0.5),
    (FRAC_1_SQRT_2, FRAC_1_SQRT_2),
    (0.5, 0.866_025_403_784_438_6),
    (0.258_819_045_102_520_8, 0.965_925_826_289_068_3),
    (0.0, 1.0),
];
/// A dash of a ring of radius 1: two chords, over 12.6 degrees each.
const DASH: [(f64, f64); 3] = [
    (1.0, 0.0),
    (0.975_916_761_938_747_4, 0.218_143_241_396_542_6),
    (0.904_827_052_466_019_5, 0.425_779_291_565_072_7),
];

/// A drawing area and how many device pixels a logical one has.
pub struct Painter<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    scale: f64,
}

impl<'a, DB: DrawingBackend> Painter<'a, DB> {
    /// Draws on `area`, `scale` device pixels to a logical one.
    pub fn new(area: &'a DrawingArea<DB, Shift>, scale: f64) -> Self {
        Self { area, scale }
    }

    fn at(&self, (x_px, y_px): (f64, f64)) -> (i32, i32) {
        (
            (x_px * self.scale).round() as i32,
            (y_px * self.scale).round() as i32,
        )
    }

    fn width(&self, px: f64) -> u32 {
        (px * self.scale).round().max(1.0) as u32
    }

    /// One colour everywhere.
    pub fn background(&self, color: Rgb) -> Done<DB> {
        self.area.fill(&rgb(color))
    }

    /// A filled rectangle.
    pub fn rect(&self, a: (f64, f64), b: (f64, f64), color: Rgb) -> Done<DB> {
        let style = rgb(color).filled();
        self.area
            .draw(&Rectangle::new([self.at(a), self.at(b)], style))
    }

    /// The outline of a rectangle.
    pub fn frame(&self, a: (f64, f64), b: (f64, f64), color: Rgb, width_px: f64) -> Done<DB> {
        let style = rgb(color).stroke_width(self.width(width_px));
        self.area
            .draw(&Rectangle::new([self.at(a), self.at(b)], style))
    }

    /// A straight line.
    pub fn line(&self, a: (f64, f64), b: (f64, f64), color: Rgb, width_px: f64) -> Done<DB> {
        let style = rgb(color).stroke_width(self.width(width_px));
        self.area
            .draw(&PathElement::new([self.at(a), self.at(b)], style))
    }

    /// A line of dashes, `on` pixels drawn and `off` left out.
    pub fn dashes(
        &self,
        a: (f64, f64),
        b: (f64, f64),
        (on, off): (f64, f64),
        color: Rgb,
    ) -> Done<DB> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = dx.hypot(dy);
        let point = |at: f64| {
            let t = (at / length).min(1.0);
            (a.0 + dx * t, a.1 + dy * t)
        };
        let mut start = 0.0;
        while start < length {
            self.line(point(start), point(start + on), color, 1.2)?;
            start += on + off;
        }
        Ok(())
    }

    /// A filled circle.
    pub fn disc(&self, middle: (f64, f64), radius_px: f64, color: Rgb) -> Done<DB> {
        let radius = (radius_px * self.scale).round() as i32;
        self.area
            .draw(&Circle::new(self.at(middle), radius, rgb(color).filled()))
    }

    /// The outline of a circle.
    pub fn ring(&self, middle: (f64, f64), radius_px: f64, color: Rgb, width_px: f64) -> Done<DB> {
        let radius = (radius_px * self.scale).round() as i32;
        let style = rgb(color).stroke_width(self.width(width_px));
        self.area.draw(&Circle::new(self.at(middle), radius, style))
    }

    /// The outline of a circle in dashes: eight arcs, as chords.
    pub fn dashed_ring(&self, middle: (f64, f64), radius_px: f64, color: Rgb) -> Done<DB> {
        let mut dash = DASH;
        for _ in 0..8 {
            let [a, b, c] = dash.map(|(x, y)| (middle.0 + radius_px * x, middle.1 + radius_px * y));
            self.line(a, b, color, 1.2)?;
            self.line(b, c, color, 1.2)?;
            // An eighth of a turn on.
            dash = dash.map(|(x, y)| ((x - y) * FRAC_1_SQRT_2, (x + y) * FRAC_1_SQRT_2));
        }
        Ok(())
    }

    /// The sign of a prefix: pointing down while it is open, to the right while it is folded.
    pub fn arrow(&self, (x_px, y_px): (f64, f64), is_open: bool, color: Rgb) -> Done<DB> {
        let points = if is_open {
            [(-4.5, -2.5), (4.5, -2.5), (0.0, 3.5)]
        } else {
            [(-2.5, -4.5), (3.5, 0.0), (-2.5, 4.5)]
        };
        let points = points.map(|(x, y)| self.at((x_px + x, y_px + y)));
        self.area.draw(&Polygon::new(points, rgb(color).filled()))
    }

    /// A filled rectangle with slightly round corners.
    pub fn tile(&self, a: (f64, f64), b: (f64, f64), radius_px: f64, color: Rgb) -> Done<DB> {
        let points = self.round_corners(a, b, radius_px);
        self.area.draw(&Polygon::new(points, rgb(color).filled()))
    }

    /// A bar whose ends are half circles, but for an open right end.
    ///
    /// Backends draw circles smoother than polygons, whose corners are whole pixels.
    pub fn bar(&self, a: (f64, f64), b: (f64, f64), is_open: bool, color: Rgb) -> Done<DB> {
        let radius = (b.1 - a.1) / 2.0;
        if b.0 - a.0 < radius * 2.0 {
            // Too short for its own ends: circles would stand out on both sides.
            return self.tile(a, b, 3.0, color);
        }
        let left = (a.0 + radius).min(b.0);
        let right = if is_open {
            b.0
        } else {
            (b.0 - radius).max(left)
        };
        let y_px = a.1 + radius;
        self.disc((left, y_px), radius, color)?;
        if !is_open {
            self.disc((right, y_px), radius, color)?;
        }
        self.rect((left, a.1), (right, b.1), color)
    }

    fn round_corners(&self, a: (f64, f64), b: (f64, f64), radius_px: f64) -> Vec<(i32, i32)> {
        let most = ((b.0 - a.0) / 2.0).min((b.1 - a.1) / 2.0).max(0.0);
        let radius = radius_px.min(most);
        let corners = [
            (b.0 - radius, a.1 + radius),
            (b.0 - radius, b.1 - radius),
            (a.0 + radius, b.1 - radius),
            (a.0 + radius, a.1 + radius),
        ];
        let mut points = Vec::with_capacity(corners.len() * QUARTER.len());
        // From the top on, clockwise; each corner is the one before, turned.
        let mut arc = QUARTER.map(|(x, y)| (y, -x));
        for (x_px, y_px) in corners {
            points.extend(arc.map(|(x, y)| self.at((x_px + radius * x, y_px + radius * y))));
            arc = arc.map(|(x, y)| (-y, x));
        }
        points.dedup();
        points
    }

    /// Slanted lines inside a rectangle: time that cannot be known.
    pub fn hatch(&self, a: (f64, f64), b: (f64, f64), color: Rgb) -> Done<DB> {
        const APART_PX: f64 = 9.0;
        let (width, height) = (b.0 - a.0, b.1 - a.1);
        let mut start = APART_PX - a.0.rem_euclid(APART_PX);
        while start < width + height {
            let from = (a.0 + start.min(width), a.1 + (start - width).max(0.0));
            let to = (a.0 + (start - height).max(0.0), a.1 + start.min(height));
            self.line(from, to, color, 1.0)?;
            start += APART_PX;
        }
        Ok(())
    }

    /// Text, placed by its left edge, middle or right edge, and by its vertical middle.
    pub fn text(&self, text: &str, at: (f64, f64), side: HPos, face: Type, color: Rgb) -> Done<DB> {
        let weight = if face.is_bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let color = rgb(color);
        let style = (
            FontFamily::Name(face.family),
            face.size_px * self.scale,
            weight,
        )
            .into_text_style(self.area)
            .color(&color)
            .pos(Pos::new(side, VPos::Center));
        self.area.draw(&Text::new(text, self.at(at), style))
    }
}

fn rgb(Rgb(red, green, blue): Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}
