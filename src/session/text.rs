//! A session as a text file: the script that `revscope run` takes, with its release in a comment.
//!
//! ```text
//! # revscope session 1
//! # etcd 3.5.1
//! etcdctl put foo bar
//! ```

use super::{SessionError, Tree};
use crate::mvcc::Release;
use crate::shell::script::{Names, commands, is_complete};

/// How the file begins; a number follows.
pub const START: &str = "# revscope session ";
/// How the line with the release begins.
const RELEASE: &str = "# etcd ";
/// How a line begins that no script can hold.
const LEFT_OUT: &str = "# left out, since it is no complete command: ";
/// Longest file that is read, in bytes.
pub const MAX_BYTES: u64 = 8 << 20;

/// The lines that have run, as a script. A line that is no complete command did nothing but fail,
/// and would swallow the next one: it stands as a comment.
pub fn write(tree: &Tree) -> String {
    let mut text = format!("{START}1\n{RELEASE}{}\n", tree.release());
    if let Some(base) = tree.base() {
        text.push_str(&format!("# on a copy of {base}\n"));
    }
    let mut names = Names::default();
    for line in tree.lines() {
        let is_whole = is_complete(line) && names.commands(line).len() == 1;
        if is_whole {
            text.push_str(line);
            text.push('\n');
        } else {
            for part in line.lines().filter(|part| !part.trim().is_empty()) {
                text.push_str(&format!("{LEFT_OUT}{part}\n"));
            }
        }
    }
    text
}

/// Release, where one is named, and commands of a script.
///
/// # Errors
/// Where the file is of a later form, no text, too long, or on a release that is not simulated.
pub fn read(bytes: &[u8]) -> Result<(Option<Release>, Vec<String>), SessionError> {
    let text = str::from_utf8(bytes).map_err(|_| SessionError::Damaged("it is no UTF-8 text"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(form) = text
        .strip_prefix(START)
        .and_then(|rest| rest.lines().next())
        && form.trim() != "1"
    {
        return Err(SessionError::Later(form.trim().to_owned()));
    }
    let lines = commands(text);
    if lines.len() > Tree::MAX_NODES {
        return Err(SessionError::TooLong("it has more than 200,000 lines"));
    }
    Ok((release(text)?, lines))
}

/// The release that a script names in the comments that it begins with.
///
/// # Errors
/// Where that release is not simulated.
pub fn release(text: &str) -> Result<Option<Release>, SessionError> {
    let comments = text.lines().take_while(|line| line.starts_with('#'));
    let named = comments
        .filter_map(|line| line.strip_prefix(RELEASE))
        .next();
    Ok(named.map(|text| text.trim().parse()).transpose()?)
}
