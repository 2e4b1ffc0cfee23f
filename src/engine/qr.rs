//! A link as a QR code, as one path of an SVG picture.

use qrcodegen::{QrCode, QrCodeEcc};

use super::protocol::Qr;

/// The code of a text; none where it is too long for one.
pub(super) fn qr(text: &str) -> Option<Qr> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let start = x;
            while x < size && code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                path.push_str(&format!("M{start} {y}h{}v1h-{}z", x - start, x - start));
            }
            x += 1;
        }
    }
    Some(Qr {
        text: text.to_owned(),
        size: size.unsigned_abs(),
        path,
    })
}
