//! Everything about one page.

use std::rc::Rc;

use yew::prelude::*;

use super::pages::kind_name;
use crate::engine::{PageDetail, PageElement};
use crate::state::{Action, StudyAction};
use crate::web::components::scroll::{SpacerList, Spacing};
use crate::web::number::{counted, grouped};

/// Height of an element's row.
const ROW_PX: f64 = 27.0;

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct PageCardProps {
    /// The page; none while none is selected.
    pub page: Option<Rc<PageDetail>>,
    /// The element that is looked into.
    pub chosen: Option<u16>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Header, owner, why it is free, elements, bytes.
#[component]
pub fn PageCard(props: &PageCardProps) -> Html {
    let PageCardProps { page, chosen, on } = props;
    let Some(page) = page else {
        return html! {
            <section class="card page-card" aria-labelledby="page-title">
                <header class="card-head"><h2 id="page-title">{ "Page" }</h2></header>
                <p class="empty">{ "Select a page on the map." }</p>
            </section>
        };
    };
    let kind = page.cell.map(|cell| kind_name(cell).1).unwrap_or_default();
    let hidden = page.count.saturating_sub(page.elements.len() as u64);
    html! {
        <section class="card page-card" aria-labelledby="page-title">
            <header class="card-head">
                <h2 id="page-title">{ format!("Page {}", grouped(page.page)) }</h2>
                <p role="status">{ kind }</p>
            </header>
            <div class="page-body" tabindex="0" role="region" aria-label="About the page">
                if !page.path.0.is_empty() {
                    { crumbs(page, on) }
                }
                <dl class="fields">
                    { for page.facts.iter().map(|(name, value)| html! {
                        <div><dt>{ name.clone() }</dt><dd>{ value.clone() }</dd></div>
                    }) }
                    <div><dt>{ "offset" }</dt><dd>{ grouped(page.offset) }</dd></div>
                </dl>
                if !page.problems.is_empty() {
                    <ul class="page-problems" aria-label="Problems of the page">
                        { for page.problems.iter().map(|problem| html! { <li>{ problem.clone() }</li> }) }
                    </ul>
                }
                if page.count > 0 {
                    <h3>{ counted(page.count, "element", "elements") }</h3>
                    <Elements page={page.clone()} chosen={*chosen} on={on.clone()} />
                    if hidden > 0 {
                        <p class="note">{ format!("and {} more", grouped(hidden)) }</p>
                    }
                }
            </div>
        </section>
    }
}

/// Pages on the way to this one, from the root of its bucket.
fn crumbs(page: &PageDetail, on: &Callback<Action>) -> Html {
    let (bucket, pages) = &page.path;
    let step = |number: &u64| {
        let number = *number;
        let show = on.reform(move |_: MouseEvent| Action::SelectPage(number));
        html! { <li><button type="button" class="link" onclick={show}>{ format!("page {}", grouped(number)) }</button></li> }
    };
    html! {
        <nav aria-label="Way to the page">
            <ol class="crumbs">
                <li>{ bucket.clone() }</li>
                { for pages.iter().map(step) }
                <li aria-current="page">{ format!("page {}", grouped(page.page)) }</li>
            </ol>
        </nav>
    }
}

/// What the list of elements shows.
#[derive(Properties, PartialEq)]
struct ElementsProps {
    page: Rc<PageDetail>,
    /// The one that is looked into.
    chosen: Option<u16>,
    on: Callback<Action>,
}

/// Elements of a page: only some rows of a long list are on the screen.
#[component]
fn Elements(props: &ElementsProps) -> Html {
    /// Rows on the screen.
    const SHOWN: usize = 80;
    let ElementsProps { page, chosen, on } = props;
    let first = use_state(|| (page.page, 0u64));
    // Another page is shown from its beginning.
    let at = if first.0 == page.page { first.1 } else { 0 };
    let show = {
        let (first, number) = (first.clone(), page.page);
        Callback::from(move |to: u64| first.set((number, to)))
    };
    let total = page.elements.len() as u64;
    let from = usize::try_from(at).unwrap_or(0);
    let rows = page.elements.iter().enumerate().skip(from).take(SHOWN);
    let spacing = Spacing {
        first: at,
        shown: total.saturating_sub(at).min(SHOWN as u64),
        total,
        row_px: ROW_PX,
    };
    html! {
        <div class="elements">
            <SpacerList label="Elements of the page" {spacing} {show}>
                <table class="rows" id="element-table">
                    <thead>
                        <tr>
                            <th scope="col" class="nth">{ "#" }</th>
                            <th scope="col">{ "key" }</th>
                            <th scope="col">{ "value" }</th>
                        </tr>
                    </thead>
                    <tbody>
                        { for rows.map(|(index, row)| element(index, row, *chosen, on)) }
                    </tbody>
                </table>
            </SpacerList>
        </div>
    }
}

fn element(index: usize, row: &PageElement, chosen: Option<u16>, on: &Callback<Action>) -> Html {
    let value = match row.leads_to {
        Some(page) => {
            let show = on.reform(move |_: MouseEvent| Action::SelectPage(page));
            html! { <button type="button" class="link" onclick={show}>{ row.value.clone() }</button> }
        }
        None => html! { { row.value.clone() } },
    };
    let number = u16::try_from(index).ok();
    let look = on.reform(move |_: MouseEvent| Action::Study(StudyAction::Bytes(number)));
    let is_chosen = number.is_some() && number == chosen;
    html! {
        <tr key={index} class={classes!(is_chosen.then_some("selected"))}>
            <td class="nth">{ index }</td>
            <td title={row.key.clone()}>
                <button type="button" class="link" aria-label={format!("Bytes of element {index}, {}", row.key)}
                    aria-pressed={is_chosen.to_string()} onclick={look}>{ row.key.clone() }</button>
            </td>
            <td title={row.value.clone()}>{ value }</td>
        </tr>
    }
}
