//! Numbers of a block beside each other: the least one, and how much more each of them is, in as
//! few bytes as the largest difference takes.

use super::{Wrong, short};
use crate::bytes::Cursor;

/// Writes a column.
pub(super) fn push(out: &mut Vec<u8>, values: &[u64]) {
    let least = values.iter().copied().min().unwrap_or_default();
    let most = values.iter().copied().max().unwrap_or_default();
    let width = (u64::BITS - (most - least).leading_zeros()).div_ceil(8) as usize;
    out.push(width as u8);
    out.extend_from_slice(&least.to_le_bytes());
    out.reserve(values.len() * width);
    for value in values {
        let bytes = (value - least).to_le_bytes();
        out.extend_from_slice(bytes.get(..width).unwrap_or_default());
    }
}

/// Reads a column of `count` numbers in place of what is in `out`. `count` was bounded before.
pub(super) fn read(cursor: &mut Cursor<'_>, count: usize, out: &mut Vec<u64>) -> Result<(), Wrong> {
    let width = cursor.u8("a column without its width").map_err(short)?;
    if width > 8 {
        return Err("a column of numbers wider than 8 bytes");
    }
    let least = cursor.u64_le("a column without its least value");
    let least = least.map_err(short)?;
    let len = (count as u64).saturating_mul(u64::from(width));
    let bytes = cursor.take("a column that is too short", len);
    let bytes = bytes.map_err(short)?;
    out.clear();
    match width {
        0 => out.resize(count, least),
        1 => fill::<1>(out, bytes, least),
        2 => fill::<2>(out, bytes, least),
        3 => fill::<3>(out, bytes, least),
        4 => fill::<4>(out, bytes, least),
        5 => fill::<5>(out, bytes, least),
        6 => fill::<6>(out, bytes, least),
        7 => fill::<7>(out, bytes, least),
        _ => fill::<8>(out, bytes, least),
    }
    Ok(())
}

/// A loop for each width, so that it is a few instructions a number.
fn fill<const WIDTH: usize>(out: &mut Vec<u64>, bytes: &[u8], least: u64) {
    let (numbers, _) = bytes.as_chunks::<WIDTH>();
    out.extend(numbers.iter().map(|number| {
        let mut all = [0; 8];
        for (to, byte) in all.iter_mut().zip(number) {
            *to = *byte;
        }
        least.wrapping_add(u64::from_le_bytes(all))
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_written() {
        let check = |values: &[u64], bytes: usize| {
            let mut out = Vec::new();
            push(&mut out, values);
            assert_eq!(out.len(), 9 + bytes, "{values:?}");
            let mut read_back = vec![7];
            let mut cursor = Cursor::new(&out);
            read(&mut cursor, values.len(), &mut read_back).unwrap();
            assert_eq!((read_back.as_slice(), cursor.is_done()), (values, true));
            for cut in 0..out.len() {
                let mut cursor = Cursor::new(&out[..cut]);
                assert!(read(&mut cursor, values.len(), &mut read_back).is_err());
            }
        };
        check(&[], 0);
        check(&[u64::MAX; 9], 0);
        check(&[5, 260, 5], 3);
        check(&[5, 261, 5], 6);
        check(&[0, u64::MAX], 16);
        for width in 1..8 {
            check(&[1, 1 << (8 * width), 3], 3 * width as usize);
            check(&[1, (1 << (8 * width)) + 1], 2 * (width + 1) as usize);
        }
        let mut cursor = Cursor::new(&[9; 100]);
        let wide = read(&mut cursor, 1, &mut Vec::new());
        assert_eq!(wide, Err("a column of numbers wider than 8 bytes"));
    }
}
