//! The strip above everything: what the file is, whether it is whole, and what is still being done.

use std::rc::Rc;

use yew::prelude::*;

use super::study::FillBar;
use crate::engine::{FileFacts, FileSums, MetaFacts, Phase, Seal, Summary, Table};
use crate::state::{Action, StudyAction, Tab};
use crate::web::number::{bytes, counted, grouped, revision};
use crate::web::rate::{amount, use_rate, words};

/// What the overview shows.
#[derive(Properties, PartialEq)]
pub struct OverviewProps {
    /// The file in a few numbers.
    pub summary: Summary,
    /// What fills it; none before that is known.
    pub sums: Option<Rc<FileSums>>,
    /// Whether its rows are still being read.
    #[prop_or_default]
    pub is_partial: bool,
    /// What the engine does behind it.
    #[prop_or_default]
    pub background: Option<(Phase, u64, u64)>,
    /// What happened.
    pub on: Callback<Action>,
}

/// What the file is, whether it is whole, and what is in it.
#[component]
pub fn Overview(props: &OverviewProps) -> Html {
    let OverviewProps {
        summary,
        sums,
        is_partial,
        background,
        on,
    } = props;
    let phase = background.map(|(phase, ..)| phase);
    let rate = use_rate(phase, background.map_or(0, |(_, done, _)| done));
    let Some(file) = &summary.file else {
        return Html::default();
    };
    let number = |value: String, name: &'static str, how: &'static str| {
        html! { <div title={how}><dt>{ name }</dt><dd>{ value }</dd></div> }
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
                    { number(revision(summary.head), "revision", "the last row of bucket key, or the compact revision where that is higher") }
                    { number(compacted, "compacted at", "finishedCompactRev and scheduledCompactRev of bucket meta, the higher one") }
                    { number(grouped(summary.live_keys), "live keys", "keys whose latest row is no tombstone, counted") }
                    { number(grouped(summary.records), "records", "rows of bucket key, counted") }
                }
                { number(bytes(file.size), "file size", "the length of the file, unpacked") }
                { number(format!("{} × {}", grouped(file.high_water_mark), bytes(u64::from(file.page_size))), "pages",
                    "the meta's high-water mark, and its page size") }
            </dl>
            if let Some(sums) = sums.as_ref().filter(|_| file.is_etcd) {
                <FillBar file={file.clone()} sums={sums.clone()} on={on.clone()} />
            }
            { integrity(file, sums.as_deref(), *is_partial, on) }
            { marks(file, on) }
            if file.is_busy && !*is_partial {
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

/// Whether hash, metas and pages are right; alarms, members and times. Each leads to its rows.
fn integrity(
    file: &FileFacts,
    sums: Option<&FileSums>,
    is_partial: bool,
    on: &Callback<Action>,
) -> Html {
    let leading = |to: Action, class: &'static str, text: String, how: &'static str| {
        html! {
            <li><button type="button" class={classes!("figure", class)} title={how} onclick={on.reform(move |_: MouseEvent| to.clone())}>{ text }</button></li>
        }
    };
    let line = |tab: Tab, class: &'static str, text: String, how: &'static str| {
        leading(Action::ShowTab(tab), class, text, how)
    };
    let rows = |table: Table, class: &'static str, text: String, how: &'static str| {
        leading(
            Action::Study(StudyAction::ShowTable(table)),
            class,
            text,
            how,
        )
    };
    let seal = match file.seal {
        Seal::Absent => None,
        Seal::Pending => Some(("", "… sha256 being verified")),
        Seal::Right => Some(("good", "✓ sha256 matches")),
        Seal::Wrong => Some(("bad", "✕ sha256 does not match")),
        Seal::Stopped => Some(("", "sha256 not verified")),
    };
    let bad_metas = file.metas.iter();
    let bad_metas = bad_metas
        .filter(|meta| matches!(meta, MetaFacts::Bad(_)))
        .count();
    let metas = match bad_metas {
        0 => ("good", "✓ both metas"),
        1 => ("bad", "✕ one meta unusable"),
        _ => ("bad", "✕ no usable meta"),
    };
    let pages = match (file.problem_count, file.is_busy, file.pages) {
        (0, _, Some(_)) => ("good", "✓ every page checked"),
        (0, true, None) => ("", "… pages being checked"),
        (0, false, None) => ("", "pages not checked"),
        _ => ("bad", "✕ problems on pages"),
    };
    html! {
        <ul class="integrity" aria-label="Whether it is whole, and what else to know">
            if let Some((class, text)) = seal {
                { line(Tab::About, class, text.to_owned(), "the hash at the end of a snapshot, computed again over all that is before it") }
            }
            { line(Tab::About, metas.0, metas.1.to_owned(), "magic, version and checksum of pages 0 and 1") }
            if !is_partial {
                { line(Tab::Problems, pages.0, pages.1.to_owned(), "every page that a bucket leads to, and the freelist, as bbolt check does") }
            }
            if let Some(sums) = sums {
                { for sums.alarms.iter().map(|alarm| rows(Table::Meta, "bad", format!("✕ alarm {alarm}"), "bucket alarm")) }
                if let Some(leases) = sums.leases.filter(|leases| *leases > 0) {
                    { rows(Table::Leases, "", counted(leases, "lease", "leases"), "items of bucket lease") }
                }
                if !sums.members.is_empty() {
                    { rows(Table::Members, "", format!("{} {}", if sums.members.len() == 1 { "member" } else { "members" }, sums.members.join(", ")), "bucket members") }
                }
                if let Some((from, to)) = &sums.times {
                    { line(Tab::Objects, "", format!("written {from} to {to}"), "times that Kubernetes objects tell, of the first and the last retained revision") }
                }
            }
        </ul>
    }
}

/// What must not be overlooked: a file that was salvaged, or one that is shown as it was before.
fn marks(file: &FileFacts, on: &Callback<Action>) -> Html {
    let back = on.reform(|_: MouseEvent| Action::OpenMeta(None));
    let reused = match file.reuse {
        Some(reuse) if reuse.reused == 0 => {
            format!(
                "; none of its {} was used again",
                counted(reuse.pages, "page", "pages")
            )
        }
        Some(reuse) => format!(
            "; {} of its {} used for something else since",
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
