//! Lists and changes.

use super::*;

#[tokio::test]
async fn the_list_is_an_array_newest_first_in_parts_and_can_be_narrowed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    for (first, department, roles) in [
        ("Zoë", "Cardiology", vec!["DOCTOR"]),
        ("खालिद", "Emergency", vec!["NURSE"]),
        ("Bina", "Emergency", vec!["NURSE", "DOCTOR"]),
        ("50%_off", "Pediatrics", vec![]),
    ] {
        invited(
            &admin,
            json!({ "first_name": first, "last_name": "", "department": department, "roles": roles }),
        )
        .await;
    }
    let names = async |query: &str| {
        let reply = admin.get(&format!("{USERS}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let all = reply.json.as_array().unwrap();
        let names = all.iter().map(|user| user["first_name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), reply.header("x-total-count").to_owned(), reply.header("link").to_owned())
    };
    assert_eq!(names("").await.0, ["50%_off", "Bina", "खालिद", "Zoë", "Asha"]);
    assert_eq!(names("sort=name").await.0, ["50%_off", "Asha", "Bina", "Zoë", "खालिद"]);
    for (query, who) in [
        ("search=zoe", vec!["Zoë"]),
        ("search=%E0%A4%96%E0%A4%BE", vec!["खालिद"]),
        ("search=50%25_", vec!["50%_off"]),
        ("search=%25", vec!["50%_off"]),
        ("search=nobody", vec![]),
        ("role=nurse", vec!["Bina", "खालिद"]),
        ("role=NURSE&department=emergency&search=bina", vec!["Bina"]),
        ("department=Nowhere", vec![]),
        ("state=ACTIVE", vec!["Asha"]),
        ("state=INVITED&sort=created&page_size=2", vec!["Zoë", "खालिद"]),
    ] {
        assert_eq!(names(query).await.0, who, "{query}");
    }
    let (first, total, link) = names("page_size=2&role=&sort=name&search=").await;
    assert_eq!((first.len(), total.as_str()), (2, "5"));
    let next = link.strip_prefix('<').unwrap().split_once(">; rel=\"next\"").unwrap().0.to_owned();
    let second = admin.get(&next).await;
    assert_eq!(second.json[0]["first_name"], "Bina", "{next}");
    let links: Vec<_> =
        second.headers.get_all("link").iter().map(|v| v.to_str().unwrap().to_owned()).collect();
    assert!(links.iter().any(|l| l.contains("page=1") && l.contains("rel=\"prev\"")), "{links:?}");
    for (query, field) in
        [("page=0", "page"), ("page_size=501", "page_size"), ("state=GONE", "state"), ("sort=age", "sort")]
    {
        let reply = admin.get(&format!("{USERS}?{query}")).await;
        assert_eq!((reply.status, &reply.json["errors"][0]["field"]), (422, &json!(field)), "{}", reply.text);
    }
    let found = admin.get(&format!("{USERS}?search=zoe")).await;
    let stopped = admin.post(&format!("{}/deactivate", path_of(&found.json[0])), &json!({})).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text);
    assert_eq!(names("search=zoe").await.0, Vec::<String>::new());
    assert_eq!(names("search=zoe&include_inactive=true").await.0, ["Zoë"]);
    assert_eq!(names("state=INACTIVE").await.0, ["Zoë"]);
    let desk = clinic.staff(SystemRole::Receptionist).await;
    assert_eq!(desk.get(USERS).await.status, 200, "to book with a doctor");
    let pharmacist = clinic.staff(SystemRole::Pharmacist).await;
    assert_eq!(pharmacist.get(USERS).await.status, 403);
}

#[tokio::test]
async fn a_person_is_changed_field_by_field_and_not_over_a_newer_version() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    let (nurse, user) = joined(&app, &admin, &["NURSE"]).await;
    let path = path_of(&user);
    let body = json!({ "phone": "+91 98220 11111", "specialization": "Wounds", "department": "emergency" });
    let changed = admin.patch(&path, &body).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{}", changed.text);
    assert_eq!(changed.json["department"], "Emergency");
    assert_eq!(changed.json["first_name"], "Meera", "left out, so it stays");
    assert_eq!(nurse.get("/api/v1/auth/me").await.json["department"], "Emergency", "known at once");
    let same = admin.patch(&path, &json!({ "phone": "+919822011111", "version": 2 })).await;
    assert_eq!((same.status, same.header("etag")), (200, "\"2\""), "nothing to change");
    let blank = admin.patch(&path, &json!({ "phone": "", "last_name": null, "specialization": " " })).await;
    assert_eq!((&blank.json["phone"], &blank.json["specialization"]), (&Value::Null, &Value::Null));
    assert_eq!(blank.json["last_name"], "Kulkarni");

    let stale = admin
        .request(Method::PATCH, &path)
        .header("if-match", "\"2\"")
        .json(&json!({ "first_name": "Mira" }));
    let stale = stale.send().await;
    assert_eq!(told(&stale), (412, "staff.version_conflict".into()), "{}", stale.text);
    let stale = admin.patch(&path, &json!({ "first_name": "Mira", "version": 1 })).await;
    assert_eq!(stale.status, 412);
    let roles = admin.patch(&path, &json!({ "roles": ["DOCTOR"] })).await;
    assert_eq!(roles.status, 200, "{}", roles.text);
    assert_eq!(nurse.get("/api/v1/auth/me").await.json["roles"][0]["name"], "DOCTOR", "holds at once");
    let rows = clinic.audit().await;
    let details: Vec<&Value> = rows
        .iter()
        .filter(|row| row["kind"] == "updated" && row["entity_id"] == user["id"])
        .map(|row| &row["detail"]["fields"])
        .collect();
    assert_eq!(details[0], &json!(["phone", "specialization", "department"]));
    assert_eq!(details.last().unwrap(), &&json!(["roles"]));
}

#[tokio::test]
async fn what_is_not_known_or_not_right_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let other = app.hospital("Other").await;
    let admin = clinic.admin().await;
    let id = role(&clinic, "Night desk", &["patients:view"]).await;
    clinic.sql(&format!("update roles set is_active = false where id = '{id}'")).await;
    let taken = invited(&other.admin().await, json!({})).await["email"].clone();
    for (fields, status, code, field) in [
        (json!({ "department": "Nowhere" }), 400, "staff.department_unknown", "department"),
        (json!({ "roles": ["JANITOR"] }), 400, "staff.role_unknown", "roles"),
        (json!({ "roles": ["night desk"] }), 400, "staff.role_disabled", "roles"),
        (json!({ "email": taken }), 400, "staff.email_taken", "email"),
        (json!({ "email": clinic.email.to_uppercase() }), 400, "staff.email_taken", "email"),
        (json!({ "tenant_id": other.id }), 403, "staff.other_hospital", "tenant_id"),
        (json!({ "email": "nobody" }), 422, "validation_failed", "email"),
        (json!({ "first_name": "=HYPERLINK(\"http://x\")" }), 422, "validation_failed", "first_name"),
        (json!({ "phone": "call me" }), 422, "validation_failed", "phone"),
        (json!({ "password": "short" }), 422, "validation_failed", "password"),
        (json!({ "department": null }), 422, "validation_failed", "department"),
    ] {
        let reply = admin.post(USERS, &person(fields.clone())).await;
        assert_eq!(told(&reply), (status, code.to_owned()), "{fields}: {}", reply.text);
        assert_eq!(reply.json["errors"][0]["field"], field, "{fields}: {}", reply.text);
    }
    let user = invited(&admin, json!({ "tenant_id": clinic.id })).await;
    for (body, status, field) in [
        (json!({ "status": "RETIRED" }), 422, "status"),
        (json!({ "status": "ACTIVE", "is_active": false }), 422, "is_active"),
        (json!({ "first_name": " " }), 422, "first_name"),
        (json!({ "department": "Nowhere" }), 400, "department"),
        (json!({ "roles": ["JANITOR"] }), 400, "roles"),
        (json!({ "email": taken }), 400, "email"),
    ] {
        let reply = admin.patch(&path_of(&user), &body).await;
        assert_eq!(
            (reply.status, &reply.json["errors"][0]["field"]),
            (status, &json!(field)),
            "{}",
            reply.text
        );
    }
    let kept = admin.get(&path_of(&user)).await.json;
    assert_eq!((&kept["version"], &kept["email"]), (&json!(1), &user["email"]));
    chooses_password(&app, user["email"].as_str().unwrap()).await;
    let theirs = admin.patch(&path_of(&user), &json!({ "email": "mine@example.org" })).await;
    assert_eq!(told(&theirs), (400, "staff.email_is_theirs".into()), "{}", theirs.text);
    let mails = app.sql("select id from public.mails where recipient = 'mine@example.org'").await;
    assert!(mails.is_empty());
}
