//! Objects of Kubernetes in a history: one version, lists as of a revision, texts for kubectl.
//!
//! A list and an export are made in steps, one of each at a time; a later one supersedes an
//! earlier one. The curve of times is gathered while rows are read ([`survey::Survey`]). The schema is parsed when the first object is met.

mod export;
mod fill;
mod list;
mod object;
mod survey;

use super::document::Document;
use super::protocol::{Doc, Envelope, KubernetesAnswer, KubernetesRequest, ObjectHead, Response};
use super::wire::Packed;
use super::{Engine, Sink};
use crate::kubernetes::when::Estimate;
use crate::kubernetes::{RegistryKey, Schema, Stored, builtin, mask, time};
use export::Export;
use list::List;

pub(super) use object::head;
pub(super) use survey::Survey;

/// The table of messages, parsed once.
pub(super) fn schema() -> Option<&'static Schema> {
    builtin()
}

/// The list and the export that are being made.
#[derive(Default)]
pub(super) struct Work {
    list: Option<List>,
    /// Who waits for a window of the list: id, first, count.
    page: Option<(u64, u64, u32)>,
    export: Option<Export>,
}

impl Work {
    pub(super) fn is_busy(&self) -> bool {
        self.page.is_some() || self.export.is_some()
    }

    /// The history has changed or is another one.
    pub(super) fn forget(&mut self, doc: Doc) {
        if self.list.as_ref().is_some_and(|list| list.doc == doc) {
            *self = Self::default();
        }
    }
}

/// What stands in place of a Secret's value in rows and tables.
pub(super) const MASKED: &str = "*** a Secret, masked";

/// Whether the bytes of an item or a page element hold a Secret: those of etcd's rows carry key
/// and value in one.
pub(super) fn hides(key: &[u8], value: &[u8]) -> bool {
    /// A key stands at the beginning of its row.
    const HEAD: usize = 1024;
    if mask::hides(key, value) {
        return true;
    }
    let head = value.get(..HEAD).unwrap_or(value);
    mask::holds(head, b"/secrets/") && mask::holds(head, b"/registry/")
        || mask::holds(value, b"k8s\0\x0a\x0c\x0a\x02v1\x12\x06Secret")
}

/// Where the key of a Secret stands.
fn secret_at(bytes: &[u8]) -> Option<usize> {
    let needle = b"/secrets/";
    bytes.windows(needle.len()).position(|part| part == needle)
}

/// Whether the key of a Secret is in the bytes.
pub(super) fn names_secret(bytes: &[u8]) -> bool {
    secret_at(bytes).is_some()
}

/// The beginning of a page's bytes, with stars from where a Secret begins.
pub(super) fn masked_bytes(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(at) = secret_at(&bytes) {
        bytes.iter_mut().skip(at).for_each(|byte| *byte = b'*');
    }
    bytes
}

/// A time and its uncertainty, in words.
pub(super) fn when_words(estimate: Estimate) -> String {
    let Some(time) = time::rfc3339(estimate.micros.div_euclid(1_000_000)) else {
        return String::new();
    };
    if estimate.is_outside {
        return format!("no time told around it; the nearest is {time}");
    }
    // Rounded up, so that it is never said to be better known than it is.
    let seconds = estimate.uncertainty_micros.saturating_add(999_999) / 1_000_000;
    format!("about {time} ± {seconds} s, from times that objects around it tell")
}

impl Engine {
    /// When a revision of a history was written, from what its objects tell: microseconds since
    /// 1970, and how many it may be wrong either way (`i64::MAX` outside of what they tell).
    pub fn when(&self, doc: Doc, revision: i64) -> Option<(i64, i64)> {
        let estimate = self.document(doc)?.when(revision)?;
        Some((estimate.micros, estimate.uncertainty_micros))
    }

    pub(super) fn handle_kubernetes(
        &mut self,
        id: u64,
        request: KubernetesRequest,
        say: &mut dyn FnMut(Response),
    ) {
        let mut answer = |answer| say(Response::Kubernetes(Packed::new(&answer)));
        match request {
            KubernetesRequest::Object {
                doc,
                revision,
                is_json,
                revealed,
            } => {
                let wanted = object::Wanted { is_json, revealed };
                let view = self
                    .holder(doc, revision)
                    .and_then(|document| object::view(document, revision, &wanted));
                answer(KubernetesAnswer::Object(view.map(Box::new)));
            }
            KubernetesRequest::Value { doc, revision } => {
                let value = self
                    .holder(doc, revision)
                    .and_then(|document| object::value(document, revision))
                    .unwrap_or_default();
                answer(KubernetesAnswer::Value { revision, value });
            }
            KubernetesRequest::Objects {
                doc,
                search,
                first,
                count,
            } => {
                self.ask_list(doc, search);
                self.kubernetes.page = Some((id, first, count));
            }
            KubernetesRequest::Fill { doc } => {
                let file = self.file.as_ref().filter(|_| doc == Doc::File);
                let fill = file.and_then(|file| {
                    let curve = file.background.found.curve.as_ref()?;
                    Some(fill::fill(curve, file.history()))
                });
                answer(KubernetesAnswer::Fill(fill.map(Box::new)));
            }
            KubernetesRequest::Export {
                doc,
                what,
                is_list,
                revealed,
            } => {
                let keys = match what {
                    super::ExportOf::One(revision) => Some(vec![revision]),
                    super::ExportOf::All(search) => {
                        self.ask_list(doc, search);
                        None
                    }
                };
                self.kubernetes.export = Some(Export::new(id, doc, keys, is_list, revealed));
            }
            KubernetesRequest::Stop => {
                self.kubernetes.page = None;
                self.kubernetes.export = None;
                answer(KubernetesAnswer::Stopped);
            }
        }
    }

    /// Begins a list, unless it is the one that there is.
    fn ask_list(&mut self, doc: Doc, search: super::ObjectSearch) {
        let list = self.kubernetes.list.as_ref();
        if !list.is_some_and(|list| list.doc == doc && list.search == search) {
            self.kubernetes.list = Some(List::new(doc, search));
        }
    }

    /// Who has a revision: the store, or its fossils.
    fn holder(&self, doc: Doc, revision: crate::kv::Revision) -> Option<&dyn Document> {
        let document = self.document(doc)?;
        if document.history().find_change(revision).is_some() {
            return Some(document);
        }
        let fossils = self.file.as_ref().filter(|_| doc == Doc::File)?.fossils()?;
        Some(fossils)
    }

    /// Does the next piece of a list or an export.
    pub(super) fn step_kubernetes(&mut self, out: Sink<'_>) {
        let mut work = std::mem::take(&mut self.kubernetes);
        if let Some((id, body)) = self.go_on_with(&mut work) {
            let body = Response::Kubernetes(Packed::new(&body));
            out(Envelope { id, body });
        }
        self.kubernetes = work;
    }

    fn go_on_with(&self, work: &mut Work) -> Option<(u64, KubernetesAnswer)> {
        let id = work.page.map(|(id, ..)| id);
        let id = id.or(work.export.as_ref().map(|export| export.id))?;
        let is_listing = work.page.is_some()
            || work
                .export
                .as_ref()
                .is_some_and(|export| export.keys.is_none());
        if let Some(list) = work.list.as_mut().filter(|_| is_listing) {
            let Some(document) = self.document(list.doc) else {
                *work = Work::default();
                return Some((id, KubernetesAnswer::Stopped));
            };
            if !list.step(document.history()) {
                let (done, total) = list.progress(document.history());
                return Some((id, KubernetesAnswer::Along { done, total }));
            }
            if let Some((id, first, count)) = work.page.take() {
                let objects = list.window(document.history(), first, count);
                return Some((id, KubernetesAnswer::Objects(Box::new(objects))));
            }
            if let Some(export) = &mut work.export {
                export.keys = Some(list.revisions());
            }
        }
        let export = work.export.as_mut()?;
        let holder = |revision| self.holder(export.doc, revision);
        let done = export
            .text
            .step(export.keys.as_deref().unwrap_or_default(), &holder);
        let (done_count, total) = export.progress();
        if !done {
            return Some((
                id,
                KubernetesAnswer::Along {
                    done: done_count,
                    total,
                },
            ));
        }
        let export = work.export.take()?;
        Some((id, export.finish()))
    }
}

/// What is told of a value without reading it to its end.
fn stored_words(stored: &Stored<'_>) -> String {
    match stored {
        Stored::Object(object) => match object.encoding {
            crate::kubernetes::Encoding::Protobuf => "protobuf in the k8s envelope".to_owned(),
            crate::kubernetes::Encoding::Json => "JSON".to_owned(),
        },
        Stored::Encrypted(held) => format!(
            "encrypted at rest by {} {} with key {}, {} bytes",
            held.provider, held.version, held.key, held.len
        ),
        Stored::Other(_) => String::new(),
    }
}

/// Names from the key, where the object does not say them.
fn head_of(key: &[u8], stored: &Stored<'_>) -> Option<ObjectHead> {
    let parsed = RegistryKey::parse(key);
    let mut head = ObjectHead {
        stored: stored_words(stored),
        is_secret: mask::is_secret_key(key),
        ..ObjectHead::default()
    };
    if let Some(parsed) = parsed {
        head.namespace = parsed.namespace.to_owned();
        head.name = parsed.name.to_owned();
        if let Some(known) = parsed.known {
            head.kind = known.kind.to_owned();
            head.api_version = match known.group {
                "" => known.version.to_owned(),
                group => format!("{group}/{}", known.version),
            };
        }
    }
    match stored {
        Stored::Object(object) => {
            if !object.kind.is_empty() {
                head.kind = object.kind.clone().into_owned();
            }
            if !object.api_version.is_empty() {
                head.api_version = object.api_version.clone().into_owned();
            }
            let (namespace, name) = object.name();
            if !name.is_empty() {
                head.namespace = namespace.to_owned();
                head.name = name.to_owned();
            }
            head.is_secret |= mask::is_secret(object);
        }
        Stored::Encrypted(_) => head.is_encrypted = true,
        Stored::Other(_) => return None,
    }
    Some(head)
}
