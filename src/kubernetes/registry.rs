//! Registry keys: which object a key of etcd belongs to.
//!
//! ```text
//! /registry/pods/default/web-1                          resource, namespace, name
//! /registry/services/specs/default/web                  two segments name the resource
//! /registry/stable.example.com/crontabs/demo/my-cron    a group with a dot: custom resources
//! ```
//!
//! The keys of built-in resources do not carry their group; it comes from a table.

/// What a key says. Names are empty where the key has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistryKey<'a> {
    /// What is in front of the resource, `/registry` by default.
    pub prefix: &'a str,
    /// API group, empty for the core group.
    pub group: &'a str,
    /// Version, where the key or the table says which; the envelope says it better.
    pub version: &'a str,
    /// Plural name as in URLs and in kubectl, such as `pods`.
    pub resource: &'a str,
    /// Namespace; empty for what has none.
    pub namespace: &'a str,
    /// Name of the object.
    pub name: &'a str,
    /// What the table knows of the resource; `None` for custom and for unknown ones.
    pub known: Option<&'static Resource>,
}

/// A built-in resource.
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its path under the prefix.
    pub path: &'static str,
    /// Plural name.
    pub plural: &'static str,
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Version that is stored by current releases.
    pub version: &'static str,
    /// Kind of its objects.
    pub kind: &'static str,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
}

const fn row(
    path: &'static str,
    plural: &'static str,
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    is_namespaced: bool,
) -> Resource {
    Resource {
        path,
        plural,
        group,
        version,
        kind,
        is_namespaced,
    }
}

const ADMISSION: &str = "admissionregistration.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const FLOW: &str = "flowcontrol.apiserver.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const DRA: &str = "resource.k8s.io";
const SCHEDULING: &str = "scheduling.k8s.io";
const COORDINATION: &str = "coordination.k8s.io";

/// The built-in resources in the order of their paths, from Kubernetes'
/// `default_storage_factory_builder.go` and `test/integration/etcd/data.go`.
#[rustfmt::skip]
pub const RESOURCES: &[Resource] = &[
    row("apiextensions.k8s.io/customresourcedefinitions", "customresourcedefinitions", "apiextensions.k8s.io", "v1", "CustomResourceDefinition", false),
    row("apiregistration.k8s.io/apiservices", "apiservices", "apiregistration.k8s.io", "v1", "APIService", false),
    row("certificatesigningrequests", "certificatesigningrequests", CERTIFICATES, "v1", "CertificateSigningRequest", false),
    row("clusterrolebindings", "clusterrolebindings", RBAC, "v1", "ClusterRoleBinding", false),
    row("clusterroles", "clusterroles", RBAC, "v1", "ClusterRole", false),
    row("clustertrustbundles", "clustertrustbundles", CERTIFICATES, "v1beta1", "ClusterTrustBundle", false),
    row("configmaps", "configmaps", "", "v1", "ConfigMap", true),
    row("controllerrevisions", "controllerrevisions", "apps", "v1", "ControllerRevision", true),
    row("controllers", "replicationcontrollers", "", "v1", "ReplicationController", true),
    row("cronjobs", "cronjobs", "batch", "v1", "CronJob", true),
    row("csidrivers", "csidrivers", STORAGE, "v1", "CSIDriver", false),
    row("csinodes", "csinodes", STORAGE, "v1", "CSINode", false),
    row("csistoragecapacities", "csistoragecapacities", STORAGE, "v1", "CSIStorageCapacity", true),
    row("daemonsets", "daemonsets", "apps", "v1", "DaemonSet", true),
    row("deployments", "deployments", "apps", "v1", "Deployment", true),
    row("deviceclasses", "deviceclasses", DRA, "v1", "DeviceClass", false),
    row("devicetaintrules", "devicetaintrules", DRA, "v1alpha3", "DeviceTaintRule", false),
    row("endpointslices", "endpointslices", "discovery.k8s.io", "v1", "EndpointSlice", true),
    row("events", "events", "", "v1", "Event", true),
    row("flowschemas", "flowschemas", FLOW, "v1", "FlowSchema", false),
    row("horizontalpodautoscalers", "horizontalpodautoscalers", "autoscaling", "v2", "HorizontalPodAutoscaler", true),
    row("ingress", "ingresses", NETWORKING, "v1", "Ingress", true),
    row("ingressclasses", "ingressclasses", NETWORKING, "v1", "IngressClass", false),
    row("ipaddresses", "ipaddresses", NETWORKING, "v1", "IPAddress", false),
    row("jobs", "jobs", "batch", "v1", "Job", true),
    row("leasecandidates", "leasecandidates", COORDINATION, "v1beta1", "LeaseCandidate", true),
    row("leases", "leases", COORDINATION, "v1", "Lease", true),
    row("limitranges", "limitranges", "", "v1", "LimitRange", true),
    row("masterleases", "masterleases", "", "v1", "Endpoints", false),
    row("minions", "nodes", "", "v1", "Node", false),
    row("mutatingadmissionpolicies", "mutatingadmissionpolicies", ADMISSION, "v1", "MutatingAdmissionPolicy", false),
    row("mutatingadmissionpolicybindings", "mutatingadmissionpolicybindings", ADMISSION, "v1", "MutatingAdmissionPolicyBinding", false),
    row("mutatingwebhookconfigurations", "mutatingwebhookconfigurations", ADMISSION, "v1", "MutatingWebhookConfiguration", false),
    row("namespaces", "namespaces", "", "v1", "Namespace", false),
    row("networkpolicies", "networkpolicies", NETWORKING, "v1", "NetworkPolicy", true),
    row("peerserverleases", "peerserverleases", "", "v1", "Endpoints", false),
    row("persistentvolumeclaims", "persistentvolumeclaims", "", "v1", "PersistentVolumeClaim", true),
    row("persistentvolumes", "persistentvolumes", "", "v1", "PersistentVolume", false),
    row("podcertificaterequests", "podcertificaterequests", CERTIFICATES, "v1beta1", "PodCertificateRequest", true),
    row("poddisruptionbudgets", "poddisruptionbudgets", "policy", "v1", "PodDisruptionBudget", true),
    row("podgroups", "podgroups", SCHEDULING, "v1alpha3", "PodGroup", true),
    row("pods", "pods", "", "v1", "Pod", true),
    row("podsecuritypolicy", "podsecuritypolicies", "policy", "v1beta1", "PodSecurityPolicy", false),
    row("podtemplates", "podtemplates", "", "v1", "PodTemplate", true),
    row("priorityclasses", "priorityclasses", SCHEDULING, "v1", "PriorityClass", false),
    row("prioritylevelconfigurations", "prioritylevelconfigurations", FLOW, "v1", "PriorityLevelConfiguration", false),
    row("ranges/secondaryserviceips", "rangeallocations", "", "v1", "RangeAllocation", false),
    row("ranges/serviceips", "rangeallocations", "", "v1", "RangeAllocation", false),
    row("ranges/servicenodeports", "rangeallocations", "", "v1", "RangeAllocation", false),
    row("replicasets", "replicasets", "apps", "v1", "ReplicaSet", true),
    row("resourceclaims", "resourceclaims", DRA, "v1", "ResourceClaim", true),
    row("resourceclaimtemplates", "resourceclaimtemplates", DRA, "v1", "ResourceClaimTemplate", true),
    row("resourcequotas", "resourcequotas", "", "v1", "ResourceQuota", true),
    row("resourceslices", "resourceslices", DRA, "v1", "ResourceSlice", false),
    row("rolebindings", "rolebindings", RBAC, "v1", "RoleBinding", true),
    row("roles", "roles", RBAC, "v1", "Role", true),
    row("runtimeclasses", "runtimeclasses", "node.k8s.io", "v1", "RuntimeClass", false),
    row("secrets", "secrets", "", "v1", "Secret", true),
    row("serviceaccounts", "serviceaccounts", "", "v1", "ServiceAccount", true),
    row("servicecidrs", "servicecidrs", NETWORKING, "v1", "ServiceCIDR", false),
    row("services/endpoints", "endpoints", "", "v1", "Endpoints", true),
    row("services/specs", "services", "", "v1", "Service", true),
    row("statefulsets", "statefulsets", "apps", "v1", "StatefulSet", true),
    row("storageclasses", "storageclasses", STORAGE, "v1", "StorageClass", false),
    row("storageversionmigrations", "storageversionmigrations", "storagemigration.k8s.io", "v1beta1", "StorageVersionMigration", false),
    row("storageversions", "storageversions", "internal.apiserver.k8s.io", "v1alpha1", "StorageVersion", false),
    row("validatingadmissionpolicies", "validatingadmissionpolicies", ADMISSION, "v1", "ValidatingAdmissionPolicy", false),
    row("validatingadmissionpolicybindings", "validatingadmissionpolicybindings", ADMISSION, "v1", "ValidatingAdmissionPolicyBinding", false),
    row("validatingwebhookconfigurations", "validatingwebhookconfigurations", ADMISSION, "v1", "ValidatingWebhookConfiguration", false),
    row("volumeattachments", "volumeattachments", STORAGE, "v1", "VolumeAttachment", false),
    row("volumeattributesclasses", "volumeattributesclasses", STORAGE, "v1", "VolumeAttributesClass", false),
    row("workloads", "workloads", SCHEDULING, "v1alpha3", "Workload", true),
];

impl<'a> RegistryKey<'a> {
    /// Reads a key under `/registry`.
    pub fn parse(key: &'a [u8]) -> Option<Self> {
        Self::parse_under("/registry", key)
    }

    /// Reads a key under another `--etcd-prefix`; `None` for what is no key of an object.
    pub fn parse_under(prefix: &'a str, key: &'a [u8]) -> Option<Self> {
        let key = std::str::from_utf8(key).ok()?;
        let path = key.strip_prefix(prefix)?.strip_prefix('/')?;
        let (first, rest) = path.split_once('/')?;
        let two = rest.split_once('/').map_or(rest, |(second, _)| second);
        let named = path.get(..first.len() + 1 + two.len()).unwrap_or(path);
        let known = find(named).or_else(|| find(first));
        let (group, version, resource, left) = match known {
            Some(known) => {
                let left = path.get(known.path.len() + 1..).unwrap_or_default();
                (known.group, known.version, known.plural, left)
            }
            // A custom resource's group has a dot; a built-in one that is not known has none.
            None if first.contains('.') => {
                let (resource, left) = rest.split_once('/')?;
                (first, "", resource, left)
            }
            None => ("", "", first, rest),
        };
        if left.is_empty() && known.is_none_or(|known| known.plural != "rangeallocations") {
            return None;
        }
        let (namespace, name) = match left.split_once('/') {
            Some((namespace, name)) => (namespace, name),
            None if left.is_empty() => ("", two),
            None => ("", left),
        };
        Some(Self {
            prefix,
            group,
            version,
            resource,
            namespace,
            name,
            known,
        })
    }

    /// The resource's full name, as kubectl takes it: `deployments.apps`.
    pub fn full_resource(&self) -> String {
        match self.group {
            "" => self.resource.to_owned(),
            group => format!("{}.{group}", self.resource),
        }
    }

    /// The key that the object of a resource has in etcd.
    pub fn of(resource: &Resource, namespace: &str, name: &str) -> String {
        match (resource.is_namespaced, resource.plural) {
            (_, "rangeallocations") => format!("/registry/{}", resource.path),
            (true, _) => format!("/registry/{}/{namespace}/{name}", resource.path),
            (false, _) => format!("/registry/{}/{name}", resource.path),
        }
    }
}

/// A built-in resource by its path.
pub fn find(path: &str) -> Option<&'static Resource> {
    let at = RESOURCES.binary_search_by(|row| row.path.cmp(path));
    RESOURCES.get(at.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(RESOURCES.is_sorted_by(|a, b| a.path < b.path));
    }

    #[test]
    fn splits_keys() {
        let check = |key: &str, expected: &str| {
            let text = RegistryKey::parse(key.as_bytes()).map(|key| {
                let RegistryKey {
                    group,
                    resource,
                    namespace,
                    name,
                    ..
                } = key;
                format!("{group}|{resource}|{namespace}|{name}")
            });
            assert_eq!(text.unwrap_or_default(), expected, "{key}");
        };
        check("/registry/pods/default/web-1", "|pods|default|web-1");
        check("/registry/deployments/a/b", "apps|deployments|a|b");
        check("/registry/minions/node-1", "|nodes||node-1");
        check(
            "/registry/services/specs/default/web",
            "|services|default|web",
        );
        check(
            "/registry/services/endpoints/default/web",
            "|endpoints|default|web",
        );
        check(
            "/registry/ranges/serviceips",
            "|rangeallocations||serviceips",
        );
        check(
            "/registry/masterleases/10.0.0.1",
            "|endpoints||10.0.0.1"
                .replace("endpoints", "masterleases")
                .as_str(),
        );
        check(
            "/registry/clusterroles/system:node",
            "rbac.authorization.k8s.io|clusterroles||system:node",
        );
        check(
            "/registry/stable.example.com/crontabs/demo/x",
            "stable.example.com|crontabs|demo|x",
        );
        check(
            "/registry/stable.example.com/things/x",
            "stable.example.com|things||x",
        );
        check(
            "/registry/apiregistration.k8s.io/apiservices/v1.",
            "apiregistration.k8s.io|apiservices||v1.",
        );
        check(
            "/registry/apiextensions.k8s.io/customresourcedefinitions/a.b.c",
            "apiextensions.k8s.io|customresourcedefinitions||a.b.c",
        );
        check("/registry/ingress/a/b", "networking.k8s.io|ingresses|a|b");
        check("/registry/newthings/a/b", "|newthings|a|b");
        check("/registry/events/ns/pod-1.17a3", "|events|ns|pod-1.17a3");
        for none in [
            "compact_rev_key",
            "/registry/health",
            "/registry/pods/",
            "/registry",
            "/x/pods/a/b",
        ] {
            check(none, "");
        }
        let other = RegistryKey::parse_under("/k8s/prod", b"/k8s/prod/pods/a/b").unwrap();
        assert_eq!((other.resource, other.name), ("pods", "b"));
    }

    #[test]
    fn makes_the_key_that_it_splits() {
        for row in RESOURCES {
            let key = RegistryKey::of(row, "ns", "name");
            let parsed = RegistryKey::parse(key.as_bytes()).unwrap();
            assert_eq!(parsed.known, Some(row), "{key}");
        }
    }
}
