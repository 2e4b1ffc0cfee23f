//! `kubectl create`, `apply` and `delete`.

use base64::Engine as _;

use super::find::{asked, objects};
use super::get::selector;
use super::{Context, Fail, complained, file_words, said};
use crate::apiserver::object::{int, map, name, namespace, put, text, texts};
use crate::apiserver::{self, Kind, Live, Manager, Problem, mark_deleted};
use crate::kubernetes::{Value, json, manifest};

/// Where `apply` notes what was applied.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A document, its kind, and where it comes from.
type Document = (Kind, Value<'static>, String);

/// The documents of `-f`, each with its kind.
pub(super) fn documents(context: &mut Context<'_>, verb: &str) -> Result<Vec<Document>, Fail> {
    let names: Vec<String> = context
        .flags
        .values("filename")
        .map(str::to_owned)
        .collect();
    let mut all = Vec::new();
    for named in names {
        let (bytes, shown) = match named.as_str() {
            "-" => (std::mem::take(&mut context.stdin), "STDIN".to_owned()),
            path if path.starts_with("http://") || path.starts_with("https://") => (
                well_known(path)
                    .ok_or_else(|| {
                        Fail::said(format!(
                            "error: unable to read URL {path:?}, nothing is ever fetched here"
                        ))
                    })?
                    .as_bytes()
                    .to_vec(),
                named.clone(),
            ),
            path => {
                let file = context
                    .session
                    .files
                    .get(&super::super::redirect::file_name(path.as_bytes()));
                let file = file.ok_or_else(|| {
                    Fail::said(format!("error: the path {path:?} does not exist"))
                })?;
                (file.to_vec(), named.clone())
            }
        };
        let text = String::from_utf8_lossy(&bytes);
        let documents = manifest::read(&text).map_err(|why| {
            Fail::said(format!(
                "error: error parsing {shown}: error converting YAML to JSON: yaml: {why}"
            ))
        })?;
        for document in documents {
            match document.get("items") {
                Some(items) if text_of(&document, "kind").ends_with("List") => {
                    for item in items.items() {
                        all.push(typed(context, item.clone(), &shown)?);
                    }
                }
                _ => all.push(typed(context, document, &shown)?),
            }
        }
    }
    match all.is_empty() {
        true => Err(Fail::said(format!("error: no objects passed to {verb}"))),
        false => Ok(all),
    }
}

/// The manifest that the talk applies by its address.
fn well_known(path: &str) -> Option<&'static str> {
    path.ends_with("/controllers/nginx-deployment.yaml").then_some(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: nginx-deployment\n  labels:\n    app: nginx\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: nginx\n  template:\n    metadata:\n      labels:\n        app: nginx\n    spec:\n      containers:\n      - name: nginx\n        image: nginx:1.14.2\n        ports:\n        - containerPort: 80\n",
    )
}

fn text_of<'v>(value: &'v Value<'_>, key: &str) -> &'v str {
    text(value, &[key])
}

fn typed(
    context: &Context<'_>,
    mut document: Value<'static>,
    shown: &str,
) -> Result<Document, Fail> {
    let (version, kind) = (text_of(&document, "apiVersion"), text_of(&document, "kind"));
    let missing = match (version, kind) {
        ("", "") => "[apiVersion not set, kind not set]",
        ("", _) => "apiVersion not set",
        (_, "") => "kind not set",
        _ => "",
    };
    if !missing.is_empty() {
        return Err(Fail::said(format!(
            "error: error validating {shown:?}: error validating data: {missing}; if you choose to ignore these errors, turn validation off with --validate=false"
        )));
    }
    let found = apiserver::of(context.store(), version, kind);
    let kind = found.ok_or_else(|| {
        Fail::said(format!(
            "error: resource mapping not found for name: {:?} namespace: {:?} from {shown:?}: no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first",
            name(&document),
            namespace(&document)
        ))
    })?;
    if kind.is_namespaced {
        let given = namespace(&document).to_owned();
        let asked = context.flags.value("namespace");
        if let Some(asked) = asked.filter(|asked| !given.is_empty() && *asked != given) {
            return Err(Fail::said(format!(
                "error: the namespace from the provided object {given:?} does not match the namespace {asked:?}. You must pass '--namespace={given}' to perform this operation."
            )));
        }
        if given.is_empty() {
            let space = Value::text(context.namespace().to_owned());
            put(&mut document, &["metadata", "namespace"], space);
        }
    }
    Ok((kind, document, shown.to_owned()))
}

/// `kubectl apply -f`
pub(super) fn apply(context: &mut Context<'_>) -> Result<(), Fail> {
    if context.flags.value("filename").is_none() {
        return Err(Fail::said("error: must specify one of -f and -k"));
    }
    let mut problems = Vec::new();
    for (kind, document, source) in documents(context, "apply")? {
        match apply_one(context, &kind, document) {
            Ok(line) => context.say(line + "\n"),
            Err((problem, verb)) => problems.push(file_words(&problem, verb, &source)),
        }
    }
    complained(context, &problems)
}

fn apply_one(
    context: &mut Context<'_>,
    kind: &Kind,
    mut document: Value<'static>,
) -> Result<String, (Problem, &'static str)> {
    if document.at(&["metadata", "annotations"]).is_none() {
        put(&mut document, &["metadata", "annotations"], map([]));
    }
    if let Some(annotations) = document
        .get_mut("metadata")
        .and_then(|meta| meta.get_mut("annotations"))
    {
        annotations.remove(APPLIED);
    }
    let mut config = String::new();
    json::push_compact(&mut config, &document);
    config.push('\n');
    put(
        &mut document,
        &["metadata", "annotations", APPLIED],
        Value::text(config),
    );
    let (space, named) = (namespace(&document).to_owned(), name(&document).to_owned());
    let by = Manager::of("kubectl-client-side-apply");
    let shown = format!("{}/{named}", kind.one());
    let dry = context.dry_run();
    let creating = |problem| (problem, "creating");
    let patching = |problem| (problem, "patching");
    context.session.serve(|server| {
        let live = match server.get(kind, &space, &named) {
            Ok(live) => live,
            Err(_) if dry => {
                server.prepare(kind, &mut document).map_err(creating)?;
                return Ok(format!("{shown} created (dry run)"));
            }
            Err(_) => {
                server.create(kind, document, by).map_err(creating)?;
                return Ok(format!("{shown} created"));
            }
        };
        let before = text(&live.value, &["metadata", "annotations", APPLIED]);
        let (before, _) = json::read(before.as_bytes());
        let mut value = live.value.clone();
        merge(&mut value, Some(&before), &document, 0);
        let expected = match text(&document, &["metadata", "resourceVersion"]) {
            "" => live.mod_revision,
            given => given.parse().unwrap_or(0),
        };
        if dry {
            server.prepare(kind, &mut value).map_err(patching)?;
            return Ok(format!("{shown} configured (dry run)"));
        }
        let after = server.update(kind, value, expected, by).map_err(patching)?;
        Ok(match after.mod_revision == live.mod_revision {
            true => format!("{shown} unchanged"),
            false => format!("{shown} configured"),
        })
    })
}

/// Merges what is applied into what is there: what was applied before and is not any more goes.
fn merge(live: &mut Value<'static>, before: Option<&Value<'_>>, new: &Value<'static>, depth: u32) {
    if depth > 64 {
        return;
    }
    if let Some(before) = before {
        for (key, _) in before.entries() {
            if new.get(key).is_none() {
                live.remove(key);
            }
        }
    }
    for (key, value) in new.entries() {
        let before = before.and_then(|before| before.get(key));
        match (live.get_mut(key), value) {
            (Some(inner @ Value::Map(_)), Value::Map(_)) => merge(inner, before, value, depth + 1),
            (Some(Value::List(list)), Value::List(items)) if is_named(items) => {
                merge_list(list, before, items, depth + 1);
            }
            _ => live.set(key.clone(), value.clone()),
        }
    }
}

fn is_named(items: &[Value<'_>]) -> bool {
    !items.is_empty() && items.iter().all(|item| !text_of(item, "name").is_empty())
}

/// Lists whose items have names are merged by them.
fn merge_list(
    live: &mut Vec<Value<'static>>,
    before: Option<&Value<'_>>,
    items: &[Value<'static>],
    depth: u32,
) {
    let old = before.map(Value::items).unwrap_or_default();
    let is_in =
        |all: &[Value<'_>], named: &str| all.iter().any(|one| text_of(one, "name") == named);
    live.retain(|one| {
        let named = text_of(one, "name");
        is_in(items, named) || !is_in(old, named)
    });
    for item in items {
        let named = text_of(item, "name");
        let before = old.iter().find(|one| text_of(one, "name") == named);
        match live.iter_mut().find(|one| text_of(one, "name") == named) {
            Some(one) => merge(one, before, item, depth),
            None => live.push(item.clone()),
        }
    }
}

/// `kubectl create`
pub(super) fn create(context: &mut Context<'_>) -> Result<(), Fail> {
    if context.flags.value("filename").is_some() {
        let mut problems = Vec::new();
        for (kind, document, source) in documents(context, "create")? {
            let shown = format!("{}/{} created\n", kind.one(), name(&document));
            let by = Manager::of("kubectl-create");
            let made = context
                .session
                .serve(|server| server.create(&kind, document, by));
            match made {
                Ok(_) => context.say(shown),
                Err(problem) => problems.push(file_words(&problem, "creating", &source)),
            }
        }
        return complained(context, &problems);
    }
    let words = context.flags.words.clone();
    let usage = || Fail::said("error: must specify one of -f and -k");
    let (kind, rest) = words.split_first().ok_or_else(usage)?;
    let kind = apiserver::find(context.store(), kind).ok_or_else(|| {
        Fail::said(format!(
            "error: unknown command {kind:?} for \"kubectl create\""
        ))
    })?;
    let rest = match (kind.plural.as_str(), rest.split_first()) {
        ("secrets", Some((generic, rest))) if generic == "generic" => rest,
        _ => rest,
    };
    let [named] = rest else {
        return Err(Fail::said(format!(
            "error: exactly one NAME is required, got {}\nSee 'kubectl create {} -h' for help and examples",
            rest.len(),
            kind.singular
        )));
    };
    let document = made(context, &kind, named)?;
    let by = Manager::of("kubectl-create");
    if context.dry_run() {
        if let Some(form @ ("yaml" | "json")) = context.flags.value("output") {
            let form = if form == "yaml" {
                super::get::Form::Yaml
            } else {
                super::get::Form::Json
            };
            context.say(super::get::written(&document, &form));
            return Ok(());
        }
        context.say(format!("{}/{named} created (dry run)\n", kind.one()));
        return Ok(());
    }
    let made = context
        .session
        .serve(|server| server.create(&kind, document, by));
    match made {
        // All but the command for namespaces put words of their own in front.
        Err(problem) if kind.plural == "namespaces" => Err(problem.into()),
        Err(problem) => Err(Fail::said(format!(
            "error: failed to create {}: {problem}",
            kind.singular
        ))),
        Ok(_) => {
            context.say(format!("{}/{named} created\n", kind.one()));
            Ok(())
        }
    }
}

/// `kubectl run`
pub(super) fn run(context: &mut Context<'_>) -> Result<(), Fail> {
    let words = context.flags.words.clone();
    let [named] = words.as_slice() else {
        return Err(Fail::said(
            "error: NAME is required for run\nSee 'kubectl run -h' for help and examples",
        ));
    };
    let image = context.flags.value("image").unwrap_or_default().to_owned();
    if image.is_empty() {
        return Err(Fail::said("error: required flag(s) \"image\" not set"));
    }
    let space = context.namespace().to_owned();
    let containers = vec![texts(&[("image", &image), ("name", named)])];
    let meta = map([
        ("labels", texts(&[("run", named)])),
        ("name", Value::text(named.clone())),
        ("namespace", Value::text(space)),
    ]);
    let pod = map([
        ("apiVersion", Value::text("v1")),
        ("kind", Value::text("Pod")),
        ("metadata", meta),
        ("spec", map([("containers", Value::List(containers))])),
    ]);
    let kind = apiserver::builtin("pods").ok_or(Problem::NoSchema)?;
    let by = Manager::of("kubectl-run");
    context
        .session
        .serve(|server| server.create(&kind, pod, by))?;
    context.say(format!("pod/{named} created\n"));
    Ok(())
}

/// What `kubectl create KIND NAME` makes.
fn made(context: &Context<'_>, kind: &Kind, named: &str) -> Result<Value<'static>, Fail> {
    let mut value = map([
        ("apiVersion", Value::text(kind.api_version())),
        ("kind", Value::text(kind.kind.clone())),
        ("metadata", texts(&[("name", named)])),
    ]);
    if kind.is_namespaced {
        let space = Value::text(context.namespace().to_owned());
        put(&mut value, &["metadata", "namespace"], space);
    }
    match kind.plural.as_str() {
        "namespaces" | "serviceaccounts" => {}
        "configmaps" | "secrets" => {
            let mut data = map([]);
            for pair in context.flags.values("from-literal") {
                let (key, text) = pair.split_once('=').ok_or_else(|| {
                    Fail::said(format!(
                        "error: invalid literal source {pair}, expected key=value"
                    ))
                })?;
                let text = match kind.plural.as_str() {
                    "secrets" => base64::engine::general_purpose::STANDARD.encode(text),
                    _ => text.to_owned(),
                };
                data.set(key.to_owned(), Value::text(text));
            }
            if !data.entries().is_empty() {
                value.set("data", data);
            }
        }
        "deployments" => {
            let images: Vec<&str> = context.flags.values("image").collect();
            if images.is_empty() {
                return Err(Fail::said("error: required flag(s) \"image\" not set"));
            }
            let labels = || texts(&[("app", named)]);
            let container = |image: &&str| {
                let last = image.rsplit('/').next().unwrap_or_default();
                let short = last.split([':', '@']).next().unwrap_or_default();
                texts(&[("image", image), ("name", short)])
            };
            let containers = images.iter().map(container).collect();
            put(&mut value, &["metadata", "labels"], labels());
            let replicas = context.flags.value("replicas").unwrap_or("1");
            let replicas = replicas
                .parse()
                .map_err(|_| Fail::said("error: invalid replicas"))?;
            put(&mut value, &["spec", "replicas"], Value::Int(replicas));
            put(&mut value, &["spec", "selector", "matchLabels"], labels());
            put(
                &mut value,
                &["spec", "template", "metadata", "labels"],
                labels(),
            );
            let path = ["spec", "template", "spec", "containers"];
            put(&mut value, &path, Value::List(containers));
        }
        other => {
            return Err(Fail::said(format!(
                "error: of {other} only `kubectl create -f` is simulated"
            )));
        }
    }
    Ok(value)
}

/// `kubectl delete`
pub(super) fn delete(context: &mut Context<'_>) -> Result<(), Fail> {
    let mut found: Vec<(Kind, Live)> = Vec::new();
    let mut problems = Vec::new();
    if context.flags.value("filename").is_some() {
        for (kind, document, _) in documents(context, "delete")? {
            let (space, named) = (namespace(&document).to_owned(), name(&document).to_owned());
            match context
                .session
                .serve(|server| server.get(&kind, &space, &named))
            {
                Ok(live) => found.push((kind, live)),
                Err(problem) => problems.push(problem),
            }
        }
    } else {
        let words = context.flags.words.clone();
        let selector = selector(context)?;
        let wanted = asked(context, &words).map_err(Fail::said)?;
        let named = wanted.iter().any(|one| one.name.is_some());
        if wanted.is_empty() || !named && selector.is_empty() && !context.flags.is_on("all") {
            return Err(Fail::said(
                "error: resource(s) were provided, but no name was specified",
            ));
        }
        for one in &wanted {
            match objects(context, one, &selector) {
                Ok(all) => found.extend(all.into_iter().map(|live| (one.kind.clone(), live))),
                Err(problem) => problems.push(problem),
            }
        }
        if found.is_empty() && problems.is_empty() {
            context.say("No resources found\n");
        }
    }
    for (kind, live) in found {
        let named = name(&live.value).to_owned();
        match delete_one(context, &kind, &live) {
            Ok(()) => context.say(format!("{} {named:?} deleted\n", kind.one())),
            Err(problem) => problems.push(problem),
        }
    }
    // As kubectl waits until what it deleted is gone.
    if context.flags.value("wait") != Some("false") {
        context.session.settle(30_000);
    }
    let ignores = context.flags.is_on("ignore-not-found");
    problems.retain(|problem| !(ignores && problem.reason() == "NotFound"));
    said(context, &problems)
}

fn delete_one(context: &mut Context<'_>, kind: &Kind, live: &Live) -> Result<(), Problem> {
    let is_forced =
        context.flags.is_on("force") || context.flags.value("grace-period") == Some("0");
    context.session.serve(|server| match kind.plural.as_str() {
        "pods" if !is_forced && !text(&live.value, &["spec", "nodeName"]).is_empty() => {
            let seconds = int(&live.value, &["spec", "terminationGracePeriodSeconds"]);
            mark_deleted(server, kind, live, seconds, "kubectl").map(|_| ())
        }
        "namespaces" => {
            let mut value = live.value.clone();
            put(&mut value, &["status", "phase"], Value::text("Terminating"));
            let live = Live {
                value,
                mod_revision: live.mod_revision,
            };
            mark_deleted(server, kind, &live, 0, "kubectl").map(|_| ())
        }
        _ => server.delete(kind, live),
    })
}
