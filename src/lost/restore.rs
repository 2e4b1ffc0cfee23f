//! One row as text that brings it back: a manifest for `kubectl apply`, JSON, or a line for bash
//! that puts the very bytes into etcd.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::bash;
use crate::kubernetes::{Object, Stored, apply, builtin, json, mask, yaml};
use crate::kv::RecordRef;

/// What a row is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An object of Kubernetes as `kubectl apply -f` takes it, without what the server sets.
    Yaml,
    /// The same as JSON; what is no object as `etcdctl get -w json` writes it.
    Json,
    /// A line for bash with `etcdctl put`, exact to the byte.
    Etcdctl,
}

/// Why a row is not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrestorable {
    /// The row is a deletion.
    #[error("it marks a deletion and has no value")]
    Tombstone,
    /// It is a Secret's, and nobody asked for those.
    #[error("its value is a Secret's, which is written only when asked for")]
    Masked,
    /// It was encrypted before it was stored; the bytes themselves can be put back.
    #[error("its value is encrypted by {provider} with key {key}")]
    Encrypted {
        /// `aescbc`, `aesgcm`, `secretbox` or `kms`.
        provider: String,
        /// Name of the key, or of the KMS plugin.
        key: String,
    },
    /// No manifest can be made of it.
    #[error("its value is no object of Kubernetes")]
    NotAnObject,
    /// No command line can name it.
    #[error("its key, {len} bytes, cannot be an argument: it has a zero byte or is too long")]
    Key {
        /// Bytes of the key.
        len: u64,
    },
}

/// Writes a row. Without `secrets` the values of a Secret are left out of a manifest, and nothing
/// at all is written of one in the forms that are exact.
///
/// # Errors
/// What cannot be written in this form, or may not.
pub fn restore(record: &RecordRef<'_>, form: Form, secrets: bool) -> Result<String, Unrestorable> {
    if record.bucket_key.tombstone {
        return Err(Unrestorable::Tombstone);
    }
    match form {
        Form::Etcdctl => etcdctl(record, secrets),
        Form::Yaml => {
            let (object, hidden) = object(record, secrets)?;
            let mut out = String::new();
            for path in &hidden {
                let _ = writeln!(out, "# {path} is masked and left out");
            }
            yaml::push(&mut out, &object.value);
            Ok(out)
        }
        Form::Json => match object(record, secrets) {
            Ok((object, _)) => {
                let mut out = String::new();
                json::push_pretty(&mut out, &object.value);
                Ok(out)
            }
            Err(Unrestorable::NotAnObject) => row(record, secrets),
            Err(error) => Err(error),
        },
    }
}

/// A row as an object to apply, and the paths of the values that were left out.
pub(super) fn object<'a>(
    record: &RecordRef<'a>,
    secrets: bool,
) -> Result<(Object<'a>, Vec<String>), Unrestorable> {
    let schema = builtin().ok_or(Unrestorable::NotAnObject)?;
    let mut object = match Stored::read(schema, record.value) {
        Stored::Object(object) => *object,
        Stored::Encrypted(held) => {
            return Err(Unrestorable::Encrypted {
                provider: held.provider.into_owned(),
                key: held.key.into_owned(),
            });
        }
        Stored::Other(_) => return Err(Unrestorable::NotAnObject),
    };
    // It lies where Secrets do and says that it is something else, or nearly a Secret: its values
    // may stand anywhere.
    if !secrets && mask::hides(record.key, record.value) && !mask::is_secret(&object) {
        return Err(Unrestorable::Masked);
    }
    let mut hidden = match secrets {
        true => Vec::new(),
        false => mask::paths(&mut object),
    };
    apply::to_apply(&mut object, &hidden);
    // That annotation goes for everybody.
    hidden.retain(|path| !path.starts_with("metadata."));
    Ok((object, hidden))
}

/// The members of `etcdctl get -w json`, on one line.
fn row(record: &RecordRef<'_>, secrets: bool) -> Result<String, Unrestorable> {
    if !secrets && mask::hides(record.key, record.value) {
        return Err(Unrestorable::Masked);
    }
    let mut out = r#"{"key":""#.to_owned();
    STANDARD.encode_string(record.key, &mut out);
    let _ = write!(
        out,
        r#"","create_revision":{},"mod_revision":{},"version":{},"value":""#,
        record.create_revision, record.mod_revision, record.version
    );
    STANDARD.encode_string(record.value, &mut out);
    out.push('"');
    if record.lease.0 != 0 {
        let _ = write!(out, r#","lease":{}"#, record.lease.0);
    }
    out.push_str("}\n");
    Ok(out)
}

fn etcdctl(record: &RecordRef<'_>, secrets: bool) -> Result<String, Unrestorable> {
    if !secrets && mask::hides(record.key, record.value) {
        return Err(Unrestorable::Masked);
    }
    let len = record.key.len() as u64;
    let key = bash::word(record.key).ok_or(Unrestorable::Key { len })?;
    // Behind it nothing is a flag.
    let dashes = match [record.key, record.value]
        .iter()
        .any(|part| part.starts_with(b"-"))
    {
        true => "-- ",
        false => "",
    };
    Ok(match bash::word(record.value) {
        Some(value) => format!("etcdctl put {dashes}{key} {value}\n"),
        None => {
            let mut line = "echo ".to_owned();
            STANDARD.encode_string(record.value, &mut line);
            line + &format!(" | base64 -d | etcdctl put {dashes}{key}\n")
        }
    })
}
