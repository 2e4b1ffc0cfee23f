//! `lost FILE`: fossils summed up, and one of them brought back.

use std::fmt::Write as _;
use std::io::{self, Write};

use revscope::bbolt::Order;
use revscope::etcd::{
    Confidence, EtcdFile, Fossil, FossilRow, FossilWalk, FossilWhy, Fossils, RecordScan,
};
use revscope::history::History;
use revscope::kubernetes::json;
use revscope::kv::RecordRef;
use revscope::kv::quote::bare;
use revscope::lost::{Form, Group, GroupKind, Lost, LostKey, Tally, Today, notes, restore};

use super::args::Args;
use super::files::{Told, etcd_file};
use super::{Failure, Outcome};

/// Pages searched between two looks at how far it is.
const STEP: u32 = 1 << 14;

/// Groups with their keys; with `--key` that key's fossils, with `--as` its best one.
pub fn lost(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let path = args.word(0);
    let form = match args.option("--as") {
        None => None,
        Some("yaml") => Some(Form::Yaml),
        Some("json") => Some(Form::Json),
        Some("etcdctl") => Some(Form::Etcdctl),
        Some(other) => {
            let wrong = format!("--as {other} is none of yaml, json and etcdctl");
            return Err(Failure::Usage(wrong));
        }
    };
    let key = args.option("--key");
    if form.is_some() && key.is_none() {
        return Err(Failure::Usage("--as wants a --key".to_owned()));
    }
    let (file, mut told) = etcd_file(args, path)?;
    let store = store(&file, &mut told)?;
    let fossils = search(&file, &mut told)?;
    let mut lost = Lost::new();
    each(&file, &fossils, &mut told, &mut |fossil, record| {
        lost.push(fossil, record, |key| Today::of(&store, key));
        Ok(())
    })?;
    lost.settle();
    let Some(typed) = key else {
        print(&lost, out)?;
        return Ok(told.outcome());
    };
    let Some(key) = find(&lost, typed) else {
        return Err(Failure::File(format!(
            "{path}: {typed}: no fossil has this key"
        )));
    };
    match form {
        Some(form) => bring_back(args, &file, &fossils, (typed, key), form, out)?,
        None => each(&file, &fossils, &mut told, &mut |fossil, record| {
            if *record.key == *key.key {
                print_fossil(fossil, record, out)?;
            }
            Ok(())
        })?,
    }
    Ok(told.outcome())
}

/// The history of the store, its rows read once.
pub(super) fn store(file: &EtcdFile, told: &mut Told<'_>) -> io::Result<History> {
    let mut history = History::new();
    rows(file, told, &mut |record| history.push(record))?;
    history.set_compact_revision(file.info().compact_revision());
    history.settle();
    Ok(history)
}

/// Every row of the store in order.
pub(super) fn rows(
    file: &EtcdFile,
    told: &mut Told<'_>,
    call: &mut dyn FnMut(&RecordRef<'_>),
) -> io::Result<()> {
    let mut scan = RecordScan::new(file, Order::Forward);
    while let Some(next) = scan.next() {
        match next {
            Ok(page) => {
                for record in page.records() {
                    match record {
                        Ok(record) => call(&record),
                        Err(problem) => told.problem(&problem)?,
                    }
                }
            }
            Err(problem) => told.problem(&problem)?,
        }
    }
    Ok(())
}

/// All fossils.
pub(super) fn search(file: &EtcdFile, told: &mut Told<'_>) -> io::Result<Fossils> {
    let mut walk = FossilWalk::new(file.db());
    while walk.step(file.db(), STEP) {}
    let fossils = walk.into_fossils();
    for problem in fossils.problems() {
        told.problem(problem)?;
    }
    Ok(fossils)
}

/// Every fossil with its bytes.
pub(super) fn each(
    file: &EtcdFile,
    fossils: &Fossils,
    told: &mut Told<'_>,
    call: &mut dyn FnMut(&Fossil, &RecordRef<'_>) -> io::Result<()>,
) -> io::Result<()> {
    for (fossil, row) in fossils.rows(file.db()) {
        match row.as_ref().map(FossilRow::decode) {
            Ok(Ok(record)) => call(fossil, &record)?,
            Ok(Err(error)) => told.problem(&format_args!("{}: {error}", fossil.place()))?,
            Err(error) => told.problem(&format_args!("{}: {error}", fossil.place()))?,
        }
    }
    Ok(())
}

/// The key that was typed: as it is, as it is printed, or without `/registry/`.
fn find<'l>(lost: &'l Lost, typed: &str) -> Option<&'l LostKey> {
    let registry = format!("/registry/{typed}");
    let exact = [typed, &registry].into_iter();
    let exact = exact.filter_map(|key| lost.find(key.as_bytes())).next();
    let groups = 0..lost.groups().len();
    let mut all = groups.flat_map(|group| lost.keys(group));
    exact.or_else(|| all.find(|key| bare(&key.key) == typed))
}

fn bring_back(
    args: &Args,
    file: &EtcdFile,
    fossils: &Fossils,
    (typed, key): (&str, &LostKey),
    form: Form,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let path = args.word(0);
    let fail = |why: &dyn std::fmt::Display| Failure::File(format!("{path}: {typed}: {why}"));
    let best = key.best.and_then(|best| fossils.find(&best.row));
    let Some(fossil) = best else {
        return Err(fail(&"only its deletion was found"));
    };
    let row = fossil.read(file.db()).map_err(|error| fail(&error))?;
    let record = row.decode().map_err(|error| fail(&error))?;
    let has_secrets = args.option("--secrets").is_some();
    let text = restore(&record, form, has_secrets).map_err(|why| fail(&why))?;
    for note in notes(&record, Some(fossil), form) {
        match form {
            // JSON has no comments.
            Form::Json => writeln!(io::stderr(), "revscope: {path}: {typed}: {note}")?,
            Form::Yaml | Form::Etcdctl => writeln!(out, "# {note}")?,
        }
    }
    out.write_all(text.as_bytes())?;
    Ok(())
}

/// A line a group, most bytes first, and behind it a line a key.
fn print(lost: &Lost, out: &mut dyn Write) -> io::Result<()> {
    for (number, group) in lost.groups().iter().enumerate() {
        let mut line = String::new();
        push_group(&mut line, group);
        let members = line.len();
        line.push_str(r#","keys":{"#);
        for (at, today) in Today::ALL.into_iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(line, r#"{comma}"{}":{}"#, today.as_str(), group.keys(today));
        }
        line.push('}');
        push_tally(&mut line, &group.tally);
        out.write_all(line.as_bytes())?;
        for key in lost.keys(number) {
            line.truncate(members);
            line.push_str(r#","key":"#);
            json::push_text(&mut line, &bare(&key.key));
            let _ = write!(line, r#","today":"{}","best":"#, key.today.as_str());
            let _ = match key.best {
                Some(best) => {
                    let revision = best.row.revision;
                    write!(line, "[{},{}]", revision.main, revision.sub)
                }
                None => write!(line, "null"),
            };
            push_tally(&mut line, &key.tally);
            out.write_all(line.as_bytes())?;
        }
    }
    Ok(())
}

fn push_group(line: &mut String, group: &Group) {
    line.push_str(match group.kind {
        GroupKind::Resource => r#"{"resource":"#,
        GroupKind::Prefix | GroupKind::Plain => r#"{"prefix":"#,
    });
    json::push_text(line, &bare(&group.name));
}

/// The rest of a line.
fn push_tally(line: &mut String, tally: &Tally) {
    let (oldest, newest) = (tally.oldest, tally.newest);
    let _ = write!(
        line,
        r#","rows":{},"tombstones":{},"bytes":{},"oldest":[{},{}],"newest":[{},{}],"why":{{"#,
        tally.rows, tally.tombstones, tally.bytes, oldest.main, oldest.sub, newest.main, newest.sub
    );
    let mut comma = "";
    for why in FossilWhy::ALL.into_iter().filter(|why| tally.why(*why) > 0) {
        let _ = write!(line, r#"{comma}"{why}":{}"#, tally.why(why));
        comma = ",";
    }
    line.push_str(r#"},"confidence":{"#);
    comma = "";
    let sure = Confidence::ALL.into_iter().rev();
    for confidence in sure.filter(|one| tally.confidence(*one) > 0) {
        let _ = write!(
            line,
            r#"{comma}"{confidence}":{}"#,
            tally.confidence(confidence)
        );
        comma = ",";
    }
    line.push_str("}}\n");
}

/// A fossil without its value.
fn print_fossil(fossil: &Fossil, record: &RecordRef<'_>, out: &mut dyn Write) -> io::Result<()> {
    let revision = record.bucket_key.revision;
    let mut line = format!(
        r#"{{"main":{},"sub":{},"tombstone":{},"key":"#,
        revision.main, revision.sub, record.bucket_key.tombstone
    );
    json::push_text(&mut line, &bare(record.key));
    writeln!(
        out,
        r#"{line},"create":{},"version":{},"value_bytes":{},"page":{},"confidence":"{}","why":"{}","copies":{}}}"#,
        record.create_revision,
        record.version,
        record.value.len(),
        fossil.page(),
        fossil.confidence(),
        fossil.why(),
        fossil.copies()
    )
}
