//! The native command line over the same engine as the page.
//!
//! Exit codes: 0 fine, 1 the file or command has problems (it still prints what it could),
//! 2 usage.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::SUCCESS
}
