//! Objects as text that leaves the tab, in steps.

use super::object::read;
use crate::engine::document::Document;
use crate::engine::protocol::{Doc, KubernetesAnswer};
use crate::kubernetes::{Stored, Value, apply::to_apply, mask, yaml};
use crate::kv::Revision;

/// Objects that a step writes.
const STEP_OBJECTS: usize = 200;
/// Bytes of values that a step reads.
const STEP_BYTES: usize = 4 << 20;
/// Bytes of text at most.
const MAX_BYTES: usize = 64 << 20;

/// An export, and how far it has come.
pub(super) struct Export {
    pub(super) id: u64,
    pub(super) doc: Doc,
    /// The versions to write; none while the list is being made.
    pub(super) keys: Option<Vec<Revision>>,
    pub(super) text: Text,
}

/// The text so far.
pub(super) struct Text {
    next: usize,
    is_list: bool,
    revealed: Vec<(String, String)>,
    text: String,
    name: String,
    objects: u64,
    encrypted: u64,
    lost: u64,
    masked: u64,
    is_cut: bool,
}

impl Export {
    pub(super) fn new(
        id: u64,
        doc: Doc,
        keys: Option<Vec<Revision>>,
        is_list: bool,
        revealed: Vec<(String, String)>,
    ) -> Self {
        let text = match is_list {
            true => "apiVersion: v1\nitems:\n".to_owned(),
            false => String::new(),
        };
        Self {
            id,
            doc,
            keys,
            text: Text {
                next: 0,
                is_list,
                revealed,
                text,
                name: String::new(),
                objects: 0,
                encrypted: 0,
                lost: 0,
                masked: 0,
                is_cut: false,
            },
        }
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        let total = self.keys.as_ref().map_or(0, Vec::len);
        (self.text.next as u64, total as u64)
    }

    pub(super) fn finish(self) -> KubernetesAnswer {
        let mut text = self.text;
        if text.is_list {
            if text.objects == 0 {
                text.text = "apiVersion: v1\nitems: []\n".to_owned();
            }
            text.text.push_str("kind: List\nmetadata: {}\n");
        }
        let name = match (text.objects, text.name.is_empty()) {
            (1, false) => format!("{}.yaml", text.name),
            _ => "objects.yaml".to_owned(),
        };
        let mut note = match text.objects {
            1 => "1 object written".to_owned(),
            count => format!("{count} objects written"),
        };
        let left = [
            (
                text.masked,
                "values of Secrets left out, since they are masked",
            ),
            (text.encrypted, "objects left out, since they are encrypted"),
            (text.lost, "objects left out, since they cannot be read"),
        ];
        for (count, why) in left.iter().filter(|(count, _)| *count > 0) {
            note.push_str(&format!("; {count} {why}"));
        }
        if text.is_cut {
            note.push_str("; the rest is left out: the text is at its limit");
        }
        KubernetesAnswer::Exported {
            name,
            text: text.text,
            note,
        }
    }
}

impl Text {
    /// Writes the next objects; true once all are written.
    pub(super) fn step<'d>(
        &mut self,
        keys: &[Revision],
        holder: &dyn Fn(Revision) -> Option<&'d dyn Document>,
    ) -> bool {
        let mut bytes = 0;
        for revision in keys.iter().skip(self.next).take(STEP_OBJECTS) {
            if bytes > STEP_BYTES {
                return false;
            }
            if self.text.len() > MAX_BYTES {
                self.is_cut = true;
                return true;
            }
            self.next += 1;
            match holder(*revision).and_then(|document| read(document, *revision)) {
                Some((key, value)) => {
                    bytes += value.len();
                    self.write(&key, &value);
                }
                None => self.lost += 1,
            }
        }
        self.next >= keys.len()
    }

    fn write(&mut self, key: &[u8], value: &[u8]) {
        let Some(schema) = super::schema() else {
            return;
        };
        let mut object = match Stored::read(schema, value) {
            Stored::Object(object) => object,
            Stored::Encrypted(_) => return self.encrypted += 1,
            Stored::Other(_) => return self.lost += 1,
        };
        let is_plain = mask::is_secret_key(key) && !mask::is_secret(&object);
        if is_plain {
            mask::mask_whole(&mut object);
        }
        let name = String::from_utf8_lossy(key).into_owned();
        let hidden: Vec<_> = mask::paths(&mut object)
            .into_iter()
            .filter(|path| !self.revealed.iter().any(|(k, p)| *k == name && p == path))
            .collect();
        to_apply(&mut object, &hidden);
        let values = hidden.iter().filter(|path| !path.starts_with("metadata."));
        let count = values.clone().count() as u64;
        self.masked += count;
        let (namespace, object_name) = object.name();
        let kind = object.kind.to_lowercase();
        let parts = [kind.as_str(), namespace, object_name];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        self.name = parts.join("-").replace(['/', ':'], "-");
        let mut document = String::new();
        if self.is_list {
            yaml::push(&mut document, &Value::List(vec![object.value]));
        } else {
            if self.objects > 0 {
                self.text.push_str("---\n");
            }
            for path in values {
                self.text
                    .push_str(&format!("# {path} is masked and left out\n"));
            }
            yaml::push(&mut document, &object.value);
        }
        self.text.push_str(&document);
        self.objects += 1;
    }
}
