//! Tables of people: each line by itself, whatever is in the others.

use axum::http::Method;
use serde_json::{Value, json};

use super::{USERS, address, chooses_password, invited, joined, role};
use crate::harness::{Client, Reply, TestApp};

const IMPORT: &str = "/api/v1/users/import";

async fn csv(by: &Client, path: &str, text: &str) -> Reply {
    by.request(Method::POST, path).raw("text/csv; charset=utf-8", text.to_owned()).send().await
}

fn outcomes(reply: &Reply) -> Vec<(u64, &str)> {
    let lines = reply.json["lines"].as_array().unwrap_or_else(|| panic!("{} {}", reply.status, reply.text));
    lines.iter().map(|line| (line["line"].as_u64().unwrap(), line["outcome"].as_str().unwrap())).collect()
}

fn faults(line: &Value) -> Vec<&str> {
    line["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn good_lines_go_and_each_fault_is_told_at_its_line_and_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let elsewhere = invited(&app.hospital("Other").await.admin().await, json!({})).await;
    let elsewhere = elsewhere["email"].as_str().unwrap();
    let (one, two) = (address(), address());
    let text = format!(
        "Roles,Department,E-mail,Employee no.,First name,Last name,Phone,Specialization\n\
         NURSE;DOCTOR,Cardiology,{one},17,आशा,\"Rao, jr\",'+91 98220 12345,Valves\n\
         \n\
         NURSE,cardiology,{},18,Bina,,,\n\
         NURSE,Cardiology,{one},19,Chitra,,,\n\
         JANITOR,Nowhere,nobody,20,123,,call me,\n\
         ,Emergency,{elsewhere},21,Dev,,,\n\
         ,Emergency,{},22,=cmd|' /C calc'!A0,,,\n\
         ,Emergency,{},23,Esha,Rao,,,too,many\n",
        two.to_uppercase(),
        address(),
        address(),
    );
    let checked = csv(&admin, &format!("{IMPORT}?check_only=true"), &text).await;
    assert_eq!(checked.status, 200, "{}", checked.text);
    assert_eq!(checked.json["ignored_columns"], json!(["Employee no."]));
    let ready = [
        (2, "READY"),
        (4, "READY"),
        (5, "REFUSED"),
        (6, "REFUSED"),
        // A look tells nothing of the accounts of other hospitals.
        (7, "READY"),
        (8, "REFUSED"),
        (9, "REFUSED"),
    ];
    assert_eq!(outcomes(&checked), ready);
    assert_eq!(admin.get(USERS).await.header("x-total-count"), "1", "a check keeps nothing");

    let done = csv(&admin, IMPORT, &text).await;
    assert_eq!(
        (done.status, &done.json["invited"], &done.json["refused"]),
        (200, &json!(2), &json!(5)),
        "{}",
        done.text
    );
    let lines = done.json["lines"].as_array().unwrap();
    assert_eq!(faults(&lines[2]), ["email"], "twice in the table");
    let mut all = faults(&lines[3]);
    all.sort_unstable();
    assert_eq!(all, ["department", "email", "first_name", "phone", "roles"], "{}", lines[3]);
    assert_eq!(
        (faults(&lines[4]), faults(&lines[5]), faults(&lines[6])),
        (vec!["email"], vec!["first_name"], vec!["line"])
    );
    let asha = admin.get(&format!("{USERS}/{}", lines[0]["user_id"].as_str().unwrap())).await.json;
    for (field, value) in [
        ("email", json!(one)),
        ("last_name", json!("Rao, jr")),
        ("phone", json!("+919822012345")),
        ("specialization", json!("Valves")),
        ("state", json!("INVITED")),
    ] {
        assert_eq!(asha[field], value, "{asha}");
    }
    let roles: Vec<&str> =
        asha["roles"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(roles, ["DOCTOR", "NURSE"]);
    chooses_password(&app, &one).await;
    assert_eq!(app.sign_in(&one).await.get("/api/v1/patients").await.status, 200);

    // The same table again: whoever is there already is told, nobody is made twice.
    let again = csv(&admin, IMPORT, &text).await;
    assert_eq!((&again.json["invited"], &again.json["refused"]), (&json!(0), &json!(7)), "{}", again.text);
    let row = clinic.audit().await.into_iter().find(|row| row["kind"] == "staff_imported").unwrap();
    assert_eq!(row["detail"]["user_ids"].as_array().unwrap().len(), 2, "{row}");
    assert!(!row.to_string().contains("example.org"), "{row}");
}

#[tokio::test]
async fn no_column_sets_what_is_not_for_people_and_nobody_gets_a_password() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let email = address();
    let text = format!(
        "email;first name;department;tenant_id;is_super_admin;password;password_hash;email_verified;status\n\
         {email};Asha;Cardiology;{};true;Given-by-table-7;x;true;LOCKED\n",
        uuid::Uuid::now_v7()
    );
    let done = csv(&admin, IMPORT, &text).await;
    assert_eq!((done.status, &done.json["invited"]), (200, &json!(1)), "{}", done.text);
    let rows = app.sql(&format!("select * from public.users where email = '{email}'")).await;
    for (column, value) in [
        ("tenant_id", json!(clinic.id)),
        ("is_super_admin", json!(false)),
        ("password_hash", Value::Null),
        ("email_verified", json!(false)),
        ("status", json!("ACTIVE")),
    ] {
        assert_eq!(rows[0][column], value, "{column}");
    }
    let login = [("username", email.as_str()), ("password", "Given-by-table-7")];
    assert_eq!(app.anonymous().form("/api/v1/auth/login", &login).await.status, 401);
}

#[tokio::test]
async fn who_may_not_give_roles_imports_without_them() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    role(&clinic, "Inviter", &["users:view", "users:create"]).await;
    let (inviter, _) = joined(&app, &admin, &["Inviter"]).await;
    let people = json!({ "people": [
        { "email": address(), "first_name": "Asha", "department": "Cardiology", "roles": ["Inviter"] },
        { "email": address(), "first_name": "Bina", "department": "Cardiology", "roles": [] },
        { "email": address(), "first_name": "Chitra", "department": "Cardiology" },
    ] });
    let done = inviter.post(IMPORT, &people).await;
    assert_eq!(outcomes(&done), [(1, "REFUSED"), (2, "INVITED"), (3, "INVITED")], "{}", done.text);
    assert_eq!(faults(&done.json["lines"][0]), ["roles"]);
}

#[tokio::test]
async fn five_hundred_at_once_and_not_one_more() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let line = |n: usize| format!("p{n}-{}@example.org,Person,Cardiology,NURSE\n", clinic.id);
    let head = "email,first name,department,roles\n";
    let many: String = (0..500).map(line).collect();
    let began = std::time::Instant::now();
    let done = csv(&admin, IMPORT, &format!("{head}{many}")).await;
    assert_eq!((done.status, &done.json["invited"]), (200, &json!(500)), "{:.500}", done.text);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    assert_eq!(admin.get(USERS).await.header("x-total-count"), "501");
    let mails = app
        .sql("select count(distinct recipient) as n from public.mails where template = 'set_password'")
        .await;
    assert_eq!(mails[0]["n"], 500);
    let held = clinic.sql("select count(*) as n from user_roles").await;
    assert_eq!(held[0]["n"], 501);
    for (text, word) in [
        (format!("{head}{many}{}", line(500)), "500 people"),
        ("x".repeat(300_000), "256 kB"),
        (String::new(), "nobody"),
        ("first name\nAsha\n".to_owned(), "e-mail"),
    ] {
        let refused = csv(&admin, IMPORT, &text).await;
        assert_eq!(
            (refused.status, &refused.json["errors"][0]["field"]),
            (422, &json!("body")),
            "{:.300}",
            refused.text
        );
        assert!(refused.detail().contains(word), "{}", refused.text);
    }
    let refused = admin.post(IMPORT, &json!({ "people": [] })).await;
    assert_eq!(
        (refused.status, &refused.json["errors"][0]["field"]),
        (422, &json!("people")),
        "{}",
        refused.text
    );
    let latin = admin.request(Method::POST, IMPORT).raw("text/csv", b"email\n\xff\xfe".to_vec()).send().await;
    assert_eq!(latin.status, 400, "{}", latin.text);
}

#[tokio::test]
async fn a_look_is_no_oracle_for_the_platforms_accounts() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let elsewhere = invited(&app.hospital("Other").await.admin().await, json!({})).await;
    let (elsewhere, here) = (elsewhere["email"].as_str().unwrap(), invited(&admin, json!({})).await);
    let here = here["email"].as_str().unwrap();
    let table = |department: &str| {
        let line = |email: &str| json!({ "email": email, "first_name": "Asha", "department": department });
        json!({ "people": [line(elsewhere), line(&address()), line(here)] })
    };
    let look = format!("{IMPORT}?check_only=true");
    let checked = admin.post(&look, &table("Cardiology")).await;
    assert_eq!(outcomes(&checked), [(1, "READY"), (2, "READY"), (3, "REFUSED")], "{}", checked.text);
    let row = clinic.audit().await.into_iter().rfind(|row| row["kind"] == "staff_checked").unwrap();
    assert_eq!(
        row["detail"],
        json!({ "lines": 3, "refused": 1 }),
        "the audit tells how many were asked about"
    );

    // Nor is it told by an import that cannot invite anybody.
    let hopeless = admin.post(IMPORT, &table("Nowhere")).await;
    let lines = hopeless.json["lines"].as_array().unwrap();
    assert_eq!(faults(&lines[0]), faults(&lines[1]), "{}", hopeless.text);
    app.sql(&format!("update public.tenants set max_users = 2 where id = '{}'", clinic.id)).await;
    let full = admin.post(IMPORT, &table("Cardiology")).await;
    let lines = full.json["lines"].as_array().unwrap();
    assert_eq!(lines[0]["errors"], lines[1]["errors"], "{}", full.text);
    app.sql(&format!("update public.tenants set max_users = null where id = '{}'", clinic.id)).await;
    let done = admin.post(IMPORT, &table("Cardiology")).await;
    assert_eq!(outcomes(&done), [(1, "REFUSED"), (2, "INVITED"), (3, "REFUSED")], "{}", done.text);

    let people = |number: usize| {
        let line = |n: usize| json!({ "email": format!("p{n}@example.org"), "first_name": "P", "department": "Cardiology" });
        json!({ "people": (0..number).map(line).collect::<Vec<Value>>() })
    };
    let mut statuses = vec![admin.post(&look, &people(400)).await.status];
    for _ in 0..10 {
        statuses.push(admin.post(&look, &people(500)).await.status);
    }
    assert_eq!((statuses[0], statuses[10]), (200, 429), "{statuses:?}");
    let page = admin.browser().await;
    let text = (0..500).fold("email,first name,department\n".to_owned(), |text, n| {
        text + &format!("p{n}@example.org,P,Cardiology\n")
    });
    let braked = page.submit("/staff/import", &[("text", &text), ("step", "look")]).await;
    assert_eq!(
        (braked.status, braked.text.contains("p499@example.org")),
        (429, true),
        "what was typed stays"
    );
}
