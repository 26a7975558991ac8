//! As whom the server's programs run: as ourselves, or, when we are root, as somebody else.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Signal, geteuid, getpid, getppid, set_parent_process_death_signal};

use super::error::EmbeddedError;

const PASSWD: &str = "/etc/passwd";

/// The user of the server's files and processes. `drop_to` is set when we are root and step down.
#[derive(Debug, Clone)]
pub(super) struct Account {
    uid: u32,
    drop_to: Option<User>,
}

#[derive(Debug, Clone, PartialEq)]
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

impl Account {
    /// Existing data decides (PostgreSQL refuses data of another user), then `wanted`, then `postgres` or `nobody`.
    pub(super) fn choose(wanted: Option<&str>, data: &Path) -> Result<Account, EmbeddedError> {
        let owner = fs::symlink_metadata(data).ok().map(|metadata| metadata.uid());
        let other_owner = |owner| Err(EmbeddedError::OtherOwner { path: data.to_owned(), owner });
        let own = geteuid().as_raw();
        if own != 0 {
            return match owner {
                Some(owner) if owner != own => other_owner(owner),
                _ => Ok(Account { uid: own, drop_to: None }),
            };
        }
        let passwd = fs::read_to_string(PASSWD).map_err(super::error::at(Path::new(PASSWD)))?;
        let users: Vec<User> = passwd.lines().filter_map(parse).filter(|user| user.uid != 0).collect();
        let named = |name: &str| users.iter().find(|user| user.name == name);
        let user = match (wanted, owner) {
            (Some(name), _) => named(name).ok_or_else(|| EmbeddedError::NoSuchUser(name.to_owned()))?,
            (None, Some(owner)) => match users.iter().find(|user| user.uid == owner) {
                Some(user) => user,
                None => return other_owner(owner),
            },
            (None, None) => named("postgres")
                .or_else(|| named("nobody"))
                .ok_or_else(|| EmbeddedError::NoSuchUser("postgres or nobody".to_owned()))?,
        };
        match owner {
            Some(owner) if owner != user.uid => other_owner(owner),
            _ => Ok(Account { uid: user.uid, drop_to: Some(user.clone()) }),
        }
    }

    pub(super) fn uid(&self) -> u32 {
        self.uid
    }

    /// Hand a file or folder that we just made to this account.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        match &self.drop_to {
            Some(user) => std::os::unix::fs::lchown(path, Some(user.uid), Some(user.gid)),
            None => Ok(()),
        }
    }

    /// Whether this account can reach `path`, told by the folder on the way that is closed to it. Ourselves we
    /// need not ask: the system's own answer comes soon enough, and names the path.
    pub(super) fn check_can_enter(&self, path: &Path) -> Result<(), EmbeddedError> {
        let Some(user) = &self.drop_to else { return Ok(()) };
        let closed =
            path.ancestors().filter(|folder| fs::metadata(folder).is_ok_and(|m| !user.may_enter(&m))).last();
        closed.map_or(Ok(()), |closed| {
            let (path, closed) = (path.to_owned(), closed.to_owned());
            Err(EmbeddedError::Closed { path, closed, user: user.name.clone() })
        })
    }

    /// A command that runs as this account and ends when the calling *thread* does.
    ///
    /// Its environment is empty but for what it needs: ours holds secrets, and `PG*` or `LC_*` would steer the
    /// server. Its own process group keeps a terminal's Ctrl-C from reaching it: only we decide when it stops.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
        command.stdin(Stdio::null()).process_group(0);
        if let Some(user) = &self.drop_to {
            // std drops the supplementary groups by itself.
            command.gid(user.gid).uid(user.uid).current_dir("/");
        }
        die_with_this_thread(&mut command);
        command
    }
}

impl User {
    fn may_enter(&self, folder: &fs::Metadata) -> bool {
        let shift = match folder {
            _ if folder.uid() == self.uid => 6,
            _ if folder.gid() == self.gid => 3,
            _ => 0,
        };
        folder.mode() >> shift & 0o1 == 1
    }
}

fn parse(line: &str) -> Option<User> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(User { name, uid, gid })
}

#[expect(unsafe_code, reason = "a hook between fork and exec is the only way to set the parent-death signal")]
fn die_with_this_thread(command: &mut Command) {
    let parent = getpid();
    let hook = move || {
        set_parent_process_death_signal(Some(Signal::INT))?;
        // Our process may have died before the line above: then no signal would ever come.
        if getppid() == Some(parent) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed: `hook` makes two plain system calls
    // and neither allocates nor takes a lock. std runs it after setuid, which would clear the signal.
    unsafe { command.pre_exec(hook) };
}
