//! The stage for integration tests: hospitals with staff, clients that speak HTTP to the real router.

mod client;
mod codes;
mod database;
pub mod files;
pub mod routes;
pub mod serving;
pub mod watch;

pub use client::{Browser, Client, Reply};
pub use database::{Blank, TestDatabase, pg_bin};

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hms::access::{self, Bridge, SystemTask};
use hms::app::App;
use hms::clinic::roles::SystemRole;
use hms::clinic::{departments, staff};
use hms::config::Config;
use hms::db::{Db, SchemaName, Target};
use hms::identity::actor::{TenantFacts, TenantStatus};
use hms::identity::password::Cost;
use hms::kernel::{Ceiling, Clock};
use hms::platform::operators;
use hms::web::NoContent;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde_json::{Value, json};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "Correct-Horse-7";

/// One instance of HMS on a database of its own.
pub struct TestApp {
    pub app: App,
    pub router: Router,
    database: Arc<database::TestDatabase>,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::configured(&[]).await
    }

    /// With other values of configuration variables.
    pub async fn configured(variables: &[(&str, &str)]) -> Self {
        let database = Arc::new(database::TestDatabase::create().await);
        Self::on(database, variables).await
    }

    /// On a database that is not a copy of the template, reached by these logins.
    pub async fn over(blank: &Blank, target: Target, variables: &[(&str, &str)]) -> Self {
        Self::on(Arc::new(blank.database(target)), variables).await
    }

    /// On this database.
    pub async fn at(database: TestDatabase, variables: &[(&str, &str)]) -> Self {
        Self::on(Arc::new(database), variables).await
    }

    async fn on(database: Arc<database::TestDatabase>, variables: &[(&str, &str)]) -> Self {
        let config = config(&database.home(), variables);
        let db = Db::open(&config, database.target.clone()).await.unwrap();
        let app = hms::cli::start::assemble(config, db, Clock::default(), Cost::CHEAP).unwrap();
        tokio::spawn(access::listen(app.clone()));
        let router = hms::server::router(&app).unwrap();
        let this = Self { app, router, database };
        eventually("the listener is live", async || this.app.registry.is_live()).await;
        this
    }

    /// Another process on the same database, with the same keys and its own caches.
    pub async fn second_instance(&self) -> Self {
        Self::on(Arc::clone(&self.database), &[]).await
    }

    /// Another process on the same database, configured otherwise.
    pub async fn instance(&self, variables: &[(&str, &str)]) -> Self {
        Self::on(Arc::clone(&self.database), variables).await
    }

    pub fn target(&self) -> &Target {
        &self.database.target
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Client {
        Client::new(self.router.clone(), None)
    }

    /// A super-admin, signed in.
    pub async fn super_admin(&self) -> Client {
        let email = "boss@platform.example";
        operators::ensure(&self.app, email, &SecretString::from(PASSWORD)).await.unwrap();
        self.sign_in(email).await
    }

    pub async fn sign_in(&self, email: &str) -> Client {
        Client::sign_in(self.router.clone(), email, PASSWORD).await
    }

    /// A hospital that signed up and confirmed its address, as its administrator would do it.
    pub async fn hospital(&self, name: &str) -> Hospital<'_> {
        let pending = self.pending_hospital(name).await;
        let link = self.link_for(&pending.email, "/verify").await;
        let token = link.split_once("token=").unwrap().1;
        let verified = self.anonymous().get(&format!("/api/v1/auth/verify-email?token={token}")).await;
        assert_eq!(verified.status, 200, "{}", verified.text);
        pending
    }

    /// A hospital that signed up and has not confirmed its address.
    pub async fn pending_hospital(&self, name: &str) -> Hospital<'_> {
        let email = format!("admin-{}@example.org", self.database.next());
        let body = json!({
            "name": name, "contact_email": email, "license_number": format!("LIC-{email}"),
            "admin_first_name": "Asha", "admin_last_name": "Admin", "admin_password": PASSWORD,
            "time_zone": "Asia/Kolkata", "currency": "INR",
        });
        let made = self.anonymous().post("/api/v1/tenants/register", &body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let id = made.json["id"].as_str().unwrap().to_owned();
        let row = self.sql(&format!("select schema_name from public.tenants where id = '{id}'")).await;
        let schema = row[0]["schema_name"].as_str().unwrap().to_owned();
        Hospital { app: self, id, schema, email, name: name.to_owned() }
    }

    /// The newest link of this path in a mail to this address.
    pub async fn link_for(&self, email: &str, path: &str) -> String {
        let query = format!(
            "select body_text from public.mails where recipient = '{email}' and body_text like '%{path}?token=%'
              order by created_at desc, id desc limit 1"
        );
        let rows = self.sql(&query).await;
        let text = rows[0]["body_text"].as_str().unwrap();
        let start = text.find(&format!("{}{path}?token=", self.app.config.public_origin())).unwrap();
        text[start..].split_whitespace().next().unwrap().to_owned()
    }

    /// Somebody whom no right stops.
    pub async fn superuser(&self) -> tokio_postgres::Client {
        self.database.superuser().await
    }

    /// As superuser, in `public`: rows of a query as JSON, nothing for other statements.
    pub async fn sql(&self, statement: &str) -> Vec<Value> {
        self.database.sql("public", statement).await
    }

    /// How many requests wait for a lock in this database.
    pub async fn waiting(&self) -> i64 {
        let rows = self
            .sql(
                "select count(distinct l.pid) as n from pg_locks l join pg_stat_activity a on a.pid = l.pid
                  where not l.granted and a.datname = current_database()",
            )
            .await;
        rows[0]["n"].as_i64().unwrap()
    }

    /// The platform's audit rows, oldest first.
    pub async fn audit(&self) -> Vec<Value> {
        self.sql("select * from public.audit_events order by at, id").await
    }

    /// The environment that points the `hms` command at this database.
    pub fn cli_env(&self) -> Vec<(String, String)> {
        let mut variables = self.database.urls();
        variables.push(("HMS_HOME".into(), self.app.config.home.display().to_string()));
        variables.push(("SECRET_KEY".into(), SECRET_KEY.into()));
        variables
    }
}

const SECRET_KEY: &str = "IKonIivaJtrd9XBRmoazoW4y8tt3f3Ddo8obGJh25QN4";

fn config(home: &std::path::Path, variables: &[(&str, &str)]) -> Config {
    let home = home.display().to_string();
    let config = Config::read(|name| {
        let given = variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        given.or_else(|| match name {
            "HMS_HOME" => Some(home.clone()),
            "SECRET_KEY" => Some(SECRET_KEY.to_owned()),
            "SIGNUPS_PER_HOUR" => Some("1000000".to_owned()),
            "PUBLIC_URL" => Some("http://hms.test".to_owned()),
            "HMS_LANES" => Some("4".to_owned()),
            // All tests come from one address.
            "RATE_LIMIT_PER_ADDRESS" | "RATE_LIMIT_PER_USER" => Some("0".to_owned()),
            _ => None,
        })
    });
    config.unwrap_or_else(|faults| panic!("{faults}"))
}

/// A hospital on the stage.
pub struct Hospital<'a> {
    app: &'a TestApp,
    pub id: String,
    pub schema: String,
    /// The administrator's address.
    pub email: String,
    pub name: String,
}

impl Hospital<'_> {
    /// The administrator who signed it up.
    pub async fn admin(&self) -> Client {
        self.app.sign_in(&self.email).await
    }

    /// A new member of staff with this role, signed in.
    pub async fn staff(&self, role: SystemRole) -> Client {
        let email = format!("{}-{}@example.org", role.key().to_lowercase(), self.app.database.next());
        let hash = self.app.app.passwords.hash(&SecretString::from(PASSWORD)).await.unwrap();
        let person = staff::NewPerson {
            first_name: "Meera".into(),
            last_name: "Kulkarni".into(),
            email: email.clone(),
            phone: None,
            department: departments::ADMINISTRATION.into(),
            role,
            password_hash: Some(hash),
            must_change_password: false,
        };
        watch::note("name", &format!("{} {}", person.first_name, person.last_name));
        let mut bridge = Bridge::open(&self.app.app, SystemTask("test stage").origin()).await.unwrap();
        let user = staff::join(&mut bridge, &self.facts(), &person).await.unwrap();
        bridge.commit(access::Audit::created(user), NoContent).await.unwrap();
        self.app.sign_in(&email).await
    }

    /// A nurse of a hospital that lets nurses look at patients and no more.
    pub async fn looker(&self) -> Client {
        self.sql(
            "delete from role_permissions p using roles r where r.id = p.role_id and r.system_key = 'NURSE'
               and p.permission_code in ('patients:create', 'patients:update')",
        )
        .await;
        self.staff(SystemRole::Nurse).await
    }

    /// Take a right from a role, for whoever signs in later.
    pub async fn take(&self, permission: &str, role: SystemRole) {
        let statement = format!(
            "delete from role_permissions where permission_code = '{permission}'
                and role_id = (select id from roles where system_key = '{}')",
            role.key()
        );
        self.sql(&statement).await;
    }

    /// As the gate would know it.
    pub fn facts(&self) -> TenantFacts {
        TenantFacts {
            id: self.id.parse().unwrap(),
            name: self.name.clone(),
            status: TenantStatus::Active,
            schema: SchemaName::parse(&self.schema).unwrap(),
            schema_version: hms::db::migrate::tenant_version(),
            zone: TimeZone::get("Asia/Kolkata").unwrap(),
            zone_name: "Asia/Kolkata".into(),
            currency: "INR".into(),
            country: None,
            manner: hms::kernel::manner::Manner::default(),
            profile_confirmed: false,
            max_users: Ceiling::default(),
            max_patients: Ceiling::default(),
            address: None,
            contact_phone: None,
            contact_email: self.email.clone(),
            restricted: false,
            users_told: 0,
            patients_told: 0,
            logo: None,
        }
    }

    /// Move the hospital to where it is morning: what a test does within some hours stays on one day of the hospital,
    /// whenever it runs. To be called before anybody does anything.
    pub async fn in_the_morning(&self) -> TimeZone {
        const PLACES: [&str; 12] = [
            "Pacific/Honolulu",
            "America/Los_Angeles",
            "America/Chicago",
            "America/New_York",
            "America/Sao_Paulo",
            "Atlantic/Azores",
            "Africa/Cairo",
            "Asia/Dubai",
            "Asia/Bangkok",
            "Asia/Tokyo",
            "Pacific/Guadalcanal",
            "Pacific/Auckland",
        ];
        let now = self.app.app.clock.now();
        let zones = PLACES.map(|name| TimeZone::get(name).unwrap());
        let is_morning = |zone: &&TimeZone| (8..13).contains(&now.to_zoned((*zone).clone()).hour());
        let zone = zones.iter().find(is_morning).unwrap().clone();
        let name = zone.iana_name().unwrap();
        self.app
            .sql(&format!("update public.tenants set time_zone = '{name}' where id = '{}'", self.id))
            .await;
        self.app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", self.id)).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        zone
    }

    /// Limit the number of patients, as the platform would.
    pub async fn set_limit(&self, max_patients: i64) {
        let statement =
            format!("update public.tenants set max_patients = {max_patients} where id = '{}'", self.id);
        self.app.sql(&statement).await;
        self.app.sql(&format!("select pg_notify('hms_registry', 'tenant:{}')", self.id)).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    /// As superuser, in the hospital's schema.
    pub async fn sql(&self, statement: &str) -> Vec<Value> {
        self.app.database.sql(&self.schema, statement).await
    }

    /// The hospital's audit rows, oldest first.
    pub async fn audit(&self) -> Vec<Value> {
        self.sql("select * from audit_events order by at, id").await
    }
}

/// Wait until `holds`, at most twenty seconds: a machine may be busy with other things.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..1000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("after twenty seconds still not: {what}");
}
