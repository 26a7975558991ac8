//! A PgBouncer in transaction mode in front of the test server.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use hms::db::{Pooler, Target};

use crate::harness::{TestDatabase, eventually};

pub struct PgBouncer {
    child: Child,
    /// Of its socket, its settings and its log.
    pub folder: PathBuf,
    /// What HMS has to find out about it.
    pub kind: Pooler,
}

impl PgBouncer {
    /// With fewer connections to PostgreSQL than HMS has to it, so that hospitals share them.
    pub async fn before(database: &TestDatabase, follows_statements: bool) -> Self {
        let folder = database.home().join(if follows_statements { "follows" } else { "forgets" });
        fs::create_dir_all(&folder).unwrap();
        let server = database.socket_dir();
        let mut settings = format!(
            "[databases]\n* = host={} port=5432\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 3\n\
             max_client_conn = 200\nlisten_port = 5432\nunix_socket_dir = {}\nlogfile = {}\n\
             auth_type = scram-sha-256\nauth_file = {}\n",
            server.display(),
            folder.display(),
            folder.join("log").display(),
            folder.join("users").display()
        );
        if version() >= (1, 21) {
            settings += &format!("max_prepared_statements = {}\n", if follows_statements { 100 } else { 0 });
        }
        let users =
            ["hms_app", "hms_owner"].map(|login| format!("\"{login}\" \"{}\"\n", database.password(login)));
        // It refuses to run as root, and has to reach the socket: it runs as the server's user does.
        let user = fs::metadata(&server).unwrap();
        for (name, text) in [("settings", settings), ("users", users.concat())] {
            fs::write(folder.join(name), text).unwrap();
            chown(folder.join(name), Some(user.uid()), Some(user.gid())).unwrap();
        }
        chown(&folder, Some(user.uid()), Some(user.gid())).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        for above in folder.ancestors().skip(1).take_while(|above| above.ends_with(database.home())) {
            fs::set_permissions(above, fs::Permissions::from_mode(0o711)).unwrap();
        }
        let mut command = Command::new(program());
        command
            .arg("-q")
            .arg(folder.join("settings"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/");
        if rustix::process::geteuid().is_root() {
            command.uid(user.uid()).gid(user.gid());
        }
        let child = command.spawn().unwrap();
        let kind = if follows_statements { Pooler::Follows } else { Pooler::Forgets };
        let this = Self { child, folder, kind };
        let target = Target::external(&this.url(database, "hms_app").into(), None).unwrap();
        eventually("PgBouncer takes connections", async || target.connect(&target.app).await.is_ok()).await;
        this
    }

    /// Through it, by this login.
    pub fn url(&self, database: &TestDatabase, login: &str) -> String {
        database.url(login, &self.folder)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Not on the PATH of an ordinary user in Debian.
fn program() -> PathBuf {
    let named = std::env::var_os("HMS_TEST_PGBOUNCER").map(PathBuf::from);
    let usual = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"].map(PathBuf::from);
    let found = named.into_iter().chain(usual).find(|file| file.exists());
    found.expect("PgBouncer is missing: scripts/setup test installs it")
}

/// Its version, as (1, 18).
pub fn version() -> (u32, u32) {
    let output = Command::new(program()).arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let number = text.strip_prefix("PgBouncer ").unwrap().lines().next().unwrap();
    let mut parts = number.split('.').map(|part| part.parse::<u32>().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}
