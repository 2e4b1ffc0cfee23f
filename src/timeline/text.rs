//! A scene as lines of text, aligned: for a chat, a ticket, a terminal.
//!
//! ```text
//! revision  2   3   4   5   6   7   8   9
//! foo1      +1==================x   +1===*2===
//! foo2          +1============================
//! ```

use std::fmt::Write as _;

use super::paint::grouped;
use super::scene::{Lane, MarkKind, Scene, SpanLook};

/// Pixels of the picture that become one character.
const CHAR_PX: f64 = 8.0;
/// Labels are cut to so many characters.
const LABEL_CHARS: usize = 40;

/// What the signs mean.
const LEGEND: &str = "+ create  * modify  x tombstone  = alive  - compacted  ~ with a lease  1-9 # changes too close to tell apart\n\
. compacted, nothing known  o fossil";

/// Writes a scene as text; one line a lane, ASCII but for what keys are named.
pub fn to_text(scene: &Scene) -> String {
    let columns = (scene.plot.width_px() / CHAR_PX).floor().max(1.0) as usize + 1;
    let label = |lane: &Lane| {
        let sign = match lane.group {
            Some(group) if group.is_open => "v ",
            Some(_) => "> ",
            None => "",
        };
        let count = lane
            .group
            .map_or(String::new(), |group| format!(" ({})", group.keys));
        let indent = usize::from(lane.depth) * 2;
        let text = format!("{:indent$}{sign}{}{count}", "", lane.label);
        text.chars().take(LABEL_CHARS).collect::<String>()
    };
    let labels: Vec<String> = scene.lanes.iter().map(label).collect();
    let width = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0)
        .max(8);
    let mut out = String::new();
    let mut line = |label: &str, cells: &Line| {
        let text = format!("{label:<width$}  {}", cells.text());
        out.push_str(text.trim_end());
        out.push('\n');
    };

    let mut axis = Line::new(columns);
    for tick in &scene.ticks {
        axis.write_apart(column(scene, tick.x_px), &tick.rev.to_string());
    }
    line("revision", &axis);
    for (lane, label) in scene.lanes.iter().zip(&labels) {
        line(label, &cells(scene, lane, columns));
    }
    let mut notes = format!("head {}", grouped(scene.head));
    if scene.compact_revision > 0 {
        // Writing to a String cannot fail.
        let _ = write!(notes, ", compacted at {}", grouped(scene.compact_revision));
    }
    let shown = scene.lanes.len() as u64;
    if shown < scene.lane_count {
        let _ = write!(notes, ", {shown} of {} lanes", scene.lane_count);
    }
    let _ = write!(out, "\n{notes}\n{LEGEND}\n");
    out
}

/// One lane: what cannot be known first, bars over it, then bins, then marks, whose versions go
/// where there is room.
fn cells(scene: &Scene, lane: &Lane, columns: usize) -> Line {
    let mut line = Line::new(columns);
    (0..unknown(scene).min(columns)).for_each(|at| line.put(at, '.'));
    for span in scene.spans.iter().filter(|span| span.key == lane.key) {
        let sign = match span.look {
            SpanLook::Retained => '=',
            SpanLook::Compacted => '-',
        };
        let (from, to) = (column(scene, span.x0_px), column(scene, span.x1_px));
        (from..=to).for_each(|at| line.put(at, sign));
    }
    // A column is wider than a bin may be: what falls into one is added up.
    let mut counts = vec![0_u64; columns];
    for bin in scene.bins.iter().filter(|bin| bin.key == lane.key) {
        let (from, to) = (column(scene, bin.x0_px), column(scene, bin.x1_px));
        let middle = column(scene, (bin.x0_px + bin.x1_px) / 2.0);
        let (from, to) = if to > from + 1 {
            (from, to)
        } else {
            (middle, middle)
        };
        let each = (bin.count / (to - from + 1) as u64).max(1);
        for count in counts.iter_mut().take(to + 1).skip(from) {
            *count += each;
        }
    }
    for (at, count) in counts
        .into_iter()
        .enumerate()
        .filter(|(_, count)| *count > 0)
    {
        let digit = u32::try_from(count)
            .ok()
            .and_then(|count| char::from_digit(count, 10));
        line.put(at, digit.unwrap_or('#'));
    }
    for ghost in scene.ghosts.iter().filter(|ghost| ghost.key == lane.key) {
        line.put(column(scene, ghost.x_px), 'o');
    }
    for bin in scene.ghost_bins.iter().filter(|bin| bin.key == lane.key) {
        let (from, to) = (column(scene, bin.x0_px), column(scene, bin.x1_px));
        (from..=to).for_each(|at| line.put(at, 'o'));
    }
    let marks: Vec<_> = scene
        .marks
        .iter()
        .filter(|mark| mark.key == lane.key)
        .collect();
    for (index, mark) in marks.iter().enumerate() {
        let at = column(scene, mark.x_px);
        let sign = match (mark.kind, mark.is_compacted) {
            (MarkKind::Tombstone, _) => 'x',
            (MarkKind::Create, _) => '+',
            (MarkKind::Modify, _) => '*',
        };
        line.put(at, sign);
        let next = marks
            .get(index + 1)
            .map_or(columns, |next| column(scene, next.x_px));
        let lease = if mark.has_lease { "~" } else { "" };
        let version = format!("{}{lease}", mark.version);
        if mark.version > 0 && at + version.len() < next {
            line.write(at + 1, &version);
        }
    }
    line
}

/// Columns in front of the compact revision: what happened there, a store cannot tell.
fn unknown(scene: &Scene) -> usize {
    let edge = scene
        .viewport
        .px_from_rev(scene.compact_revision, &scene.plot);
    if scene.compact_revision > 0 && edge > scene.plot.x0_px {
        column(scene, edge)
    } else {
        0
    }
}

fn column(scene: &Scene, x_px: f64) -> usize {
    ((x_px - scene.plot.x0_px) / CHAR_PX).round().max(0.0) as usize
}

/// A row of characters.
struct Line {
    cells: Vec<char>,
    /// Where the last text ended.
    end: usize,
}

impl Line {
    fn new(columns: usize) -> Self {
        Self {
            cells: vec![' '; columns],
            end: 0,
        }
    }

    fn put(&mut self, at: usize, sign: char) {
        if let Some(cell) = self.cells.get_mut(at) {
            *cell = sign;
        }
    }

    fn write(&mut self, at: usize, text: &str) {
        for (at, sign) in (at..).zip(text.chars()) {
            self.put(at, sign);
        }
    }

    /// Writes a text that starts at `at`, unless it would touch the one before or be cut.
    fn write_apart(&mut self, at: usize, text: &str) {
        let end = at + text.len();
        if (self.end == 0 || at > self.end) && end <= self.cells.len() + 1 {
            self.cells.resize(self.cells.len().max(end), ' ');
            self.write(at, text);
            self.end = end;
        }
    }

    fn text(&self) -> String {
        self.cells.iter().collect()
    }
}
