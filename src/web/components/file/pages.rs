//! The map of pages: one cell a page, its kind told by shape and colour.

use std::rc::Rc;

use yew::prelude::*;

use super::bytes::BytesCard;
use super::page::PageCard;
use crate::engine::{FileFacts, MapCell, TintBy, Tints};
use crate::state::{Action, Look, Studied, StudyAction};
use crate::web::number::{counted, grouped};

/// Cells of a row.
const COLUMNS: u64 = 32;

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct PageMapProps {
    /// What is looked at.
    pub look: Rc<Look>,
    /// What is known of the file.
    pub file: FileFacts,
    /// Colours and bytes.
    pub study: Studied,
    /// What happened.
    pub on: Callback<Action>,
}

/// Name of the style, sign and name of a kind, and how many pages are of it.
fn kinds(file: &FileFacts) -> Vec<(MapCell, u64)> {
    let counts = file.pages.unwrap_or_default();
    let kinds = [
        (MapCell::Leaf, counts.leaf),
        (MapCell::Overflow, counts.overflow),
        (MapCell::Branch, counts.branch),
        (MapCell::Meta, counts.meta),
        (MapCell::Freelist, counts.freelist),
        (MapCell::Free, counts.free),
        (MapCell::Leaked, counts.leaked),
        (MapCell::Broken, counts.broken),
        (MapCell::Room, counts.room),
    ];
    kinds.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Name of a kind in the style sheet, and in words.
pub fn kind_name(cell: MapCell) -> (&'static str, &'static str) {
    match cell {
        MapCell::Meta => ("meta", "meta"),
        MapCell::Freelist => ("freelist", "freelist"),
        MapCell::Branch => ("branch", "branch"),
        MapCell::Leaf => ("leaf", "leaf"),
        MapCell::Overflow => ("overflow", "continuation"),
        MapCell::Broken => ("broken", "broken"),
        MapCell::Free => ("free", "free"),
        MapCell::Leaked => ("leaked", "lost"),
        MapCell::Room => ("room", "room at the end"),
    }
}

/// What the colours may tell.
const BY: [(TintBy, &str); 4] = [
    (TintBy::Kind, "kind"),
    (TintBy::Owner, "bucket"),
    (TintBy::Age, "age"),
    (TintBy::Fill, "fill"),
];

/// Name of a step in the style sheet.
fn tint_class(by: TintBy, step: u8) -> String {
    match by {
        TintBy::Owner => format!("owner-{step}"),
        _ => format!("scale-{step}"),
    }
}

/// How a page is shown and what is said of it.
fn tinted(tints: &Option<Rc<Tints>>, page: u64, class: &str, name: &str) -> (String, String) {
    let plain = format!("page {page}, {name}");
    let Some(tints) = tints else {
        return (class.to_owned(), plain);
    };
    let at = usize::try_from(page.saturating_sub(tints.first)).unwrap_or(usize::MAX);
    match tints.cells.get(at).and_then(Option::as_ref) {
        Some(tint) => (
            tint_class(tints.by, tint.step),
            format!("{plain}, {}", tint.text),
        ),
        None => ("untold".to_owned(), plain),
    }
}

/// Where a key moves the selection.
fn moved(key: &str, at: u64, total: u64) -> Option<u64> {
    let last = total.checked_sub(1)?;
    let size = u64::from(Look::PAGES);
    let to = match key {
        "ArrowRight" => at + 1,
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowDown" => at + COLUMNS,
        "ArrowUp" => at.checked_sub(COLUMNS)?,
        "PageDown" => at + size,
        "PageUp" => at.saturating_sub(size),
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(to.min(last))
}

/// The map on the left, the selected page on the right.
#[component]
pub fn PageMapCard(props: &PageMapProps) -> Html {
    let PageMapProps {
        look,
        file,
        study,
        on,
    } = props;
    let study = study.get();
    let tints = study
        .tints
        .as_ref()
        .filter(|tints| tints.first == look.map.first);
    let tints = tints.filter(|tints| tints.by == study.tint_by).cloned();
    let window = &look.map;
    let selected = look.page.unwrap_or(0);
    let walk = {
        let (on, total) = (on.clone(), window.total);
        Callback::from(move |event: KeyboardEvent| {
            if let Some(page) = moved(&event.key(), selected, total) {
                event.prevent_default();
                on.emit(Action::SelectPage(page));
            }
        })
    };
    let size = u64::from(Look::PAGES);
    let go = |label: &'static str, name: &'static str, to: Option<u64>| {
        let show = to.map(|to| on.reform(move |_: MouseEvent| Action::ShowPages(to)));
        html! {
            <button type="button" class="button small" aria-label={name} title={name}
                disabled={show.is_none()} onclick={show}>{ label }</button>
        }
    };
    let next = window.first + size;
    let last = window.first + window.items.len() as u64;
    html! {
        <>
        <div class="columns pages">
            <section class="card page-map" aria-labelledby="pages-title">
                <header class="card-head">
                    <h2 id="pages-title">{ "Pages" }</h2>
                    <p>{ match window.total {
                        0 => String::new(),
                        total if total <= size => counted(total, "page", "pages"),
                        total => format!("{} to {} of {}", grouped(window.first), grouped(last.saturating_sub(1)), grouped(total)),
                    } }</p>
                    if window.total > size {
                        <div class="tools" role="group" aria-label="Part of the file">
                            { go("‹", "Earlier pages", window.first.checked_sub(size)) }
                            { go("›", "Later pages", (next < window.total).then_some(next)) }
                        </div>
                    }
                </header>
                if window.items.is_empty() {
                    <p class="empty">
                        { if file.is_busy { "Pages are still being mapped." } else { "The map of the pages was stopped before it was done." } }
                    </p>
                } else {
                    <div class="tint-by" role="group" aria-label="Colour by">
                        { for BY.map(|(by, name)| html! {
                            <button type="button" class="chip" aria-pressed={(study.tint_by == by).to_string()}
                                onclick={on.reform(move |_: MouseEvent| Action::Study(StudyAction::Tint(by)))}>{ name }</button>
                        }) }
                    </div>
                    if let Some(tints) = &tints {
                        <ul class="map-legend" aria-label="What the colours tell">
                            { for tints.legend.iter().map(|(step, text)| html! {
                                <li><i class={classes!("cell", tint_class(tints.by, *step))} />{ text.clone() }</li>
                            }) }
                            <li><i class="cell untold" />{ "others" }</li>
                        </ul>
                    } else {
                    <ul class="map-legend" aria-label="Kinds of pages">
                        { for kinds(file).into_iter().map(|(cell, count)| {
                            let (class, name) = kind_name(cell);
                            html! { <li><i class={classes!("cell", class)} />{ name }{ " " }<b>{ grouped(count) }</b></li> }
                        }) }
                    </ul>
                    }
                    <div class="map" role="listbox" tabindex="0" id="page-map"
                        aria-label="Map of pages, arrow keys walk"
                        aria-activedescendant={window.covers(selected).then(|| format!("page-{selected}"))}
                        onkeydown={walk}>
                        { for (window.first..).zip(window.items.iter()).map(|(page, cell)| {
                            let (class, name) = kind_name(*cell);
                            let select = on.reform(move |_: MouseEvent| Action::SelectPage(page));
                            let (class, label) = tinted(&tints, page, class, name);
                            html! {
                                <i key={page} id={format!("page-{page}")} role="option" class={classes!("cell", class)}
                                    aria-selected={(page == selected).to_string()} aria-label={label.clone()}
                                    title={label} onclick={select} />
                            }
                        }) }
                    </div>
                }
            </section>
            <PageCard page={look.page_detail.clone()} chosen={study.bytes.as_ref().and_then(|bytes| bytes.element)} on={on.clone()} />
        </div>
        if let Some(bytes) = &study.bytes {
            <BytesCard key={format!("{}.{:?}", bytes.page, bytes.element)} bytes={bytes.clone()} on={on.clone()} />
        }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_walk_over_the_map_and_stay_on_it() {
        let check = |key, at, expected| assert_eq!(moved(key, at, 100), expected, "{key} at {at}");
        check("ArrowRight", 99, Some(99));
        check("ArrowLeft", 0, Some(0));
        check("ArrowDown", 3, Some(35));
        check("ArrowDown", 90, Some(99));
        check("ArrowUp", 3, None);
        check("ArrowUp", 40, Some(8));
        check("End", 3, Some(99));
        check("x", 3, None);
        assert_eq!(moved("End", 0, 0), None);
    }
}
