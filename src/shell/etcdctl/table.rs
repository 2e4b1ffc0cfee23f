//! The table of etcdctl's commands: parsing, help and completion are read from these rows.

use super::Context;
use super::flags::Kind::{Bool, Duration, Int, List, Text};
use super::flags::{Flag, flag};
use super::{
    auth, cluster, compaction, del, endpoint, get, lease, lock, member, put, snapshot, txn, watch,
};
use crate::shell::Failure;

/// Does a command's work.
pub type Handler = fn(&mut Context<'_>) -> Result<(), Failure>;

/// A row: one command, or a group of commands when it has no handler.
pub struct Command {
    /// Names from the root down, such as `endpoint status`.
    pub path: &'static [&'static str],
    /// What stands behind the name in its usage line.
    pub args: &'static str,
    /// One line on what it does.
    pub short: &'static str,
    /// More lines, if there are any.
    pub long: &'static [&'static str],
    /// Lines of examples, if there are any.
    pub examples: &'static [&'static str],
    /// Its own flags, in the order of their names.
    pub flags: &'static [Flag],
    /// What it does; none for a group.
    pub run: Option<Handler>,
    /// Minors of etcd 3 that have it.
    pub minors: (u8, u8),
}

const ALL: (u8, u8) = (4, 6);

const fn command(
    path: &'static [&'static str],
    args: &'static str,
    short: &'static str,
    flags: &'static [Flag],
    run: Handler,
) -> Command {
    Command {
        path,
        args,
        short,
        long: &[],
        examples: &[],
        flags,
        run: Some(run),
        minors: ALL,
    }
}

const fn group(path: &'static [&'static str], args: &'static str, short: &'static str) -> Command {
    Command {
        path,
        args,
        short,
        long: &[],
        examples: &[],
        flags: &[],
        run: None,
        minors: ALL,
    }
}

/// The root's own row.
pub const ROOT: Command = group(&[], "", "A simple command line client for etcd3.");

/// Flags that every command takes.
#[rustfmt::skip]
pub const GLOBAL_FLAGS: &[Flag] = &[
    flag("cacert", Text, "\"\"", "verify certificates of TLS-enabled secure servers using this CA bundle"),
    flag("cert", Text, "\"\"", "identify secure client using this TLS certificate file"),
    flag("command-timeout", Duration, "5s", "timeout for short running command (excluding dial timeout)"),
    flag("debug", Bool, "false", "enable client-side debug logging"),
    flag("dial-timeout", Duration, "2s", "dial timeout for client connections"),
    flag("discovery-srv", Text, "\"\"", "domain name to query for SRV records describing cluster endpoints").short('d'),
    flag("discovery-srv-name", Text, "\"\"", "service name to query when using DNS discovery"),
    flag("endpoints", List, "[127.0.0.1:2379]", "gRPC endpoints"),
    flag("hex", Bool, "false", "print byte strings as hex encoded strings"),
    flag("insecure-discovery", Bool, "true", "accept insecure SRV records describing cluster endpoints"),
    flag("insecure-skip-tls-verify", Bool, "false", "skip server certificate verification (CAUTION: this option should be enabled only for testing purposes)"),
    flag("insecure-transport", Bool, "true", "disable transport security for client connections"),
    flag("keepalive-time", Duration, "2s", "keepalive time for client connections"),
    flag("keepalive-timeout", Duration, "6s", "keepalive timeout for client connections"),
    flag("key", Text, "\"\"", "identify secure client using this TLS key file"),
    flag("max-recv-bytes", Int, "0", "client-side response receive limit in bytes (if 0, it defaults to \"math.MaxInt32\")").since(6),
    flag("max-request-bytes", Int, "0", "client-side request send limit in bytes (if 0, it defaults to 2.0 MiB (2 * 1024 * 1024).)").since(6),
    flag("password", Text, "\"\"", "password for authentication (if this option is used, --user option shouldn't include password)"),
    flag("user", Text, "\"\"", "username[:password] for authentication (prompt if password is not supplied)"),
    flag("write-out", Text, "\"simple\"", "set the output format (fields, json, protobuf, simple, table)").short('w'),
];

const CLUSTER: Flag = flag(
    "cluster",
    Bool,
    "false",
    "use all endpoints from the cluster member list",
);

/// Every command that is known, in the order of their names.
#[rustfmt::skip]
pub const COMMANDS: &[Command] = &[
    group(&["alarm"], "<subcommand>", "Alarm related commands"),
    command(&["alarm", "disarm"], "", "Disarms all alarms", &[], cluster::alarm_disarm),
    command(&["alarm", "list"], "", "Lists all alarms", &[], cluster::alarm_list),
    group(&["auth"], "<enable or disable>", "Enable or disable authentication"),
    command(&["auth", "disable"], "", "Disables authentication", &[], auth::disable),
    command(&["auth", "enable"], "", "Enables authentication", &[], auth::enable),
    Command { minors: (5, 6), ..command(&["auth", "status"], "", "Returns authentication status", &[], auth::status) },
    group(&["check"], "<subcommand>", "commands for checking properties of the etcd cluster"),
    Command { long: &["If no endpoint is provided, localhost will be used. If multiple endpoints are provided, first endpoint will be used."], ..command(&["check", "datascale"], "[options]", "Check the memory usage of holding data for different workloads on a given server endpoint.", &[flag("auto-compact", Bool, "false", "Compact storage with last revision after test is finished."), flag("auto-defrag", Bool, "false", "Defragment storage after test is finished."), flag("load", Text, "\"s\"", "The datascale check's workload model. Accepted workloads: s(small), m(medium), l(large), xl(xLarge)"), flag("prefix", Text, "\"/etcdctl-check-datascale/\"", "The prefix for writing the datascale check's keys.")], cluster::check) },
    command(&["check", "perf"], "[options]", "Check the performance of the etcd cluster", &[flag("auto-compact", Bool, "false", "Compact storage with last revision after test is finished."), flag("auto-defrag", Bool, "false", "Defragment storage after test is finished."), flag("load", Text, "\"s\"", "The performance check's workload model. Accepted workloads: s(small), m(medium), l(large), xl(xLarge)"), flag("prefix", Text, "\"/etcdctl-check-perf/\"", "The prefix for writing the performance check's keys.")], cluster::check),
    command(
        &["compaction"],
        "[options] <revision>",
        "Compacts the event history in etcd",
        &[flag("physical", Bool, "false", "'true' to wait for compaction to physically remove all old revisions")],
        compaction::run,
    ),
    Command { minors: (4, 4), ..group(&["completion"], "", "Generate the autocompletion script for the specified shell") },
    Command { minors: (4, 4), ..command(&["completion", "bash"], "", "Generate the autocompletion script for bash", &[], cluster::completion) },
    Command { minors: (4, 4), ..command(&["completion", "fish"], "", "Generate the autocompletion script for fish", &[], cluster::completion) },
    Command { minors: (4, 4), ..command(&["completion", "powershell"], "", "Generate the autocompletion script for powershell", &[], cluster::completion) },
    Command { minors: (4, 4), ..command(&["completion", "zsh"], "", "Generate the autocompletion script for zsh", &[], cluster::completion) },
    Command { minors: (6, 6), ..command(&["completion"], "[bash|zsh|fish|powershell]", "Generate completion script", &[], cluster::completion) },
    command(&["defrag"], "", "Defragments the storage of the etcd members with given endpoints", &[CLUSTER, flag("data-dir", Text, "\"\"", "Optional. If present, defragments a data directory not in use by etcd.").until(5)], cluster::defrag),
    command(
        &["del"],
        "[options] <key> [range_end]",
        "Removes the specified key or range of keys [key, range_end)",
        &[
            flag("from-key", Bool, "false", "delete keys that are greater than or equal to the given key using byte compare"),
            flag("prefix", Bool, "false", "delete keys with matching prefix"),
            flag("prev-kv", Bool, "false", "return deleted key-value pairs"),
            flag("range", Bool, "false", "delete range of keys").since(6),
        ],
        del::run,
    ),
    Command { minors: (6, 6), ..group(&["downgrade"], "<TARGET_VERSION>", "Downgrade related commands") },
    Command { minors: (6, 6), ..command(&["downgrade", "cancel"], "", "Cancel the ongoing downgrade action to cluster", &[], cluster::downgrade) },
    Command { minors: (6, 6), ..command(&["downgrade", "enable"], "<TARGET_VERSION>", "Start a downgrade action to cluster", &[], cluster::downgrade) },
    Command { minors: (6, 6), ..command(&["downgrade", "validate"], "<TARGET_VERSION>", "Validate downgrade capability before starting downgrade", &[], cluster::downgrade) },
    command(&["elect"], "<election-name> [proposal]", "Observes and participates in leader election", &[flag("listen", Bool, "false", "observation mode").short('l')], lock::elect),
    Command { flags: &[CLUSTER], ..group(&["endpoint"], "<subcommand>", "Endpoint related commands") },
    command(
        &["endpoint", "hashkv"],
        "",
        "Prints the KV history hash for each endpoint in --endpoints",
        &[
            flag("rev", Int, "0", "maximum revision to hash (default: all revisions)").until(5),
            flag("rev", Int, "0", "maximum revision to hash (default: latest revision)").since(6),
        ],
        endpoint::hashkv,
    ),
    command(&["endpoint", "health"], "", "Checks the healthiness of endpoints specified in `--endpoints` flag", &[], endpoint::health),
    Command {
        long: &[
            "When --write-out is set to simple, this command prints out comma-separated status lists for each endpoint.",
            "The items in the lists are endpoint, ID, version, db size, is leader, is learner, raft term, raft index, raft applied index, errors.",
        ],
        ..command(&["endpoint", "status"], "", "Prints out the status of endpoints specified in `--endpoints` flag", &[], endpoint::status)
    },
    command(
        &["get"],
        "[options] <key> [range_end]",
        "Gets the key or a range of keys",
        &[
            flag("consistency", Text, "\"l\"", "Linearizable(l) or Serializable(s)"),
            flag("count-only", Bool, "false", "Get only the count").since(5),
            flag("from-key", Bool, "false", "Get keys that are greater than or equal to the given key using byte compare"),
            flag("keys-only", Bool, "false", "Get only the keys"),
            flag("limit", Int, "0", "Maximum number of results"),
            flag("max-create-rev", Int, "0", "Maximum create revision").since(6),
            flag("max-mod-rev", Int, "0", "Maximum modification revision").since(6),
            flag("min-create-rev", Int, "0", "Minimum create revision").since(6),
            flag("min-mod-rev", Int, "0", "Minimum modification revision").since(6),
            flag("order", Text, "\"\"", "Order of results; ASCEND or DESCEND (ASCEND by default)"),
            flag("prefix", Bool, "false", "Get keys with matching prefix"),
            flag("print-value-only", Bool, "false", "Only write values when using the \"simple\" output format"),
            flag("rev", Int, "0", "Specify the kv revision"),
            flag("sort-by", Text, "\"\"", "Sort target; CREATE, KEY, MODIFY, VALUE, or VERSION"),
        ],
        get::run,
    ),
    command(&["help"], "[command]", "Help about any command", &[], cluster::completion),
    group(&["lease"], "<subcommand>", "Lease related commands"),
    command(&["lease", "grant"], "<ttl>", "Creates leases", &[], lease::grant),
    command(
        &["lease", "keep-alive"],
        "[options] <leaseID>",
        "Keeps leases alive (renew)",
        &[flag("once", Bool, "false", "Resets the keep-alive time to its original value and cobrautl.Exits immediately")],
        lease::keep_alive,
    ),
    command(&["lease", "list"], "", "List all active leases", &[], lease::list),
    command(&["lease", "revoke"], "<leaseID>", "Revokes leases", &[], lease::revoke),
    command(
        &["lease", "timetolive"],
        "<leaseID> [options]",
        "Get lease information",
        &[flag("keys", Bool, "false", "Get keys attached to this lease")],
        lease::time_to_live,
    ),
    command(&["lock"], "<lockname> [exec-command arg1 arg2 ...]", "Acquires a named lock", &[flag("ttl", Int, "10", "timeout for session")], lock::lock),
    command(&["make-mirror"], "[options] <destination>", "Makes a mirror at the destination etcd cluster", &[flag("dest-cacert", Text, "\"\"", "Verify certificates of TLS enabled secure servers using this CA bundle"), flag("dest-cert", Text, "\"\"", "Identify secure client using this TLS certificate file for the destination cluster"), flag("dest-insecure-transport", Bool, "true", "Disable transport security for client connections"), flag("dest-key", Text, "\"\"", "Identify secure client using this TLS key file"), flag("dest-password", Text, "\"\"", "Destination password for authentication (if this option is used, --user option shouldn't include password)"), flag("dest-prefix", Text, "\"\"", "destination prefix to mirror a prefix to a different prefix in the destination cluster"), flag("dest-user", Text, "\"\"", "Destination username[:password] for authentication (prompt if password is not supplied)"), flag("no-dest-prefix", Bool, "false", "mirror key-values to the root of the destination cluster"), flag("prefix", Text, "\"\"", "Key-value prefix to mirror")], cluster::make_mirror),
    group(&["member"], "<subcommand>", "Membership related commands"),
    command(&["member", "add"], "<memberName> [options]", "Adds a member into the cluster", &[flag("learner", Bool, "false", "indicates if the new member is raft learner"), flag("peer-urls", Text, "\"\"", "comma separated peer URLs for the new member.")], cluster::member_add),
    command(&["member", "list"], "", "Lists all members in the cluster", &[], member::list),
    Command { long: &["Promotes a non-voting learner member to a voting one in the cluster.", ""], ..command(&["member", "promote"], "<memberID>", "Promotes a non-voting member in the cluster", &[], cluster::member_promote) },
    command(&["member", "remove"], "<memberID>", "Removes a member from the cluster", &[], cluster::member_remove),
    command(&["member", "update"], "<memberID> [options]", "Updates a member in the cluster", &[flag("peer-urls", Text, "\"\"", "comma separated peer URLs for the updated member.")], cluster::member_update),
    Command { minors: (4, 4), ..command(&["migrate"], "", "Migrates keys in a v2 store to a mvcc store", &[], cluster::completion) },
    command(&["move-leader"], "<transferee-member-id>", "Transfers leadership to another etcd cluster member.", &[], cluster::move_leader),
    Command {
        long: &[
            "Puts the given key into the store.",
            "",
            "When <value> begins with '-', <value> is interpreted as a flag.",
            "Insert '--' for workaround:",
            "",
            "$ put <key> -- <value>",
            "$ put -- <key> <value>",
            "",
            "If <value> isn't given as a command line argument and '--ignore-value' is not specified,",
            "this command tries to read the value from standard input.",
            "",
            "If <lease> isn't given as a command line argument and '--ignore-lease' is not specified,",
            "this command tries to read the value from standard input.",
            "",
            "For example,",
            "$ cat file | put <key>",
            "will store the content of the file to <key>.",
        ],
        ..command(
            &["put"],
            "[options] <key> <value> (<value> can also be given from stdin)",
            "Puts the given key into the store",
            &[
                flag("ignore-lease", Bool, "false", "updates the key using its current lease"),
                flag("ignore-value", Bool, "false", "updates the key using its current value"),
                flag("lease", Text, "\"0\"", "lease ID (in hexadecimal) to attach to the key"),
                flag("prev-kv", Bool, "false", "return the previous key-value pair before modification"),
            ],
            put::run,
        )
    },
    group(&["role"], "<subcommand>", "Role related commands"),
    command(&["role", "add"], "<role name>", "Adds a new role", &[], auth::role_add),
    command(&["role", "delete"], "<role name>", "Deletes a role", &[], auth::role_delete),
    command(&["role", "get"], "<role name>", "Gets detailed information of a role", &[], auth::role_get),
    command(&["role", "grant-permission"], "[options] <role name> <permission type> <key> [endkey]", "Grants a key to a role", &[flag("from-key", Bool, "false", "grant a permission of keys that are greater than or equal to the given key using byte compare"), flag("prefix", Bool, "false", "grant a prefix permission")], auth::role_grant_permission),
    command(&["role", "list"], "", "Lists all roles", &[], auth::role_list),
    command(&["role", "revoke-permission"], "<role name> <key> [endkey]", "Revokes a key from a role", &[flag("from-key", Bool, "false", "revoke a permission of keys that are greater than or equal to the given key using byte compare"), flag("prefix", Bool, "false", "revoke a prefix permission")], auth::role_revoke_permission),
    Command { minors: (4, 5), ..group(&["snapshot"], "<subcommand>", "Manages etcd node snapshots") },
    Command {
        minors: (6, 6),
        examples: &[
            "# Save snapshot to a given file",
            "etcdctl snapshot save /backup/etcd-snapshot.db",
            "",
            "# Get snapshot from given address and save it to file",
            "etcdctl snapshot save --endpoints=127.0.0.1:3000 /backup/etcd-snapshot.db",
            "",
            "# Get snapshot from given address with certificates",
            "etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/etcd/ca.crt --cert=/etc/etcd/etcd.crt --key=/etc/etcd/etcd.key snapshot save /backup/etcd-snapshot.db",
            "",
            "# Get snapshot wih certain user and password",
            "etcdctl --user=root --password=password123 snapshot save /backup/etcd-snapshot.db",
            "",
            "# Get snapshot from given address with timeout",
            "etcdctl --endpoints=https://127.0.0.1:2379 --dial-timeout=20s snapshot save /backup/etcd-snapshot.db",
            "",
            "# Save snapshot with desirable time format",
            "etcdctl snapshot save /mnt/backup/etcd/backup_$(date +%Y%m%d_%H%M%S).db",
        ],
        ..group(&["snapshot"], "<subcommand>", "Manages etcd node snapshots")
    },
    Command { minors: (4, 5), ..command(&["snapshot", "restore"], "<filename> [options]", "Restores an etcd member snapshot to an etcd directory", &[flag("data-dir", Text, "\"\"", "Path to the data directory"), flag("initial-advertise-peer-urls", Text, "\"http://localhost:2380\"", "List of this member's peer URLs to advertise to the rest of the cluster"), flag("initial-cluster", Text, "\"default=http://localhost:2380\"", "Initial cluster configuration for restore bootstrap"), flag("initial-cluster-token", Text, "\"etcd-cluster\"", "Initial cluster token for the etcd cluster during restore bootstrap"), flag("name", Text, "\"default\"", "Human-readable name for this member"), flag("skip-hash-check", Bool, "false", "Ignore snapshot integrity hash value (required if copied from data directory)"), flag("wal-dir", Text, "\"\"", "Path to the WAL directory (use --data-dir if none given)")], snapshot::restore) },
    command(&["snapshot", "save"], "<filename>", "Stores an etcd node backend snapshot to a given file", &[], snapshot::save),
    Command { minors: (4, 4), long: &["When --write-out is set to simple, this command prints out comma-separated status lists for each endpoint.", "The items in the lists are hash, revision, total keys, total size."], ..command(&["snapshot", "status"], "<filename>", "Gets backend snapshot status of a given file", &[], snapshot::status) },
    Command { minors: (5, 5), long: &["When --write-out is set to simple, this command prints out comma-separated status lists for each endpoint.", "The items in the lists are hash, revision, total keys, total size.", "", "Moved to 'etcdctl snapshot status ...'", ""], ..command(&["snapshot", "status"], "<filename>", "[deprecated] Gets backend snapshot status of a given file", &[], snapshot::status) },
    Command { minors: (4, 5), ..command(&["txn"], "[options]", "Txn processes all the requests in one transaction", &[flag("interactive", Bool, "false", "Input transaction in interactive mode").short('i')], txn::run) },
    Command {
        minors: (6, 6),
        long: &[
            "Txn reads multiple etcd requests from standard input and applies them as a single atomic transaction.",
            "",
            "A transaction consists of three components:",
            "1) a list of conditions,",
            "2) a list of requests to apply if all the conditions are true,",
            "3) a list of requests to apply if any condition is false.",
            "",
            "Example interactive stdin usage:",
            "",
            "---",
            "etcdctl txn -i",
            "# compares:",
            "mod(\"key1\") > \"0\"",
            "",
            "# success requests (get, put, delete):",
            "put key1 \"overwrote-key1\"",
            "",
            "# failure requests (get, put, delete):",
            "put key1 \"created-key1\"",
            "put key2 \"some extra key\"",
            "---",
            "",
            "Refer to https://github.com/etcd-io/etcd/blob/main/etcdctl/README.md#txn-options.",
        ],
        ..command(&["txn"], "[options]", "Txn processes all the requests in one transaction", &[flag("interactive", Bool, "false", "Input transaction in interactive mode").short('i')], txn::run)
    },
    group(&["user"], "<subcommand>", "User related commands"),
    command(&["user", "add"], "<user name or user:password> [options]", "Adds a new user", &[flag("interactive", Bool, "true", "Read password from stdin instead of interactive terminal"), flag("new-user-password", Text, "\"\"", "Supply password from the command line flag"), flag("no-password", Bool, "false", "Create a user without password (CN based auth only)")], auth::user_add),
    command(&["user", "delete"], "<user name>", "Deletes a user", &[], auth::user_delete),
    command(&["user", "get"], "<user name> [options]", "Gets detailed information of a user", &[flag("detail", Bool, "false", "Show permissions of roles granted to the user")], auth::user_get),
    command(&["user", "grant-role"], "<user name> <role name>", "Grants a role to a user", &[], auth::user_grant_role),
    command(&["user", "list"], "", "Lists all users", &[], auth::user_list),
    command(&["user", "passwd"], "<user name> [options]", "Changes password of user", &[flag("interactive", Bool, "true", "If true, read password from stdin instead of interactive terminal")], auth::user_passwd),
    command(&["user", "revoke-role"], "<user name> <role name>", "Revokes a role from a user", &[], auth::user_revoke_role),
    command(&["version"], "", "Prints the version of etcdctl", &[], cluster::version),
    command(
        &["watch"],
        "[options] [key or prefix] [range_end] [--] [exec-command arg1 arg2 ...]",
        "Watches events stream on keys or prefixes",
        &[
            flag("interactive", Bool, "false", "Interactive mode").short('i'),
            flag("prefix", Bool, "false", "Watch on a prefix if prefix is set"),
            flag("prev-kv", Bool, "false", "get the previous key-value pair before the event happens"),
            flag("progress-notify", Bool, "false", "get periodic watch progress notification from server").since(5),
            flag("rev", Int, "0", "Revision to start watching"),
        ],
        watch::run,
    ),
];

/// Rows that a minor release has.
pub fn commands(minor: u8) -> impl Iterator<Item = &'static Command> {
    COMMANDS
        .iter()
        .filter(move |row| (row.minors.0..=row.minors.1).contains(&minor))
}

/// The commands right below `path`.
pub fn below(path: &[&str], minor: u8) -> impl Iterator<Item = &'static Command> {
    let depth = path.len() + 1;
    commands(minor).filter(move |row| row.path.len() == depth && row.path.starts_with(path))
}

/// The flags that a command has from those above it: a group's, and the global ones.
pub fn inherited_flags(path: &[&str], minor: u8) -> impl Iterator<Item = &'static Flag> {
    let groups = commands(minor)
        .filter(move |row| row.path.len() < path.len() && path.starts_with(row.path));
    let flags = groups.flat_map(|row| row.flags).chain(GLOBAL_FLAGS);
    flags.filter(move |flag| flag.is_in(minor))
}

/// The command of a name below `path`: the name itself, or a prefix that only one has.
pub fn find(path: &[&str], name: &[u8], minor: u8) -> Option<&'static Command> {
    let exact = below(path, minor).find(|row| row.name().as_bytes() == name);
    exact.or_else(|| {
        let mut with_prefix =
            below(path, minor).filter(|row| row.name().as_bytes().starts_with(name));
        with_prefix
            .next()
            .filter(|_| with_prefix.next().is_none() && !name.is_empty())
    })
}

impl Command {
    /// The last of its names.
    pub fn name(&self) -> &'static str {
        self.path.last().copied().unwrap_or("etcdctl")
    }
}
