//! `cargo xtask build`: the static site in dist/, checked and weighed.

use crate::setup::{self, For, Tools};
use crate::{dist, fresh, offline, run};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the first screen does not show: names of functions, as `xtask/split` takes them.
const LATER: &[&str] = &[
    "::engine::protocol::study",
    "::state::AppState>::act_on_lanes",
    "::state::AppState>::act_on_look",
    "::state::AppState>::act_on_member",
    "::state::AppState>::act_on_object",
    "::state::AppState>::act_on_session",
    "::state::AppState>::act_on_study",
    "::state::AppState>::answer_lesson",
    "::state::AppState>::ask_lost",
    "::state::AppState>::ask_object",
    "::state::AppState>::ask_table",
    "::state::AppState>::refresh_look",
    "::state::AppState>::refresh_study",
    "::state::AppState>::restart",
    "::state::AppState>::take_glimpse",
    "::state::AppState>::take_look",
    "::state::AppState>::take_object",
    "::state::AppState>::take_study",
    "::state::AppState>::turn_branch",
    "::state::study",
    "::web::components::chrome::Help",
    "::web::components::file",
    "::web::components::kubernetes",
    "::web::components::lesson",
    "::web::components::member",
    "::web::components::notice",
    "::web::components::object",
    "::web::components::open_panel",
    "::web::components::save_menu::leave",
    "::web::components::session_panel",
    "::web::download",
];

/// Builds the site unless it is there and nothing that it is made from changed; prints its sizes.
pub fn build(root: &Path) -> Result<(), String> {
    let tools = setup::ensure(root, For::Build)?;
    build_with(root, &tools)
}

/// The same with tools already found.
pub fn build_with(root: &Path, tools: &Tools) -> Result<(), String> {
    let fingerprint = tools.fingerprint(root);
    let fresh = fresh::Stamp::new(root, &fingerprint);
    if fresh.is_current() {
        println!("dist/ is up to date");
    } else {
        fresh.forget();
        // Taken once: sources may change while the programs are made.
        let build_id = fresh.build_id();
        // The cargo profile, the public URL and the versions of the tools are in Trunk.toml.
        let mut trunk = tools.wasm_command(&tools.trunk, root);
        trunk.args(["build", "--release", "--offline", "--color", "never"]);
        trunk.env("REVSCOPE_BUILD", &build_id);
        // Trunk reads NO_COLOR as a boolean and refuses the usual "1".
        trunk.env_remove("NO_COLOR");
        // When the sources do not compile, where trunk noticed helps nobody.
        trunk.env_remove("RUST_BACKTRACE");
        run::step(&mut trunk)?;
        divide(root)?;
        dist::shorten_style(root)?;
        let build = format!("{}-{build_id}", version(root)?);
        offline::pack(&root.join("dist"), &tools.node, &build)?;
        dist::check(root, &tools.machine_paths(root))?;
        fresh.write()?;
    }
    dist::print_sizes(root, &tools.node)
}

/// Leaves what the first screen needs in the page's program; the rest goes into a file beside it.
fn divide(root: &Path) -> Result<(), String> {
    let program = dist::program(root)?;
    let later = program.replace("_bg.wasm", "_later.wasm");
    // Its style sheet is found by the same name, which changes with the program.
    let style = root.join("dist/later.css");
    let named = root
        .join("dist")
        .join(program.replace("_bg.wasm", "_later.css"));
    fs::rename(&style, &named).map_err(|error| format!("{}: {error}", style.display()))?;
    let mut split = Command::new("cargo");
    split
        .current_dir(root)
        .args(["run", "--quiet", "--package", "split", "--"])
        .args([format!("dist/{program}"), format!("dist/{later}")])
        .args(LATER);
    run::step(&mut split)
}

/// What trunk leaves in `folder`, completed: for a page that was built by hand. `build` is what
/// REVSCOPE_BUILD said then.
pub fn pack(root: &Path, folder: &Path, build: &str) -> Result<(), String> {
    let tools = setup::ensure(root, For::Build)?;
    let build = format!("{}-{build}", version(root)?);
    offline::pack(folder, &tools.node, &build)
}

/// The version of the package, which is the first part of what the page says of itself.
fn version(root: &Path) -> Result<String, String> {
    let manifest = run::read(&root.join("Cargo.toml"))?;
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = "));
    let version = line.map(|version| version.trim_matches('"').to_owned());
    version.ok_or_else(|| "Cargo.toml names no version".to_owned())
}
