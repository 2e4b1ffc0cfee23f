//! How much was written when: rows and bytes by equal parts of the revisions.

/// Parts that are told apart.
const BINS: usize = 64;

/// What was written in one part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrowthBin {
    /// Rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Rows by revision, in at most 64 parts of equal width. Parts are put together two by two when the
/// revisions outgrow them, so that the end need not be known before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    first: Option<i64>,
    width: i64,
    bins: Vec<GrowthBin>,
}

impl Default for Growth {
    fn default() -> Self {
        Self {
            first: None,
            width: 1,
            bins: Vec::new(),
        }
    }
}

impl Growth {
    /// The first revision; 0 before there is any.
    pub fn first(&self) -> i64 {
        self.first.unwrap_or(0)
    }

    /// How many revisions a part has.
    pub fn width(&self) -> i64 {
        self.width
    }

    /// The parts, earliest first.
    pub fn bins(&self) -> &[GrowthBin] {
        &self.bins
    }

    /// Adds a row.
    pub(super) fn push(&mut self, main: i64, bytes: u64) {
        let first = *self.first.get_or_insert(main);
        let from_first = main.saturating_sub(first).max(0);
        while from_first / self.width >= BINS as i64 {
            let pairs = self.bins.chunks(2);
            self.bins = pairs
                .map(|pair| GrowthBin {
                    rows: pair.iter().map(|bin| bin.rows).sum(),
                    bytes: pair.iter().map(|bin| bin.bytes).sum(),
                })
                .collect();
            self.width = self.width.saturating_mul(2);
        }
        let at = usize::try_from(from_first / self.width).unwrap_or(0);
        if self.bins.len() <= at {
            self.bins.resize(at + 1, GrowthBin::default());
        }
        if let Some(bin) = self.bins.get_mut(at) {
            bin.rows += 1;
            bin.bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_with_the_revisions_and_lose_nothing() {
        let mut growth = Growth::default();
        for main in 2..=1000 {
            growth.push(main, 10);
        }
        assert_eq!((growth.first(), growth.width()), (2, 16));
        assert_eq!(growth.bins().len(), 63);
        let rows: u64 = growth.bins().iter().map(|bin| bin.rows).sum();
        let bytes: u64 = growth.bins().iter().map(|bin| bin.bytes).sum();
        assert_eq!((rows, bytes), (999, 9990));
        assert!(growth.bins().iter().take(62).all(|bin| bin.rows == 16));
    }

    #[test]
    fn a_far_revision_ends() {
        let mut growth = Growth::default();
        growth.push(1, 1);
        growth.push(i64::MAX, 1);
        assert_eq!(growth.bins().iter().map(|bin| bin.rows).sum::<u64>(), 2);
        assert!(growth.bins().len() <= BINS);
    }
}
