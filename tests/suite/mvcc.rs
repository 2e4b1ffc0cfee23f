//! The store against etcd's own data: recorded workloads, the worked examples of compaction, and
//! a naive model.

mod compaction;
mod model;
mod txn;
pub mod workload;
