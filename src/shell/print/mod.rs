//! Printing replies, one file a format. A printer writes bytes and knows nothing of parsing.

pub mod auth;
pub mod fields;
pub mod json;
pub mod protobuf;
pub mod simple;
pub mod table;

use super::Failure;
use crate::mvcc::{Event, HashKv, LeaseStatus, Release};

/// What every reply carries: who answered, and at which revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Hash of the cluster's start configuration.
    pub cluster_id: u64,
    /// Id of the member that answered.
    pub member_id: u64,
    /// Current revision of the store.
    pub revision: i64,
    /// Term of the raft log.
    pub raft_term: i64,
}

/// `-w`: how replies are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of keys and values.
    Simple,
    /// `"Name" : value` lines.
    Fields,
    /// Go's JSON of the reply.
    Json,
    /// The reply's own bytes.
    Protobuf,
    /// A frame of characters; only for lists of members and endpoints.
    Table,
}

impl Format {
    /// The format of a name as `-w` takes it.
    pub fn parse(name: &[u8]) -> Result<Self, Failure> {
        match name {
            b"simple" => Ok(Self::Simple),
            b"fields" => Ok(Self::Fields),
            b"json" => Ok(Self::Json),
            b"protobuf" => Ok(Self::Protobuf),
            b"table" => Ok(Self::Table),
            _ => Err(Failure::new(4, "unsupported output format")),
        }
    }

    /// The refusal to print something in this format.
    pub fn unsupported(self) -> Failure {
        let name = format!("{self:?}").to_lowercase();
        Failure::new(4, format!("{name} not supported as output format"))
    }
}

/// How to print: everything that a printer needs beside the reply.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// `-w`.
    pub format: Format,
    /// `--hex`.
    pub hex: bool,
    /// `--print-value-only`.
    pub value_only: bool,
    /// Whose output it is.
    pub release: Release,
    /// Header of the reply.
    pub header: Header,
}

/// One response of a watch.
#[derive(Clone, Debug, Default)]
pub struct WatchResponse {
    /// Its events.
    pub events: Vec<Event>,
    /// Lower edge of history, when the watch was cancelled for it.
    pub compact_revision: i64,
    /// Whether the server ended the watch.
    pub canceled: bool,
}

/// What `lease timetolive` knows.
#[derive(Clone, Debug)]
pub struct TimeToLive {
    /// The lease, with the time granted; -1 remaining and 0 granted for an unknown one.
    pub lease: LeaseStatus,
    /// Seconds left, or -1.
    pub remaining: i64,
    /// Its keys, if asked for.
    pub keys: Option<Vec<Vec<u8>>>,
}

/// Raft numbers and file size of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Term of the raft log.
    pub raft_term: i64,
    /// Last entry of the raft log; applied, as the member is alone.
    pub raft_index: i64,
    /// Size of the file in bytes.
    pub db_size: i64,
    /// What of it is in use, in bytes.
    pub db_size_in_use: i64,
}

/// One endpoint's status.
#[derive(Clone, Debug)]
pub struct EndpointStatus {
    /// Address as given.
    pub endpoint: String,
    /// Sizes and raft numbers.
    pub usage: Usage,
    /// How large the file may become, in bytes.
    pub quota: i64,
    /// What is wrong with the member.
    pub errors: Vec<String>,
}

/// One endpoint's hash.
#[derive(Clone, Debug)]
pub struct EndpointHash {
    /// Address as given.
    pub endpoint: String,
    /// Its answer.
    pub hash: HashKv,
}

/// The member that is simulated.
#[derive(Clone, Debug)]
pub struct Member {
    /// Id.
    pub id: u64,
    /// Name.
    pub name: &'static str,
    /// Address for other members.
    pub peer_url: &'static str,
    /// Address for clients.
    pub client_url: &'static str,
}
