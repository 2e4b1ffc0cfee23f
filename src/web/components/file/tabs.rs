//! The parts of an opened file, to choose from.

use yew::prelude::*;

use crate::engine::FileFacts;
use crate::state::{Action, Tab};
use crate::web::number::grouped;

/// What the choice needs.
#[derive(Properties, PartialEq)]
pub struct FileTabsProps {
    /// What is known of the file.
    pub file: FileFacts,
    /// The part that is shown.
    pub tab: Tab,
    /// What happened.
    pub on: Callback<Action>,
}

/// One button a part; a number where there is something to count.
#[component]
pub fn FileTabs(props: &FileTabsProps) -> Html {
    let FileTabsProps { file, tab, on } = props;
    let part = |to: Tab, label: &'static str, count: Option<u64>| {
        let current = (*tab == to).then_some("true");
        let go = on.reform(move |_: MouseEvent| Action::ShowTab(to));
        let alarm = (to == Tab::Problems && count > Some(0)).then_some("alarm");
        html! {
            <button type="button" class={classes!("part", alarm)} aria-current={current} onclick={go}>
                { label }
                if let Some(count) = count {
                    { " " }<b>{ grouped(count) }</b>
                }
            </button>
        }
    };
    html! {
        <nav class="parts" aria-label="Parts of the file">
            if file.is_etcd {
                { part(Tab::Timeline, "Timeline", None) }
            }
            if file.objects.is_some() {
                { part(Tab::Objects, "Kubernetes", file.objects) }
            }
            if file.is_etcd {
                { part(Tab::Find, "Find", None) }
                { part(Tab::WhatIf, "What if", None) }
                { part(Tab::Compare, "Compare", None) }
                { part(Tab::Tables, "Tables", None) }
            }
            { part(Tab::About, "The file", None) }
            { part(Tab::Buckets, "Buckets", None) }
            { part(Tab::Pages, "Pages", None) }
            if file.is_etcd || file.fossils.is_some() {
                { part(Tab::Fossils, "Lost and found", file.fossils) }
            }
            { part(Tab::Problems, "Problems", Some(file.problem_count)) }
        </nav>
    }
}
