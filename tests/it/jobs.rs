//! Work after COMMIT: mail leaves by the job runner, and the store of schemas refills.

use serde_json::json;

use crate::harness::{TestApp, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_up_is_followed_by_its_mail_and_the_body_is_forgotten() {
    let app = TestApp::new().await;
    tokio::spawn(hms::jobs::run(app.app.clone()));
    let body =
        json!({ "name": "Asha & \"Sons\"", "contact_email": "asha@example.org", "license_number": "J-1" });
    assert_eq!(app.anonymous().post("/api/v1/tenants/register", &body).await.status, 201);
    eventually("the mail is sent", async || {
        let rows = app.sql("select status, body_text, attempts from public.mails").await;
        rows.len() == 1 && rows[0]["status"] == "SENT" && rows[0]["body_text"].is_null()
    })
    .await;
    let written = app.app.mailer.files().unwrap().list().await.unwrap();
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].to, "asha@example.org");
    let link =
        written[0].text.split_whitespace().find(|w| w.starts_with("http://hms.test/verify?token=")).unwrap();
    let token = link.split_once("token=").unwrap().1;
    let verified = app.anonymous().get(&format!("/api/v1/auth/verify-email?token={token}")).await;
    assert_eq!(verified.status, 200, "the link of the mail works");
    app.app.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claimed_schemas_are_replaced_and_half_made_ones_dropped() {
    let app = TestApp::configured(&[("HMS_WARM_SCHEMAS", "3")]).await;
    // A crash in the middle of making one, long ago.
    app.sql("update public.tenant_schemas set state = 'building', changed_at = now() - interval '1 hour' where name = (select min(name) from public.tenant_schemas where state = 'reserved')").await;
    let half = app.sql("select name from public.tenant_schemas where state = 'building'").await[0]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    app.sql(&format!("create schema {half} authorization hms_owner; create table {half}.rest (id int)"))
        .await;
    app.sql("update public.tenant_schemas set state = 'failed' where state = 'ready'").await;

    let made = hms::db::schemas::keep_warm(&app.app.db.target, app.app.db.isolation(), 3).await.unwrap();
    assert_eq!(made, 3);
    let gone = app.sql(&format!("select count(*) as n from pg_class where relnamespace = to_regnamespace('{half}')::oid and relname = 'rest'")).await;
    assert_eq!(gone[0]["n"], 0, "what was half made is gone");
    let ready = app.sql("select count(*) as n from public.tenant_schemas where state = 'ready'").await;
    assert_eq!(ready[0]["n"], 3);
    app.hospital("Uses one of them").await;
}

#[tokio::test]
async fn a_crash_in_the_middle_of_a_sign_up_leaves_nothing() {
    let app = TestApp::new().await;
    // The last write of the transaction fails, as a crash before COMMIT would.
    app.sql("alter table public.audit_events add constraint crash check (kind <> 'created')").await;
    let body = json!({ "name": "Half", "contact_email": "half@example.org", "license_number": "H-1" });
    let reply = app.anonymous().post("/api/v1/tenants/register", &body).await;
    assert!(reply.status >= 400, "{}", reply.text);
    for table in ["tenants", "users", "mails", "single_use_tokens"] {
        let rows = app.sql(&format!("select count(*) as n from public.{table}")).await;
        assert_eq!(rows[0]["n"], 0, "{table}");
    }
    let claimed = app.sql("select count(*) as n from public.tenant_schemas where state = 'claimed'").await;
    assert_eq!(claimed[0]["n"], 0);
    let jobs = app.sql("select count(*) as n from graphile_worker._private_jobs").await;
    assert_eq!(jobs[0]["n"], 0);
    app.sql("alter table public.audit_events drop constraint crash").await;
    assert_eq!(
        app.anonymous().post("/api/v1/tenants/register", &body).await.status,
        201,
        "and it can be tried again"
    );
}

#[tokio::test]
async fn old_idempotency_keys_of_every_hospital_are_forgotten_in_bites() {
    let app = TestApp::new().await;
    let (first, broken, last) =
        (app.hospital("First").await, app.hospital("Broken").await, app.hospital("Last").await);
    for clinic in [&first, &last] {
        clinic
            .sql(
                "insert into idempotency_keys (actor_id, route, key, body_hash, created_at)
                 select gen_random_uuid(), 'POST /x', n::text, '', now() - case when n <= 2500 then interval '25 hours' else interval '1 hour' end
                   from generate_series(1, 2503) n",
            )
            .await;
    }
    broken.sql("alter table idempotency_keys rename to elsewhere").await;
    assert_eq!(hms::platform::housekeeping::hospitals(&app.app).await.unwrap(), 5000);
    for clinic in [&first, &last] {
        let left = clinic.sql("select count(*) as n from idempotency_keys").await;
        assert_eq!(left[0]["n"], 3, "{}: what is younger than a day stays", clinic.name);
    }
    assert_eq!(hms::platform::housekeeping::hospitals(&app.app).await.unwrap(), 0);
}
