//! `-w json`: Go's `encoding/json` of the reply.
//!
//! Zero values of protobuf messages are left out, those of the client's own structs stay; bytes
//! are base64; 64-bit integers are plain numbers; `<`, `>` and `&` are escaped for HTML.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{EndpointHash, EndpointStatus, Header, Member, Style, TimeToLive, WatchResponse};
use crate::kv::KeyValue;
use crate::mvcc::{AuthReply, Error, Event, EventKind, LeaseStatus, Release, Reply};

/// An object that is being written.
#[derive(Default)]
pub struct Object(String);

impl Object {
    fn name(&mut self, name: &str) -> &mut String {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&string(name));
        self.0.push(':');
        &mut self.0
    }

    /// A field that is always there, its value written already.
    pub fn raw(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.name(name).push_str(value.as_ref());
        self
    }

    /// A number that is always there.
    pub fn number(self, name: &str, number: i64) -> Self {
        self.raw(name, number.to_string())
    }

    /// A string that is always there.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.raw(name, string(text))
    }

    fn some(self, name: &str, value: Option<String>) -> Self {
        match value {
            Some(value) => self.raw(name, value),
            None => self,
        }
    }

    fn nonzero(self, name: &str, number: i64) -> Self {
        self.some(name, (number != 0).then(|| number.to_string()))
    }

    fn id(self, name: &str, id: u64) -> Self {
        self.some(name, (id != 0).then(|| id.to_string()))
    }

    fn truth(self, name: &str, truth: bool) -> Self {
        self.some(name, truth.then(|| "true".to_owned()))
    }

    fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        self.some(name, (!bytes.is_empty()).then(|| base64(bytes)))
    }

    /// The object as text.
    pub fn end(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}

/// Any reply of the key-value service, as one line.
pub fn reply(reply: &Reply, style: &Style) -> String {
    body(
        reply,
        Object::default().raw("header", header(&style.header)),
        style,
    ) + "\n"
}

/// One response of a watch, as one line.
pub fn watch(response: &WatchResponse, style: &Style) -> String {
    let events: Vec<_> = response.events.iter().map(event).collect();
    let object = Object::default()
        .raw("Header", header(&style.header))
        .raw("Events", list(&events))
        .number("CompactRevision", response.compact_revision)
        .raw("Canceled", response.canceled.to_string())
        .raw("Created", "false");
    object.end() + "\n"
}

/// A new or renewed lease.
pub fn lease(lease: &LeaseStatus, is_grant: bool, style: &Style) -> String {
    let object = flat_header(&style.header)
        .number("ID", lease.id.0)
        .number("TTL", lease.ttl);
    let object = match is_grant {
        true => object.text("Error", ""),
        false => object,
    };
    object.end() + "\n"
}

/// Only a header, as of a revoked lease.
pub fn header_only(style: &Style) -> String {
    Object::default().raw("header", header(&style.header)).end() + "\n"
}

/// The alarms that stand; up to 3.4 without a header.
pub fn alarms(stands: bool, style: &Style) -> String {
    let object = match style.release.minor {
        ..=4 => Object::default(),
        _ => Object::default().raw("header", header(&style.header)),
    };
    let row = Object::default()
        .id("memberID", style.header.member_id)
        .number("alarm", 1)
        .end();
    let rows = stands.then(|| list(&[row]));
    object.some("alarms", rows).end() + "\n"
}

/// An answer about users and roles.
pub fn auth(reply: &AuthReply, style: &Style) -> String {
    let object = Object::default().raw("header", header(&style.header));
    let names = |names: &[String]| {
        let names: Vec<_> = names.iter().map(|name| string(name)).collect();
        (!names.is_empty()).then(|| list(&names))
    };
    match reply {
        AuthReply::Done => object,
        AuthReply::Status { enabled, revision } => object
            .truth("enabled", *enabled)
            .nonzero("authRevision", *revision),
        AuthReply::Users(users) => object.some("users", names(users)),
        AuthReply::Roles(roles) => object.some("roles", names(roles)),
        AuthReply::Permissions(all) => {
            let rows: Vec<_> = all
                .iter()
                .map(|permission| {
                    Object::default()
                        .nonzero("permType", permission.kind.number())
                        .bytes("key", &permission.keys.key)
                        .bytes("range_end", &permission.keys.range_end)
                        .end()
                })
                .collect();
            object.some("perm", (!rows.is_empty()).then(|| list(&rows)))
        }
    }
    .end()
        + "\n"
}

/// What is left of a lease.
pub fn time_to_live(reply: &TimeToLive, style: &Style) -> String {
    let keys = match reply.keys.as_deref() {
        None | Some([]) => "null".to_owned(),
        Some(keys) => list(&keys.iter().map(|key| base64(key)).collect::<Vec<_>>()),
    };
    flat_header(&style.header)
        .number("id", reply.lease.id.0)
        .number("ttl", reply.remaining)
        .number("granted-ttl", reply.lease.ttl)
        .raw("keys", keys)
        .end()
        + "\n"
}

/// All leases.
pub fn lease_list(leases: &[LeaseStatus], style: &Style) -> String {
    let ids: Vec<_> = leases
        .iter()
        .map(|lease| Object::default().number("id", lease.id.0).end())
        .collect();
    flat_header(&style.header).raw("leases", list(&ids)).end() + "\n"
}

/// `endpoint status`.
pub fn status(all: &[EndpointStatus], style: &Style) -> String {
    let rows: Vec<_> = all
        .iter()
        .map(|row| {
            let usage = &row.usage;
            let errors: Vec<_> = row.errors.iter().map(|error| string(error)).collect();
            let errors = (!errors.is_empty()).then(|| list(&errors));
            let object = Object::default()
                .raw("header", header(&style.header))
                .text("version", &style.release.to_string())
                .nonzero("dbSize", usage.db_size)
                .id("leader", style.header.member_id)
                .nonzero("raftIndex", usage.raft_index)
                .nonzero("raftTerm", usage.raft_term)
                .nonzero("raftAppliedIndex", usage.raft_index)
                .some("errors", errors)
                .nonzero("dbSizeInUse", usage.db_size_in_use);
            let object = match style.release.minor {
                6.. => object
                    .text(
                        "storageVersion",
                        &super::simple::storage_version(style.release),
                    )
                    .nonzero("dbSizeQuota", row.quota)
                    .raw("downgradeInfo", "{}"),
                _ => object,
            };
            Object::default()
                .text("Endpoint", &row.endpoint)
                .raw("Status", object.end())
                .end()
        })
        .collect();
    list(&rows) + "\n"
}

/// `endpoint hashkv`.
pub fn hashes(all: &[EndpointHash], style: &Style) -> String {
    if all.is_empty() && style.release.minor >= 6 {
        return "null\n".to_owned();
    }
    let rows: Vec<_> = all
        .iter()
        .map(|row| {
            let object = Object::default()
                .raw("header", header(&style.header))
                .nonzero("hash", i64::from(row.hash.hash))
                .nonzero("compact_revision", row.hash.compact_revision);
            let object = match style.release.minor {
                6.. => object.nonzero("hash_revision", row.hash.hash_revision),
                _ => object,
            };
            Object::default()
                .text("Endpoint", &row.endpoint)
                .raw("HashKV", object.end())
                .end()
        })
        .collect();
    list(&rows) + "\n"
}

/// `member list`; `hex` makes the ids strings.
pub fn members(member: &Member, style: &Style) -> String {
    let id = |id: u64| match style.hex {
        true => string(&format!("{id:x}")),
        false => id.to_string(),
    };
    let urls = |url: &str| list(&[string(url)]);
    let client_urls = match (style.hex, style.release.minor) {
        (true, ..6) => "clientURLS",
        _ => "clientURLs",
    };
    let row = Object::default()
        .raw("ID", id(member.id))
        .text("name", member.name)
        .raw("peerURLs", urls(member.peer_url))
        .raw(client_urls, urls(member.client_url))
        .end();
    let header = Object::default()
        .raw("cluster_id", id(style.header.cluster_id))
        .raw("member_id", id(style.header.member_id))
        .number("raft_term", style.header.raft_term)
        .end();
    Object::default()
        .raw("header", header)
        .raw("members", list(&[row]))
        .end()
        + "\n"
}

/// A new lease as the JSON gateway answers: 64-bit numbers in quotes, no newline.
pub fn gateway_lease(lease: &LeaseStatus, header: &Header) -> String {
    let header = Object::default()
        .text("cluster_id", &header.cluster_id.to_string())
        .text("member_id", &header.member_id.to_string())
        .text("revision", &header.revision.to_string())
        .text("raft_term", &header.raft_term.to_string())
        .end();
    Object::default()
        .raw("header", header)
        .text("ID", &lease.id.0.to_string())
        .text("TTL", &lease.ttl.to_string())
        .end()
}

/// A refusal as the JSON gateway answers it, with gRPC's code.
pub fn gateway_error(error: &Error, release: Release) -> String {
    let code = match error {
        Error::LeaseNotFound => 5,
        Error::LeaseExists => 9,
        Error::Compacted | Error::FutureRevision | Error::LeaseTtlTooLarge => 11,
        _ => 3,
    };
    let text = error.to_string();
    let object = Object::default().text("error", &text);
    match release.minor {
        ..=4 => object.text("message", &text).number("code", code),
        5 => object.number("code", code).text("message", &text),
        // From 3.6 on the gateway gives the status alone.
        _ => Object::default()
            .number("code", code)
            .text("message", &text),
    }
    .end()
}

/// A JSON array of values that are written already.
pub fn list(values: &[String]) -> String {
    format!("[{}]", values.join(","))
}

/// A string as `encoding/json` writes it.
pub fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => {
                out.push_str(&format!("\\u{:04x}", u32::from(char)));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

fn body(reply: &Reply, object: Object, style: &Style) -> String {
    match reply {
        Reply::Put(put) => object.some("prev_kv", put.prev_kv.as_ref().map(key_value)),
        Reply::Range(range) => object
            .some("kvs", key_values(&range.kvs))
            .truth("more", range.more)
            .nonzero("count", range.count),
        Reply::DeleteRange(delete) => object
            .nonzero("deleted", delete.deleted)
            .some("prev_kvs", key_values(&delete.prev_kvs)),
        Reply::Txn(txn) => {
            let responses: Vec<_> = txn
                .responses
                .iter()
                .map(|inner| response(inner, style))
                .collect();
            object.truth("succeeded", txn.succeeded).some(
                "responses",
                (!responses.is_empty()).then(|| list(&responses)),
            )
        }
        _ => object,
    }
    .end()
}

/// An answer inside a txn: its header has the revision of the txn's view and nothing else.
fn response(reply: &Reply, style: &Style) -> String {
    let (name, older, revision) = match reply {
        Reply::Put(put) => ("response_put", "ResponsePut", put.revision),
        Reply::Range(range) => ("response_range", "ResponseRange", range.revision),
        Reply::DeleteRange(delete) => (
            "response_delete_range",
            "ResponseDeleteRange",
            delete.revision,
        ),
        _ => ("response_txn", "ResponseTxn", 0),
    };
    let name = if style.release.minor <= 4 {
        older
    } else {
        name
    };
    let header = Object::default().nonzero("revision", revision).end();
    let inner = body(reply, Object::default().raw("header", header), style);
    let tagged = Object::default().raw(name, inner).end();
    Object::default().raw("Response", tagged).end()
}

fn header(header: &Header) -> String {
    flat_header(header).end()
}

fn flat_header(header: &Header) -> Object {
    Object::default()
        .id("cluster_id", header.cluster_id)
        .id("member_id", header.member_id)
        .nonzero("revision", header.revision)
        .nonzero("raft_term", header.raft_term)
}

fn event(event: &Event) -> String {
    Object::default()
        .some(
            "type",
            (event.kind == EventKind::Delete).then(|| "1".to_owned()),
        )
        .raw("kv", key_value(&event.kv))
        .some("prev_kv", event.prev_kv.as_ref().map(key_value))
        .end()
}

fn key_values(kvs: &[KeyValue]) -> Option<String> {
    let all: Vec<_> = kvs.iter().map(key_value).collect();
    (!all.is_empty()).then(|| list(&all))
}

fn key_value(kv: &KeyValue) -> String {
    Object::default()
        .bytes("key", &kv.key)
        .nonzero("create_revision", kv.create_revision)
        .nonzero("mod_revision", kv.mod_revision)
        .nonzero("version", kv.version)
        .bytes("value", &kv.value)
        .nonzero("lease", kv.lease.0)
        .end()
}

fn base64(bytes: &[u8]) -> String {
    format!("\"{}\"", BASE64_STANDARD.encode(bytes))
}
