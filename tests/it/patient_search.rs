//! Finding a patient, and leafing through them.

use std::collections::BTreeSet;

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::patients::{PATIENTS, found, list, registered};

#[tokio::test]
async fn she_is_found_in_every_script_with_and_without_accents_and_reversed() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    for (first, last) in [
        ("आशा", "कुलकर्णी"),
        ("خالد", "الأنصاري"),
        ("王", "小明"),
        ("Ольга", "Щербакова"),
        ("สมชาย", "ใจดี"),
        ("Zoë", "Ångström"),
        ("Seán", "O'Neill-Smith"),
    ] {
        registered(&desk, json!({ "first_name": first, "last_name": last })).await;
    }
    for (search, first) in [
        ("आशा", "आशा"),
        ("कुलकर्णी आशा", "आशा"),
        ("الأنصاري", "خالد"),
        ("小明", "王"),
        ("王", "王"),
        ("щербакова ольга", "Ольга"),
        ("สมชาย", "สมชาย"),
        ("zoe", "Zoë"),
        ("ZOE\u{308}", "Zoë"),
        ("angstrom zoe", "Zoë"),
        ("o'neill", "Seán"),
        ("sean SMITH", "Seán"),
        ("P-00003", "王"),
    ] {
        assert_eq!(found(&desk, search).await, [first], "{search}");
    }
    assert!(found(&desk, "zoe smith").await.is_empty(), "each word must match the same patient");
}

#[tokio::test]
async fn phones_and_documents_are_found_however_they_are_written() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    let id = json!({ "first_name": "Ines", "national_id_type": "ID", "national_id_number": "1234/567-89" });
    assert_eq!(desk.post(PATIENTS, &id).await.status, 201);
    registered(&desk, json!({ "first_name": "Zoë" })).await;
    for search in ["+46 8 5550 0142", "+46855500142", "5550-0142", "0142"] {
        assert_eq!(found(&desk, search).await, ["Zoë"], "{search}");
    }
    for search in ["1234/567-89", "123456789", "1234 567 89"] {
        assert_eq!(found(&desk, search).await, ["Ines"], "{search}");
    }
}

#[tokio::test]
async fn one_or_two_letters_find_everybody_who_has_them_however_many_these_are() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    // More than are found one by one down the list, in no order, and a few that are like nobody else.
    let fill = "insert into patients (id, patient_code, first_name, last_name, gender, dob_unknown, last_visited_at, created_by_id,
                                      updated_by_id, created_at)
                select md5('p' || n)::uuid, 'P-' || lpad(n::text, 5, '0'),
                       (array['Asha', 'Ravi', 'Zoë', '王小明', 'Ines', 'Li', 'Öztürk ½', 'ﬀion'])[1 + n % 8],
                       (array['Kumar', 'Wu', 'Iyer', 'Núñez', 'Straße'])[1 + n % 5], 'FEMALE', true,
                       case when n % 3 > 0 then '2026-03-01T00:00:00Z'::timestamptz + ('x' || left(md5(n::text), 4))::bit(16)::int * interval '1 minute' end,
                       md5('u')::uuid, md5('u')::uuid, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour'
                  from generate_series(1, 2500) n";
    clinic.sql(fill).await;
    clinic.sql("update patients set merged_into = (select id from patients where patient_code = 'P-00001') where patient_code = 'P-00002'").await;

    for search in [
        "a", "A", "ra", "RA", "wu li", "王", "小明", "明", "oe", "ss", "ß", "½", "ﬀ", "p-", "P", "00", "-",
        "qq", "ä", "z n",
    ] {
        let words: Vec<String> = search
            .split(' ')
            .map(|word| format!("position(extensions.fold('{word}') in search_text) > 0"))
            .collect();
        let wanted = clinic
            .sql(&format!(
                "select patient_code as code from patients where merged_into is null and {}
                  order by last_visited_at desc nulls last, created_at desc, id desc",
                words.join(" and ")
            ))
            .await;
        let wanted: Vec<&str> = wanted.iter().map(|row| row["code"].as_str().unwrap()).collect();
        let pages = wanted.len().div_ceil(50) + 1;
        for page in [1, 2, pages.max(2) - 1, pages] {
            let reply =
                list(&desk, &[("search", search), ("page", &page.to_string()), ("page_size", "50")]).await;
            assert_eq!(reply.json["total"], wanted.len(), "{search}, page {page}");
            let found = reply.json["items"].as_array().unwrap().iter();
            let found: Vec<&str> = found.map(|patient| patient["patient_code"].as_str().unwrap()).collect();
            let part: Vec<&str> = wanted.iter().skip((page - 1) * 50).take(50).copied().collect();
            assert_eq!(found, part, "{search}, page {page}");
        }
    }
    // Beside other filters, and far behind the end of a search for a word.
    for (query, total) in [
        (vec![("search", "a"), ("gender", "MALE")], 0),
        (vec![("search", "zoe"), ("page", "400")], 312),
        (vec![("search", "a"), ("registered_to", "2026-01-01"), ("page_size", "1")], 10),
    ] {
        let reply = list(&desk, &query).await;
        assert_eq!((reply.status, &reply.json["total"]), (200, &json!(total)), "{query:?}");
    }
}

#[tokio::test]
async fn wildcards_in_a_search_are_just_characters() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    for first in ["Percent% Ann", "Under_score Bea", r"Back\slash Cid", "Plain Dee"] {
        registered(&desk, json!({ "first_name": first })).await;
    }
    for (search, expected) in [
        ("%", vec!["Percent% Ann"]),
        ("％", vec!["Percent% Ann"]),
        ("_", vec!["Under_score Bea"]),
        (r"\", vec![r"Back\slash Cid"]),
        ("%%%", vec![]),
        ("Pl_in", vec![]),
        ("%Dee", vec![]),
        ("'; drop table patients; --", vec![]),
    ] {
        assert_eq!(found(&desk, search).await, expected, "{search}");
    }
}

#[tokio::test]
async fn pages_of_a_list_neither_repeat_nor_skip_anybody() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    for (i, letter) in ('a'..='k').enumerate() {
        let gender = if i.is_multiple_of(2) { "MALE" } else { "FEMALE" };
        registered(&desk, json!({ "first_name": format!("Patient X{letter}"), "gender": gender })).await;
    }
    clinic.sql("update patients set created_at = '2026-01-01T00:00:00Z'").await;
    clinic.sql("update patients set last_visited_at = '2026-02-02T20:00:00Z' where patient_code in ('P-00003', 'P-00005')").await;

    let mut seen = Vec::new();
    for page in ["1", "2", "3"] {
        let reply = list(&desk, &[("page", page), ("page_size", "5")]).await;
        assert_eq!((&reply.json["total"], &reply.json["page_size"]), (&json!(11), &json!(5)));
        seen.extend(
            reply.json["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|p| p["patient_code"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(seen[..2], ["P-00005", "P-00003"], "the last visited come first, the newest of them ahead");
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 11);
    let total = async |query: &[(&str, &str)]| list(&desk, query).await.json["total"].clone();
    for (query, expected) in [
        (vec![("gender", "MALE")], 6),
        (vec![("gender", "MALE"), ("search", "patient")], 6),
        (vec![("search", "xj patient")], 1),
        (vec![("registered_from", "2026-01-02")], 0),
        (vec![("registered_from", "2026-01-01"), ("registered_to", "2026-01-01")], 11),
        (vec![("registered_to", "2025-12-31")], 0),
        // 20:00 UTC is the third of February in India.
        (vec![("date_from", "2026-02-03"), ("date_to", "2026-02-03")], 2),
        (vec![("date_to", "2026-02-02")], 0),
        (vec![("date_from", "2026-02-02T20:00:00Z"), ("date_to", "2026-02-02T20:00:00Z")], 2),
        (vec![("patient_type", "OPD")], 11),
        (vec![("patient_type", "IPD")], 0),
        (vec![("visit_type", "OPD_ELIGIBLE")], 11),
        (vec![("department_id", "01890a5d-ac96-774b-bcce-b302099a8057")], 0),
        (vec![("doctor_user_id", "01890a5d-ac96-774b-bcce-b302099a8057")], 0),
    ] {
        assert_eq!(total(&query).await, expected, "{query:?}");
    }
    let flags = list(&desk, &[("include", "visit_flags")]).await.json["items"][0].clone();
    assert_eq!(
        (&flags["has_active_admission"], &flags["next_eligible_opd_appointment_at"]),
        (&json!(false), &Value::Null)
    );
    for (name, value) in [
        ("page", "0"),
        ("page_size", "501"),
        ("page", "x"),
        ("gender", "X"),
        ("patient_type", "X"),
        ("visit_type", "X"),
        ("department_id", "7"),
        ("date_from", "soon"),
        ("registered_to", "2026-02-30"),
        ("search", "a\0b"),
        ("page", "99999999999"),
    ] {
        assert_eq!(list(&desk, &[(name, value)]).await.status, 422, "{name}={value:?}");
    }
}

#[tokio::test]
async fn a_phone_is_found_with_and_without_country_code_and_trunk_zero() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.staff(SystemRole::Receptionist).await;
    for (name, phone) in [
        ("Home", "9822012345"),
        ("Abroad", "+919822012345"),
        ("Trunk", "09822012345"),
        ("Other", "9822012346"),
    ] {
        registered(&desk, json!({ "first_name": name, "phone_primary": phone })).await;
    }
    // Newest first, but whoever has all digits before all others.
    for (search, first) in [
        ("+91 98220 12345", "Abroad"),
        ("919822012345", "Abroad"),
        ("098220 12345", "Trunk"),
        ("98220-12345", "Trunk"),
    ] {
        let found = found(&desk, search).await;
        assert_eq!((found.len(), found[0].as_str()), (3, first), "{search}: {found:?}");
    }
    assert_eq!(found(&desk, "0044 98220 12345").await.len(), 3, "nobody has all of it, and it ends alike");
    assert_eq!(found(&desk, "22012346").await, ["Other"]);
    let page = list(&desk, &[("search", "+91 98220 12345"), ("page", "2"), ("page_size", "1")]).await;
    assert_eq!((&page.json["total"], &page.json["items"][0]["first_name"]), (&json!(3), &json!("Trunk")));
}
