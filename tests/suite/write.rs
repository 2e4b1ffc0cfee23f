//! The writer: images that the reader opens, and the pages of real files reproduced.

mod backend;
mod fixtures;
mod model;
mod refusals;
mod walk;
