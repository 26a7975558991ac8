//! The embedded PostgreSQL: starts, is shared, and comes back from everything that can be killed or left behind.
//!
//! Each test has a home of its own. Killing the owner itself needs a second process; what it leaves behind, a server
//! without an owner, is set up here by hand.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use hms::db::embedded::*;

const NOBODY: u32 = 65534;

/// A new folder that is removed with everything in it.
struct Home(PathBuf);

impl Home {
    fn new() -> Home {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("hms-it-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Home(std::env::temp_dir().join(name))
    }

    fn start(&self) -> Result<Server, EmbeddedError> {
        Server::start_or_attach(self.options())
    }

    fn options(&self) -> Options {
        let mut options = Options::new(&self.0);
        options.max_connections = 20;
        options.bin = crate::harness::pg_bin();
        options.extra =
            [("shared_buffers", "16MB"), ("fsync", "off")].map(|(k, v)| (k.into(), v.into())).to_vec();
        options
    }

    fn pid_file(&self) -> PathBuf {
        self.0.join("data/postmaster.pid")
    }

    fn server_pid(&self) -> i32 {
        let text = fs::read_to_string(self.pid_file()).unwrap();
        text.lines().next().unwrap().parse().unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Best effort: a failed test may have left a folder that cannot be removed.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What one statement is answered with, as text.
fn ask(server: &Server, sql: &str) -> Result<String, String> {
    ask_with(server, server.password(), sql)
}

fn ask_with(server: &Server, password: &str, sql: &str) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answered = runtime.block_on(async {
        let mut config = tokio_postgres::Config::new();
        config.host_path(server.socket_dir()).port(server.port()).dbname("postgres");
        config.user(server.superuser()).password(password);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client.simple_query(sql).await
    });
    let said = |error: tokio_postgres::Error| match error.as_db_error() {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    };
    let answer = answered.map_err(said)?.into_iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(answer.unwrap_or_default())
}

/// Ask until it is answered: a server that comes back needs a moment.
#[track_caller]
fn ask_until_answered(server: &Server, sql: &str) -> String {
    let mut said = String::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        match ask(server, sql) {
            Ok(answer) => return answer,
            Err(error) => said = error,
        }
        sleep(Duration::from_millis(20));
    }
    panic!("no answer within 10 s: {said}");
}

fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn first_start_makes_a_closed_checked_utf8_cluster() {
    let home = Home::new();
    let server = home.start().unwrap();

    assert!(server.owned());
    assert!(server.major() >= 15);
    let shown = |name: &str| ask(&server, &format!("show {name}")).unwrap();
    assert_eq!(shown("data_checksums"), "on");
    assert_eq!(shown("server_encoding"), "UTF8");
    let collation = "select datcollate from pg_database where datname = current_database()";
    assert_eq!(ask(&server, collation).unwrap(), "C.UTF-8");
    assert_eq!(shown("listen_addresses"), "");
    assert_eq!(shown("password_encryption"), "scram-sha-256");
    assert_eq!(shown("max_locks_per_transaction"), "256");
    assert_eq!(shown("max_connections"), "20");
    assert_eq!(shown("shared_buffers"), "16MB");
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    for folder in [server.socket_dir(), &home.0.join("data"), &home.0.join("log"), &home.0.join("secrets")] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    let data = fs::metadata(home.0.join("data")).unwrap();
    assert_ne!(data.uid(), 0, "the server does not run as root");
    let refused = ask_with(&server, "a wrong password", "select 1").unwrap_err();
    assert!(refused.contains("password authentication failed"), "{refused}");
}

#[test]
fn a_later_start_is_fast_and_keeps_rows_and_password() {
    let home = Home::new();
    let first = home.start().unwrap();
    ask(&first, "create table t as select 42 as x").unwrap();
    let password = first.password().to_owned();
    first.stop();
    assert!(!home.pid_file().exists(), "a clean stop leaves no pid file");

    let begun = Instant::now();
    let second = home.start().unwrap();

    assert!(begun.elapsed() < Duration::from_secs(2), "took {:?}", begun.elapsed());
    assert_eq!(second.password(), password);
    assert_eq!(ask(&second, "select x from t").unwrap(), "42");
}

#[test]
fn a_second_server_attaches_and_takes_over_only_when_the_owner_ends() {
    let home = Home::new();
    let owner = home.start().unwrap();
    let guest = home.start().unwrap();
    assert!(owner.owned() && !guest.owned());
    assert_eq!(guest.password(), owner.password());
    ask(&guest, "create table t as select 42 as x").unwrap();
    let pid = home.server_pid();

    home.start().unwrap().stop();
    assert_eq!(home.server_pid(), pid, "a guest that goes leaves the server alone");
    owner.stop();

    assert_eq!(ask_until_answered(&guest, "select x from t"), "42");
    assert!(guest.owned());
}

#[test]
fn many_that_start_at_once_share_one_server() {
    let home = Home::new();

    let servers: Vec<Server> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| home.start().unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });

    assert_eq!(servers.iter().filter(|server| server.owned()).count(), 1);
    assert!(servers.iter().all(|server| server.password() == servers[0].password()));
}

#[test]
fn a_killed_server_is_started_again_with_its_rows() {
    let home = Home::new();
    let server = home.start().unwrap();
    ask(&server, "create table t as select 42 as x").unwrap();
    let killed = home.server_pid();

    kill(killed);

    assert_eq!(ask_until_answered(&server, "select x from t"), "42");
    assert_ne!(home.server_pid(), killed);
}

#[test]
fn a_pid_file_that_names_a_foreign_live_process_does_no_harm() {
    let home = Home::new();
    let first = home.start().unwrap();
    ask(&first, "create table t as select 42 as x").unwrap();
    let stale = fs::read_to_string(home.pid_file()).unwrap();
    let socket_lock = first.socket_dir().join(".s.PGSQL.5432.lock");
    let stale_lock = fs::read_to_string(&socket_lock).unwrap();
    first.stop();
    let mut foreign = Command::new("sleep").arg("60").spawn().unwrap();
    let with_foreign_pid = |text: &str| {
        let rest = text.split_once('\n').unwrap().1;
        format!("{}\n{rest}", foreign.id())
    };
    fs::write(home.pid_file(), with_foreign_pid(&stale)).unwrap();
    fs::write(&socket_lock, with_foreign_pid(&stale_lock)).unwrap();

    let second = home.start().unwrap();

    assert_eq!(ask(&second, "select x from t").unwrap(), "42");
    assert_eq!(foreign.try_wait().unwrap(), None, "the foreign process was not touched");
    foreign.kill().unwrap();
    foreign.wait().unwrap();
}

#[test]
fn the_server_of_an_owner_that_was_killed_is_replaced() {
    let home = Home::new();
    let first = home.start().unwrap();
    ask(&first, "create table t as select 42 as x").unwrap();
    let postgres = first.bin().join("postgres");
    let socket_dir = first.socket_dir().to_owned();
    first.stop();
    let mut orphan = start_without_owner(&home, &postgres, &socket_dir);

    let second = home.start().unwrap();

    assert!(second.owned());
    assert_eq!(ask(&second, "select x from t").unwrap(), "42");
    assert!(orphan.wait().unwrap().success(), "the orphan was shut down cleanly");
}

fn start_without_owner(home: &Home, postgres: &Path, socket_dir: &Path) -> Child {
    let data = home.0.join("data");
    let owner = fs::metadata(&data).unwrap();
    let mut command = Command::new(postgres);
    command
        .arg("-D")
        .arg(&data)
        .args(["-c", "listen_addresses=", "-k"])
        .arg(socket_dir)
        .stderr(Stdio::null());
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let child = command.spawn().unwrap();
    let begun = Instant::now();
    while !fs::read_to_string(home.pid_file()).is_ok_and(|text| text.contains("ready")) {
        assert!(begun.elapsed() < Duration::from_secs(10), "the orphan does not start");
        sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn a_half_made_cluster_is_made_anew() {
    let home = Home::new();
    fs::create_dir_all(home.0.join("data.new/base")).unwrap();
    fs::set_permissions(&home.0, fs::Permissions::from_mode(0o711)).unwrap();

    let server = home.start().unwrap();

    ask(&server, "select 1").unwrap();
    assert!(!home.0.join("data.new").exists());
}

#[test]
fn a_home_too_deep_for_a_socket_gets_a_short_socket_folder() {
    let outer = Home::new();
    let deep = Home(outer.0.join("d".repeat(100)));

    let server = deep.start().unwrap();

    assert_eq!(ask(&server, "select 1").unwrap(), "1");
    assert!(!server.socket_dir().starts_with(&outer.0));
    let socket_dir = server.socket_dir().to_owned();
    server.stop();
    fs::remove_dir(socket_dir).unwrap();
}

#[test]
fn the_log_holds_events_but_no_values() {
    let home = Home::new();
    let server = home.start().unwrap();

    ask(&server, "create table t (name text primary key, check (name <> 'Ravi'))").unwrap();
    ask(&server, "insert into t values ('Asha')").unwrap();
    ask(&server, "insert into t values ('Asha')").unwrap_err();
    ask(&server, "insert into t values ('Ravi')").unwrap_err();
    ask(&server, "select 'Maria'::date").unwrap_err();
    ask(&server, "selec 'Olga'").unwrap_err();
    server.stop();

    let log: String = fs::read_dir(home.0.join("log"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert!(log.contains("database system is ready"), "{log}");
    for name in ["Asha", "Ravi", "Maria", "Olga"] {
        assert!(!log.contains(name), "{log}");
    }
}

#[test]
fn secrets_are_private_and_stay_the_same() {
    let home = Home::new();
    let server = home.start().unwrap();

    let secret = server.secret("hms_app").unwrap();

    assert!(secret.len() >= 32);
    assert_eq!(server.secret("hms_app").unwrap(), secret);
    assert_ne!(server.secret("hms_owner").unwrap(), secret);
    for name in ["hms_app", "hms_owner", "postgres"] {
        let file = fs::metadata(home.0.join("secrets").join(name)).unwrap();
        assert_eq!(file.mode() & 0o777, 0o600, "{name}");
        assert_eq!(file.uid(), rustix::process::geteuid().as_raw(), "{name}");
    }
    for name in ["", "../data/x", "a/b", ".hidden"] {
        assert!(matches!(server.secret(name), Err(EmbeddedError::SecretName(_))), "{name}");
    }
}

#[test]
fn an_unwritable_home_is_named_with_what_to_do() {
    let home = Home::new();
    fs::write(&home.0, "a file, where a folder is needed").unwrap();
    let inside = Home(home.0.join("home"));

    let error = inside.start().err().unwrap();

    assert!(matches!(error, EmbeddedError::Unusable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&*inside.0.to_string_lossy()) && text.contains("HMS_HOME"), "{text}");
    fs::remove_file(&home.0).unwrap();
}

#[test]
fn data_of_another_version_is_left_alone() {
    let home = Home::new();
    let data = home.0.join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&data, Some(NOBODY), None).unwrap();
    }

    let error = home.start().err().unwrap();

    assert!(matches!(&error, EmbeddedError::OtherVersion { made_by, .. } if made_by == "9"), "{error:?}");
    assert!(error.to_string().contains("install PostgreSQL 9"), "{error}");
}

#[test]
fn a_folder_without_binaries_is_named_with_what_to_do() {
    let home = Home::new();

    let error =
        Server::start_or_attach(Options { bin: Some("/nowhere".into()), ..home.options() }).err().unwrap();

    assert!(matches!(error, EmbeddedError::BinNotUsable(_)), "{error:?}");
    assert!(error.to_string().contains("HMS_PG_BIN"), "{error}");
}

#[test]
fn a_start_that_fails_says_why_in_the_words_of_the_server() {
    let home = Home::new();
    let mut options = home.options();
    options.extra.push(("shared_preload_libraries".into(), "no_such_library".into()));

    let error = Server::start_or_attach(options).err().unwrap();

    assert!(matches!(error, EmbeddedError::StartFailed { .. }), "{error:?}");
    assert!(error.to_string().contains("no_such_library"), "{error}");
}
