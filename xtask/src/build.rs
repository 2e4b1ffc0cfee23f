//! `cargo xtask build`: the static site in dist/, checked and weighed.

use crate::setup::{self, For, Tools};
use crate::{dist, fresh, run};
use std::path::Path;
use std::process::Command;

/// What the first screen does not show: names of functions, as `xtask/split` takes them.
const LATER: &[&str] = &[
    "::web::components::file",
    "::web::components::lesson",
    "::web::components::open_panel",
    "::web::components::session_panel",
    "::web::components::member",
    "::web::components::chrome::Help",
    "::web::components::save_menu::leave",
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
        // The cargo profile, the public URL and the versions of the tools are in Trunk.toml.
        let mut trunk = tools.wasm_command(&tools.trunk, root);
        trunk.args(["build", "--release", "--offline", "--color", "never"]);
        trunk.env("REVSCOPE_BUILD", fresh.build_id());
        // Trunk reads NO_COLOR as a boolean and refuses the usual "1".
        trunk.env_remove("NO_COLOR");
        // When the sources do not compile, where trunk noticed helps nobody.
        trunk.env_remove("RUST_BACKTRACE");
        run::step(&mut trunk)?;
        divide(root)?;
        dist::check(root, &tools.machine_paths(root))?;
        fresh.write()?;
    }
    dist::print_sizes(root, &tools.node)
}

/// Leaves what the first screen needs in the page's program; the rest goes into a file beside it.
fn divide(root: &Path) -> Result<(), String> {
    let program = dist::program(root)?;
    let later = program.replace("_bg.wasm", "_later.wasm");
    let mut split = Command::new("cargo");
    split
        .current_dir(root)
        .args(["run", "--quiet", "--package", "split", "--"])
        .args([format!("dist/{program}"), format!("dist/{later}")])
        .args(LATER);
    run::step(&mut split)
}
