//! Everything behind one door: [`Engine::handle`] takes a request and gives responses.
//!
//! The page's worker, the native command line and the tests all come through here. Long work is
//! stepped: [`Engine::step`] does a bounded piece, so that a `Cancel` can arrive between two.
//! The engine does no I/O of its own; a file comes in as a [`ReadAt`](crate::bytes::ReadAt).
//! Start from [`Request`] and [`Response`].

mod document;
mod protocol;
mod wire;

pub use protocol::*;
pub use wire::{WireError, decode, encode};
