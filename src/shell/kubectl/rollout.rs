//! `kubectl rollout`: how far a change of a deployment is, what there was before, and back to it.

use super::change::{change, meant};
use super::{Context, Fail};
use crate::apiserver::object::{int, map, name, put, text};
use crate::apiserver::{self, Kind, Live, Manager, is_controlled_by};
use crate::kubernetes::Value;

/// Longest that `rollout status` waits, in milliseconds of the virtual clock.
const MAX_WAIT_MS: i64 = 600_000;
const REVISION: &str = "deployment.kubernetes.io/revision";
const CAUSE: &str = "kubernetes.io/change-cause";

/// `kubectl rollout`
pub(super) fn run(context: &mut Context<'_>) -> Result<(), Fail> {
    let words = context.flags.words.clone();
    let Some((verb, rest)) = words.split_first() else {
        return Err(Fail::said(
            "error: of `kubectl rollout` history, restart, status and undo are simulated",
        ));
    };
    let work = match verb.as_str() {
        "history" => history,
        "restart" => restart,
        "status" => status,
        "undo" => undo,
        other => {
            return Err(Fail::said(format!(
                "error: unknown command {other:?} for \"kubectl rollout\""
            )));
        }
    };
    let all = meant(context, rest)?;
    if let Some((kind, _)) = all.iter().find(|(kind, _)| kind.plural != "deployments") {
        return Err(Fail::said(format!(
            "error: the rollout of {} is not simulated, only that of deployments.apps",
            kind.resource()
        )));
    }
    work(context, rest, all)
}

type Meant = Vec<(Kind, Live)>;

fn status(context: &mut Context<'_>, words: &[String], _: Meant) -> Result<(), Fail> {
    let mut waited = 0;
    let mut last = String::new();
    loop {
        let (_, live) = meant(context, words)?.swap_remove(0);
        let (line, is_done) = progress(&live.value);
        if line != last {
            context.say(format!("{line}\n"));
        }
        if is_done {
            return Ok(());
        }
        last = line;
        let passed = context.session.settle(500);
        waited += passed;
        if passed == 0 || waited > MAX_WAIT_MS {
            return Err(Fail::said("error: timed out waiting for the condition"));
        }
    }
}

/// The replica sets of a deployment by their revision.
fn sets(context: &Context<'_>, live: &Live) -> Vec<(i64, Live)> {
    let Some(kind) = apiserver::builtin("replicasets") else {
        return Vec::new();
    };
    let space = text(&live.value, &["metadata", "namespace"]);
    let mut all: Vec<_> = apiserver::list(context.store(), &kind, Some(space))
        .into_iter()
        .filter(|set| is_controlled_by(&set.value, &live.value))
        .filter_map(|set| {
            let revision = text(&set.value, &["metadata", "annotations", REVISION]);
            Some((revision.parse().ok()?, set))
        })
        .collect();
    all.sort_by_key(|(revision, _)| *revision);
    all
}

fn history(context: &mut Context<'_>, _: &[String], all: Meant) -> Result<(), Fail> {
    for (kind, live) in all {
        let mut rows = vec![vec!["REVISION".to_owned(), "CHANGE-CAUSE".to_owned()]];
        for (revision, set) in sets(context, &live) {
            let cause = match text(&set.value, &["metadata", "annotations", CAUSE]) {
                "" => "<none>",
                cause => cause,
            };
            rows.push(vec![revision.to_string(), cause.to_owned()]);
        }
        context.say(format!("{}/{} \n", kind.one(), name(&live.value)));
        for row in rows {
            let [revision, cause] = row.as_slice() else {
                continue;
            };
            context.say(format!("{revision:<10}{cause}\n"));
        }
        context.say("\n");
    }
    Ok(())
}

fn undo(context: &mut Context<'_>, _: &[String], all: Meant) -> Result<(), Fail> {
    let wanted = context.flags.value("to-revision").unwrap_or("0");
    let wanted: i64 = wanted.parse().map_err(|_| {
        Fail::said(format!(
            "error: invalid argument {wanted:?} for \"--to-revision\" flag: it is no number"
        ))
    })?;
    for (kind, live) in all {
        let named = name(&live.value).to_owned();
        let sets = sets(context, &live);
        let found = match wanted {
            0 => sets.iter().rev().nth(1),
            wanted => sets.iter().find(|(revision, _)| *revision == wanted),
        };
        let Some((revision, set)) = found else {
            return Err(Fail::said(match wanted {
                0 => format!("error: no rollout history found for deployment {named:?}"),
                wanted => format!("error: unable to find specified revision {wanted} in history"),
            }));
        };
        let mut template = set.value.at(&["spec", "template"]).cloned();
        if let Some(labels) = template
            .as_mut()
            .and_then(|template| template.get_mut("metadata"))
            .and_then(|meta| meta.get_mut("labels"))
        {
            labels.remove("pod-template-hash");
        }
        let template = template.unwrap_or_else(|| map([]));
        if live.value.at(&["spec", "template"]) == Some(&template) {
            context.say(format!(
                "{}/{named} skipped rollback (current template already matches revision {revision})\n",
                kind.one()
            ));
            continue;
        }
        let annotations = annotations(&live.value, &set.value);
        let by = Manager::of("kubectl-rollout");
        let one = vec![(kind, live)];
        change(context, one, by, "rolled back", |value| {
            put(value, &["spec", "template"], template.clone());
            put(value, &["metadata", "annotations"], annotations.clone());
            Ok(())
        })?;
    }
    Ok(())
}

/// A deployment's own annotations, and those that its replica set kept.
fn annotations(deployment: &Value<'_>, set: &Value<'_>) -> Value<'static> {
    let is_own = |key: &str| {
        key.starts_with("deployment.kubernetes.io/")
            || key == "kubectl.kubernetes.io/last-applied-configuration"
    };
    let path = ["metadata", "annotations"];
    let mut all = map([]);
    for (from, owns) in [(deployment, true), (set, false)] {
        for (key, value) in from.at(&path).map(Value::entries).unwrap_or_default() {
            if is_own(key) == owns {
                all.set(key.to_string(), value.clone().into_owned());
            }
        }
    }
    all
}

fn restart(context: &mut Context<'_>, _: &[String], all: Meant) -> Result<(), Fail> {
    let now = context.session.serve(|server| server.now());
    let by = Manager::of("kubectl-rollout");
    change(context, all, by, "restarted", |value| {
        let path = [
            "spec",
            "template",
            "metadata",
            "annotations",
            "kubectl.kubernetes.io/restartedAt",
        ];
        put(value, &path, Value::text(now.clone()));
        Ok(())
    })
}

fn progress(value: &Value<'_>) -> (String, bool) {
    let named = name(value);
    let wanted = int(value, &["spec", "replicas"]);
    let status = |key| int(value, &["status", key]);
    let (updated, total) = (status("updatedReplicas"), status("replicas"));
    let waiting = |what: String| {
        (
            format!("Waiting for deployment {named:?} rollout to finish: {what}..."),
            false,
        )
    };
    if int(value, &["metadata", "generation"]) > status("observedGeneration") {
        return (
            "Waiting for deployment spec update to be observed...".to_owned(),
            false,
        );
    }
    if updated < wanted {
        return waiting(format!(
            "{updated} out of {wanted} new replicas have been updated"
        ));
    }
    if total > updated {
        return waiting(format!(
            "{} old replicas are pending termination",
            total - updated
        ));
    }
    if status("availableReplicas") < updated {
        let ready = status("availableReplicas");
        return waiting(format!(
            "{ready} of {updated} updated replicas are available"
        ));
    }
    (
        format!("deployment {named:?} successfully rolled out"),
        true,
    )
}
