//! The strip above everything: what the file is, whether it is whole, and what is still being done.

use yew::prelude::*;

use crate::engine::{FileFacts, Phase, Summary};
use crate::state::{Action, Tab};
use crate::web::number::{bytes, counted, grouped, revision};
use crate::web::rate::{amount, use_rate, words};

/// What the overview shows.
#[derive(Properties, PartialEq)]
pub struct OverviewProps {
    /// The file in a few numbers.
    pub summary: Summary,
    /// What the engine does behind it.
    pub background: Option<(Phase, u64, u64)>,
    /// What happened.
    pub on: Callback<Action>,
}

/// What the file is, whether it is whole, and what is in it.
#[component]
pub fn Overview(props: &OverviewProps) -> Html {
    let OverviewProps {
        summary,
        background,
        on,
    } = props;
    let phase = background.map(|(phase, ..)| phase);
    let rate = use_rate(phase, background.map_or(0, |(_, done, _)| done));
    let Some(file) = &summary.file else {
        return Html::default();
    };
    let number = |value: String, name: &'static str| {
        html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }
    };
    let compacted = match summary.compact_revision {
        rev if rev > 0 => revision(rev),
        _ => "never".to_string(),
    };
    let stop = on.reform(|_: MouseEvent| Action::StopBackground);
    html! {
        <section class="card overview" aria-labelledby="overview-title">
            <div class="identity">
                <h2 id="overview-title">
                    { file.kind.clone() }{ " " }{ state(file, on) }
                </h2>
                <p>{ file.evidence.clone() }</p>
            </div>
            <dl class="numbers">
                if file.is_etcd {
                    { number(revision(summary.head), "revision") }
                    { number(compacted, "compacted at") }
                    { number(grouped(summary.live_keys), "live keys") }
                    { number(grouped(summary.records), "records") }
                }
                { number(bytes(file.size), "file size") }
                { number(format!("{} × {}", grouped(file.high_water_mark), bytes(u64::from(file.page_size))), "pages") }
            </dl>
            { marks(file, on) }
            if file.is_busy {
                <div class="background">
                    if let Some((phase, done, total)) = background {
                        <progress max={total.to_string()} value={done.to_string()} aria-label="Work behind the page" />
                        <p>{ words(*phase) }{ ", " }{ amount(*done, *total, rate) }</p>
                    } else {
                        <p>{ "checking the file" }</p>
                    }
                    <button type="button" class="button small" id="stop" onclick={stop}>{ "Stop" }</button>
                </div>
            }
        </section>
    }
}

/// Whether the file is whole, as far as that is known.
fn state(file: &FileFacts, on: &Callback<Action>) -> Html {
    let show = on.reform(|_: MouseEvent| Action::ShowTab(Tab::Problems));
    match file.problem_count {
        0 if file.is_busy => html! { <span class="checking">{ "… being checked" }</span> },
        0 if file.is_stopped => html! {
            <span class="checking">{ "✓ no problem found, but not all was checked" }</span>
        },
        0 => html! { <span class="whole">{ "✓ no problem found" }</span> },
        n => html! {
            <button type="button" class="link damaged" onclick={show}>
                { format!("⚠ {}", counted(n, "problem", "problems")) }
            </button>
        },
    }
}

/// What must not be overlooked: a file that was salvaged, or one that is shown as it was before.
fn marks(file: &FileFacts, on: &Callback<Action>) -> Html {
    let back = on.reform(|_: MouseEvent| Action::OpenMeta(None));
    let reused = match file.reuse {
        Some(reuse) if reuse.reused == 0 => {
            format!(
                "; all of its {} are as they were",
                counted(reuse.pages, "page", "pages")
            )
        }
        Some(reuse) => format!(
            "; {} of its {} were used for something else since",
            grouped(reuse.reused),
            counted(reuse.pages, "page", "pages")
        ),
        None => String::new(),
    };
    html! {
        <>
        if file.is_salvaged {
            <p class="mark-line" role="note">
                <b>{ "Salvaged" }</b>
                { " The way to the buckets is lost. What is shown was put together from the pages that could be found." }
            </p>
        }
        if file.is_chosen {
            <p class="mark-line" role="note">
                <b>{ "Transaction before" }</b>
                { format!(" This is the store as of the older meta, not the newest state{reused}.") }
                <button type="button" class="link" onclick={back}>{ "Back to the newest" }</button>
            </p>
        }
        </>
    }
}
