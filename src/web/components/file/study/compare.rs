//! Other files beside this one: what was added, removed and changed, and where members differ.

use web_sys::File;
use yew::prelude::*;

use super::act;
use super::find::WordField;
use super::table::DataTable;
use crate::engine::{ComparedView, Side, Table, UnlikeView};
use crate::state::{Action, Studied, StudyAction};
use crate::web::components::open_panel::FileButton;
use crate::web::number::{bytes, counted, grouped, revision};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct CompareProps {
    /// What is looked at.
    pub study: Studied,
    /// What happened.
    pub on: Callback<Action>,
    /// A file to compare with was chosen.
    pub beside: Callback<File>,
}

/// The files, what was found in words, and its rows.
#[component]
pub fn Compare(props: &CompareProps) -> Html {
    let CompareProps { study, on, beside } = props;
    let state = study.get();
    let compared = state.compared.as_deref();
    let others = compared.map_or(0, |compared| compared.files.len().saturating_sub(1));
    let is_over = compared.is_some_and(|compared| compared.along.is_none());
    let label = match others {
        0 => "Choose a file to compare with",
        _ => "Add another one",
    };
    html! {
        <section class="card compare find" aria-labelledby="compare-title">
            <header class="card-head">
                <h2 id="compare-title">{ "Compare" }</h2>
                <p>{ "this file with one from another day, or with those of the other members" }</p>
                <div class="tools">
                    if others + 1 < ComparedView::FILES {
                        <FileButton {label} is_primary={others == 0} choose={beside.clone()} />
                    }
                    if others > 0 {
                        <button type="button" class="button small" onclick={act(on, StudyAction::Alone)}>{ "Put away" }</button>
                    }
                </div>
            </header>
            if let Some(compared) = compared {
                { files(compared) }
                if let Some((done, total)) = compared.along {
                    <div class="along">
                        <progress max={total.to_string()} value={done.to_string()} aria-label="Comparing" />
                        <button type="button" class="button small" onclick={act(on, StudyAction::Alone)}>{ "Stop" }</button>
                    </div>
                }
            }
            if others == 0 {
                <p class="empty">{ "Keys that were added, removed or changed, growth by prefix; of members of one cluster the first revision where they differ. The other file is read in this tab too." }</p>
            } else if is_over {
                { tables(&state.differing, others, on) }
                if let Some(unlike) = &state.unlike {
                    { values(unlike, on) }
                }
            }
        </section>
    }
}

fn files(compared: &ComparedView) -> Html {
    html! {
        <>
        if !compared.refused.is_empty() {
            <p class="mark-line" role="alert"><b>{ "Not compared:" }</b>{ compared.refused.clone() }</p>
        }
        <div class="compared">
            <table class="sums" id="compared-files">
                <thead>
                    <tr>
                        <th scope="col">{ "file" }</th>
                        <th scope="col" class="num">{ "revision" }</th>
                        <th scope="col" class="num">{ "compacted" }</th>
                        <th scope="col" class="num">{ "live keys" }</th>
                        <th scope="col" class="num">{ "rows" }</th>
                        <th scope="col" class="num">{ "size" }</th>
                    </tr>
                </thead>
                <tbody>
                    { for compared.files.iter().map(|file| html! {
                        <tr>
                            <td title={file.name.clone()}>{ file.name.clone() }</td>
                            <td class="num">{ revision(file.head) }</td>
                            <td class="num">{ if file.compact_revision > 0 { revision(file.compact_revision) } else { "never".to_owned() } }</td>
                            <td class="num">{ grouped(file.live_keys) }</td>
                            <td class="num">{ grouped(file.rows) }</td>
                            <td class="num">{ bytes(file.size) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
            <ul class="words" id="compared-words" aria-live="polite" aria-label="What comparing has found">
                { for compared.words.iter().map(|text| html! { <li>{ text.clone() }</li> }) }
            </ul>
        </div>
        </>
    }
}

/// How the values of a key differ.
fn values(unlike: &UnlikeView, on: &Callback<Action>) -> Html {
    html! {
        <div class="restored" role="region" aria-label="How the values differ" tabindex="0">
            <p><b>{ unlike.key.clone() }</b>{ " " }{ unlike.words.clone() }
                <button type="button" class="button small" onclick={act(on, StudyAction::Unlike(None))}>{ "Close" }</button>
            </p>
            if !unlike.lines.is_empty() {
                <div class="diff mono" id="unlike">
                    { for unlike.lines.iter().map(|line| {
                        let (class, sign) = match line.side {
                            Side::Old => ("old", "−"),
                            Side::New => ("new", "+"),
                            Side::Both => ("both", " "),
                        };
                        html! { <pre {class}><b>{ sign }</b>{ line.text.clone() }</pre> }
                    }) }
                </div>
            }
            if unlike.more > 0 {
                <p class="note">{ format!("and {} more", counted(unlike.more, "line", "lines")) }</p>
            }
        </div>
    }
}

fn tables(table: &crate::state::TableState, others: usize, on: &Callback<Action>) -> Html {
    let part = &table.part;
    let shown: &[(Table, &str)] = match others {
        1 => &[
            (Table::Differences, "keys"),
            (Table::Growth, "growth by prefix"),
            (Table::Splits, "revisions that differ"),
            (Table::Hashes, "hashes"),
        ],
        _ => &[
            (Table::Hashes, "hashes"),
            (Table::Splits, "revisions that differ"),
        ],
    };
    html! {
        <>
        <div class="object-bar">
            { for shown.iter().map(|(which, label)| html! {
                <button type="button" class="chip" aria-pressed={(table.ask.table == *which).to_string()}
                    onclick={act(on, StudyAction::Table(*which))}>{ *label }</button>
            }) }
            <span class="gap" />
            <WordField filter={table.filter.clone()} on={on.clone()} />
        </div>
        <p class="found" role="status">{ match part.total == part.of {
            true => counted(part.total, "row", "rows"),
            false => format!("{} of {}", grouped(part.total), counted(part.of, "row", "rows")),
        } }</p>
        if part.of == 0 && !part.columns.is_empty() {
            <p class="empty">{ "Nothing differs." }</p>
        }
        <DataTable part={part.clone()} label="Differences, arrow keys walk" selected={None} on={on.clone()} />
        </>
    }
}
