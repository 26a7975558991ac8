//! Patients as files: what is in them, who may take them, and what no cell may do.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use hms::clinic::roles::SystemRole;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::appointments::{Stage, an_app};
use crate::harness::{Client, Hospital, Reply, TestApp};
use crate::patients::{PATIENTS, registered};

const EXPORT: &str = "/api/v1/patients/export";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Names that are hard on files; all of them are somebody's.
const NAMES: [(&str, &str); 7] = [
    ("Zoë, \"Zo\"", "O'Neill-Smith"),
    ("آمنة", "الأنصاري"),
    ("आशा", "कुलकर्णी"),
    ("Ольга", "Щербакова"),
    ("Ruth 👩🏽‍🦰", "Emoji"),
    ("=cmd|' /C calc'!A0", "@SUM(1+1)"),
    ("-Ann+1", "+Two"),
];

async fn stage(app: &TestApp) -> (Hospital<'_>, Client) {
    let clinic = app.hospital("=cmd|' /C calc'!A0").await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    for (first, last) in NAMES {
        registered(&doctor, json!({ "first_name": first, "last_name": last })).await;
    }
    (clinic, doctor)
}

fn rows(csv: &Reply) -> Vec<Vec<String>> {
    assert_eq!(csv.status, 200, "{}", csv.text);
    let body = csv.bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(body);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

fn text<'a>(patient: &'a Value, field: &str) -> &'a str {
    patient[field].as_str().unwrap_or_default()
}

async fn listed(client: &Client, query: &str) -> Vec<Value> {
    client.get(&format!("{PATIENTS}?page_size=500{query}")).await.json["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn csv_read_back_is_the_list_in_its_order() {
    let app = TestApp::new().await;
    let (clinic, doctor) = stage(&app).await;
    clinic
        .sql("update patients set last_visited_at = '2026-03-01T18:45:00Z' where patient_code = 'P-00003'")
        .await;
    clinic.sql("update patients set city = E'Two\\r\\nlines, \"1\"' where patient_code = 'P-00001'").await;
    let reply = doctor.get(&format!("{EXPORT}/csv?page=1&page_size=10&include=visit_flags")).await;
    let rows = rows(&reply);
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    let name = reply.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"patients_20") && name.ends_with(".csv\""), "{name}");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(
        rows[0].join(","),
        "Patient Code,First Name,Last Name,DOB,Gender,Phone,Email,City,Patient Type,Last Visited,\
         Upcoming Appointment Date,Upcoming Appointment Doctor,Upcoming Appointment Department,Created At"
    );
    let items = listed(&doctor, "").await;
    assert_eq!(items.len(), NAMES.len());
    assert_eq!(items[0]["patient_code"], "P-00003", "visited last, so first");
    assert_eq!(rows.len(), items.len() + 1);
    for (row, item) in rows[1..].iter().zip(&items) {
        let fields =
            ["patient_code", "first_name", "last_name", "dob", "gender", "phone_primary", "email", "city"];
        for (cell, field) in row.iter().zip(fields) {
            assert_eq!(*cell, harmless(text(item, field)), "{field}");
        }
        assert_eq!(row[8], text(item, "patient_type"));
        assert!(row[13].ends_with("+05:30"), "the hospital's time: {}", row[13]);
    }
    assert_eq!(rows[1][9], "2026-03-02T00:15:00+05:30");
    assert!(reply.text.contains("\r\n") && reply.text.contains("\"Zoë, \"\"Zo\"\"\""));
}

#[tokio::test]
async fn the_filters_are_those_of_the_list_and_an_age_is_no_birthday() {
    let app = TestApp::new().await;
    let (_clinic, doctor) = stage(&app).await;
    let aged = json!({ "first_name": "Aged", "age_only": 34, "gender": "MALE" });
    assert_eq!(doctor.post(PATIENTS, &aged).await.status, 201);
    for (query, count) in
        [("gender=MALE", 1), ("search=nobody", 0), ("patient_type=IPD", 0), ("search=zoe", 1)]
    {
        let found = rows(&doctor.get(&format!("{EXPORT}/csv?{query}")).await);
        assert_eq!(found.len() - 1, count, "{query}");
        assert_eq!(listed(&doctor, &format!("&{query}")).await.len(), count, "{query}");
    }
    let row = &rows(&doctor.get(&format!("{EXPORT}/csv?gender=MALE")).await)[1];
    assert_eq!((row[1].as_str(), row[3].len()), ("Aged", 4), "a year, no day: {}", row[3]);
    let wrong = doctor.get(&format!("{EXPORT}/csv?date_from=yesterday")).await;
    assert_eq!(wrong.status, 422);
}

#[tokio::test]
async fn more_than_one_batch_is_read_once_each() {
    let app = TestApp::new().await;
    let (clinic, doctor) = stage(&app).await;
    many(&clinic, 4_500).await;
    let rows = rows(&doctor.get(&format!("{EXPORT}/csv")).await);
    let codes: std::collections::BTreeSet<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!((rows.len() - 1, codes.len()), (4_500 + NAMES.len(), 4_500 + NAMES.len()));
    assert_eq!(self::rows(&doctor.get(&format!("{EXPORT}/csv?search=copy")).await).len() - 1, 4_500);
}

/// Copies of the first patient.
pub async fn many(clinic: &Hospital<'_>, count: usize) {
    clinic
        .sql(&format!(
            "insert into patients (id, patient_code, first_name, last_name, created_by_id, updated_by_id, created_at, updated_at)
             select gen_random_uuid(), 'X-' || n, 'Copy', 'Number ' || n, created_by_id, updated_by_id, created_at, updated_at
               from patients, generate_series(1, {count}) as n where patient_code = 'P-00001'"
        ))
        .await;
    clinic.sql(&format!("update counters set value = value + {count} where name = 'patients'")).await;
}

#[tokio::test]
async fn a_workbook_holds_strings_and_dates_and_no_formula() {
    let app = TestApp::new().await;
    let (_clinic, doctor) = stage(&app).await;
    let reply = doctor.get(&format!("{EXPORT}/xlsx")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, XLSX));
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(reply.bytes)).unwrap();
    assert_eq!(book.sheet_names(), ["Patients", "About"]);
    assert!(book.worksheet_formula("Patients").unwrap().is_empty());
    let page = book.worksheet_range("Patients").unwrap();
    let items = listed(&doctor, "").await;
    assert_eq!(page.height(), items.len() + 1);
    for (row, item) in page.rows().skip(1).zip(&items) {
        assert_eq!(row[1], Data::String(text(item, "first_name").to_owned()));
        assert_eq!(row[2], Data::String(text(item, "last_name").to_owned()));
        assert!(matches!(row[5], Data::String(_)), "a phone number is no number: {:?}", row[5]);
        assert!(matches!(row[13], Data::DateTime(_)), "{:?}", row[13]);
    }
    let about = book.worksheet_range("About").unwrap();
    assert_eq!(about.get((0, 1)), Some(&Data::String("=cmd|' /C calc'!A0".into())));
    assert!(book.worksheet_formula("About").unwrap().is_empty());
}

#[tokio::test]
async fn too_many_rows_are_refused_with_the_way_out() {
    let app = TestApp::new().await;
    let (clinic, doctor) = stage(&app).await;
    clinic.sql("update counters set value = 50001 where name = 'patients'").await;
    for format in ["csv", "xlsx"] {
        let reply = doctor.get(&format!("{EXPORT}/{format}")).await;
        assert_eq!(
            (reply.status, reply.json["code"].as_str()),
            (422, Some("exports.too_many")),
            "{}",
            reply.text
        );
        assert!(reply.detail().starts_with("These filters leave 50,001 patients"), "{}", reply.detail());
        assert_eq!(doctor.get(&format!("{EXPORT}/{format}?search=zoe")).await.status, 200);
    }
}

#[tokio::test]
async fn who_may_not_see_patients_takes_none_away() {
    let app = TestApp::new().await;
    let (clinic, _) = stage(&app).await;
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    for format in ["csv", "xlsx"] {
        assert_eq!(pharmacist.get(&format!("{EXPORT}/{format}")).await.status, 403, "{format}");
        assert_eq!(app.anonymous().get(&format!("{EXPORT}/{format}")).await.status, 401, "{format}");
        let page = pharmacist.browser().await.submit(&format!("/patients/export/{format}"), &[]).await;
        assert_eq!(page.status, 403, "{format}");
    }
    assert!(clinic.audit().await.iter().all(|row| row["kind"] != "exported"));
}

#[tokio::test]
async fn an_export_is_on_record_and_not_made_without_end() {
    let app = TestApp::new().await;
    let (clinic, doctor) = stage(&app).await;
    for _ in 0..10 {
        assert_eq!(doctor.get(&format!("{EXPORT}/csv?search=zoe")).await.status, 200);
    }
    let eleventh = doctor.get(&format!("{EXPORT}/xlsx")).await;
    assert_eq!(eleventh.status, 429);
    assert!(!eleventh.header("retry-after").is_empty());
    let audit: Vec<Value> =
        clinic.audit().await.into_iter().filter(|row| row["kind"] == "exported").collect();
    assert_eq!(audit.len(), 10);
    assert_eq!(audit[0]["detail"], json!({ "count": 1, "format": "csv" }));
    assert_eq!((&audit[0]["entity"], &audit[0]["entity_id"]), (&json!("patient"), &Value::Null));
    assert!(audit[0]["actor_id"].is_string());
    let other = clinic.staff(SystemRole::Doctor).await;
    assert_eq!(other.get(&format!("{EXPORT}/csv")).await.status, 200, "others are not held up");
}

#[tokio::test]
async fn the_page_saves_what_it_shows_without_a_script() {
    let app = TestApp::new().await;
    let (_clinic, doctor) = stage(&app).await;
    let page = doctor.browser().await;
    let list =
        page.submit("/patients/search", &[("search", "zoe"), ("gender", ""), ("registered", "today")]).await;
    for part in [
        "Export 1 patient",
        "action=\"/patients/export/csv\"",
        "formaction=\"/patients/export/xlsx\"",
        "name=\"search\" value=\"zoe\"",
        "name=\"registered\" value=\"today\"",
    ] {
        assert!(list.text.contains(part), "{part}");
    }
    let saved = page.submit("/patients/export/csv", &[("search", "zoe"), ("registered", "today")]).await;
    assert_eq!(rows(&saved).len(), 2);
    let saved = page.submit("/patients/export/xlsx", &[]).await;
    assert_eq!((saved.status, saved.header("content-type")), (200, XLSX));
    let foreign = page.submit_from("https://evil.example", "/patients/export/csv", &[]).await;
    assert_eq!(foreign.status, 403, "another site cannot make her browser save them");
}

#[cfg(not(feature = "pdf"))]
#[tokio::test]
async fn an_hms_without_pdf_files_says_so() {
    let app = TestApp::new().await;
    let (clinic, doctor) = stage(&app).await;
    let refused = doctor.get(&format!("{EXPORT}/pdf")).await;
    assert_eq!((refused.status, refused.json["code"].as_str()), (501, Some("pdf.absent")));
    let page = doctor.browser().await;
    assert_eq!(page.submit("/patients/export/pdf", &[]).await.status, 501);
    let list =
        page.submit("/patients/search", &[("search", "zoe"), ("gender", ""), ("registered", "")]).await;
    assert!(list.text.contains("/patients/export/xlsx") && !list.text.contains("/patients/export/pdf"));
    assert!(clinic.audit().await.iter().all(|row| row["kind"] != "exported"));
    assert_eq!(app.anonymous().get(&format!("{EXPORT}/pdf")).await.status, 401);
}

#[tokio::test]
async fn what_is_booked_next_is_in_the_list_and_in_the_file_for_whoever_may_see_appointments() {
    let app = an_app().await;
    let stage = Stage::on(&app).await;
    let (first, second) = (stage.quarter(8), stage.quarter(12));
    let later = stage.booked(&stage.asha, &second).await;
    let sooner = stage.booked(&stage.asha, &first).await;
    let next = |items: Vec<Value>| {
        let asha = items.into_iter().find(|item| item["first_name"] == "Asha").unwrap();
        asha["next_eligible_opd_appointment_at"].clone()
    };
    assert_eq!(next(listed(&stage.desk, "&include=visit_flags").await), sooner["scheduled_at"]);
    assert!(next(listed(&stage.desk, "").await).is_null(), "only where it is asked for");
    let file = rows(&stage.doctor.get(&format!("{EXPORT}/csv")).await);
    let row = |name: &str| file.iter().find(|row| row[1] == name).unwrap().clone();
    let [at, doctor, department] = [10, 11, 12].map(|n| row("Asha")[n].clone());
    assert_eq!(
        at,
        first
            .parse::<Timestamp>()
            .unwrap()
            .to_zoned(TimeZone::get("Asia/Kolkata").unwrap())
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string()
    );
    assert_eq!((doctor.as_str(), department.as_str()), (text(&sooner, "doctor_name"), "General Medicine"));
    assert_eq!(row("Ravi")[10..13], ["", "", ""]);

    stage.desk_does(&sooner, "cancel", &json!({ "reason": "PATIENT_REQUEST" })).await;
    assert_eq!(next(listed(&stage.desk, "&include=visit_flags").await), later["scheduled_at"]);
    stage
        .clinic
        .sql(
            "delete from role_permissions where permission_code = 'appointments:view'
               and role_id = (select id from roles where system_key = 'RECEPTIONIST')",
        )
        .await;
    let without = stage.clinic.staff(SystemRole::Receptionist).await;
    assert!(
        next(listed(&without, "&include=visit_flags").await).is_null(),
        "a time of a visit tells of the visit"
    );
}
