//! One integration binary: every native test that goes through the public interface.

mod mvcc;
mod recorded;
mod tidy;
mod transcripts;
