//! What fills the file: one bar, and a table of prefixes with how it grew.

use std::rc::Rc;

use yew::prelude::*;

use super::act;
use crate::engine::{FileFacts, FileSums, FillSum, PrefixSum};
use crate::state::{Action, StudyAction, Tab};
use crate::web::number::{bytes, counted, grouped, revision};

/// What the bar shows.
#[derive(Properties, PartialEq)]
pub struct FillBarProps {
    /// What is known of the file.
    pub file: FileFacts,
    /// What fills it.
    pub sums: Rc<FileSums>,
    /// What happened.
    pub on: Callback<Action>,
}

/// One part of the file: how it is known, and what it leads to.
struct Part {
    class: &'static str,
    name: &'static str,
    len: u64,
    how: &'static str,
    leads: Action,
}

fn parts(file: &FileFacts, total: &FillSum) -> Vec<Part> {
    let page = u64::from(file.page_size);
    let find = |filter: &str| Action::Study(StudyAction::Find(filter.to_owned()));
    let old = total.bytes.saturating_sub(total.live_bytes);
    let mut parts = vec![
        Part {
            class: "live",
            name: "live",
            len: total.live_bytes,
            how: "keys and messages of the latest row of every living key, summed row by row",
            leads: find("is:live"),
        },
        Part {
            class: "old",
            name: "old revisions",
            len: old,
            how: "rows that a later one has replaced, and tombstones: a compaction can take them",
            leads: find("not is:live"),
        },
    ];
    let Some(counts) = file.pages else {
        let rest = file.size.saturating_sub(total.bytes);
        parts.push(Part {
            class: "unknown",
            name: "not mapped yet",
            len: rest,
            how: "the size of the file less its rows; the pages are still being gone through",
            leads: Action::ShowTab(Tab::Pages),
        });
        parts.retain(|part| part.len > 0);
        return parts;
    };
    let used = counts.leaf + counts.overflow + counts.branch + counts.meta + counts.freelist;
    let lost = counts.broken + counts.leaked;
    let rest = [
        (
            "frame",
            "structure and slack",
            used.saturating_mul(page).saturating_sub(total.bytes),
            "pages in use less the rows: inner pages, headers, other buckets, room inside of pages",
        ),
        (
            "free",
            "free pages",
            counts.free.saturating_mul(page),
            "pages on the freelist, counted: a defrag gives them back",
        ),
        (
            "broken",
            "broken or lost",
            lost.saturating_mul(page),
            "pages that cannot be read or that nothing leads to, counted",
        ),
        (
            "room",
            "room at the end",
            counts.room.saturating_mul(page),
            "behind the last page that was ever used: a defrag gives it back",
        ),
    ];
    parts.extend(rest.map(|(class, name, len, how)| Part {
        class,
        name,
        len,
        how,
        leads: Action::ShowTab(Tab::Pages),
    }));
    parts.retain(|part| part.len > 0);
    parts
}

/// The parts of the file by their length; each says how it is known and leads to what it counts.
#[component]
pub fn FillBar(props: &FillBarProps) -> Html {
    let FillBarProps { file, sums, on } = props;
    let parts = parts(file, &sums.total);
    html! {
        <div class="fill-bar">
            <div class="size-bar" aria-hidden="true">
                { for parts.iter().map(|part| html! {
                    <i class={part.class} style={format!("flex-grow: {}", part.len)} />
                }) }
            </div>
            <ul class="size-legend" aria-label="What fills the file">
                { for parts.iter().map(|part| {
                    let leads = part.leads.clone();
                    let go = on.reform(move |_: MouseEvent| leads.clone());
                    html! {
                        <li>
                            <button type="button" class="figure" title={part.how} onclick={go}>
                                <i class={classes!("swatch", part.class)} />{ part.name }{ " " }<b>{ bytes(part.len) }</b>
                            </button>
                        </li>
                    }
                }) }
            </ul>
        </div>
    }
}

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct FillCardProps {
    /// What fills the file.
    pub sums: Rc<FileSums>,
    /// Whether the file is still being read.
    #[prop_or_default]
    pub is_partial: bool,
    /// What happened.
    pub on: Callback<Action>,
}

/// The prefixes with the most bytes, and how many rows were written when.
#[component]
pub fn FillCard(props: &FillCardProps) -> Html {
    let FillCardProps {
        sums,
        is_partial,
        on,
    } = props;
    let total = &sums.total;
    let most = sums
        .prefixes
        .first()
        .map_or(1, |first| first.sum.bytes.max(1));
    let hidden = sums.prefix_count.saturating_sub(sums.prefixes.len() as u64);
    html! {
        <section class="card fills" aria-labelledby="fills-title">
            <header class="card-head">
                <h2 id="fills-title">{ "What fills it" }</h2>
                <p>
                    { format!("{} in {}, {} of them live", bytes(total.bytes), counted(total.rows, "row", "rows"), bytes(total.live_bytes)) }
                    if *is_partial { { ", so far" } }
                </p>
            </header>
            if total.rows == 0 {
                <p class="empty">{ if *is_partial { "The first rows are on their way." } else { "Nothing: no key has a row." } }</p>
            } else {
                <div class="fills-body" tabindex="0" role="region" aria-label="What fills the file, by prefix">
                    { growth(sums) }
                    <table class="sums" id="fill-table">
                        <thead>
                            <tr>
                                <th scope="col">{ "prefix" }</th>
                                <th scope="col" class="num">{ "live keys" }</th>
                                <th scope="col" class="num">{ "rows" }</th>
                                <th scope="col" class="num">{ "live" }</th>
                                <th scope="col" class="num">{ "in all" }</th>
                            </tr>
                        </thead>
                        <tbody>{ for sums.prefixes.iter().map(|prefix| row(prefix, most, on)) }</tbody>
                    </table>
                    if hidden > 0 {
                        <p class="note">{ format!("and {} with fewer bytes", counted(hidden, "prefix", "prefixes")) }</p>
                    }
                </div>
            }
        </section>
    }
}

fn row(prefix: &PrefixSum, most: u64, on: &Callback<Action>) -> Html {
    let sum = &prefix.sum;
    let part = format!("--part: {:.4}", sum.bytes as f64 / most as f64);
    let name = match prefix.name.is_empty() {
        true => "keys without a prefix".to_owned(),
        false => prefix.name.clone(),
    };
    let short = shortened(&name);
    html! {
        <tr>
            <td class="name" style={part} title={name.clone()}>
                if prefix.filter.is_empty() {
                    { short }
                } else {
                    <button type="button" class="link" title="Find its rows"
                        onclick={act(on, StudyAction::Find(prefix.filter.clone()))}>{ short }</button>
                }
                if !prefix.kind.is_empty() {
                    <small>{ prefix.kind.clone() }</small>
                }
            </td>
            <td class="num">{ grouped(sum.live_keys) }</td>
            <td class="num">{ grouped(sum.rows) }</td>
            <td class="num">{ bytes(sum.live_bytes) }</td>
            <td class="num">{ bytes(sum.bytes) }</td>
        </tr>
    }
}

/// A prefix without its first part, which most of them share: `…/pods/`.
fn shortened(name: &str) -> String {
    let rest = name.strip_prefix('/').and_then(|name| name.split_once('/'));
    match rest {
        Some((_, rest)) if !rest.is_empty() => format!("…/{rest}"),
        _ => name.to_owned(),
    }
}

/// Bytes written in each part of the revisions, as bars.
fn growth(sums: &FileSums) -> Html {
    let most = sums.growth.iter().map(|(_, _, bytes)| *bytes).max();
    let most = most.unwrap_or(0).max(1) as f64;
    let label = |(from, rows, len): &(i64, u64, u64)| {
        format!(
            "from revision {}: {}, {}",
            revision(*from),
            counted(*rows, "row", "rows"),
            bytes(*len)
        )
    };
    let told = format!(
        "Retained rows by revision, {} to {}",
        revision(sums.total.first),
        revision(sums.total.last)
    );
    let from_to = match &sums.times {
        Some((from, to)) => [from.clone(), to.clone()],
        None => [String::new(), String::new()],
    };
    let [from, to] = from_to;
    html! {
        <figure class="growth">
            <div class="bars" role="img" aria-label={told.clone()}>
                { for sums.growth.iter().map(|bin| html! {
                    <i title={label(bin)} style={format!("--part: {:.4}", bin.2 as f64 / most)} />
                }) }
            </div>
            <figcaption>
                <span>{ revision(sums.total.first) }<small>{ from }</small></span>
                <span>{ "bytes retained, by revision" }</span>
                <span>{ revision(sums.total.last) }<small>{ to }</small></span>
            </figcaption>
        </figure>
    }
}
