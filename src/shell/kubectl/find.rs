//! Which objects a command's words mean: `pods web-1`, `deploy,rs`, `deployment/web svc/web`.

use super::Context;
use super::selector::Selector;
use crate::apiserver::{self, Kind, Live, Problem};

/// Objects of one kind that were asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) kind: Kind,
    /// The name; none for all.
    pub(super) name: Option<String>,
}

/// What `all` stands for.
const ALL: &[&str] = &[
    "pods",
    "replicationcontrollers",
    "services",
    "daemonsets",
    "deployments",
    "replicasets",
    "statefulsets",
    "horizontalpodautoscalers",
    "cronjobs",
    "jobs",
];

/// Reads kinds and names.
pub(super) fn asked(context: &Context<'_>, words: &[String]) -> Result<Vec<Asked>, String> {
    let mut all = Vec::new();
    let slashes = words.iter().filter(|word| word.contains('/')).count();
    if slashes > 0 {
        for word in words {
            let Some((kind, name)) = word.split_once('/') else {
                return Err(
                    "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"
                        .to_owned(),
                );
            };
            all.push(Asked {
                kind: kind_of(context, kind)?,
                name: Some(name.to_owned()),
            });
        }
        return Ok(all);
    }
    let Some((kinds, names)) = words.split_first() else {
        return Ok(all);
    };
    let mut types = Vec::new();
    for word in kinds.split(',').filter(|word| !word.is_empty()) {
        match word {
            "all" => types.extend(ALL.iter().filter_map(|plural| apiserver::builtin(plural))),
            word => types.push(kind_of(context, word)?),
        }
    }
    for kind in types {
        if names.is_empty() {
            all.push(Asked { kind, name: None });
            continue;
        }
        all.extend(names.iter().map(|name| Asked {
            kind: kind.clone(),
            name: Some(name.clone()),
        }));
    }
    Ok(all)
}

fn kind_of(context: &Context<'_>, word: &str) -> Result<Kind, String> {
    let found = apiserver::find(context.store(), word);
    found.ok_or_else(|| format!("error: the server doesn't have a resource type {word:?}"))
}

/// The namespace that a list is of; none for all of them.
pub(super) fn scope<'c>(context: &'c Context<'_>) -> Option<&'c str> {
    match context.flags.is_on("all-namespaces") {
        true => None,
        false => Some(context.namespace()),
    }
}

/// The objects.
pub(super) fn objects(
    context: &Context<'_>,
    asked: &Asked,
    selector: &Selector,
) -> Result<Vec<Live>, Problem> {
    let store = context.store();
    match &asked.name {
        Some(name) => {
            let key = asked.kind.key(context.namespace(), name);
            let found = apiserver::get(store, &key);
            found.map(|one| vec![one]).ok_or_else(|| Problem::NotFound {
                resource: asked.kind.resource(),
                name: name.clone(),
            })
        }
        None => {
            let mut all = apiserver::list(store, &asked.kind, scope(context));
            all.retain(|one| selector.matches(&one.value));
            Ok(all)
        }
    }
}
