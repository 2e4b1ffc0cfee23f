//! What is known of a file, as one HTML file that needs nothing else.
//!
//! It holds names of keys and prefixes, counts and sizes; no value of any key, so that it can be
//! handed on. Keys of Secrets are left out unless they are asked for.

use std::fmt::Write as _;

use super::sums::sums;
use crate::engine::document::Document;
use crate::engine::file::OpenedFile;
use crate::engine::protocol::FileSums;
use crate::kubernetes::mask;
use crate::kv::quote::bare_start;

/// Keys of each list of largest ones.
const TOP: usize = 25;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;\
color:#1b2430;background:#fff}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}\
table{border-collapse:collapse;width:100%;font-size:13px}th,td{padding:3px 10px 3px 0;border-bottom:1px solid #ddd;\
text-align:left;vertical-align:top;overflow-wrap:anywhere}td.n,th.n{text-align:right;white-space:nowrap}\
code{font-size:13px}.muted{color:#5c6673}\
@media(prefers-color-scheme:dark){body{color:#e4eaf2;background:#141b24}th,td{border-color:#2c3846}.muted{color:#8f9cac}}";

/// The report; `secrets`: with the keys of Secrets.
pub(super) fn report(file: &OpenedFile, secrets: bool) -> String {
    let summary = file.summary();
    let sums = sums(&file.fills, Some(file));
    let mut out = Page::new(&format!("What is in {}", summary.name));
    if let Some(facts) = &summary.file {
        out.heading("The file");
        let seal = format!("{:?}", facts.seal);
        let integrity = match facts.problem_count {
            0 if facts.is_busy || facts.is_stopped => "no problem found, but not all was checked",
            0 => "no problem found",
            _ => "damaged, see the list of problems",
        };
        let compacted = match summary.compact_revision {
            rev if rev > 0 => rev.to_string(),
            _ => "never".to_owned(),
        };
        out.table(
            &[("", false), ("", false)],
            [
                ("kind", facts.kind.clone()),
                ("how that is known", facts.evidence.clone()),
                ("integrity", integrity.to_owned()),
                ("hash at the end", seal.to_lowercase()),
                (
                    "size",
                    format!("{} bytes, pages of {}", facts.size, facts.page_size),
                ),
                ("revision", summary.head.to_string()),
                ("compacted at", compacted),
                ("live keys", summary.live_keys.to_string()),
                ("rows", summary.records.to_string()),
                (
                    "bytes of rows",
                    format!(
                        "{}, of these live {}",
                        sums.total.bytes, sums.total.live_bytes
                    ),
                ),
                ("written", times(&sums)),
                ("alarms", listed(&sums.alarms)),
                ("members", listed(&sums.members)),
            ]
            .map(|(name, value)| vec![name.to_owned(), value]),
        );
        if !facts.contents.is_empty() {
            out.heading("What etcd keeps beside the keys");
            let rows = facts.contents.iter();
            out.table(
                &[("name", false), ("value", false)],
                rows.map(|(name, value)| vec![name.clone(), value.clone()]),
            );
        }
    }
    out.heading("What fills it, by prefix");
    let number = |name: &'static str| (name, true);
    out.table(
        &[
            ("prefix", false),
            ("kind", false),
            number("live keys"),
            number("rows"),
            number("live bytes"),
            number("bytes in all"),
        ],
        sums.prefixes.iter().map(|one| {
            let sum = one.sum;
            vec![
                if one.name.is_empty() {
                    "(none)".to_owned()
                } else {
                    one.name.clone()
                },
                one.kind.clone(),
                sum.live_keys.to_string(),
                sum.rows.to_string(),
                sum.live_bytes.to_string(),
                sum.bytes.to_string(),
            ]
        }),
    );
    keys(&mut out, file, secrets);
    if let Some(facts) = summary
        .file
        .as_ref()
        .filter(|facts| facts.problem_count > 0)
    {
        out.heading("Problems");
        out.table(
            &[("where", false), ("what", false), ("what it means", false)],
            facts.problems.iter().map(|problem| {
                vec![
                    problem.place.clone(),
                    problem.text.clone(),
                    problem.meaning.clone(),
                ]
            }),
        );
    }
    out.end(secrets)
}

fn times(sums: &FileSums) -> String {
    match &sums.times {
        Some((from, to)) => format!("{from} to {to}"),
        None => "not told by the file".to_owned(),
    }
}

fn listed(all: &[String]) -> String {
    match all {
        [] => "none".to_owned(),
        all => all.join(", "),
    }
}

/// The keys whose rows take the most bytes together.
fn keys(out: &mut Page, file: &OpenedFile, secrets: bool) {
    let history = file.history();
    let mut all: Vec<(u64, u64, crate::history::KeyId)> = history
        .keys()
        .map(|key| {
            let rows = key.changes.iter();
            let bytes = rows.map(|row| history.lens(row).sum()).sum();
            (bytes, key.changes.len() as u64, key.id)
        })
        .collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    out.heading("Keys with the most bytes");
    let rows = all.iter().take(TOP).map(|(bytes, rows, id)| {
        let key = history.key_bytes(*id).unwrap_or_default();
        let name = match mask::is_secret_key(key) && !secrets {
            true => "a Secret".to_owned(),
            false => bare_start(key),
        };
        vec![name, rows.to_string(), bytes.to_string()]
    });
    out.table(&[("key", false), ("rows", true), ("bytes", true)], rows);
}

/// HTML in the making.
struct Page {
    text: String,
}

impl Page {
    fn new(title: &str) -> Self {
        let title = escaped(title);
        Self {
            text: format!(
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
            ),
        }
    }

    fn heading(&mut self, text: &str) {
        self.push(format_args!("<h2>{}</h2>\n", escaped(text)));
    }

    /// `columns`: names, and whether they hold numbers; unnamed columns have no head.
    fn table(&mut self, columns: &[(&str, bool)], rows: impl IntoIterator<Item = Vec<String>>) {
        self.text.push_str("<table>\n");
        let class = |is_number: bool| if is_number { " class=\"n\"" } else { "" };
        if columns.iter().any(|(name, _)| !name.is_empty()) {
            self.text.push_str("<tr>");
            for (name, is_number) in columns {
                self.push(format_args!(
                    "<th{}>{}</th>",
                    class(*is_number),
                    escaped(name)
                ));
            }
            self.text.push_str("</tr>\n");
        }
        for row in rows {
            self.text.push_str("<tr>");
            for (cell, (_, is_number)) in row.iter().zip(columns) {
                self.push(format_args!(
                    "<td{}>{}</td>",
                    class(*is_number),
                    escaped(cell)
                ));
            }
            self.text.push_str("</tr>\n");
        }
        self.text.push_str("</table>\n");
    }

    fn end(mut self, secrets: bool) -> String {
        let left_out = match secrets {
            true => "No value of a key is in it.",
            false => "No value of a key is in it, and no name of a Secret.",
        };
        self.push(format_args!(
            "<p class=\"muted\">Made by Revscope in a browser tab. {left_out}</p>\n</body>\n</html>\n"
        ));
        self.text
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.text.write_fmt(text);
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
