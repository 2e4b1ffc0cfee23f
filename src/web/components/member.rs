//! The pages of the simulated member's file, and what the last commit did to them.

use yew::prelude::*;

use crate::engine::{MemberPages, TileKind};
use crate::state::{Action, MemberAction, MemberState};
use crate::web::number::grouped;

/// With more pages than this a tile is a dot.
const LARGE: u64 = 128;

/// What the pane shows.
#[derive(Properties, PartialEq)]
pub struct PagesPaneProps {
    /// The pages.
    pub member: MemberState,
    /// How many steps of the last request are seen as done.
    pub done: usize,
    /// What happened.
    pub on: Callback<Action>,
}

/// Every page a tile; below, what the last commit did, step by step.
#[component]
pub fn PagesPane(props: &PagesPaneProps) -> Html {
    let PagesPaneProps { member, done, on } = props;
    let Some(pages) = &member.pages else {
        return html! { <div class="half paper"><p class="half-head">{ "Pages" }</p></div> };
    };
    let selected = member.page();
    let walk = {
        let (on, first, total) = (on.clone(), pages.first, pages.total);
        Callback::from(move |event: KeyboardEvent| {
            let at = selected.unwrap_or(first);
            let to = match event.key().as_str() {
                "ArrowRight" | "ArrowDown" => at + 1,
                "ArrowLeft" | "ArrowUp" => at.saturating_sub(1),
                "Home" => 0,
                "End" => total,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            let to = to.min(total.saturating_sub(1));
            on.emit(Action::Member(MemberAction::Select(to)));
        })
    };
    let is_small = pages.total > LARGE;
    let about = selected.and_then(|page| {
        let at = usize::try_from(page.checked_sub(pages.first)?).ok()?;
        pages.tiles.get(at)
    });
    html! {
        <div class="half paper">
            <p class="half-head">
                <b>{ "Pages" }</b>{ " of the member's file: a commit writes copies, never in place" }
                { window(pages, on) }
            </p>
            <div class="scroll" role="region" aria-label="Pages of the member's file" tabindex="0">
                <p class="headline" role="status">{ pages.headline.clone() }</p>
                <div class={classes!("tiles", is_small.then_some("small"))} role="listbox" tabindex="0" id="tiles"
                    aria-label="Pages, arrow keys walk" onkeydown={walk}
                    aria-activedescendant={about.and(selected).map(|page| format!("tile-{page}"))}>
                    { for (pages.first..).zip(&pages.tiles).map(|(page, tile)| {
                        let (kind, is_written) = pages.look(page, *done).unwrap_or((tile.kind, false));
                        let is_same = kind == tile.kind;
                        let (class, name) = look(kind);
                        let class = classes!(
                            "tile", class,
                            is_written.then_some("written"),
                            pages.way.contains(&page).then_some("way"),
                        );
                        let select = on.reform(move |_: MouseEvent| Action::Member(MemberAction::Select(page)));
                        html! {
                            <div key={page} id={format!("tile-{page}")} {class} role="option"
                                title={tile.label.clone()} aria-selected={(selected == Some(page)).to_string()} onclick={select}>
                                // Said in words; the marks are for the eye.
                                <span class="unseen">{ tile.label.clone() }</span>
                                if !is_small {
                                    <b aria-hidden="true">{ page }</b>
                                    <small aria-hidden="true">{ name }</small>
                                    <small aria-hidden="true">{ if is_same { tile.bucket.clone() } else { String::new() } }</small>
                                    if is_same && tile.fill > 0 {
                                        <i style={format!("width: {}%", tile.fill)} />
                                    }
                                }
                            </div>
                        }
                    }) }
                </div>
                <p class="note">
                    if let Some(tile) = about { <b>{ sentence(&tile.label) }</b>{ " " } }
                    { pages.place.clone() }
                </p>
                <ol class="page-steps" aria-label="What the last commit did">
                    { for pages.steps.iter().enumerate().map(|(at, step)| {
                        let class = match at + 1 {
                            number if *done < pages.steps.len() && number == *done => "now",
                            number if number > *done => "ahead",
                            _ => "",
                        };
                        html! { <li {class}>{ step.text.clone() }</li> }
                    }) }
                </ol>
                <dl class="numbers">
                    { for pages.facts.iter().map(|(name, value)| html! {
                        <div><dt>{ name.clone() }</dt><dd>{ value.clone() }</dd></div>
                    }) }
                </dl>
            </div>
        </div>
    }
}

/// Which pages of a long file are listed, with buttons to the others.
fn window(pages: &MemberPages, on: &Callback<Action>) -> Html {
    let size = u64::from(MemberPages::TILES);
    if pages.total <= size {
        return Html::default();
    }
    let go = |label: &'static str, name: &'static str, to: Option<u64>| {
        let show =
            to.map(|to| on.reform(move |_: MouseEvent| Action::Member(MemberAction::Window(to))));
        html! {
            <button type="button" class="button small" aria-label={name} disabled={show.is_none()} onclick={show}>
                { label }
            </button>
        }
    };
    let next = pages.first + size;
    html! {
        <span class="window">
            { format!("{} of {} ", grouped(pages.first), grouped(pages.total)) }
            { go("‹", "Earlier pages", pages.first.checked_sub(size)) }
            { go("›", "Later pages", (next < pages.total).then_some(next)) }
        </span>
    }
}

/// Name of a kind in the style sheet, and in a word.
fn look(kind: TileKind) -> (&'static str, &'static str) {
    match kind {
        TileKind::Meta => ("is-meta", "meta"),
        TileKind::Freelist => ("is-list", "freelist"),
        TileKind::Branch => ("is-branch", "branch"),
        TileKind::Leaf => ("is-leaf", "leaf"),
        TileKind::Overflow => ("is-more", "cont."),
        TileKind::Waiting => ("is-freed", "freed"),
        TileKind::Free => ("is-free", "free"),
        TileKind::Beyond => ("is-beyond", ""),
    }
}

fn sentence(text: &str) -> String {
    let mut sentence = format!("{text}.");
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}
