//! The platform at a glance: what it counts is what is there.

use hms::clinic::roles::SystemRole;
use serde_json::json;

use crate::harness::TestApp;
use crate::patients::registered;

const DASHBOARD: &str = "/api/v1/platform/dashboard";
const TENANTS: &str = "/api/v1/platform/tenants";

#[tokio::test]
async fn an_operator_sees_what_is_there_and_nobody_else_sees_it() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (stopped, _) = (app.hospital("Stopped").await, app.pending_hospital("Waiting").await);
    let limited = app.hospital("Limited").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    registered(&desk, json!({})).await;
    let boss = app.super_admin().await;
    for (id, act) in
        [(&stopped.id, "suspend"), (&limited.id, "restrict"), (&limited.id, "limits?max_users=1")]
    {
        assert_eq!(boss.patch(&format!("{TENANTS}/{id}/{act}"), &json!({})).await.status, 200, "{act}");
    }
    app.sql(
        "update public.mails set status = 'FAILED' where id = (select min(id::text)::uuid from public.mails)",
    )
    .await;
    app.sql("update public.tenants set created_at = now() - interval '2 days' where name = 'Waiting'").await;

    let shown = boss.get(DASHBOARD).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let expected = json!({
        "total": 4, "pending": 1, "verified": 0, "active": 2, "restricted": 1, "suspended": 1, "inactive": 0,
    });
    assert_eq!(shown.json["hospitals"], expected);
    assert_eq!((&shown.json["user_count"], &shown.json["patient_count"]), (&json!(5), &json!(1)));
    assert_eq!((&shown.json["mails_failed"], &shown.json["waiting_long_count"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&shown.json["near_limit_count"], &shown.json["near_limit"][0]["name"]),
        (&json!(1), &json!("Limited"))
    );
    let newest: Vec<&str> =
        shown.json["last_signups"].as_array().unwrap().iter().map(|h| h["name"].as_str().unwrap()).collect();
    assert_eq!(newest, ["Limited", "Stopped", "Asha Clinic", "Waiting"]);
    for key in ["schemas_behind", "schemas_failed", "jobs_failed"] {
        assert_eq!(shown.json[key], 0, "{key}");
    }
    app.sql(&format!(
        "update public.tenant_schemas set version = version - 1 where name = '{}'",
        stopped.schema
    ))
    .await;
    assert_eq!(boss.get(DASHBOARD).await.json["schemas_behind"], 1);

    let page = boss.browser().await.get("/console").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        r#"<svg class="chart""#,
        r#"<details class="twin">"#,
        "1 mail could not be sent",
        "1 schema is behind this version",
        "1 sign-up waits for its e-mail for over a day",
        "1 of 1 accounts, 100 %",
        r#"href="/console" aria-current="page""#,
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    for (client, status) in [(&desk, 403), (&clinic.admin().await, 403), (&app.anonymous(), 401)] {
        assert_eq!(client.get(DASHBOARD).await.status, status);
    }
    assert_eq!(desk.browser().await.get("/console").await.status, 403);
}

#[tokio::test]
async fn sign_ups_are_counted_by_day_and_by_week() {
    let app = TestApp::new().await;
    for name in ["Today", "Also today", "Ten days ago", "Last year"] {
        app.hospital(name).await;
    }
    let ago = async |name: &str, days: u16| {
        app.sql(&format!(
            "update public.tenants set created_at = now() - interval '{days} days' where name = '{name}'"
        ))
        .await;
    };
    ago("Ten days ago", 10).await;
    ago("Last year", 365).await;
    let boss = app.super_admin().await;
    let counts = async |query: &str| -> Vec<i64> {
        let shown = boss.get(&format!("{DASHBOARD}{query}")).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        shown.json["signups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["hospitals"].as_i64().unwrap())
            .collect()
    };
    let days = counts("").await;
    assert_eq!((days.len(), days[29], days[19], days.iter().sum::<i64>()), (30, 2, 1, 3));
    let weeks = counts("?by=week").await;
    assert_eq!((weeks.len(), weeks[11], weeks.iter().sum::<i64>()), (12, 2, 3));
    assert_eq!(weeks[9] + weeks[10], 1, "ten days ago is one of the two weeks before");
    assert_eq!(boss.get(&format!("{DASHBOARD}?by=month")).await.status, 422);
    let page = boss.browser().await;
    let by_week = page.get("/console?by=week").await.text;
    assert!(by_week.contains("Last 12 weeks, 3 in all") && by_week.contains("week of "), "{by_week}");
    let file = page.get("/console/sign-ups.csv?by=week").await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    let lines: Vec<&str> = file.text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((lines.len(), lines[0]), (13, "First day (UTC),Hospitals"));
    let told: Vec<i64> =
        lines[1..].iter().map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert_eq!(told, weeks, "the same numbers");
    assert!(by_week.contains(r#"href="/console/sign-ups.csv?by=week""#));
    assert!(app.audit().await.iter().any(|row| row["kind"] == "exported" && row["entity"] == "dashboard"));
    assert_eq!(page.get("/console/sign-ups.csv?by=year").await.status, 422);
    let empty = TestApp::new().await;
    let nothing = empty.super_admin().await.browser().await.get("/console").await.text;
    assert!(
        nothing.contains("None in all this time.") && nothing.contains("as soon as it registers"),
        "{nothing}"
    );
}
