//! The file screen: what an opened file is and what is in it.

use std::rc::Rc;

use web_sys::File;
use yew::prelude::*;

use super::file::{
    About, Buckets, Compare, FileTabs, FillCard, FindCard, FossilList, LostCard, Overview,
    PageMapCard, ProblemList, SmallTables, WhatIf,
};
use super::inspector::Inspector;
use super::kubernetes::Cluster;
use super::open_panel::{LoadingPanel, OpenPanel, Refused};
use super::store::StoreCard;
use super::timeline_card::TimelineCard;
use crate::engine::{Failure, FileFacts};
use crate::state::{Action, AppState, DocState, Glimpse, Loading, Look, ObjectState, Studied, Tab};

/// The part of the state that the file screen shows.
#[derive(Clone, PartialEq)]
pub struct FileView {
    document: Rc<DocState>,
    tables: Rc<DocState>,
    look: Rc<Look>,
    object: Rc<ObjectState>,
    study: Studied,
    loading: Option<Loading>,
    failure: Option<Failure>,
    again: Option<Action>,
    is_table: bool,
    is_dark: bool,
}

impl FileView {
    /// Takes it out of the state.
    pub fn of(state: &AppState, is_dark: bool) -> Self {
        Self {
            document: Rc::new(state.file.clone()),
            tables: Rc::new(state.file.without_picture()),
            look: Rc::new(state.look.clone()),
            object: Rc::new(state.object.clone()),
            study: state.study.clone(),
            loading: state.loading.clone(),
            failure: state.failure.clone(),
            again: state.again(),
            is_table: state.is_table_open,
            is_dark,
        }
    }
}

impl FileView {
    /// What is known of the file that is on its way in.
    fn glimpse(&self) -> Option<Rc<Glimpse>> {
        let loading = self.loading.as_ref()?;
        let glimpse = self.study.get().glimpse.clone();
        glimpse.filter(|glimpse| glimpse.id == loading.id)
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
    /// A file to compare with was chosen.
    pub beside: Callback<File>,
}

/// An opened file, or the place to open one.
#[component]
pub fn FileScreen(props: &FileScreenProps) -> Html {
    let FileScreenProps {
        view,
        on,
        choose,
        beside,
    } = props;
    let document = &view.document;
    html! {
        <main class={if document.summary.is_some() { "file" } else { "file closed" }}>
            <h1 class="unseen">{ "Revscope: what is in an etcd file" }</h1>
            if let Some(failure) = &view.failure {
                <Refused failure={failure.clone()} on={on.clone()} />
            }
            if let Some(again) = view.again.clone() {
                <p class="mark-line gone">
                    <b>{ "The engine that had read this file stopped." }</b>
                    { "What it had told stays here; nothing more comes." }
                    <button type="button" class="button small" onclick={on.reform(move |_| again.clone())}>{ "Open it again" }</button>
                </p>
            }
            if let Some(loading) = &view.loading {
                <LoadingPanel loading={loading.clone()} on={on.clone()} />
            }
            if let Some(glimpse) = view.glimpse() {
                <Overview summary={glimpse.summary.clone()} sums={Some(Rc::new(glimpse.sums.clone()))} is_partial=true on={on.clone()} />
                <FillCard sums={Rc::new(glimpse.sums.clone())} is_partial=true on={on.clone()} />
            } else if let Some(summary) = &document.summary {
                <Overview summary={summary.clone()} sums={view.study.get().sums.clone()} background={view.look.background} on={on.clone()} />
                if let Some(file) = &summary.file {
                    <FileTabs file={file.clone()} tab={view.look.tab} on={on.clone()} />
                    { part(view, file, summary.records, beside, on) }
                }
            } else if view.loading.is_none() {
                <OpenPanel on={on.clone()} choose={choose.clone()} />
            }
        </main>
    }
}

/// The part of the file that is looked at.
fn part(
    view: &FileView,
    file: &FileFacts,
    records: u64,
    beside: &Callback<File>,
    on: &Callback<Action>,
) -> Html {
    let (document, look) = (&view.document, &view.look);
    match look.tab {
        Tab::Timeline => html! {
            <div class="columns">
                <div class="column">
                    <TimelineCard document={document.clone()} is_dark={view.is_dark}
                        is_table={view.is_table} on={on.clone()}
                        fossils={file.fossils.filter(|count| *count > 0)}
                        are_ghosts_shown={look.are_ghosts_shown} />
                    <StoreCard document={view.tables.clone()} on={on.clone()} />
                </div>
                <div class="column">
                    <Inspector document={view.tables.clone()} on={on.clone()} />
                    if let Some(sums) = &view.study.get().sums {
                        <FillCard sums={sums.clone()} on={on.clone()} />
                    }
                </div>
            </div>
        },
        Tab::Objects => html! {
            <Cluster state={view.object.clone()} document={view.tables.clone()} on={on.clone()} />
        },
        Tab::Find => html! {
            <FindCard study={view.study.clone()} selected={document.selected} sought={document.lane.find} on={on.clone()} />
        },
        Tab::WhatIf => html! { <WhatIf study={view.study.clone()} on={on.clone()} /> },
        Tab::Compare => html! {
            <Compare study={view.study.clone()} on={on.clone()} beside={beside.clone()} />
        },
        Tab::Tables => html! { <SmallTables study={view.study.clone()} on={on.clone()} /> },
        Tab::About => {
            html! { <About file={file.clone()} kept={view.study.get().kept.clone()} on={on.clone()} /> }
        }
        Tab::Buckets => html! { <Buckets look={look.clone()} on={on.clone()} /> },
        Tab::Pages => {
            html! { <PageMapCard look={look.clone()} file={file.clone()} study={view.study.clone()} on={on.clone()} /> }
        }
        Tab::Fossils => {
            html! {
                <>
                if file.is_etcd && file.fossils.is_some() {
                    <LostCard study={view.study.clone()} selected={document.selected} on={on.clone()} />
                }
                <FossilList look={look.clone()} file={file.clone()} on={on.clone()} />
                </>
            }
        }
        Tab::Problems => {
            html! { <ProblemList file={file.clone()} {records} on={on.clone()} /> }
        }
    }
}
