//! Patients on paper, read back with the program that people's desks have for it: whose letters are drawn, what stays
//! text, what is on each page, and who may take it away.

use hms::clinic::roles::SystemRole;
use serde_json::{Value, json};

use crate::exports::many;
use crate::harness::files::poppler;
use crate::harness::{Client, Reply, TestApp};
use crate::patients::{PATIENTS, registered};

const PDF: &str = "/api/v1/patients/export/pdf";
/// The most that fit into one file.
const MOST: usize = 1_000;

/// Run `pdftotext` over a file.
fn pdftotext(file: &[u8], options: &[&str]) -> String {
    poppler("pdftotext", &[options, &["-enc", "UTF-8", "-", "-"]].concat(), file)
}

/// The text of each page as it stands there, without marks of direction and with single blanks.
pub fn pages(reply: &Reply) -> Vec<String> {
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/pdf"), "{}", reply.text);
    let text = pdftotext(&reply.bytes, &["-layout"]);
    let text: String = text.chars().filter(|c| !matches!(c, '\u{202a}'..='\u{202e}')).collect();
    let pages = text.trim_end_matches('\u{c}').split('\u{c}');
    pages.map(|page| page.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// A word on a page and the points from the page's left edge between which it stands.
struct Word {
    text: String,
    from: f64,
    to: f64,
}

fn words(reply: &Reply) -> Vec<Word> {
    let number = |line: &str, name: &str| -> f64 {
        line.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap().parse().unwrap()
    };
    let text = pdftotext(&reply.bytes, &["-bbox"]);
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("<word "));
    lines
        .map(|line| Word {
            text: line.split_once('>').unwrap().1.trim_end_matches("</word>").to_owned(),
            from: number(line, "xMin"),
            to: number(line, "xMax"),
        })
        .collect()
}

async fn exports(clinic: &crate::harness::Hospital<'_>) -> Vec<Value> {
    clinic.audit().await.into_iter().filter(|row| row["kind"] == "exported").collect()
}

async fn named(desk: &Client, names: &[(&str, &str)]) {
    for (first, last) in names {
        registered(desk, json!({ "first_name": first, "last_name": last })).await;
    }
}

#[tokio::test]
async fn names_are_drawn_in_the_letters_of_their_script() {
    let names = [
        ("Zoë", "Ångström"),
        ("Nguyễn", "Thị Hồng"),
        ("Ольга", "Щербакова"),
        ("Γιώργος", "Παπάς"),
        ("आरती", "क्षत्रिय"),
        ("آمنة", "الزهراء"),
        ("علی", "رضایی"),
        ("ڈیوڈ", "پٹیل"),
        ("דנה", "כהן"),
        ("অনিতা", "চট্টোপাধ্যা"),
        ("தமிழ்", "செல்வி"),
        ("లక్ష్మి", "శ్రీ"),
        ("પ્રિયા", "પટેલ"),
        ("ಲಕ್ಷ್ಮಿ", "ಕೃಷ್ಣ"),
        ("ലക്ഷ്മി", "കൃഷ്ണൻ"),
        ("ਗੁਰਪ੍ਰੀਤ", "ਸਿੰਘ"),
        ("ଲକ୍ଷ୍ମୀ", "ପ୍ରଧାନ"),
        ("ලක්ෂ්මී", "ප්‍රනාන්දු"),
        ("สมชาย", "ใจดี"),
        ("ລາວ", "ຈານ"),
        ("មករា", "តារា"),
        ("မောင်", "ကျော်"),
        ("አበበ", "ቢቂላ"),
        ("ნინო", "ბერიძე"),
        ("Արամ", "Խաչատրյան"),
        ("山田", "たろう"),
        ("王", "小明"),
        ("歐陽", "麗君"),
        ("김", "민수"),
        ("Ruth 👩🏽‍🦰", "Emoji 😀"),
    ];
    let app = TestApp::new().await;
    let clinic = app.hospital("आशा क्लिनिक").await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    named(&doctor, &names).await;
    let reply = doctor.get(PDF).await;
    let name = reply.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"patients_20") && name.ends_with(".pdf\""), "{name}");
    assert_eq!(reply.header("cache-control"), "no-store");
    let text = pages(&reply).join(" ");
    for (first, last) in names {
        assert!(text.contains(&format!("{first} {last}")), "{first} {last} in {text}");
    }
    assert!(text.starts_with("आशा क्लिनिक Patients"), "{text}");
    assert!(!text.contains("A box stands for"), "every letter has its picture");

    // For some letters there are no fonts: the file says so, and is made all the same.
    named(&doctor, &[("Ann", "Box")]).await;
    let letters = r"E'\uE000\U0010FFFF\U0001FAE8\u200D\uFE0F'";
    clinic.sql(&format!("update patients set last_name = {letters} where last_name = 'Box'")).await;
    let text = pages(&doctor.get(PDF).await).join(" ");
    assert!(text.contains("A box stands for a letter that this file has no picture of."), "{text}");
    assert!(text.contains("31 patients") && text.contains("آمنة الزهراء"), "{text}");
}

#[tokio::test]
async fn what_people_type_stays_text() {
    let typed = [
        ("#x *y* _z_ $a$", "\\n @ref <l> [c] {d} `r`"),
        ("#panic(\"x\")", "#import \"/paper.typ\""),
        ("= Head", "- item of a list"),
        ("/ Term: what", "+ number"),
        ("// gone", "/* gone */"),
        ("a -- b --- c ...", "\"q\" 'a' ~ \\u{41}"),
        ("#inputs.rows", "https://x.example"),
        ("Ann", "]]) #) \\"),
    ];
    let app = TestApp::new().await;
    let clinic = app.hospital("#panic(\"x\") *y* $z$ \\n @ref").await;
    let address = "'#read(\"/etc/passwd\")\n= Street $1$'";
    app.sql(&format!("update public.tenants set address = {address}, contact_phone = '#1'")).await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    named(&doctor, &typed).await;
    clinic
        .sql(
            "update patients set city = E'#c\\r\\n*d*', email = 'a#b@x.example'\
              where patient_code = 'P-00001'",
        )
        .await;
    // No form takes these; a file would not break by them.
    clinic.sql("update patients set first_name = E'\\u2069\\u202eAn\\u0001n' where first_name = 'Ann'").await;
    let reply = doctor.get(&format!("{PDF}?gender=FEMALE")).await;
    let text = pages(&reply).join(" ");
    for (first, last) in typed {
        let shown = format!("{first} {last}");
        if first == "Ann" {
            continue;
        }
        assert!(text.contains(&shown), "{shown} in {text}");
    }
    for shown in [
        "#panic(\"x\") *y* $z$ \\n @ref Patients",
        "#read(\"/etc/passwd\") = Street $1$ #1",
        "8 patients. Narrowed by: sex Female.",
        "a#b@x.example",
        "#c",
        "*d*",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    let search = pages(&doctor.get(&format!("{PDF}?search=%23panic%28%22x")).await).join(" ");
    assert!(search.contains("1 patient. Narrowed by: search \u{201c}#panic"), "{search}");
}

#[tokio::test]
async fn each_page_says_what_it_is_and_no_patient_is_lost_between_two() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    app.sql("update public.tenants set address = '12 Lake Road, Pune', contact_phone = '+912025501234'")
        .await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    registered(&doctor, json!({ "email": "zoe@example.org", "city": "Lund" })).await;
    let aged = json!({ "first_name": "Aged", "age_only": 34, "gender": "MALE" });
    assert_eq!(doctor.post(PATIENTS, &aged).await.status, 201);
    clinic.sql("update patients set last_visited_at = '2026-03-01T18:45:00Z' where first_name = 'Zoë'").await;
    many(&clinic, 150).await;

    let pages = pages(&doctor.get(PDF).await);
    assert!(pages.len() > 3, "{}", pages.len());
    let head = "Code Patient Born Sex Phone E-mail City Last visit Registered";
    for (page, number) in pages.iter().zip(1..) {
        assert!(page.contains(head), "{page}");
        assert!(page.ends_with(&format!("Page {number} of {}", pages.len())), "{page}");
        assert!(page.contains("Printed by Meera Kulkarni, ") && page.contains(" (Asia/Kolkata) "), "{page}");
    }
    let letterhead =
        "Asha Clinic Patients 12 Lake Road, Pune +912025501234 152 patients. All patients. Code ";
    assert!(pages[0].starts_with(letterhead), "{}", pages[0]);
    assert!(pages[1].starts_with(head), "{}", pages[1]);
    let all = pages.join(" ");
    let codes = (1..=150).map(|n| format!("X-{n}")).chain(["P-00001".to_owned(), "P-00002".to_owned()]);
    for code in codes {
        assert_eq!(all.split(' ').filter(|word| *word == code).count(), 1, "{code}");
    }
    let row = "P-00001 Zoë Ångström 14 Mar 1992 Female +46855500142 zoe@example.org Lund 2 Mar 2026 ";
    assert!(all.contains(row), "the hospital's days: {all}");
    let born = all.split("P-00002 Aged ").nth(1).unwrap();
    assert!(born[4..].starts_with(" Male "), "an age is a year, no birthday: {born}");
}

#[tokio::test]
async fn long_names_wrap_and_are_whole() {
    let app = TestApp::new().await;
    let hospital = format!("{} {}", "Very Long Hospital ".repeat(6), "W".repeat(80));
    let clinic = app.hospital(&hospital).await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let names = ["W".repeat(50), "ക്ഷ്മി".repeat(8), "ш".repeat(50), "Maria ".repeat(8), "ش".repeat(50)];
    for name in &names {
        registered(&doctor, json!({ "first_name": name.trim(), "last_name": "Ann", "city": "Q".repeat(80) }))
            .await;
    }
    let mail = format!("{}@{}.example.org", "m".repeat(60), "w".repeat(60));
    clinic.sql(&format!("update patients set email = '{mail}'")).await;
    let reply = doctor.get(PDF).await;
    let words = words(&reply);

    let column = |head: &str| words.iter().find(|word| word.text == head).unwrap().from;
    let edges =
        ["Code", "Patient", "Born", "Sex", "Phone", "E-mail", "City", "Last", "Registered"].map(column);
    let right = 841.9 - 12.0 / 25.4 * 72.0 + 0.1;
    let table = words.iter().skip_while(|word| word.text != "Code").take_while(|word| word.text != "Printed");
    let mut columns: [String; 9] = Default::default();
    for word in table {
        let at = edges.iter().rposition(|edge| word.from >= edge - 0.1).unwrap();
        let end = edges.get(at + 1).copied().unwrap_or(right);
        assert!(word.to <= end, "{} runs into its neighbour: {} > {end}", word.text, word.to);
        columns[at].push_str(&word.text);
    }
    for name in &names[..4] {
        let name: String = name.split_whitespace().collect();
        assert!(columns[1].contains(&name), "{name} in {}", columns[1]);
    }
    assert_eq!(columns[1].matches('ش').count(), 50, "from right to left, line by line");
    assert_eq!(columns[5].matches(&mail).count(), 5, "an address is copied as it is: {}", columns[5]);
    assert_eq!(columns[6].matches('Q').count(), 5 * 80);
    let head: Vec<_> = words.iter().take_while(|word| word.text != "Code").collect();
    assert!(head.iter().all(|word| word.to <= right), "the letterhead stays on the paper");
    let head: String = head.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(head.matches('W').count(), 80, "{head}");
}

#[tokio::test]
async fn an_empty_list_is_a_page_too() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    let pages = pages(&doctor.get(&format!("{PDF}?gender=OTHER")).await);
    assert_eq!(pages.len(), 1);
    let starts =
        "Asha Clinic Patients 0 patients. Narrowed by: sex Other. No patient is on this list. Printed by ";
    assert!(pages[0].starts_with(starts) && pages[0].ends_with("Page 1 of 1"), "{}", pages[0]);
}

#[tokio::test]
async fn a_full_file_is_made_and_one_patient_more_is_refused_with_the_way_out() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let doctor = clinic.staff(SystemRole::Doctor).await;
    registered(&doctor, json!({})).await;
    many(&clinic, MOST).await;
    let refused = doctor.get(PDF).await;
    assert_eq!(
        (refused.status, refused.json["code"].as_str()),
        (422, Some("exports.too_many")),
        "{}",
        refused.text
    );
    let says = "These filters leave 1,001 patients, and a file of this kind holds at most 1,000.";
    assert!(refused.detail().starts_with(says), "{}", refused.detail());
    assert!(exports(&clinic).await.is_empty(), "nobody took anything away");
    let made = pages(&doctor.get(&format!("{PDF}?search=copy")).await);
    assert!(made[0].contains("1,000 patients. Narrowed by: search \u{201c}copy\u{201d}"), "{}", made[0]);
}

#[tokio::test]
async fn who_may_not_see_patients_prints_none() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let other = app.hospital("Zen Hospital").await;
    let (doctor, pharmacist) =
        (clinic.staff(SystemRole::Doctor).await, clinic.staff(SystemRole::Pharmacist).await);
    registered(&doctor, json!({})).await;
    assert_eq!(pharmacist.get(PDF).await.status, 403);
    assert_eq!(app.anonymous().get(PDF).await.status, 401);
    let form = "/patients/export/pdf";
    assert_eq!(pharmacist.browser().await.submit(form, &[]).await.status, 403);
    let elsewhere = pages(&other.staff(SystemRole::Doctor).await.get(PDF).await).join(" ");
    assert!(elsewhere.starts_with("Zen Hospital") && elsewhere.contains("0 patients"), "{elsewhere}");
    assert!(exports(&clinic).await.is_empty());

    let page = doctor.browser().await;
    let list =
        page.submit("/patients/search", &[("search", "zoe"), ("gender", ""), ("registered", "")]).await;
    assert!(list.text.contains("formaction=\"/patients/export/pdf\""), "{}", list.text);
    let saved = pages(&page.submit(form, &[("search", "zoe"), ("registered", "today")]).await).join(" ");
    assert!(saved.contains("1 patient. Narrowed by: search \u{201c}zoe\u{201d}; registered "), "{saved}");
    assert_eq!(page.submit_from("https://evil.example", form, &[]).await.status, 403);
    let audit = exports(&clinic).await;
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0]["detail"], json!({ "count": 1, "format": "pdf" }));
    assert!(audit[0]["actor_id"].is_string());
}

#[tokio::test]
async fn paper_bears_the_letterhead_the_foot_and_the_logo_that_the_hospital_chose() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let admin = clinic.admin().await;
    registered(&admin, json!({})).await;
    many(&clinic, 119).await;
    let pictures = |file: &[u8]| {
        // Two lines of heads.
        poppler("pdfimages", &["-list", "-"], file).lines().count().saturating_sub(2)
    };
    let plain = admin.get(PDF).await;
    assert_eq!(pictures(&plain.bytes), 0);
    assert!(pdftotext(&plain.bytes, &["-bbox"]).contains("<page width=\"841.8"), "A4 across");

    let body = json!({
        "letterhead": ["Dr. #Rao, *MD*", "आशा क्लिनिक"], "paper_footer": "Reg. MH-2031 $x$", "document_paper": "LETTER",
        "address": "12 Lake Road",
    });
    assert_eq!(admin.patch("/api/v1/hospital", &body).await.status, 200);
    let logo =
        crate::harness::files::written(crate::harness::files::halves(300, 90), image::ImageFormat::Png);
    let given = admin.request(axum::http::Method::POST, "/api/v1/hospital/logo").file(&logo).send().await;
    assert_eq!(given.status, 200, "{}", given.text);
    let reply = admin.get(PDF).await;
    let pages = pages(&reply);
    assert!(
        pages.len() > 2 && pages[0].contains("Asha Clinic Patients Dr. #Rao, *MD* आशा क्लिनिक 120 patients."),
        "{}",
        pages[0]
    );
    assert!(!pages[0].contains("Lake Road"), "the lines stand in the place of address and phone");
    for page in &pages {
        assert!(page.contains("Reg. MH-2031 $x$ Printed by "), "{page}");
    }
    assert_eq!(pictures(&reply.bytes), 1, "the logo");
    assert!(pdftotext(&reply.bytes, &["-bbox"]).contains("<page width=\"792.0"), "Letter across");
    // Without its file, paper is made all the same.
    std::fs::remove_dir_all(app.app.config.files.join(&clinic.schema)).unwrap();
    let reply = admin.get(PDF).await;
    assert_eq!((reply.status, pictures(&reply.bytes)), (200, 0));
}
