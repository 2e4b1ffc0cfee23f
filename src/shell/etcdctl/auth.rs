//! `etcdctl user ...`, `role ...` and `auth ...`.

use super::{Context, Failure};
use crate::mvcc::{
    AuthOp, AuthReply, Error, KeyRange, Op, Permission, PermissionKind, ROOT, Reply,
};
use crate::shell::print::auth::{self as print, Subject};

/// The first line of standard input, as a password is read from it.
pub(super) fn first_line(stdin: &[u8]) -> String {
    let line = stdin.split(|byte| *byte == b'\n').next();
    let line = line.unwrap_or_default().trim_ascii();
    String::from_utf8_lossy(line).into_owned()
}

pub(super) fn enable(context: &mut Context<'_>) -> Result<(), Failure> {
    none(context, "auth enable command does not accept any arguments")?;
    context.style()?;
    context.client()?;
    loop {
        match context.request(Op::Auth(AuthOp::Enable)) {
            Ok(_) => break,
            // The tool makes the role of `root` and gives it to that user where it lacks it.
            Err(Error::RootRoleNotFound) => {
                context.apply(Op::Auth(AuthOp::RoleAdd(ROOT.to_owned())))?;
                let (user, role) = (ROOT.to_owned(), ROOT.to_owned());
                context.apply(Op::Auth(AuthOp::UserGrantRole { user, role }))?;
            }
            Err(error) => return Err(Failure::new(1, error.to_string())),
        }
    }
    context.say("Authentication Enabled\n");
    Ok(())
}

pub(super) fn disable(context: &mut Context<'_>) -> Result<(), Failure> {
    none(
        context,
        "auth disable command does not accept any arguments",
    )?;
    context.style()?;
    context.apply(Op::Auth(AuthOp::Disable))?;
    context.say("Authentication Disabled\n");
    Ok(())
}

pub(super) fn status(context: &mut Context<'_>) -> Result<(), Failure> {
    none(context, "auth status command does not accept any arguments")?;
    ask(context, AuthOp::Status, Subject::Status)
}

pub(super) fn user_add(context: &mut Context<'_>) -> Result<(), Failure> {
    let given = only(
        context,
        "user add command requires user name as its argument",
    )?;
    let with_password = !context.parsed.is_on("no-password");
    let flag = context.parsed.text("new-user-password").unwrap_or_default();
    let flag = String::from_utf8_lossy(flag).into_owned();
    let (name, password) = match given.split_once(':') {
        _ if !with_password => (given, None),
        _ if !flag.is_empty() => (given, Some(flag)),
        Some((name, password)) => {
            if name.is_empty() {
                return Err(Failure::new(128, "empty user name is not allowed"));
            }
            (name.to_owned(), Some(password.to_owned()))
        }
        None => {
            let password = read_password(context, &given)?;
            (given, Some(password))
        }
    };
    let subject = Subject::Done(format!("User {name} created\n"));
    ask(context, AuthOp::UserAdd { name, password }, subject)
}

pub(super) fn user_delete(context: &mut Context<'_>) -> Result<(), Failure> {
    let name = only(
        context,
        "user delete command requires user name as its argument",
    )?;
    let subject = Subject::Done(format!("User {name} deleted\n"));
    ask(context, AuthOp::UserDelete(name), subject)
}

pub(super) fn user_get(context: &mut Context<'_>) -> Result<(), Failure> {
    let name = only(
        context,
        "user get command requires user name as its argument",
    )?;
    if !context.parsed.is_on("detail") {
        return ask(context, AuthOp::UserGet(name.clone()), Subject::User(name));
    }
    context.style()?;
    let applied = context.apply(Op::Auth(AuthOp::UserGet(name.clone())))?;
    context.say(format!("User: {name}\n"));
    if let Reply::Auth(AuthReply::Roles(roles)) = applied.reply {
        for role in roles {
            context.say("\n");
            let subject = Subject::Role(role.clone());
            ask(context, AuthOp::RoleGet(role), subject)?;
        }
    }
    Ok(())
}

pub(super) fn user_list(context: &mut Context<'_>) -> Result<(), Failure> {
    none(context, "user list command requires no arguments")?;
    ask(context, AuthOp::UserList, Subject::Users)
}

pub(super) fn user_passwd(context: &mut Context<'_>) -> Result<(), Failure> {
    let name = only(
        context,
        "user passwd command requires user name as its argument",
    )?;
    let password = read_password(context, &name)?;
    let subject = Subject::Done("Password updated\n".to_owned());
    ask(
        context,
        AuthOp::UserChangePassword { name, password },
        subject,
    )
}

pub(super) fn user_grant_role(context: &mut Context<'_>) -> Result<(), Failure> {
    let usage = "user grant command requires user name and role name as its argument";
    let (user, role) = two(context, usage)?;
    let subject = Subject::Done(format!("Role {role} is granted to user {user}\n"));
    ask(context, AuthOp::UserGrantRole { user, role }, subject)
}

pub(super) fn user_revoke_role(context: &mut Context<'_>) -> Result<(), Failure> {
    let usage = "user revoke-role requires user name and role name as its argument";
    let (user, role) = two(context, usage)?;
    let subject = Subject::Done(format!("Role {role} is revoked from user {user}\n"));
    ask(context, AuthOp::UserRevokeRole { user, role }, subject)
}

pub(super) fn role_add(context: &mut Context<'_>) -> Result<(), Failure> {
    let name = only(
        context,
        "role add command requires role name as its argument",
    )?;
    let subject = Subject::Done(format!("Role {name} created\n"));
    ask(context, AuthOp::RoleAdd(name), subject)
}

pub(super) fn role_delete(context: &mut Context<'_>) -> Result<(), Failure> {
    let name = only(
        context,
        "role delete command requires role name as its argument",
    )?;
    let subject = Subject::Done(format!("Role {name} deleted\n"));
    ask(context, AuthOp::RoleDelete(name), subject)
}

pub(super) fn role_get(context: &mut Context<'_>) -> Result<(), Failure> {
    let name = only(
        context,
        "role get command requires role name as its argument",
    )?;
    ask(context, AuthOp::RoleGet(name.clone()), Subject::Role(name))
}

pub(super) fn role_list(context: &mut Context<'_>) -> Result<(), Failure> {
    none(context, "role list command requires no arguments")?;
    ask(context, AuthOp::RoleList, Subject::Roles)
}

pub(super) fn role_grant_permission(context: &mut Context<'_>) -> Result<(), Failure> {
    let [role, kind, keys @ ..] = context.parsed.args.as_slice() else {
        return Err(too_few_for_grant());
    };
    let role = String::from_utf8_lossy(role).into_owned();
    let name = String::from_utf8_lossy(kind).into_owned();
    if keys.is_empty() {
        return Err(too_few_for_grant());
    }
    let kind = match name.to_uppercase().as_str() {
        "READ" => PermissionKind::Read,
        "WRITE" => PermissionKind::Write,
        "READWRITE" => PermissionKind::ReadWrite,
        _ => {
            let text = format!("invalid permission type: {name}");
            return Err(Failure::new(128, text));
        }
    };
    let keys = permission_keys(context, keys)?;
    let subject = Subject::Done(format!("Role {role} updated\n"));
    let permission = Permission { kind, keys };
    ask(
        context,
        AuthOp::RoleGrantPermission { role, permission },
        subject,
    )
}

pub(super) fn role_revoke_permission(context: &mut Context<'_>) -> Result<(), Failure> {
    let [role, keys @ ..] = context.parsed.args.as_slice() else {
        return Err(too_few_for_revoke());
    };
    let Some(key) = keys.first() else {
        return Err(too_few_for_revoke());
    };
    let role = String::from_utf8_lossy(role).into_owned();
    let key = String::from_utf8_lossy(key).into_owned();
    let keys = permission_keys(context, keys)?;
    let end = String::from_utf8_lossy(&keys.range_end).into_owned();
    let what = match keys.range_end.as_slice() {
        [] => format!("key {key}"),
        [0] => format!("range [{key}, <open ended>"),
        _ => format!("range [{key}, {end})"),
    };
    let subject = Subject::Done(format!(
        "Permission of {what} is revoked from role {role}\n"
    ));
    ask(
        context,
        AuthOp::RoleRevokePermission { role, keys },
        subject,
    )
}

/// The range that a permission is about: a client sends a zero byte for an empty key.
fn permission_keys(context: &Context<'_>, keys: &[Vec<u8>]) -> Result<KeyRange, Failure> {
    let (prefix, from_key) = (
        context.parsed.is_on("prefix"),
        context.parsed.is_on("from-key"),
    );
    let key = keys.first().cloned().unwrap_or_default();
    let fail = |text: &str| Err(Failure::new(128, text));
    if prefix && from_key {
        return fail("--from-key and --prefix flags are mutually exclusive");
    }
    match keys.get(1) {
        Some(_) if prefix => return fail("unexpected endkey argument with --prefix flag"),
        Some(_) if from_key => return fail("unexpected endkey argument with --from-key flag"),
        _ => {}
    }
    let range_end = match keys.get(1) {
        _ if key.is_empty() && (prefix || from_key) => vec![0],
        Some(end) => end.clone(),
        None if prefix => KeyRange::prefix(key.clone()).range_end,
        None if from_key => vec![0],
        None => Vec::new(),
    };
    let key = if key.is_empty() { vec![0] } else { key };
    Ok(KeyRange { key, range_end })
}

/// A password from standard input: there is no terminal to hide it on.
fn read_password(context: &mut Context<'_>, name: &str) -> Result<String, Failure> {
    let interactive =
        context.parsed.text("interactive").is_none() || context.parsed.is_on("interactive");
    if !interactive {
        return Ok(first_line(context.stdin));
    }
    context.say(format!("Password of {name}: \n"));
    let mut lines = context.stdin.split(|byte| *byte == b'\n');
    let mut next = || {
        let line = lines.next().unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    };
    let (first, again) = (next(), next());
    if first.is_empty() {
        return Err(Failure::new(128, "empty password"));
    }
    context.say(format!(
        "Type password of {name} again for confirmation: \n"
    ));
    match first == again {
        true => Ok(first),
        false => Err(Failure::new(128, "given passwords are different")),
    }
}

fn ask(context: &mut Context<'_>, op: AuthOp, subject: Subject) -> Result<(), Failure> {
    let style = context.style()?;
    let applied = context.apply(Op::Auth(op))?;
    let Reply::Auth(reply) = applied.reply else {
        return Ok(());
    };
    print::reply(&mut context.out.stdout, &subject, &reply, &style)
}

fn none(context: &Context<'_>, usage: &str) -> Result<(), Failure> {
    match context.parsed.args.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(128, usage)),
    }
}

fn only(context: &Context<'_>, usage: &str) -> Result<String, Failure> {
    match context.parsed.args.as_slice() {
        [one] => Ok(String::from_utf8_lossy(one).into_owned()),
        _ => Err(Failure::new(128, usage)),
    }
}

fn two(context: &Context<'_>, usage: &str) -> Result<(String, String), Failure> {
    match context.parsed.args.as_slice() {
        [one, two] => Ok((
            String::from_utf8_lossy(one).into_owned(),
            String::from_utf8_lossy(two).into_owned(),
        )),
        _ => Err(Failure::new(128, usage)),
    }
}

fn too_few_for_grant() -> Failure {
    let text = "role grant command requires role name, permission type, and key [endkey] as its \
                argument";
    Failure::new(128, text)
}

fn too_few_for_revoke() -> Failure {
    let text = "role revoke-permission command requires role name and key [endkey] as its argument";
    Failure::new(128, text)
}
