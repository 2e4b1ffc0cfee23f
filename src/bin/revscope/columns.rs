//! Text in columns, for a person.

use std::io::{self, Write};

/// Writes titles and rows; all columns but the last are as wide as their widest cell, numbers to
/// the right.
pub fn columns<const N: usize>(
    titles: [&str; N],
    rows: &[[String; N]],
    out: &mut dyn Write,
) -> io::Result<()> {
    let titles = titles.map(str::to_owned);
    let all = || std::iter::once(&titles).chain(rows);
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = all().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    let is_number: [bool; N] = std::array::from_fn(|column| {
        let mut cells = rows.iter().filter_map(|row| row.get(column));
        cells.all(|cell| cell.parse::<i64>().is_ok() || matches!(cell.as_str(), "-" | ""))
    });
    for row in all() {
        let mut line = String::new();
        for (at, ((cell, width), is_number)) in row.iter().zip(widths).zip(is_number).enumerate() {
            let is_last = at + 1 == N;
            match (is_number, is_last) {
                (true, _) => line.push_str(&format!("{cell:>width$}")),
                (false, true) => line.push_str(cell),
                (false, false) => line.push_str(&format!("{cell:width$}")),
            }
            if !is_last {
                line.push_str("  ");
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
