//! Reading a lesson file, with every mistake and its place.

use super::{Goal, Lesson, LessonError, Look, Step};

/// Longest lesson file, in bytes.
const MAX_BYTES: usize = 256 << 10;

const FIELDS: &str = "`run:`, `look:`, `goal:`, `hint:` or `note:`";

struct Reader {
    lesson: Lesson,
    errors: Vec<LessonError>,
    /// Whether the next line of text begins a paragraph.
    fresh: bool,
}

pub(super) fn lesson(text: &str) -> Result<Lesson, Vec<LessonError>> {
    let mut reader = Reader {
        lesson: Lesson::default(),
        errors: Vec::new(),
        fresh: true,
    };
    if text.len() > MAX_BYTES {
        reader.refuse(
            1,
            1,
            &format!("{} bytes", text.len()),
            &format!("at most {MAX_BYTES}"),
        );
        return Err(reader.errors);
    }
    let mut count = 0;
    for (number, line) in (1..).zip(text.lines()) {
        count = number;
        reader.line(number, line);
    }
    if reader.lesson.title.is_empty() && reader.errors.is_empty() {
        reader.refuse(1, 1, "nothing", "a title: `# Title`");
    } else if reader.lesson.steps.is_empty() {
        reader.refuse(count, 1, "the end of the file", "a step: `## Title`");
    }
    match reader.errors.is_empty() {
        true => Ok(reader.lesson),
        false => Err(reader.errors),
    }
}

impl Reader {
    fn refuse(&mut self, line: u64, column: usize, what: &str, expected: &str) {
        self.errors.push(LessonError {
            line,
            column: u64::try_from(column).unwrap_or(u64::MAX),
            what: what.to_owned(),
            expected: expected.to_owned(),
        });
    }

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim_end();
        if text.is_empty() {
            self.fresh = true;
            return;
        }
        if text.starts_with("//") {
            return;
        }
        if let Some(title) = text.strip_prefix("## ") {
            if self.lesson.title.is_empty() {
                self.refuse(number, 1, "a step", "the lesson's title first: `# Title`");
            }
            self.fresh = true;
            let title = title.trim().to_owned();
            self.lesson.steps.push(Step {
                title,
                ..Step::default()
            });
            return;
        }
        if let Some(title) = text.strip_prefix("# ") {
            if !self.lesson.title.is_empty() {
                self.refuse(
                    number,
                    1,
                    "a second title",
                    "one title; a step begins with `##`",
                );
            }
            self.lesson.title = title.trim().to_owned();
            self.fresh = true;
            return;
        }
        if text.starts_with('#') {
            return self.refuse(number, 1, "a heading", "`# Title` or `## Title of a step`");
        }
        if self.lesson.title.is_empty() {
            return self.refuse(number, 1, "text", "the lesson's title first: `# Title`");
        }
        let word = text.split(':').next().unwrap_or_default();
        let is_field = !word.is_empty()
            && word.len() < text.len()
            && word.bytes().all(|byte| byte.is_ascii_lowercase())
            && text
                .get(word.len() + 1..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        match is_field {
            true => self.field(number, word, text),
            false => self.paragraph(text),
        }
    }

    fn paragraph(&mut self, text: &str) {
        let paragraphs = match self.lesson.steps.last_mut() {
            Some(step) => &mut step.narration,
            None => &mut self.lesson.about,
        };
        match paragraphs.last_mut().filter(|_| !self.fresh) {
            Some(last) => {
                last.push(' ');
                last.push_str(text.trim());
            }
            None => paragraphs.push(text.trim().to_owned()),
        }
        self.fresh = false;
    }

    fn field(&mut self, number: u64, name: &str, line: &str) {
        self.fresh = true;
        let value = line.get(name.len() + 1..).unwrap_or_default().trim();
        let column = line.len() - value.len() + 1;
        if self.lesson.steps.is_empty() {
            return self.refuse(
                number,
                1,
                &format!("`{name}:`"),
                "a step before it: `## Title`",
            );
        }
        if value.is_empty() {
            return self.refuse(
                number,
                column,
                "nothing",
                &format!("something behind `{name}:`"),
            );
        }
        let mut refused = Vec::new();
        let Some(step) = self.lesson.steps.last_mut() else {
            return;
        };
        match name {
            "run" => step.solution.push(value.to_owned()),
            "hint" => step.hints.push(value.to_owned()),
            "note" => step.notes.push(value.to_owned()),
            "goal" => match Goal::parse(value) {
                Ok(goal) => step.goals.push(goal),
                Err((at, what, expected)) => refused.push((column + at, what, expected)),
            },
            "look" => {
                let mut at = column;
                for part in value.split(',') {
                    let start = at + part.len() - part.trim_start().len();
                    match look(part.trim()) {
                        Some(look) => step.look.push(look),
                        None => {
                            refused.push((start, format!("`{}`", part.trim()), LOOKS.to_owned()))
                        }
                    }
                    at += part.len() + 1;
                }
            }
            _ => refused.push((1, format!("`{name}:`"), FIELDS.to_owned())),
        }
        for (column, what, expected) in refused {
            self.refuse(number, column, &what, &expected);
        }
    }
}

const LOOKS: &str = "terminal, key index, bucket, timeline, inspector, watchers, head, compacted zone, \
                     key NAME or revision N";

fn look(text: &str) -> Option<Look> {
    Some(match text {
        "terminal" => Look::Terminal,
        "key index" => Look::KeyIndex,
        "bucket" => Look::Bucket,
        "timeline" => Look::Timeline,
        "inspector" => Look::Inspector,
        "watchers" => Look::Watchers,
        "head" => Look::Head,
        "compacted zone" => Look::Compacted,
        text => match text.split_once(' ')? {
            ("key", name) => Look::Key(name.trim().to_owned()),
            ("revision", number) => Look::Revision(number.trim().parse().ok()?),
            _ => return None,
        },
    })
}
