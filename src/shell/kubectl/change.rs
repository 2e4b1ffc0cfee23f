//! `kubectl scale`, `set image`, `label`, `annotate` and `patch`.

use super::find::{asked, objects};
use super::get::selector;
use super::{Context, Fail, said};
use crate::apiserver::object::{int, map, name, put, text};
use crate::apiserver::{Kind, Live, Manager, Problem};
use crate::kubernetes::{Value, manifest};

/// Deepest that a patch is merged.
const MAX_DEPTH: u32 = 64;

/// The objects that some words mean.
pub(super) fn meant(
    context: &mut Context<'_>,
    words: &[String],
) -> Result<Vec<(Kind, Live)>, Fail> {
    let selector = selector(context)?;
    let wanted = asked(context, words).map_err(Fail::said)?;
    let mut all = Vec::new();
    for one in wanted {
        if one.name.is_none() && selector.is_empty() && !context.flags.is_on("all") {
            return Err(Fail::said(
                "error: resource(s) were provided, but no name was specified",
            ));
        }
        let found = objects(context, &one, &selector)?;
        all.extend(found.into_iter().map(|live| (one.kind.clone(), live)));
    }
    match all.is_empty() {
        true => Err(Fail::said("error: no objects passed")),
        false => Ok(all),
    }
}

/// Changes each object and says so.
pub(super) fn change(
    context: &mut Context<'_>,
    all: Vec<(Kind, Live)>,
    by: Manager<'_>,
    done: &str,
    change: impl Fn(&mut Value<'static>) -> Result<(), Fail>,
) -> Result<(), Fail> {
    let mut problems: Vec<Problem> = Vec::new();
    for (kind, live) in all {
        let mut value = live.value.clone();
        change(&mut value)?;
        let shown = format!("{}/{}", kind.one(), name(&value));
        let expected = match context.flags.value("resource-version") {
            Some(given) => given.parse().unwrap_or(0),
            None => live.mod_revision,
        };
        match context
            .session
            .serve(|server| server.update(&kind, value, expected, by))
        {
            Ok(after) if after.mod_revision == live.mod_revision && done == "labeled" => {
                context.say(format!("{shown} not labeled\n"));
            }
            Ok(after) if after.mod_revision == live.mod_revision && done == "patched" => {
                context.say(format!("{shown} patched (no change)\n"));
            }
            Ok(after) if after.mod_revision == live.mod_revision && done == "image updated" => {}
            Ok(_) => context.say(format!("{shown} {done}\n")),
            Err(problem) => problems.push(problem),
        }
    }
    said(context, &problems)
}

/// `kubectl scale`
pub(super) fn scale(context: &mut Context<'_>) -> Result<(), Fail> {
    let replicas = context.flags.value("replicas");
    let replicas: i64 = replicas
        .and_then(|text| text.parse().ok())
        .filter(|replicas| (0..=i64::from(i32::MAX)).contains(replicas))
        .ok_or_else(|| Fail::said("error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"))?;
    let words = context.flags.words.clone();
    let all = meant(context, &words)?;
    for (kind, _) in &all {
        if !matches!(
            kind.plural.as_str(),
            "deployments" | "replicasets" | "statefulsets" | "replicationcontrollers"
        ) {
            return Err(Fail::said(format!(
                "Error from server (NotFound): the server could not find the requested resource ({}/scale)",
                kind.resource()
            )));
        }
    }
    if let Some(wanted) = context.flags.value("current-replicas") {
        for (_, live) in &all {
            let found = int(&live.value, &["spec", "replicas"]);
            if wanted != found.to_string() {
                return Err(Fail::said(format!(
                    "error: Expected replicas to be {wanted}, was {found}"
                )));
            }
        }
    }
    if let Some(wanted) = context.flags.value("resource-version") {
        for (_, live) in &all {
            let found = live.mod_revision;
            if wanted != found.to_string() {
                return Err(Fail::said(format!(
                    "error: Expected resource version to be {wanted}, was {found}"
                )));
            }
        }
    }
    let by = Manager {
        name: "kubectl",
        subresource: "scale",
    };
    change(context, all, by, "scaled", |value| {
        put(value, &["spec", "replicas"], Value::Int(replicas));
        Ok(())
    })
}

/// `kubectl set image`
pub(super) fn set(context: &mut Context<'_>) -> Result<(), Fail> {
    let words = context.flags.words.clone();
    let words = match words.split_first() {
        Some((first, rest)) if first == "image" => rest.to_vec(),
        _ => {
            return Err(Fail::said(
                "error: of `kubectl set` only `set image` is simulated",
            ));
        }
    };
    let (images, words): (Vec<String>, Vec<String>) =
        words.into_iter().partition(|word| word.contains('='));
    if images.is_empty() {
        return Err(Fail::said("error: at least one image update is required"));
    }
    let all = meant(context, &words)?;
    change(
        context,
        all,
        Manager::of("kubectl-set"),
        "image updated",
        |value| {
            for pair in &images {
                let (wanted, image) = pair.split_once('=').unwrap_or_default();
                let containers = containers(value);
                let mut found = false;
                for one in containers.into_iter().flatten() {
                    if wanted == "*" || text(one, &["name"]) == wanted {
                        one.set("image", Value::text(image.to_owned()));
                        found = true;
                    }
                }
                if !found {
                    return Err(Fail::said(format!(
                        "error: unable to find container named {wanted:?}"
                    )));
                }
            }
            Ok(())
        },
    )
}

fn containers<'v>(value: &'v mut Value<'static>) -> Option<&'v mut Vec<Value<'static>>> {
    let spec = value.get_mut("spec")?;
    let spec = match spec.get("template").is_some() {
        true => spec.get_mut("template")?.get_mut("spec")?,
        false => spec,
    };
    match spec.get_mut("containers")? {
        Value::List(all) => Some(all),
        _ => None,
    }
}

/// `kubectl label`
pub(super) fn label(context: &mut Context<'_>) -> Result<(), Fail> {
    marks(
        context,
        "labels",
        "label",
        "labeled",
        Manager::of("kubectl-label"),
    )
}

/// `kubectl annotate`
pub(super) fn annotate(context: &mut Context<'_>) -> Result<(), Fail> {
    let by = Manager::of("kubectl-annotate");
    marks(context, "annotations", "annotation", "annotated", by)
}

fn marks(
    context: &mut Context<'_>,
    field: &'static str,
    one: &str,
    done: &str,
    by: Manager<'_>,
) -> Result<(), Fail> {
    let words = context.flags.words.clone();
    let is_mark = |word: &String| word.contains('=') || word.ends_with('-');
    let (marks, words): (Vec<_>, Vec<_>) = words.into_iter().partition(is_mark);
    if marks.is_empty() {
        return Err(Fail::said(format!(
            "error: at least one {one} update is required"
        )));
    }
    let all = meant(context, &words)?;
    let removes = marks.iter().all(|mark| !mark.contains('='));
    let done = match field == "labels" && removes {
        true => "unlabeled",
        false => done,
    };
    let overwrites = context.flags.is_on("overwrite");
    change(context, all, by, done, |value| {
        for mark in &marks {
            let Some((key, new)) = mark.split_once('=') else {
                let key = mark.trim_end_matches('-');
                let meta = value.get_mut("metadata");
                if let Some(all) = meta.and_then(|meta| meta.get_mut(field)) {
                    all.remove(key);
                }
                continue;
            };
            let old = value.at(&["metadata", field, key]).and_then(Value::as_str);
            if let Some(old) = old.filter(|old| !overwrites && *old != new) {
                return Err(Fail::said(match field {
                    "labels" => format!(
                        "error: '{key}' already has a value ({old}), and --overwrite is false"
                    ),
                    _ => format!(
                        "error: --overwrite is false but found the following declared annotation(s): '{key}' already has a value ({old})"
                    ),
                }));
            }
            if value.at(&["metadata", field]).is_none() {
                put(value, &["metadata", field], map([]));
            }
            let meta = value.get_mut("metadata");
            if let Some(all) = meta.and_then(|meta| meta.get_mut(field)) {
                all.set(key.to_owned(), Value::text(new.to_owned()));
            }
        }
        Ok(())
    })
}

/// `kubectl patch`
pub(super) fn patch(context: &mut Context<'_>) -> Result<(), Fail> {
    let named = match context.flags.value("type").unwrap_or("strategic") {
        "merge" => false,
        "strategic" => true,
        "json" => {
            return Err(Fail::said(
                "error: of `kubectl patch` only the types merge and strategic are simulated",
            ));
        }
        other => {
            return Err(Fail::said(format!(
                "error: --type must be one of [json merge strategic], not {other:?}"
            )));
        }
    };
    let given = context.flags.value("patch").ok_or_else(|| {
        Fail::said(
            "error: must specify --patch or --patch-file containing the contents of the patch",
        )
    })?;
    let given = match manifest::read(given).as_deref() {
        Ok([patch @ Value::Map(_)]) => patch.clone(),
        _ => {
            return Err(Fail::said(format!(
                "error: unable to parse {given:?}: it is no object in JSON or YAML"
            )));
        }
    };
    let words = context.flags.words.clone();
    let all = meant(context, &words)?;
    let by = Manager::of("kubectl-patch");
    change(context, all, by, "patched", |value| {
        patched(value, &given, named, 0);
        Ok(())
    })
}

/// Merges a patch: null removes. With `named`, items of lists that have names are merged by them.
fn patched(value: &mut Value<'static>, patch: &Value<'static>, named: bool, depth: u32) {
    if depth > MAX_DEPTH {
        return;
    }
    for (key, new) in patch.entries() {
        match (value.get_mut(key), new) {
            (_, Value::Null) => {
                value.remove(key);
            }
            (Some(inner @ Value::Map(_)), Value::Map(_)) => patched(inner, new, named, depth + 1),
            (Some(Value::List(list)), Value::List(items))
                if named && items.iter().all(|one| !text(one, &["name"]).is_empty()) =>
            {
                for item in items {
                    let is_same =
                        |one: &&mut Value<'_>| text(one, &["name"]) == text(item, &["name"]);
                    match list.iter_mut().find(is_same) {
                        Some(one) => patched(one, item, named, depth + 1),
                        None => list.push(item.clone()),
                    }
                }
            }
            (_, Value::Map(_)) => {
                let mut inner = map([]);
                patched(&mut inner, new, named, depth + 1);
                value.set(key.clone(), inner);
            }
            _ => value.set(key.clone(), new.clone()),
        }
    }
}
