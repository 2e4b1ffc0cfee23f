//! Lessons: each one's own solution reaches all its goals, one after the other; nothing else does.

use revscope::lesson::library::LESSONS;
use revscope::lesson::{Lesson, Progress};
use revscope::shell::{Config, Ran, Shell};

fn lessons() -> Vec<(String, Lesson)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("static/lessons").unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match Lesson::parse(&text) {
            Ok(lesson) => all.push((name, lesson)),
            Err(errors) => panic!("{name}: {}", errors[0]),
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn every_solution_reaches_every_goal() {
    let all = lessons();
    assert!(all.len() >= 12, "{} lessons", all.len());
    for (name, lesson) in all {
        let mut shell = Shell::new(Config::default());
        let mut progress = Progress::default();
        let mut last = Ran::default();
        assert!(
            (4..=10).contains(&lesson.steps.len()),
            "{name}: {} steps",
            lesson.steps.len()
        );
        while let Some(step) = lesson.step(&progress) {
            let place = format!("{name}, {}", step.title);
            if step.goals.is_empty() {
                assert!(
                    step.solution.is_empty(),
                    "{place}: a solution without a goal"
                );
                progress = progress.next(&lesson);
                continue;
            }
            assert!(
                !step.is_reached(&shell, &last),
                "{place}: reached at the start"
            );
            let wrong = shell.clone().run("etcdctl frobnicate");
            assert!(
                !step.is_reached(&shell, &wrong),
                "{place}: reached by a wrong command"
            );
            for line in &step.solution {
                last = shell.run(line);
            }
            let output = String::from_utf8_lossy(&last.stdout).into_owned();
            for goal in &step.goals {
                assert!(goal.holds(&shell, &last), "{place}: {goal:?}\n{output}");
            }
            progress = progress.after(&lesson, &shell, &last);
            assert!(
                !step.hints.is_empty() && !step.look.is_empty(),
                "{place}: no hint or nothing to look at"
            );
        }
        assert!(progress.is_done(&lesson));
    }
}

#[test]
fn the_program_has_every_lesson_file_and_goals_are_shown_as_written() {
    let names = LESSONS.iter().map(|(name, _)| format!("{name}.lesson"));
    let files: Vec<_> = lessons().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.collect::<Vec<_>>(), files);
    for (name, text) in LESSONS {
        let written = text.lines().filter_map(|line| line.strip_prefix("goal: "));
        let lesson = Lesson::parse(text).unwrap();
        let goals = lesson.steps.iter().flat_map(|step| &step.goals);
        let shown: Vec<_> = goals.map(ToString::to_string).collect();
        assert_eq!(shown, written.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    let check = |text: &str, expected: &str| {
        let errors = Lesson::parse(text).unwrap_err();
        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(shown[0].starts_with(expected), "{}", shown.join("\n"));
    };
    check("", "line 1, column 1: nothing, expected a title");
    check(
        "text\n# T\n## S",
        "line 1, column 1: text, expected the lesson's title",
    );
    check(
        "# T\n",
        "line 1, column 1: the end of the file, expected a step",
    );
    check(
        "# T\n## S\ngoal: revision = five",
        "line 3, column 18: `five`, expected a number",
    );
    check(
        "# T\n## S\ngoal: frob",
        "line 3, column 7: `frob`, expected a goal such as",
    );
    check(
        "# T\n## S\nlook: terminal, moon",
        "line 3, column 17: `moon`, expected terminal",
    );
    check(
        "## S\n# T",
        "line 1, column 1: a step, expected the lesson's title first",
    );
    check(
        "# T\n# U\n## S",
        "line 2, column 1: a second title, expected one title",
    );
    check(
        "# T\n### S",
        "line 2, column 1: a heading, expected `# Title` or",
    );
    check(
        "# T\n## S\n\nrun:",
        "line 4, column 5: nothing, expected something behind `run:`",
    );
    check(
        "# T\n## S\ngoal: value a @ x = b",
        "line 3, column 7: `value a @ x = b`, expected a revision behind `@`",
    );
    check(
        "# T\n## S\ngoal: error = x",
        "line 3, column 7: `error = x`, expected `error contains",
    );
    check(
        "# T\n## S\ngoal: moons = 3",
        "line 3, column 7: `moons = 3`, expected revision, compacted",
    );
    check(
        "# T\n## S\nlook: revision one",
        "line 3, column 7: `revision one`, expected terminal",
    );
    check(
        &format!("# T\n{}", "x".repeat(256 << 10)),
        "line 1, column 1: 262148 bytes, expected at most 262144",
    );
    check(
        "# T\n## S\nrum: x",
        "line 3, column 1: `rum:`, expected `run:`",
    );
    check(
        "# T\nrun: x\n## S",
        "line 2, column 1: `run:`, expected a step before it",
    );
    check(
        "# T\n## S\ngoal: output has x",
        "line 3, column 7: `output has x`, expected `output contains",
    );
}
