//! The colours of the picture, light and dark.
//!
//! The same numbers stand in `static/style.css` as custom properties; a test compares the two.
//! Colour never speaks alone: every kind of mark has a shape of its own.

use serde::{Deserialize, Serialize};

/// Which palette.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shade {
    /// [`Palette::LIGHT`].
    #[default]
    Light,
    /// [`Palette::DARK`].
    Dark,
    /// [`Palette::LIGHT_CONTRAST`].
    LightContrast,
    /// [`Palette::DARK_CONTRAST`].
    DarkContrast,
}

impl Shade {
    /// Its colours.
    pub fn palette(self) -> Palette {
        match self {
            Self::Light => Palette::LIGHT,
            Self::Dark => Palette::DARK,
            Self::LightContrast => Palette::LIGHT_CONTRAST,
            Self::DarkContrast => Palette::DARK_CONTRAST,
        }
    }
}

/// A colour as red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The colours that a picture is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub card: Rgb,
    /// Every other lane.
    pub stripe: Rgb,
    /// Grid lines.
    pub line: Rgb,
    /// Text and the outline of what is selected.
    pub ink: Rgb,
    /// Numbers on the axis, ghosts, notes.
    pub muted: Rgb,
    /// The playhead, the lens, a modify.
    pub accent: Rgb,
    /// A create.
    pub create: Rgb,
    /// A tombstone.
    pub tombstone: Rgb,
    /// Text inside a mark or a pill.
    pub on_mark: Rgb,
    /// Bars of odd generations.
    pub tint_odd: Rgb,
    /// Bars of even generations.
    pub tint_even: Rgb,
    /// Behind the hatching.
    pub compacted: Rgb,
    /// The hatching.
    pub hatch: Rgb,
    /// The badge of a put that attached its key to a lease.
    pub lease: Rgb,
    /// Under what was looked for.
    pub found: Rgb,
}

impl Palette {
    /// For a light page.
    pub const LIGHT: Self = Self {
        card: Rgb(0xff, 0xff, 0xff),
        stripe: Rgb(0xf9, 0xfa, 0xfb),
        line: Rgb(0xe3, 0xe6, 0xeb),
        ink: Rgb(0x1b, 0x24, 0x30),
        muted: Rgb(0x5c, 0x66, 0x73),
        accent: Rgb(0x0b, 0x6b, 0xcb),
        create: Rgb(0x08, 0x80, 0x61),
        tombstone: Rgb(0xc8, 0x45, 0x2f),
        on_mark: Rgb(0xff, 0xff, 0xff),
        tint_odd: Rgb(0xd4, 0xef, 0xe5),
        tint_even: Rgb(0xd8, 0xe8, 0xfa),
        compacted: Rgb(0xf3, 0xf4, 0xf6),
        hatch: Rgb(0xdd, 0xe1, 0xe6),
        lease: Rgb(0x7a, 0x3d, 0xb8),
        found: Rgb(0xa8, 0x55, 0x00),
    };

    /// For a dark page.
    pub const DARK: Self = Self {
        card: Rgb(0x14, 0x1b, 0x24),
        stripe: Rgb(0x18, 0x20, 0x2a),
        line: Rgb(0x23, 0x2d, 0x3a),
        ink: Rgb(0xe4, 0xea, 0xf2),
        muted: Rgb(0x8f, 0x9c, 0xac),
        accent: Rgb(0x6c, 0xb1, 0xff),
        create: Rgb(0x35, 0xc7, 0x9a),
        tombstone: Rgb(0xff, 0x8b, 0x73),
        on_mark: Rgb(0x0d, 0x12, 0x19),
        tint_odd: Rgb(0x15, 0x3b, 0x33),
        tint_even: Rgb(0x17, 0x30, 0x4b),
        compacted: Rgb(0x11, 0x17, 0x1f),
        hatch: Rgb(0x25, 0x2e, 0x3a),
        lease: Rgb(0xd0, 0xa8, 0xff),
        found: Rgb(0xff, 0xb4, 0x54),
    };

    /// For a light page whose reader asked the system for more contrast.
    pub const LIGHT_CONTRAST: Self = Self {
        stripe: Rgb(0xff, 0xff, 0xff),
        line: Rgb(0x8a, 0x93, 0x9e),
        ink: Rgb(0x00, 0x00, 0x00),
        muted: Rgb(0x26, 0x2e, 0x38),
        accent: Rgb(0x00, 0x3f, 0x8a),
        create: Rgb(0x00, 0x4d, 0x38),
        tombstone: Rgb(0x96, 0x1c, 0x08),
        compacted: Rgb(0xf0, 0xf0, 0xf0),
        hatch: Rgb(0x9a, 0xa2, 0xac),
        lease: Rgb(0x4b, 0x1a, 0x80),
        found: Rgb(0x6e, 0x35, 0x00),
        ..Self::LIGHT
    };

    /// For a dark page whose reader asked the system for more contrast.
    pub const DARK_CONTRAST: Self = Self {
        card: Rgb(0x00, 0x00, 0x00),
        stripe: Rgb(0x00, 0x00, 0x00),
        line: Rgb(0x6d, 0x7a, 0x8b),
        ink: Rgb(0xff, 0xff, 0xff),
        muted: Rgb(0xd7, 0xdf, 0xe8),
        accent: Rgb(0xa6, 0xd0, 0xff),
        create: Rgb(0x7c, 0xf0, 0xc8),
        tombstone: Rgb(0xff, 0xc0, 0xb2),
        on_mark: Rgb(0x00, 0x00, 0x00),
        compacted: Rgb(0x0c, 0x0c, 0x0c),
        hatch: Rgb(0x55, 0x60, 0x6e),
        lease: Rgb(0xe3, 0xcc, 0xff),
        found: Rgb(0xff, 0xd9, 0xa0),
        ..Self::DARK
    };
}

impl Rgb {
    /// This colour over another: `alpha` 1 is this one alone.
    pub fn over(self, below: Self, alpha: f64) -> Self {
        let alpha = alpha.clamp(0.0, 1.0);
        let mix =
            |a: u8, b: u8| (f64::from(a) * alpha + f64::from(b) * (1.0 - alpha)).round() as u8;
        Self(
            mix(self.0, below.0),
            mix(self.1, below.1),
            mix(self.2, below.2),
        )
    }

    /// As `#rrggbb`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2 relative luminance.
    fn luminance(Rgb(r, g, b): Rgb) -> f64 {
        let part = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_marks_stand_out() {
        for (name, palette, more) in [
            ("light", Palette::LIGHT, 1.0),
            ("dark", Palette::DARK, 1.0),
            ("light, more contrast", Palette::LIGHT_CONTRAST, 1.555),
            ("dark, more contrast", Palette::DARK_CONTRAST, 1.555),
        ] {
            // With more contrast: 7 to 1 for text, 4.66 to 1 for marks.
            let check = |what: &str, a: Rgb, b: Rgb, least: f64| {
                let (got, least) = (contrast(a, b), least * more);
                assert!(got >= least, "{name} {what}: {got:.2} is below {least}");
            };
            for below in [palette.card, palette.stripe, palette.compacted] {
                check("ink", palette.ink, below, 4.5);
                check("muted", palette.muted, below, 4.5);
            }
            for mark in [palette.accent, palette.create, palette.tombstone] {
                check("number in mark", palette.on_mark, mark, 4.5);
                for below in [palette.card, palette.tint_odd, palette.tint_even] {
                    check("mark", mark, below, 3.0);
                }
            }
            for below in [palette.card, palette.tint_odd, palette.tint_even] {
                check("badge of a lease", palette.lease, below, 3.0);
                check("sign of what was found", palette.found, below, 3.0);
            }
        }
    }
}
