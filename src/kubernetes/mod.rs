//! Kubernetes inside etcd: which object a key belongs to, the object as kubectl prints it, and
//! what its history says.
//!
//! Start from [`Stored::read`]: a stored value and a [`Schema`] give an [`Object`], whose
//! document [`yaml`] and [`json`] write. [`RegistryKey`] reads keys. Facts of formats come from
//! the public API definitions of Kubernetes; what kubectl prints was recorded from it.

pub mod apply;
mod builtin;
mod decode;
pub mod diff;
mod encode;
mod generic;
pub mod json;
pub mod manifest;
pub mod mask;
mod noted;
pub mod owners;
pub mod parts;
mod problem;
pub mod registry;
mod resolve;
mod scalar;
mod schema;
mod stored;
pub mod sums;
pub mod time;
mod value;
pub mod versions;
pub mod when;
mod wire;
pub mod yaml;

pub use builtin::builtin;
pub use encode::{EncodeError, encode, encode_json};
pub use noted::Unknown;
pub use problem::Problem;
pub use registry::RegistryKey;
pub use schema::{Field, Fit, Kind, Mark, Message, MessageId, Schema, SchemaError, Shape};
pub use stored::{Encoding, Encrypted, Leave, MAGIC, Object, Stored};
pub use value::{Entry, Value};
pub use wire::Payload;
