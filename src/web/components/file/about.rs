//! What the file is and how that is known: release, metas, sizes, small buckets, archive.

use std::rc::Rc;

use yew::prelude::*;

use super::bar::SizeBar;
use super::kept::KeptCard;
use crate::engine::{FileFacts, KeptView, MetaFacts, Seal};
use crate::state::Action;
use crate::web::number::{bytes, grouped};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct AboutProps {
    /// What is known of the file.
    pub file: FileFacts,
    /// Which indexes are kept in this browser.
    pub kept: Option<Rc<KeptView>>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Everything about the file as a whole.
#[component]
pub fn About(props: &AboutProps) -> Html {
    let AboutProps { file, kept, on } = props;
    html! {
        <div class="about" tabindex="0" role="region" aria-label="What the file is">
            <section class="card" aria-labelledby="size-title">
                <header class="card-head">
                    <h2 id="size-title">{ "What fills it" }</h2>
                    <p>{ format!("{} on disk", bytes(file.size)) }</p>
                </header>
                <div class="about-body"><SizeBar file={file.clone()} /></div>
            </section>
            <section class="card" aria-labelledby="release-title">
                <header class="card-head">
                    <h2 id="release-title">{ "What it is" }</h2>
                </header>
                <div class="about-body">{ identity(file) }</div>
            </section>
            <section class="card" aria-labelledby="metas-title">
                <header class="card-head">
                    <h2 id="metas-title">{ "Metas" }</h2>
                    <p>{ "two pages in turn say where everything starts" }</p>
                </header>
                <div class="about-body">{ metas(file, on) }</div>
            </section>
            if !file.contents.is_empty() {
                <section class="card" aria-labelledby="contents-title">
                    <header class="card-head">
                        <h2 id="contents-title">{ "Beside the keys" }</h2>
                        <p>{ "what etcd keeps in its small buckets" }</p>
                    </header>
                    <div class="about-body">
                        <dl class="fields">{ for file.contents.iter().map(|(name, value)| field(name, value)) }</dl>
                    </div>
                </section>
            }
            if let Some(kept) = kept {
                <KeptCard kept={kept.clone()} on={on.clone()} />
            }
            if !file.layers.is_empty() {
                { layers(file, on) }
            }
        </div>
    }
}

fn field(name: &str, value: &str) -> Html {
    html! { <div><dt>{ name.to_string() }</dt><dd>{ value.to_string() }</dd></div> }
}

fn identity(file: &FileFacts) -> Html {
    let seal = match file.seal {
        Seal::Absent => None,
        Seal::Pending => Some("being verified"),
        Seal::Right => Some("✓ matches the bytes"),
        Seal::Wrong => Some("✕ does not match the bytes"),
        Seal::Stopped => Some("not verified, it was stopped"),
    };
    let sure = match file.certainty.as_str() {
        "" => None,
        "high" => Some("high: the file names its release"),
        "fair" => Some("fair: only this release and later ones write what is in it"),
        _ => Some("low: the file tells what its members could do, not who wrote it"),
    };
    html! {
        <>
        <dl class="fields">
            { field("kind", &file.kind) }
            if let Some(sure) = sure {
                { field("certainty", sure) }
            }
            if let Some(seal) = seal {
                { field("sha256 at the end", seal) }
            }
            { field("page size", &bytes(u64::from(file.page_size))) }
        </dl>
        if !file.clues.is_empty() {
            <h3>{ "Evidence" }</h3>
            <ul class="clues">{ for file.clues.iter().map(|clue| html! { <li>{ clue.clone() }</li> }) }</ul>
        }
        </>
    }
}

/// Both metas side by side, and the way to the other one.
fn metas(file: &FileFacts, on: &Callback<Action>) -> Html {
    let meta = |(index, meta): (u8, &MetaFacts)| {
        let is_used = !file.is_salvaged && index == file.active;
        let open = on.reform(move |_: MouseEvent| Action::OpenMeta(Some(index)));
        let body = match meta {
            MetaFacts::Bad(why) => html! { <p class="bad">{ "unusable: " }{ why.clone() }</p> },
            MetaFacts::Good {
                txid,
                root,
                freelist,
                high_water_mark,
            } => html! {
                <dl class="fields">
                    { field("transaction", &grouped(*txid)) }
                    { field("root", &format!("page {root}")) }
                    { field("freelist", &freelist.map_or("not kept".to_string(), |page| format!("page {page}"))) }
                    { field("high-water mark", &grouped(*high_water_mark)) }
                </dl>
            },
        };
        let is_good = matches!(meta, MetaFacts::Good { .. });
        html! {
            <div class={classes!("meta", is_used.then_some("used"))}>
                <h3>{ format!("Meta {index}") }{ if is_used { " · used" } else { "" } }</h3>
                { body }
                if is_good && !is_used {
                    <button type="button" class="button small" onclick={open}>
                        { if file.is_chosen { "Open the store as of this one" } else { "Open the store as of the transaction before" } }
                    </button>
                }
            </div>
        }
    };
    html! {
        <>
        <p class="note">{ file.why.clone() }{ "." }</p>
        <div class="metas">{ for (0u8..).zip(&file.metas).map(meta) }</div>
        </>
    }
}

/// What the file lay in, and other members to open.
fn layers(file: &FileFacts, on: &Callback<Action>) -> Html {
    /// Members that are offered.
    const OFFERED: usize = 20;
    html! {
        <section class="card" aria-labelledby="layers-title">
            <header class="card-head">
                <h2 id="layers-title">{ "Unpacked from" }</h2>
            </header>
            <div class="about-body">
                { for file.layers.iter().map(|layer| html! {
                    <>
                    <p>
                        <b>{ layer.format.clone() }</b>
                        if !layer.member.is_empty() {
                            { ": " }<span class="mono">{ layer.member.clone() }</span>
                        }
                    </p>
                    if !layer.others.is_empty() {
                        <p class="note">{ "Beside it; choose one to open it instead:" }</p>
                        <Members members={layer.others.iter().take(OFFERED).cloned().collect::<Vec<_>>()} on={on.clone()} />
                        if layer.others.len() > OFFERED {
                            <p class="note">{ format!("and {} more", layer.others.len() - OFFERED) }</p>
                        }
                    }
                    </>
                }) }
            </div>
        </section>
    }
}

/// What the choice of members shows.
#[derive(Properties, PartialEq)]
pub struct MembersProps {
    /// Their names.
    pub members: Vec<String>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Members of an archive, one of which may be opened.
#[component]
pub fn Members(props: &MembersProps) -> Html {
    let MembersProps { members, on } = props;
    html! {
        <ul class="members" aria-label="Files in the archive">
            { for members.iter().map(|name| {
                let member = name.clone();
                let open = on.reform(move |_: MouseEvent| Action::OpenMember(member.clone()));
                html! {
                    <li><button type="button" class="chip mono" onclick={open}>{ name.clone() }</button></li>
                }
            }) }
        </ul>
    }
}
