//! A text looked for in bytes: fast on short keys and on large values, linear on any input.
//!
//! Horspool's search: the byte under the needle's end says how far the needle may move, so most
//! bytes are never looked at, and no instructions are needed that a browser may not have. A text
//! made to be slow (`aaaa` in `aaaa...`) is handed to the search of Knuth, Morris and Pratt.

/// Bytes to look for, prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    bytes: Vec<u8>,
    /// For each byte: how far the needle moves if that byte stands under its end.
    moves: Box<[u8; 256]>,
    /// For each beginning of the needle: the length of its longest proper end that begins it.
    borders: Vec<u32>,
}

impl Needle {
    pub fn new(bytes: Vec<u8>) -> Self {
        let far = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        let mut moves = Box::new([far; 256]);
        let last = bytes.len().saturating_sub(1);
        for (at, byte) in bytes.iter().enumerate().take(last) {
            if let Some(moves) = moves.get_mut(usize::from(*byte)) {
                *moves = u8::try_from(last - at).unwrap_or(u8::MAX);
            }
        }
        let borders = borders(&bytes);
        Self {
            bytes,
            moves,
            borders,
        }
    }

    /// Whether the bytes stand somewhere in `text`.
    pub fn is_in(&self, text: &[u8]) -> bool {
        let (first, last) = match self.bytes.as_slice() {
            [] => return true,
            [one] => return text.contains(one),
            [first, .., last] => (first, last),
        };
        let len = self.bytes.len();
        // Bytes that may be compared before the needle is found to be a slow one.
        let mut left = text.len().saturating_mul(4).saturating_add(64);
        let mut at = 0;
        while let Some(window) = text.get(at..at + len) {
            let Some(end) = window.last() else {
                return false;
            };
            if end == last && window.first() == Some(first) {
                if window == self.bytes {
                    return true;
                }
                left = match left.checked_sub(len) {
                    Some(left) => left,
                    None => return self.is_in_slow(text.get(at..).unwrap_or_default()),
                };
            }
            at += self
                .moves
                .get(usize::from(*end))
                .map_or(1, |far| usize::from(*far));
        }
        false
    }

    /// The same, each byte looked at once or twice whatever it is.
    fn is_in_slow(&self, text: &[u8]) -> bool {
        let mut len = 0_usize;
        for byte in text {
            while len > 0 && self.bytes.get(len) != Some(byte) {
                len = self.border(len);
            }
            len += usize::from(self.bytes.get(len) == Some(byte));
            if len == self.bytes.len() {
                return true;
            }
        }
        false
    }

    fn border(&self, len: usize) -> usize {
        let border = len.checked_sub(1).and_then(|at| self.borders.get(at));
        border.map_or(0, |border| *border as usize)
    }
}

fn borders(bytes: &[u8]) -> Vec<u32> {
    let mut borders: Vec<u32> = Vec::with_capacity(bytes.len());
    let mut len = 0_u32;
    for (at, byte) in bytes.iter().enumerate() {
        while at > 0 && len > 0 && bytes.get(len as usize) != Some(byte) {
            len = borders.get(len as usize - 1).copied().unwrap_or(0);
        }
        len += u32::from(at > 0 && bytes.get(len as usize) == Some(byte));
        borders.push(len);
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(needle: &[u8], text: &[u8]) -> bool {
        needle.is_empty() || text.windows(needle.len()).any(|window| window == needle)
    }

    #[test]
    fn finds_what_is_there() {
        // Few letters, so that near misses are common.
        let mut state = 7_u64;
        let mut random = |below: u64| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) % below
        };
        for _ in 0..20_000 {
            let letters = 1 + random(3);
            let mut make = |most: u64| -> Vec<u8> {
                let len = random(most);
                (0..len).map(|_| b'a' + random(letters) as u8).collect()
            };
            let (needle, text) = (make(6), make(40));
            let prepared = Needle::new(needle.clone());
            let expected = naive(&needle, &text);
            assert_eq!(prepared.is_in(&text), expected, "{needle:?} in {text:?}");
            if !needle.is_empty() {
                assert_eq!(
                    prepared.is_in_slow(&text),
                    expected,
                    "{needle:?} in {text:?}"
                );
            }
        }
    }

    #[test]
    fn a_needle_longer_than_a_move_is_found() {
        let mut needle = vec![b'x'; 300];
        needle.extend(b"end");
        let mut text = vec![b'x'; 5000];
        assert!(!Needle::new(needle.clone()).is_in(&text));
        text.extend(b"end!");
        assert!(Needle::new(needle).is_in(&text));
    }

    #[test]
    fn a_text_made_to_be_slow_is_not() {
        // 4 GiB of comparisons, if each window were compared whole.
        let mut needle = vec![b'a'; 4000];
        if let Some(middle) = needle.get_mut(2000) {
            *middle = b'b';
        }
        let text = vec![b'a'; 1 << 20];
        assert!(!Needle::new(needle).is_in(&text));
    }
}
