//! Everything about one page.

use std::rc::Rc;

use yew::prelude::*;

use super::pages::kind_name;
use crate::engine::{PageDetail, PageElement};
use crate::state::Action;
use crate::web::components::value::hex;
use crate::web::number::{counted, grouped};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct PageCardProps {
    /// The page; none while none is selected.
    pub page: Option<Rc<PageDetail>>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Header, owner, why it is free, elements, bytes.
#[component]
pub fn PageCard(props: &PageCardProps) -> Html {
    let PageCardProps { page, on } = props;
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
                    <table class="rows" id="element-table">
                        <thead>
                            <tr>
                                <th scope="col" class="nth">{ "#" }</th>
                                <th scope="col">{ "key" }</th>
                                <th scope="col">{ "value" }</th>
                            </tr>
                        </thead>
                        <tbody>
                            { for page.elements.iter().enumerate().map(|(index, row)| element(index, row, on)) }
                        </tbody>
                    </table>
                    if hidden > 0 {
                        <p class="note">{ format!("and {} more", grouped(hidden)) }</p>
                    }
                }
                if !page.bytes.is_empty() {
                    <h3>{ format!("The first {} bytes", page.bytes.len()) }</h3>
                    <pre class="hex" tabindex="0" role="group" aria-label="Bytes">{ hex(&page.bytes, 16) }</pre>
                }
            </div>
        </section>
    }
}

fn element(index: usize, row: &PageElement, on: &Callback<Action>) -> Html {
    let value = match row.leads_to {
        Some(page) => {
            let show = on.reform(move |_: MouseEvent| Action::SelectPage(page));
            html! { <button type="button" class="link" onclick={show}>{ row.value.clone() }</button> }
        }
        None => html! { { row.value.clone() } },
    };
    html! {
        <tr>
            <td class="nth">{ index }</td>
            <td title={row.key.clone()}>{ row.key.clone() }</td>
            <td title={row.value.clone()}>{ value }</td>
        </tr>
    }
}
