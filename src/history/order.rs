//! Sorts many keys by their bytes, eight at a time.
//!
//! Keys of etcd begin alike (`/registry/pods/default/`), so that comparing two of them reads far
//! into both, at two places in memory. Here the eight bytes behind what a group of keys has in
//! common are put beside each key's number; sorting these numbers compares without reading keys,
//! and only what is still equal is a group for the next eight.

use super::KeyId;

/// Keys of a group that are sorted by plain comparison.
const FEW: usize = 16;

/// Eight bytes of a key as a number of the same order, how many of them are the key's, and whose
/// they are. The count tells a key that ends from one that goes on with zeros.
type Part = (u64, u8, KeyId);

/// The keys in the order of their bytes; `bytes` has a key's.
pub(super) fn by_bytes<'a>(
    ids: impl Iterator<Item = KeyId>,
    bytes: impl Fn(KeyId) -> &'a [u8],
) -> Vec<KeyId> {
    let mut parts: Vec<Part> = ids.map(|id| (0, 0, id)).collect();
    // Groups that are in place among the others but not within, and the bytes they share. Each
    // part of a group is smaller or shares more, so that they come to an end.
    let mut groups = vec![(0..parts.len(), 0)];
    while let Some((range, known)) = groups.pop() {
        let start = range.start;
        let Some(group) = parts.get_mut(range) else {
            continue;
        };
        let rest = |id: KeyId, from: usize| bytes(id).get(from..).unwrap_or_default();
        if group.len() <= FEW {
            group.sort_unstable_by_key(|part| rest(part.2, known));
            continue;
        }
        let shared = known + common(group.iter().map(|part| rest(part.2, known)));
        for part in group.iter_mut() {
            (part.0, part.1) = eight(rest(part.2, shared));
        }
        group.sort_unstable_by_key(|part| (part.0, part.1));
        let mut from = start;
        for same in group.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let goes_on = same.first().is_some_and(|part| part.1 == 8);
            if same.len() > 1 && goes_on {
                groups.push((from..from + same.len(), shared + 8));
            }
            from += same.len();
        }
    }
    parts.into_iter().map(|part| part.2).collect()
}

/// How many bytes all of them begin with.
fn common<'a>(mut keys: impl Iterator<Item = &'a [u8]>) -> usize {
    let first = keys.next().unwrap_or_default();
    keys.fold(first.len(), |len, key| {
        let same = first.iter().take(len).zip(key);
        same.take_while(|(a, b)| a == b).count()
    })
}

/// The first eight bytes, zeros where there are fewer, and how many there are.
fn eight(bytes: &[u8]) -> (u64, u8) {
    if let Some(eight) = bytes.first_chunk::<8>() {
        return (u64::from_be_bytes(*eight), 8);
    }
    let mut eight = [0; 8];
    let mut len = 0;
    for (to, byte) in eight.iter_mut().zip(bytes) {
        *to = *byte;
        len += 1;
    }
    (u64::from_be_bytes(eight), len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys of few different bytes, zeros among them, so that many begin alike and some are the
    /// beginning of others.
    #[test]
    fn sorts_as_comparing_does() {
        let mut state: u64 = 7;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        for count in [0, 1, 2, 17, 300, 5_000] {
            let keys: Vec<Vec<u8>> = (0..count)
                .map(|_| {
                    (0..next(30))
                        .map(|_| [0, 1, b'/'][next(3) as usize])
                        .collect()
                })
                .collect();
            let ids = || (0..count as u32).map(KeyId);
            let sorted = by_bytes(ids(), |id| &keys[id.0 as usize]);
            let got: Vec<_> = sorted.iter().map(|id| &keys[id.0 as usize]).collect();
            let mut expected: Vec<_> = keys.iter().collect();
            expected.sort();
            assert_eq!(got, expected);
            let mut all = sorted.clone();
            all.sort();
            assert!(all.into_iter().eq(ids()));
        }
    }
}
