//! What the platform's audit holds about a hospital and its accounts stands in the hospital's trail, in its place by
//! time; nothing of another hospital does, and nothing of operators but that the platform did it.

use std::collections::BTreeSet;

use axum::http::Method;
use hms::clinic::roles::SystemRole;
use hms::platform::mfa::totp;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::error::SqlState;

use super::{AUDIT, id_of, kinds, trail};
use crate::harness::{Blank, Client, PASSWORD, TestApp};
use crate::modes;
use crate::patients::{path_of, registered};

const TENANTS: &str = "/api/v1/platform/tenants";
const OPERATORS_ADDRESS: &str = "198.51.100.7";

async fn email_of(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.json["email"].as_str().unwrap().to_owned()
}

/// A code of an app is asked for at this person's sign-in from now on.
async fn second_step(app: &TestApp, person: &Client) {
    let begun = person.post("/api/v1/auth/mfa/enrol", &json!({})).await;
    let secret = begun.json["secret"].as_str().unwrap_or_else(|| panic!("{}", begun.text));
    let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let code = totp::code_at(&secret, app.app.clock.now());
    let on = person.post("/api/v1/auth/mfa/confirm", &json!({ "code": code, "password": PASSWORD })).await;
    assert_eq!(on.status, 200, "{}", on.text);
}

#[tokio::test]
async fn an_auditor_reads_who_signed_in_from_where_and_what_they_changed_about_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let nurse = clinic.staff(SystemRole::Nurse).await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let (who, email) = (id_of(&nurse).await, email_of(&nurse).await);
    let whose = id_of(&doctor).await;
    let stranger = app.anonymous();
    let login = stranger.request(Method::POST, "/api/v1/auth/login");
    let again = login.form(&[("username", email.as_str()), ("password", PASSWORD)]).from("203.0.113.9").await;
    assert_eq!(again.status, 200, "{}", again.text);
    let body = json!({ "old_password": PASSWORD, "new_password": "tin roof lantern" });
    assert_eq!(nurse.post("/api/v1/auth/change-password", &body).await.status, 200);
    second_step(&app, &doctor).await;
    assert_eq!(doctor.post("/api/v1/auth/logout", &json!({})).await.status, 204);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let (made, robbed) = (registered(&desk, json!({})).await, id_of(&desk).await);
    for status in [200, 401] {
        let token = json!({ "refresh_token": desk.login["refresh_token"] });
        assert_eq!(app.anonymous().post("/api/v1/auth/refresh", &token).await.status, status);
    }

    let auditor = clinic.staff(SystemRole::Auditor).await;
    let lines = trail(&auditor, &format!("actor_id={who}")).await;
    assert_eq!(kinds(&lines), ["password_changed", "signed_in", "signed_in"]);
    assert_eq!((&lines[0]["entity"], &lines[0]["entity_id"]), (&json!("user"), &json!(who)));
    let from_there = &lines[1];
    assert_eq!(
        (&from_there["what"], &from_there["ip"], &from_there["actor_name"]),
        (&json!("Signed in"), &json!("203.0.113.9"), &json!("Meera Kulkarni"))
    );
    assert_eq!(from_there["action"], "POST /api/v1/auth/login");
    let request = again.header("x-request-id");
    assert_eq!(trail(&auditor, &format!("request_id={request}")).await, std::slice::from_ref(from_there));
    let on = trail(&auditor, "kind=second_factor_on").await;
    assert_eq!((on.len(), &on[0]["actor_id"]), (1, &json!(whose)));
    let reused = trail(&auditor, "kind=refresh_reused").await;
    assert_eq!((reused.len(), &reused[0]["actor_id"]), (1, &json!(robbed)));
    assert_eq!(trail(&auditor, "kind=refreshed").await.len(), 0, "that a session went on is not told");
    let of_access = trail(&auditor, "kind=access").await;
    for kind in ["signed_in", "signed_out", "password_changed", "second_factor_on"] {
        assert!(kinds(&of_access).contains(&kind), "{kind}: {of_access:?}");
    }
    assert_eq!(trail(&auditor, "kind=signed_in&to=2020-01-01").await, Vec::<Value>::new());
    let out = trail(&auditor, "kind=signed_out&action=POST+%2Fapi%2Fv1%2Fauth%2Flogout").await;
    assert_eq!(out.len(), 1);

    // A patient's lines are the hospital's own.
    let about = trail(&auditor, &format!("patient_id={}", made["id"].as_str().unwrap())).await;
    assert_eq!(kinds(&about), ["created"]);
    let looked = clinic.admin().await.get(&format!("{}/audit", path_of(&made))).await;
    assert!(looked.status == 200 && !looked.text.contains("signed_in"), "{}", looked.text);

    let page = auditor.browser().await;
    let shown = page.get(&format!("/audit?actor_id={who}&kind=access")).await;
    for part in ["Signed in", "203.0.113.9", "Changed the password", "1–3 of 3", "value=\"second_factor_on\""]
    {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    assert!(!shown.text.contains("value=\"operator_invited\""), "no hospital's trail has it");
    let file = auditor.get(&format!("{AUDIT}/export/csv?actor_id={who}")).await;
    assert_eq!((file.status, file.text.lines().count()), (200, 4), "{}", file.text);
    assert!(file.text.contains("203.0.113.9") && file.text.contains("Meera Kulkarni"), "{}", file.text);
}

#[tokio::test]
async fn what_the_platform_did_is_told_with_its_reason_and_without_who_did_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let auditor = clinic.staff(SystemRole::Auditor).await;
    let boss = app.super_admin().await;
    let act = async |method: Method, path: &str, body: Value| {
        let call = boss.request(method, &format!("{TENANTS}/{}/{path}", clinic.id)).json(&body);
        let reply = call.from(OPERATORS_ADDRESS).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply
    };
    act(Method::PATCH, "restrict", json!({ "reason": "Asked for it" })).await;
    let suspended = act(Method::PATCH, "suspend", json!({ "reason": "Unpaid since May" })).await;
    act(Method::PATCH, "activate", json!({})).await;
    act(Method::PATCH, "limits", json!({ "max_users": 9 })).await;
    act(Method::POST, "reset-admin-password", json!({})).await;
    assert_eq!(boss.get(&format!("{TENANTS}/{}/details", clinic.id)).await.status, 200);

    let auditor = auditor.again().await;
    let reply = auditor.get(&format!("{AUDIT}?page_size=500")).await;
    let lines = reply.json["items"].as_array().unwrap();
    let told: Vec<&Value> = lines.iter().filter(|line| line["actor_name"] == "HMS platform").collect();
    let acts: Vec<&str> = told.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(
        acts,
        ["admin_password_reset", "limits_changed", "activated", "suspended", "restricted"],
        "that an operator looked is not among them: {}",
        reply.text
    );
    for line in &told {
        assert_eq!((&line["entity"], &line["entity_id"]), (&json!("hospital"), &json!(clinic.id)));
        assert!(["actor_id", "ip", "request_id"].iter().all(|field| line[field].is_null()), "{line}");
    }
    assert_eq!(
        told[3]["detail"],
        json!({ "from": "ACTIVE", "to": "SUSPENDED", "patients_here": 0, "reason": "Unpaid since May" })
    );
    assert_eq!(told[1]["detail"]["max_users"]["to"], 9);
    let (operator, request) = (id_of(&boss).await, suspended.header("x-request-id").to_owned());
    for secret in [operator.as_str(), "boss@platform.example", OPERATORS_ADDRESS, request.as_str()] {
        assert!(!reply.text.contains(secret), "{secret}");
    }
    // Nor does a filter find out who it was.
    for query in [format!("actor_id={operator}"), format!("request_id={request}")] {
        assert_eq!(trail(&auditor, &query).await, Vec::<Value>::new(), "{query}");
    }
    let page = auditor.browser().await.get("/audit?kind=suspended").await;
    for part in ["Suspended", "HMS platform", "The platform", "Unpaid since May", "1–1 of 1"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    // What a later version notes about an act is not told before somebody decides that it may be.
    app.sql(&format!(
        "insert into public.audit_events (id, at, action, kind, entity, entity_id, detail) values
         (gen_random_uuid(), now(), 'hms backup', 'backed_up', 'hospital', '{}', '{{\"operator\": \"root\", \"rows\": 7}}'),
         (gen_random_uuid(), now(), 'x', 'never_heard_of', 'hospital', '{0}', null)",
        clinic.id
    ))
    .await;
    assert_eq!(trail(&auditor, "kind=backed_up").await[0]["detail"], json!({ "rows": 7 }));
    assert_eq!(trail(&auditor, "kind=never_heard_of").await.len(), 0);
}

#[tokio::test]
async fn no_hospital_reads_of_another_ones_people_and_those_who_left_stay_in_their_own() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let (reader, other) = (asha.admin().await, zen.admin().await);
    let boss = app.super_admin().await;
    let (here, before) = (asha.staff(SystemRole::Nurse).await, zen.staff(SystemRole::Nurse).await);
    let (now_id, then_id) = (id_of(&here).await, id_of(&before).await);
    // Somebody leaves Zen and begins at Asha with the address that they had.
    let address = email_of(&before).await;
    let gone = other.post(&format!("/api/v1/users/{then_id}/deactivate"), &json!({})).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    app.sql(&format!(
        "update public.users set email = 'left-' || email, is_deleted = true where id = '{then_id}';
         update public.users set email = '{address}' where id = '{now_id}'"
    ))
    .await;
    app.sign_in(&address).await;

    let of = async |reader: &Client, query: &str| kinds_of(&trail(reader, query).await);
    assert_eq!(of(&reader, &format!("actor_id={now_id}")).await, ["signed_in", "signed_in"]);
    assert_eq!(of(&reader, &format!("actor_id={then_id}")).await, Vec::<String>::new());
    assert_eq!(of(&other, &format!("actor_id={then_id}")).await, ["signed_in"], "who left is still told");
    assert_eq!(trail(&other, &format!("actor_id={then_id}")).await[0]["actor_name"], "Meera Kulkarni");
    assert_eq!(of(&other, &format!("actor_id={now_id}")).await, Vec::<String>::new());
    assert_eq!(of(&reader, &format!("actor_id={}", id_of(&boss).await)).await, Vec::<String>::new());
    let theirs = format!("entity=hospital&entity_id={}", zen.id);
    assert_eq!(of(&reader, &theirs).await, Vec::<String>::new());
    assert!(of(&other, &theirs).await.contains(&"verified".to_owned()), "its own it has");
    let people = async |hospital: &str| -> BTreeSet<String> {
        let rows = app.sql(&format!("select id from public.users where tenant_id = '{hospital}'")).await;
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    for (reader, hospital) in [(&reader, &asha.id), (&other, &zen.id)] {
        let own = people(hospital).await;
        let lines = trail(reader, "kind=signed_in").await;
        assert!(!lines.is_empty());
        for line in lines {
            assert!(own.contains(line["actor_id"].as_str().unwrap()), "{line}");
        }
    }

    // The function takes the hospital from the role that asks, whatever it is told.
    let client = app.target().connect(&app.target().app).await.unwrap();
    let ask = format!(
        "select count(*) from public.audit_of_hospital('{}', null, null, null, null, null, null, null, null, null, null,
                                                       500, true)",
        zen.schema
    );
    for role in [asha.schema.as_str(), "hms_platform", "none"] {
        client.batch_execute(&format!("begin; set local role {role}")).await.unwrap();
        let error = client.batch_execute(&ask).await.expect_err(role);
        assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{role}");
        client.batch_execute("rollback").await.unwrap();
    }
    client.batch_execute(&format!("begin; set local role {}; {ask}; rollback", zen.schema)).await.unwrap();
}

fn kinds_of(lines: &[Value]) -> Vec<String> {
    kinds(lines).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn lines_of_both_sides_are_one_list_by_time_and_each_is_on_one_page() {
    let app = TestApp::new().await;
    let (clinic, other) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let (admin, stranger) = (clinic.admin().await, other.admin().await);
    let (who, whose) = (id_of(&admin).await, id_of(&stranger).await);
    // Several of both sides at each instant; some of them years ago.
    clinic
        .sql(
            "insert into audit_events (id, at, action, kind)
             select gen_random_uuid(), '2026-03-14T09:00:00Z'::timestamptz + n / 3 * interval '1 minute', 'made up', 'viewed'
               from generate_series(1, 60) n",
        )
        .await;
    app.sql(&format!(
        "insert into public.audit_events (id, at, actor_id, action, kind, entity, entity_id)
         select gen_random_uuid(), '2026-03-14T09:00:00Z'::timestamptz + n / 3 * interval '1 minute', who, 'made up',
                'signed_in', 'session', gen_random_uuid()
           from generate_series(1, 90) n, (values ('{who}'::uuid), ('{whose}'::uuid)) people (who)
         union all
         select gen_random_uuid(), '2026-03-14T09:00:00Z'::timestamptz - n * interval '40 days', '{who}', 'made up',
                'signed_out', 'session', gen_random_uuid()
           from generate_series(1, 30) n
         union all
         select gen_random_uuid(), '2026-03-14T09:00:00Z'::timestamptz + n * interval '1 minute', null, 'made up',
                'limits_changed', 'hospital', '{}'
           from generate_series(1, 10) n
         union all
         select gen_random_uuid(), '2026-03-14T09:00:00Z'::timestamptz + n * interval '1 minute', null, 'made up',
                'password_set_by_link', 'user', who
           from generate_series(1, 10) n, (values ('{who}'::uuid), ('{whose}'::uuid)) people (who)",
        clinic.id
    ))
    .await;
    let all = trail(&admin, "action=made+up").await;
    assert_eq!(all.len(), 60 + 90 + 30 + 10 + 10);
    let key = |line: &Value| {
        let at: Timestamp = line["at"].as_str().unwrap().parse().unwrap();
        (at, line["id"].as_str().unwrap().to_owned())
    };
    assert!(all.windows(2).all(|two| key(&two[0]) > key(&two[1])), "newest first, each once");
    let by_one = format!("action=made+up&actor_id={who}");
    for (narrowed, count) in [
        ("action=made+up", all.len()),
        ("action=made+up&kind=signed_out", 30),
        ("action=made+up&from=2026-03-14T09:05:00Z", at_least(&all, "2026-03-14T09:05:00Z")),
        ("action=made+up&entity=session", 120),
        (by_one.as_str(), 130),
    ] {
        let mut found = Vec::new();
        for number in 1..=count.div_ceil(7) + 1 {
            let page = admin.get(&format!("{AUDIT}?{narrowed}&page={number}&page_size=7")).await.json;
            assert_eq!(
                (&page["total"], &page["total_is_more"]),
                (&json!(count), &json!(false)),
                "{narrowed}"
            );
            found.extend(page["items"].as_array().unwrap().clone());
        }
        assert_eq!(found, trail(&admin, narrowed).await, "{narrowed}");
        assert_eq!(found.len(), count, "{narrowed}");
    }
}

fn at_least(lines: &[Value], instant: &str) -> usize {
    let from: Timestamp = instant.parse().unwrap();
    lines.iter().filter(|line| line["at"].as_str().unwrap().parse::<Timestamp>().unwrap() >= from).count()
}

#[tokio::test]
async fn a_long_file_of_both_sides_has_each_line_once() {
    let app = TestApp::configured(&[("HMS_LANES", "1")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let who = id_of(&admin).await;
    let rows = |table: &str, kind: &str, side: &str| {
        format!(
            "insert into {table} (id, at, actor_id, action, kind, entity, entity_id, request_id)
             select gen_random_uuid(), '2026-03-14T09:00:00Z'::timestamptz + n / 9 * interval '1 minute', '{who}', 'made up',
                    '{kind}', 'session', gen_random_uuid(), '{side}' || n from generate_series(1, 2600) n"
        )
    };
    clinic.sql(&rows("audit_events", "viewed", "own")).await;
    app.sql(&rows("public.audit_events", "signed_in", "platform")).await;
    let file = admin.get(&format!("{AUDIT}/export/csv?action=made+up")).await;
    assert_eq!(file.status, 200, "{}", file.text);
    let mut reader = csv::Reader::from_reader(file.bytes.strip_prefix("\u{feff}".as_bytes()).unwrap());
    let requests: Vec<String> = reader.records().map(|row| row.unwrap()[12].to_owned()).collect();
    let once: BTreeSet<&String> = requests.iter().collect();
    assert_eq!((requests.len(), once.len()), (5_200, 5_200));
}

#[tokio::test]
async fn where_hospitals_have_no_role_of_their_own_each_is_told_of_itself_all_the_same() {
    let blank = Blank::create().await;
    let app = modes::prepare(&blank, blank.target(), "off").await;
    let (asha, zen) = (app.hospital("Asha Clinic").await, app.hospital("Zen Hospital").await);
    let (admin, other) = (asha.admin().await, zen.admin().await);
    for reader in [&admin, &other] {
        let lines = trail(reader, "kind=signed_in").await;
        assert_eq!((lines.len(), &lines[0]["actor_id"]), (1, &json!(id_of(reader).await)));
    }
}
