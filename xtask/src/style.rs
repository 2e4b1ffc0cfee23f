//! The style sheet without what only its writers read: comments, indents, line ends.

/// The same rules in fewer bytes. Strings stay as they are; where a space means something (in
/// selectors, between values, around the signs of `calc`) one is left.
pub fn shorten(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
            // Without white space a comment is no space, but what it parts stays two words.
            let is_apart = |c: char| c.is_whitespace() || "{};,".contains(c);
            if !out.is_empty() && !out.ends_with(is_apart) && !rest.starts_with(is_apart) {
                out.push_str("/**/");
            }
            continue;
        }
        let taken = match c {
            '"' | '\'' => string_len(rest, c),
            _ => c.len_utf8(),
        };
        let (token, after) = rest.split_at(taken);
        rest = after;
        match c {
            c if c.is_whitespace() => space(&mut out),
            '{' | '}' | ';' | ',' => {
                while out.ends_with(' ') {
                    out.pop();
                }
                // The last declaration of a rule needs no end.
                if c == '}' && out.ends_with(';') {
                    out.pop();
                }
                out.push(c);
            }
            _ => out.push_str(token),
        }
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out
}

/// One space, but none where the last sign already separates.
fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with([' ', '{', '}', ';', ',']) {
        out.push(' ');
    }
}

/// Bytes of the string that `text` starts with, quotes and all.
fn string_len(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indents_go_and_meaning_stays() {
        let check = |css: &str, wanted: &str| assert_eq!(shorten(css), wanted, "{css}");
        check(
            "/* Ink. */\n.a {\n  color: red;\n  margin: 0 1px;\n}\n",
            ".a{color: red;margin: 0 1px}",
        );
        check(".a  .b > .c, .d { }", ".a .b > .c,.d{}");
        check(".a{width:calc(1px  +  2px)}", ".a{width:calc(1px + 2px)}");
        check(
            ".a::after{content:\" /* ;  } \"}",
            ".a::after{content:\" /* ;  } \"}",
        );
        check(".a{content:'\\'; '}", ".a{content:'\\'; '}");
        check(".a/* x */.b{}", ".a/**/.b{}");
        check(".a /* x */ .b{}", ".a .b{}");
        check("@media (a) { .b { c: d; } }", "@media (a){.b{c: d}}");
        check(".a { b: \"no end", ".a{b: \"no end");
        check("/* no end", "");
    }
}
