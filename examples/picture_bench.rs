//! Times of layout and paint over histories of growing size, printed as a table:
//! `cargo run --release --example picture_bench [MOST]`, `MOST` the largest count of revisions.
//!
//! A frame is to cost pixels: the column of a zoom should not grow from row to row.

#![allow(clippy::expect_used, reason = "a tool of developers")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use plotters::prelude::{IntoDrawingArea, SVGBackend};
use revscope::history::History;
use revscope::kv::{BucketKey, LeaseId, RecordRef, Revision};
use revscope::timeline::{
    Arrangement, Focus, Grouping, LaneOrder, Palette, Scene, View, Viewport, layout_lanes, paint,
};

/// Frames of which the median is taken.
const FRAMES: i64 = 21;
/// How often a history is folded; the shortest time counts.
const BUILDS: usize = 3;

fn main() {
    let most = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let most: i64 = most.unwrap_or(10_000_000);
    println!(
        "revisions    keys   records/s  order ms  settle   \
         layout / paint ms (things drawn) of all, of 1/100, of 60 revisions"
    );
    for revisions in [1_000, 10_000, 100_000, 1_000_000, 10_000_000] {
        for keys in [10, 1_000, 100_000] {
            if revisions <= most && keys <= revisions {
                for grouping in [Grouping::Auto, Grouping::Keys] {
                    row(revisions, keys, grouping);
                }
            }
        }
    }
}

fn row(revisions: i64, keys: i64, grouping: Grouping) {
    let names: Vec<String> = (0..keys)
        .map(|key| {
            format!(
                "/registry/kind-{}/ns-{}/object-{key:06}",
                key % 17,
                key % 40
            )
        })
        .collect();
    let (history, built, settled) = (0..BUILDS)
        .map(|_| build(revisions, &names))
        .min_by_key(|(_, built, _)| *built)
        .expect("one at least");
    let arrangement = Arrangement {
        grouping,
        ..Arrangement::default()
    };
    let start = Instant::now();
    let order = LaneOrder::new(&history, None, &arrangement);
    let ordered = start.elapsed();
    let zooms = [revisions as f64, (revisions as f64 / 100.0).max(60.0), 60.0];
    let times: Vec<String> = zooms
        .iter()
        .map(|span| zoom(&history, &order, *span))
        .collect();
    println!(
        "{revisions:>9} {keys:>7}  {:>10.0}  {:>8.2} {:>8.2}  {}  {grouping:?}",
        revisions as f64 / built.as_secs_f64(),
        ms(ordered),
        ms(settled),
        times.join("  ")
    );
}

/// A history of puts that go round the keys, the time it took to fold, and how much of that was
/// putting it in order.
fn build(revisions: i64, names: &[String]) -> (History, Duration, Duration) {
    let start = Instant::now();
    let mut history = History::new();
    let keys = names.len() as i64;
    for (number, name) in (0..revisions).zip(names.iter().cycle()) {
        history.push(&RecordRef {
            bucket_key: BucketKey {
                revision: Revision::new(number + 2, 0),
                tombstone: false,
            },
            key: name.as_bytes(),
            value: b"value",
            create_revision: number % keys + 2,
            mod_revision: number + 2,
            version: number / keys + 1,
            lease: LeaseId::NONE,
        });
    }
    let pushed = start.elapsed();
    history.settle();
    (history, start.elapsed(), start.elapsed() - pushed)
}

/// Median times of a frame while panning at one zoom.
fn zoom(history: &History, order: &LaneOrder, span: f64) -> String {
    let (mut layouts, mut paints, mut drawn) = (Vec::new(), Vec::new(), 0);
    for frame in 0..FRAMES {
        let from = (history.head() as f64 - span) * 0.5 + span * 0.01 * frame as f64;
        let view = View {
            width_px: 1280.0,
            height_px: 800.0,
            viewport: Some(Viewport {
                from: from as i64,
                offset: 0.0,
                span,
            }),
            scroll_px: 0.0,
        };
        let start = Instant::now();
        let scene = black_box(layout_lanes(history, None, order, &view));
        layouts.push(start.elapsed());
        drawn = drawn.max(scene.marks.len() + scene.bins.len());
        let start = Instant::now();
        black_box(svg(&scene));
        paints.push(start.elapsed());
    }
    format!(
        "{:.2} / {:.2} ({drawn})",
        ms(median(layouts)),
        ms(median(paints))
    )
}

fn svg(scene: &Scene) -> String {
    let mut text = String::new();
    {
        let size = (scene.width_px as u32, scene.height_px as u32);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        paint(scene, &Focus::default(), &Palette::LIGHT, &area, 1.0).expect("a string takes all");
    }
    text
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
