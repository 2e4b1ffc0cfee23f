//! The words of the language as a table, from which parser, help and completion come.

/// A term: a name, an operator, a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The name that is typed.
    pub name: &'static str,
    /// Other names for the same.
    pub also: &'static [&'static str],
    /// How it is written.
    pub form: &'static str,
    /// One that can be tried.
    pub example: &'static str,
    /// What it finds.
    pub about: &'static str,
    /// What its value is.
    pub takes: Takes,
}

/// What the value of a term is, and what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A part of the key, or a pattern for it.
    Key,
    /// The beginning of the key.
    Prefix,
    /// A part of the value, or a pattern for it.
    Value,
    /// Bytes as hexadecimal digits.
    Hex,
    /// The revision that wrote the row.
    Revision,
    /// The revision of the first put of the generation.
    Create,
    /// The count of puts in the generation.
    Version,
    /// The length of the value in bytes.
    Size,
    /// A lease, or one of [`LEASES`].
    Lease,
    /// One of [`STATES`].
    State,
    /// A kind of Kubernetes, or its plural.
    Kind,
    /// A namespace of Kubernetes.
    Namespace,
    /// The name of an object of Kubernetes.
    Name,
    /// A label of an object of Kubernetes, with its value or without.
    Label,
    /// One of [`SCOPES`].
    Scope,
}

impl Takes {
    /// Whether the value is a number that can be compared.
    pub(super) fn is_number(self) -> bool {
        matches!(
            self,
            Self::Revision | Self::Create | Self::Version | Self::Size
        )
    }

    /// Whether the value may be a pattern.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Key | Self::Value)
    }
}

const fn term(
    takes: Takes,
    [name, form, example, about]: [&'static str; 4],
    also: &'static [&'static str],
) -> Term {
    Term {
        name,
        also,
        form,
        example,
        about,
        takes,
    }
}

/// Every term, in the order of the help.
#[rustfmt::skip]
pub const TERMS: &[Term] = &[
    term(Takes::Key, ["key", "key:TEXT  key~REGEX", "key~^/registry/(pods|events)/", "keys that hold the text, or match the pattern"], &[]),
    term(Takes::Prefix, ["prefix", "prefix:TEXT", "prefix:/registry/pods/", "keys that begin so"], &[]),
    term(Takes::Value, ["value", "value:TEXT  value~REGEX", "value:\"connection refused\"", "values that hold the text, or match the pattern"], &["val"]),
    term(Takes::Hex, ["hex", "hex:DIGITS", "hex:6b387300", "these bytes, in key or value"], &[]),
    term(Takes::Kind, ["kind", "kind:KIND", "kind:deployments.apps", "objects of this kind, by its name or its plural, with its group or without"], &[]),
    term(Takes::Namespace, ["ns", "ns:NAME", "ns:kube-*", "objects of this namespace; * stands for any text"], &["namespace"]),
    term(Takes::Name, ["name", "name:NAME", "name:web-*", "objects of this name; * stands for any text"], &[]),
    term(Takes::Label, ["label", "label:KEY  label:KEY=VALUE", "label:app=web", "objects that have this label"], &["labels"]),
    term(Takes::State, ["is", "is:STATE", "is:live", "rows in this state"], &[]),
    term(Takes::Revision, ["rev", "rev:N  rev:N..M  rev>=N", "rev:100..200", "rows that these revisions wrote"], &["revision", "mod"]),
    term(Takes::Create, ["create", "create:N  create:N..M  create>=N", "create>100", "rows whose key was created at these revisions"], &["created"]),
    term(Takes::Version, ["version", "version:N  version:N..M  version>N", "version>100", "rows with this many puts since the key was created"], &[]),
    term(Takes::Size, ["size", "size:N  size:N..M  size>N", "size>100Ki", "rows whose value has this many bytes; k, M, G, Ki, Mi, Gi"], &[]),
    term(Takes::Lease, ["lease", "lease:ID  lease:any  lease:none", "lease:any", "rows attached to this lease, by its hexadecimal digits"], &[]),
    term(Takes::Scope, ["in", "in:SCOPE", "in:value", "where the whole query looks"], &[]),
];

/// A value that a term takes by name, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<T: 'static> {
    /// What is typed.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What it stands for.
    pub means: T,
}

const fn choice<T>(name: &'static str, means: T, about: &'static str) -> Choice<T> {
    Choice { name, about, means }
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its key is deleted at the head.
    Deleted,
    /// It marks a deletion.
    Tombstone,
    /// The last row of its key, and none that deletes it.
    Live,
    /// A later row of its key is there.
    Old,
    /// The first put of a generation.
    Create,
    /// A later put of a generation.
    Modify,
}

/// Every state.
pub const STATES: &[Choice<State>] = &[
    choice("live", State::Live, "what a read of the head returns"),
    choice("old", State::Old, "superseded by a later row of its key"),
    choice(
        "deleted",
        State::Deleted,
        "of a key that is deleted at the head",
    ),
    choice("tombstone", State::Tombstone, "marks a deletion"),
    choice(
        "create",
        State::Create,
        "the first put of a key's generation",
    ),
    choice("modify", State::Modify, "a later put of a key's generation"),
];

/// Which leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leases {
    /// Any.
    Any,
    /// None.
    None,
}

/// Leases by name.
pub const LEASES: &[Choice<Leases>] = &[
    choice("any", Leases::Any, "attached to a lease"),
    choice("none", Leases::None, "attached to none"),
];

/// Where the whole query looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Words without a name are looked for in keys.
    Key,
    /// They are looked for in values too.
    Value,
    /// Values of Secrets are looked into, which they are not otherwise.
    Secrets,
}

/// Every scope.
pub const SCOPES: &[Choice<Scope>] = &[
    choice(
        "key",
        Scope::Key,
        "words without a name are looked for in keys, as always",
    ),
    choice(
        "value",
        Scope::Value,
        "words without a name are looked for in values too",
    ),
    choice(
        "secrets",
        Scope::Secrets,
        "looks into the values of Secrets too",
    ),
];

/// Words that join terms: how they are written, one that can be tried, what they do.
pub const JOINTS: &[(&str, &str, &str)] = &[
    (
        "WORD",
        "web",
        "keys that hold the text; words beside each other are all needed",
    ),
    (
        "\"WORDS\"",
        "\"two words\"",
        "text with blanks, or with what has a meaning here",
    ),
    (
        "A or B",
        "ns:default or ns:kube-system",
        "one of both; and binds closer",
    ),
    ("-A  not A", "-is:tombstone", "what A does not find"),
    (
        "( A )",
        "web (is:live or is:deleted)",
        "what belongs together",
    ),
];

/// The term of a name.
pub(super) fn find(name: &str) -> Option<&'static Term> {
    TERMS.iter().find(|term| {
        let mut names = std::iter::once(&term.name).chain(term.also);
        names.any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// Whether a name is that of a term.
pub(super) fn is_name(name: &str) -> bool {
    find(name).is_some()
}

/// How to write queries, row by row: form, example, what it finds.
pub fn help() -> Vec<[String; 3]> {
    let mut rows: Vec<[String; 3]> = JOINTS
        .iter()
        .map(|(form, example, about)| [*form, *example, *about].map(str::to_owned))
        .collect();
    for term in TERMS {
        rows.push([term.form, term.example, term.about].map(str::to_owned));
        let choices: Vec<_> = choices(term.takes).collect();
        rows.extend(choices.into_iter().map(|(name, about)| {
            let form = format!("{}:{name}", term.name);
            [form.clone(), form, about.to_owned()]
        }));
    }
    rows
}

/// The values that a term takes by name.
pub(super) fn choices(takes: Takes) -> impl Iterator<Item = (&'static str, &'static str)> {
    let states = STATES.iter().map(|one| (one.name, one.about));
    let leases = LEASES.iter().map(|one| (one.name, one.about));
    let scopes = SCOPES.iter().map(|one| (one.name, one.about));
    let states = states.filter(move |_| takes == Takes::State);
    let leases = leases.filter(move |_| takes == Takes::Lease);
    let scopes = scopes.filter(move |_| takes == Takes::Scope);
    states.chain(leases).chain(scopes)
}
