//! `etcdctl snapshot ...`, and `etcdutl snapshot status`.
//!
//! Files are those of the session ([`crate::shell::Files`]). A snapshot is what the simulated
//! member's own file holds; it can be restored by a real etcd.

use super::{Context, Failure, Format, go, json};
use crate::etcd::Status;
use crate::shell::Output;
use crate::shell::print::{Style, table};
use crate::shell::redirect::file_name;

/// `snapshot save NAME`.
pub(super) fn save(context: &mut Context<'_>) -> Result<(), Failure> {
    let minor = context.session.store.release().minor;
    let [name] = context.parsed.args.as_slice() else {
        let text = match minor {
            6.. => "snapshot save expects one argument <filename>",
            _ => "snapshot save expects one argument",
        };
        return Err(Failure::new(128, text));
    };
    let name = String::from_utf8_lossy(name).into_owned();
    context.style()?;
    context.client()?;
    context.admin().map_err(|why| Failure::new(5, why))?;
    let index = context.session.store.raft_index();
    let bytes = context.session.backend.snapshot(index);
    let bytes = bytes.map_err(|why| Failure::new(5, why.to_string()))?;
    if !context
        .session
        .files
        .save_bounded(&file_name(name.as_bytes()), bytes)
    {
        let text =
            format!("could not open {name}.part (write {name}.part: no space left on device)");
        return Err(Failure::new(5, text));
    }
    context.say(format!("Snapshot saved at {name}\n"));
    if minor >= 6 {
        let version = crate::shell::print::simple::storage_version(context.session.store.release());
        context.say(format!("Server version {version}\n"));
    }
    Ok(())
}

/// `snapshot status FILE` of etcdctl, which says since 3.5 that etcdutl has it now.
pub(super) fn status(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    if style.release.minor == 5 {
        context.complain("Deprecated: Use `etcdutl snapshot status` instead.\n\n");
    }
    let [name] = context.parsed.args.as_slice() else {
        let text = "snapshot status requires exactly one argument";
        return Err(Failure::new(128, text));
    };
    let name = String::from_utf8_lossy(name).into_owned();
    let status = context.session.files.status(&name, style.release)?;
    print(context.out, &status, &style)
}

/// `snapshot restore FILE` makes a folder for a member to start from.
pub(super) fn restore(context: &mut Context<'_>) -> Result<(), Failure> {
    if context.session.store.release().minor == 5 {
        context.complain("Deprecated: Use `etcdutl snapshot restore` instead.\n\n");
    }
    if context.parsed.args.len() != 1 {
        let text = "snapshot restore requires exactly one argument";
        return Err(Failure::new(128, text));
    }
    let text = "on a real machine this makes a data directory from a snapshot; open the file here \
                instead";
    Err(Failure::new(1, text))
}

/// Prints what a snapshot holds, as the release does.
///
/// # Errors
/// Where there is no such format.
pub(in crate::shell) fn print(
    out: &mut Output,
    status: &Status,
    style: &Style,
) -> Result<(), Failure> {
    let newer = style.release.minor >= 6;
    let version = status.version.as_deref().unwrap_or_default();
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (total_key, total_size) = (signed(status.total_key), signed(status.total_size));
    let mut titles = vec!["hash", "revision", "total keys", "total size"];
    let mut row = vec![
        format!("{:x}", status.hash),
        status.revision.to_string(),
        status.total_key.to_string(),
        go::human_bytes(total_size),
    ];
    if newer {
        titles.push("version");
        row.push(version.to_owned());
    }
    let text = match style.format {
        Format::Simple => row.join(", ") + "\n",
        Format::Table => table::table(&titles, &[row]),
        Format::Json => {
            let object = json::Object::default()
                .number("hash", i64::from(status.hash))
                .number("revision", status.revision)
                .number("totalKey", total_key)
                .number("totalSize", total_size);
            let object = match newer {
                true => object.text("version", version),
                false => object,
            };
            object.end() + "\n"
        }
        Format::Fields => {
            let version = match newer {
                true => format!("\"Version\" : {version}\n"),
                false => String::new(),
            };
            format!(
                "\"Hash\" : {}\n\"Revision\" : {}\n\"Keys\" : {}\n\"Size\" : {}\n{version}",
                status.hash, status.revision, status.total_key, status.total_size
            )
        }
        Format::Protobuf => return Err(style.format.unsupported()),
    };
    out.stdout.extend(text.bytes());
    Ok(())
}
