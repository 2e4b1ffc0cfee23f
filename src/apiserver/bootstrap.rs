//! A new cluster: its namespaces and its node.

use super::kubelet::node;
use super::object::{map, texts};
use super::steps::{CONTROLLER, kind};
use super::{Manager, Problem, Server, is_cluster};
use crate::kubernetes::Value;

/// Name of the node where none is said, as in the talk.
pub const NODE: &str = "test-k8s-cluster-control-plane";

/// Name of the ConfigMap with the certificate of the cluster.
pub(super) const ROOT_CERTIFICATE: &str = "kube-root-ca.crt";

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
        root_certificate(server, space)?;
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

/// The certificate that pods are shown in every namespace.
pub(super) fn root_certificate(server: &mut Server<'_>, space: &str) -> Result<(), Problem> {
    let mut value = object(
        "v1",
        "ConfigMap",
        &[("name", ROOT_CERTIFICATE), ("namespace", space)],
    );
    let text = "-----BEGIN CERTIFICATE-----\n(simulated)\n-----END CERTIFICATE-----\n";
    value.set("data", texts(&[("ca.crt", text)]));
    let by = Manager::of(CONTROLLER);
    match server.create(&kind("configmaps")?, value, by) {
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
