//! Objects in etcd: reading them, and the transactions of the API server.
//!
//! A create holds only if the key does not exist, an update and a delete only if the key was
//! last written by the revision that was read (`kubernetes/apiserver`,
//! `pkg/storage/etcd3/store.go`).

use super::problem::Problem;
use super::resources::Kind;
use crate::kubernetes::{EncodeError, Encoding, Stored, Value, builtin, encode, encode_json};
use crate::kv::{KeyValue, LeaseId};
use crate::mvcc::{
    Applied, Compare, CompareResult, CompareTarget, DeleteRange, Error, KeyRange, Op, Put, Range,
    Reply, Store, Txn,
};

/// The member that the API server talks to.
pub trait Etcd {
    /// Its store.
    fn store(&self) -> &Store;
    /// Applies a request.
    ///
    /// # Errors
    /// As the store refuses it.
    fn apply(&mut self, op: Op) -> Result<Applied, Error>;
}

/// An object as it stands in etcd.
#[derive(Clone, Debug)]
pub struct Live {
    /// Its document, with `resourceVersion`.
    pub value: Value<'static>,
    /// The revision that wrote it.
    pub mod_revision: i64,
}

/// Reads a value; none where it is no object.
pub fn read(kv: &KeyValue) -> Option<Live> {
    read_as(&kv.value, kv.mod_revision)
}

/// Reads a value that counts as written by a revision.
pub fn read_as(value: &[u8], mod_revision: i64) -> Option<Live> {
    match Stored::read(builtin()?, value) {
        Stored::Object(mut object) => {
            object.set_resource_version(mod_revision);
            Some(Live {
                value: object.value.into_owned(),
                mod_revision,
            })
        }
        _ => None,
    }
}

/// One object.
pub fn get(store: &Store, key: &str) -> Option<Live> {
    range(store, KeyRange::one(key)).first().and_then(read)
}

/// All objects of a kind, in the order of their keys; of one namespace where one is named.
pub fn list(store: &Store, kind: &Kind, namespace: Option<&str>) -> Vec<Live> {
    let all = range(store, KeyRange::prefix(kind.prefix(namespace)));
    all.iter().filter_map(read).collect()
}

/// Whether there is any object.
pub fn is_cluster(store: &Store) -> bool {
    let mut keys = Range::of(KeyRange::prefix("/registry/"));
    keys.limit = 1;
    store.range(&keys).is_ok_and(|reply| !reply.kvs.is_empty())
}

fn range(store: &Store, keys: KeyRange) -> Vec<KeyValue> {
    store
        .range(&Range::of(keys))
        .map(|reply| reply.kvs)
        .unwrap_or_default()
}

/// The bytes of an object.
pub(super) fn bytes(value: &Value<'_>, kind: &Kind) -> Result<Vec<u8>, Problem> {
    if kind.encoding == Encoding::Json {
        return Ok(encode_json(value));
    }
    let schema = builtin().ok_or(Problem::NoSchema)?;
    encode(schema, value, &[]).map_err(|errors| Problem::Unreadable {
        kind: kind.kind.clone(),
        version: kind.version.clone(),
        errors: errors.iter().map(|error| go_words(error, kind)).collect(),
    })
}

/// What Go's decoder says where a value is of a wrong type.
fn go_words(error: &EncodeError, kind: &Kind) -> String {
    let EncodeError::Type {
        path,
        found,
        wanted,
    } = error
    else {
        return error.to_string();
    };
    let words = |text: &str| match text {
        "a string" => "string",
        "a whole number of 32 bits" => "int32",
        "a whole number" => "number",
        "an object" => "object",
        "a list" => "array",
        "a boolean" => "bool",
        _ => "value",
    };
    let plain: String = path
        .split('.')
        .map(|part| part.split('[').next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(".");
    let owner = match plain.rsplit('.').nth(1) {
        Some("metadata") => "ObjectMeta".to_owned(),
        Some("containers") => "Container".to_owned(),
        Some("ports") => "ContainerPort".to_owned(),
        Some("spec") if plain.starts_with("spec.template") => "PodSpec".to_owned(),
        Some("spec") => format!("{}Spec", kind.kind),
        _ => kind.kind.clone(),
    };
    format!(
        "json: cannot unmarshal {} into Go struct field {owner}.{plain} of type {}",
        words(found),
        words(wanted)
    )
}

/// Writes a key if it was last written by `expected`, 0 for a key that must not exist. Answers
/// the revision, or none where that did not hold.
pub(super) fn put_if(
    etcd: &mut dyn Etcd,
    key: &str,
    value: Vec<u8>,
    lease: LeaseId,
    expected: i64,
) -> Result<Option<i64>, Problem> {
    let put = Put {
        key: key.into(),
        value,
        lease,
        ..Put::default()
    };
    txn(etcd, key, expected, Op::Put(put))
}

/// Deletes a key if it was last written by `expected`.
pub(super) fn delete_if(
    etcd: &mut dyn Etcd,
    key: &str,
    expected: i64,
) -> Result<Option<i64>, Problem> {
    let delete = DeleteRange {
        keys: KeyRange::one(key),
        prev_kv: false,
    };
    txn(etcd, key, expected, Op::DeleteRange(delete))
}

fn txn(etcd: &mut dyn Etcd, key: &str, expected: i64, op: Op) -> Result<Option<i64>, Problem> {
    let compare = Compare {
        keys: KeyRange::one(key),
        result: CompareResult::Equal,
        target: CompareTarget::Mod(expected),
    };
    let read = Op::Range(Range::of(KeyRange::one(key)));
    let txn = Txn {
        compares: vec![compare],
        success: vec![op],
        failure: vec![read],
    };
    let applied = etcd.apply(Op::Txn(txn)).map_err(Problem::Etcd)?;
    match applied.reply {
        Reply::Txn(reply) if reply.succeeded => Ok(Some(applied.revision)),
        _ => Ok(None),
    }
}
