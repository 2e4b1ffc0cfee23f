//! A new cluster: its namespaces and its node.

use super::kubelet::node;
use super::object::{map, texts};
use super::steps::kind;
use super::{Manager, Problem, Server, is_cluster};
use crate::kubernetes::Value;

/// Name of the node where none is said, as in the talk.
pub const NODE: &str = "test-k8s-cluster-control-plane";

/// Writes what a new cluster holds, unless there are objects. Answers whether it did.
///
/// # Errors
/// What the store refuses.
pub fn bootstrap(server: &mut Server<'_>) -> Result<bool, Problem> {
    if is_cluster(server.etcd.store()) {
        return Ok(false);
    }
    let by = Manager::of("kube-apiserver");
    for name in ["kube-system", "kube-public", "kube-node-lease", "default"] {
        let value = object("v1", "Namespace", &[("name", name)]);
        server.create(&kind("namespaces")?, value, by)?;
    }
    let now = server.now();
    let value = node(NODE, "172.18.0.2", &now);
    server.create(&kind("nodes")?, value, Manager::of("kubelet"))?;
    for space in ["kube-system", "kube-public", "kube-node-lease", "default"] {
        account(server, space)?;
    }
    let mut service = object(
        "v1",
        "Service",
        &[("name", "kubernetes"), ("namespace", "default")],
    );
    let mut port = texts(&[("name", "https"), ("protocol", "TCP")]);
    port.set("port", Value::Int(443));
    port.set("targetPort", Value::Int(6443));
    let spec = map([
        ("clusterIP", Value::text("10.96.0.1")),
        ("ports", Value::List(vec![port])),
    ]);
    service.set("spec", spec);
    server.create(&kind("services")?, service, by)?;
    Ok(true)
}

/// The account that every namespace has.
pub(super) fn account(server: &mut Server<'_>, space: &str) -> Result<(), Problem> {
    let value = object(
        "v1",
        "ServiceAccount",
        &[("name", "default"), ("namespace", space)],
    );
    let by = Manager::of("kube-controller-manager");
    match server.create(&kind("serviceaccounts")?, value, by) {
        Ok(_) | Err(Problem::AlreadyExists { .. }) => Ok(()),
        Err(other) => Err(other),
    }
}

/// An object with only these in its metadata.
pub(super) fn object(version: &str, kind: &str, meta: &[(&'static str, &str)]) -> Value<'static> {
    map([
        ("apiVersion", Value::text(version.to_owned())),
        ("kind", Value::text(kind.to_owned())),
        ("metadata", texts(meta)),
    ])
}
