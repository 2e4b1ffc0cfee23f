//! What commands read.

/// What commands read: each takes what it wants, the next goes on from there.
#[derive(Clone, Debug, Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    at: usize,
}

impl Input {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }

    /// What is left, without taking it.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Takes what is left.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let rest = self.rest().to_vec();
        self.at = self.bytes.len();
        rest
    }

    /// Takes a line, without its end; whether there was an end.
    pub(super) fn line(&mut self) -> Option<(Vec<u8>, bool)> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| *byte == b'\n');
        let line = rest
            .get(..end.unwrap_or(rest.len()))
            .unwrap_or_default()
            .to_vec();
        self.at += line.len() + usize::from(end.is_some());
        Some((line, end.is_some()))
    }
}
