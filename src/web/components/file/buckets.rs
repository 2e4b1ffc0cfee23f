//! The tree of buckets, and the items of one of them.

use std::rc::Rc;

use yew::prelude::*;

use super::items::Items;
use crate::engine::TreeNode;
use crate::state::{Action, Look};
use crate::web::number::{counted, grouped};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct BucketsProps {
    /// What is looked at.
    pub look: Rc<Look>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Buckets on the left, items and a value on the right.
#[component]
pub fn Buckets(props: &BucketsProps) -> Html {
    let BucketsProps { look, on } = props;
    let nodes = look.tree.as_ref().map(|nodes| nodes.as_slice());
    html! {
        <div class="columns buckets">
            <section class="card tree" aria-labelledby="tree-title">
                <header class="card-head">
                    <h2 id="tree-title">{ "Buckets" }</h2>
                    <p>{ nodes.map_or(String::new(), |nodes| grouped(nodes.len() as u64)) }</p>
                </header>
                if nodes.is_some_and(<[_]>::is_empty) {
                    <p class="empty">{ "No bucket can be read in this file." }</p>
                }
                <ul class="tree-list" aria-label="Buckets">
                    { for nodes.unwrap_or_default().iter().map(|node| branch(node, look, on)) }
                    if look.is_tree_cut {
                        <li class="note">{ "and more" }</li>
                    }
                </ul>
            </section>
            <Items look={look.clone()} on={on.clone()} />
        </div>
    }
}

fn branch(node: &TreeNode, look: &Look, on: &Callback<Action>) -> Html {
    let path = node.path.clone();
    let current = (look.path == path).then_some("true");
    let depth = path.len().saturating_sub(1).min(12);
    let open = on.reform(move |_: MouseEvent| Action::OpenBucket(path.clone()));
    let place = match (node.root, node.pages) {
        (None, _) => "inline".to_string(),
        (Some(_), Some(pages)) => counted(pages, "page", "pages"),
        (Some(root), None) => format!("page {root}"),
    };
    let items = node
        .items
        .map(|items| format!("{}, ", counted(items, "item", "items")));
    html! {
        <li style={format!("padding-left: {}px", depth * 16)}>
            <button type="button" class="branch" aria-current={current} title={node.name.clone()} onclick={open}>
                <span class="mono">{ node.name.clone() }</span>
                <small>{ items }{ place }</small>
            </button>
        </li>
    }
}
