//! The tree of keys by `/`, with counts and bytes.

use yew::prelude::*;

use super::act;
use crate::engine::Twig;
use crate::state::{Action, Studied, StudyAction, StudyState};
use crate::web::number::{bytes, counted, grouped};

/// Levels that are drawn; what is deeper is found by its filter.
const MAX_DEPTH: usize = 32;

/// What the tree shows.
#[derive(Properties, PartialEq)]
pub struct KeyTreeProps {
    /// What is looked at.
    pub study: Studied,
    /// What happened.
    pub on: Callback<Action>,
}

/// Prefixes open and close; a name is put into the filter.
#[component]
pub fn KeyTree(props: &KeyTreeProps) -> Html {
    let KeyTreeProps { study, on } = props;
    html! {
        <section class="card key-tree" aria-labelledby="tree-title">
            <header class="card-head">
                <h2 id="tree-title">{ "Keys" }</h2>
                <p>{ "by prefix" }</p>
            </header>
            <div class="tree-body" tabindex="0" role="region" aria-label="Keys by prefix">
                { branch(&study.get(), &[], 0, on) }
            </div>
        </section>
    }
}

fn branch(study: &StudyState, prefix: &[u8], depth: usize, on: &Callback<Action>) -> Html {
    let Some(branch) = study.branches.get(prefix) else {
        return html! { <p class="empty">{ "…" }</p> };
    };
    let Some(twigs) = &branch.twigs else {
        return html! { <p class="empty">{ "…" }</p> };
    };
    if twigs.is_empty() {
        return html! { <p class="empty">{ "No key was ever written." }</p> };
    }
    html! {
        <ul>
            { for twigs.iter().map(|item| twig(study, item, depth, on)) }
            if branch.more > 0 {
                <li class="note">{ format!("and {} more; a filter finds them", grouped(branch.more)) }</li>
            }
        </ul>
    }
}

fn twig(study: &StudyState, twig: &Twig, depth: usize, on: &Callback<Action>) -> Html {
    let is_open = study
        .branches
        .get(&twig.path)
        .is_some_and(|branch| branch.is_open);
    let told = match twig.is_prefix {
        true => counted(twig.keys, "key", "keys"),
        false => counted(twig.rows, "revision", "revisions"),
    };
    let find = match (twig.filter.is_empty(), twig.last) {
        (false, _) => Some(StudyAction::Find(twig.filter.clone())),
        (true, Some(last)) => Some(StudyAction::Select(last)),
        (true, None) => None,
    };
    let turns = twig.is_prefix && depth < MAX_DEPTH;
    html! {
        <li key={twig.path.clone().into_iter().map(char::from).collect::<String>()}>
            <div class={classes!("twig", (twig.live_keys == 0).then_some("gone"))}>
                if turns {
                    <button type="button" class="turn" aria-expanded={is_open.to_string()}
                        aria-label={format!("Keys below {}", twig.name)}
                        onclick={act(on, StudyAction::Turn(twig.path.clone()))}>{ if is_open { "▾" } else { "▸" } }</button>
                } else {
                    <i class="turn" />
                }
                if let Some(find) = find {
                    <button type="button" class="link mono" title={twig.name.clone()} onclick={act(on, find)}>{ twig.name.clone() }</button>
                }
                <small>{ told }{ if twig.live_keys == 0 { ", deleted" } else { "" } }</small>
                <small class="num">{ bytes(twig.bytes) }</small>
            </div>
            if is_open && turns {
                { branch(study, &twig.path, depth + 1, on) }
            }
        </li>
    }
}
