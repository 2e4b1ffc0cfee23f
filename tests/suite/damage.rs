//! temp
use crate::support::data;
use crate::support::survey::survey;
#[test]
fn table() {
    let mut names: Vec<_> = std::fs::read_dir("tests/data/snapshots")
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names {
        let name = name.trim_end_matches(".gz");
        let found = survey(data::unpack(&format!("snapshots/{name}")));
        println!(
            "    check(\n        {name:?},\n        {},\n        &[",
            found.records.len()
        );
        for p in found.problems {
            println!("            {p:?},");
        }
        println!("        ],\n    );");
    }
}
