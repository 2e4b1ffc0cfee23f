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

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        CodeSection, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
        Instruction, NameMap, NameSection, TableSection, TypeSection,
    };

    /// A program of functions of type `() -> ()`, each given with what it calls. The first is
    /// imported, `load_later_now` and `main` are exported.
    fn program(functions: &[(&str, &[u32])]) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("page", "draw", wasm_encoder::EntityType::Function(0));
        let mut declared = FunctionSection::new();
        let mut tables = TableSection::new();
        tables.table(wasm_encoder::TableType {
            element_type: wasm_encoder::RefType::FUNCREF,
            table64: false,
            minimum: 3,
            maximum: Some(3),
            shared: false,
        });
        let mut exports = ExportSection::new();
        let mut code = CodeSection::new();
        let mut names = NameMap::new();
        for (index, (name, calls)) in (1..).zip(functions) {
            declared.function(0);
            names.append(index, name);
            if ["main", ENSURE].contains(name) {
                exports.export(name, ExportKind::Func, index);
            }
            let mut body = Function::new([]);
            for callee in *calls {
                body.instruction(&Instruction::Call(*callee));
            }
            body.instruction(&Instruction::End);
            code.function(&body);
        }
        let mut section = NameSection::new();
        section.functions(&names);
        let mut out = wasm_encoder::Module::new();
        out.section(&types)
            .section(&imports)
            .section(&declared)
            .section(&tables)
            .section(&exports)
            .section(&code)
            .section(&section);
        out.finish()
    }

    /// 1 loads, 2 is the start, 3 is a screen, 4 only the screen calls, 5 both call.
    fn two_screens() -> Vec<u8> {
        program(&[
            (ENSURE, &[]),
            ("main", &[0, 3, 5]),
            ("app::screen::view", &[4, 5]),
            ("list", &[0]),
            ("text", &[0]),
        ])
    }

    fn split_by(pattern: &str) -> Result<(Vec<u8>, Vec<u8>), String> {
        split(&two_screens(), &[pattern.to_owned()])
    }

    #[test]
    fn what_only_the_named_call_goes_with_them() {
        let (first, later) = split_by("::screen::").unwrap();
        let (first, later) = (
            Module::parse(&first).unwrap(),
            Module::parse(&later).unwrap(),
        );
        // The import, the loader, main, the way in, and what both call.
        assert_eq!((first.imported, first.bodies.len()), (1, 4));
        let called: Vec<Vec<u32>> = first
            .uses
            .iter()
            .map(|uses| uses.functions.iter().copied().collect())
            .collect();
        assert_eq!(called, [vec![], vec![0, 3, 4], vec![1], vec![0]]);
        // The drawing and the text are imported; the screen, the list and the start are its own.
        assert_eq!((later.imported, later.bodies.len()), (2, 3));
        assert_eq!(
            later.held.len(),
            2,
            "the start, and the screen in the table"
        );
        assert_eq!(first.tables[0].initial, 4);
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        let error = |pattern: &str| split_by(pattern).unwrap_err();
        assert_eq!(error("elsewhere"), "no function has one of these names");
        // What is exported stays: whoever loads the program asks for it by name.
        assert_eq!(error("main"), "no function has one of these names");
        let alone = program(&[("main", &[])]);
        let error = split(&alone, &["main".to_owned()]).unwrap_err();
        assert_eq!(error, "it does not export load_later_now");
        assert!(split(b"\0asm", &[]).is_err());
    }
}
