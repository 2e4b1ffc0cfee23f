//! Finding what the commands need, and installing what is missing.
//!
//! Looking is cheap and comes first; a second run installs nothing. What cannot be installed is
//! reported in one list, each entry with the command that installs it.

mod apt;
mod browser;
mod etcd;
mod node;
mod tools;
mod wasm;

pub use etcd::VERSION as ETCD_VERSION;

use crate::run;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// To build the page.
    Build,
    /// To build it and test it in a browser.
    Tests,
}

/// Everything that was found.
pub struct Tools {
    /// The trunk program.
    pub trunk: PathBuf,
    /// The node program.
    pub node: PathBuf,
    /// Chromium; only looked for with [`For::Tests`].
    pub chromium: Option<PathBuf>,
    toolchain: wasm::Toolchain,
    path_dirs: Vec<PathBuf>,
}

/// Something that is neither there nor could be installed.
pub struct Missing {
    /// Its name, and what it is for.
    pub what: &'static str,
    /// The command that installs it.
    pub command: String,
}

/// Finds everything, installing what is missing.
pub fn ensure(root: &Path, wanted: For) -> Result<Tools, String> {
    let mut missing = Vec::new();
    let mut apt = apt::Apt::new();

    let node = node::ensure(&mut apt, &mut missing);
    let node_modules = node
        .as_ref()
        .and_then(|node| node::packages(root, node, &mut missing));
    let chromium = match wanted {
        For::Build => None,
        For::Tests => browser::ensure(&mut apt, &mut missing),
    };
    let toolchain = wasm::ensure(&mut apt, &mut missing);
    let trunk = tools::trunk(&mut missing);
    let bindgen = tools::wasm_bindgen(root, &mut missing)?;

    let (Some(node), Some(node_modules), Some(toolchain), Some(trunk), Some(bindgen), true) = (
        node,
        node_modules,
        toolchain,
        trunk,
        bindgen,
        missing.is_empty(),
    ) else {
        return Err(list(&missing));
    };
    let mut path_dirs = toolchain.path_dirs()?;
    path_dirs.extend(bindgen.parent().map(Path::to_path_buf));
    path_dirs.push(node_modules.join(".bin"));
    let tools = Tools {
        trunk,
        node,
        chromium,
        toolchain,
        path_dirs,
    };
    // So that everything after this works without a network.
    for args in tools.toolchain.fetches() {
        let mut fetch = Command::new("cargo");
        tools.toolchain.apply(&mut fetch);
        fetch.env("PATH", run::path_with(&tools.path_dirs));
        fetch
            .current_dir(root)
            .args(["fetch", "--locked", "--quiet"]);
        run::step(fetch.args(*args))?;
    }
    Ok(tools)
}

/// The folder with the programs of a real etcd to compare with, or why there is none.
pub fn etcd() -> Result<PathBuf, String> {
    etcd::ensure(&mut apt::Apt::new())
}

fn list(missing: &[Missing]) -> String {
    let mut text = "these are missing and could not be installed from here:\n".to_owned();
    for item in missing {
        text += &format!("  {}\n      {}\n", item.what, item.command);
    }
    text + "run the commands, then this one again"
}

impl Tools {
    /// A command that compiles for wasm32 when it calls cargo.
    pub fn wasm_command(&self, program: &Path, root: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(root);
        command.env("PATH", run::path_with(&self.path_dirs));
        self.toolchain.apply(&mut command);
        command.env(
            "CARGO_ENCODED_RUSTFLAGS",
            self.toolchain.rustflags(root).join("\u{1f}"),
        );
        command
    }

    /// What decides the compiler's output besides the sources.
    pub fn fingerprint(&self, root: &Path) -> String {
        format!(
            "{} {}",
            self.toolchain.version(),
            self.toolchain.rustflags(root).join(" ")
        )
    }

    /// Paths of this machine that must not be found in the site.
    pub fn machine_paths(&self, root: &Path) -> Vec<String> {
        self.toolchain.machine_paths(root)
    }

    /// Says what was found, for `cargo xtask setup`.
    pub fn print(&self) {
        println!("wasm32    {}", self.toolchain.version());
        println!("trunk     {}", self.trunk.display());
        println!("node      {}", self.node.display());
        if let Some(chromium) = &self.chromium {
            println!("chromium  {}", chromium.display());
        }
    }
}
