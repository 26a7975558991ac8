//! The files of one home: folders, the owner's lock, secrets, the data folder and its making.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::account::Account;
use super::error::{EmbeddedError, at};
use super::find::{self, Binaries};
use super::{Options, SUPERUSER};

pub(super) const PORT: u16 = 5432;

/// The longest path of a socket, without the closing NUL (`sun_path` of unix(7)).
const SOCKET_PATH_MAX: usize = 107;

/// What is known about a home before anything runs in it.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) home: PathBuf,
    pub(super) data: PathBuf,
    pub(super) socket_dir: PathBuf,
    pub(super) binaries: Binaries,
    pub(super) account: Account,
    pub(super) options: Options,
}

/// Held by the process that runs the server. The kernel releases it when the process ends, in whatever way.
#[derive(Debug)]
pub(super) struct OwnerLock {
    _file: File,
}

impl Cluster {
    /// Make the home and find everything that is needed. Touches nothing that an owner may be using.
    pub(super) fn prepare(options: Options) -> Result<Cluster, EmbeddedError> {
        // Root's home is passed through by the server's user, who lists nothing in it.
        let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
        DirBuilder::new().recursive(true).mode(mode).create(&options.home).map_err(at(&options.home))?;
        let home = options.home.canonicalize().map_err(at(&options.home))?;
        let data = home.join("data");
        let account = Account::choose(options.user.as_deref(), &data)?;
        account.check_can_enter(&home)?;
        let binaries = find::find(&options, &account, &data, made_by(&data)?.as_deref())?;
        let socket_dir = socket_dir(&home, account.uid());
        Ok(Cluster { home, data, socket_dir, binaries, account, options })
    }

    pub(super) fn lock_path(&self) -> PathBuf {
        self.home.join("owner.lock")
    }

    pub(super) fn log_dir(&self) -> PathBuf {
        self.home.join("log")
    }

    /// In the home and not in `log/`: root must not open files in a folder that another user may write to.
    pub(super) fn start_log(&self) -> PathBuf {
        self.home.join("start.log")
    }

    /// The lock, or nothing if another process (or another [`super::Server`] of this one) has it.
    pub(super) fn try_own(&self) -> Result<Option<OwnerLock>, EmbeddedError> {
        let path = self.lock_path();
        let open = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = open.map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(OwnerLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(why)) => Err(EmbeddedError::Unusable { path, why }),
        }
    }

    /// The superuser's password; for an owner that is about to start, so data without it is an error.
    pub(super) fn superuser_password(&self) -> Result<String, EmbeddedError> {
        let file = self.secrets().join(SUPERUSER);
        if self.data.exists() && fs::metadata(&file).map_or(true, |kept| kept.len() == 0) {
            return Err(EmbeddedError::PasswordLost(file));
        }
        self.secret(SUPERUSER)
    }

    /// See [`super::Server::secret`].
    pub(super) fn secret(&self, name: &str) -> Result<String, EmbeddedError> {
        let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(EmbeddedError::SecretName(name.to_owned()));
        }
        let file = self.secrets().join(name);
        match fs::read_to_string(&file) {
            // Whoever put it back by hand may have left a line's end.
            Ok(secret) if !secret.trim().is_empty() => Ok(secret.trim().to_owned()),
            Ok(_) => {
                fs::remove_file(&file).map_err(at(&file))?;
                self.make_secret(&file)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.make_secret(&file),
            Err(why) => Err(EmbeddedError::Unusable { path: file, why }),
        }
    }

    /// Written aside and linked into place: no reader sees half a secret, and of two makers one wins for both.
    fn make_secret(&self, file: &Path) -> Result<String, EmbeddedError> {
        let dir = self.secrets();
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(at(&dir))?;
        let aside = dir.join(format!(".{}", random_hex()));
        write_private(&aside, &random_hex()).map_err(at(&aside))?;
        let linked = fs::hard_link(&aside, file);
        fs::remove_file(&aside).map_err(at(&aside))?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(at(file)(error)),
            _ => sync_folder(&dir).and_then(|()| fs::read_to_string(file)).map_err(at(file)),
        }
    }

    fn secrets(&self) -> PathBuf {
        self.home.join("secrets")
    }

    /// The folders a server needs to start. For the owner only, like everything below.
    pub(super) fn make_folders(&self) -> Result<(), EmbeddedError> {
        self.private_folder(&self.socket_dir)?;
        self.private_folder(&self.log_dir())
    }

    fn private_folder(&self, path: &Path) -> Result<(), EmbeddedError> {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(at(path)(error)),
            _ => {}
        }
        // One of these may be under /tmp, where anybody could have made it before us.
        let found = fs::symlink_metadata(path).map_err(at(path))?;
        if !found.is_dir() || ![geteuid().as_raw(), self.account.uid()].contains(&found.uid()) {
            return Err(EmbeddedError::OtherOwner { path: path.to_owned(), owner: found.uid() });
        }
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(at(path))?;
        self.account.give(path).map_err(at(path))
    }

    /// Make the cluster if there is none. Only when a process begins, never at a restart: data that is gone by then
    /// (a lost mount) must not be replaced by an empty cluster.
    pub(super) fn init_if_new(&self) -> Result<(), EmbeddedError> {
        if made_by(&self.data)?.is_some() {
            return Ok(());
        }
        let new = self.home.join("data.new");
        match fs::remove_dir_all(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&new)(error)),
            _ => {}
        }
        self.private_folder(&new)?;
        // A pipe will not do: another user may not reopen it as /dev/stdin.
        let password_file = self.home.join("initdb.password");
        let _ = fs::remove_file(&password_file);
        write_private(&password_file, &self.superuser_password()?).map_err(at(&password_file))?;
        self.account.give(&password_file).map_err(at(&password_file))?;
        let program = self.binaries.dir.join("initdb");
        let output = self
            .account
            .command(&program)
            .args(["--username", SUPERUSER, "--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--lc-messages=C", "--no-instructions"])
            .arg("--pwfile")
            .arg(&password_file)
            .arg("--pgdata")
            .arg(&new)
            .output();
        fs::remove_file(&password_file).map_err(at(&password_file))?;
        let output = output.map_err(|why| EmbeddedError::Run { program, why })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(match said.contains("could not look up effective user ID") {
                true => EmbeddedError::NoPasswdEntry { uid: self.account.uid() },
                false => EmbeddedError::InitFailed { log: last_lines(&said) },
            });
        }
        fs::rename(&new, &self.data).and_then(|()| sync_folder(&self.home)).map_err(at(&self.data))
    }
}

/// The major version that made the data, or nothing if there is none yet.
fn made_by(data: &Path) -> Result<Option<String>, EmbeddedError> {
    let file = data.join("PG_VERSION");
    match fs::read_to_string(&file) {
        // A number in all versions since 10; whoever finds something else here should not be told to install it.
        Ok(version) if version.trim().parse::<u32>().is_ok() => Ok(Some(version.trim().to_owned())),
        Ok(_) => Err(EmbeddedError::NotACluster(data.to_owned())),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&file)(error)),
        Err(_) if data.exists() => Err(EmbeddedError::NotACluster(data.to_owned())),
        Err(_) => Ok(None),
    }
}

/// `<home>/run`, or a short folder under /tmp that is the same for the same home and user (FNV-1a).
fn socket_dir(home: &Path, uid: u32) -> PathBuf {
    let run = home.join("run");
    let socket = run.join(format!(".s.PGSQL.{PORT}"));
    if socket.as_os_str().len() <= SOCKET_PATH_MAX {
        return run;
    }
    let bytes = home.as_os_str().as_bytes().iter().copied().chain(uid.to_be_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    PathBuf::from(format!("/tmp/hms-pg-{hash:016x}"))
}

fn random_hex() -> String {
    let bytes: [u8; 24] = rand::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A rename or a link lasts through a power cut only when its folder is on disk too.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_home_gets_a_short_socket_path_that_is_stable() {
        let home = PathBuf::from(format!("/srv/{}", "a".repeat(100)));
        assert_eq!(socket_dir(Path::new("/var/lib/hms"), 1), Path::new("/var/lib/hms/run"));
        assert_eq!(socket_dir(&home, 1), socket_dir(&home, 1));
        assert_ne!(socket_dir(&home, 1), socket_dir(&home, 2));
        assert!(socket_dir(&home, 1).as_os_str().len() < 40);
    }
}
