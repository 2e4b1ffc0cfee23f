//! Writing the first part: the whole module, with a way in where a function is gone.

use crate::choose::Choice;
use crate::module::Module;
use std::collections::BTreeMap;
use wasm_encoder::reencode::{self, Error, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction, TableSection, ValType,
};

/// The first part, and what the other one has to know of it.
pub struct First {
    /// The module.
    pub bytes: Vec<u8>,
    /// First of the new places in table 0; one per entry, in order.
    pub table_base: u32,
    /// The global that says whether the other part is there.
    pub is_loaded: u32,
}

/// Names under which the first part exports what the other one imports, by index in the file.
pub fn name_of(kind: &str, index: u32) -> String {
    format!("{kind}{index}")
}

/// Writes it. `shared` are the functions that the other part calls, `ensure` the exported
/// function that loads the other part and returns when it is there.
pub fn write(
    bytes: &[u8],
    module: &Module<'_>,
    choice: &Choice,
    shared: &[u32],
    ensure: u32,
) -> Result<First, Error> {
    let mut index_of = BTreeMap::new();
    let mut next = 0;
    for index in (0..).take(module.types_of.len()) {
        if !choice.later.contains(&index) || choice.entries.contains(&index) {
            index_of.insert(index, next);
            next += 1;
        }
    }
    let table_base = module.tables.first().map_or(0, |table| table.initial) as u32;
    let is_loaded = module.globals.len() as u32;
    let mut writer = Writer {
        module,
        choice,
        shared,
        ensure,
        index_of,
        table_base,
        is_loaded,
        body: module.imported,
    };
    let mut out = wasm_encoder::Module::new();
    writer.parse_core_module(&mut out, wasmparser::Parser::new(0), bytes)?;
    Ok(First {
        bytes: out.finish(),
        table_base,
        is_loaded,
    })
}

struct Writer<'a> {
    module: &'a Module<'a>,
    choice: &'a Choice,
    shared: &'a [u32],
    ensure: u32,
    index_of: BTreeMap<u32, u32>,
    table_base: u32,
    is_loaded: u32,
    /// The body that comes next.
    body: u32,
}

impl Writer<'_> {
    fn is_gone(&self, index: u32) -> bool {
        self.choice.later.contains(&index) && !self.choice.entries.contains(&index)
    }

    /// Waits for the other part if it has not come yet, then calls through the table.
    fn way_in(&mut self, index: u32, place: u32) -> Result<Function, Error> {
        let ty = self.module.types_of.get(index as usize).copied();
        let ty = ty.unwrap_or_default();
        let parameters = self.module.parameters(ty);
        let mut way = Function::new([]);
        let ensure = self.function_index(self.ensure)?;
        way.instruction(&Instruction::GlobalGet(self.is_loaded))
            .instruction(&Instruction::I32Eqz)
            .instruction(&Instruction::If(wasm_encoder::BlockType::Empty))
            .instruction(&Instruction::Call(ensure))
            .instruction(&Instruction::End);
        for local in 0..parameters {
            way.instruction(&Instruction::LocalGet(local));
        }
        way.instruction(&Instruction::I32Const(place as i32))
            .instruction(&Instruction::CallIndirect {
                type_index: ty,
                table_index: 0,
            })
            .instruction(&Instruction::End);
        Ok(way)
    }
}

impl Reencode for Writer<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, func: u32) -> Result<u32, Error> {
        // Nothing that stays names what is gone: `choose` sees to it.
        Ok(self.index_of.get(&func).copied().unwrap_or(u32::MAX))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        for (index, ty) in (self.module.imported..).zip(section) {
            let ty = ty?;
            if !self.is_gone(index) {
                functions.function(ty);
            }
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: wasmparser::FunctionBody<'_>,
    ) -> Result<(), Error> {
        let index = self.body;
        self.body += 1;
        if self.is_gone(index) {
            return Ok(());
        }
        match self.choice.entries.iter().position(|entry| *entry == index) {
            Some(nth) => {
                let way = self.way_in(index, self.table_base + nth as u32)?;
                code.function(&way);
                Ok(())
            }
            None => reencode::utils::parse_function_body(self, code, body),
        }
    }

    fn parse_table_section(
        &mut self,
        tables: &mut TableSection,
        section: wasmparser::TableSectionReader<'_>,
    ) -> Result<(), Error> {
        let more = self.choice.entries.len() as u64;
        for (nth, table) in section.into_iter().enumerate() {
            let mut ty = self.table_type(table?.ty)?;
            if nth == 0 {
                ty.minimum += more;
                ty.maximum = ty.maximum.map(|most| most + more);
            }
            tables.table(ty);
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error> {
        reencode::utils::parse_global_section(self, globals, section)?;
        let ty = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(ty, &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        reencode::utils::parse_export_section(self, exports, section)?;
        for index in self.shared {
            let at = self.function_index(*index)?;
            exports.export(&name_of("f", *index), ExportKind::Func, at);
        }
        for index in (0..).take(self.module.tables.len()) {
            exports.export(&name_of("t", index), ExportKind::Table, index);
        }
        for index in (0..).take(self.module.memories.len()) {
            exports.export(&name_of("m", index), ExportKind::Memory, index);
        }
        for index in 0..=self.is_loaded {
            exports.export(&name_of("g", index), ExportKind::Global, index);
        }
        Ok(())
    }

    // Names were for choosing; nothing else that is custom matters to a browser.
    fn parse_custom_section(
        &mut self,
        _: &mut wasm_encoder::Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// The type of an import of the other part.
pub fn function_type(module: &Module<'_>, index: u32) -> EntityType {
    let ty = module.types_of.get(index as usize).copied();
    EntityType::Function(ty.unwrap_or_default())
}
