//! The small Markdown of narration: `code` and *emphasis*.

use serde::{Deserialize, Serialize};

/// A piece of text that looks one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// How it looks.
    pub kind: SpanKind,
    /// Its text, without the signs around it.
    pub text: String,
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpanKind {
    /// As the text around it.
    Plain,
    /// In backticks.
    Code,
    /// Between asterisks.
    Emphasis,
}

/// The pieces of a paragraph. A sign without its partner stands for itself.
pub fn spans(text: &str) -> Vec<Span> {
    let mut all = Vec::new();
    let mut rest = text;
    let mut plain = String::new();
    while let Some(at) = rest.find(['`', '*']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let sign = from.chars().next().unwrap_or('`');
        let inner = from.get(1..).unwrap_or_default();
        let end = inner.find(sign).filter(|end| {
            // `a * b` is no emphasis.
            let text = inner.get(..*end).unwrap_or_default();
            !text.is_empty() && (sign == '`' || text.trim() == text)
        });
        let Some(end) = end else {
            plain.push(sign);
            rest = inner;
            continue;
        };
        let kind = if sign == '`' {
            SpanKind::Code
        } else {
            SpanKind::Emphasis
        };
        push(&mut all, SpanKind::Plain, std::mem::take(&mut plain));
        push(
            &mut all,
            kind,
            inner.get(..end).unwrap_or_default().to_owned(),
        );
        rest = inner.get(end + 1..).unwrap_or_default();
    }
    plain.push_str(rest);
    push(&mut all, SpanKind::Plain, plain);
    all
}

fn push(all: &mut Vec<Span>, kind: SpanKind, text: String) {
    if !text.is_empty() {
        all.push(Span { kind, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_emphasis_are_told_apart() {
        let check = |text: &str, expected: &str| {
            let shown = spans(text).into_iter().map(|span| match span.kind {
                SpanKind::Plain => span.text,
                SpanKind::Code => format!("<{}>", span.text),
                SpanKind::Emphasis => format!("/{}/", span.text),
            });
            assert_eq!(shown.collect::<String>(), expected);
        };
        check("a `b` c", "a <b> c");
        check("*a* b", "/a/ b");
        check("`a *b* c`", "<a *b* c>");
        check("2 * 3 * 4", "2 * 3 * 4");
        check("a ` b", "a ` b");
        check("é`ü`*ö*", "é<ü>/ö/");
        check("``", "``");
        check("", "");
    }
}
