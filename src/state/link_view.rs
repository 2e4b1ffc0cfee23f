//! What is looked at, in a session's link: behind the session, in parts that may be absent.
//!
//! ```text
//! #s=1.<session>&sel=9.0&as=7&show=3-12
//!      selected change, store as of a revision, visible revisions
//! ```
//!
//! A part that is not known or not sound is passed over: the session opens all the same.

use super::DocState;
use crate::kv::Revision;
use crate::timeline::Viewport;

/// What a link asks to be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LinkView {
    selected: Option<Revision>,
    playhead: Option<i64>,
    shown: Option<(i64, i64)>,
}

impl LinkView {
    /// What is looked at now, as far as it is not what a session shows anyway.
    pub(super) fn of(document: &DocState) -> Self {
        let last = document.summary.as_ref().and_then(|summary| summary.last);
        Self {
            selected: document.selected.filter(|at| Some(*at) != last),
            playhead: document.playhead,
            // A range is shown with a revision's room beside it.
            shown: document.view.viewport.map(|viewport| {
                let (from, to) = viewport.visible();
                (from + 1, (to - 1).max(from + 1))
            }),
        }
    }

    /// As the end of a fragment.
    pub(super) fn write(&self) -> String {
        let mut text = String::new();
        if let Some(at) = self.selected {
            text.push_str(&format!("&sel={}.{}", at.main, at.sub));
        }
        if let Some(rev) = self.playhead {
            text.push_str(&format!("&as={rev}"));
        }
        if let Some((from, to)) = self.shown {
            text.push_str(&format!("&show={from}-{to}"));
        }
        text
    }

    /// A fragment without its view, and the view.
    pub(super) fn split(fragment: &str) -> (String, Self) {
        let mut parts = fragment.split('&');
        let session = parts.next().unwrap_or_default().to_owned();
        let mut view = Self::default();
        for part in parts {
            match part.split_once('=') {
                Some(("sel", value)) => view.selected = revision(value),
                Some(("as", value)) => view.playhead = value.parse().ok(),
                Some(("show", value)) => view.shown = range(value),
                _ => {}
            }
        }
        (session, view)
    }

    /// Looks at it, as far as the store has it.
    pub(super) fn show(&self, document: &mut DocState) {
        let head = document.head();
        if let Some(at) = self.selected.filter(|at| (1..=head).contains(&at.main)) {
            document.selected = Some(at);
        }
        document.playhead = self.playhead.map(|rev| rev.clamp(1, head));
        if let Some((from, to)) = self.shown {
            let (from, to) = (from.clamp(0, head), to.clamp(0, head.saturating_add(8)));
            document.view.viewport = Some(Viewport::between_revisions(from, to));
        }
    }
}

fn revision(text: &str) -> Option<Revision> {
    let (main, sub) = text.split_once('.')?;
    Some(Revision::new(main.parse().ok()?, sub.parse().ok()?))
}

fn range(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_comes_back_and_what_is_unsound_is_passed_over() {
        let check = |fragment: &str, expected: &str| {
            let (session, view) = LinkView::split(fragment);
            assert_eq!(session + &view.write(), expected);
        };
        check("#s=1.ab", "#s=1.ab");
        check(
            "#s=1.ab&sel=9.1&as=7&show=3-12",
            "#s=1.ab&sel=9.1&as=7&show=3-12",
        );
        check("#s=1.ab&later=x&as=7", "#s=1.ab&as=7");
        check("#s=1.ab&sel=9&as=&show=3-&&=", "#s=1.ab");
        check("", "");
    }
}
