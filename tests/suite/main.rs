//! One integration binary: every native test that goes through the public interface.

mod mvcc;
mod recorded;
mod shell;
mod tidy;
mod transcripts;
