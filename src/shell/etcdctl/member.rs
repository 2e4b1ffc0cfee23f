//! `etcdctl member list`: the one member that is simulated.

use super::{Context, Failure, Format, fields, json, simple};
use crate::shell::print::{Member, table};

/// The member's address for clients, as the cluster knows it.
pub(super) const CLIENT_URL: &str = "http://127.0.0.1:2379";

pub(super) fn list(context: &mut Context<'_>) -> Result<(), Failure> {
    let style = context.style()?;
    let member = Member {
        id: style.header.member_id,
        name: "default",
        peer_url: "http://localhost:2380",
        client_url: CLIENT_URL,
    };
    let (titles, rows) = simple::member_rows(&member);
    match style.format {
        Format::Simple => simple::rows(&mut context.out.stdout, &rows),
        Format::Table => context.say(table::table(&titles, &rows)),
        Format::Json => context.say(json::members(&member, &style)),
        Format::Fields => {
            let mut text = String::new();
            fields::members(&mut text, &member, &style);
            context.say(text);
        }
        Format::Protobuf => return Err(style.format.unsupported()),
    }
    Ok(())
}
