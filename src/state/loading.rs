//! A file on its way in.

use crate::engine::Phase;

/// How far opening a file has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Loading {
    /// Id of the request; answers with another one are of an earlier file.
    pub id: u64,
    /// The file's name.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// What is being done.
    pub phase: Phase,
    /// Done so far.
    pub done: u64,
    /// Of so many; 0 while unknown.
    pub total: u64,
    /// Whether it was asked to stop.
    pub is_cancelling: bool,
    /// Whether what follows opening is left out.
    pub is_less: bool,
}

impl Loading {
    /// How much is done, 0 to 1; none while that is unknown.
    pub fn fraction(&self) -> Option<f64> {
        (self.total > 0).then(|| (self.done as f64 / self.total as f64).clamp(0.0, 1.0))
    }
}
