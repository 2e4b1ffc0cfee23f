//! Bytes of pages and what they mean: nested as the format is, true to the document, silent of Secrets.

use std::collections::BTreeSet;

use revscope::bytes::Parts;
use revscope::engine::{
    BytesView, MapCell, Request, Response, StudyAnswer, StudyRequest, TintBy, Tints,
};
use revscope::kubernetes::{self, Leave, Stored, Value, yaml};

use crate::engine_files::Asked;
use crate::kubernetes::records;
use crate::support::data;

fn study(asked: &mut Asked, request: StudyRequest) -> StudyAnswer {
    match asked.one(Request::Study(request)) {
        Response::Study(answer) => answer.read().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn view(asked: &mut Asked, page: u64, element: Option<u16>) -> Option<BytesView> {
    match study(asked, StudyRequest::Bytes { page, element }) {
        StudyAnswer::Bytes(view) => view.map(|view| *view),
        // Nothing could be opened.
        StudyAnswer::Stopped => None,
        other => panic!("{other:?}"),
    }
}

/// Parts lie inside of what they are parts of, in a place that is there.
fn nests(view: &BytesView) {
    let mut above: Vec<(u8, u64, u64)> = Vec::new();
    for part in &view.parts {
        assert!(part.start <= part.end, "{part:?}");
        above.retain(|(depth, ..)| *depth < part.depth);
        if let Some((_, start, end)) = above.last() {
            assert!(
                *start <= part.start && part.end <= *end,
                "{part:?} in {view:?}"
            );
        }
        assert_eq!(above.len(), usize::from(part.depth), "{part:?}");
        above.push((part.depth, part.start, part.end));
        let line = part.line.map(|line| line as usize);
        assert!(line.is_none_or(|line| line < view.lines.len()));
    }
    let parts = view.parts.len();
    let lines = view.lines.iter();
    assert!(
        lines
            .flat_map(|line| line.part)
            .all(|part| (part as usize) < parts)
    );
}

/// Every page and every element of a file.
fn all(asked: &mut Asked, mut each: impl FnMut(u64, Option<u16>, &BytesView)) {
    for page in 0.. {
        let Some(whole) = view(asked, page, None) else {
            return;
        };
        nests(&whole);
        each(page, None, &whole);
        let elements = whole
            .parts
            .iter()
            .filter(|part| part.name.starts_with("element "));
        for index in 0..elements.count() as u16 {
            if let Some(one) = view(asked, page, Some(index)) {
                nests(&one);
                assert_eq!(one.element, Some(index));
                each(page, Some(index), &one);
            }
        }
    }
}

#[test]
fn parts_nest_and_the_bytes_are_those_of_the_file() {
    for name in [
        "k8s/final.db",
        "bolt/nested-1024.db",
        "bolt/overflow.db",
        "snapshots/good-snapshot.db",
    ] {
        let bytes = data::unpack(name);
        let (mut asked, _) = Asked::open(name, bytes.clone());
        let (mut views, mut same) = (0, 0);
        all(&mut asked, |_, element, view| {
            views += u64::from(element.is_some());
            for (start, run) in &view.segments {
                let at = (view.offset + start) as usize;
                let truth = &bytes[at..at + run.len()];
                let stars = run.iter().zip(truth).filter(|(a, b)| a != b);
                assert!(stars.clone().all(|(shown, _)| *shown == b'*'));
                same += u64::from(stars.count() == 0);
            }
        });
        assert!(views > 60 && same > views, "{name}: {views} {same}");
    }
}

#[test]
fn damage_costs_parts_and_nothing_else() {
    let names = data::list("snapshots");
    let names = names.into_iter().filter(|name| name.ends_with(".db"));
    let files = names.map(|name| data::unpack(&format!("snapshots/{name}")));
    let hostile = data::list("crashes").into_iter();
    let hostile = hostile.map(|name| data::packed(&format!("crashes/{name}")));
    let mut views = 0;
    for bytes in files.chain(hostile) {
        let (mut asked, _) = Asked::open("damaged.db", bytes);
        all(&mut asked, |_, _, _| views += 1);
    }
    assert!(views > 5000, "{views}");
}

/// Where a path leads in a document.
fn at<'v>(value: &'v Value<'v>, path: &[String]) -> Option<&'v Value<'v>> {
    path.iter().try_fold(value, |value, step| match value {
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// A leaf says what the document says at its path, and texts are the bytes themselves; each line
/// of the document comes from some bytes.
#[test]
fn fields_and_lines_lead_to_each_other() {
    let schema = kubernetes::builtin().unwrap();
    let (mut leaves, mut texts, mut kinds) = (0, 0, BTreeSet::new());
    for record in records("final.db") {
        let value = &record.kv.value;
        let mut parts = Parts::default();
        if !kubernetes::parts::push(schema, value, 0, 0, &mut parts) {
            continue;
        }
        assert_eq!(parts.left_out(), 0);
        let stored = Stored::read_without(schema, value, Leave::default());
        let object = stored.object().unwrap();
        kinds.insert(object.kind.to_string());
        let lines = yaml::lines(&object.value);
        let joined: String = lines.iter().flat_map(|line| [&*line.text, "\n"]).collect();
        assert_eq!(joined, yaml::to_string(&object.value));
        let paths: BTreeSet<_> = parts.all().iter().map(|part| &part.path).collect();
        for line in &lines {
            let above = (1..=line.path.len()).any(|len| paths.contains(&line.path[..len].to_vec()));
            let found = above || paths.iter().any(|path| path.starts_with(&line.path));
            // What Go writes although it is not stored.
            let is_stored =
                at(&object.value, &line.path[..1]).is_some_and(|value| !value.is_zero());
            assert!(found || !is_stored, "{line:?} of {}", object.kind);
        }
        for part in parts.all().iter().filter(|part| !part.path.is_empty()) {
            let Some(told) = at(&object.value, &part.path) else {
                continue;
            };
            if matches!(told, Value::Map(_) | Value::List(_)) {
                continue;
            }
            let wanted = yaml::to_string(told).trim_end().replace('\n', " ");
            let is_cut = part.text.ends_with('…');
            assert!(is_cut || part.text == wanted, "{part:?}: {wanted}");
            leaves += 1;
            if let Value::Str(text) = told
                && part.text == **text
            {
                let bytes = &value[part.at.start as usize..part.at.end as usize];
                let holds = bytes
                    .windows(text.len().max(1))
                    .any(|run| run == text.as_bytes());
                texts += u64::from(holds);
            }
        }
    }
    assert!(
        leaves > 10_000 && texts > 5_000 && kinds.len() > 20,
        "{leaves} {texts} {kinds:?}"
    );
}

#[test]
fn a_row_is_told_down_to_its_fields() {
    let (mut asked, _) = Asked::file("k8s/final.db");
    let mut pods = 0;
    all(&mut asked, |_, element, view| {
        let Some(_) =
            element.filter(|_| view.parts.iter().any(|part| part.name == "create_revision"))
        else {
            return;
        };
        let part = |name: &str| view.parts.iter().find(|part| part.name == name);
        let key = part("key").unwrap();
        let (start, run) = &view.segments[1];
        let bytes = &run[(key.start - start) as usize..(key.end - start) as usize];
        assert!(bytes.ends_with(key.text.as_bytes()));
        let main = part("main revision").unwrap();
        assert_eq!(part("mod_revision").unwrap().text, main.text);
        if key.text.starts_with("/registry/pods/") && part("image").is_some() {
            pods += 1;
            let line = view.lines[part("image").unwrap().line.unwrap() as usize].clone();
            assert!(line.text.contains("image: "), "{line:?}");
            assert_eq!(view.parts[line.part.unwrap() as usize].name, "image");
        }
    });
    assert!(pods > 5, "{pods}");
}

#[test]
fn what_a_secret_holds_stays_hidden() {
    let (mut asked, _) = Asked::file("k8s/final.db");
    let mut secrets = 0;
    all(&mut asked, |page, element, view| {
        let key = view.parts.iter().find(|part| part.name == "key");
        if element.is_none() || !key.is_some_and(|key| key.text.contains("/secrets/")) {
            return;
        }
        secrets += 1;
        assert!(view.lines.is_empty(), "page {page}");
        let value = view.parts.iter().find(|part| part.name == "value");
        let Some(value) = value else {
            return;
        };
        assert_eq!(
            view.parts
                .iter()
                .filter(|part| part.name == "a Secret")
                .count(),
            1
        );
        assert!(view.parts.iter().all(|part| part.name != "data"));
        let (start, run) = &view.segments[1];
        let hidden = &run[(value.end - start) as usize - 20..(value.end - start) as usize];
        assert!(hidden.iter().all(|byte| *byte == b'*'));
    });
    assert!(secrets >= 2, "{secrets}");
}

fn tints(asked: &mut Asked, by: TintBy) -> Tints {
    let (first, count) = (0, 4096);
    match study(asked, StudyRequest::Tints { by, first, count }) {
        StudyAnswer::Tints(tints) => *tints,
        other => panic!("{other:?}"),
    }
}

#[test]
fn colours_tell_bucket_age_and_fill() {
    let (mut asked, _) = Asked::file("k8s/final.db");
    let cells = match asked.one(Request::Map {
        first: 0,
        count: 4096,
    }) {
        Response::Map { cells, .. } => cells,
        other => panic!("{other:?}"),
    };
    let is_tree = |cell: &MapCell| matches!(cell, MapCell::Leaf | MapCell::Branch);
    let owner = tints(&mut asked, TintBy::Owner);
    assert_eq!(owner.legend[0].1, "key");
    let (age, fill) = (
        tints(&mut asked, TintBy::Age),
        tints(&mut asked, TintBy::Fill),
    );
    assert_eq!(owner.cells.len(), cells.len());
    let mut aged = 0;
    for (page, cell) in cells.iter().enumerate() {
        assert_eq!(fill.cells[page].is_some(), is_tree(cell), "page {page}");
        if let Some(tint) = &age.cells[page] {
            assert_eq!(owner.cells[page].as_ref().unwrap().text, "bucket key");
            let to = tint.text.rsplit(' ').next().unwrap();
            assert!(to.parse::<i64>().unwrap() > 0 && tint.step <= 6);
            aged += 1;
        }
        let Some(tint) = &fill.cells[page] else {
            continue;
        };
        // The last byte that a part claims, of the run of pages.
        let view = view(&mut asked, page as u64, None).unwrap();
        let used = view.parts.iter().map(|part| part.end).max().unwrap();
        let more = cells[page + 1..]
            .iter()
            .take_while(|cell| **cell == MapCell::Overflow);
        let room = (1 + more.count() as u64) * 4096;
        if room <= 8192 {
            assert_eq!(
                tint.text,
                format!("{} % full", used * 100 / room),
                "page {page}"
            );
        }
    }
    assert!(aged > 10);
}
