//! Brace expansion: `a{1..3}` and `{a,b}`.

use brush_parser::word::{self, BraceExpressionMember, BraceExpressionOrText};

use super::grammar;

/// Most words that one line's braces may make.
const MAX_WORDS: usize = 10_000;
/// Deepest nesting of brace expressions.
const MAX_BRACES: usize = 8;

/// Brace expansion: `a{1..3}` gives `a1 a2 a3`.
pub(super) fn expand(text: &str) -> Result<Vec<String>, String> {
    if !text.contains('{') {
        return Ok(vec![text.to_owned()]);
    }
    if has_large_number(text) {
        return Ok(vec![text.to_owned()]);
    }
    let text = &with_zeros(text)?;
    match word::parse_brace_expansions(text, &grammar::options()) {
        Ok(Some(parts)) => sequence(&parts, MAX_BRACES),
        // Nothing to expand, or nothing that bash would expand.
        Ok(None) | Err(_) => Ok(vec![text.to_owned()]),
    }
}

fn sequence(parts: &[BraceExpressionOrText], depth: usize) -> Result<Vec<String>, String> {
    let too_many = || format!("bash: brace expansion: more than {MAX_WORDS} words");
    let depth = depth.checked_sub(1).ok_or_else(too_many)?;
    let mut words = vec![String::new()];
    for part in parts {
        let choices = match part {
            BraceExpressionOrText::Text(text) => vec![text.clone()],
            BraceExpressionOrText::Expr(members) => {
                let mut choices = Vec::new();
                for member in members {
                    choices.extend(self::member(member, depth)?);
                }
                choices
            }
        };
        let bytes: usize = choices.iter().map(String::len).sum();
        if words.len().saturating_mul(choices.len()) > MAX_WORDS
            || bytes.saturating_mul(words.len()) > grammar::MAX_BYTES
        {
            return Err(too_many());
        }
        words = words
            .iter()
            .flat_map(|word| choices.iter().map(move |choice| format!("{word}{choice}")))
            .collect();
    }
    Ok(words)
}

fn member(member: &BraceExpressionMember, depth: usize) -> Result<Vec<String>, String> {
    let (start, end, step) = match member {
        BraceExpressionMember::Child(parts) => return sequence(parts, depth),
        BraceExpressionMember::NumberSequence {
            start,
            end,
            increment,
        } => (*start, *end, *increment),
        BraceExpressionMember::CharSequence {
            start,
            end,
            increment,
        } => (
            i64::from(u32::from(*start)),
            i64::from(u32::from(*end)),
            *increment,
        ),
    };
    let is_char = matches!(member, BraceExpressionMember::CharSequence { .. });
    let step = step.unsigned_abs().max(1);
    if start.abs_diff(end) / step >= MAX_WORDS as u64 {
        return Err(format!(
            "bash: brace expansion: more than {MAX_WORDS} words"
        ));
    }
    let steps = 0..=start.abs_diff(end) / step;
    let numbers = steps.map(|count| {
        let offset = count.saturating_mul(step).cast_signed();
        if start <= end {
            start + offset
        } else {
            start - offset
        }
    });
    Ok(numbers
        .filter_map(|number| match is_char {
            false => Some(number.to_string()),
            true => Some(char::from_u32(u32::try_from(number).ok()?)?.to_string()),
        })
        .collect())
}

/// Whether a number in braces has more digits than any sequence that could be made; the parser
/// panics at those beyond 64 bits. bash leaves such braces as they are.
fn has_large_number(text: &str) -> bool {
    const MAX_DIGITS: usize = 18;
    let mut behind = text.split('{').skip(1).chain(text.split("..").skip(1));
    behind.any(|part| {
        let digits = part.strip_prefix(['-', '+']).unwrap_or(part).bytes();
        digits.take_while(u8::is_ascii_digit).count() > MAX_DIGITS
    })
}

/// Text in which `{08..10}` became `{08,09,10}`: the parser forgets the zeros in front, which say
/// how wide all numbers are.
fn with_zeros(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let (mut quote, mut escaped, mut before) = (None, false, ' ');
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let is_plain = quote.is_none() && !escaped && before != '$';
        if char == '{'
            && is_plain
            && let Some((inside, behind)) = rest.get(1..).and_then(|rest| rest.split_once('}'))
            && let Some(words) = padded(inside)?
        {
            match words.as_slice() {
                [one] => out.push_str(one),
                many => out.push_str(&format!("{{{}}}", many.join(","))),
            }
            (rest, before) = (behind, '}');
            continue;
        }
        match (quote, char) {
            _ if escaped => escaped = false,
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => escaped = true,
            (Some(_), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(char),
            _ => {}
        }
        out.push(char);
        before = char;
        rest = rest.get(char.len_utf8()..).unwrap_or_default();
    }
    Ok(out)
}

/// The numbers of `08..10` or `08..10..2`, as wide as the wider end; nothing where no end begins
/// with a zero.
fn padded(inside: &str) -> Result<Option<Vec<String>>, String> {
    let parts: Vec<&str> = inside.split("..").collect();
    let (start, end, step) = match parts.as_slice() {
        [start, end] => (*start, *end, "1"),
        [start, end, step] => (*start, *end, *step),
        _ => return Ok(None),
    };
    let digits = |text: &str| text.strip_prefix(['-', '+']).unwrap_or(text).to_owned();
    let is_padded = |text: &str| digits(text).len() > 1 && digits(text).starts_with('0');
    if !is_padded(start) && !is_padded(end) {
        return Ok(None);
    }
    let (Ok(from), Ok(to), Ok(increment)) = (start.parse(), end.parse(), step.parse()) else {
        return Ok(None);
    };
    let width = start.len().max(end.len());
    let numbers = member(
        &BraceExpressionMember::NumberSequence {
            start: from,
            end: to,
            increment,
        },
        MAX_BRACES,
    )?;
    let wide = |number: String| match number.strip_prefix('-') {
        Some(digits) => format!("-{digits:0>wide$}", wide = width.saturating_sub(1)),
        None => format!("{number:0>width$}"),
    };
    Ok(Some(numbers.into_iter().map(wide).collect()))
}
