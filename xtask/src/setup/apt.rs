//! Debian packages, on a Debian where we are root. Elsewhere this only knows that it cannot.

use crate::run;
use std::process::Command;

/// The package manager, with its lists refreshed at most once.
pub struct Apt {
    usable: bool,
    updated: bool,
}

impl Apt {
    /// Looks whether packages can be installed.
    pub fn new() -> Self {
        let root = run::ask(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
        Self {
            usable: root && run::which("apt-get").is_some(),
            updated: false,
        }
    }

    /// Tries to install `packages`; never removes any. A failure is left to the caller's next
    /// look, which reports what is still missing.
    pub fn install(&mut self, packages: &[&str]) {
        if !self.usable {
            return;
        }
        if !self.updated {
            self.updated = true;
            self.run(&["update", "-qq"]);
        }
        eprintln!("installing Debian packages: {}", packages.join(" "));
        let mut args = vec![
            "install",
            "-qq",
            "--yes",
            "--no-install-recommends",
            "--no-remove",
        ];
        args.extend(packages);
        self.run(&args);
    }

    fn run(&self, args: &[&str]) {
        let mut command = Command::new("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        // Hundreds of "Unpacking ..." lines help nobody; errors are on standard error.
        command.stdout(std::process::Stdio::null());
        if let Err(error) = run::step(&mut command) {
            eprintln!("warning: {error}");
        }
    }
}

/// The command for a person: apt where there is apt, else `elsewhere`.
pub fn command(packages: &[&str], elsewhere: &str) -> String {
    if run::which("apt-get").is_some() {
        format!("sudo apt-get install {}", packages.join(" "))
    } else {
        elsewhere.to_owned()
    }
}
