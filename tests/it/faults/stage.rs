//! A PostgreSQL with one hospital in it, and `hms serve` processes on it.
//!
//! The database is made once, by the `hms` command itself, and copied for each test. Its supervisor starts it again when
//! it was killed, as the service manager of a machine does.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hms::db::embedded::{Options, Server};
use hms::db::{Target, boot};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::http::Client;

/// Of everybody here.
pub const PASSWORD: &str = "Correct-Horse-7";
pub const ADMIN: &str = "admin@asha.example";
pub const OPERATOR: &str = "boss@platform.example";
const SECRET_KEY: &str = "IKonIivaJtrd9XBRmoazoW4y8tt3f3Ddo8obGJh25QN4";
const DATABASE: &str = "hms";
/// For anything that has to happen sooner or later on a machine that does other things too.
pub const PATIENCE: Duration = Duration::from_secs(90);

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Where this process keeps what it makes. What earlier processes left is removed.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let parent = std::env::temp_dir();
        for entry in fs::read_dir(&parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let pid = name.strip_prefix("hms-faults-").and_then(|pid| pid.parse::<u32>().ok());
            if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let folder = parent.join(format!("hms-faults-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        open_to_all(&folder);
        folder
    })
}

/// The server does not run as root, and has to come past.
pub fn open_to_all(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A new folder for one thing of one test.
pub fn place(name: &str) -> PathBuf {
    let place = folder().join(format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir_all(&place).unwrap();
    open_to_all(&place);
    place
}

/// What differs from the usual stage.
#[derive(Default)]
pub struct Setting {
    /// Where to put it, if not into a folder like all others.
    pub home: Option<PathBuf>,
    /// The folder of the server's binaries.
    pub bin: Option<PathBuf>,
    /// Settings of the server.
    pub settings: Vec<(&'static str, &'static str)>,
}

/// A PostgreSQL of its own, with a hospital.
pub struct Stage {
    server: Option<Server>,
    home: PathBuf,
}

impl Stage {
    pub async fn new() -> Self {
        Self::set(Setting::default()).await
    }

    pub async fn set(setting: Setting) -> Self {
        tokio::task::spawn_blocking(move || {
            let home = setting.home.unwrap_or_else(|| place("stage"));
            let copied =
                Command::new("cp").arg("-a").arg(template().home.join(".")).arg(&home).status().unwrap();
            assert!(copied.success(), "the stage could not be copied");
            let mut options = options(&home);
            options.bin = setting.bin.or(options.bin);
            options.extra.extend(setting.settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
            Self { server: Some(Server::start_or_attach(options).unwrap()), home }
        })
        .await
        .unwrap()
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// The server's own process.
    pub fn postmaster(&self) -> Option<i32> {
        let text = fs::read_to_string(self.home.join("data/postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    /// An empty database beside the first one, with the same logins.
    pub async fn database(&self, name: &str) -> Vec<(String, String)> {
        let target = Target::embedded(self.server(), name).unwrap();
        boot::create_database(&target, |role| Ok(self.server().secret(role)?)).await.unwrap();
        environment(self.server(), name)
    }

    /// The environment that points `hms` at the hospital's database.
    pub fn environment(&self) -> Vec<(String, String)> {
        environment(self.server(), DATABASE)
    }

    /// As superuser; tried again until the server is there. Rows as JSON, nothing for what is no `select`.
    pub async fn sql(&self, statement: &str) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            match self.try_sql(DATABASE, statement).await {
                Ok(rows) => return rows,
                Err(error) if error.as_db_error().is_some_and(|e| !e.code().code().starts_with("57P")) => {
                    panic!("{statement}: {error:?}")
                }
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{statement}: {error:?}"),
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn try_sql(
        &self,
        database: &str,
        statement: &str,
    ) -> Result<Vec<Value>, tokio_postgres::Error> {
        let target = Target::embedded(self.server(), database).unwrap();
        let client = target.connect(target.superuser.as_ref().unwrap()).await?;
        if !statement.trim_start().to_lowercase().starts_with("select") {
            client.batch_execute(statement).await?;
            return Ok(Vec::new());
        }
        let rows = client.query(&format!("select to_jsonb(x) from ({statement}) x"), &[]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// A number that a query finds.
    pub async fn number(&self, query: &str) -> i64 {
        self.sql(&format!("select ({query}) as n")).await[0]["n"].as_i64().unwrap()
    }

    /// The hospital's schema.
    pub async fn schema(&self) -> String {
        self.sql("select schema_name from public.tenants").await[0]["schema_name"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// A setting of the server, from now on.
    pub async fn settle(&self, name: &str, value: &str) {
        self.sql(&format!("alter system set {name} = {value}")).await;
        self.sql("select pg_reload_conf()").await;
    }

    /// The first statement of whoever sends a key like `slow…` takes so many seconds.
    pub async fn slow_keys(&self, seconds: u32) {
        let schema = self.schema().await;
        self.sql(&format!(
            "create function {schema}.dawdle() returns trigger language plpgsql as $$
             begin if new.key like 'slow%' then perform pg_catalog.pg_sleep({seconds}); end if; return new; end $$;
             create trigger dawdle before insert on {schema}.idempotency_keys
                for each row execute function {schema}.dawdle()"
        ))
        .await;
    }

    /// How many of them are at it.
    pub async fn dawdling(&self) -> i64 {
        self.number("select count(*) from pg_stat_activity where wait_event = 'PgSleep'").await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn options(home: &Path) -> Options {
    // A killed process loses nothing that it gave to the system, so fsync does not matter here. Synchronous commit
    // does, and stays on.
    let settings =
        [("fsync", "off"), ("full_page_writes", "off"), ("shared_buffers", "32MB"), ("max_wal_size", "64MB")];
    Options {
        max_connections: 60,
        extra: settings.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
        path: std::env::var_os("PATH"),
        bin: std::env::var_os("HMS_PG_BIN").map(PathBuf::from),
        ..Options::new(home)
    }
}

fn environment(server: &Server, database: &str) -> Vec<(String, String)> {
    let host = server.socket_dir().display().to_string().replace('/', "%2F");
    let url = |user: &str| {
        let password = server.secret(user).unwrap();
        format!("postgresql://{user}:{password}@{host}:{}/{database}", server.port())
    };
    let mut variables = vec![
        ("DATABASE_URL".to_owned(), url("hms_app")),
        ("DATABASE_OWNER_URL".to_owned(), url("hms_owner")),
    ];
    let fixed = [
        ("SECRET_KEY", SECRET_KEY),
        ("HMS_LANES", "4"),
        ("HMS_WARM_SCHEMAS", "0"),
        ("SUPER_ADMIN_EMAIL", OPERATOR),
        ("SUPER_ADMIN_PASSWORD", PASSWORD),
        ("RATE_LIMIT_PER_ADDRESS", "0"),
        ("RATE_LIMIT_PER_USER", "0"),
        ("LOG_LEVEL", "info"),
    ];
    variables.extend(fixed.map(|(k, v)| (k.to_owned(), v.to_owned())));
    variables.extend(std::env::var_os("PATH").map(|path| ("PATH".to_owned(), path.into_string().unwrap())));
    variables
}

/// Run the built command to its end.
pub fn run(variables: &[(String, String)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hms"));
    command.args(arguments).env_clear().envs(variables.iter().cloned()).stdin(Stdio::null());
    command.env("HMS_HOME", place("command")).output().unwrap()
}

/// A stopped server with a hospital in it whose administrator has chosen a password.
pub struct Template {
    home: PathBuf,
    /// The folder of its binaries, found as `hms` finds them.
    pub bin: PathBuf,
}

pub fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let home = place("template");
        let server = Server::start_or_attach(options(&home)).unwrap();
        let target = Target::embedded(&server, DATABASE).unwrap();
        runtime.block_on(boot::create_database(&target, |role| Ok(server.secret(role)?))).unwrap();
        let variables = environment(&server, DATABASE);
        let succeeds = |arguments: &[&str]| {
            let done = run(&variables, arguments);
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
            String::from_utf8(done.stdout).unwrap()
        };
        succeeds(&["migrate"]);
        let create = ["tenant", "create", "--name", "Asha Clinic", "--license", "A-1", "--email", ADMIN];
        let made = succeeds(&[&create[..], &["--currency", "INR", "--country", "IN", "--activate"]].concat());
        let password =
            made.lines().find_map(|line| line.strip_prefix("temporary password ")).unwrap().to_owned();
        runtime.block_on(async {
            let hms = Hms::start(&variables, &[]).await;
            let admin = Client::sign_in(hms.address, ADMIN, &password).await;
            let change = json!({ "old_password": password, "new_password": PASSWORD });
            let changed = admin.post("/api/v1/auth/change-password", &change).await.reply();
            assert!(changed.status < 300, "{}", changed.json);
        });
        // The mail that a new hospital gets is of no interest here.
        runtime.block_on(async {
            let superuser = target.connect(target.superuser.as_ref().unwrap()).await.unwrap();
            let forget = "delete from public.mails; delete from graphile_worker._private_jobs";
            superuser.batch_execute(forget).await.unwrap();
        });
        let bin = server.bin().to_owned();
        server.stop();
        Template { home, bin }
    })
}

/// One `hms serve`. Killed when it is dropped.
pub struct Hms {
    child: Child,
    pub address: SocketAddr,
    home: PathBuf,
}

impl Hms {
    pub async fn start(variables: &[(String, String)], more: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self::start_at(port, variables, more).await
    }

    pub async fn start_at(port: u16, variables: &[(String, String)], more: &[(&str, &str)]) -> Self {
        let home = place("serve");
        let mut command = Command::new(env!("CARGO_BIN_EXE_hms"));
        command.arg("serve").env_clear().envs(variables.iter().cloned()).envs(more.iter().copied());
        command.env("HMS_HOME", &home).env("PORT", port.to_string());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(home.join("log")).unwrap());
        let child = command.spawn().unwrap();
        let mut hms = Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)), home };
        let begun = Instant::now();
        while Client::at(hms.address).get("/health").await.status() != Some(200) {
            let ended = hms.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "it does not serve ({ended:?}):\n{}",
                hms.log()
            );
            sleep(Duration::from_millis(30)).await;
        }
        hms
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }

    /// The administrator, signed in here.
    pub async fn admin(&self) -> Client {
        Client::sign_in(self.address, ADMIN, PASSWORD).await
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn ask_to_stop(&self) {
        signal(i32::try_from(self.child.id()).unwrap(), Signal::TERM);
    }

    /// How it ended, and after how long.
    pub async fn ended(&mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Hms {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// Wait until `holds`.
pub async fn until(what: &str, holds: impl AsyncFn() -> bool) -> Duration {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "still not: {what}");
        sleep(Duration::from_millis(30)).await;
    }
    begun.elapsed()
}
