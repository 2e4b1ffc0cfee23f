//! Writing the other part: the functions that left, at home in the first part's memory.

use crate::choose::Choice;
use crate::first::{First, function_type, name_of};
use crate::module::Module;
use std::borrow::Cow;
use std::collections::BTreeMap;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, EntityType, Function, FunctionSection,
    GlobalType, ImportSection, Instruction, StartSection, TypeSection, ValType,
};

/// The module name under which the first part's exports are imported.
const FIRST: &str = "first";

/// Writes it; its start function puts up the sign that it is there.
pub fn write(
    bytes: &[u8],
    module: &Module<'_>,
    choice: &Choice,
    shared: &[u32],
    first: &First,
) -> Result<Vec<u8>, Error> {
    let indices = shared.iter().chain(&choice.later).copied().zip(0..);
    let mut mover = Mover {
        index_of: indices.collect(),
    };
    let mut types = TypeSection::new();
    for payload in wasmparser::Parser::new(0).parse_all(bytes) {
        if let wasmparser::Payload::TypeSection(section) = payload? {
            mover.parse_type_section(&mut types, section)?;
        }
    }
    let start_type = types.len();
    types.ty().function([], []);

    let mut imports = ImportSection::new();
    for index in shared {
        imports.import(FIRST, &name_of("f", *index), function_type(module, *index));
    }
    for (index, table) in (0..).zip(&module.tables) {
        let mut ty = mover.table_type(*table)?;
        // It was grown by the first part; an import may ask for less, not for more.
        ty.maximum = None;
        if let Some(most) = table.maximum {
            let more = if index == 0 { choice.entries.len() } else { 0 };
            ty.maximum = Some(most + more as u64);
        }
        imports.import(FIRST, &name_of("t", index), EntityType::Table(ty));
    }
    for (index, memory) in (0..).zip(&module.memories) {
        let ty = mover.memory_type(*memory)?;
        imports.import(FIRST, &name_of("m", index), EntityType::Memory(ty));
    }
    for (index, global) in (0..).zip(&module.globals) {
        let ty = mover.global_type(*global)?;
        imports.import(FIRST, &name_of("g", index), EntityType::Global(ty));
    }
    let sign = GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    };
    imports.import(
        FIRST,
        &name_of("g", first.is_loaded),
        EntityType::Global(sign),
    );

    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for index in &choice.later {
        functions.function(module.types_of.get(*index as usize).copied().unwrap_or(0));
        let at = index.checked_sub(module.imported);
        if let Some(body) = at.and_then(|at| module.bodies.get(at as usize)) {
            mover.parse_function_body(&mut code, body.clone())?;
        }
    }
    let start = (shared.len() + choice.later.len()) as u32;
    functions.function(start_type);
    let mut put_up = Function::new([]);
    put_up
        .instruction(&Instruction::I32Const(1))
        .instruction(&Instruction::GlobalSet(first.is_loaded))
        .instruction(&Instruction::End);
    code.function(&put_up);

    let mut entries = Vec::new();
    for index in &choice.entries {
        entries.push(mover.function_index(*index)?);
    }
    let mut elements = ElementSection::new();
    elements.active(
        Some(0),
        &ConstExpr::i32_const(first.table_base as i32),
        Elements::Functions(Cow::Owned(entries)),
    );

    let mut out = wasm_encoder::Module::new();
    out.section(&types)
        .section(&imports)
        .section(&functions)
        .section(&StartSection {
            function_index: start,
        })
        .section(&elements)
        .section(&code);
    Ok(out.finish())
}

/// Bodies keep their types, tables and globals; only functions have other indices.
struct Mover {
    index_of: BTreeMap<u32, u32>,
}

impl Reencode for Mover {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, func: u32) -> Result<u32, Error> {
        Ok(self.index_of.get(&func).copied().unwrap_or(u32::MAX))
    }
}
