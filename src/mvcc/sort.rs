//! Sorting as Go 1.18 and older did (`sort.Sort`): quicksort, and a pass at distance 6 before short
//! parts are sorted by insertion. It is not stable, so where keys tie their order can be seen in
//! answers of etcd's releases that were built so.

use std::cmp::Ordering;

/// Parts up to this length are sorted by insertion.
const SHORT: usize = 12;

/// A list on its way into order.
struct Sorter<'a, T, F> {
    list: &'a mut [T],
    order: F,
}

/// Sorts as Go did.
pub(super) fn go_sort<T>(list: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    let depth = 2 * (usize::BITS - list.len().leading_zeros());
    let len = list.len();
    Sorter { list, order }.quick(0, len, depth);
}

impl<T, F: Fn(&T, &T) -> Ordering> Sorter<'_, T, F> {
    fn less(&self, a: usize, b: usize) -> bool {
        match (self.list.get(a), self.list.get(b)) {
            (Some(a), Some(b)) => (self.order)(a, b).is_lt(),
            _ => false,
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a.max(b) < self.list.len() {
            self.list.swap(a, b);
        }
    }

    /// `depth` bounds the recursion: at its end the heap takes over.
    fn quick(&mut self, mut a: usize, mut b: usize, mut depth: u32) {
        while b - a > SHORT {
            if depth == 0 {
                self.heap(a, b);
                return;
            }
            depth -= 1;
            let (low, high) = self.pivot(a, b);
            if low - a < b - high {
                self.quick(a, low, depth);
                a = high;
            } else {
                self.quick(high, b, depth);
                b = low;
            }
        }
        for at in a + 6..b {
            if self.less(at, at - 6) {
                self.swap(at, at - 6);
            }
        }
        for end in a + 1..b {
            let mut at = end;
            while at > a && self.less(at, at - 1) {
                self.swap(at, at - 1);
                at -= 1;
            }
        }
    }

    fn heap(&mut self, first: usize, end: usize) {
        let len = end - first;
        for root in (0..len.div_ceil(2)).rev() {
            self.sift(root, len, first);
        }
        for last in (0..len).rev() {
            self.swap(first, first + last);
            self.sift(0, last, first);
        }
    }

    fn sift(&mut self, mut root: usize, end: usize, first: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(first + child, first + child + 1) {
                child += 1;
            }
            if !self.less(first + root, first + child) {
                return;
            }
            self.swap(first + root, first + child);
            root = child;
        }
    }

    /// Brings the median of three to `middle`.
    fn median(&mut self, middle: usize, low: usize, high: usize) {
        if self.less(middle, low) {
            self.swap(middle, low);
        }
        if self.less(high, middle) {
            self.swap(high, middle);
            if self.less(middle, low) {
                self.swap(middle, low);
            }
        }
    }

    /// Parts `low..high` into what is less than a pivot, equal to it, and greater; answers where
    /// the equal ones begin and end.
    fn pivot(&mut self, low: usize, high: usize) -> (usize, usize) {
        let middle = low + (high - low) / 2;
        if high - low > 40 {
            let step = (high - low) / 8;
            self.median(low, low + step, low + 2 * step);
            self.median(middle, middle - step, middle + step);
            self.median(high - 1, high - 1 - step, high - 1 - 2 * step);
        }
        self.median(low, middle, high - 1);
        let pivot = low;
        let (mut a, mut c) = (low + 1, high - 1);
        while a < c && self.less(a, pivot) {
            a += 1;
        }
        let mut b = a;
        loop {
            while b < c && !self.less(pivot, b) {
                b += 1;
            }
            while b < c && self.less(pivot, c - 1) {
                c -= 1;
            }
            if b >= c {
                break;
            }
            self.swap(b, c - 1);
            b += 1;
            c -= 1;
        }
        // Few are greater: there may be many that are equal.
        let mut gathers = high - c < 5;
        if !gathers && high - c < (high - low) / 4 {
            let mut equal = 0;
            if !self.less(pivot, high - 1) {
                self.swap(c, high - 1);
                c += 1;
                equal += 1;
            }
            if !self.less(b - 1, pivot) {
                b -= 1;
                equal += 1;
            }
            if !self.less(middle, pivot) {
                self.swap(middle, b - 1);
                b -= 1;
                equal += 1;
            }
            gathers = equal > 1;
        }
        if gathers {
            loop {
                while a < b && !self.less(b - 1, pivot) {
                    b -= 1;
                }
                while a < b && self.less(a, pivot) {
                    a += 1;
                }
                if a >= b {
                    break;
                }
                self.swap(a, b - 1);
                a += 1;
                b -= 1;
            }
        }
        self.swap(pivot, b - 1);
        (b - 1, c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_list_comes_out_in_order() {
        for len in [0u64, 1, 2, 7, 12, 13, 41, 100, 1000] {
            for kinds in [1, 2, 10, 1000] {
                let mut list: Vec<u64> = (0..len)
                    .map(|at| at.wrapping_mul(7919) % 1009 % kinds)
                    .collect();
                let mut expected = list.clone();
                expected.sort_unstable();
                go_sort(&mut list, Ord::cmp);
                assert_eq!(list, expected);
            }
        }
    }

    /// Versions of keys and their order as a real etcd 3.5.1 answered.
    #[test]
    fn ties_come_out_as_recorded() {
        let mut list = [
            ("a", 5),
            ("ab", 4),
            ("abc", 2),
            ("b", 5),
            ("c/2", 2),
            ("k", 4),
            ("ae", 1),
            ("ff", 1),
        ];
        go_sort(&mut list, |a, b| a.1.cmp(&b.1));
        let names = list.map(|(name, _)| name);
        assert_eq!(names, ["ae", "ff", "abc", "c/2", "k", "ab", "b", "a"]);
    }
}
