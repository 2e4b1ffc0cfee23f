//! What the browser keeps from visit to visit: the session, and what was done of the lessons.
//! Nothing of a file.

use crate::session::save;
use crate::state::{Keep, SessionState};

const LESSONS_KEY: &str = "revscope.lessons";
const SESSION_KEY: &str = "revscope.session";
/// Holds "no" where nothing is to be kept.
const KEEP_KEY: &str = "revscope.session.keep";

/// A browser may refuse its storage, as to a frame of a strict page: all is then forgotten.
pub fn storage() -> Option<web_sys::Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

/// What was done of the lessons, as [`crate::state::LessonState::kept`] wrote it.
pub fn lessons() -> Option<String> {
    storage()?.get_item(LESSONS_KEY).ok().flatten()
}

/// Keeps what was done of the lessons.
pub fn keep_lessons(text: &str) {
    if let Some(storage) = storage() {
        // A full or refusing storage costs the progress, nothing else.
        drop(storage.set_item(LESSONS_KEY, text));
    }
}

/// The session of the last visit.
pub fn session() -> Option<String> {
    storage()?.get_item(SESSION_KEY).ok().flatten()
}

/// Whether sessions are to be kept.
pub fn is_wanted() -> bool {
    let kept = storage().and_then(|storage| storage.get_item(KEEP_KEY).ok().flatten());
    kept.as_deref() != Some("no")
}

/// Keeps or forgets what changed; answers whether the browser could.
pub fn follow(before: &SessionState, after: &SessionState) -> bool {
    let has_changed = before.tree != after.tree
        || (before.keep, before.is_opening) != (after.keep, after.is_opening);
    let Some(storage) = storage().filter(|_| has_changed) else {
        return true;
    };
    if before.keep != after.keep && after.keep != Keep::Held {
        let done = match after.keep {
            Keep::No => storage.set_item(KEEP_KEY, "no"),
            _ => storage.remove_item(KEEP_KEY),
        };
        // A refusing storage has nothing to forget either.
        drop(done);
    }
    match after.keep {
        Keep::Yes if !after.is_opening => storage.set_item(SESSION_KEY, &save(&after.tree)).is_ok(),
        // Before the first answer there is nothing to say yet.
        Keep::Yes if before.is_opening || before.tree.release().is_empty() => true,
        Keep::Held => true,
        Keep::Yes | Keep::No => storage.remove_item(SESSION_KEY).is_ok(),
    }
}
