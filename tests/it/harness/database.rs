//! A PostgreSQL server for the test process, a template made once, and a copy of it for each test.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use hms::config::Config;
use hms::db::embedded::{Options, Server};
use hms::db::{Db, Target, boot, migrate, schemas};
use serde_json::Value;

static STAGE: OnceLock<Stage> = OnceLock::new();
static NEXT: AtomicUsize = AtomicUsize::new(1);
const TEMPLATE: &str = "hms_template";
/// Schemas ready in each copy; a test that needs more makes them on the spot.
const READY: usize = 4;

struct Stage {
    home: PathBuf,
    /// Kept until the process ends; then the server stops by itself.
    server: Server,
    template: Target,
}

/// The database of one test, dropped with it.
pub struct TestDatabase {
    pub target: Target,
    /// For looking behind the scenes.
    superuser: tokio_postgres::Config,
    name: String,
    drop: bool,
}

/// An empty database, for tests of what the boot makes of it. Dropped with the test.
pub struct Blank {
    database: TestDatabase,
}

impl Blank {
    pub async fn create() -> Self {
        Self { database: TestDatabase::copy_of("template0", "").await }
    }

    /// Reached by the usual two logins.
    pub fn target(&self) -> Target {
        self.database.target.clone()
    }

    /// Reached by one login that owns the database and has this attribute.
    pub async fn one_login(&self, attribute: &str) -> Target {
        Target::external(&self.owned_by(attribute).await.into(), None).unwrap()
    }

    /// The URL of a new login that owns the database and has this attribute.
    pub async fn owned_by(&self, attribute: &str) -> String {
        let (name, login) = (&self.database.name, format!("owner_of_{}", self.database.name));
        let mut owns =
            format!("alter database {name} owner to {login}; grant create on database {name} to {login};");
        if attribute == "createrole" {
            // The tests share one server, and so its roles; from 16 on they have to be handed on.
            owns += &format!(
                "do $$ begin if current_setting('server_version_num')::int >= 160000 then
                   execute 'grant hms_platform, hms_tenant, hms_owner to {login} with admin true, inherit false, set false';
                 end if; end $$"
            );
        }
        self.login(&login, attribute, &owns).await
    }

    pub async fn superuser(&self) -> tokio_postgres::Client {
        self.database.superuser().await
    }

    /// The URL of a new login that owns nothing.
    pub async fn stranger(&self) -> String {
        self.login(&format!("stranger_to_{}", self.database.name), "", "").await
    }

    async fn login(&self, login: &str, attribute: &str, more: &str) -> String {
        let create = format!("create role {login} login {attribute} password 'secret'; {more}");
        administrator(stage()).await.batch_execute(&create).await.unwrap();
        url(login, "secret", stage().server.socket_dir(), &self.database.name)
    }

    /// The environment that points the `hms` command at it by the usual two logins; the owner's owns the database.
    pub async fn cli_env(&self) -> Vec<(String, String)> {
        let owned = format!("alter database {} owner to hms_owner", self.database.name);
        administrator(stage()).await.batch_execute(&owned).await.unwrap();
        let mut variables = self.database.urls();
        variables.push(("HMS_HOME".into(), self.database.home().display().to_string()));
        variables
    }

    pub fn config(&self, variables: &[(&str, &str)]) -> Config {
        self.database.config(variables)
    }

    pub fn database(&self, target: Target) -> TestDatabase {
        let superuser = self.database.superuser.clone();
        TestDatabase { target, superuser, name: self.database.name.clone(), drop: false }
    }
}

fn stage() -> &'static Stage {
    STAGE.get_or_init(|| {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        super::watch::install();
        // A thread of its own: the template must not be tied to the runtime of the test that came first.
        std::thread::spawn(|| {
            tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(make())
        })
        .join()
        .unwrap()
    })
}

async fn make() -> Stage {
    let parent = std::env::temp_dir();
    sweep(&parent);
    let home = parent.join(format!("hms-it-{}", std::process::id()));
    let settings = [
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),
        ("shared_buffers", "256MB"),
    ];
    let options = Options {
        max_connections: 400,
        extra: settings.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
        path: std::env::var_os("PATH"),
        bin: pg_bin(),
        ..Options::new(home.join("postgres"))
    };
    let server =
        tokio::task::spawn_blocking(move || Server::start_or_attach(options)).await.unwrap().unwrap();
    let template = Target::embedded(&server, TEMPLATE).unwrap();
    boot::create_database(&template, |name| Ok(server.secret(name)?)).await.unwrap();
    let config = Config::read(|name| (name == "HMS_HOME").then(|| home.display().to_string())).unwrap();
    let db = Db::open(&config, template.clone()).await.unwrap();
    hms::jobs::migrate(&template, db.isolation()).await.unwrap();
    migrate::platform(&template, db.isolation()).await.unwrap();
    schemas::keep_warm(&template, db.isolation(), READY).await.unwrap();
    db.lanes.close();
    Stage { home, server, template }
}

/// Remove what test processes that are gone left behind.
fn sweep(parent: &Path) {
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(pid) = name.strip_prefix("hms-it-").and_then(|pid| pid.parse::<u32>().ok()) else {
            continue;
        };
        if !Path::new(&format!("/proc/{pid}")).exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

impl TestDatabase {
    pub async fn create() -> Self {
        Self::copy_of(TEMPLATE, "owner hms_owner").await
    }

    async fn copy_of(template: &str, owner: &str) -> Self {
        let stage = tokio::task::spawn_blocking(stage).await.unwrap();
        let name = format!("it_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = administrator(stage).await;
        // Only one copy of a template at a time; PostgreSQL refuses while somebody is connected to it.
        admin.batch_execute("select pg_advisory_lock(1)").await.unwrap();
        let create = format!("create database {name} template {template} {owner}");
        let mut tries = 0;
        while let Err(error) = admin.batch_execute(&create).await {
            tries += 1;
            assert!(tries < 100, "{error}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let target = stage.template.database(&name);
        let superuser = target.superuser.clone().unwrap();
        Self { target, superuser, name, drop: true }
    }

    pub fn home(&self) -> PathBuf {
        stage().home.join(&self.name)
    }

    pub fn config(&self, variables: &[(&str, &str)]) -> Config {
        super::config(&self.home(), variables)
    }

    /// A number that no other test of this process gets.
    pub fn next(&self) -> usize {
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    /// What an operator would set to reach it.
    pub fn urls(&self) -> Vec<(String, String)> {
        let way = |login| self.url(login, &self.socket_dir());
        vec![("DATABASE_URL".into(), way("hms_app")), ("DATABASE_OWNER_URL".into(), way("hms_owner"))]
    }

    /// By `hms_app` or `hms_owner`, to the server or pooler whose socket is in this folder.
    pub fn url(&self, login: &str, socket_dir: &Path) -> String {
        url(login, &self.password(login), socket_dir, &self.name)
    }

    /// Of `hms_app` or `hms_owner`.
    pub fn password(&self, login: &str) -> String {
        stage().server.secret(login).unwrap()
    }

    /// The folder of the test server's socket.
    pub fn socket_dir(&self) -> PathBuf {
        stage().server.socket_dir().to_owned()
    }

    /// A database of another server than that of the tests.
    pub fn elsewhere(target: Target, superuser: tokio_postgres::Config) -> Self {
        let name = format!("elsewhere_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self { target, superuser, name, drop: false }
    }

    pub async fn superuser(&self) -> tokio_postgres::Client {
        self.target.connect(&self.superuser).await.unwrap()
    }

    /// As superuser with this schema on the path.
    pub async fn sql(&self, schema: &str, statement: &str) -> Vec<Value> {
        let client = self.superuser().await;
        client.batch_execute(&format!("set search_path to {schema}, extensions")).await.unwrap();
        if !statement.trim_start().to_lowercase().starts_with("select") {
            client.batch_execute(statement).await.unwrap_or_else(|e| panic!("{statement}: {e:?}"));
            return Vec::new();
        }
        let rows = client.query(&format!("select to_jsonb(x) from ({statement}) x"), &[]).await;
        rows.unwrap_or_else(|e| panic!("{statement}: {e:?}")).iter().map(|row| row.get(0)).collect()
    }
}

/// The PostgreSQL to test with, if not the first one found: `scripts/test --pg 18` sets it.
pub fn pg_bin() -> Option<PathBuf> {
    std::env::var_os("HMS_PG_BIN").map(PathBuf::from)
}

fn url(login: &str, password: &str, socket_dir: &Path, database: &str) -> String {
    let host = socket_dir.display().to_string().replace('/', "%2F");
    format!("postgresql://{login}:{password}@{host}:5432/{database}")
}

async fn administrator(stage: &Stage) -> tokio_postgres::Client {
    let postgres = stage.template.database("postgres");
    postgres.connect(postgres.superuser.as_ref().unwrap()).await.unwrap()
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if !self.drop {
            return;
        }
        let name = self.name.clone();
        // A test's runtime is ending here; the drop needs one of its own. Nobody waits for it.
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                let admin = administrator(stage()).await;
                let _ = admin.batch_execute(&format!("drop database if exists {name} with (force)")).await;
            });
        });
    }
}
