//! The file screen: what an opened file is and what is in it.

use std::rc::Rc;

use web_sys::File;
use yew::prelude::*;

use super::inspector::Inspector;
use super::open_panel::{LoadingPanel, OpenPanel, Refused};
use super::store::StoreCard;
use super::timeline_card::TimelineCard;
use crate::engine::{Failure, Summary};
use crate::state::{Action, AppState, DocState, Loading};
use crate::web::number::{bytes, counted, grouped, revision};

/// The part of the state that the file screen shows.
#[derive(Clone, PartialEq)]
pub struct FileView {
    document: Rc<DocState>,
    loading: Option<Loading>,
    failure: Option<Failure>,
    is_table: bool,
    is_dark: bool,
}

impl FileView {
    /// Takes it out of the state.
    pub fn of(state: &AppState, is_dark: bool) -> Self {
        Self {
            document: Rc::new(state.file.clone()),
            loading: state.loading.clone(),
            failure: state.failure.clone(),
            is_table: state.is_table_open,
            is_dark,
        }
    }
}

/// What the file screen needs.
#[derive(Properties, PartialEq)]
pub struct FileScreenProps {
    /// What it shows.
    pub view: FileView,
    /// What happened.
    pub on: Callback<Action>,
    /// A file was chosen.
    pub choose: Callback<File>,
}

/// An opened file, or the place to open one.
#[component]
pub fn FileScreen(props: &FileScreenProps) -> Html {
    let FileScreenProps { view, on, choose } = props;
    let document = &view.document;
    html! {
        <main class={if document.summary.is_some() { "file" } else { "file closed" }}>
            <h1 class="unseen">{ "Revscope: what is in an etcd file" }</h1>
            if let Some(failure) = &view.failure {
                <Refused failure={failure.clone()} on={on.clone()} />
            }
            if let Some(loading) = &view.loading {
                <LoadingPanel loading={loading.clone()} on={on.clone()} />
            }
            if let Some(summary) = &document.summary {
                <Overview summary={summary.clone()} />
                <div class="columns">
                    <div class="column">
                        <TimelineCard document={document.clone()} is_dark={view.is_dark}
                            is_table={view.is_table} on={on.clone()} />
                        <StoreCard document={document.clone()} on={on.clone()} />
                    </div>
                    <div class="column">
                        <Inspector document={document.clone()} on={on.clone()} />
                        <Problems summary={summary.clone()} />
                    </div>
                </div>
            } else if view.loading.is_none() {
                <OpenPanel on={on.clone()} choose={choose.clone()} />
            }
        </main>
    }
}

/// What the overview shows.
#[derive(Properties, PartialEq)]
pub struct OverviewProps {
    /// The file in a few numbers.
    pub summary: Summary,
}

/// What the file is, whether it is whole, and what is in it.
#[component]
pub fn Overview(props: &OverviewProps) -> Html {
    let summary = &props.summary;
    let Some(file) = &summary.file else {
        return Html::default();
    };
    let (state, class) = match file.problem_count {
        0 => ("✓ no problem found".to_string(), "whole"),
        n => (
            format!("⚠ {}", counted(n, "problem", "problems")),
            "damaged",
        ),
    };
    let compacted = match summary.compact_revision {
        rev if rev > 0 => revision(rev),
        _ => "never".to_string(),
    };
    let number = |value: String, name: &'static str| {
        html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }
    };
    html! {
        <section class="card overview" aria-labelledby="overview-title">
            <div class="identity">
                <h2 id="overview-title">
                    { file.kind.clone() }{ " " }<span class={class}>{ state }</span>
                </h2>
                <p>{ file.evidence.clone() }</p>
            </div>
            <dl class="numbers">
                { number(revision(summary.head), "revision") }
                { number(compacted, "compacted at") }
                { number(grouped(summary.live_keys), "live keys") }
                { number(grouped(summary.records), "records") }
                { number(bytes(file.size), "file size") }
                { number(format!("{} × {}", grouped(file.high_water_mark), bytes(u64::from(file.page_size))), "pages") }
            </dl>
        </section>
    }
}

/// What is wrong with the file, in plain words.
#[component]
fn Problems(props: &OverviewProps) -> Html {
    let Some(file) = props
        .summary
        .file
        .as_ref()
        .filter(|file| file.problem_count > 0)
    else {
        return Html::default();
    };
    let hidden = file.problem_count - file.problems.len() as u64;
    html! {
        <section class="card problems" aria-labelledby="problems-title">
            <header class="card-head">
                <h2 id="problems-title">{ "Problems" }</h2>
                <p>{ "what could not be read; everything else is shown" }</p>
            </header>
            <ul tabindex="0" aria-label="Problems">
                { for file.problems.iter().map(|problem| html! { <li>{ problem.clone() }</li> }) }
                if hidden > 0 {
                    <li class="note">{ format!("and {} more", grouped(hidden)) }</li>
                }
            </ul>
        </section>
    }
}
