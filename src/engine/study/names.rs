//! Names that a filter of a file may hold, for completion.

use std::collections::BTreeSet;

use crate::engine::document::Document;
use crate::engine::file::OpenedFile;
use crate::find::Names;
use crate::kubernetes::RegistryKey;

/// Prefixes, kinds or namespaces that a completion knows.
const NAMES: usize = 200;

/// The largest prefixes, the kinds below them, the first namespaces.
pub(super) fn of(file: &OpenedFile) -> Names {
    let mut names = Names::default();
    for group in file.fills.top(NAMES) {
        match str::from_utf8(&group.prefix) {
            Ok(prefix) if !prefix.is_empty() => names.prefixes.push(prefix.to_owned()),
            _ => continue,
        }
        let key = [&*group.prefix, b"a/b"].concat();
        let known = RegistryKey::parse(&key).and_then(|key| key.known);
        names.kinds.extend(known.map(|known| known.kind.to_owned()));
    }
    let mut namespaces = BTreeSet::new();
    for key in file.history().keys() {
        if namespaces.len() >= NAMES {
            break;
        }
        if let Some(key) = RegistryKey::parse(key.key)
            && !key.namespace.is_empty()
            && !namespaces.contains(key.namespace)
        {
            namespaces.insert(key.namespace.to_owned());
        }
    }
    names.namespaces = namespaces.into_iter().collect();
    names
}
