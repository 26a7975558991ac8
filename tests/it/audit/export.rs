//! The trail as a file: what is in it, what no cell may do, and that taking it is on record.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use super::{AUDIT, id_of, many, trail};
use crate::harness::{Client, Reply, TestApp};
use crate::patients::{path_of, registered};

fn rows(csv: &Reply) -> Vec<Vec<String>> {
    assert_eq!(csv.status, 200, "{}", csv.text);
    let body = csv.bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(body);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

async fn taken(reader: &Client, query: &str) -> Reply {
    reader.get(&format!("{AUDIT}/export/csv?{query}")).await
}

#[tokio::test]
async fn the_file_holds_what_the_list_holds_and_runs_nothing() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let admin = clinic.admin().await;
    let made = registered(&doctor, json!({})).await;
    doctor.get(&path_of(&made)).await;
    clinic
        .sql(
            "insert into audit_events (id, at, action, kind, request_id, detail)
             values (gen_random_uuid(), '2026-03-01T18:45:00Z', '=1+1', '@SUM(1)', E'\\t=2', '{\"a\": 1}')",
        )
        .await;
    let listed = trail(&admin, "").await;
    let reply = taken(&admin, "page=7&page_size=1").await;
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    let name = reply.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"audit_20") && name.ends_with(".csv\""), "{name}");
    let rows = rows(&reply);
    assert_eq!(rows[0][..5].join(","), "When,Who,Who (id),What,Kind");
    // The reading of the list came after it, and before the file.
    assert_eq!(rows.len() - 1, listed.len() + 1);
    for (row, line) in rows[2..].iter().zip(&listed) {
        let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        assert_eq!(row[2], text("actor_id"));
        assert_eq!(row[8], text("patient_code"));
        assert_eq!(row[10], text("ip"));
        assert_eq!(row[1], text("actor_name"));
    }
    let strange = rows.last().unwrap();
    assert_eq!(
        (strange[4].as_str(), strange[11].as_str(), strange[12].as_str()),
        ("'@SUM(1)", "'=1+1", "'\t=2")
    );
    assert_eq!(strange[0], "2026-03-02T00:15:00.000+05:30", "the hospital's time");

    let doctors = self::rows(&taken(&admin, &format!("actor_id={}", id_of(&doctor).await)).await);
    assert_eq!(doctors.len() - 1, 3, "signed in, registered, looked");
    assert_eq!(taken(&admin, "from=yesterday").await.status, 422);
    let audit = clinic.audit().await;
    let exports: Vec<&Value> = audit.iter().filter(|row| row["kind"] == "exported").collect();
    assert_eq!(exports.len(), 2);
    assert_eq!(exports[0]["detail"], json!({ "count": rows.len() - 1, "format": "csv" }));
    assert_eq!(
        (&exports[0]["entity"], &exports[0]["actor_id"]),
        (&json!("audit_event"), &json!(id_of(&admin).await))
    );
    assert_eq!(exports[1]["detail"]["actor_id"], json!(id_of(&doctor).await), "and of whom");
    let page = admin.browser().await.get("/audit/export/csv").await;
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8");
}

#[tokio::test]
async fn a_long_file_is_read_in_pieces_and_each_line_is_in_it_once() {
    let app = TestApp::configured(&[("HMS_LANES", "1")]).await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    many(&clinic, 5_000).await;
    // A thousand lines of one instant, so that a piece ends among them.
    clinic
        .sql(
            "update audit_events set at = '2026-03-14T09:00:00Z', request_id = id::text where action = 'made up'
                and id in (select id from audit_events where action = 'made up' limit 3000);
             update audit_events set request_id = id::text where action = 'made up'",
        )
        .await;
    let rows = rows(&taken(&admin, "action=made+up").await);
    let ids: std::collections::BTreeSet<&str> = rows[1..].iter().map(|row| row[12].as_str()).collect();
    assert_eq!((rows.len() - 1, ids.len()), (5_000, 5_000));
}

#[tokio::test]
async fn a_file_is_bounded_and_not_made_without_end() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    many(&clinic, 100_001).await;
    let reply = taken(&admin, "").await;
    assert_eq!((reply.status, &reply.json["code"]), (422, &json!("audit.too_many")), "{}", reply.text);
    assert!(reply.detail().contains("1,00,000 lines"), "{}", reply.detail());
    for _ in 0..9 {
        assert_eq!(taken(&admin, "kind=created").await.status, 200);
    }
    let eleventh = taken(&admin, "kind=created").await;
    assert_eq!(eleventh.status, 429);
    assert!(!eleventh.header("retry-after").is_empty());
    let exports = clinic.sql("select id from audit_events where kind = 'exported'").await;
    assert_eq!(exports.len(), 9, "what was refused was not taken");
}
