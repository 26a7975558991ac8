//! A hospital signs up, confirms its address, and its administrator signs in.

mod confirming;

use hms::clinic::roles::CATALOGUE;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, TestApp};
use crate::passwords::answer_requests;

fn sign_up(name: &str, n: usize) -> Value {
    json!({ "name": name, "contact_email": format!("office{n}@example.org"), "license_number": format!("L-{n}") })
}

#[tokio::test]
async fn a_hospital_signs_up_verifies_and_its_administrator_signs_in() {
    let app = TestApp::new().await;
    let anyone = app.anonymous();
    let mut body = sign_up("आशा क्लिनिक & \"मातृत्व\"", 1);
    body["time_zone"] = "Asia/Kathmandu".into();
    body["currency"] = "NPR".into();

    let made = anyone.post("/api/v1/tenants/register", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json["status"], "PENDING");
    assert_eq!(made.json["admin_email"], "office1@example.org");
    assert_eq!(made.json["schema_name"], Value::Null, "the schema is nobody's business");
    let password = made.json["admin_temp_password"].as_str().unwrap().to_owned();

    let early = anyone
        .form("/api/v1/auth/login", &[("username", "office1@example.org"), ("password", &password)])
        .await;
    assert_eq!((early.status, early.detail().contains("not verified")), (401, true));

    let link = app.link_for("office1@example.org", "/verify").await;
    let token = link.split_once("token=").unwrap().1;
    let verified = anyone.get(&format!("/api/v1/auth/verify-email?token={token}")).await;
    assert_eq!(
        (verified.status, &verified.json["status"], &verified.json["already_verified"]),
        (200, &json!("ACTIVE"), &json!(false))
    );
    let again = anyone.get(&format!("/api/v1/tenants/verify?token={token}")).await;
    assert_eq!((again.status, &again.json["already_verified"]), (200, &json!(true)));

    let login = anyone
        .form("/api/v1/auth/login", &[("username", "Office1@Example.ORG"), ("password", &password)])
        .await;
    assert_eq!((login.status, &login.json["must_change_password"]), (200, &json!(true)));
}

#[tokio::test]
async fn me_tells_name_roles_permissions_and_hospital() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let me = clinic.admin().await.get("/api/v1/auth/me").await;
    assert_eq!(me.status, 200, "{}", me.text);
    assert_eq!((&me.json["first_name"], &me.json["department"]), (&json!("Asha"), &json!("Administrator")));
    assert_eq!(me.json["tenant"]["name"], "Asha Clinic");
    assert_eq!(me.json["tenant"]["time_zone"], "Asia/Kolkata");
    assert_eq!(me.json["roles"][0]["name"], "HOSPITAL_ADMIN");
    assert_eq!(me.json["roles"][0]["permissions"].as_array().unwrap().len(), CATALOGUE.len());
}

#[tokio::test]
async fn licence_and_address_are_unique_over_the_whole_platform() {
    let app = TestApp::new().await;
    let anyone = app.anonymous();
    assert_eq!(anyone.post("/api/v1/tenants/register", &sign_up("First", 1)).await.status, 201);

    let mut same_licence = sign_up("Second", 2);
    same_licence["license_number"] = " l-1 ".into();
    let refused = anyone.post("/api/v1/tenants/register", &same_licence).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (400, &json!("license_number")));

    let mut same_address = sign_up("Third", 3);
    same_address["contact_email"] = "OFFICE1@example.org".into();
    let refused = anyone.post("/api/v1/tenants/register", &same_address).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["field"]), (400, &json!("contact_email")));

    let left = app.sql("select count(*) as n from public.tenants").await;
    assert_eq!(left[0]["n"], 1, "a refused sign-up leaves nothing");
    let claimed = app.sql("select count(*) as n from public.tenant_schemas where state = 'claimed'").await;
    assert_eq!(claimed[0]["n"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_at_once_all_succeed_and_one_licence_has_one_winner() {
    let app = TestApp::configured(&[("HMS_LANES", "12")]).await;
    let anyone = app.anonymous();
    let all = (0..20).map(|n| {
        let anyone = anyone.clone();
        async move { anyone.post("/api/v1/tenants/register", &sign_up("Same Name", n)).await }
    });
    for reply in futures_util::future::join_all(all).await {
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
    let rows = app.sql("select count(distinct schema_name) as n from public.tenants").await;
    assert_eq!(rows[0]["n"], 20);

    let race = (100..110).map(|n| {
        let anyone = anyone.clone();
        let mut body = sign_up("Racer", n);
        body["license_number"] = "ONE".into();
        async move { anyone.post("/api/v1/tenants/register", &body).await.status }
    });
    let mut statuses = futures_util::future::join_all(race).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![400; 9]].concat());
}

#[tokio::test]
async fn every_fault_of_a_sign_up_is_told_at_its_field() {
    let app = TestApp::new().await;
    let body = json!({ "name": "x".repeat(256), "contact_email": "nobody", "license_number": "a\u{0}b",
                       "contact_phone": "12", "admin_password": "short", "time_zone": "Mars", "currency": "???" });
    let refused = app.anonymous().post("/api/v1/tenants/register", &body).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let mut fields: Vec<&str> =
        refused.json["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    fields.dedup();
    assert_eq!(
        fields,
        [
            "name",
            "license_number",
            "contact_email",
            "contact_phone",
            "admin_password",
            "time_zone",
            "currency"
        ]
    );
    assert!(!refused.detail().is_empty());
}

#[tokio::test]
async fn links_are_refused_when_unknown_expired_or_made_for_another_purpose() {
    let app = TestApp::new().await;
    let clinic = app.pending_hospital("Slow Clinic").await;
    let anyone = app.anonymous();
    let unknown = anyone.get("/api/v1/auth/verify-email?token=AAAA").await;
    assert_eq!(unknown.status, 400);
    let link = app.link_for(&clinic.email, "/verify").await;
    let token = link.split_once("token=").unwrap().1.to_owned();
    let other = anyone.get(&format!("/api/v1/auth/validate-reset-token?token={token}")).await;
    assert_eq!(other.status, 400, "a confirmation link does not set passwords");
    app.app.clock.shift(25 * 3600);
    let late = anyone.get(&format!("/api/v1/auth/verify-email?token={token}")).await;
    assert_eq!((late.status, late.json["code"].as_str()), (400, Some("signup.link_expired")));

    let sent = anyone.post("/api/v1/tenants/resend-verification", &json!({ "email": clinic.email })).await;
    let silent =
        anyone.post("/api/v1/tenants/resend-verification", &json!({ "email": "nobody@example.org" })).await;
    assert_eq!((sent.status, &sent.json), (200, &silent.json), "the answer does not tell who is known");
    answer_requests(&app).await;
    let mails = app.sql("select recipient from public.mails where recipient = 'nobody@example.org'").await;
    assert!(mails.is_empty(), "nobody is written to who has no hospital");
    let fresh = app.link_for(&clinic.email, "/verify").await;
    assert_ne!(fresh, link);
    let token = fresh.split_once("token=").unwrap().1;
    assert_eq!(anyone.get(&format!("/api/v1/auth/verify-email?token={token}")).await.status, 200);
}

#[tokio::test]
async fn sign_ups_from_one_address_are_slowed() {
    let app = TestApp::configured(&[("SIGNUPS_PER_HOUR", "3")]).await;
    let anyone = app.anonymous();
    let mut statuses = Vec::new();
    for n in 0..5 {
        statuses.push(anyone.post("/api/v1/tenants/register", &sign_up("Many", n)).await.status);
    }
    assert_eq!(statuses, [201, 201, 201, 429, 429]);
    let other = anyone
        .request(axum::http::Method::POST, "/api/v1/tenants/register")
        .json(&sign_up("Other", 9))
        .from("192.0.2.7")
        .await;
    assert_eq!(other.status, 201, "another address is not held back");
}

#[tokio::test]
async fn in_production_no_password_is_told_and_a_link_lets_the_administrator_choose_one() {
    let app = TestApp::configured(&[("HMS_ENV", "production"), ("PUBLIC_URL", "https://hms.test")]).await;
    let made = app.anonymous().post("/api/v1/tenants/register", &sign_up("Quiet Clinic", 1)).await;
    assert_eq!((made.status, &made.json["admin_temp_password"]), (201, &Value::Null));
    let verify = app.link_for("office1@example.org", "/verify").await;
    let token = verify.split_once("token=").unwrap().1;
    assert_eq!(app.anonymous().get(&format!("/api/v1/auth/verify-email?token={token}")).await.status, 200);
    let link = app.link_for("office1@example.org", "/set-password").await;
    let token = link.split_once("token=").unwrap().1;
    let set = json!({ "token": token, "new_password": PASSWORD });
    assert_eq!(app.anonymous().post("/api/v1/auth/reset-password", &set).await.status, 200);
    assert_eq!(
        app.anonymous().post("/api/v1/auth/reset-password", &set).await.status,
        400,
        "a link works once"
    );
    app.sign_in("office1@example.org").await;
}

#[tokio::test]
async fn the_pages_lead_a_newcomer_from_landing_to_signed_in() {
    let app = TestApp::new().await;
    let visitor = crate::harness::Browser::new(app.router.clone());
    assert_eq!(visitor.get("/").await.status, 200);
    assert_eq!(visitor.get("/sign-up").await.status, 200);
    let hospital = [
        ("step", "hospital"),
        ("name", "Asha <b>Clinic</b>"),
        ("license_number", "L-9"),
        ("contact_email", "asha@example.org"),
        ("time_zone", "Asia/Kolkata"),
        ("currency", "INR"),
    ];
    let second = visitor.submit("/sign-up", &hospital).await;
    assert_eq!(second.status, 200);
    assert!(second.text.contains("admin_password") && !second.text.contains("<b>Clinic"), "page 2, escaped");

    let mut account = hospital.to_vec();
    account[0] = ("step", "account");
    account.extend([("admin_first_name", "Asha"), ("admin_last_name", "Rao"), ("admin_password", "weak")]);
    let weak = visitor.submit("/sign-up", &account).await;
    assert_eq!(weak.status, 422);
    assert!(weak.text.contains("aria-invalid"), "the message stands at the field");
    account.pop();
    account.push(("admin_password", PASSWORD));
    let sent = visitor.submit("/sign-up", &account).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    assert!(sent.text.contains("asha@example.org"));

    let link = app.link_for("asha@example.org", "/verify").await;
    let asked = visitor.get(link.strip_prefix("http://hms.test").unwrap()).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    assert!(asked.text.contains("Confirm <bdi>Asha &#60;b&#62;Clinic"), "{}", asked.text);
    let token = link.split_once("token=").unwrap().1;
    let confirmed = visitor.submit("/verify/confirm", &[("token", token), ("password", PASSWORD)]).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    assert!(confirmed.text.contains("is active"), "{}", confirmed.text);
    let wrong = visitor.submit("/sign-in", &[("username", "asha@example.org"), ("password", "wrong")]).await;
    assert_eq!(wrong.status, 401);
    let signed_in =
        visitor.submit("/sign-in", &[("username", "asha@example.org"), ("password", PASSWORD)]).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/getting-started"));
}
