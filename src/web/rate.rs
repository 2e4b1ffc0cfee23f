//! How fast long work goes, in bytes a second.

use yew::prelude::*;

use crate::engine::Phase;

/// No rate is told before that time has gone by, in milliseconds: the first pieces say little.
const LEAST_MS: f64 = 400.0;

/// Bytes a second since the phase began; none while that is too short ago.
#[hook]
pub fn use_rate(phase: Option<Phase>, done: u64) -> Option<u64> {
    let rate = use_state_eq(|| None);
    let begin = use_mut_ref(|| None::<(Phase, u64, f64)>);
    {
        let rate = rate.clone();
        use_effect_with((phase, done), move |(phase, done)| {
            let Some(phase) = *phase else {
                return;
            };
            let now_ms = js_sys::Date::now();
            let mut begin = begin.borrow_mut();
            match *begin {
                Some((same, first, since_ms)) if same == phase && first <= *done => {
                    let ms = now_ms - since_ms;
                    if ms >= LEAST_MS {
                        // Two digits are enough, and do not flicker.
                        let exact = (*done - first) as f64 * 1000.0 / ms;
                        let step = 10f64.powf(exact.max(1.0).log10().floor() - 1.0);
                        rate.set(Some(((exact / step).round() * step) as u64));
                    }
                }
                _ => {
                    *begin = Some((phase, *done, now_ms));
                    rate.set(None);
                }
            }
        });
    }
    *rate
}

/// What a phase does, in plain words.
pub fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Unpack => "unpacking",
        Phase::Reading => "finding the buckets",
        Phase::Finding => "looking for lost pages",
        Phase::Records => "reading the records",
        Phase::Hash => "verifying the sha256 at the end",
        Phase::Pages => "mapping and checking the pages",
        Phase::Newer => "comparing with the newer transaction",
        Phase::Fossils => "searching free pages for old rows",
        Phase::Order => "sorting the old rows by key",
        Phase::Kept => "loading its kept index",
        Phase::Recheck => "comparing the kept index with the file",
    }
}

/// Done, of so much, and how fast.
pub fn amount(done: u64, total: u64, rate: Option<u64>) -> String {
    use crate::web::number::bytes;
    let mut text = format!("{} of {}", bytes(done), bytes(total));
    if let Some(rate) = rate.filter(|rate| *rate > 0) {
        text.push_str(&format!(", {} a second", bytes(rate)));
    }
    text
}
