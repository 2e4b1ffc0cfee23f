//! `kubectl get` and `kubectl events`.

use super::find::{Asked, asked, objects, scope};
use super::jsonpath::{self, Template};
use super::selector::Selector;
use super::table::{self, Look};
use super::{Context, Fail};
use crate::apiserver::object::name;
use crate::apiserver::{Kind, Live};
use crate::kubernetes::{Value, json, mask, yaml};

/// How objects are printed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Table,
    Json,
    Yaml,
    Name,
    /// `jsonpath=TEMPLATE`
    Template(Template),
    /// `custom-columns=HEADING:PATH,...`
    Columns(Vec<(String, Template)>),
}

/// `-o`
pub(super) fn form(context: &Context<'_>) -> Result<Form, Fail> {
    match context.flags.value("output").unwrap_or_default() {
        "" | "wide" => Ok(Form::Table),
        "json" => Ok(Form::Json),
        "yaml" => Ok(Form::Yaml),
        "name" => Ok(Form::Name),
        "custom-columns" | "custom-columns=" => Err(Fail::said(
            "error: custom-columns format specified but no custom columns given",
        )),
        "jsonpath" | "jsonpath=" => Err(Fail::said(
            "error: template format specified but no template given",
        )),
        other => template(other),
    }
}

/// A form that carries its own text.
fn template(output: &str) -> Result<Form, Fail> {
    if let Some(text) = output.strip_prefix("jsonpath=") {
        return Template::read(text).map(Form::Template).map_err(Fail::said);
    }
    let Some(spec) = output.strip_prefix("custom-columns=") else {
        return Err(Fail::said(format!(
            "error: unable to match a printer suitable for the output format {output:?}, allowed formats are: custom-columns,json,jsonpath,name,wide,yaml"
        )));
    };
    let mut all = Vec::new();
    for part in spec.split(',') {
        let Some((heading, path)) = part.split_once(':') else {
            return Err(Fail::said(format!(
                "error: unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
            )));
        };
        let path = jsonpath::column(path).map_err(Fail::said)?;
        all.push((heading.to_owned(), path));
    }
    Ok(Form::Columns(all))
}

/// What a table of this command shows.
pub(super) fn look(context: &Context<'_>) -> Look {
    let flags = &context.flags;
    Look {
        wide: flags.value("output") == Some("wide"),
        with_kind: flags.is_on("show-kind"),
        with_namespace: flags.is_on("all-namespaces"),
        show_labels: flags.is_on("show-labels"),
        label_columns: flags
            .value("label-columns")
            .map(|keys| keys.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
        no_headers: flags.is_on("no-headers"),
        with_event: false,
    }
}

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Fail> {
    let words = context.flags.words.clone();
    if words.is_empty() {
        return Err(Fail::said(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples",
        ));
    }
    let wanted = asked(context, &words).map_err(Fail::said)?;
    let form = form(context)?;
    let watches = context.flags.is_on("watch") || context.flags.is_on("watch-only");
    if context.flags.is_on("output-watch-events") && !watches {
        return Err(Fail::said(
            "error: --output-watch-events option can only be used with --watch or --watch-only",
        ));
    }
    let selector = selector(context)?;
    if watches {
        return super::watch::run(context, &wanted, &selector, &form);
    }
    super::trace(context, &wanted);
    let is_one = matches!(wanted.as_slice(), [Asked { name: Some(_), .. }]);
    let mut found: Vec<(Kind, Vec<Live>)> = Vec::new();
    let mut problems = Vec::new();
    for one in &wanted {
        match objects(context, one, &selector) {
            Ok(live) => match found.last_mut() {
                Some((kind, all)) if *kind == one.kind => all.extend(live),
                _ => found.push((one.kind.clone(), live)),
            },
            Err(problem) => problems.push(problem),
        }
    }
    let ignores = context.flags.is_on("ignore-not-found");
    let is_empty = found.iter().all(|(_, all)| all.is_empty());
    match &form {
        Form::Table => {
            tables(context, &found);
            if is_empty && problems.is_empty() {
                nothing(context, &wanted);
            }
        }
        Form::Name => {
            for (kind, all) in &found {
                for live in all {
                    context.say(format!("{}/{}\n", kind.one(), name(&live.value)));
                }
            }
        }
        _ if is_one && is_empty => {}
        Form::Columns(all) => {
            let found = hidden(context, found, is_one);
            let mut rows = Vec::new();
            if !context.flags.is_on("no-headers") {
                rows.push(headings(all));
            }
            let live = found.iter().flat_map(|(_, all)| all);
            rows.extend(live.map(|live| row(all, &live.value)));
            table::push(&mut context.out.stdout, &rows, &mut Vec::new());
        }
        Form::Template(template) => {
            let found = hidden(context, found, is_one);
            let all = found.into_iter().flat_map(|(_, all)| all);
            let mut items: Vec<_> = all.map(|live| live.value).collect();
            let document = match is_one {
                true => items.pop().unwrap_or(Value::Null),
                false => list_of(items),
            };
            let text = template.print(&document).map_err(Fail::said)?;
            context.say(text);
        }
        Form::Json | Form::Yaml => {
            let is_shown = context.flags.is_on("show-managed-fields");
            let found = hidden(context, found, is_one);
            let all = found.into_iter().flat_map(|(_, all)| all);
            let mut items: Vec<_> = all
                .map(|mut live| {
                    if !is_shown && let Some(meta) = live.value.get_mut("metadata") {
                        meta.remove("managedFields");
                    }
                    live.value
                })
                .collect();
            let document = match is_one {
                true => items.pop().unwrap_or(Value::Null),
                false => list_of(items),
            };
            context.say(written(&document, &form));
        }
    }
    problems.retain(|problem| !(ignores && problem.reason() == "NotFound"));
    super::said(context, &problems)
}

/// Hides the values of Secrets that came from an opened file. One that is named is shown with
/// `--reveal`. A learner's own cluster has no secrets from the learner.
fn hidden(
    context: &mut Context<'_>,
    mut found: Vec<(Kind, Vec<Live>)>,
    is_one: bool,
) -> Vec<(Kind, Vec<Live>)> {
    if !context.session.is_opened || is_one && context.flags.is_on("reveal") {
        return found;
    }
    let mut hides = false;
    for live in found.iter_mut().flat_map(|(_, all)| all) {
        hides |= mask::mask_value(&mut live.value);
    }
    if hides {
        context.complain(
            "(values of Secrets of an opened file are hidden; `kubectl get secret NAME -o yaml --reveal` shows one)\n",
        );
    }
    found
}

/// `-l` and `--field-selector`.
pub(super) fn selector(context: &Context<'_>) -> Result<Selector, Fail> {
    let flags = &context.flags;
    Selector::read(flags.value("selector"), flags.value("field-selector"))
        .map_err(|why| Fail::said(format!("error: {why}")))
}

/// A list as kubectl puts one together.
pub(super) fn list_of(items: Vec<Value<'static>>) -> Value<'static> {
    use crate::apiserver::object::{map, texts};
    map([
        ("apiVersion", Value::text("v1")),
        ("kind", Value::text("List")),
        ("items", Value::List(items)),
        ("metadata", texts(&[("resourceVersion", "")])),
    ])
}

/// A document in YAML or JSON.
pub(super) fn written(document: &Value<'_>, form: &Form) -> String {
    let mut text = String::new();
    match form {
        Form::Yaml => yaml::push(&mut text, document),
        _ => json::push_pretty(&mut text, document),
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The headings of own columns.
pub(super) fn headings(columns: &[(String, Template)]) -> Vec<String> {
    columns.iter().map(|(heading, _)| heading.clone()).collect()
}

/// The cells of own columns.
pub(super) fn row(columns: &[(String, Template)], value: &Value<'_>) -> Vec<String> {
    columns.iter().map(|(_, path)| path.cell(value)).collect()
}

fn tables(context: &mut Context<'_>, found: &[(Kind, Vec<Live>)]) {
    let now = context.now();
    let mut look = look(context);
    look.with_kind |= found.len() > 1;
    let mut text = Vec::new();
    for (kind, all) in found.iter().filter(|(_, all)| !all.is_empty()) {
        if !text.is_empty() {
            text.push(b'\n');
        }
        let mut rows = Vec::new();
        if !look.no_headers {
            rows.push(table::heading(kind, &look));
        }
        let cells = |live: &Live| table::cells(kind, &live.value, "", &look, now);
        rows.extend(all.iter().map(cells));
        table::push(&mut text, &rows, &mut Vec::new());
    }
    context.out.stdout.extend(text);
}

fn nothing(context: &mut Context<'_>, wanted: &[Asked]) {
    let in_namespaces = wanted.iter().any(|one| one.kind.is_namespaced);
    let text = match scope(context).filter(|_| in_namespaces) {
        Some(namespace) => format!("No resources found in {namespace} namespace.\n"),
        None => "No resources found\n".to_owned(),
    };
    if !context.flags.is_on("ignore-not-found") {
        context.complain(text);
    }
}
