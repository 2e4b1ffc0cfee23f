//! Which terminal a line was typed in, as part of the line.
//!
//! ```text
//! etcdctl put a 1                      in the first one
//! : terminal 2; etcdctl watch a        in the second one
//! ```
//!
//! `:` is the shell's command that does nothing, so that such a line runs anywhere as what it is:
//! kept sessions, links and scripts need no form of their own for it.

/// How a line of another terminal begins; its number and [`END`] follow.
const START: &str = ": terminal ";
const END: &str = "; ";

/// Terminal, from 1, and what was typed there.
pub fn split(line: &str) -> (u8, &str) {
    let other = || {
        let (number, typed) = line.strip_prefix(START)?.split_once(END)?;
        let number = number.parse().ok().filter(|number| *number > 1)?;
        Some((number, typed))
    };
    other().unwrap_or((1, line))
}

/// A line with its terminal; 0 is the only one, as is 1.
pub fn join(terminal: u8, typed: &str) -> String {
    match terminal {
        0 | 1 => typed.to_owned(),
        number => format!("{START}{number}{END}{typed}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_knows_its_terminal() {
        let check = |line: &str, terminal: u8, typed: &str| {
            assert_eq!(split(line), (terminal, typed));
            assert_eq!(join(terminal, typed), line);
        };
        check("etcdctl put a 1", 1, "etcdctl put a 1");
        check(": terminal 2; etcdctl watch a", 2, "etcdctl watch a");
        check(": terminal 2; a; b", 2, "a; b");
        check(": terminal 1; a", 1, ": terminal 1; a");
        check(": terminal x; a", 1, ": terminal x; a");
        check(": terminal 2;a", 1, ": terminal 2;a");
    }
}
