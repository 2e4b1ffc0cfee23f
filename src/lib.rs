//! Revscope shows how etcd keeps history.
//!
//! It does two things with one picture: it **simulates** etcd's multi-version store in memory,
//! driven by the commands people know, and it **inspects** real bbolt / etcd `db` files. Both
//! speak [`kv::Record`], one row of etcd's `key` bucket, and [`history`] folds records into what
//! is drawn, so a file and a simulation give the same picture.
//!
//! Modules in reading order; each may use only those above it (`tests/suite/tidy.rs` holds the
//! table). Everything that names a browser is in `web`, behind the feature of that name.

pub mod bytes;
pub mod kv;

pub mod archive;
pub mod bbolt;
pub mod etcd;
pub mod mvcc;

pub mod backend;

pub mod history;
pub mod kubernetes;
pub mod lost;
pub mod timeline;

pub mod compare;
pub mod export;
pub mod fill;
pub mod find;
pub mod what_if;

pub mod apiserver;

pub mod engine;
pub mod lesson;
pub mod session;
pub mod shell;
pub mod state;

#[cfg(feature = "web")]
pub mod web;
