//! The getting-started checklist: from a sign-up to the first patient, and ticks that only data makes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hms::clinic::roles::{CATALOGUE, SystemRole};
use serde_json::{Value, json};

use crate::harness::{Browser, Client, PASSWORD, TestApp, routes};
use crate::patients::registered;

const CHECKLIST: &str = "/api/v1/hospital/checklist";
const PANEL: &str = "id=\"started-h\"";

async fn checklist(client: &Client) -> Value {
    let reply = client.get(CHECKLIST).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json
}

fn keys(list: &Value, standing: &str) -> Vec<String> {
    let lines = list["lines"].as_array().unwrap().iter();
    lines.filter(|l| l["standing"] == standing).map(|l| l["key"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_newcomer_gets_from_the_sign_up_to_the_first_patient_and_the_server_takes_under_three_seconds() {
    let app = TestApp::new().await;
    let page = Browser::new(app.router.clone());
    let begun = Instant::now();
    page.get("/sign-up").await;
    let account = [
        ("step", "account"),
        ("name", "عيادة \"A & B\""),
        ("license_number", "L-1"),
        ("contact_email", "asha@example.org"),
        ("contact_phone", "+977 984-1234567"),
        ("time_zone", "Asia/Kathmandu"),
        ("currency", "NPR"),
        ("admin_first_name", "Asha"),
        ("admin_password", PASSWORD),
    ];
    let mut hospital = account;
    hospital[0] = ("step", "hospital");
    assert_eq!(page.submit("/sign-up", &hospital).await.status, 200);
    assert_eq!(page.submit("/sign-up", &account).await.status, 200);
    let link = app.link_for("asha@example.org", "/verify").await;
    let token = link.split_once("token=").unwrap().1;
    page.submit("/verify/confirm", &[("token", token), ("password", PASSWORD)]).await;
    let sign_in = [("username", "asha@example.org"), ("password", PASSWORD)];
    let signed_in = page.submit("/sign-in", &sign_in).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/getting-started"));
    let list = page.get("/getting-started").await;
    assert!(list.text.contains("<span class=\"num\">0 of 8</span> done"), "{}", list.text);
    let profile = list.text.find("Confirm the hospital&#39;s profile").unwrap();
    assert!(
        list.text[profile..].contains("Next</span>")
            && profile < list.text.find("Register the first patient").unwrap()
    );

    // Country and phone are there already: look, and save.
    let form = page.get("/settings/hospital").await;
    assert!(
        form.text.contains("<option value=\"NP\" selected>Nepal") && form.text.contains("Confirm and save")
    );
    let profile = [
        ("version", form.field("version").to_owned()),
        ("name", "عيادة \"A & B\"".into()),
        ("address", "Ward 4, Dhulikhel".into()),
        ("contact_phone", form.field("contact_phone").to_owned()),
        ("country", "NP".into()),
        ("time_zone", "Asia/Kathmandu".into()),
        ("clock_hours", "24".into()),
        ("week_starts_on", "SUNDAY".into()),
        ("currency", "NPR".into()),
        ("locale", "en-IN".into()),
    ];
    let profile: Vec<(&str, &str)> = profile.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert_eq!(page.submit("/settings/hospital", &profile).await.status, 303);
    let form = page.get("/settings/hospital/hours").await;
    let mut hours = vec![("version", form.field("version").to_owned())];
    hours.extend(["sunday", "monday", "friday"].map(|day| (day, form.field(day).to_owned())));
    let hours: Vec<(&str, &str)> = hours.iter().map(|(name, text)| (*name, text.as_str())).collect();
    assert_eq!(page.submit("/settings/hospital/hours", &hours).await.status, 303);
    let today = page.get("/today").await;
    assert!(today.text.contains(PANEL) && today.text.contains("3 of 8 done"), "{}", today.text);

    let ward = [("name", "Day clinic"), ("is_for_staff", "true"), ("is_for_patients", "true")];
    assert_eq!(page.submit("/departments/new", &ward).await.status, 303);
    let form = page.get("/staff/new").await.text;
    let boxes = form.split("name=\"role_").skip(1);
    let doctor = boxes.into_iter().find(|part| part.contains("<span>Doctor</span>")).unwrap();
    let doctor = format!("role_{}", doctor.split('"').next().unwrap());
    let colleague = [
        ("email", "bina@example.org"),
        ("first_name", "Bina"),
        ("department", "Emergency"),
        ("with_roles", "true"),
        (doctor.as_str(), "true"),
    ];
    assert_eq!(page.submit("/staff/new", &colleague).await.status, 303);
    assert_eq!(
        page.submit("/doctors/hours", &[]).await.status,
        303,
        "the hours that were told, for all doctors"
    );
    let practice = page.submit("/patients/practice", &[]).await;
    assert!(page.get(practice.header("location")).await.text.contains("Practice Patient"));
    let form = page.get("/patients/new").await;
    let patient = [
        ("form_key", form.field("form_key").to_owned()),
        ("first_name", "आरती".into()),
        ("gender", "FEMALE".into()),
        ("born", "34y".into()),
        ("phone_primary", "+977 984 7654321".into()),
        ("city", "Dhulikhel".into()),
    ];
    let patient: Vec<(&str, &str)> = patient.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let registered = page.submit("/patients/new", &patient).await;
    assert_eq!(registered.status, 303, "{}", registered.text);
    let shown = page.get(registered.header("location")).await;
    let took = begun.elapsed();
    assert!(shown.text.contains("P-00001"), "{}", shown.text);
    assert!(took < Duration::from_secs(3), "the server's share was {took:?}");

    let list = page.get("/getting-started").await;
    assert!(list.text.contains("All 8 steps are done."), "{}", list.text);
    assert!(!page.get("/today").await.text.contains(PANEL), "the panel is gone");
    let again = Browser::new(app.router.clone()).submit("/sign-in", &sign_in).await;
    assert_eq!(again.header("location"), "/today", "a confirmed hospital starts with its day");
}

#[tokio::test]
async fn ticks_come_from_data_and_never_from_clicks() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let list = checklist(&admin).await;
    let all = [
        "profile",
        "letterhead",
        "opening_hours",
        "departments",
        "staff",
        "doctor_hours",
        "practice",
        "first_patient",
    ];
    assert_eq!(keys(&list, "OPEN"), all, "{list}");
    assert_eq!((&list["next"], &list["done"]), (&json!("profile"), &json!(0)));
    // Looking at a line's page does nothing to it, nor does putting off what is not done.
    let page = admin.browser().await;
    for line in list["lines"].as_array().unwrap() {
        page.get(line["href"].as_str().unwrap()).await;
        page.submit("/getting-started/later", &[("line", line["key"].as_str().unwrap()), ("later", "yes")])
            .await;
    }
    let list = checklist(&admin).await;
    assert_eq!(
        (keys(&list, "LATER"), &list["done"]),
        (all.iter().map(|k| (*k).to_owned()).collect(), &json!(0))
    );

    // Somebody else does the work, elsewhere; what was put off is done all the same.
    let patch = async |body: Value| assert_eq!(admin.patch("/api/v1/hospital", &body).await.status, 200);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    assert_eq!(keys(&checklist(&admin).await, "DONE"), ["staff"]);
    registered(&desk, json!({})).await;
    assert_eq!(keys(&checklist(&admin).await, "DONE"), ["staff", "first_patient"]);
    desk.post("/api/v1/patients/practice", &json!({})).await;
    assert_eq!(keys(&checklist(&admin).await, "DONE"), ["staff", "practice", "first_patient"]);
    patch(json!({ "address": "12 MG Road" })).await;
    assert_eq!(
        keys(&checklist(&admin).await, "DONE"),
        ["profile", "staff", "practice", "first_patient"],
        "no phone yet"
    );
    patch(json!({ "contact_phone": "020 2612 3456" })).await;
    patch(json!({ "opening_hours": [{ "weekday": "MONDAY", "opens": "09:00", "closes": "17:00" }] })).await;
    let wards = "/api/v1/departments";
    let ward = admin.post(wards, &json!({ "name": "Day clinic" })).await;
    let list = checklist(&admin).await;
    assert_eq!((&list["done"], &list["next"]), (&json!(7), &Value::Null));
    // And undone when the data goes.
    patch(json!({ "opening_hours": [], "address": null })).await;
    let path = format!("{wards}/{}", ward.json["id"].as_str().unwrap());
    assert_eq!(admin.request(axum::http::Method::DELETE, &path).send().await.status, 204);
    let left = ["letterhead", "opening_hours", "departments", "doctor_hours"];
    assert_eq!(keys(&checklist(&admin).await, "LATER"), left, "still put off");
    // Changing or removing one that was there is arranging them too.
    let all = admin.get(wards).await.json;
    let path = format!("{wards}/{}", all[1]["id"].as_str().unwrap());
    assert_eq!(admin.request(axum::http::Method::DELETE, &path).send().await.status, 204);
    assert_eq!(keys(&checklist(&admin).await, "LATER"), ["letterhead", "opening_hours", "doctor_hours"]);
}

#[tokio::test]
async fn a_line_that_is_put_off_leaves_the_panel_for_the_whole_hospital_and_comes_back() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let (admin, colleague) = (clinic.admin().await, clinic.staff(SystemRole::HospitalAdmin).await);
    let (page, other) = (admin.browser().await, colleague.browser().await);
    assert!(other.get("/today").await.text.contains("Confirm the hospital"));
    let put_off = async |line: &str, later: bool| {
        admin
            .request(axum::http::Method::PATCH, CHECKLIST)
            .json(&json!({ "line": line, "later": later }))
            .send()
            .await
    };
    assert_eq!(put_off("profile", true).await.json["next"], "letterhead");
    assert_eq!(put_off("profile", true).await.status, 200, "twice is once");
    let today = other.get("/today").await.text;
    assert!(!today.contains("Confirm the hospital") && today.contains("Write address and phone"), "{today}");
    let list = other.get("/getting-started").await.text;
    assert!(
        list.contains("Put off</span>") && list.contains("Bring back: Confirm the hospital&#39;s profile")
    );
    for line in ["letterhead", "opening_hours", "departments", "doctor_hours", "practice", "first_patient"] {
        let sent = page.submit("/getting-started/later", &[("line", line), ("later", "yes")]).await;
        assert_eq!((sent.status, sent.header("location")), (303, "/getting-started?done=later"));
    }
    assert!(!other.get("/today").await.text.contains(PANEL), "all is done or put off");
    assert!(
        other.get("/today").await.text.contains("href=\"/getting-started\""),
        "the menu still leads there"
    );
    other.submit("/getting-started/later", &[("line", "practice"), ("later", "no")]).await;
    let today = page.get("/today").await.text;
    assert!(today.contains(PANEL) && today.contains("Try it with a practice patient"), "{today}");

    for body in [json!({ "line": "tea", "later": true }), json!({ "line": "", "later": false })] {
        let refused = admin.patch(CHECKLIST, &body).await;
        assert_eq!((refused.status, &refused.json["code"]), (422, &json!("checklist.no_such_line")));
    }
    let rows = clinic.audit().await;
    let row = rows.iter().find(|row| row["kind"] == "put_off").unwrap();
    assert_eq!(row["detail"], json!({ "checklist_line": "profile", "later": true }));
}

#[tokio::test]
async fn people_see_the_lines_that_they_may_do_something_about() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    assert_eq!(desk.get(CHECKLIST).await.status, 403);
    let page = desk.browser().await;
    assert!(!page.get("/today").await.text.contains(PANEL));
    let sign_in = Browser::new(app.router.clone());
    let start = sign_in.submit("/sign-in", &[("username", &clinic.email), ("password", PASSWORD)]).await;
    assert_eq!(start.header("location"), "/getting-started");
    assert_eq!(page.get("/home").await.header("location"), "/today", "the desk has a day");

    // Looks after patients and sees the settings, but may not change them.
    clinic
        .sql("insert into role_permissions (role_id, permission_code) select id, 'settings:view' from roles where system_key = 'DOCTOR'")
        .await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    assert_eq!(keys(&checklist(&doctor).await, "OPEN"), ["practice", "first_patient"]);
    let page = doctor.browser().await;
    assert_eq!(page.get("/home").await.header("location"), "/today");
    let list = page.get("/getting-started").await.text;
    assert!(list.contains("Make a practice patient") && !list.contains(">Later</button>"), "{list}");
    assert!(page.get("/today").await.text.contains(PANEL));
    assert_eq!(
        page.submit("/getting-started/later", &[("line", "practice"), ("later", "yes")]).await.status,
        403
    );
    // Sees the settings and nothing else of it.
    clinic
        .sql("insert into role_permissions (role_id, permission_code) select id, 'settings:view' from roles where system_key = 'PHARMACIST'")
        .await;
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(checklist(&pharmacist).await["total"], 0);
    assert!(!pharmacist.browser().await.get("/today").await.text.contains(PANEL));
}

#[test]
fn every_line_leads_to_a_page_and_to_a_right_that_exist() {
    let lines = hms::modules::checklist();
    let pages: BTreeSet<String> =
        routes::pages().into_iter().filter(|o| o.is_read()).map(|o| o.path).collect();
    let mut keys = BTreeSet::new();
    let mut orders = BTreeSet::new();
    for line in &lines {
        let path = line.href.split('#').next().unwrap();
        assert!(pages.contains(path), "{} leads to {path}, which is no page", line.key);
        assert!(CATALOGUE.iter().any(|p| p.code == line.permission), "{}", line.key);
        assert!(keys.insert(line.key) && line.key.len() <= 50, "{}", line.key);
        assert!(orders.insert(line.order), "{} stands where another line stands", line.key);
        assert!(line.why.ends_with('.') && !line.label.ends_with('.'), "{}", line.key);
    }
    assert!(
        lines.len() >= 5 && lines.len() <= 30,
        "each is a statement of every start page: {}",
        lines.len()
    );
}
