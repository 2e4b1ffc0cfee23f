//! What is wrong with the file: where, what, and what it means for what can be read.

use yew::prelude::*;

use crate::engine::FileFacts;
use crate::state::Action;
use crate::web::number::{counted, grouped};

/// What the list shows.
#[derive(Properties, PartialEq)]
pub struct ProblemListProps {
    /// What is known of the file.
    pub file: FileFacts,
    /// Records that could be read.
    pub records: u64,
    /// What happened.
    pub on: Callback<Action>,
}

/// Every problem with its page, its meaning, and the way to the page.
#[component]
pub fn ProblemList(props: &ProblemListProps) -> Html {
    let ProblemListProps { file, records, on } = props;
    let hidden = file.problem_count - file.problems.len() as u64;
    let read = match file.is_etcd {
        true => format!(
            "{} could be read all the same.",
            counted(*records, "record", "records")
        ),
        false => "Buckets and pages can be looked at as far as they are there.".to_string(),
    };
    html! {
        <section class="card problems" aria-labelledby="problems-title">
            <header class="card-head">
                <h2 id="problems-title">{ counted(file.problem_count, "problem", "problems") }</h2>
                <p>{ read }</p>
            </header>
            if file.problem_count == 0 {
                <p class="empty">
                    { if file.is_busy { "None so far; pages are still being checked." }
                      else if file.is_stopped { "None so far; the check of all pages was stopped." }
                      else { "Every page was checked, and nothing is wrong." } }
                </p>
            } else {
                <ul tabindex="0" aria-label="Problems">
                    { for file.problems.iter().map(|problem| {
                        let show = problem.page.map(|page| on.reform(move |_: MouseEvent| Action::SelectPage(page)));
                        html! {
                            <li>
                                if let Some(show) = show {
                                    <button type="button" class="link where" onclick={show}>{ problem.place.clone() }</button>
                                } else {
                                    <span class="where">{ problem.place.clone() }</span>
                                }
                                <span class="what">{ problem.text.clone() }</span>
                                <span class="means">{ problem.meaning.clone() }</span>
                            </li>
                        }
                    }) }
                    if hidden > 0 {
                        <li class="note">{ format!("and {} more", grouped(hidden)) }</li>
                    }
                </ul>
            }
        </section>
    }
}
