//! The items of a bucket: keys and the beginnings of values, and one value in full.

use std::rc::Rc;

use yew::prelude::*;

use crate::engine::Item;
use crate::state::{Action, Look};
use crate::web::components::scroll::{SpacerList, Spacing};
use crate::web::components::value::ValueView;
use crate::web::number::{bytes, counted};

/// Height of a row.
const ROW_PX: f64 = 25.0;

/// What the list shows.
#[derive(Properties, PartialEq)]
pub struct ItemsProps {
    /// What is looked at.
    pub look: Rc<Look>,
    /// What happened.
    pub on: Callback<Action>,
}

/// A window of the items; arrow keys walk, Enter opens a bucket.
#[component]
pub fn Items(props: &ItemsProps) -> Html {
    let ItemsProps { look, on } = props;
    let window = &look.items;
    let spacing = Spacing {
        first: window.first,
        shown: window.items.len() as u64,
        total: window.total,
        row_px: ROW_PX,
    };
    let walk = {
        let (look, on) = (look.clone(), on.clone());
        Callback::from(move |event: KeyboardEvent| {
            let items = &look.items.items;
            let at = items
                .iter()
                .position(|item| Some(&item.key) == look.item_key.as_ref());
            let to = match event.key().as_str() {
                "ArrowDown" => at.map_or(0, |at| at + 1),
                "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
                "Enter" => {
                    let item = at.and_then(|at| items.get(at));
                    if let Some(item) = item.filter(|item| item.is_bucket) {
                        on.emit(Action::OpenBucket(inside(&look.path, item)));
                    }
                    return;
                }
                "Backspace" => {
                    let above = look.path.len().checked_sub(1);
                    let above = above.and_then(|len| look.path.get(..len));
                    if let Some(above) = above.filter(|above| !above.is_empty()) {
                        on.emit(Action::OpenBucket(above.to_vec()));
                    }
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            if let Some(item) = items.get(to) {
                on.emit(Action::SelectItem(item.key.clone()));
            }
        })
    };
    let names: Vec<_> = look
        .path
        .iter()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    let count = match (window.total, look.has_more_items) {
        _ if look.is_listing && window.items.is_empty() => "reading".to_string(),
        (total, true) => format!("more than {}", counted(total, "item", "items")),
        (total, false) => counted(total, "item", "items"),
    };
    html! {
        <section class="card items" aria-labelledby="items-title">
            <header class="card-head">
                <h2 id="items-title" class="mono">{ names.join(" › ") }</h2>
                <p>{ count }</p>
            </header>
            if window.total == 0 && !look.is_listing && !look.path.is_empty() {
                <p class="empty">{ "This bucket is empty." }</p>
            }
            <SpacerList label="Items, arrow keys walk, Enter opens a bucket" {spacing}
                show={on.reform(Action::ShowItems)} onkeydown={walk}>
                <table class="rows" id="item-table">
                    <thead>
                        <tr>
                            <th scope="col">{ "key" }</th>
                            <th scope="col">{ "value" }</th>
                            <th scope="col" class="num size">{ "size" }</th>
                        </tr>
                    </thead>
                    <tbody>{ for window.items.iter().map(|item| row(item, look, on)) }</tbody>
                </table>
            </SpacerList>
            if let Some(item) = &look.item {
                <div class="item-value">
                    <p class="note">
                        <span class="mono">{ item.name.clone() }</span>{ ", " }{ item.place.clone() }
                    </p>
                    <ValueView value={item.value.clone()} value_len={item.value_len}
                        unreadable={item.unreadable.clone()} />
                </div>
            }
        </section>
    }
}

/// The path of a bucket inside another one.
fn inside(path: &[Vec<u8>], item: &Item) -> Vec<Vec<u8>> {
    path.iter().chain([&item.key]).cloned().collect()
}

fn row(item: &Item, look: &Look, on: &Callback<Action>) -> Html {
    let is_selected = item.problem.is_none() && look.item_key.as_ref() == Some(&item.key);
    if let Some(problem) = &item.problem {
        return html! { <tr class="tombstone"><td colspan="3">{ problem.clone() }</td></tr> };
    }
    let action = match item.is_bucket {
        true => Action::OpenBucket(inside(&look.path, item)),
        false => Action::SelectItem(item.key.clone()),
    };
    let select = on.reform(move |_: MouseEvent| action.clone());
    html! {
        <tr aria-selected={is_selected.to_string()} onclick={select}>
            <td title={item.name.clone()}>{ item.name.clone() }</td>
            if item.is_bucket {
                <td class="muted">{ "bucket ›" }</td>
            } else {
                <td title={item.value.clone()}>{ item.value.clone() }</td>
            }
            <td class="num size">{ bytes(item.value_len) }</td>
        </tr>
    }
}
