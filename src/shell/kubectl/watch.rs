//! `kubectl get -w`: a job that prints objects as they change.

use super::find::{Asked, objects, scope};
use super::get::{Form, headings, look, row, written};
use super::selector::Selector;
use super::table::{self, Look, Widths};
use super::{Context, Fail};
use crate::apiserver::object::{map, name};
use crate::apiserver::{Clock, Kind, Live, read, read_as};
use crate::kubernetes::{Value, json, mask};
use crate::mvcc::{Applied, Event, EventKind, KeyRange, Store, Watch};
use crate::shell::print::{Format, Style};
use crate::shell::session::Job;

/// What a watch prints, and how.
#[derive(Clone, Debug)]
pub(in crate::shell) struct ObjectWatch {
    watch: Watch,
    kind: Kind,
    selector: Selector,
    form: Form,
    look: Look,
    widths: Widths,
    clock: Clock,
    /// Whether values of Secrets are hidden, since the store came from an opened file.
    hides: bool,
    /// Whether the heading was printed.
    has_heading: bool,
    /// Whether there was a document already, which the next one is set off from.
    has_document: bool,
}

/// Lists what is there and starts the job.
pub(super) fn run(
    context: &mut Context<'_>,
    wanted: &[Asked],
    selector: &Selector,
    form: &Form,
) -> Result<(), Fail> {
    let [one] = wanted else {
        return Err(Fail::said(
            "error: you may only specify a single resource type",
        ));
    };
    super::trace(context, wanted);
    let listed = objects(context, one, selector)?;
    // The moment that the clock counts from is known from now on.
    context.now();
    let mut look = look(context);
    let with_event = context.flags.is_on("output-watch-events");
    look.with_event = with_event;
    let keys = match &one.name {
        Some(name) => KeyRange::one(one.kind.key(context.namespace(), name)),
        None => KeyRange::prefix(one.kind.prefix(scope(context))),
    };
    let opened = Watch::new(context.store(), keys, 0, true);
    let (watch, _) = opened.map_err(|why| Fail::said(format!("error: {why}")))?;
    let mut watch = ObjectWatch {
        watch,
        kind: one.kind.clone(),
        selector: selector.clone(),
        form: form.clone(),
        has_heading: look.no_headers,
        look,
        widths: Widths::new(),
        clock: context.session.clock,
        hides: context.session.is_opened,
        has_document: false,
    };
    let mut text = Vec::new();
    if !context.flags.is_on("watch-only") {
        let all: Vec<_> = listed.into_iter().map(|live| ("ADDED", live)).collect();
        watch.print(&mut text, all, context.store());
    }
    context.out.stdout.extend(text);
    let style = Style {
        format: Format::Simple,
        hex: false,
        value_only: false,
        release: context.store().release(),
        header: context.session.header(),
    };
    context.session.start(Job {
        watches: Vec::new(),
        style,
        objects: Some(Box::new(watch)),
    });
    Ok(())
}

impl ObjectWatch {
    /// What it prints for an operation.
    pub(in crate::shell) fn see(&mut self, store: &Store, applied: &Applied) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(batch) = self.watch.see(store, applied) {
            let told = batch.events.iter().filter_map(|event| self.told(event));
            let told: Vec<_> = told.collect();
            self.print(&mut out, told, store);
        }
        out
    }

    /// An event of etcd as one of the API server: a delete shows what was there.
    fn told(&self, event: &Event) -> Option<(&'static str, Live)> {
        let is_meant = |live: &Live| self.selector.matches(&live.value);
        let revision = event.kv.mod_revision;
        let old = event.prev_kv.as_ref();
        let before = || {
            old.and_then(|kv| read_as(&kv.value, revision))
                .filter(is_meant)
        };
        if event.kind == EventKind::Delete {
            return Some(("DELETED", before()?));
        }
        match read(&event.kv).filter(is_meant) {
            Some(now) if event.kv.create_revision == revision => Some(("ADDED", now)),
            Some(now) => Some((
                if before().is_some() {
                    "MODIFIED"
                } else {
                    "ADDED"
                },
                now,
            )),
            None => Some(("DELETED", before()?)),
        }
    }

    fn print(&mut self, out: &mut Vec<u8>, all: Vec<(&'static str, Live)>, store: &Store) {
        if all.is_empty() {
            return;
        }
        let now = self.clock.now(store);
        if self.form == Form::Table {
            let mut rows = Vec::new();
            if !std::mem::replace(&mut self.has_heading, true) {
                rows.push(table::heading(&self.kind, &self.look));
            }
            let cells = |(event, live): &(&str, Live)| {
                table::cells(&self.kind, &live.value, event, &self.look, now)
            };
            rows.extend(all.iter().map(cells));
            table::push(out, &rows, &mut self.widths);
            return;
        }
        if let Form::Columns(columns) = &self.form {
            let mut rows = Vec::new();
            if !std::mem::replace(&mut self.has_heading, true) {
                rows.push(headings(columns));
            }
            for (_, mut live) in all {
                if self.hides {
                    mask::mask_value(&mut live.value);
                }
                rows.push(row(columns, &live.value));
            }
            table::push(out, &rows, &mut self.widths);
            return;
        }
        for (event, live) in all {
            let mut value = live.value;
            if self.hides {
                mask::mask_value(&mut value);
            }
            let text = match (&self.form, self.look.with_event) {
                (Form::Template(template), _) => template
                    .print(&value)
                    .unwrap_or_else(|why| format!("{why}\n")),
                (Form::Name, _) => format!("{}/{}\n", self.kind.one(), name(&value)),
                (Form::Json, true) => {
                    let mut line = String::new();
                    let told = map([("object", value), ("type", Value::text(event))]);
                    push_event(&mut line, &told);
                    line
                }
                (form, with_event) => {
                    if with_event {
                        value = map([("object", value), ("type", Value::text(event))]);
                    } else if let Some(meta) = value.get_mut("metadata") {
                        meta.remove("managedFields");
                    }
                    let text = written(&value, form);
                    match *form == Form::Yaml && std::mem::replace(&mut self.has_document, true) {
                        true => format!("---\n{text}"),
                        false => text,
                    }
                }
            };
            out.extend(text.bytes());
        }
    }
}

/// One line: the type first, as the server's struct has it.
fn push_event(line: &mut String, told: &Value<'_>) {
    let part = |key: &str| {
        let mut text = String::new();
        json::push_compact(&mut text, told.get(key).unwrap_or(&Value::Null));
        text
    };
    *line += &format!(
        "{{\"type\":{},\"object\":{}}}\n",
        part("type"),
        part("object")
    );
}
