//! Who may do what, asked of every operation that the routes describe.
//!
//! Nothing here names a capability but the tables at the top: a new route is covered by being there, and a route that
//! cannot be covered (nobody signed in, an id that nobody can make) has to be listed with its reason.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use hms::access::PermissionInfo;
use hms::clinic::roles::{CATALOGUE, SystemRole};
use hms::modules::MODULES;
use serde_json::{Value, json};

use crate::harness::files::{Part, png};
use crate::harness::routes::{self, Operation};
use crate::harness::{Browser, Client, Hospital, Reply, TestApp, eventually};

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

/// What stands behind a path parameter, by the part of the path before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Patient,
    Allergy,
    Condition,
    Merge,
    Staff,
    CareRelation,
    Cover,
    Opening,
    Tenant,
    Operator,
    Mail,
    Role,
    Department,
    Session,
    Doctor,
    DoctorDay,
    DoctorLeave,
    Room,
    /// Booked for now.
    Appointment,
    /// Somebody who walked in and waits.
    Waiting,
    PrintJob,
    /// Begun by the administrator.
    Encounter,
    /// Signed by the administrator.
    Note,
    Diagnosis,
    NoteTemplate,
    Vitals,
    OxygenOrder,
    /// Raised by a set of vital signs.
    Alarm,
}

const MAKERS: &[(&str, Kind)] = &[
    ("patients/{patient_id}", Kind::Patient),
    ("allergies/{allergy_id}", Kind::Allergy),
    ("conditions/{condition_id}", Kind::Condition),
    ("merges/{merge_id}", Kind::Merge),
    ("users/{user_id}", Kind::Staff),
    ("staff/{user_id}", Kind::Staff),
    ("care-team/{relation_id}", Kind::CareRelation),
    ("covers/{cover_id}", Kind::Cover),
    ("cover/{cover_id}", Kind::Cover),
    ("opened/{glass_id}", Kind::Opening),
    ("tenants/{id}", Kind::Tenant),
    ("hospitals/{id}", Kind::Tenant),
    ("operators/{id}", Kind::Operator),
    ("doctors/{user_id}", Kind::Doctor),
    ("days/{exception_id}", Kind::DoctorDay),
    ("leaves/{leave_id}", Kind::DoctorLeave),
    ("leave/{leave_id}", Kind::DoctorLeave),
    ("rooms/{room_id}", Kind::Room),
    ("vitals/{vitals_id}", Kind::Vitals),
    ("oxygen-orders/{oxygen_order_id}", Kind::OxygenOrder),
    ("oxygen/{oxygen_order_id}", Kind::OxygenOrder),
    ("escalations/{escalation_id}", Kind::Alarm),
    ("mail/{mail_id}", Kind::Mail),
    ("roles/{role_id}", Kind::Role),
    ("departments/{department_id}", Kind::Department),
    ("sessions/{session_id}", Kind::Session),
    ("appointments/{appointment_id}", Kind::Appointment),
    ("queue/{appointment_id}", Kind::Waiting),
    ("walk-ins/{appointment_id}", Kind::Waiting),
    ("print-jobs/{print_job_id}", Kind::PrintJob),
    ("print-later/{print_job_id}", Kind::PrintJob),
    ("encounters/{encounter_id}", Kind::Encounter),
    ("consultations/{encounter_id}", Kind::Encounter),
    ("notes/{note_id}", Kind::Note),
    ("diagnoses/{diagnosis_id}", Kind::Diagnosis),
    ("note-templates/{template_id}", Kind::NoteTemplate),
];

/// Bodies with which an operation on an existing thing succeeds; `{}` for all others.
pub fn good_body(id: &str) -> Value {
    match id {
        "patients.update" | "patients.update_profile" => json!({ "city": "Nashik" }),
        "pages.patients.reveal" => json!({ "field": "phone" }),
        "consents.record" => json!({ "kind": "SMS", "given": true, "source": "DESK" }),
        "pages.consents.record" => json!({ "kind": "SMS", "given": "false", "source": "PAPER" }),
        "deceased.record" => json!({ "died_at": "2026-03-14T04:05", "certified_by": "Dr. Rao" }),
        "pages.deceased.record" => json!({ "version": "1", "died_on": "14/03/2026", "died_time": "04:05" }),
        "deceased.undo" | "pages.deceased.undo" => json!({ "reason": "She came in this morning" }),
        "confidential.break_glass" | "pages.confidential.open" => {
            json!({ "reason": "Emergency, unconscious" })
        }
        "pages.patients.save" => json!({
            "version": "1", "first_name": SECRET_NAME, "phone_primary": "9820012345", "gender": "FEMALE",
            "city": "Nashik", "born": "unknown",
        }),
        // And the id of another patient, made on the spot.
        "merges.merge" => json!({ "reason": "The same person" }),
        "pages.merges.merge" => {
            json!({ "reason": "The same person", "survivor_version": "1", "duplicate_version": "1" })
        }
        "unidentified.identify" => json!({ "first_name": SECRET_NAME }),
        "pages.unidentified.identify" => json!({ "first_name": SECRET_NAME, "version": "1" }),
        "newborns.register" => json!({ "sex": "FEMALE", "born_at": an_hour_ago().timestamp().to_string() }),
        "pages.newborns.register" => {
            json!({ "sex_1": "FEMALE", "born_1": an_hour_ago().strftime("%Y-%m-%dT%H:%M").to_string() })
        }
        // And the id of somebody of the staff, where one is needed.
        "care.assign" | "pages.care.assign" => json!({ "note": "Takes over" }),
        "confidential.review" | "pages.confidential.review" => json!({ "outcome": "JUSTIFIED" }),
        "appointments.update" | "pages.appointments.notes" => json!({ "notes": "Fasting", "version": "1" }),
        "appointments.cancel" | "pages.appointments.cancel" => json!({ "reason": "OTHER" }),
        "appointments.arrived_late" => json!({ "reason": "Rain" }),
        "pages.appointments.arrived_late" => json!({ "late_reason": "Rain" }),
        "appointments.reschedule" | "pages.appointments.moved" => json!({ "scheduled_at": next_week() }),
        "pages.appointments.follow_up" => json!({ "weeks": "4" }),
        "queue.prioritise" | "pages.queue.prioritise" => {
            json!({ "priority": "PRIORITY", "reason": "Wheelchair" })
        }
        "merges.undo" | "pages.merges.undo" => json!({ "reason": "Two people" }),
        "encounters.end" | "notes.end" | "pages.notes.end" | "diagnoses.end" | "pages.diagnoses.end" => {
            json!({ "reason": "Wrong patient" })
        }
        "notes.save" => json!({ "texts": { "plan": "Rest" } }),
        "notes.amend" => json!({ "texts": { "plan": "Rest" }, "reason": "Result added" }),
        "pages.notes.amend" => json!({ "plan": "Rest", "reason": "Result added", "version": "2" }),
        "pages.consultations.save_note" => json!({ "plan": "Rest", "version": "0", "act": "save" }),
        "pages.consultations.sign" => json!({ "plan": "Rest", "version": "0", "act": "sign" }),
        "diagnoses.add" | "pages.consultations.add_diagnosis" => json!({ "text": "Gout" }),
        "diagnoses.revise" | "pages.diagnoses.revise" => json!({ "certainty": "CONFIRMED" }),
        "pages.note_templates.save" => {
            json!({ "version": "1", "name": format!("Knee {}", uuid::Uuid::new_v4()), "plan": "Rest" })
        }
        "pages.note_templates.switch" => json!({ "version": "1", "is_active": "false" }),
        "allergies.add" | "pages.allergies.add" => json!({ "substance": "Penicillin" }),
        "conditions.add" | "pages.conditions.add" => json!({ "text": "Asthma" }),
        "users.update" => json!({ "phone": "9820012345" }),
        "pages.staff.save" => {
            json!({ "version": "1", "first_name": SECRET_NAME, "department": "Cardiology" })
        }
        "allergies.end" | "conditions.end" => json!({ "reason": "Wrong patient" }),
        "vitals.end" | "pages.vitals.end" => json!({ "reason": "Wrong patient" }),
        "vitals.order_oxygen" | "pages.vitals.order_oxygen" => json!({ "reason": "COPD" }),
        "vitals.plan" => json!({ "interval_minutes": 60 }),
        "pages.vitals.plan" => json!({ "interval_minutes": "60" }),
        "pages.vitals.record" => json!({ "heart_rate": "72" }),
        "pages.allergies.change" => json!({ "version": "1", "substance": "Penicillin G" }),
        "pages.conditions.change" => json!({ "version": "1", "text": "Asthma" }),
        "pages.hospitals.raise" => json!({ "raise_patients": "20", "hours": "72" }),
        "pages.hospitals.suspend" | "pages.hospitals.restrict" => json!({ "reason": "Unpaid" }),
        "pages.allergies.end" | "pages.conditions.end" => {
            json!({ "version": "1", "reason": "Wrong patient" })
        }
        "pages.doctors.save" => json!({ "version": "0", "slot_minutes": "15", "overbooking": "0" }),
        "availability.set_hours" => json!({ "hours": [] }),
        "pages.doctors.save_hours" => json!({ "slot_minutes": "15" }),
        "availability.add_day" | "pages.doctors.add_day" => {
            json!({ "kind": "CLOSED", "on_date": in_days(3) })
        }
        "leave.take" | "pages.leave.take" => {
            json!({ "kind": "SICK", "starts_at": in_days(3), "ends_at": in_days(4) })
        }
        "pages.rooms.save" => json!({ "version": "1", "name": format!("Door {}", uuid::Uuid::new_v4()) }),
        "pages.roles.save" => json!({ "version": "1", "name": format!("Desk {}", uuid::Uuid::new_v4()) }),
        "pages.roles.toggle" => json!({ "version": "1" }),
        "pages.departments.save" => {
            json!({ "version": "1", "name": format!("Ward {}", uuid::Uuid::new_v4()), "is_for_staff": "true" })
        }
        _ => json!({}),
    }
}

/// A quarter of an hour that nobody has booked.
fn next_week() -> String {
    let quarter = (jiff::Timestamp::now().as_second() / 900 + 7 * 96) * 900;
    jiff::Timestamp::from_second(quarter).unwrap().to_string()
}

/// On the clock of the hospitals of the stage.
fn an_hour_ago() -> jiff::Zoned {
    let now = jiff::Timestamp::now().in_tz("Asia/Kolkata").unwrap();
    now.checked_sub(jiff::SignedDuration::from_hours(1)).unwrap()
}

/// A day on the calendar of the hospitals of the stage.
fn in_days(days: i64) -> String {
    let now = jiff::Timestamp::now().in_tz("Asia/Kolkata").unwrap();
    now.checked_add(jiff::Span::new().days(days)).unwrap().date().to_string()
}

/// A name that must not reach another hospital.
const SECRET_NAME: &str = "Zebunnisa";

/// Everybody on one stage.
struct Cast<'a> {
    app: &'a TestApp,
    hospital: &'a Hospital<'a>,
    staff: Vec<(SystemRole, Person)>,
    boss: Person,
}

/// Somebody with a program and a browser.
struct Person {
    client: Client,
    browser: Browser,
}

impl Person {
    async fn of(client: Client) -> Self {
        let browser = client.browser().await;
        Self { client, browser }
    }

    async fn call(&self, operation: &Operation, path: &str, body: &Value) -> Reply {
        if operation.page {
            page(&self.browser, operation, path, body).await
        } else {
            program(&self.client, operation, path, body).await
        }
    }

    /// After an act that ends the session.
    async fn again(&self) -> Self {
        Self::of(self.client.again().await).await
    }
}

impl<'a> Cast<'a> {
    async fn of(app: &'a TestApp, hospital: &'a Hospital<'a>) -> Self {
        let mut staff = Vec::new();
        for role in SystemRole::ALL {
            staff.push((role, Person::of(hospital.staff(role).await).await));
        }
        Self { app, hospital, staff, boss: Person::of(app.super_admin().await).await }
    }
}

pub async fn program(client: &Client, operation: &Operation, path: &str, body: &Value) -> Reply {
    let call = client.request(operation.method.clone(), path);
    let call = match &operation.body {
        None => call,
        Some(wanted) if wanted.is_json() => call.json(body),
        Some(wanted) if wanted.is_form() => call.form(&pairs(body)),
        Some(wanted) if wanted.is_multipart() => call.file(&png()),
        Some(wanted) => call.raw(&wanted.media_type, ""),
    };
    call.send().await
}

pub async fn page(browser: &Browser, operation: &Operation, path: &str, body: &Value) -> Reply {
    let takes_file = operation.body.as_ref().is_some_and(routes::Body::is_multipart);
    match operation.is_read() {
        true => browser.get(path).await,
        false if takes_file => browser.upload(path, &[Part::file(&png())]).await,
        false => browser.submit(path, &pairs(body)).await,
    }
}

fn pairs(body: &Value) -> Vec<(&str, &str)> {
    body.as_object().unwrap().iter().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?))).collect()
}

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

/// What a variable part of a path is of.
pub fn kind_of(parameter: &str) -> Option<Kind> {
    MAKERS.iter().find(|(of, _)| *of == parameter).map(|(_, kind)| *kind)
}

/// Make the thing that a path's parameter names, ready for `operation`; its id. `within`: the thing named before it.
pub async fn make(
    kind: Kind,
    app: &TestApp,
    admin: &Client,
    boss: &Client,
    operation: &Operation,
    within: Option<&str>,
) -> String {
    match kind {
        Kind::Allergy | Kind::Condition => {
            let patient = within.expect("the list is a patient's");
            let (list, body) = match kind {
                Kind::Allergy => ("allergies", json!({ "substance": "Latex", "note": SECRET_NAME })),
                _ => ("conditions", json!({ "text": "Gout", "note": SECRET_NAME })),
            };
            let made = admin.post(&format!("/api/v1/patients/{patient}/{list}"), &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Patient => {
            let body = json!({
                "first_name": SECRET_NAME, "phone_primary": "9820012345", "gender": "FEMALE", "city": "Pune",
                "dob_unknown": true,
            });
            let made = match operation.path.ends_with("/identify") {
                true => admin.post("/api/v1/patients/unidentified", &json!({ "note": SECRET_NAME })).await,
                false => admin.post("/api/v1/patients/quick-register", &body).await,
            };
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            let first = match operation.id.as_str() {
                id if id.ends_with("deceased.undo") => json!({ "date_of_death": "2026-03-14" }),
                id if id.contains("confidential.") => json!({ "confidentiality": "R" }),
                _ => json!({}),
            };
            let ready = admin.patch(&format!("/api/v1/patients/{id}"), &first).await;
            assert_eq!(ready.status, 200, "{}", ready.text);
            if operation.id.ends_with("vitals.end_plan") {
                let path = format!("/api/v1/patients/{id}/observation-plan");
                let planned = admin.post(&path, &json!({ "interval_minutes": 60 })).await;
                assert_eq!(planned.status, 201, "{}", planned.text);
            }
            if operation.path.contains("picture") {
                let path = format!("/api/v1/patients/{id}/profile-picture");
                let given = admin.request(Method::POST, &path).file(&png()).send().await;
                assert_eq!(given.status, 200, "{}", given.text);
            }
            id
        }
        Kind::CareRelation => {
            let path = format!("/api/v1/patients/{}/care-team", within.expect("a team is a patient's"));
            let made = admin.post(&path, &json!({ "user_id": me(admin).await, "note": SECRET_NAME })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Cover => {
            let rows =
                app.sql(&format!("select id from {}.departments limit 1", schema_of(app, admin).await)).await;
            let ends_at = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(8)).to_string();
            let body = json!({
                "user_id": me(admin).await, "for_department_id": rows[0]["id"], "ends_at": ends_at,
            });
            let made = admin.post("/api/v1/care/covers", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Opening => {
            let patient = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let body = json!({ "reason": "Emergency, unconscious" });
            let made = admin.post(&format!("/api/v1/patients/{patient}/break-glass"), &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            // As somebody else had opened it: nobody reviews their own.
            let schema = schema_of(app, admin).await;
            app.sql(&format!(
                "update {schema}.break_glass set user_id = gen_random_uuid() where id = '{id}'"
            ))
            .await;
            id
        }
        Kind::Merge => {
            let survivor = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let duplicate = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let body = json!({ "duplicate_id": duplicate, "reason": "The same person" });
            let made = admin.post(&format!("/api/v1/patients/{survivor}/merge"), &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Staff => {
            let body = json!({
                "email": format!("{}@example.org", uuid::Uuid::new_v4().simple()), "first_name": SECRET_NAME,
                "department": "Cardiology", "roles": ["NURSE"],
            });
            let made = admin.post("/api/v1/users", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            if operation.path.ends_with("/reset-mfa") {
                app.sql(&format!(
                    "insert into public.mfa_secrets (user_id, sealed, key_id, created_at, confirmed_at)
                     values ('{id}', 'x', 'x', now(), now())"
                ))
                .await;
            }
            id
        }
        Kind::Doctor => {
            let body = json!({
                "email": format!("{}@example.org", uuid::Uuid::new_v4().simple()), "first_name": SECRET_NAME,
                "department": "Cardiology", "roles": ["DOCTOR"],
            });
            let made = admin.post("/api/v1/users", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            if operation.path.contains("photo") {
                let path = format!("/api/v1/doctors/{id}/photo");
                let given = admin.request(Method::POST, &path).file(&png()).send().await;
                assert_eq!(given.status, 200, "{}", given.text);
            }
            id
        }
        Kind::DoctorDay | Kind::DoctorLeave => {
            let doctor = within.expect("it is a doctor's");
            let (path, body) = match kind {
                Kind::DoctorDay => ("days", good_body("availability.add_day")),
                _ => ("leaves", good_body("leave.take")),
            };
            let made = admin.post(&format!("/api/v1/doctors/{doctor}/{path}"), &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = if kind == Kind::DoctorDay { &made.json["id"] } else { &made.json["leave"]["id"] };
            id.as_str().unwrap().to_owned()
        }
        Kind::Room => {
            let body = json!({ "name": format!("Room {}", uuid::Uuid::new_v4()) });
            let made = admin.post("/api/v1/rooms", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Tenant => {
            let hospital = app.hospital(SECRET_NAME).await;
            let first = match operation.path.rsplit('/').next() {
                Some("activate") => Some("suspend"),
                Some("lift") => Some("restrict"),
                _ => None,
            };
            if let Some(verb) = first {
                let path = format!("/api/v1/platform/tenants/{}/{verb}", hospital.id);
                let reply = boss.patch(&path, &json!({})).await;
                assert_eq!(reply.status, 200, "{}", reply.text);
            }
            // Only what is limited can be raised.
            if operation.id == "pages.hospitals.raise" {
                hospital.set_limit(10).await;
            }
            hospital.id
        }
        Kind::Role | Kind::Department => {
            let path = if kind == Kind::Role { "/api/v1/roles" } else { "/api/v1/departments" };
            let short = uuid::Uuid::new_v4().simple().to_string();
            let made = admin.post(path, &json!({ "name": format!("{SECRET_NAME} {short}") })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Operator => {
            let email = format!("{}@platform.example", hms::kernel::ids::new_uuid());
            let made = boss.post("/api/v1/platform/operators", &json!({ "email": email })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.json["id"].as_str().unwrap().to_owned();
            if operation.path.ends_with("/activate") {
                let path = format!("/api/v1/platform/operators/{id}/deactivate");
                assert_eq!(boss.patch(&path, &json!({})).await.status, 200);
            }
            id
        }
        Kind::Appointment => booked(app, admin, operation).await,
        Kind::Waiting => {
            let id = walked_in(app, admin).await;
            if operation.id.ends_with("queue.back") {
                let called = admin.post(&format!("/api/v1/queue/{id}/call"), &json!({})).await;
                assert_eq!(called.status, 200, "{}", called.text);
            }
            id
        }
        Kind::Vitals | Kind::Alarm => {
            let patient = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let grown = admin
                .patch(
                    &format!("/api/v1/patients/{patient}"),
                    &json!({ "dob": "1980-03-14", "dob_unknown": false }),
                )
                .await;
            assert_eq!(grown.status, 200, "{}", grown.text);
            let set = json!({ "patient_id": patient, "consciousness": "VOICE", "notes": SECRET_NAME });
            let made = admin.post("/api/v1/vitals", &set).await;
            assert_eq!(made.status, 201, "{}", made.text);
            if kind == Kind::Vitals {
                return made.json["id"].as_str().unwrap().to_owned();
            }
            let alarms = admin.get("/api/v1/escalations?page_size=500").await;
            let items = alarms.json["items"].as_array().unwrap();
            let alarm = items.iter().find(|alarm| alarm["vitals_id"] == made.json["id"]);
            alarm.unwrap_or_else(|| panic!("no alarm: {}", alarms.text))["id"].as_str().unwrap().to_owned()
        }
        Kind::OxygenOrder => {
            let path = format!("/api/v1/patients/{}/oxygen-orders", within.expect("an order is a patient's"));
            let made = admin.post(&path, &json!({ "reason": SECRET_NAME })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::PrintJob => {
            let patient = Box::pin(make(Kind::Patient, app, admin, boss, operation, None)).await;
            let made = admin.post("/api/v1/print-jobs", &json!({ "kind": "LABEL", "ids": [patient] })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json[0]["id"].as_str().unwrap().to_owned()
        }
        Kind::Encounter => encounter(app, admin, operation).await,
        Kind::Note => {
            let of = encounter(app, admin, operation).await;
            let path = format!("/api/v1/encounters/{of}/note");
            let kept = json!({ "texts": { "subjective": SECRET_NAME } });
            let kept = admin.request(Method::PUT, &path).json(&kept).send().await;
            assert_eq!(kept.status, 200, "{}", kept.text);
            let signed = admin.post(&format!("{path}/sign"), &json!({})).await;
            assert_eq!(signed.status, 200, "{}", signed.text);
            signed.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Diagnosis => {
            let of = encounter(app, admin, operation).await;
            let path = format!("/api/v1/encounters/{of}/diagnoses");
            let made = admin.post(&path, &json!({ "text": SECRET_NAME })).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::NoteTemplate => {
            let name = format!("Knee {}", uuid::Uuid::new_v4());
            let body = json!({ "name": name, "texts": { "plan": SECRET_NAME } });
            let made = admin.post("/api/v1/note-templates", &body).await;
            assert_eq!(made.status, 201, "{}", made.text);
            made.json["id"].as_str().unwrap().to_owned()
        }
        Kind::Session => {
            admin.again().await;
            let sessions = admin.get("/api/v1/auth/sessions").await;
            sessions.json[0]["id"].as_str().unwrap().to_owned()
        }
        Kind::Mail => {
            app.pending_hospital("With mail").await;
            let rows = app.sql("select id from public.mails order by id desc limit 1").await;
            let id = rows[0]["id"].as_str().unwrap().to_owned();
            hms::platform::messages::send(&app.app, id.parse().unwrap()).await.unwrap();
            id
        }
    }
}

/// A consultation that the administrator has begun, with a draft where one is asked for.
async fn encounter(app: &TestApp, admin: &Client, operation: &Operation) -> String {
    let appointment = booked(app, admin, operation).await;
    let begun = admin.post("/api/v1/encounters", &json!({ "appointment_id": appointment })).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let id = begun.json["id"].as_str().unwrap().to_owned();
    if ["notes.own", "notes.sign"].contains(&operation.id.as_str()) {
        let path = format!("/api/v1/encounters/{id}/note");
        let kept = json!({ "texts": { "plan": SECRET_NAME } });
        let kept = admin.request(Method::PUT, &path).json(&kept).send().await;
        assert_eq!(kept.status, 200, "{}", kept.text);
    }
    id
}

/// A booking with a doctor of its own, at this moment, as far as the operation needs it.
async fn booked(app: &TestApp, admin: &Client, operation: &Operation) -> String {
    let (schema, doctor) = (schema_of(app, admin).await, a_doctor(app, admin).await);
    let patient = json!({ "first_name": SECRET_NAME });
    let patient = admin.post("/api/v1/patients", &patient).await.json["id"].clone();
    let department = app.sql(&format!("select id from {schema}.departments where name = 'Cardiology'")).await;
    let body = json!({
        "patient_id": patient, "doctor_user_id": doctor, "department_id": department[0]["id"],
        "scheduled_at": next_week(), "notes": SECRET_NAME,
    });
    let made = admin.post("/api/v1/appointments", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json["id"].as_str().unwrap().to_owned();
    // Its time has come a moment ago.
    app.sql(&format!(
        "update {schema}.appointments set scheduled_at = now() - interval '1 second', ends_at = now() + interval '15 minutes'
          where id = '{id}'"
    ))
    .await;
    let step = match operation.id.rsplit('.').next().unwrap_or_default() {
        "complete" | "follow_up" | "propose_follow_up" | "token" => Some("check-in"),
        "arrived_late" => Some("no-show"),
        _ => None,
    };
    if let Some(step) = step {
        let done = admin.patch(&format!("/api/v1/appointments/{id}/{step}"), &json!({})).await;
        assert_eq!(done.status, 200, "{}", done.text);
    }
    id
}

/// Somebody new with the role, whose account is in use.
async fn a_doctor(app: &TestApp, admin: &Client) -> String {
    let body = json!({
        "email": format!("{}@example.org", uuid::Uuid::new_v4().simple()), "first_name": SECRET_NAME,
        "department": "Cardiology", "roles": ["DOCTOR"],
    });
    let doctor = admin.post("/api/v1/users", &body).await;
    assert_eq!(doctor.status, 201, "{}", doctor.text);
    let (schema, doctor) = (schema_of(app, admin).await, doctor.json["id"].as_str().unwrap().to_owned());
    app.sql(&format!("update {schema}.staff set is_active = true where user_id = '{doctor}'")).await;
    doctor
}

/// Somebody walks in to a doctor of their own: the appointment, with its token.
async fn walked_in(app: &TestApp, admin: &Client) -> String {
    let doctor = a_doctor(app, admin).await;
    // In an emergency a first name is enough, whoever looks alike.
    let body = json!({
        "patient": { "first_name": SECRET_NAME }, "doctor_user_id": doctor, "priority": "EMERGENCY",
    });
    let made = admin.post("/api/v1/walk-ins", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json["appointment_id"].as_str().unwrap().to_owned()
}

/// Id of whoever asks.
pub async fn me(client: &Client) -> Value {
    client.get("/api/v1/auth/me").await.json["id"].clone()
}

async fn schema_of(app: &TestApp, client: &Client) -> String {
    let tenant = client.get("/api/v1/auth/me").await.json["tenant_id"].clone();
    let query = format!("select schema_name from public.tenants where id = '{}'", tenant.as_str().unwrap());
    app.sql(&query).await[0]["schema_name"].as_str().unwrap().to_owned()
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
