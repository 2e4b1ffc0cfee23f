//! `-w table`: a frame of characters, as tablewriter 0.0.5 draws it.
//!
//! ```text
//! +----------------+------------+
//! |    ENDPOINT    |    HASH    |
//! +----------------+------------+
//! | 127.0.0.1:2379 | 1084519789 |
//! +----------------+------------+
//! ```

/// Titles centred in capitals, cells to the right.
pub fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let titles: Vec<String> = titles
        .iter()
        .map(|title| title.replace(['_', '.'], " ").to_uppercase())
        .collect();
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells
                .chain([title])
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut rule = String::from("+");
    let mut head = String::from("|");
    for (title, width) in titles.iter().zip(&widths) {
        rule += &"-".repeat(width + 2);
        rule.push('+');
        head += &format!(" {title:^width$} |");
    }
    let mut out = format!("{rule}\n{head}\n{rule}\n");
    for row in rows {
        out.push('|');
        for (cell, width) in row.iter().zip(&widths) {
            out += &format!(" {cell:>width$} |");
        }
        out.push('\n');
    }
    out + &rule + "\n"
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}
