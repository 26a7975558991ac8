//! Every kind of database that a host gives: the isolation checks hold there, and the boot says what it is.

mod pgbouncer;

use hms::db::{Db, Isolation, Pooler, Target, migrate, schemas};
use serde_json::{Value, json};

use crate::cli;
use crate::harness::{Blank, TestApp, TestDatabase, eventually};
use crate::tenancy::{self, Stage};
use crate::tls::TlsServer;
use pgbouncer::PgBouncer;

const ONE_LANE: &[(&str, &str)] = &[("HMS_LANES", "1")];

/// Safeguards by what a host has to be able to do for them.
const TWO_LOGINS: &str = "two logins";
const ROLES: &str = "a role per hospital";
const RECORDED: &str = "what was recorded stays";
const NO_SHORTCUT: &str = "no shortcut around the role";

/// Everything that a start makes of an empty database.
async fn prepare(target: &Target, config: &hms::config::Config) -> Isolation {
    let db = Db::open(config, target.clone()).await.unwrap();
    hms::jobs::migrate(target, db.isolation()).await.unwrap();
    migrate::platform(target, db.isolation()).await.unwrap();
    schemas::keep_warm(target, db.isolation(), 2).await.unwrap();
    db.isolation()
}

/// The same is told at `/ready` and by the lines of a start: all safeguards, and these are off.
async fn tells(app: &TestApp, urls: &[(&str, &str)], off: &[&str]) {
    let ready = app.anonymous().get("/ready").await;
    assert_eq!((ready.status, &ready.json["status"]), (200, &json!("ok")), "{}", ready.text);
    let told = ready.json["safeguards"].as_array().unwrap();
    assert_eq!(told.len(), 9, "{}", ready.text);
    let is_off = |safeguard: &&Value| safeguard["on"] == false;
    let told_off: Vec<&str> = told.iter().filter(is_off).map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(told_off, off, "{}", ready.text);

    let started = start(app, urls).await;
    assert_eq!(started.code, 0, "{}", started.err);
    for safeguard in told {
        let (name, note) = (safeguard["name"].as_str().unwrap(), safeguard["note"].as_str().unwrap());
        let line = match off.contains(&name) {
            true => format!("WARN not possible here: {name}: {note}"),
            false => format!("INFO on: {name} ({note})"),
        };
        assert!(started.err.contains(&line), "{line} in\n{}", started.err);
    }
}

/// `hms` with these URLs, as an operator starts it.
async fn start(app: &TestApp, urls: &[(&str, &str)]) -> cli::Ran {
    let mut variables = app.cli_env();
    variables.retain(|(name, _)| !name.starts_with("DATABASE"));
    variables.extend(urls.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned())));
    variables.push(("NO_COLOR".into(), "1".into()));
    cli::run(&variables, &["migrate", "--status"]).await
}

/// One clear line, and nothing was done.
fn refused(ran: &cli::Ran, because: &[&str]) {
    let lines: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("hms: ")).collect();
    assert_eq!((ran.code, lines.len(), ran.out.as_str()), (1, 1, ""), "{}", ran.err);
    for part in because {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
    assert!(!ran.err.contains('@'), "a URL with its password: {}", ran.err);
}

#[tokio::test]
async fn a_server_of_our_own_has_every_safeguard() {
    let app = TestApp::new().await;
    let urls = app.cli_env();
    let urls: Vec<(&str, &str)> = urls
        .iter()
        .filter(|(name, _)| name.starts_with("DATABASE"))
        .map(|(name, url)| (name.as_str(), url.as_str()))
        .collect();
    assert_eq!(app.app.db.report.pooler, Pooler::None);
    tells(&app, &urls, &[]).await;
}

#[tokio::test]
async fn an_owner_that_may_make_roles_and_an_ordinary_login_work_by_role() {
    let blank = Blank::create().await;
    let (owner, stranger) = (blank.owned_by("createrole").await, blank.stranger().await);
    let target = Target::external(&stranger.clone().into(), Some(&owner.clone().into())).unwrap();
    assert_eq!(prepare(&target, &blank.config(&[])).await, Isolation::Roles);
    let stage = Stage::on(TestApp::over(&blank, target, ONE_LANE).await).await;
    let urls = [("DATABASE_URL", stranger.as_str()), ("DATABASE_OWNER_URL", &owner)];
    tells(&stage.app, &urls, &[NO_SHORTCUT]).await;
    tenancy::everywhere(&stage).await;
    // Nobody told that login to inherit nothing.
    let requests = stage.app.target().connect(&stage.app.target().app).await.unwrap();
    for table in [format!("{}.patients", stage.facts[0].schema), "public.users".to_owned()] {
        let error = requests.batch_execute(&format!("select * from {table}")).await.unwrap_err();
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{table}");
    }
}

/// From PostgreSQL 16 on CREATEROLE is not enough for roles that another login made.
#[tokio::test]
async fn a_second_owner_on_one_server_works_by_role_where_it_may() {
    let blank = Blank::create().await;
    let target = blank.one_login("createrole createdb").await;
    let isolation = prepare(&target, &blank.config(&[])).await;
    let superuser = blank.superuser().await;
    let since_16 = "select current_setting('server_version_num')::int4 >= 160000";
    let since_16: bool = superuser.query_one(since_16, &[]).await.unwrap().get(0);
    assert_eq!(isolation, if since_16 { Isolation::PathOnly } else { Isolation::Roles });
    Stage::on(TestApp::over(&blank, target.clone(), ONE_LANE).await).await;
    let demanded = Db::open(&blank.config(&[("TENANT_ROLES", "on")]), target).await;
    assert_eq!(demanded.is_err(), since_16);
    if let Err(error) = demanded {
        assert!(format!("{error:#}").contains("with admin option"), "{error:#}");
    }
}

#[tokio::test]
async fn a_superuser_of_a_server_of_ones_own_works_by_role() {
    let blank = Blank::create().await;
    let url = blank.owned_by("superuser").await;
    let target = Target::external(&url.clone().into(), None).unwrap();
    assert_eq!(prepare(&target, &blank.config(&[])).await, Isolation::Roles);
    let stage = Stage::on(TestApp::over(&blank, target, ONE_LANE).await).await;
    tells(&stage.app, &[("DATABASE_URL", &url)], &[TWO_LOGINS]).await;
    tenancy::everywhere(&stage).await;
}

#[tokio::test]
async fn a_plain_owner_of_a_database_works_by_path() {
    let blank = Blank::create().await;
    let url = blank.owned_by("nocreaterole").await;
    let target = Target::external(&url.clone().into(), None).unwrap();
    assert_eq!(prepare(&target, &blank.config(&[])).await, Isolation::PathOnly);
    let stage = Stage::on(TestApp::over(&blank, target, ONE_LANE).await).await;
    let off = [TWO_LOGINS, RECORDED, NO_SHORTCUT, ROLES];
    tells(&stage.app, &[("DATABASE_URL", &url)], &off).await;
    tenancy::everywhere(&stage).await;
}

#[tokio::test]
async fn a_plain_owner_and_a_login_that_owns_nothing_work_by_path() {
    let blank = Blank::create().await;
    let (owner, stranger) = (blank.owned_by("nocreaterole").await, blank.stranger().await);
    let target = Target::external(&stranger.clone().into(), Some(&owner.clone().into())).unwrap();
    assert_eq!(prepare(&target, &blank.config(&[])).await, Isolation::PathOnly);
    let stage = Stage::on(TestApp::over(&blank, target, ONE_LANE).await).await;
    let urls = [("DATABASE_URL", stranger.as_str()), ("DATABASE_OWNER_URL", &owner)];
    tells(&stage.app, &urls, &[RECORDED, NO_SHORTCUT, ROLES]).await;
    tenancy::everywhere(&stage).await;
    // Less than by role, but no structure can be changed, and nothing made to stand in for a table.
    let requests = stage.app.target().connect(&stage.app.target().app).await.unwrap();
    let schema = &stage.facts[0].schema;
    for sql in [
        format!("drop schema {schema} cascade"),
        format!("alter table {schema}.patients add column x int"),
        format!("truncate {schema}.patients"),
        "create temp table patients (id int)".into(),
        "create table public.mine (id int)".into(),
        "delete from public.audit_events".into(),
    ] {
        let error = requests.batch_execute(&sql).await.unwrap_err();
        assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{sql}");
    }
}

/// A copy of the template whose requests go through a PgBouncer, and what an operator would set for it.
async fn behind(follows_statements: bool) -> (PgBouncer, TestDatabase, [String; 2]) {
    let mut database = TestDatabase::create().await;
    let pgbouncer = PgBouncer::before(&database, follows_statements).await;
    let urls = [pgbouncer.url(&database, "hms_app"), database.url("hms_owner", &database.socket_dir())];
    database.target = Target::external(&urls[0].clone().into(), Some(&urls[1].clone().into())).unwrap();
    (pgbouncer, database, urls)
}

async fn holds_behind_pgbouncer(follows_statements: bool) {
    let (pgbouncer, database, urls) = behind(follows_statements).await;
    let stage = Stage::on(TestApp::at(database, ONE_LANE).await).await;
    assert_eq!(stage.app.app.db.report.pooler, pgbouncer.kind);
    let urls = [("DATABASE_URL", urls[0].as_str()), ("DATABASE_OWNER_URL", &urls[1])];
    tells(&stage.app, &urls, &[]).await;
    tenancy::everywhere(&stage).await;
    tenancy::by_role(&stage).await;

    // Another instance with more connections than PgBouncer has: what one of them changes, the other hears at once.
    let second = Stage { app: stage.app.second_instance().await, facts: stage.facts.clone() };
    tenancy::many_at_once(&second).await;
    let admin = stage.app.sign_in(&stage.facts[0].contact_email).await.on(&second.app.router);
    assert_eq!(admin.get("/api/v1/auth/me").await.status, 200);
    let boss = stage.app.super_admin().await;
    let suspend = format!("/api/v1/platform/tenants/{}/suspend", stage.facts[0].id);
    let suspended = boss.patch(&suspend, &json!({ "reason": "Unpaid" })).await;
    assert_eq!(suspended.status, 200, "{}", suspended.text);
    eventually("the other instance refuses", async || admin.get("/api/v1/auth/me").await.status == 403).await;
}

#[tokio::test]
async fn hospitals_stay_apart_behind_a_pgbouncer_that_forgets_statements() {
    holds_behind_pgbouncer(false).await;
}

/// Debian 12 has 1.18, which cannot; there this is the same test once more.
#[tokio::test]
async fn hospitals_stay_apart_behind_a_pgbouncer_that_follows_statements() {
    holds_behind_pgbouncer(pgbouncer::version() >= (1, 21)).await;
}

#[tokio::test]
async fn a_pooler_alone_and_two_databases_are_refused_in_a_sentence() {
    let (pgbouncer, database, urls) = behind(false).await;
    let pooled_owner = pgbouncer.url(&database, "hms_owner");
    let other = TestDatabase::create().await;
    let elsewhere = other.url("hms_owner", &other.socket_dir());
    let app = TestApp::at(database, ONE_LANE).await;
    refused(
        &start(&app, &[("DATABASE_URL", &urls[0])]).await,
        &["DATABASE_URL leads through a connection pooler", "let DATABASE_OWNER_URL lead there directly"],
    );
    refused(
        &start(&app, &[("DATABASE_URL", &urls[0]), ("DATABASE_OWNER_URL", &pooled_owner)]).await,
        &["DATABASE_OWNER_URL leads through a connection pooler"],
    );
    refused(
        &start(&app, &[("DATABASE_URL", &urls[0]), ("DATABASE_OWNER_URL", &elsewhere)]).await,
        &["lead to different databases"],
    );
    let wrong = urls[0].replace("hms_app:", "hms_app:not-");
    refused(
        &start(&app, &[("DATABASE_URL", &wrong), ("DATABASE_OWNER_URL", &urls[1])]).await,
        &["the database of DATABASE_URL cannot be reached", "authentication failed"],
    );
}

#[tokio::test]
async fn a_server_that_demands_tls_serves_everything_over_it() {
    let server = TlsServer::get().await;
    let (target, urls, superuser) = server.database("hms").await;
    let database = TestDatabase::elsewhere(target.clone(), superuser);
    assert_eq!(prepare(&target, &database.config(&[])).await, Isolation::Roles);
    let app = TestApp::at(database, ONE_LANE).await;
    let stage = Stage::on(app).await;
    let open = "select count(*) as n from pg_stat_ssl s join pg_stat_activity a using (pid)
                 where a.usename in ('hms_app', 'hms_owner') and not s.ssl";
    assert_eq!(stage.app.sql(open).await[0]["n"], 0);
    let urls = [("DATABASE_URL", urls[0].as_str()), ("DATABASE_OWNER_URL", &urls[1])];
    tells(&stage.app, &urls, &[NO_SHORTCUT]).await;
    tenancy::everywhere(&stage).await;
    // The queue as well: the confirmation mails of the two sign-ups are still waiting.
    let jobs = tokio::spawn(hms::jobs::run(stage.app.app.clone()));
    eventually("the mail is sent", async || {
        stage.app.sql("select count(*) as n from public.mails where status <> 'SENT'").await[0]["n"] == 0
    })
    .await;
    stage.app.app.shutdown.cancel();
    jobs.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_boot_says_what_to_do_about_tls() {
    let server = TlsServer::get().await;
    let app = TestApp::new().await;
    let ca = server.ca();
    for (host, query, because) in [
        ("localhost", "sslmode=disable".to_owned(), "add sslmode=require"),
        ("localhost", "sslmode=require".to_owned(), "add sslrootcert="),
        ("localhost", "sslmode=verify-full".to_owned(), "add sslrootcert="),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={ca}"), "use that name"),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={ca}"), "use that name"),
    ] {
        let url = server.url("postgres", host, "postgres", &query);
        refused(
            &start(&app, &[("DATABASE_URL", &url)]).await,
            &["the database of DATABASE_URL cannot be reached", because],
        );
    }
    let plain = crate::tls::server_without_tls();
    let url = format!("postgresql://hms:hidden@127.0.0.1:{plain}/hms?sslmode=require");
    refused(&start(&app, &[("DATABASE_URL", &url)]).await, &["The server has no TLS"]);
}

#[test]
fn a_way_that_the_network_can_read_is_told() {
    let way = |query: &str| {
        let url = format!("postgresql://hms:x@db.example.org/hms{query}");
        Target::external(&url.into(), None).unwrap().unheard()
    };
    assert!(way("?sslmode=disable").is_err());
    assert!(
        way("").unwrap_err().contains("sslmode=require"),
        "TLS that a server may decline is no safeguard"
    );
    for query in ["?sslmode=require", "?sslmode=verify-full"] {
        assert!(way(query).unwrap().contains("verified"), "{query}");
    }
}
