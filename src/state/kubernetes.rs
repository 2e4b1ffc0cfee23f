//! What is looked at of Kubernetes: one object, the list of a cluster, what fills it.

use std::rc::Rc;

use super::{AppState, Tab, Window};
use crate::engine::{
    Doc, Envelope, ExportOf, Fill, KubernetesAnswer, KubernetesRequest, ObjectList, ObjectRow,
    ObjectSearch, ObjectSort, ObjectView, Packed, Request,
};
use crate::kv::Revision;

type Outbox = Vec<Envelope<Request>>;

/// How many objects are asked for at once.
const WINDOW: u32 = 120;

/// How an object is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectPane {
    /// Its YAML, with who set which line.
    #[default]
    Yaml,
    /// Its JSON.
    Json,
    /// What changed, path by path.
    Changes,
    /// The version before and this one side by side.
    Sides,
}

/// Something happened to an object or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectAction {
    /// Show the object of the selected change over the page, or do not.
    Open(bool),
    /// Show it this way.
    Show(ObjectPane),
    /// Unfold managedFields, or fold them.
    ToggleManaged,
    /// Unfold the status and what every write changes, or fold them.
    ToggleStatus,
    /// The next (1) or previous (−1) version.
    Step(i8),
    /// Show this value of the Secret.
    Reveal(String),
    /// Show the stored bytes of the selected Secret.
    RevealValue,
    /// List what holds these words.
    Search(String),
    /// List this resource; empty: all.
    Resource(String),
    /// List this namespace; none: all.
    Namespace(Option<String>),
    /// List in the order of this; twice: the other way round.
    Sort(ObjectSort),
    /// The list shows from this one on.
    ShowFrom(u64),
    /// Select this one of the list.
    Select(Revision),
    /// Show what fills the cluster, or the list.
    ShowFill(bool),
    /// Write text for kubectl: of the object that is shown, or of all that are listed.
    Export {
        /// All that are listed.
        is_all: bool,
        /// As one List.
        is_list: bool,
    },
    /// Leave the list or the export undone.
    Stop,
    /// The text was saved.
    Saved,
}

/// Text to save, and what to say of it.
#[derive(Debug, PartialEq)]
pub struct Exported {
    /// Name for the file.
    pub name: String,
    /// The text.
    pub text: String,
    /// Makes each one another.
    pub id: u64,
}

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectState {
    /// Whether the object lies over the page.
    pub is_open: bool,
    /// How it is shown.
    pub pane: ObjectPane,
    /// Whether managedFields are unfolded.
    pub has_managed: bool,
    /// Whether status and noise are unfolded.
    pub has_status: bool,
    /// The object; none before it has come.
    pub object: Option<Rc<ObjectView>>,
    /// Keys and paths of values of Secrets that are shown.
    pub revealed: Vec<(String, String)>,
    /// What is listed.
    pub search: ObjectSearch,
    /// The list.
    pub list: Window<ObjectRow>,
    /// Resources and namespaces to choose from, and whether the revision was compacted.
    pub choice: Rc<ObjectList>,
    /// Whether what fills the cluster is shown.
    pub is_fill: bool,
    /// What fills it, once it is summed.
    pub fill: Option<Rc<Fill>>,
    /// How far a list or an export is: done, of so many.
    pub along: Option<(u64, u64)>,
    /// Text to save.
    pub exported: Option<Rc<Exported>>,
    /// What the last export held and left out.
    pub note: String,
    object_id: u64,
    list_id: u64,
    fill_id: u64,
    export_id: u64,
    value_id: u64,
}

impl ObjectState {
    /// Whether anything of it is on the page besides the list.
    pub fn is_seen(&self) -> bool {
        self.is_open || self.exported.is_some() || !self.note.is_empty()
    }
}

impl AppState {
    pub(super) fn act_on_object(&mut self, action: ObjectAction, outbox: &mut Outbox) {
        let state = &mut self.object;
        match action {
            ObjectAction::Open(is_open) => {
                state.is_open = is_open;
                state.object = None;
                self.ask_object(outbox);
            }
            ObjectAction::Show(pane) => {
                let turns = (state.pane == ObjectPane::Json) != (pane == ObjectPane::Json);
                state.pane = pane;
                if turns {
                    self.ask_object(outbox);
                }
            }
            ObjectAction::ToggleManaged => state.has_managed = !state.has_managed,
            ObjectAction::ToggleStatus => state.has_status = !state.has_status,
            ObjectAction::Step(by) => {
                let object = state.object.as_ref();
                let to = object.and_then(|object| match by > 0 {
                    true => object.next,
                    false => object.previous,
                });
                if let Some(revision) = to {
                    self.select(revision, outbox);
                    self.reveal(revision, outbox);
                }
            }
            ObjectAction::Reveal(path) => {
                if let Some(object) = &state.object {
                    state.revealed.push((object.key.clone(), path));
                    self.ask_object(outbox);
                }
            }
            ObjectAction::RevealValue => {
                let doc = self.doc();
                if let Some(revision) = self.document(doc).selected {
                    let request = KubernetesRequest::Value { doc, revision };
                    self.object.value_id = self.ask(outbox, Request::Kubernetes(request));
                }
            }
            ObjectAction::Search(text) => self.search(outbox, |search| search.text = text),
            ObjectAction::Resource(resource) => {
                self.search(outbox, |search| search.resource = resource);
            }
            ObjectAction::Namespace(namespace) => {
                self.search(outbox, |search| search.namespace = namespace);
            }
            ObjectAction::Sort(sort) => self.search(outbox, |search| {
                search.is_back = search.sort == sort && !search.is_back;
                search.sort = sort;
            }),
            ObjectAction::ShowFrom(first) => self.ask_objects(first, outbox),
            ObjectAction::Select(revision) => self.select(revision, outbox),
            ObjectAction::ShowFill(is_fill) => {
                state.is_fill = is_fill;
                self.refresh_objects(outbox);
            }
            ObjectAction::Export { is_all, is_list } => {
                let what = match (is_all, &state.object) {
                    (true, _) => ExportOf::All(state.search.clone()),
                    (false, Some(object)) => ExportOf::One(object.revision),
                    (false, None) => return,
                };
                let request = KubernetesRequest::Export {
                    doc: if is_all { Doc::File } else { self.doc() },
                    what,
                    is_list,
                    revealed: self.object.revealed.clone(),
                };
                self.object.export_id = self.ask(outbox, Request::Kubernetes(request));
            }
            ObjectAction::Stop => {
                self.ask(outbox, Request::Kubernetes(KubernetesRequest::Stop));
            }
            ObjectAction::Saved => state.exported = None,
        }
    }

    fn search(&mut self, outbox: &mut Outbox, change: impl FnOnce(&mut ObjectSearch)) {
        change(&mut self.object.search);
        self.ask_objects(0, outbox);
    }

    /// Whether an object is in front, over the page or beside the list.
    pub(super) fn is_object_shown(&self) -> bool {
        self.object.is_open || self.are_objects_listed()
    }

    /// Whether the part of the file with its objects is shown.
    pub(super) fn are_objects_listed(&self) -> bool {
        self.doc() == Doc::File && self.look.tab == Tab::Objects
    }

    /// The selected change is known: the object that is shown follows it.
    pub(super) fn follow_object(&mut self, outbox: &mut Outbox) {
        if self.is_object_shown() {
            self.ask_object(outbox);
        }
    }

    fn ask_object(&mut self, outbox: &mut Outbox) {
        let doc = self.doc();
        let detail = self.document(doc).detail.as_ref();
        let Some(detail) = detail.filter(|detail| detail.object.is_some()) else {
            return;
        };
        let revealed = self.object.revealed.iter();
        let revealed = revealed.filter(|(key, _)| *key == detail.row.key);
        let request = KubernetesRequest::Object {
            doc,
            revision: detail.row.revision,
            is_json: self.object.pane == ObjectPane::Json,
            revealed: revealed.map(|(_, path)| path.clone()).collect(),
        };
        self.object.object_id = self.ask(outbox, Request::Kubernetes(request));
    }

    /// Asks for what the part with the objects shows.
    pub(super) fn refresh_objects(&mut self, outbox: &mut Outbox) {
        if !self.are_objects_listed() {
            return;
        }
        if self.object.is_fill {
            let request = KubernetesRequest::Fill { doc: Doc::File };
            self.object.fill_id = self.ask(outbox, Request::Kubernetes(request));
        } else {
            self.ask_objects(self.object.list.first, outbox);
            if self.object.object.is_none() {
                self.ask_object(outbox);
            }
        }
    }

    fn ask_objects(&mut self, first: u64, outbox: &mut Outbox) {
        self.object.search.at = self.file.as_of();
        let request = KubernetesRequest::Objects {
            doc: Doc::File,
            search: self.object.search.clone(),
            first,
            count: WINDOW,
        };
        self.object.list_id = self.ask(outbox, Request::Kubernetes(request));
    }

    pub(super) fn take_object(&mut self, id: u64, answer: &Packed<KubernetesAnswer>) {
        // Of another build: the first message of a worker has been checked for that.
        let Ok(answer) = answer.read() else {
            return;
        };
        let doc = self.doc();
        let state = &mut self.object;
        match answer {
            KubernetesAnswer::Object(object) if id == state.object_id => {
                state.object = object.map(|object| Rc::new(*object));
            }
            KubernetesAnswer::Value { revision, value } if id == state.value_id => {
                let document = self.document_mut(doc);
                if let Some(detail) = &mut document.detail
                    && detail.row.revision == revision
                {
                    let detail = Rc::make_mut(detail);
                    detail.value = value;
                    detail.is_masked = false;
                }
            }
            KubernetesAnswer::Objects(list) if id == state.list_id => {
                let mut list = *list;
                state.along = None;
                state.list = Window {
                    first: list.first,
                    total: list.total,
                    items: Rc::new(std::mem::take(&mut list.rows)),
                };
                state.choice = Rc::new(list);
            }
            KubernetesAnswer::Fill(fill) if id == state.fill_id => {
                state.fill = fill.map(|fill| Rc::new(*fill));
            }
            KubernetesAnswer::Along { done, total } => state.along = Some((done, total)),
            KubernetesAnswer::Exported { name, text, note } if id == state.export_id => {
                state.along = None;
                state.note = note;
                state.exported = Some(Rc::new(Exported { name, text, id }));
            }
            KubernetesAnswer::Stopped => state.along = None,
            _ => {}
        }
    }
}
