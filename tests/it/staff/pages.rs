//! The pages of staff, as a browser without a script uses them.

use hms::clinic::roles::SystemRole;
use serde_json::json;

use super::{account, address, chooses_password, invited, joined, role};
use crate::harness::files::Part;
use crate::harness::{Browser, Hospital, Reply, TestApp};

/// Name of a role's box.
async fn tick(clinic: &Hospital<'_>, role: &str) -> String {
    let rows = clinic.sql(&format!("select id from roles where name = '{role}'")).await;
    format!("role_{}", rows[0]["id"].as_str().unwrap())
}

fn shows(reply: &Reply, parts: &[&str]) {
    assert_eq!(reply.status, 200, "{}", reply.text);
    for part in parts {
        assert!(reply.text.contains(part), "{part} in {}", reply.text);
    }
}

async fn followed(page: &Browser, reply: &Reply) -> Reply {
    assert_eq!(reply.status, 303, "{}", reply.text);
    page.get(reply.header("location")).await
}

#[tokio::test]
async fn the_list_is_narrowed_sorted_and_turned_and_says_how_many() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    for n in 0..26 {
        let roles = if n < 3 { json!(["NURSE"]) } else { json!(["DOCTOR"]) };
        let fields = json!({ "first_name": format!("Person{n:02}"), "last_name": "Rao", "roles": roles, "department": "Emergency" });
        invited(&admin, fields).await;
    }
    let page = admin.browser().await;
    let all = page.get("/staff").await;
    shows(
        &all,
        &[
            "27 people",
            "1–25 of 27",
            "Person25",
            "Doctor",
            "Not yet",
            "Invited",
            "href=\"/staff?page=2\"",
            "Invite somebody",
        ],
    );
    assert!(!all.text.contains("Person00"), "newest first");
    shows(&page.get("/staff?page=2").await, &["26–27 of 27", "Person00", "Active"]);
    shows(&page.get("/staff?sort=name").await, &["aria-sort=\"ascending\"", "Asha Admin", "Person23"]);
    let nurses = page.get("/staff?role=NURSE&department=Emergency&state=INVITED").await;
    shows(
        &nurses,
        &[
            "1–3 of 3",
            "Role: <bdi>Nurse</bdi>",
            "Department: <bdi>Emergency</bdi>",
            "State: <bdi>invited</bdi>",
        ],
    );
    assert!(
        nurses.text.contains("href=\"/staff?department=Emergency&#38;state=INVITED\""),
        "{}",
        nurses.text
    );
    let found = page.submit("/staff/search", &[("search", "person17"), ("role", "DOCTOR")]).await;
    shows(&found, &["1–1 of 1", "Person17", "Search: <bdi>person17</bdi>"]);
    let none = page.submit("/staff/search", &[("search", "nobody<b>"), ("state", "LOCKED")]).await;
    shows(&none, &["nobody&#60;b&#62;", "Check the spelling"]);
    shows(&page.get("/staff?page=x&role=%3Cscript%3E&state=GONE").await, &["&#60;script&#62;"]);

    // A doctor may look, to book with a colleague, and finds nothing to press.
    let doctor = clinic.staff(SystemRole::Doctor).await.browser().await;
    let looked = doctor.get("/staff").await;
    shows(&looked, &["Person25", "aria-current=\"page\""]);
    assert!(!looked.text.contains("Invite somebody") && !looked.text.contains("/staff/import"));
    for path in ["/staff/new", "/staff/import"] {
        assert_eq!(doctor.get(path).await.status, 403, "{path}");
    }
    assert_eq!(clinic.staff(SystemRole::Pharmacist).await.browser().await.get("/staff").await.status, 403);
}

#[tokio::test]
async fn somebody_is_invited_changed_stopped_and_let_in_again_without_a_script() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.admin().await.browser().await;
    let (nurse, doctor) = (tick(&clinic, "NURSE").await, tick(&clinic, "DOCTOR").await);
    let blank = page.get("/staff/new").await;
    shows(&blank, &["Emergency", &nurse, &doctor, "Hospital admin"]);
    let wrong =
        [("email", "nobody"), ("first_name", "<b>Bina</b>"), ("department", "Emergency"), (&*nurse, "true")];
    let refused = page.submit("/staff/new", &wrong).await;
    assert_eq!(refused.status, 422);
    for part in [
        "id=\"errors\"",
        "E-mail address: Enter an e-mail",
        "&#60;b&#62;Bina",
        "value=\"Emergency\" selected",
    ] {
        assert!(refused.text.contains(part), "{part} in {}", refused.text);
    }
    assert!(refused.text.contains(&format!("name=\"{nurse}\" value=\"true\" checked")), "{}", refused.text);
    let taken = [("email", &*clinic.email), ("first_name", "Bina"), ("department", "Emergency")];
    let refused = page.submit("/staff/new", &taken).await;
    assert!(refused.status == 400 && refused.text.contains("has an account already"), "{}", refused.text);

    let email = address();
    let form = [
        ("email", &*email),
        ("first_name", "Bina"),
        ("last_name", "Rao"),
        ("department", "Emergency"),
        (&*nurse, "true"),
    ];
    let made = page.submit("/staff/new", &form).await;
    let href = made.header("location").split('?').next().unwrap().to_owned();
    let shown = followed(&page, &made).await;
    shows(
        &shown,
        &[
            "Bina Rao",
            "Nurse, Emergency",
            "Invited. A link",
            "See patients",
            "Send the invitation again",
            &email,
        ],
    );
    let again = page.submit(&format!("{href}/invite"), &[]).await;
    shows(&followed(&page, &again).await, &["A new link is on its way"]);
    chooses_password(&app, &email).await;
    let bina = app.sign_in(&email).await;
    let shown = page.get(&href).await;
    shows(&shown, &["Active", "Today, ", "Ask for another password", "Deactivate"]);
    assert!(!shown.text.contains("Send the invitation again"));

    // Two who change at once see each other's change.
    let edit = format!("{href}/edit");
    let version = page.get(&edit).await.field("version").to_owned();
    let fields = |phone: &'static str, version: &str| {
        let base = [
            ("first_name", "Bina"),
            ("last_name", "Rao"),
            ("department", "Emergency"),
            ("with_roles", "true"),
        ];
        let mut form: Vec<(String, String)> =
            base.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        form.extend([("phone", phone), ("version", version)].map(|(n, v)| (n.to_owned(), v.to_owned())));
        form.push((doctor.clone(), "true".to_owned()));
        form
    };
    let send = async |form: Vec<(String, String)>| {
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        page.submit(&edit, &form).await
    };
    let saved = send(fields("9822011111", &version)).await;
    shows(&followed(&page, &saved).await, &["Changes saved.", "9822011111", "Doctor, Emergency"]);
    assert_eq!(bina.get("/api/v1/auth/me").await.json["roles"][0]["name"], "DOCTOR", "at once");
    let late = send(fields("9822022222", &version)).await;
    assert_eq!(late.status, 412);
    for part in ["Asha Admin</bdi> changed this", "9822011111", "9822022222", "Save mine over it"] {
        assert!(late.text.contains(part), "{part} in {}", late.text);
    }
    let decided = send(fields("9822022222", late.field("version"))).await;
    assert_eq!(decided.status, 303, "{}", decided.text);

    let question = page.get(&format!("{href}/deactivate")).await;
    shows(&question, &["Deactivate", "Bina Rao", "Signed out everywhere", "data-ask"]);
    let stopped = page.submit(&format!("{href}/deactivate"), &[]).await;
    shows(&followed(&page, &stopped).await, &["Account deactivated.", "Inactive", ">Activate<"]);
    assert!([401, 403].contains(&bina.get("/api/v1/patients").await.status));
    shows(&page.get("/staff?state=INACTIVE").await, &["Bina Rao"]);
    let back = page.submit(&format!("{href}/activate"), &[]).await;
    shows(&followed(&page, &back).await, &["Account activated."]);
    shows(&page.get(&format!("{href}/password")).await, &["they choose another password"]);
    let asked = page.submit(&format!("{href}/password"), &[]).await;
    shows(&followed(&page, &asked).await, &["Signed out.", "To be changed at the next sign-in"]);
}

#[tokio::test]
async fn nobody_finds_a_button_for_what_they_may_not_do_and_the_last_administrator_is_told() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    role(
        &clinic,
        "Manager",
        &["users:view", "users:create", "users:update", "users:deactivate", "users:assign_roles"],
    )
    .await;
    let (manager, own) = joined(&app, &admin, &["Manager"]).await;
    let page = manager.browser().await;
    let me = admin.get("/api/v1/auth/me").await.json;
    let above = format!("/staff/{}", me["id"].as_str().unwrap());
    let shown = page.get(&above).await;
    shows(&shown, &["rights that you do not hold", "Hospital admin"]);
    assert!(!shown.text.contains("/edit\"") && !shown.text.contains("/deactivate\""), "{}", shown.text);
    assert_eq!(page.get(&format!("{above}/edit")).await.status, 403);
    for act in ["deactivate", "password", "activate", "unlock", "invite"] {
        assert_eq!(page.submit(&format!("{above}/{act}"), &[]).await.status, 403, "{act}");
    }
    let form = page.get("/staff/new").await;
    shows(&form, &["are not offered"]);
    assert!(
        !form.text.contains(&tick(&clinic, "HOSPITAL_ADMIN").await)
            && form.text.contains(&tick(&clinic, "Manager").await)
    );
    let mine = page.get(&format!("/staff/{}", own["id"].as_str().unwrap())).await;
    shows(&mine, &["This is you."]);
    assert!(!mine.text.contains("/deactivate\""));
    let form = page.get(&format!("/staff/{}/edit", own["id"].as_str().unwrap())).await;
    shows(&form, &["First name"]);
    assert!(!form.text.contains("with_roles") && !form.text.contains("name=\"department\""), "{}", form.text);
    let smuggled = [
        ("version", "1"),
        ("first_name", "Meera"),
        ("with_roles", "true"),
        (&*tick(&clinic, "HOSPITAL_ADMIN").await, "true"),
    ];
    let refused = page.submit(&format!("/staff/{}/edit", own["id"].as_str().unwrap()), &smuggled).await;
    assert_eq!(refused.status, 403, "{}", refused.text);

    let all: Vec<&str> = hms::clinic::roles::CATALOGUE.iter().map(|permission| permission.code).collect();
    role(&clinic, "Everything", &all).await;
    let (deputy, _) = joined(&app, &admin, &["Everything"]).await;
    let stopped = deputy.browser().await.submit(&format!("{above}/deactivate"), &[]).await;
    assert_eq!(stopped.status, 403);
    assert!(
        stopped.text.contains("last active administrator") && stopped.text.contains("data-ask"),
        "{}",
        stopped.text
    );
    assert_eq!(account(&app, &me, "is_active").await, json!(true));
}

#[tokio::test]
async fn a_table_is_looked_at_before_anybody_is_invited() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let page = clinic.admin().await.browser().await;
    shows(&page.get("/staff/import").await, &["Paste a table", "multipart/form-data"]);
    let (good, bad) = (address(), address());
    let text = format!(
        "First name\tE-mail\tDepartment\tRoles\nBina\t{good}\tEmergency\tNURSE\n<i>Dev</i>\t{bad}\tNowhere\t\n"
    );
    let looked = page.submit("/staff/import", &[("text", &text)]).await;
    shows(
        &looked,
        &[
            "1 of 2 can be invited",
            "Nobody is invited yet",
            "department: There is no department",
            "&#60;i&#62;Dev",
            "Invite 1 person",
        ],
    );
    assert!(app.sql(&format!("select id from public.users where email = '{good}'")).await.is_empty());
    let done = page.submit("/staff/import", &[("text", &text), ("step", "invite")]).await;
    shows(&done, &["1 person invited", "Left out", "href=\"/staff/"]);
    assert_eq!(
        app.sql(&format!("select id from public.users where email in ('{good}', '{bad}')")).await.len(),
        1
    );
    app.link_for(&good, "/set-password").await;

    let other = address();
    let file = format!("email,first name,department\n{other},Chitra,Cardiology\n");
    let looked = page
        .upload("/staff/import/file", &[Part { file_name: Some("staff.csv"), ..Part::file(file.as_bytes()) }])
        .await;
    shows(&looked, &["1 of 1 can be invited", &other]);
    assert!(
        app.sql(&format!("select id from public.users where email = '{other}'")).await.is_empty(),
        "only a look"
    );
    for (bytes, word) in [(&b"\xff\xfe\0a"[..], "UTF-8"), (b"first name\nAsha\n", "none for the e-mail")] {
        let refused = page.upload("/staff/import/file", &[Part::file(bytes)]).await;
        assert!(refused.status == 422 && refused.text.contains(word), "{}", refused.text);
    }
    let blank = page.submit("/staff/import", &[("text", "")]).await;
    assert!(blank.status == 422 && blank.text.contains("There is nobody"), "{}", blank.text);
}
