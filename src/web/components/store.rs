//! The two structures that etcd keeps, side by side.

use std::rc::Rc;

use yew::prelude::*;

use super::bucket::BucketTable;
use super::index_list::IndexList;
use super::member::PagesPane;
use super::player::Player;
use crate::state::{Action, DocState, MemberAction, MemberState, Play};

/// What the store view shows.
#[derive(Properties, PartialEq)]
pub struct StoreCardProps {
    /// The history.
    pub document: Rc<DocState>,
    /// What the simulated member has of its own: its pages, and how far the last command's
    /// animation is.
    #[prop_or_default]
    pub member: Option<(MemberState, Play)>,
    /// What happened.
    pub on: Callback<Action>,
}

/// The key index beside the `key` bucket, and the pages beside both.
#[component]
pub fn StoreCard(props: &StoreCardProps) -> Html {
    let StoreCardProps {
        document,
        member,
        on,
    } = props;
    let is_paged = member.as_ref().is_some_and(|(member, _)| member.is_shown);
    let toggle = on.reform(move |_: MouseEvent| Action::Member(MemberAction::Show(!is_paged)));
    html! {
        <section class={classes!("card", "store", is_paged.then_some("paged"))} aria-labelledby="store-title">
            <header class="card-head">
                <h2 id="store-title">{ "Store" }</h2>
                if let Some((_, play)) = member {
                    <Player play={play.clone()} on={on.clone()} />
                    <button type="button" class="button small" aria-pressed={is_paged.to_string()}
                        title="The pages of the member's file (P)" onclick={toggle}>{ "Pages" }</button>
                } else {
                    <p>{ "the two structures etcd keeps" }</p>
                }
            </header>
            <div class="halves">
                <IndexList document={document.clone()} on={on.clone()} />
                <BucketTable document={document.clone()} on={on.clone()} />
                if let Some((member, play)) = member.as_ref().filter(|_| is_paged) {
                    <PagesPane member={member.clone()} on={on.clone()}
                        done={play.page_steps(member.pages.as_ref().map_or(0, |pages| pages.steps.len()))} />
                }
            </div>
        </section>
    }
}
