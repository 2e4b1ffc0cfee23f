//! A list that grows without moving what it holds: ten million rows are never there twice.

/// Items of a chunk. The first chunk grows by itself, so that a short list stays small.
const CHUNK: usize = 1 << 14;

/// A list in chunks of one size.
#[derive(Clone, Debug)]
pub(super) struct Chunks<T> {
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Chunks<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn push(&mut self, item: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(item),
            last => {
                let room = if last.is_none() { 0 } else { CHUNK };
                let mut chunk = Vec::with_capacity(room);
                chunk.push(item);
                self.chunks.push(chunk);
            }
        }
        self.len += 1;
    }

    pub(super) fn get(&self, index: usize) -> Option<&T> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.chunks.get_mut(index / CHUNK)?.get_mut(index % CHUNK)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// Index of the first item for which `before` is false; all behind it must be so too.
    pub(super) fn partition_point(&self, before: impl Fn(&T) -> bool) -> usize {
        let is_before = |chunk: &Vec<T>| chunk.first().is_some_and(&before);
        let chunk = self.chunks.partition_point(is_before).saturating_sub(1);
        let inside = self
            .chunks
            .get(chunk)
            .map_or(0, |chunk| chunk.partition_point(before));
        chunk * CHUNK + inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_list() {
        let mut list = Chunks::default();
        assert_eq!((list.len(), list.partition_point(|_: &usize| true)), (0, 0));
        for item in 0..CHUNK * 2 + 5 {
            list.push(item);
        }
        assert_eq!(list.len(), CHUNK * 2 + 5);
        for at in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK * 2, CHUNK * 2 + 4] {
            assert_eq!(list.get(at), Some(&at));
            assert_eq!(list.partition_point(|item| *item < at), at);
        }
        assert_eq!(list.get(CHUNK * 2 + 5), None);
        assert_eq!(list.partition_point(|_| true), list.len());
        assert_eq!(list.iter().count(), list.len());
    }
}
