//! Wall time and peak memory of a program, as the system counts them.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What one run of a program took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// From start to end.
    pub wall: Duration,
    /// Most memory of its own at a time, in bytes; without pages of files that it maps. 0 where
    /// the system does not tell.
    pub own_peak: u64,
    /// Most memory resident at a time, mapped files included.
    pub peak: u64,
}

/// Runs a program to its end, its output thrown away.
pub fn run(command: &mut Command) -> Result<Taken, String> {
    let name = crate::run::shown(command);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let mut child = command
        .spawn()
        .map_err(|error| format!("`{name}` could not be started: {error}"))?;
    let mut taken = Taken::default();
    let status = loop {
        taken.sample(&child);
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        // Finer than any figure that is printed; sampling costs the other core.
        thread::sleep(Duration::from_millis(2));
    };
    taken.wall = started.elapsed();
    if status.success() {
        Ok(taken)
    } else {
        Err(format!("`{name}` ended with {status}"))
    }
}

impl Taken {
    fn sample(&mut self, child: &Child) {
        let Ok(text) = fs::read_to_string(format!("/proc/{}/status", child.id())) else {
            return;
        };
        self.own_peak = self.own_peak.max(field(&text, "RssAnon:"));
        self.peak = self.peak.max(field(&text, "VmHWM:"));
    }
}

/// A line of `/proc/PID/status` in kB, as bytes.
fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    #[test]
    fn fields_are_bytes() {
        let text = "Name:\tx\nVmHWM:\t    1024 kB\nRssAnon:\t       8 kB\n";
        assert_eq!(super::field(text, "RssAnon:"), 8192);
        assert_eq!(super::field(text, "VmHWM:"), 1 << 20);
        assert_eq!(super::field(text, "Absent:"), 0);
    }
}
