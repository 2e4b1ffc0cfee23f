//! A value as text, as hexadecimal, as base64.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use yew::prelude::*;

use crate::web::number::{bytes, grouped};

/// How a value is shown.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Text,
    Hex,
    Base64,
}

/// What the value view shows.
#[derive(Properties, PartialEq)]
pub struct ValueViewProps {
    /// Its bytes, or the first of them.
    pub value: Vec<u8>,
    /// Length of the whole value.
    pub value_len: u64,
    /// Why there is no value, where there should be one.
    pub unreadable: Option<String>,
}

/// A value.
#[component]
pub fn ValueView(props: &ValueViewProps) -> Html {
    let detail = props;
    let chosen = use_state(|| None::<Form>);
    // Text until told otherwise, unless it is none.
    let natural = match is_text(&detail.value) {
        true => Form::Text,
        false => Form::Hex,
    };
    let form = chosen.unwrap_or(natural);
    let tab = |to: Form, label: &'static str| {
        let chosen = chosen.clone();
        let choose = Callback::from(move |_: MouseEvent| chosen.set(Some(to)));
        html! {
            <button type="button" class="chip" aria-pressed={(form == to).to_string()} onclick={choose}>
                { label }
            </button>
        }
    };
    let shown = detail.value.len() as u64;
    html! {
        <div class="value">
            <div class="value-head" role="group" aria-label="Show the value as">
                <h3>{ "Value" }</h3>
                <small>{ bytes(detail.value_len) }</small>
                { tab(Form::Text, "text") }
                { tab(Form::Hex, "hex") }
                { tab(Form::Base64, "base64") }
            </div>
            if let Some(reason) = &detail.unreadable {
                <p class="note">{ reason.clone() }</p>
            } else if detail.value_len == 0 {
                <p class="note">{ "empty" }</p>
            } else {
                // A long one scrolls in itself: the keyboard has to reach it.
                <pre tabindex="0" role="group" aria-label="Value">{ match form {
                    Form::Text => String::from_utf8_lossy(&detail.value).into_owned(),
                    Form::Hex => hex(&detail.value, 8),
                    Form::Base64 => BASE64_STANDARD.encode(&detail.value),
                } }</pre>
                if shown < detail.value_len {
                    <p class="note">
                        { format!("the first {} of {} bytes", grouped(shown), grouped(detail.value_len)) }
                    </p>
                }
            }
        </div>
    }
}

/// Whether the bytes are text to be read: UTF-8, the end may be cut, without control characters
/// other than those that lay text out.
fn is_text(value: &[u8]) -> bool {
    let text = match str::from_utf8(value) {
        Ok(text) => text,
        Err(error) if error.error_len().is_some() => return false,
        Err(error) => match value.get(..error.valid_up_to()).map(str::from_utf8) {
            Some(Ok(text)) => text,
            _ => return false,
        },
    };
    !text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// So many bytes a line: offset, bytes, and what is printable of them.
pub fn hex(value: &[u8], a_line: usize) -> String {
    let line = |(index, chunk): (usize, &[u8])| {
        let bytes: Vec<_> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = chunk
            .iter()
            .map(|byte| match byte {
                0x20..0x7f => char::from(*byte),
                _ => '.',
            })
            .collect();
        let (at, width) = (index * a_line, a_line * 3 - 1);
        format!("{at:04x}  {:<width$}  {text}", bytes.join(" "))
    };
    let lines: Vec<_> = value.chunks(a_line).enumerate().map(line).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_as_text_is_shown_as_text() {
        for text in ["bar", "two\nlines\tand a tab", "für", ""] {
            assert!(is_text(text.as_bytes()), "{text:?}");
        }
        assert!(
            is_text(b"cut in a \xc3"),
            "the rest of the character is behind the cut"
        );
        for other in [&b"\0\0\0\0\0\0\0\x0e"[..], b"k8s\0\n", b"\xff", b"\xc3("] {
            assert!(!is_text(other), "{other:?}");
        }
    }
}
