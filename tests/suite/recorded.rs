//! The recorded transcripts of real tools, replayed.

use std::collections::BTreeMap;

use revscope::shell::transcript::{Answer, Recorded, config, read, replay, without_log};

use crate::transcripts::text;

/// What differs in a row, in words; nothing where stdout, exit and stderr (less log lines) agree.
fn difference(recorded: &Recorded, answer: &Answer) -> Option<String> {
    let real = &recorded.answer;
    let mut parts = Vec::new();
    if real.exit != answer.exit {
        parts.push(format!("exit {} for {}", answer.exit, real.exit));
    }
    let mut bytes = |name: &str, ours: &[u8], theirs: &[u8]| {
        if ours != theirs {
            let show = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes);
                text.chars().take(700).collect::<String>()
            };
            parts.push(format!(
                "{name}\n--- ours\n{}\n--- real\n{}",
                show(ours),
                show(theirs)
            ));
        }
    };
    bytes("stdout", &answer.stdout, &real.stdout);
    bytes("stderr", &answer.stderr, &without_log(&real.stderr));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Replays a recording and answers its differing rows by number.
fn differences(name: &str) -> (usize, BTreeMap<i64, String>) {
    let recording = read(&text(name)).unwrap();
    let answers = replay(config(&recording), recording.iter().map(|row| &row.command));
    assert_eq!(answers.len(), recording.len());
    let rows = recording.iter().zip(&answers);
    let differing = rows.filter_map(|(recorded, answer)| {
        let what = difference(recorded, answer)?;
        let argv: Vec<_> = recorded
            .command
            .argv
            .iter()
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect();
        Some((
            recorded.command.number,
            format!("{}: {what}", argv.join(" ")),
        ))
    });
    (recording.len(), differing.collect())
}

#[test]
fn dev_show() {
    let Ok(name) = std::env::var("SHOW") else {
        return;
    };
    let (all, differing) = differences(&name);
    for (number, what) in &differing {
        println!("#{number} {what}\n");
    }
    println!("{name}: {} of {all} differ", differing.len());
}
