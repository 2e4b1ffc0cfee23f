//! Narration and the small parts that the lesson's views share.

use yew::prelude::*;

use crate::engine::{LessonAt, Span, SpanKind};
use crate::state::{Action, LessonAction};

/// A paragraph's pieces.
pub(super) fn spans(spans: &[Span]) -> Html {
    html! {
        { for spans.iter().map(|span| {
            let text = span.text.clone();
            match span.kind {
                SpanKind::Plain => html! { { text } },
                SpanKind::Code => html! { <code>{ text }</code> },
                SpanKind::Emphasis => html! { <em>{ text }</em> },
            }
        }) }
    }
}

/// Paragraphs.
pub(super) fn paragraphs(all: &[Vec<Span>]) -> Html {
    html! { { for all.iter().map(|one| html! { <p>{ spans(one) }</p> }) } }
}

/// The lines that a step asks for, as typed.
pub(super) fn commands(lines: &[String], is_done: bool) -> Html {
    if lines.is_empty() {
        return html! {};
    }
    html! {
        <pre class={classes!("command", is_done.then_some("done"))}>
            { for lines.iter().map(|line| html! {
                <span><b aria-hidden="true">{ "# " }</b>{ line.clone() }{ "\n" }</span>
            }) }
        </pre>
    }
}

/// Where in the lesson, as dots.
pub(super) fn dots(at: &LessonAt, on: &Callback<Action>) -> Html {
    html! {
        <ol class="dots" aria-label="Steps">
            { for (0..at.steps).map(|step| {
                let current = (step == at.place.step).then_some("step");
                let class = (step < at.place.step || step == at.place.step && at.place.is_done).then_some("done");
                html! {
                    <li>
                        <button type="button" {class} aria-current={current} aria-label={format!("Step {}", step + 1)}
                            onclick={act(on, LessonAction::GoTo(step))} />
                    </li>
                }
            }) }
        </ol>
    }
}

/// A button that does something to the lesson.
pub(super) fn button(
    on: &Callback<Action>,
    label: &'static str,
    class: &'static str,
    action: LessonAction,
) -> Html {
    html! {
        <button type="button" class={classes!("button", class)} onclick={act(on, action)}>{ label }</button>
    }
}

/// An action on a click.
pub(super) fn act(on: &Callback<Action>, action: LessonAction) -> Callback<MouseEvent> {
    on.reform(move |event: MouseEvent| {
        event.stop_propagation();
        Action::Lesson(action.clone())
    })
}
