//! The two structures that etcd keeps, side by side.

use std::rc::Rc;

use yew::prelude::*;

use super::bucket::BucketTable;
use super::index_list::IndexList;
use crate::state::{Action, DocState};

/// What the store view shows.
#[derive(Properties, PartialEq)]
pub struct StoreCardProps {
    /// The history.
    pub document: Rc<DocState>,
    /// What happened.
    pub on: Callback<Action>,
}

/// The key index beside the `key` bucket.
#[component]
pub fn StoreCard(props: &StoreCardProps) -> Html {
    let StoreCardProps { document, on } = props;
    html! {
        <section class="card store" aria-labelledby="store-title">
            <header class="card-head">
                <h2 id="store-title">{ "Store" }</h2>
                <p>{ "the two structures etcd keeps" }</p>
            </header>
            <div class="halves">
                <IndexList document={document.clone()} on={on.clone()} />
                <BucketTable document={document.clone()} on={on.clone()} />
            </div>
        </section>
    }
}
