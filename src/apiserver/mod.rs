//! A small API server on the simulated member, and the controllers that act on its objects.
//!
//! Objects are stored as Kubernetes stores them: protobuf in its envelope under `/registry/`,
//! each write one transaction on the key's mod revision, which is the object's resourceVersion.
//! Names, ids and times are made from the store and its virtual clock, so the same requests give
//! the same bytes.
//!
//! Not here: what kubectl prints (`shell::kubectl`).

mod admission;
mod bootstrap;
mod clock;
mod defaults;
mod deployment;
mod etcd;
mod kubelet;
mod leaving;
mod managed;
pub mod object;
mod problem;
mod replica_set;
mod resources;
mod server;
mod steps;
mod validate;

pub use bootstrap::bootstrap;
pub use clock::Clock;
pub use etcd::{Etcd, Live, get, is_cluster, list, read, read_as};
pub use problem::Problem;
pub use resources::{Kind, builtin, find, kinds, of};
pub use server::{Manager, Server, is_controlled_by};
pub use steps::{Step, mark_deleted, step};
