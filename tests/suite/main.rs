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

mod anatomy;
mod apiserver;
mod apiserver_talk;
mod apiserver_words;
mod archive;
mod bad_input;
mod bbolt;
mod bbolt_freelist;
mod bbolt_order;
mod bbolt_pages;
mod bbolt_salvage;
mod bbolt_sizes;
mod cli;
mod cli_compare;
mod cli_what_if;
mod crashes;
mod damage;
mod deleted_objects;
mod engine;
mod engine_dies;
mod engine_files;
mod engine_kubernetes;
mod engine_opening;
mod etcd;
mod etcd_contents;
mod export;
mod find;
mod find_words;
mod fork;
mod fossils;
mod grammar;
mod hand;
mod hostile;
mod hostile_archives;
mod hostile_items;
mod kept;
mod kept_damage;
mod kept_files;
mod kubectl;
mod kubernetes;
mod kubernetes_axis;
mod kubernetes_damage;
mod kubernetes_encode;
mod kubernetes_history;
mod kubernetes_sums;
mod lanes;
mod lesson_screen;
mod lessons;
mod lost;
mod masked_pages;
mod member_pages;
mod memory;
mod picture;
mod play;
mod privacy;
mod screen;
mod session;
mod session_screen;
mod shelf;
mod shell;
mod status;
mod steps;
mod study;
mod study_far;
mod study_files;
mod study_unlike;
mod talk;
mod tidy;
mod timeline;
mod tools;
mod transcripts;
mod two_terminals;
mod what_if;
mod write;
