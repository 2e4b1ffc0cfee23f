//! One integration binary: every native test that goes through the public interface.

mod mvcc;
mod tidy;
mod transcripts;
