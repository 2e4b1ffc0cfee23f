//! What a compaction and a defrag would give back: a line to drag, and what is on either side.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::act;
use crate::engine::{FileSums, TrialSizes, TrialView};
use crate::state::{Action, Studied, StudyAction};
use crate::web::number::{bytes, counted, grouped, revision};

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct WhatIfProps {
    /// What is looked at.
    pub study: Studied,
    /// What happened.
    pub on: Callback<Action>,
}

/// The line, the rows that would go, the sizes, and what would break.
#[component]
pub fn WhatIf(props: &WhatIfProps) -> Html {
    let WhatIfProps { study, on } = props;
    let state = study.get();
    let Some(trial) = &state.trial else {
        return html! { <section class="card what-if"><p class="empty">{ "Counting rows…" }</p></section> };
    };
    html! {
        <section class="card what-if" aria-labelledby="what-if-title">
            <header class="card-head">
                <h2 id="what-if-title">{ "What if it were compacted?" }</h2>
                <p>{ "computed on this file; nothing is changed in it" }</p>
            </header>
            <div class="what-if-body" tabindex="0" role="region" aria-label="What a compaction would do">
                { line(trial, state.sums.as_ref(), on) }
                if !trial.refused.is_empty() {
                    <p class="mark-line" role="note"><b>{ "etcd would refuse:" }</b>{ trial.refused.clone() }</p>
                }
                { told(trial) }
                { sizes(trial, on) }
                <div class="what-if-parts">
                    { prefixes(trial) }
                    { breaks(trial) }
                </div>
            </div>
        </section>
    }
}

/// The line over the picture of what was written when.
fn line(trial: &TrialView, sums: Option<&Rc<FileSums>>, on: &Callback<Action>) -> Html {
    let typed = on.reform(|event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        // A text, since a revision may have more bits than a number of the browser.
        Action::Study(StudyAction::Try(input.value().trim().parse().unwrap_or(0)))
    });
    let (low, span) = (trial.lowest, trial.highest.saturating_sub(trial.lowest));
    // A slider has steps of its own: a revision may be too large for one.
    const STEPS: i64 = 10_000;
    let place = (trial.at.saturating_sub(low)).clamp(0, span.max(0));
    let steps = span.clamp(1, STEPS);
    let value = (i128::from(place) * i128::from(steps) / i128::from(span.max(1))) as i64;
    let dragged = on.reform(move |event: InputEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        let value: i64 = input.value().parse().unwrap_or(0);
        let rev = i128::from(value) * i128::from(span) / i128::from(steps);
        Action::Study(StudyAction::Try(low.saturating_add(rev as i64)))
    });
    let part = place as f64 / span.max(1) as f64;
    let most = sums.map(|sums| sums.growth.iter().map(|bin| bin.2).max().unwrap_or(0));
    let most = most.unwrap_or(0).max(1) as f64;
    html! {
        <div class="try" style={format!("--at: {part:.5}")}>
            <label class="try-at">{ "Compact at revision " }
                <input type="number" id="try-at" min={trial.lowest.to_string()} max={trial.highest.to_string()}
                    value={trial.at.to_string()} onchange={typed} />
                <span class="muted">{ format!("of {} to {}", revision(trial.lowest), revision(trial.highest)) }</span>
            </label>
            <div class="try-line">
                if let Some(sums) = sums {
                    <div class="bars" aria-hidden="true">
                        { for sums.growth.iter().map(|bin| html! {
                            <i style={format!("--part: {:.4}", bin.2 as f64 / most)} />
                        }) }
                    </div>
                }
                <input type="range" id="try-line" min="0" max={steps.to_string()} value={value.to_string()}
                    aria-label="Line of the compaction" aria-valuetext={format!("revision {}", trial.at)} oninput={dragged} />
            </div>
        </div>
    }
}

fn told(trial: &TrialView) -> Html {
    let number = |value: String, name: &'static str, how: &'static str| {
        html! { <div title={how}><dt>{ name }</dt><dd>{ value }</dd></div> }
    };
    html! {
        <dl class="numbers" id="trial-numbers">
            { number(grouped(trial.rows), "rows would go", "rows below the line that are not the latest of a living key there, as etcd's compaction decides") }
            { number(bytes(trial.bytes), "their bytes", "keys and messages of these rows") }
            { number(grouped(trial.keys), "keys would vanish", "keys whose last row is a tombstone at or below the line") }
            { number(grouped(trial.kept_rows), "rows would stay", "all others") }
        </dl>
    }
}

/// The sizes of the file as bars of one scale.
fn sizes(trial: &TrialView, on: &Callback<Action>) -> Html {
    let Some(sizes) = &trial.sizes else {
        if let Some((done, total)) = trial.along {
            return html! {
                <div class="along">
                    <progress max={total.to_string()} value={done.to_string()} aria-label="Computing the sizes" />
                    <span>{ "computing the sizes" }</span>
                    <button type="button" class="button small" onclick={act(on, StudyAction::Stop)}>{ "Stop" }</button>
                </div>
            };
        }
        return html! {
            if !trial.note.is_empty() { <p class="note">{ trial.note.clone() }</p> }
        };
    };
    let TrialSizes {
        now,
        defragged,
        compacted,
        freed,
    } = *sizes;
    let most = now.max(defragged).max(1) as f64;
    let bar = |id: &'static str, name: &'static str, len: u64, how: &'static str| {
        html! {
            <tr title={how}>
                <th scope="row">{ name }</th>
                <td class="len"><i style={format!("--part: {:.4}", len as f64 / most)} /></td>
                <td class="num" {id} data-bytes={len.to_string()}>{ bytes(len) }</td>
            </tr>
        }
    };
    html! {
        <>
        <table class="sizes">
            <caption>{ "Size of the file" }</caption>
            <tbody>
                { bar("size-now", "now", now, "its length") }
                { bar("size-defragged", "after a defrag alone", defragged, "computed by bbolt's rules from the length of every row and item, as etcd's defrag writes them") }
                { bar("size-compacted", "after the compaction and a defrag", compacted, "the same without the rows that would go") }
            </tbody>
        </table>
        if trial.refused.is_empty() {
        <p class="note">{ format!("The compaction alone leaves the file as long as it is: about {} become free pages inside of it. Only the defrag gives them back.", bytes(freed)) }</p>
        }
        </>
    }
}

fn prefixes(trial: &TrialView) -> Html {
    let most = trial.prefixes.first().map_or(1, |first| first.2.max(1)) as f64;
    html! {
        <div>
            <h3>{ "Where it would go from" }</h3>
            if trial.prefixes.is_empty() {
                <p class="note">{ "No row would go." }</p>
            } else {
                <table class="sums">
                    <thead><tr><th scope="col">{ "prefix" }</th><th scope="col" class="num">{ "rows" }</th><th scope="col" class="num">{ "bytes" }</th></tr></thead>
                    <tbody>
                        { for trial.prefixes.iter().map(|(name, rows, len)| html! {
                            <tr>
                                <td class="name" title={name.clone()} style={format!("--part: {:.4}", *len as f64 / most)}>
                                    { if name.is_empty() { "keys without a prefix".to_owned() } else { name.clone() } }
                                </td>
                                <td class="num">{ grouped(*rows) }</td>
                                <td class="num">{ bytes(*len) }</td>
                            </tr>
                        }) }
                    </tbody>
                </table>
            }
        </div>
    }
}

fn breaks(trial: &TrialView) -> Html {
    html! {
        <div>
            <h3>{ "What would break" }</h3>
            <ul class="breaks">{ for trial.breaks.iter().map(|text| html! { <li>{ text.clone() }</li> }) }</ul>
            <p class="note">{ format!("{} would be left.", counted(trial.kept_rows, "row", "rows")) }</p>
        </div>
    }
}
