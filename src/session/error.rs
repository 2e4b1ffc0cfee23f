//! Why a session could not be read or written.

use crate::mvcc::ParseReleaseError;

/// Why a session could not be read or written; what was there before stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Written in a form that this build does not know.
    #[error("it has form {0}, of a later Revscope; this one knows form 1")]
    Later(String),
    /// A part is missing or was changed on its way.
    #[error("it is damaged or incomplete: {0}")]
    Damaged(&'static str),
    /// More than a session may have.
    #[error("it is too long: {0}")]
    TooLong(&'static str),
    /// On a release that is not simulated.
    #[error(transparent)]
    Release(#[from] ParseReleaseError),
    /// On the copy of a file, which does not travel.
    #[error("the session works on a copy of {0}, and a file never travels in a link")]
    OnFile(String),
}
