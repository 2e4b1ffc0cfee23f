//! What stands beside the picture's marks: each key's value at the playhead, and times on the
//! axis. Both come from the document, since a history keeps neither.

use super::document::{self, Document};
use crate::history::KeyId;
use crate::kubernetes::time::rfc3339;
use crate::timeline::{Scene, Time};

/// Characters of a value that stand beside the playhead.
const VALUE_CHARS: usize = 18;
/// What stands there for a key that does not exist.
const ABSENT: &str = "∅";

/// Half of the shortest time that is told.
const NO_TIME_MS: i64 = 50;

/// Adds what is known of the times, and the values as of a revision.
pub(super) fn add(document: &dyn Document, as_of: Option<i64>, scene: &mut Scene) {
    scene.times = times(document, scene);
    scene.as_of = as_of;
    let history = document.history();
    // What was compacted cannot be told from what never was.
    let Some(rev) = as_of.filter(|rev| *rev >= history.compact_revision()) else {
        return;
    };
    for lane in &mut scene.lanes {
        if lane.group.is_some() || lane.is_ghost {
            continue;
        }
        let key = history.key(KeyId(lane.key));
        let then = key.and_then(|key| Some((key.key, key.at(rev)?)));
        lane.then = match then {
            None => Some(ABSENT.to_owned()),
            Some((key, change)) => {
                let record = document.record(document::bucket_key(change)).ok().flatten();
                record.map(|record| short(&document::shown_value(key, &record.kv.value)))
            }
        };
    }
}

fn short(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

/// The times of the numbers on the axis, each told once; none where they tell nothing apart.
fn times(document: &dyn Document, scene: &Scene) -> Vec<Time> {
    let time = |rev: i64| {
        let text = document.time(rev)?;
        Some(Time { rev, text })
    };
    let ticks = scene.ticks.iter();
    let mut times: Vec<Time> = ticks.filter_map(|tick| time(tick.rev)).collect();
    times.dedup_by(|next, kept| next.text == kept.text);
    match times.len() {
        1 => Vec::new(),
        _ => times,
    }
}

/// A time of day, and how wrong it may be, both given in microseconds; UTC, since 1970.
pub(super) fn clock_time(micros: i64, wrong_micros: i64) -> Option<String> {
    let text = rfc3339(micros.div_euclid(1_000_000))?;
    let time = text.get(11..19)?;
    let wrong = match wrong_micros / 1000 {
        ..NO_TIME_MS => String::new(),
        wrong => format!(" ±{}", duration(wrong)),
    };
    Some(format!("{time}{wrong}"))
}

/// A time of a virtual clock, and how wrong it may be, both in milliseconds.
pub(super) fn virtual_time(ms: i64, wrong_ms: i64) -> String {
    let wrong = match wrong_ms {
        ..NO_TIME_MS => String::new(),
        wrong => format!(" ±{}", duration(wrong)),
    };
    format!("+{}{wrong}", duration(ms))
}

/// Tenths of a second below a minute, then whole ones.
fn duration(ms: i64) -> String {
    let ms = ms.saturating_add(NO_TIME_MS);
    let seconds = ms / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => match ms / 100 % 10 {
            0 => format!("{seconds} s"),
            tenths => format!("{seconds}.{tenths} s"),
        },
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_short() {
        let check = |ms, wrong, expected| assert_eq!(super::virtual_time(ms, wrong), expected);
        check(0, 0, "+0 s");
        check(4, 2, "+0 s");
        check(3_012, 4, "+3 s");
        check(380, 0, "+0.4 s");
        check(5_000, 2_500, "+5 s ±2.5 s");
        check(65_000, 0, "+1 min 5 s");
        check(7_380_000, 60_000, "+2 h 3 min ±1 min 0 s");
    }
}
