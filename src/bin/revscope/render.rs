//! `render`: the timeline as the page draws it, as SVG, PNG or text.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use plotters::prelude::{IntoDrawingArea, SVGBackend};
use resvg::{tiny_skia, usvg};
use revscope::engine::{Doc, Engine, Envelope, Request, Response, Seal};
use revscope::history::History;
use revscope::timeline::{
    Arrangement, Focus, LaneOrder, Palette, Scene, View, Viewport, lanes_height_px, layout_lanes,
    paint, to_text,
};

use crate::args::Args;
use crate::source;
use crate::{Failure, Outcome};

/// Width of the picture in pixels.
const WIDTH_PX: u32 = 1200;
/// Lanes of the picture at most.
const LANES: u64 = 14;
/// Width of the picture that becomes text: about a hundred columns.
const TEXT_WIDTH_PX: u32 = 960;
/// Lanes of it at most.
const TEXT_LANES: u64 = 200;

/// Draws a file, or the store that a script leaves behind.
pub fn render(args: &Args, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let target = args.option("-o");
    let is_text = args.option("--text").is_some();
    if target.is_some() == is_text {
        return Err(Failure::Usage(
            "render needs -o OUT.svg, -o OUT.png or --text".to_owned(),
        ));
    }
    let file = Some(args.word(0)).filter(|word| !word.is_empty());
    let (engine, doc, outcome) = match (file, args.option("--script")) {
        (Some(path), None) => opened(args, path)?,
        (None, Some(path)) => played(path)?,
        _ => {
            let wanted = "render draws a FILE or a --script SCRIPT, one of the two";
            return Err(Failure::Usage(wanted.to_owned()));
        }
    };
    let Some(history) = engine.history(doc) else {
        return Err(Failure::File("nothing to draw".to_owned()));
    };
    let history = match args.option("--keys") {
        Some(prefix) => &history.with_prefix(prefix.as_bytes()),
        None => history,
    };
    let (from, to) = (revision(args, "--from")?, revision(args, "--to")?);
    let viewport = range(from, to, history.head());
    let Some(target) = target else {
        let scene = scene(history, viewport, TEXT_WIDTH_PX, TEXT_LANES);
        write!(out, "{}", to_text(&scene))?;
        return Ok(outcome);
    };
    let svg = svg(history, viewport)?;
    let is = |ending: &str| {
        Path::new(target)
            .extension()
            .is_some_and(|found| found.eq_ignore_ascii_case(ending))
    };
    let bytes = if is("svg") {
        svg.into_bytes()
    } else if is("png") {
        png(&svg)?
    } else {
        let wrong = format!("{target}: the name must end in .svg or .png");
        return Err(Failure::Usage(wrong));
    };
    fs::write(target, bytes).map_err(|error| Failure::File(format!("{target}: {error}")))?;
    Ok(outcome)
}

fn opened(args: &Args, path: &str) -> Result<(Engine, Doc, Outcome), Failure> {
    let mut engine = Engine::new(String::new());
    engine.attach(source::open(args, path)?.bytes);
    let mut answers = Vec::new();
    let name = path.to_owned();
    let open = Envelope {
        id: 1,
        body: Request::Open { name },
    };
    engine.handle(open, &mut |answer| answers.push(answer.body));
    let is_known = |answer: Option<&Response>| match answer {
        // What is found out about the pages later does not change the picture.
        Some(Response::Opened { summary } | Response::Checked { summary }) => {
            let file = summary.file.as_ref();
            file.is_none_or(|file| file.seal != Seal::Pending)
        }
        _ => false,
    };
    while engine.is_busy() && !is_known(answers.last()) {
        engine.step(&mut |answer| answers.push(answer.body));
    }
    match answers.pop() {
        Some(Response::Opened { summary } | Response::Checked { summary }) => {
            let file = summary.file.unwrap_or_default();
            for problem in &file.problems {
                writeln!(io::stderr(), "revscope: {path}: {problem}")?;
            }
            if !file.is_etcd {
                let what = "has no bucket key, so no history to draw";
                return Err(Failure::File(format!("{path}: {}, {what}", file.kind)));
            }
            let outcome = match file.problems.is_empty() {
                true => Outcome::Fine,
                false => Outcome::Problems,
            };
            Ok((engine, Doc::File, outcome))
        }
        Some(Response::Refused(failure)) => Err(Failure::File(format!(
            "{path}: {}; {}",
            failure.what, failure.hint
        ))),
        _ => Err(Failure::File(format!("{path}: it could not be opened"))),
    }
}

fn played(path: &str) -> Result<(Engine, Doc, Outcome), Failure> {
    let in_file = |error: io::Error| Failure::File(format!("{path}: {error}"));
    let script = if path == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(in_file)?;
        text
    } else {
        fs::read_to_string(path).map_err(in_file)?
    };
    let mut engine = Engine::new(String::new());
    let mut outcome = Outcome::Fine;
    let mut answers = Vec::new();
    let script = format!("{script}\n");
    for body in [Request::Reset, Request::Run { line: script }] {
        engine.handle(Envelope { id: 1, body }, &mut |answer| {
            answers.push(answer.body)
        });
    }
    for answer in answers {
        if let Response::Ran { entry, .. } = answer
            && entry.exit != 0
        {
            outcome = Outcome::Problems;
            write!(io::stderr(), "revscope: {}: {}", entry.line, entry.stderr)?;
        }
    }
    Ok((engine, Doc::Sandbox, outcome))
}

fn revision(args: &Args, name: &str) -> Result<Option<i64>, Failure> {
    let Some(typed) = args.option(name) else {
        return Ok(None);
    };
    match typed.parse() {
        Ok(revision) if revision > 0 => Ok(Some(revision)),
        _ => Err(Failure::Usage(format!(
            "{name} {typed}: a revision is a number from 1 on"
        ))),
    }
}

/// The visible range; none for the whole history.
fn range(from: Option<i64>, to: Option<i64>, head: i64) -> Option<Viewport> {
    (from.is_some() || to.is_some())
        .then(|| Viewport::between_revisions(from.unwrap_or(1), to.unwrap_or(head)))
}

/// The picture in this width, with as many lanes in sight as there are, up to a most.
fn scene(history: &History, viewport: Option<Viewport>, width_px: u32, lanes: u64) -> Scene {
    let order = LaneOrder::new(history, None, &Arrangement::default());
    let view = View {
        width_px: f64::from(width_px),
        height_px: lanes_height_px(order.len(), lanes),
        viewport,
        scroll_px: 0.0,
    };
    layout_lanes(history, None, &order, &view)
}

fn svg(history: &History, viewport: Option<Viewport>) -> Result<String, Failure> {
    let scene = scene(history, viewport, WIDTH_PX, LANES);
    let mut text = String::new();
    {
        let size = (WIDTH_PX, scene.height_px.ceil() as u32);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        paint(&scene, &Focus::default(), &Palette::LIGHT, &area, 1.0)
            .map_err(|error| Failure::File(format!("drawing failed: {error}")))?;
    }
    Ok(text)
}

/// The same picture as pixels, two to each of its own. Its fonts come with the program, so that
/// it looks the same on every machine.
fn png(svg: &str) -> Result<Vec<u8>, Failure> {
    const SCALE: u32 = 2;
    let failed = |what: &dyn std::fmt::Display| Failure::File(format!("drawing failed: {what}"));
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::HACK_REGULAR.to_vec());
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.set_monospace_family("Hack");
    fonts.set_sans_serif_family("Ubuntu");
    let options = usvg::Options {
        fontdb: Arc::new(fonts),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| failed(&error))?;
    let size = tree.size().to_int_size();
    let mut pixels = tiny_skia::Pixmap::new(size.width() * SCALE, size.height() * SCALE)
        .ok_or_else(|| failed(&"the picture is too large"))?;
    let scale = tiny_skia::Transform::from_scale(SCALE as f32, SCALE as f32);
    resvg::render(&tree, scale, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(&error))
}
