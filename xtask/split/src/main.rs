//! `split FILE LATER [PATTERN...]`: divides a WebAssembly program in two.
//!
//! FILE becomes the first part: it has every import and export that it had, so what loads it need
//! not change. The functions whose names contain a pattern, and what only they call, go to LATER,
//! which works in the memory and the tables of the first part. Where a function left, the first
//! part calls it through the table; when the other part has not come yet, it first calls its own
//! export `load_later_now`, which has to load it and to return when that is done.
//!
//! Both parts lose their names. FILE must have them when it comes.

mod choose;
mod first;
mod later;
mod module;

use module::Module;
use std::collections::BTreeSet;
use std::process::ExitCode;

/// What the program exports to load the other part at once: no parameters, no result.
const ENSURE: &str = "load_later_now";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [file, later, patterns @ ..] => split_file(file, later, patterns),
        _ => Err("usage: split FILE LATER [PATTERN...]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn split_file(file: &str, later: &str, patterns: &[String]) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let (first, rest) = split(&bytes, patterns).map_err(|error| format!("{file}: {error}"))?;
    // The other part first: an interrupted split must not leave a first part alone.
    std::fs::write(later, rest).map_err(|error| format!("{later}: {error}"))?;
    std::fs::write(file, first).map_err(|error| format!("{file}: {error}"))
}

/// The two parts of `bytes`.
fn split(bytes: &[u8], patterns: &[String]) -> Result<(Vec<u8>, Vec<u8>), String> {
    let module = Module::parse(bytes).map_err(|error| error.to_string())?;
    if module.names.is_empty() {
        return Err("it has no names to choose by".to_owned());
    }
    if module.other_imports > 0 {
        return Err("it imports more than functions".to_owned());
    }
    let ensure = *module
        .exports
        .get(ENSURE)
        .ok_or(format!("it does not export {ENSURE}"))?;
    let choice = choose::choose(&module, patterns);
    if choice.later.is_empty() {
        return Err("no function has one of these names".to_owned());
    }
    let called: BTreeSet<u32> = module
        .defined()
        .filter(|(index, _)| choice.later.contains(index))
        .flat_map(|(_, uses)| uses.functions.iter().copied())
        .filter(|callee| !choice.later.contains(callee))
        .collect();
    let shared: Vec<u32> = called.into_iter().collect();
    let first = first::write(bytes, &module, &choice, &shared, ensure)
        .map_err(|error| format!("the first part: {error}"))?;
    let later = later::write(bytes, &module, &choice, &shared, &first)
        .map_err(|error| format!("the other part: {error}"))?;
    Ok((first.bytes, later))
}
