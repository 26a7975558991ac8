//! Changes by the forms: every field, every name.

use super::*;

#[tokio::test]
async fn the_form_shows_every_field_and_clears_none_that_it_does_not_show() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = desk.post(PATIENTS, &everything()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (path, edit) = (path_of(&made.json), format!("/patients/{}/edit", made.json["id"].as_str().unwrap()));
    let page = desk.browser().await;

    let form = controls(&page.get(&edit).await, &edit);
    let saved = page.submit(&edit, &as_pairs(&form)).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    assert_eq!(
        desk.get(&path).await.json,
        made.json,
        "saved as it was shown, nothing changes, not even the version"
    );

    let changed = with(form.clone(), &[("city", "Nashik"), ("clinical_notes", ""), ("is_dnr", "false")]);
    assert_eq!(page.submit(&edit, &as_pairs(&changed)).await.status, 303);
    let mut wanted = made.json.clone();
    wanted["city"] = json!("Nashik");
    wanted["clinical_notes"] = Value::Null;
    wanted["is_dnr"] = json!(false);
    let now = desk.get(&path).await.json;
    for (field, value) in wanted.as_object().unwrap() {
        if !["version", "updated_at", "updated_by_id"].contains(&field.as_str()) {
            assert_eq!(&now[field], value, "{field}");
        }
    }
    // A form with one field changes one field.
    let one = page.submit(&edit, &[("version", "2"), ("city", "Satara")]).await;
    assert_eq!(one.status, 303, "{}", one.text);
    let entries = history(&desk, &path).await;
    assert_eq!(entries[0]["new_values"], json!({ "city": "Satara" }));
    // A number that is changed tells by itself what kind it is.
    let wall = with(controls(&page.get(&edit).await, &edit), &[("phone_primary", "+44 20 7946 0018")]);
    assert_eq!(page.submit(&edit, &as_pairs(&wall)).await.status, 303);
    let now = desk.get(&path).await.json;
    assert_eq!((&now["phone_is_landline"], &now["consent_sms"]), (&json!(true), &json!(false)));
    // Faults stand at their fields, with what was typed.
    let wrong = with(
        controls(&page.get(&edit).await, &edit),
        &[("address_line1", "ab"), ("email", "x@"), ("emergency_contact_phone", ""), ("born", "tomorrow")],
    );
    let back = page.submit(&edit, &as_pairs(&wrong)).await;
    assert_eq!(back.status, 422);
    for field in ["address_line1", "email", "born"] {
        assert!(back.text.contains(&format!("id=\"{field}-error\"")), "{field}");
    }
    assert_eq!(controls(&back, &edit).iter().find(|(name, _)| name == "email").unwrap().1, "x@");
}

#[tokio::test]
async fn the_desk_registers_who_does_not_fit_the_form() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let page = desk.browser().await;
    let mut n = 0;
    let mut register = async |more: &[(&'static str, &'static str)]| {
        n += 1;
        let key = format!("01890a5d-ac96-774b-bcce-b302099a80{n:02}");
        let mut form = vec![
            ("form_key", key.as_str()),
            ("first_name", "Cher"),
            ("gender", "FEMALE"),
            ("born", "unknown"),
        ];
        form.extend(more);
        page.submit("/patients/new", &form).await
    };
    let nothing = register(&[]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.text.contains("Write a number, or choose why there is none."), "{}", nothing.text);
    assert!(nothing.text.contains("<details class=\"more-fields\" open>"), "the way out lies open");
    let both =
        register(&[("phone_primary", "9822012345"), ("no_phone_reason", "NONE"), ("city", "Pune")]).await;
    assert!(both.status == 422 && both.text.contains("id=\"no_phone_reason-error\""), "{}", both.text);
    let none = register(&[
        ("no_phone_reason", "NONE"),
        ("no_address_reason", "NOT_GIVEN"),
        ("name_alternate", "شير"),
    ])
    .await;
    assert_eq!(none.status, 303, "{}", none.text);
    let shown = page.get(none.header("location")).await.text;
    for part in ["Has none", "Does not want to say", "شير", "Cher"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let wall = register(&[
        ("phone_primary", "020 2612 3456"),
        ("phone_is_landline", "true"),
        ("city", "Pune"),
        ("consent_sms", "true"),
    ])
    .await;
    assert_eq!(wall.status, 422);
    assert!(
        wall.text.contains("id=\"consent_sms-error\"") && wall.text.contains("landline"),
        "{}",
        wall.text
    );
    let wall =
        register(&[("phone_primary", "020 2612 3456"), ("phone_is_landline", "true"), ("city", "Pune")])
            .await;
    assert!(page.get(wall.header("location")).await.text.contains("<span class=\"tag\">landline</span>"));

    for (typed, heard) in [
        ("14/3/1992", "Read as: 14 Mar 1992, "),
        ("34y", "Read as: about "),
        ("unknown", "Read as: not known"),
        ("tomorrow", "Write a birthday"),
        ("", "Day first."),
        ("<b>", "Write a birthday"),
    ] {
        let reply = page.submit("/patients/born", &[("born", typed), ("first_name", "Cher")]).await;
        assert_eq!(reply.status, 200);
        assert!(reply.text.contains(heard) && !reply.text.contains("<b>"), "{typed}: {}", reply.text);
    }
}

#[tokio::test]
async fn names_of_every_kind_are_kept_as_they_are_written() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let page = desk.browser().await;
    let long = "Wolfeschlegelsteinhausenbergerdorff".repeat(6);
    let long: String = long.chars().take(200).collect();
    let names: [(&str, &str); 14] = [
        ("👩\u{200d}⚕\u{fe0f} Ana", "👩\u{200d}⚕\u{fe0f} Ana"),
        ("Ana 👨\u{200d}👩\u{200d}👧", "Ana 👨\u{200d}👩\u{200d}👧"),
        ("مريم", "مريم"),
        ("\u{200f}מרים Cohen", "\u{200f}מרים Cohen"),
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ("क\u{94d}\u{200d}ष", "क\u{94d}\u{200d}ष"),
        ("അവന\u{d4d}\u{200d}", "അവന\u{d4d}\u{200d}"),
        ("As\u{200b}ha\u{200b}", "Asha"),
        ("\u{200b}Rao", "Rao"),
        ("Zoe\u{308}", "Zoë"),
        ("Nguye\u{302}\u{303}n", "Nguyễn"),
        ("Cher", "Cher"),
        (&long, &long),
        ("王", "王"),
    ];
    for (typed, kept) in names {
        let made = registered(&desk, json!({ "first_name": typed, "last_name": null })).await;
        assert_eq!(made["first_name"], kept, "{typed:?}");
        let shown = page.get(&format!("/patients/{}", made["id"].as_str().unwrap())).await.text;
        assert!(shown.contains(kept), "{kept:?} is not whole on its page");
        assert!(found(&desk, made["patient_code"].as_str().unwrap()).await.contains(&kept.to_owned()));
    }
    let emptier = "x".repeat(201);
    for nothing in [
        "\u{200d}",
        "\u{200c}\u{200d}",
        "\u{200b}",
        "\u{200f}",
        "\u{3164}",
        "🙂",
        "\u{2800}",
        "a\u{202e}b",
        "a\u{0}",
        &emptier,
    ] {
        let body = json!({ "first_name": nothing });
        assert_eq!(
            faults(&desk.post(PATIENTS, &body).await),
            BTreeSet::from(["first_name".to_owned()]),
            "{nothing:?}"
        );
    }
    for field in ["last_name", "middle_name", "name_alternate"] {
        let body = json!({ "first_name": "Asha", field: "\u{200d}\u{200f}" });
        assert_eq!(faults(&desk.post(PATIENTS, &body).await), BTreeSet::from([field.to_owned()]));
        let none = desk.post(PATIENTS, &json!({ "first_name": "Asha", field: "\u{200b}" })).await;
        assert_eq!((none.status, &none.json[field]), (201, &Value::Null));
    }
}

#[tokio::test]
async fn what_is_masked_is_shown_for_a_while_and_on_record() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let made = desk.post(PATIENTS, &everything()).await.json;
    let record = format!("/patients/{}", made["id"].as_str().unwrap());
    let page = desk.browser().await;
    let shown = page.get(&record).await.text;
    for secret in ["9822012345", "98220 12345", "98220 99999", "asha@example.org", "A1234567", "98220 77777"]
    {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.contains("•••• ••45") && shown.contains("a•••@example.org") && shown.contains("•••• ••67"));
    for part in [
        "12 MG Road",
        "411001 Pune",
        "Ravi",
        "Brother",
        "Married",
        "Marathi",
        "Needs a &#60;ramp&#62;\nand time",
        "आशा",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let to = format!("{record}/reveal");
    for (field, value) in [
        ("phone", "+91 98220 12345"),
        ("other_phone", "+91 98220 99999"),
        ("email", "asha@example.org"),
        ("national_id", "A1234567"),
        ("emergency_phone", "+91 98220 77777"),
    ] {
        let whole = page.submit(&to, &[("field", field)]).await;
        assert_eq!(whole.status, 200);
        assert!(whole.text.contains(value) && whole.text.contains("<html"), "{field}: {}", whole.text);
        assert_eq!(whole.header("refresh"), format!("30; url={record}"));
        assert_eq!(whole.header("cache-control"), "no-store");
        let block = desk
            .request(Method::POST, &to)
            .header("hx-request", "true")
            .form(&[("field", field)])
            .send()
            .await;
        assert!(block.text.contains(value) && !block.text.contains("<html"), "{field}: {}", block.text);
        assert!(block.text.contains("data-mask-after=\"30\"") && block.text.contains("<template>"));
    }
    let rows = clinic.audit().await;
    let revealed: Vec<&Value> =
        rows.iter().filter(|row| row["kind"] == "revealed").map(|row| &row["detail"]).collect();
    assert_eq!(revealed.len(), 10);
    assert_eq!(revealed[0], &json!({ "field": "phone" }));
    for field in ["", "first_name", "clinical_notes", "phone_primary"] {
        assert_eq!(page.submit(&to, &[("field", field)]).await.status, 422, "{field}");
    }
    let bare = desk.post(PATIENTS, &json!({ "first_name": "Cher" })).await.json;
    let to = format!("/patients/{}/reveal", bare["id"].as_str().unwrap());
    assert_eq!(page.submit(&to, &[("field", "phone")]).await.status, 422, "there is none");
}
