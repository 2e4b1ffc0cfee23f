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

/// Temporary until the parts are there.
pub struct Engine;
impl Engine {
    /// x
    pub fn new(_: String) -> Self {
        Self
    }
    /// x
    pub fn attach(&mut self, _: std::rc::Rc<dyn crate::bytes::ReadAt>) {}
    /// x
    pub fn handle(&mut self, _: Envelope<Request>, _: &mut dyn FnMut(Envelope<Response>)) {}
    /// x
    pub fn is_busy(&self) -> bool {
        false
    }
    /// x
    pub fn step(&mut self, _: &mut dyn FnMut(Envelope<Response>)) {}
}
