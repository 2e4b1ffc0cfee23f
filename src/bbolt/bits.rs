//! One bit a page.

/// A row of bits of fixed length; what lies outside cannot be set.
#[derive(Clone, Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(len: u64) -> Self {
        Self(vec![0; usize::try_from(len.div_ceil(64)).unwrap_or(0)])
    }

    pub(super) fn get(&self, at: u64) -> Option<bool> {
        let word = self.0.get(usize::try_from(at / 64).ok()?)?;
        Some(word >> (at % 64) & 1 == 1)
    }

    /// Sets a bit and tells what it was; a bit outside stays unset.
    pub(super) fn set(&mut self, at: u64) -> bool {
        let word = usize::try_from(at / 64)
            .ok()
            .and_then(|word| self.0.get_mut(word));
        word.is_some_and(|word| {
            let was = *word >> (at % 64) & 1 == 1;
            *word |= 1 << (at % 64);
            was
        })
    }

    /// Clears a bit.
    pub(super) fn clear(&mut self, at: u64) {
        let word = usize::try_from(at / 64)
            .ok()
            .and_then(|word| self.0.get_mut(word));
        if let Some(word) = word {
            *word &= !(1 << (at % 64));
        }
    }
}
