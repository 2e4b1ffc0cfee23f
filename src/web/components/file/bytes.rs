//! Bytes and what they mean, side by side: the one leads to the other.
//!
//! Pointing at a byte, a part or a line lights all three; a click holds the light. Only a pointer
//! that moves points: one that rests while the rows scroll under it leaves what the keys hold. Each
//! row is a component of its own, so that a light draws only the rows that it leaves and enters.

use std::ops::Range;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::engine::{BytesPart, BytesView};
use crate::state::{Action, StudyAction};
use crate::web::number::grouped;

/// Bytes of a row.
const A_ROW: u64 = 16;

/// What the card shows.
#[derive(Properties, PartialEq)]
pub struct BytesCardProps {
    /// The bytes.
    pub bytes: Rc<BytesView>,
    /// What happened.
    pub on: Callback<Action>,
}

/// Hexadecimal, parts, and lines of the document. Other bytes are to be another component: what is
/// held is a place in these.
#[component]
pub fn BytesCard(props: &BytesCardProps) -> Html {
    let BytesCardProps { bytes, on } = props;
    let held = use_state(|| None::<usize>);
    let pointed = use_state_eq(|| None::<usize>);
    let lit = (*pointed).or(*held);
    let lit_part = lit.and_then(|at| bytes.parts.get(at));
    let range = lit_part.map_or(0..0, |part| part.start..part.end);
    let lit_line = lit_part.and_then(|part| part.line);
    let point = {
        let pointed = pointed.clone();
        Callback::from(move |part: Option<usize>| pointed.set(part))
    };
    let hold = {
        let (held, pointed, bytes) = (held.clone(), pointed.clone(), bytes.clone());
        Callback::from(move |at: usize| {
            held.set(Some(at));
            pointed.set(None);
            if let Some(part) = bytes.parts.get(at) {
                bring(at, part);
            }
        })
    };
    let on_byte = |emit: Callback<Option<usize>>| {
        let bytes = bytes.clone();
        move |at: Option<u64>| emit.emit(at.and_then(|at| deepest(&bytes.parts, at)))
    };
    let over = {
        let tell = on_byte(point.clone());
        Callback::from(move |event: MouseEvent| tell(byte_of(&event)))
    };
    let click = {
        let hold = hold.clone();
        let tell = on_byte(Callback::from(move |part: Option<usize>| {
            part.into_iter().for_each(|part| hold.emit(part));
        }));
        Callback::from(move |event: MouseEvent| tell(byte_of(&event)))
    };
    let out = point.reform(|_: MouseEvent| None);
    let walk = {
        let (hold, at, count) = (hold.clone(), lit, bytes.parts.len());
        Callback::from(move |event: KeyboardEvent| {
            let to = match (event.key().as_str(), at) {
                ("ArrowDown", None) | ("Home", _) => Some(0),
                ("ArrowDown", Some(at)) => Some(at + 1),
                ("ArrowUp", Some(at)) => at.checked_sub(1),
                ("End", _) => count.checked_sub(1),
                _ => None,
            };
            if let Some(to) = to.filter(|to| *to < count) {
                event.prevent_default();
                hold.emit(to);
            }
        })
    };
    let whole = on.reform(|_: MouseEvent| Action::Study(StudyAction::Bytes(None)));
    html! {
        <section class="card bytes-card" aria-labelledby="bytes-title">
            <header class="card-head">
                <h2 id="bytes-title">{ "Bytes and what they mean" }</h2>
                <p>{ match bytes.title.as_str() {
                    "" => format!("page {}, at {} of the file", grouped(bytes.page), grouped(bytes.offset)),
                    title => format!("page {}, {title}", grouped(bytes.page)),
                } }</p>
                if bytes.element.is_some() {
                    <div class="tools"><button type="button" class="button small" onclick={whole}>{ "The whole page" }</button></div>
                }
            </header>
            <p class="lit-words" role="status">{ match lit_part {
                Some(part) => words(part),
                None => "Point at a byte, a part or a line: all three light up. A click holds it; in the list of parts the arrow keys walk.".to_owned(),
            } }</p>
            <div class={classes!("bytes-body", (!bytes.lines.is_empty()).then_some("with-lines"))}>
                <div class="hex-rows mono" tabindex="0" role="group" aria-label="Bytes"
                    onmousemove={over} onmouseleave={out.clone()} onclick={click}>
                    { for bytes.segments.iter().flat_map(|(start, run)| rows(*start, run)).map(|(start, row)| html! {
                        <HexRow key={start} {start} lit={clip(&range, start, row.len())} bytes={row} />
                    }) }
                    if !bytes.note.is_empty() {
                        <p class="note">{ bytes.note.clone() }</p>
                    }
                </div>
                <div class="part-rows" tabindex="0" role="listbox" aria-label="Parts, arrow keys walk" onkeydown={walk}
                    aria-activedescendant={lit.map(|at| format!("part-{at}"))} onmouseleave={out.clone()}>
                    { for bytes.parts.iter().enumerate().map(|(at, part)| html! {
                        <PartRow key={at} {at} name={part.name.clone()} text={part.text.clone()} depth={part.depth}
                            is_lit={lit == Some(at)} point={point.clone()} hold={hold.clone()} />
                    }) }
                    if bytes.left_out > 0 {
                        <p class="note">{ format!("and {} parts more", grouped(bytes.left_out)) }</p>
                    }
                </div>
                if !bytes.lines.is_empty() {
                    <div class="line-rows mono" tabindex="0" role="group" aria-label="YAML" onmouseleave={out}>
                        { for bytes.lines.iter().enumerate().map(|(at, line)| html! {
                            <LineRow key={at} {at} text={line.text.clone()} part={line.part}
                                is_lit={lit_line.is_some_and(|lit| lit as usize == at)}
                                point={point.clone()} hold={hold.clone()} />
                        }) }
                    </div>
                }
            </div>
        </section>
    }
}

/// Where a part lies and what it says.
fn words(part: &BytesPart) -> String {
    let len = part.end.saturating_sub(part.start);
    let noun = if len == 1 { "byte" } else { "bytes" };
    let mut words = format!("{}: {len} {noun} at {}", part.name, part.start);
    if !part.text.is_empty() {
        words.push_str(", ");
        words.push_str(&part.text);
    }
    words
}

/// The deepest part that holds a byte.
fn deepest(parts: &[BytesPart], at: u64) -> Option<usize> {
    let holding = parts.iter().enumerate();
    let holding = holding.filter(|(_, part)| (part.start..part.end).contains(&at));
    holding
        .max_by_key(|(_, part)| part.depth)
        .map(|(index, _)| index)
}

/// Rows of bytes, each beginning where a multiple of a row does.
fn rows(start: u64, bytes: &[u8]) -> Vec<(u64, Rc<[u8]>)> {
    let head = usize::try_from((A_ROW - start % A_ROW) % A_ROW).unwrap_or(0);
    let (head, rest) = bytes.split_at(head.min(bytes.len()));
    let mut all = Vec::new();
    if !head.is_empty() {
        all.push((start, Rc::from(head)));
    }
    let from = start + head.len() as u64;
    let rest = rest.chunks(A_ROW as usize).zip(0u64..);
    all.extend(rest.map(|(row, number)| (from + number * A_ROW, Rc::from(row))));
    all
}

/// What of a range lies in a row, from its first byte.
fn clip(range: &Range<u64>, start: u64, len: usize) -> Range<u64> {
    let end = start + len as u64;
    let (from, to) = (range.start.clamp(start, end), range.end.clamp(start, end));
    from - start..to - start
}

/// The byte that an event is about.
fn byte_of(event: &MouseEvent) -> Option<u64> {
    let target = event.target()?.dyn_into::<HtmlElement>().ok()?;
    target.get_attribute("data-at")?.parse().ok()
}

/// Brings a part, its first byte and its line into sight.
fn bring(at: usize, part: &BytesPart) {
    let byte = part.start / A_ROW * A_ROW;
    let mut ids = vec![format!("part-{at}"), format!("bytes-{byte}")];
    ids.extend(part.line.map(|line| format!("line-{line}")));
    for id in ids {
        // What is not on the screen cannot be brought there.
        let element = gloo::utils::document().get_element_by_id(&id);
        let around = element.and_then(|element| Some((element.parent_element()?, element)));
        if let Some((parent, element)) = around {
            let (own, around) = (
                element.get_bounding_client_rect(),
                parent.get_bounding_client_rect(),
            );
            let (above, below) = (own.top() - around.top(), own.bottom() - around.bottom());
            if above < 0.0 || below > 0.0 {
                // The page itself stays where it is.
                let by = above - around.height() / 3.0;
                parent.set_scroll_top(parent.scroll_top() + by as i32);
            }
        }
    }
}

#[derive(Properties, PartialEq)]
struct HexRowProps {
    start: u64,
    bytes: Rc<[u8]>,
    lit: Range<u64>,
}

#[component]
fn HexRow(props: &HexRowProps) -> Html {
    let HexRowProps { start, bytes, lit } = props;
    let byte = |(at, byte): (u64, &u8)| {
        let is_lit = lit.contains(&at);
        html! { <b data-at={(start + at).to_string()} class={classes!(is_lit.then_some("lit"))}>{ format!("{byte:02x}") }</b> }
    };
    let letter = |(at, byte): (u64, &u8)| {
        let shown = match byte {
            0x20..0x7f => char::from(*byte),
            _ => '.',
        };
        let is_lit = lit.contains(&at);
        html! { <b data-at={(start + at).to_string()} class={classes!(is_lit.then_some("lit"))}>{ shown }</b> }
    };
    // A row that begins in the middle stands below its columns.
    let pad = start % A_ROW;
    let padding = || (0..pad).map(|_| html! { <b /> });
    html! {
        <div class="hex-row" id={format!("bytes-{}", start - pad)}>
            <span class="at">{ format!("{start:06x}") }</span>
            <span class="codes">{ for padding() }{ for (0u64..).zip(bytes.iter()).map(byte) }</span>
            <span class="letters">{ for padding() }{ for (0u64..).zip(bytes.iter()).map(letter) }</span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PartRowProps {
    at: usize,
    name: String,
    text: String,
    depth: u8,
    is_lit: bool,
    point: Callback<Option<usize>>,
    hold: Callback<usize>,
}

#[component]
fn PartRow(props: &PartRowProps) -> Html {
    let PartRowProps {
        at,
        name,
        text,
        depth,
        is_lit,
        point,
        hold,
    } = props;
    let at = *at;
    html! {
        <div id={format!("part-{at}")} role="option" aria-selected={is_lit.to_string()}
            class={classes!("part-row", is_lit.then_some("lit"))} style={format!("--depth: {depth}")}
            onmousemove={point.reform(move |_: MouseEvent| Some(at))} onclick={hold.reform(move |_: MouseEvent| at)}>
            <span>{ name.clone() }</span>
            if !text.is_empty() {
                <span class="says mono">{ text.clone() }</span>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct LineRowProps {
    at: usize,
    text: String,
    part: Option<u32>,
    is_lit: bool,
    point: Callback<Option<usize>>,
    hold: Callback<usize>,
}

#[component]
fn LineRow(props: &LineRowProps) -> Html {
    let LineRowProps {
        at,
        text,
        part,
        is_lit,
        point,
        hold,
    } = props;
    let part = part.map(|part| part as usize);
    let hold = hold.clone();
    let click =
        Callback::from(move |_: MouseEvent| part.into_iter().for_each(|part| hold.emit(part)));
    html! {
        <div id={format!("line-{at}")} class={classes!("line-row", is_lit.then_some("lit"))}
            onmousemove={point.reform(move |_: MouseEvent| part)} onclick={click}>{ text.clone() }</div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_begin_where_a_row_does_and_a_light_is_cut_to_them() {
        let bytes: Vec<u8> = (0..40).collect();
        let starts: Vec<_> = rows(20, &bytes)
            .iter()
            .map(|(at, row)| (*at, row.len()))
            .collect();
        assert_eq!(starts, [(20, 12), (32, 16), (48, 12)]);
        assert_eq!(clip(&(25..50), 32, 16), 0..16);
        assert_eq!(clip(&(25..50), 20, 12), 5..12);
        assert_eq!(clip(&(60..70), 32, 16), 16..16);
    }

    #[test]
    fn the_deepest_part_is_found() {
        let part = |start, end, depth| BytesPart {
            start,
            end,
            depth,
            ..BytesPart::default()
        };
        let parts = [
            part(0, 16, 0),
            part(0, 8, 1),
            part(8, 10, 1),
            part(16, 20, 0),
        ];
        assert_eq!(deepest(&parts, 9), Some(2));
        assert_eq!(deepest(&parts, 12), Some(0));
        assert_eq!(deepest(&parts, 30), None);
    }
}
