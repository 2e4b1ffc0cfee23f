//! The kinds that the server knows: the built-in ones and those that definitions in etcd add.

use std::borrow::Cow;

use super::etcd::list;
use super::object::{is_true, items, text};
use crate::kubernetes::registry::{RESOURCES, Resource};
use crate::kubernetes::{Encoding, Value};
use crate::mvcc::Store;

/// A kind of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `deployments`
    pub plural: String,
    /// `deployment`
    pub singular: String,
    /// `deploy`
    pub short: Vec<String>,
    /// `apps`; empty for the core group.
    pub group: String,
    /// `v1`
    pub version: String,
    /// `Deployment`
    pub kind: String,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
    /// How its objects are stored.
    pub encoding: Encoding,
    /// Where its keys begin, such as `/registry/deployments/`.
    path: String,
}

/// Short names by plural, from the REST storages of Kubernetes.
const SHORT: &[(&str, &str)] = &[
    ("certificatesigningrequests", "csr"),
    ("configmaps", "cm"),
    ("cronjobs", "cj"),
    ("customresourcedefinitions", "crd,crds"),
    ("daemonsets", "ds"),
    ("deployments", "deploy"),
    ("endpoints", "ep"),
    ("events", "ev"),
    ("horizontalpodautoscalers", "hpa"),
    ("ingresses", "ing"),
    ("ipaddresses", "ip"),
    ("limitranges", "limits"),
    ("namespaces", "ns"),
    ("networkpolicies", "netpol"),
    ("nodes", "no"),
    ("persistentvolumeclaims", "pvc"),
    ("persistentvolumes", "pv"),
    ("poddisruptionbudgets", "pdb"),
    ("pods", "po"),
    ("priorityclasses", "pc"),
    ("replicasets", "rs"),
    ("replicationcontrollers", "rc"),
    ("resourcequotas", "quota"),
    ("serviceaccounts", "sa"),
    ("services", "svc"),
    ("statefulsets", "sts"),
    ("storageclasses", "sc"),
    ("volumeattributesclasses", "vac"),
];

/// Stored, but not served under these names.
const HIDDEN: &[&str] = &[
    "masterleases",
    "peerserverleases",
    "rangeallocations",
    "workloads",
];

impl Kind {
    fn of(row: &Resource) -> Self {
        let short = SHORT.iter().find(|(plural, _)| *plural == row.plural);
        let is_json = row.group == "apiregistration.k8s.io" || row.group == "apiextensions.k8s.io";
        Self {
            plural: row.plural.to_owned(),
            singular: row.kind.to_lowercase(),
            short: short
                .map(|(_, names)| names.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
            group: row.group.to_owned(),
            version: row.version.to_owned(),
            kind: row.kind.to_owned(),
            is_namespaced: row.is_namespaced,
            encoding: match is_json {
                true => Encoding::Json,
                false => Encoding::Protobuf,
            },
            path: format!("/registry/{}/", row.path),
        }
    }

    /// A kind that a definition adds.
    fn custom(definition: &Value<'_>) -> Option<Self> {
        let spec = definition.get("spec")?;
        let name = |key| text(spec, &["names", key]).to_owned();
        let versions = items(spec, &["versions"]);
        let version = versions.iter().find(|one| is_true(one, &["served"]));
        let version = version.map_or(text(spec, &["version"]), |one| text(one, &["name"]));
        let (plural, group) = (name("plural"), text(spec, &["group"]).to_owned());
        let path = format!("/registry/{group}/{plural}/");
        let short = items(spec, &["names", "shortNames"]).iter();
        Some(Self {
            singular: match name("singular") {
                empty if empty.is_empty() => name("kind").to_lowercase(),
                singular => singular,
            },
            short: short.filter_map(Value::as_str).map(str::to_owned).collect(),
            version: version.to_owned(),
            kind: name("kind"),
            is_namespaced: text(spec, &["scope"]) == "Namespaced",
            encoding: Encoding::Json,
            plural,
            group,
            path,
        })
    }

    /// `apps/v1`, `v1`.
    pub fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// `deployments.apps`, `pods`: as errors name the resource.
    pub fn resource(&self) -> String {
        dotted(&self.plural, &self.group)
    }

    /// `deployment.apps`, `pod`: as output names the kind.
    pub fn one(&self) -> String {
        dotted(&self.singular, &self.group)
    }

    /// `Deployment.apps`, `Pod`.
    pub fn qualified(&self) -> String {
        dotted(&self.kind, &self.group)
    }

    /// Where its keys begin, those of a namespace where one is named.
    pub fn prefix(&self, namespace: Option<&str>) -> String {
        match namespace.filter(|_| self.is_namespaced) {
            Some(namespace) => format!("{}{namespace}/", self.path),
            None => self.path.clone(),
        }
    }

    /// The key of an object.
    pub fn key(&self, namespace: &str, name: &str) -> String {
        self.prefix(Some(namespace)) + name
    }

    /// The path of a list in the REST interface.
    pub fn url(&self, namespace: Option<&str>) -> String {
        let root = match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        match namespace.filter(|_| self.is_namespaced) {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{}", self.plural),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        self.plural == name || self.singular == name || self.short.iter().any(|one| one == name)
    }
}

fn dotted(name: &str, group: &str) -> String {
    match group {
        "" => name.to_owned(),
        group => format!("{name}.{group}"),
    }
}

/// All kinds: built-in ones by group and name, then those of definitions.
pub fn kinds(store: &Store) -> Vec<Kind> {
    let rows = RESOURCES.iter().filter(|row| !HIDDEN.contains(&row.plural));
    let mut all: Vec<_> = rows.map(Kind::of).collect();
    all.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
    if let Some(definitions) = builtin("customresourcedefinitions") {
        let found = list(store, &definitions, None);
        all.extend(found.iter().filter_map(|one| Kind::custom(&one.value)));
    }
    all
}

/// A built-in kind by its plural.
pub fn builtin(plural: &str) -> Option<Kind> {
    let row = RESOURCES.iter().find(|row| row.plural == plural)?;
    Some(Kind::of(row))
}

/// The kind that a word means: `deploy`, `deployments.apps`, `Deployment.v1.apps`.
pub fn find(store: &Store, word: &str) -> Option<Kind> {
    let word = word.to_lowercase();
    let all = kinds(store);
    let by = |name: &str, fits: &dyn Fn(&Kind) -> bool| {
        let mut found = all.iter().filter(|kind| kind.is_called(name) && fits(kind));
        found.next().cloned()
    };
    let whole = by(&word, &|_| true);
    whole.or_else(|| {
        let (name, rest) = word.split_once('.')?;
        let fits = |kind: &Kind| {
            let versioned: Cow<'_, str> = format!("{}.{}", kind.version, kind.group).into();
            rest == kind.group || rest == versioned || versioned.trim_end_matches('.') == rest
        };
        by(name, &fits)
    })
}

/// The kind of a document.
pub fn of(store: &Store, api_version: &str, kind: &str) -> Option<Kind> {
    let mut all = kinds(store).into_iter();
    all.find(|one| one.kind == kind && one.api_version() == api_version)
}
