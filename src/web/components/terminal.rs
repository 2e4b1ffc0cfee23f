//! The terminal: what ran, what it printed, and the line being typed.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::release::ReleasePicker;
use crate::engine::{Entry, Then};
use crate::session::terminals;
use crate::state::{Action, SessionAction, Terminal};
use crate::web::number::bytes;

/// What the terminal shows.
#[derive(Properties, PartialEq)]
pub struct TerminalCardProps {
    /// Its state.
    pub terminal: Terminal,
    /// Lines worth trying now, as they would be typed.
    pub offers: Vec<AttrValue>,
    /// What happened.
    pub on: Callback<Action>,
}

/// A terminal in which etcdctl answers.
#[component]
pub fn TerminalCard(props: &TerminalCardProps) -> Html {
    let TerminalCardProps {
        terminal,
        offers,
        on,
    } = props;
    let number = terminal.number;
    let input_id = if number == 2 { "command-2" } else { "command" };
    let title_id = AttrValue::from(if number == 2 {
        "terminal-title-2"
    } else {
        "terminal-title"
    });
    let split = on.reform(|event: MouseEvent| {
        event.stop_propagation();
        Action::Split
    });
    let running = terminal.session.watches.iter();
    let watches = running.filter_map(|watch| Some((watch, here(&watch.line, number)?)));
    let output = use_node_ref();
    let input = use_node_ref();
    {
        // The newest line is in sight, as in any terminal: the list grows from the bottom, where
        // 0 is, so that it stays there when the page changes its size.
        let output = output.clone();
        let lines = (
            terminal.entries.len(),
            terminal.cleared,
            terminal.running.len(),
            terminal.candidates.len(),
        );
        use_effect_with(lines, move |_| {
            if let Some(element) = output.cast::<HtmlElement>() {
                element.set_scroll_top(0);
            }
        });
    }
    let typed = on.reform(|event: InputEvent| {
        let input = event
            .target()
            .and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
        Action::Typed(input.map(|input| input.value()).unwrap_or_default())
    });
    let is_empty = terminal.input.is_empty();
    let pressed = {
        let on = on.clone();
        Callback::from(move |event: KeyboardEvent| {
            let action = match event.key().as_str() {
                "Enter" => Action::Submit,
                "ArrowUp" => Action::OlderLine,
                "ArrowDown" => Action::NewerLine,
                // An empty line leaves Tab to those who walk the page by keyboard.
                "Tab" if !is_empty && !event.shift_key() => Action::Complete,
                "l" if event.ctrl_key() => Action::ClearTerminal,
                "c" if event.ctrl_key() && !selects(&event) => {
                    Action::Session(SessionAction::Interrupt)
                }
                _ => return,
            };
            event.prevent_default();
            on.emit(action);
        })
    };
    let pasted = {
        let (on, typed) = (on.clone(), terminal.input.clone());
        Callback::from(move |event: Event| paste(&event, &typed, &on))
    };
    let focus = {
        let input = input.clone();
        Callback::from(move |_: MouseEvent| {
            let selects = gloo::utils::window()
                .get_selection()
                .ok()
                .flatten()
                .is_some_and(|selection| !selection.is_collapsed());
            if let Some(input) = input.cast::<HtmlElement>().filter(|_| !selects) {
                // A click anywhere in the terminal goes on typing.
                drop(input.focus());
            }
        })
    };
    html! {
        <section class="card terminal" aria-labelledby={title_id.clone()} onclick={focus}>
            <header class="terminal-head">
                <h2 id={title_id}>
                    { "Terminal" }
                    if number > 0 {
                        { format!(" {number}") }
                    }
                </h2>
                <p>{ "etcdctl on this store" }</p>
                if number != 1 {
                    <button type="button" class="chip" onclick={split}>{ if number == 2 { "Close" } else { "Split" } }</button>
                }
                if !terminal.session.is_lesson && number < 2 {
                    <ReleasePicker release={terminal.session.release.clone()} on={on.clone()} />
                }
            </header>
            <div class="terminal-out" ref={output} role="log" aria-label="Output" tabindex="0">
                <div class="terminal-lines">
                <Output entries={terminal.entries.clone()} cleared={terminal.cleared} {number} on={on.clone()} />
                { for terminal.running.iter().filter_map(|line| here(line, number)).map(prompt) }
                <div class="terminal-line">
                    <label for={input_id} aria-label="Command">{ "#" }</label>
                    <input id={input_id} ref={input} type="text" value={terminal.input.clone()}
                        autocomplete="off" autocapitalize="off" spellcheck="false"
                        placeholder="etcdctl put key value"
                        aria-label="Command line" oninput={typed} onkeydown={pressed} onpaste={pasted} />
                </div>
                if !terminal.candidates.is_empty() {
                    <ul class="candidates" aria-label="Completions">
                        { for terminal.candidates.iter().map(|(text, help)| html! {
                            <li><b>{ text.clone() }</b><span>{ help.clone() }</span></li>
                        }) }
                    </ul>
                }
                </div>
            </div>
            if watches.clone().next().is_some() {
                <ul class="watches" aria-label="Running watches">
                    { for watches.map(|(watch, typed)| {
                        let line = format!("kill %{}", watch.job);
                        let stop = on.reform(move |event: MouseEvent| {
                            event.stop_propagation();
                            Action::RunLine(line.clone())
                        });
                        html! {
                            <li key={watch.job}>
                                <b>{ format!("[{}]", watch.job) }</b>
                                <span>{ typed.to_owned() }</span>
                                <button type="button" class="chip" aria-label={format!("Stop watch {}", watch.job)} onclick={stop}>{ "Stop" }</button>
                            </li>
                        }
                    }) }
                </ul>
            }
            if !offers.is_empty() {
            <div class="offers" role="group" aria-label="Try">
                <span>{ "Try" }</span>
                { for offers.iter().map(|line| {
                    let text = line.to_string();
                    let run = on.reform(move |event: MouseEvent| {
                        event.stop_propagation();
                        Action::RunLine(text.clone())
                    });
                    html! { <button type="button" class="chip" onclick={run}>{ line.clone() }</button> }
                }) }
            </div>
            }
        </section>
    }
}

/// What ran, apart from the line being typed, so that a key pressed costs one line.
#[derive(Properties, PartialEq)]
struct OutputProps {
    entries: Rc<Vec<Entry>>,
    cleared: usize,
    /// Which terminal this is; 0 for the only one.
    number: u8,
    on: Callback<Action>,
}

#[component]
fn Output(props: &OutputProps) -> Html {
    let shown = props.entries.get(props.cleared..).unwrap_or_default();
    html! { { for shown.iter().map(|one| entry(one, props.number, &props.on)) } }
}

fn prompt(line: &str) -> Html {
    html! { <p class="typed"><b aria-hidden="true">{ "# " }</b>{ line.to_string() }</p> }
}

/// What was typed, where a line is shown in this terminal.
fn here(line: &str, number: u8) -> Option<&str> {
    let (terminal, typed) = terminals::split(line);
    (number == 0 || number == terminal).then_some(typed)
}

fn entry(entry: &Entry, number: u8, on: &Callback<Action>) -> Html {
    let watched = entry.watched.iter();
    let mut watched = watched.filter_map(|one| Some((one, here(&one.watch.line, number)?)));
    let watched = html! {
        { for watched.by_ref().map(|(watched, typed)| html! {
            <div class="watched" role="group" aria-label={format!("Watch {}", watched.watch.job)}>
                <small>{ format!("[{}] {typed}", watched.watch.job) }</small>
                <pre>{ watched.text.clone() }</pre>
            </div>
        }) }
    };
    let Some(typed) = here(&entry.line, number) else {
        return watched;
    };
    html! {
        <div class="entry">
            { prompt(typed) }
            if !entry.stdout.is_empty() {
                <pre>{ entry.stdout.clone() }</pre>
            }
            if !entry.stderr.is_empty() {
                <pre class="stderr">{ entry.stderr.clone() }</pre>
            }
            if entry.is_running {
                <p class="running">{ "watching; events come with the commands below" }</p>
            }
            { for entry.saved.iter().map(|file| {
                let name = file.name.clone();
                let label = format!("Download {name}");
                let save = on.reform(move |event: MouseEvent| {
                    event.stop_propagation();
                    let (name, then) = (name.clone(), Then::Download);
                    Action::Session(SessionAction::Fetch { name, then })
                });
                html! {
                    <p class="saved">
                        { format!("{}, {}: ", file.name, bytes(file.size)) }
                        <button type="button" class="link" aria-label={label} onclick={save}>{ "download" }</button>
                    </p>
                }
            }) }
            { watched }
        </div>
    }
}

/// Whether text is selected, so that Ctrl-C copies it.
fn selects(event: &KeyboardEvent) -> bool {
    let input = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let in_input = input.is_some_and(|input| {
        input.selection_start().ok().flatten() != input.selection_end().ok().flatten()
    });
    let on_page = gloo::utils::window().get_selection().ok().flatten();
    in_input || on_page.is_some_and(|selection| !selection.is_collapsed())
}

/// Several lines pasted at once run in turn, behind what stands in the line already.
fn paste(event: &Event, typed: &str, on: &Callback<Action>) {
    let Some(event) = event.dyn_ref::<web_sys::ClipboardEvent>() else {
        return;
    };
    let text = event
        .clipboard_data()
        .and_then(|data| data.get_data("text/plain").ok())
        .unwrap_or_default()
        .replace("\r\n", "\n");
    if text.trim_end_matches('\n').contains('\n') {
        event.prevent_default();
        on.emit(Action::Typed(String::new()));
        on.emit(Action::RunLine(format!(
            "{typed}{}",
            text.trim_end_matches('\n')
        )));
    }
}
