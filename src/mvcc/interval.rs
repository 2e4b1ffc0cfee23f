//! Ranges of keys as intervals: whether some together cover another, which is how permissions are
//! checked (`auth/range_perm_cache.go`).

use super::op::KeyRange;

/// Start and end of a range; no end means to the last key.
pub(super) type Interval = (Vec<u8>, Option<Vec<u8>>);

/// A range of a request or a permission.
pub(super) fn interval(keys: &KeyRange) -> Interval {
    let end = match keys.range_end.as_slice() {
        [] => {
            let mut next = keys.key.clone();
            next.push(0);
            Some(next)
        }
        [0] => None,
        end => Some(end.to_vec()),
    };
    (keys.key.clone(), end)
}

/// Whether intervals together cover one.
pub(super) fn covered(mut all: Vec<Interval>, wanted: Interval) -> bool {
    all.sort();
    let (mut from, to) = wanted;
    for (start, end) in all {
        if start > from {
            return false;
        }
        match (end, &to) {
            (None, _) => return true,
            (Some(end), Some(to)) if end >= *to => return true,
            (Some(end), _) => from = from.max(end),
        }
    }
    false
}
