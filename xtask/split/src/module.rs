//! What splitting has to know of a module: its functions, who names whom, what is exported.

use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{
    ElementItems, ExternalKind, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef,
};

/// A parsed module. Indices are those of the file.
#[derive(Default)]
pub struct Module<'a> {
    /// Type of each function, imported ones first.
    pub types_of: Vec<u32>,
    /// How many parameters each type has; 0 for what is no function.
    parameters: Vec<u32>,
    /// Imported functions.
    pub imported: u32,
    /// Imported tables, memories and globals; the page's program has none.
    pub other_imports: u32,
    /// Bodies of the others.
    pub bodies: Vec<FunctionBody<'a>>,
    /// Names, where the file has them.
    pub names: BTreeMap<u32, String>,
    /// Functions that something other than a call can reach: exported, in a table, started with.
    pub held: BTreeSet<u32>,
    /// Exported functions by name.
    pub exports: BTreeMap<&'a str, u32>,
    /// Types of the globals.
    pub globals: Vec<wasmparser::GlobalType>,
    /// Types of the tables.
    pub tables: Vec<wasmparser::TableType>,
    /// Types of the memories.
    pub memories: Vec<wasmparser::MemoryType>,
    /// What each body names.
    pub uses: Vec<Uses>,
}

/// What a body names.
#[derive(Clone, Default)]
pub struct Uses {
    /// Functions that it calls or takes the address of.
    pub functions: BTreeSet<u32>,
    /// Whether it names segments, which only the module that holds them can.
    pub segments: bool,
}

impl<'a> Module<'a> {
    /// Reads what matters here of a core module; errors are the parser's own, with the offset.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        module.parameters.push(ty?.params().len() as u32);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(ty) => {
                                module.types_of.push(ty);
                                module.imported += 1;
                            }
                            _ => module.other_imports += 1,
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        module.types_of.push(ty?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        module.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        module.memories.push(memory?);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        module.globals.push(global.ty);
                        let mut reader = global.init_expr.get_operators_reader();
                        while !reader.eof() {
                            if let Operator::RefFunc { function_index } = reader.read()? {
                                module.held.insert(function_index);
                            }
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            module.held.insert(export.index);
                            module.exports.insert(export.name, export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => {
                    module.held.insert(func);
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        module.element(element?.items)?;
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    module.uses.push(uses(&body)?);
                    module.bodies.push(body);
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for part in names {
                            if let Name::Function(map) = part? {
                                for naming in map {
                                    let naming = naming?;
                                    module.names.insert(naming.index, naming.name.to_owned());
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    /// How many parameters a function of this type takes.
    pub fn parameters(&self, ty: u32) -> u32 {
        self.parameters.get(ty as usize).copied().unwrap_or(0)
    }

    /// The functions that are not imported.
    pub fn defined(&self) -> impl Iterator<Item = (u32, &Uses)> {
        (self.imported..).zip(&self.uses)
    }

    fn element(&mut self, items: ElementItems<'a>) -> Result<(), wasmparser::BinaryReaderError> {
        match items {
            ElementItems::Functions(functions) => {
                for function in functions {
                    self.held.insert(function?);
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions {
                    let mut reader = expression?.get_operators_reader();
                    while !reader.eof() {
                        if let Operator::RefFunc { function_index } = reader.read()? {
                            self.held.insert(function_index);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn uses(body: &FunctionBody<'_>) -> Result<Uses, wasmparser::BinaryReaderError> {
    let mut uses = Uses::default();
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        match reader.read()? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => {
                uses.functions.insert(function_index);
            }
            Operator::MemoryInit { .. }
            | Operator::DataDrop { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. } => uses.segments = true,
            _ => {}
        }
    }
    Ok(uses)
}
