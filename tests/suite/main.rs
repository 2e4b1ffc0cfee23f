//! One integration binary: every native test that goes through the public interface.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod mvcc;
mod recorded;
#[path = "../support/mod.rs"]
mod support;

mod archive;
mod bbolt;
mod bbolt_pages;
mod bbolt_salvage;
mod cli;
mod damage;
mod engine;
mod etcd;
mod etcd_contents;
mod fossils;
mod hostile;
mod lessons;
mod screen;
mod shell;
mod status;
mod talk;
mod tidy;
mod timeline;
mod tools;
mod transcripts;
mod write;
