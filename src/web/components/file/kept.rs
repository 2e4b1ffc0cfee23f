//! Indexes that are kept in the browser: keeping that of the opened file, and forgetting.

use std::rc::Rc;

use yew::prelude::*;

use crate::engine::{KeptEntry, KeptUse, KeptView};
use crate::state::{Action, StudyAction};
use crate::web::number::bytes;

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct KeptCardProps {
    /// Which indexes are kept.
    pub kept: Rc<KeptView>,
    /// What happened.
    pub on: Callback<Action>,
}

/// The index of the opened file and those of others.
#[component]
pub fn KeptCard(props: &KeptCardProps) -> Html {
    let KeptCardProps { kept, on } = props;
    let act = |action: StudyAction| on.reform(move |_: MouseEvent| Action::Study(action.clone()));
    let this = kept.entries.iter().find(|entry| entry.is_this);
    let entry = |entry: &KeptEntry| {
        let label = format!("Forget the index of {}", entry.file);
        html! {
            <li>
                <span class="mono">{ entry.file.clone() }</span>
                <span class="note">
                    { bytes(entry.size) }{ ", kept " }{ entry.kept.clone() }
                    if entry.is_this { <b>{ ", this file" }</b> }
                </span>
                <button type="button" class="button small" aria-label={label}
                    onclick={act(StudyAction::Forget(Some(entry.name.clone())))}>{ "Forget" }</button>
            </li>
        }
    };
    html! {
        <section class="card" aria-labelledby="kept-title">
            <header class="card-head">
                <h2 id="kept-title">{ "Open it again in seconds" }</h2>
                <p>{ "its index, in this browser alone" }</p>
            </header>
            <div class="about-body kept" aria-live="polite">
                <p>{ "The index is what was read of the rows: keys, revisions, lengths and leases. Values are not in it: they stay in the file, which you drop here again." }</p>
                if let Some(used) = used(kept.used) {
                    <p class={classes!((kept.used == KeptUse::Differs).then_some("bad"))} id="kept-use">{ used }</p>
                }
                if let Some((done, _)) = kept.along {
                    <p role="status">{ "Keeping it: " }{ bytes(done) }{ " written" }</p>
                } else if kept.can_keep && this.is_none() {
                    <p><button type="button" class="button" id="keep-index" onclick={act(StudyAction::Keep)}>{ "Keep its index" }</button></p>
                } else if !kept.can_keep {
                    <p class="note">{ "The index of this file cannot be kept: only that of an etcd store, from the meta that counts." }</p>
                }
                if !kept.note.is_empty() {
                    <p class="bad" role="alert">{ kept.note.clone() }</p>
                }
                if !kept.entries.is_empty() {
                    <ul class="kept-list" aria-label="Indexes that are kept">{ for kept.entries.iter().map(entry) }</ul>
                    if kept.entries.len() > 1 {
                        <p><button type="button" class="button small" onclick={act(StudyAction::Forget(None))}>{ "Forget all of them" }</button></p>
                    }
                }
            </div>
        </section>
    }
}

fn used(used: KeptUse) -> Option<&'static str> {
    Some(match used {
        KeptUse::Read => return None,
        KeptUse::Checking => {
            "This time the file was opened from its index; its rows are being compared with it."
        }
        KeptUse::Same => {
            "This time the file was opened from its index. Its rows were compared since: they are the same."
        }
        KeptUse::Differs => {
            "The index was not that of the file's rows and was thrown away: open the file again."
        }
        KeptUse::Unchecked => {
            "This time the file was opened from its index; comparing its rows with it was stopped."
        }
    })
}
