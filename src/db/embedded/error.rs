//! What can go wrong with the embedded PostgreSQL, each told as one sentence that says what to do. The system's own
//! words are part of the sentence (`why`), not a `source`, which would be printed after it once more.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "no PostgreSQL server was found: install it (apt-get install postgresql), set HMS_PG_BIN to the folder \
         that holds postgres and initdb, or set DATABASE_URL to use a server of yours"
    )]
    BinariesNotFound,
    #[error("HMS_PG_BIN is {}, but postgres and initdb are not both in it: correct it or unset it", .0.display())]
    BinNotUsable(PathBuf),
    #[error("PostgreSQL {found} is too old: install PostgreSQL 15 or newer, or set HMS_PG_BIN to its folder")]
    TooOld { found: u32 },
    #[error(
        "the data in {} was made by PostgreSQL {made_by}, but this machine has {found}: install PostgreSQL \
         {made_by}, or bring the data over with pg_upgrade or pg_dump", data.display()
    )]
    OtherVersion { data: PathBuf, made_by: String, found: String },
    #[error(
        "cannot use {} ({why}): let the user who runs hms read and write it, or set HMS_HOME to another folder",
        path.display()
    )]
    Unusable { path: PathBuf, why: io::Error },
    #[error(
        "PostgreSQL runs as user {user}, who may not enter {}: open that folder (chmod o+x) or use another place \
         than {}", closed.display(), path.display()
    )]
    Closed { path: PathBuf, closed: PathBuf, user: String },
    #[error(
        "PostgreSQL does not run as root, and there is no user {0} in /etc/passwd: set HMS_PG_USER to an \
         existing user that is not root"
    )]
    NoSuchUser(String),
    #[error(
        "user id {uid} has no entry in /etc/passwd, which PostgreSQL needs: run hms as a user that has one (in a \
         container: add one with useradd, or start it with a user of the image)"
    )]
    NoPasswdEntry { uid: u32 },
    #[error(
        "{} belongs to user id {owner}: run hms as the user who ran it first (root hands its server to another one, \
         HMS_PG_USER), or give the folder away with chown -R", path.display()
    )]
    OtherOwner { path: PathBuf, owner: u32 },
    #[error(
        "{} is no whole PostgreSQL data folder (its PG_VERSION is missing or damaged): put it back from your backup, \
         or move it away to begin with an empty database", .0.display()
    )]
    NotACluster(PathBuf),
    #[error("the password of this database is missing: put {} back from your backup", .0.display())]
    PasswordLost(PathBuf),
    #[error("cannot run {} ({why}): check that the user PostgreSQL runs as may execute it", program.display())]
    Run { program: PathBuf, why: io::Error },
    #[error("initdb could not make the database; correct what its last lines say and start again:\n{log}")]
    InitFailed { log: String },
    #[error("PostgreSQL did not start; correct what its last lines say and start again:\n{log}")]
    StartFailed { log: String },
    #[error(
        "PostgreSQL is still not ready after {seconds} s; it may be recovering after a crash: see the last lines, \
         wait and start again:\n{log}"
    )]
    StartSlow { seconds: u64, log: String },
    #[error(
        "another hms process holds {}, but its PostgreSQL is not ready after {seconds} s: stop that process and \
         start again", lock.display()
    )]
    OwnerNotReady { lock: PathBuf, seconds: u64 },
    #[error("PostgreSQL process {pid} of an earlier run does not stop: end it by hand (kill -9 {pid})")]
    OrphanStays { pid: i32 },
    #[error("a secret's name is lower-case letters, digits and _, not {0:?}")]
    SecretName(String),
    #[error("the machine gives no thread to watch PostgreSQL ({0}): raise its process limit")]
    Thread(io::Error),
    #[error("the thread that watches PostgreSQL ended: this is a fault in hms, please report it")]
    SupervisorDied,
}

/// For `map_err`: names the file or folder that an I/O error is about.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
    move |why| EmbeddedError::Unusable { path: path.to_owned(), why }
}
