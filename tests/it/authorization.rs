//! Who may do what, asked of every operation that the routes describe.
//!
//! Nothing here names a capability but the tables at the top and those of `makers` and `bodies`: a new route is covered by
//! being there, and a route that cannot be covered (nobody signed in, an id that nobody can make) has to be listed with
//! its reason.

mod bodies;
mod makers;
mod people;
mod visits;

use std::collections::{BTreeMap, BTreeSet};

use hms::access::PermissionInfo;
use hms::clinic::roles::{CATALOGUE, SystemRole};
use hms::modules::MODULES;
use serde_json::{Value, json};

use crate::harness::routes::{self, Operation};
use crate::harness::{Browser, Reply, TestApp, eventually};
pub use bodies::good_body;
use makers::MAKERS;
pub use makers::{Kind, kind_of, make};
use people::{Cast, Person};
pub use people::{page, program};
pub use visits::me;

/// Operations that nobody has to be signed in for. Each is a door: think before adding one.
const PUBLIC: &[(&str, &str)] = &[
    ("POST /api/v1/auth/login", "is the sign-in"),
    (
        "POST /api/v1/auth/login/mfa",
        "the token of a sign-in whose password was right is half of the credential",
    ),
    ("POST /api/v1/auth/refresh", "the refresh token in the body is the credential"),
    ("POST /api/v1/auth/forgot-password", "answers the same for every address; throttled"),
    ("POST /api/v1/auth/reset-password", "the link's token is the credential"),
    ("GET /api/v1/auth/validate-reset-token", "the link's token is the credential"),
    ("GET /api/v1/auth/verify-email", "the link's token is the credential"),
    ("GET /api/v1/tenants/verify", "the link's token is the credential"),
    ("POST /verify/confirm", "the link's token and the password of the sign-up are the credentials"),
    ("POST /verify/remove", "whoever reads the mail of the sign-up's address may remove the sign-up"),
    ("POST /api/v1/tenants/register", "a hospital that signs up has no account yet; throttled"),
    (
        "POST /api/v1/tenants/resend-verification",
        "waits for confirmation; answers the same for every address",
    ),
    ("GET /", "greets visitors"),
    ("GET /sign-in", "the form"),
    ("POST /sign-in", "is the sign-in"),
    ("GET /sign-in/code", "the form, for a browser whose sign-in owes a code"),
    ("POST /sign-in/code", "the cookie of a sign-in whose password was right is half of the credential"),
    ("POST /sign-out", "clears the cookie in whatever state the session is"),
    ("GET /set-password", "the link's token is the credential"),
    ("POST /set-password", "the link's token is the credential"),
    ("GET /reset-password", "the link's token is the credential"),
    ("POST /reset-password", "the link's token is the credential"),
    ("GET /forgot-password", "the form"),
    ("POST /forgot-password", "answers the same for every address; throttled"),
    ("GET /confirm-email", "leads to the sign-in; says something to the link's own person only"),
    ("GET /sign-up", "the form"),
    ("POST /sign-up", "a hospital that signs up has no account yet; throttled"),
    ("GET /verify", "the link's token is the credential"),
    ("POST /verify", "waits for confirmation; answers the same for every address"),
    ("GET /dev/mail", "development only: absent in production, which a test asks"),
    ("GET /dev/mail/{mail_id}", "development only: absent in production, which a test asks"),
    ("GET /dev/gallery", "development only: absent in production, which a test asks"),
    ("GET /dev/gallery/banner", "development only: absent in production, which a test asks"),
    ("GET /dev/gallery/confirm", "development only: absent in production, which a test asks"),
    ("POST /dev/gallery/confirm", "development only: absent in production, which a test asks"),
    ("GET /dev/gallery/later", "development only: absent in production, which a test asks"),
    ("GET /dev/gallery/progress", "development only: absent in production, which a test asks"),
    ("POST /dev/gallery/row", "development only: absent in production, which a test asks"),
    ("POST /dev/gallery/toast", "development only: absent in production, which a test asks"),
];

/// Rights that no role can grant: a super-admin has them.
const OPERATOR_ONLY: &[&str] = &["tenants:manage", "platform_audit:view"];

/// Operations after which the sweep has to sign in again.
const ENDS_THE_SESSION: &[&str] =
    &["auth.logout", "pages.lock.lock", "account.end_other_sessions", "pages.account.end_others"];

/// Path parameters for which nothing can be made yet. May only shrink.
const UNCOVERED: &[&str] = &[];

/// A name that must not reach another hospital.
const SECRET_NAME: &str = "Zebunnisa";

fn is_granted(operation: &Operation, role: SystemRole) -> bool {
    let code = operation.permission.as_deref();
    !operation.platform && code.is_none_or(|code| role.permissions().contains(&code))
}

#[test]
fn an_operation_without_sign_in_is_a_listed_decision() {
    let open: BTreeSet<String> = routes::all().iter().filter(|o| !o.secured).map(Operation::name).collect();
    let listed: BTreeSet<String> = PUBLIC.iter().map(|(name, _)| (*name).to_owned()).collect();
    let forgotten: Vec<_> = open.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&open).collect();
    assert!(forgotten.is_empty(), "open to everybody, and nobody decided that: {forgotten:?}");
    assert!(stale.is_empty(), "listed as public, but not there or not public: {stale:?}");
    for operation in routes::all() {
        assert!(operation.secured || operation.permission.is_none(), "{}", operation.name());
    }
}

const LISTED: &str = "src/clinic/roles/catalogue.rs";

#[test]
fn every_demanded_permission_can_be_held_and_every_declared_one_exists_once() {
    let known = |code: &str| CATALOGUE.iter().any(|p| p.code == code) || OPERATOR_ONLY.contains(&code);
    for operation in routes::all() {
        let Some(code) = &operation.permission else { continue };
        assert!(
            known(code),
            "{} demands {code}, which nobody can hold: add it to {LISTED}",
            operation.name()
        );
        let of_operators = OPERATOR_ONLY.contains(&code.as_str());
        assert_eq!(operation.platform, of_operators, "{} demands {code} on the wrong side", operation.name());
    }
    let mut seen: BTreeMap<&str, &PermissionInfo> = BTreeMap::new();
    for info in MODULES.iter().flat_map(|module| module.permissions) {
        assert!(known(info.code), "add {} to {LISTED}", info.code);
        if let Some(in_catalogue) = CATALOGUE.iter().find(|p| p.code == info.code) {
            assert_eq!(in_catalogue.label, info.label, "two labels for {}", info.code);
        }
        if let Some(other) = seen.insert(info.code, info) {
            assert_eq!(other.label, info.label, "two labels for {}", info.code);
        }
    }
}

#[tokio::test]
async fn without_a_session_every_operation_asks_to_sign_in_first() {
    let app = TestApp::new().await;
    let (anyone, visitor) = (app.anonymous(), Browser::new(app.router.clone()));
    // Not even what is wrong with a request is told to strangers.
    let tries = [json!({}), json!({ "version": "x", "first_name": 5 })];
    for operation in routes::all().iter().filter(|o| o.secured) {
        for path in [operation.path_to_nothing(), operation.path_with(|_| "%27-not-an-id".to_owned())] {
            for body in &tries {
                let name = operation.name();
                if operation.page {
                    let reply = page(&visitor, operation, &path, body).await;
                    if operation.is_read() {
                        let to = reply.header("location");
                        assert_eq!(reply.status, 303, "{name}");
                        assert!(to.starts_with("/sign-in?next=/"), "{name} leads to {to}");
                    } else {
                        assert_eq!(reply.status, 401, "{name}");
                    }
                } else {
                    let reply = program(&anyone, operation, &path, body).await;
                    assert_eq!((reply.status, reply.detail()), (401, "Not authenticated"), "{name}");
                    assert_eq!(reply.header("www-authenticate"), "Bearer", "{name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_role_gets_in_exactly_where_it_holds_the_permission() {
    let app = TestApp::new().await;
    let hospital = app.hospital("Asha Clinic").await;
    let mut cast = Cast::of(&app, &hospital).await;
    let nothing = json!({});
    let mut refused = 0;
    for operation in routes::all().iter().filter(|o| o.secured) {
        let (name, path) = (operation.name(), operation.path_to_nothing());
        for (role, person) in &mut cast.staff {
            let who = role.key();
            let reply = person.call(operation, &path, &nothing).await;
            if is_granted(operation, *role) {
                assert!(![401, 403].contains(&reply.status), "{who} {name}: {} {}", reply.status, reply.text);
                assert!(reply.status < 500, "{who} {name}: {} {}", reply.status, reply.text);
            } else {
                refused += 1;
                assert_eq!(reply.status, 403, "{who} {name}: {}", reply.text);
                if !operation.page {
                    let why = operation.permission.as_deref().filter(|_| !operation.platform);
                    let word = why.unwrap_or("super-admin");
                    assert!(reply.detail().contains(word), "{who} {name}: {}", reply.detail());
                }
            }
            if ENDS_THE_SESSION.contains(&operation.id.as_str()) {
                *person = person.again().await;
            }
        }
        let reply = cast.boss.call(operation, &path, &nothing).await;
        if operation.platform || operation.operators_too || operation.permission.is_none() {
            assert!(
                ![401, 403].contains(&reply.status) && reply.status < 500,
                "super-admin {name}: {}",
                reply.text
            );
        } else {
            refused += 1;
            assert_eq!(reply.status, 403, "super-admin {name}: {}", reply.text);
            assert!(
                operation.page || reply.detail().contains("requires a tenant user"),
                "{name}: {}",
                reply.text
            );
        }
        if ENDS_THE_SESSION.contains(&operation.id.as_str()) {
            cast.boss = cast.boss.again().await;
        }
    }
    assert!(refused > 0, "the sweep saw no refusal at all");

    // Each refusal of a known person leaves a row: who, where and when, and nothing of what they sent.
    let written = async || {
        let rows = cast.app.sql("select count(*) as n from public.denied_attempts").await;
        rows[0]["n"] == refused
    };
    eventually("every refusal is on record", written).await;
    let rows = cast.app.sql("select * from public.denied_attempts").await;
    let templates: BTreeSet<String> = routes::all().iter().map(|o| o.path.clone()).collect();
    for row in rows {
        assert_eq!(row["status"], 403);
        assert!(templates.contains(row["route"].as_str().unwrap()), "not a template: {row}");
        assert!(row["actor_id"].is_string() && row["request_id"].is_string());
        assert!(row["tenant_id"].is_null() || row["tenant_id"] == cast.hospital.id.as_str());
    }
}

#[tokio::test]
async fn a_refused_body_is_not_kept_anywhere() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    let body = json!({ "first_name": SECRET_NAME, "phone_primary": "9820012345", "gender": "FEMALE", "city": "Pune" });
    let reply = pharmacist.post(&format!("/api/v1/patients/quick-register?note={SECRET_NAME}"), &body).await;
    assert_eq!(reply.status, 403, "{}", reply.text);
    eventually("the refusal is on record", async || {
        app.sql("select id from public.denied_attempts").await.len() == 1
    })
    .await;
    let rows = app.sql("select * from public.denied_attempts").await;
    assert_eq!(rows[0]["route"], "/api/v1/patients/quick-register");
    assert_eq!(rows[0]["tenant_id"], clinic.id.as_str());
    assert!(!rows[0].to_string().contains(SECRET_NAME), "{}", rows[0]);
    assert_eq!(clinic.sql("select id from patients").await.len(), 0);
}

#[test]
fn every_path_parameter_can_be_made() {
    let made: BTreeSet<&str> = MAKERS.iter().map(|(of, _)| *of).collect();
    let used: BTreeSet<String> = routes::all().iter().flat_map(Operation::parameters).collect();
    let uncovered: Vec<&String> =
        used.iter().filter(|p| !made.contains(p.as_str()) && !UNCOVERED.contains(&p.as_str())).collect();
    assert!(uncovered.is_empty(), "no maker for {uncovered:?}: add one to MAKERS");
    let stale = made.iter().chain(UNCOVERED).filter(|p| !used.contains(**p)).collect::<Vec<_>>();
    assert!(stale.is_empty(), "not in any path (any more): {stale:?}");
}

/// Texts in the place of an id that no id is.
const NOT_IDS: [&str; 8] = [
    "x",
    "0",
    "00000000-0000-0000-0000-00000000000g",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%27%20or%201%3D1%20--",
    "t_0123456789abcdef.patients",
    "%E0%A4%86",
];

#[tokio::test]
async fn an_id_opens_only_in_its_own_hospital() {
    let app = TestApp::new().await;
    let (ours, other) = (app.hospital("Ours").await, app.hospital("Other").await);
    let owner = Person::of(ours.admin().await).await;
    let stranger = Person::of(other.admin().await).await;
    let boss = Person::of(app.super_admin().await).await;
    let nobody = Person { client: app.anonymous(), browser: Browser::new(app.router.clone()) };
    let mut proven = 0;
    for operation in routes::all() {
        let parameters = operation.parameters();
        let kinds: Vec<Kind> = parameters.iter().filter_map(|p| kind_of(p)).collect();
        let [kind, ..] = kinds[..] else { continue };
        assert_eq!(kinds.len(), parameters.len(), "{}: a maker for each part", operation.name());
        let (mut ids, mut within) = (BTreeMap::new(), None);
        for (parameter, kind) in parameters.iter().zip(&kinds) {
            let id = make(*kind, &app, &owner.client, &boss.client, &operation, within.as_deref()).await;
            ids.insert(parameter.clone(), id.clone());
            within = Some(id);
        }
        let (name, mut body) = (operation.name(), good_body(&operation.id));
        if operation.id.ends_with("merges.merge") {
            let other = make(Kind::Patient, &app, &owner.client, &boss.client, &operation, None).await;
            body["duplicate_id"] = json!(other);
        }
        if operation.id.ends_with("care.assign") {
            body["user_id"] = me(&owner.client).await;
        }
        if operation.id.ends_with("queue.hand_over") {
            let doctor = make(Kind::Doctor, &app, &owner.client, &boss.client, &operation, None).await;
            (body["doctor_user_id"], body["colleague"]) = (json!(doctor), json!(doctor));
        }
        let path = operation.path_with(|p| ids[p].clone());
        let insider = if !operation.secured {
            &nobody
        } else if operation.platform {
            &boss
        } else {
            &owner
        };

        let table = match kind {
            Kind::Patient => Some("patients"),
            Kind::Role => Some("roles"),
            Kind::Department => Some("departments"),
            _ => None,
        };
        if let Some(table) = table {
            // The stranger first: whatever they did must not have changed what the owner then finds.
            let look =
                format!("select to_jsonb(p) as row from {table} p where id = '{}'", ids[&parameters[0]]);
            let before = ours.sql(&look).await;
            let reply = stranger.call(&operation, &path, &body).await;
            assert_eq!(reply.status, 404, "{name} with another hospital's id: {}", reply.text);
            assert!(!reply.text.contains(SECRET_NAME), "{name} tells a name: {}", reply.text);
            assert_eq!(ours.sql(&look).await, before, "{name}");
            let random = stranger.call(&operation, &operation.path_to_nothing(), &body).await;
            assert_eq!(same(&random), same(&reply), "{name}: a foreign id and none at all look the same");
        }
        let reply = insider.call(&operation, &path, &body).await;
        let fine = (200..300).contains(&reply.status)
            || (operation.page && reply.status == 303 && !reply.header("location").starts_with("/sign-in"));
        assert!(fine, "{name} with its own id: {} {}", reply.status, reply.text);
        let reply = insider.call(&operation, &operation.path_to_nothing(), &body).await;
        assert_eq!(reply.status, 404, "{name} with a random id: {}", reply.text);
        for text in NOT_IDS {
            let reply = insider.call(&operation, &operation.path_with(|_| text.to_owned()), &body).await;
            assert_eq!(reply.status, 404, "{name} with {text}: {}", reply.text);
        }
        proven += 1;
    }
    assert!(proven > 0, "no operation on one thing was found");
    let look = format!("select id from audit_events a where a::text like '%{SECRET_NAME}%'");
    assert!(other.sql(&look).await.is_empty());
}

/// What a stranger can tell two answers apart by.
fn same(reply: &Reply) -> (u16, Value, String) {
    let mut json = reply.json.clone();
    json["request_id"] = Value::Null;
    (reply.status, json, reply.header("content-type").to_owned())
}

#[tokio::test]
async fn a_hospital_starts_with_these_roles() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let rows = clinic
        .sql("select r.system_key, p.permission_code as code from roles r join role_permissions p on p.role_id = r.id")
        .await;
    let held: BTreeSet<(&str, &str)> =
        rows.iter().map(|r| (r["system_key"].as_str().unwrap(), r["code"].as_str().unwrap())).collect();
    let roles = SystemRole::ALL.map(SystemRole::key);
    let mut table = format!("{:<28}{}\n", "", roles.join("  "));
    for permission in CATALOGUE {
        let ticks = roles.map(|role| {
            let tick = if held.contains(&(role, permission.code)) { "x" } else { "." };
            format!("{tick:<width$}", width = role.len())
        });
        table.push_str(&format!("{:<28}{}\n", permission.code, ticks.join("  ").trim_end()));
    }
    let in_catalogue = held.iter().filter(|(_, code)| CATALOGUE.iter().any(|p| p.code == *code)).count();
    assert_eq!(in_catalogue, held.len(), "a role grants what is not in the catalogue");
    insta::assert_snapshot!("roles", table);
}

#[test]
fn every_operation_demands_this() {
    let mut table = String::new();
    for operation in routes::all() {
        let demands = match &operation.permission {
            Some(code) if operation.platform => format!("{code} (super-admin)"),
            Some(code) if operation.operators_too => format!("{code}, or super-admin"),
            Some(code) => code.clone(),
            None if operation.secured => "signed in".to_owned(),
            None => "public".to_owned(),
        };
        table.push_str(&format!("{:<6} {:<44} {demands}\n", operation.method.as_str(), operation.path));
    }
    insta::assert_snapshot!("operations", table);
}

#[tokio::test]
async fn the_development_pages_are_absent_in_production() {
    let app = TestApp::configured(&[("HMS_ENV", "production"), ("PUBLIC_URL", "https://hms.test")]).await;
    let pages: Vec<Operation> = routes::pages().into_iter().filter(|o| o.path.starts_with("/dev/")).collect();
    assert!(!pages.is_empty());
    for operation in pages {
        let reply = program(&app.anonymous(), &operation, &operation.path_to_nothing(), &json!({})).await;
        assert_eq!(reply.status, 404, "{}: {}", operation.name(), reply.text);
    }
}
