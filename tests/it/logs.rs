//! The log: it names request and hospital, and nobody. That the whole suite's log does is held by `harness::watch`;
//! here it is shown that the watch sees.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::harness::serving::Serving;
use crate::harness::{TestApp, watch};

/// What the run within this run says, by the variable that makes it one.
const SAYS: &str = "HMS_TEST_SAYS";

/// This very test in a process of its own, where something is logged after `Shakuntala Gadhavi` was registered.
fn run(says: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "logs::a_name_phone_or_address_in_the_log_ends_the_run"])
        .env(SAYS, says)
        .output()
        .unwrap()
}

#[test]
fn a_name_phone_or_address_in_the_log_ends_the_run() {
    if let Ok(says) = std::env::var(SAYS) {
        watch::install();
        watch::note_all(&json!({ "patient": {
            "first_name": "Shakuntala", "last_name": "गाढवी", "phone_primary": "+91 98220 70707", "city": "Vadodara",
        } }));
        // Through the macros, as a careless line in HMS would.
        tracing::debug!(target: "hms::clinic::patients", said = says, "a line");
        return;
    }
    for (says, found) in [
        ("registered Shakuntala", "Shakuntala"),
        ("name_search like 'गाढवी%'", "गाढव"),
        ("called 9822070707 twice", "9822070707"),
        ("called +91 98220-70707", "9822070707"),
        ("in /vadodara?city=Vadodara", "Vadodara"),
        ("mail to asha@example.org", "asha@example.org"),
    ] {
        let ran = run(says);
        let text = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(101), "{says} passed");
        assert!(
            text.contains("was typed about a person and is in the log") && text.contains(found),
            "{text}"
        );
    }
    let fine = run("01890a5d-ac96-774b-bcce-b302099a8057 after 982207 ms");
    assert!(fine.status.success(), "{}", String::from_utf8_lossy(&fine.stderr));
}

#[test]
fn libraries_are_held_at_warn_whatever_the_level_says() {
    let speaks = |target: &'static str, level| {
        // A callsite's metadata can only be made by the macros: ask the same question by hand.
        let callsite = tracing::Metadata::new(
            "line",
            target,
            level,
            None,
            None,
            None,
            tracing::field::FieldSet::new(&[], tracing::callsite::Identifier(&CALLSITE)),
            tracing::metadata::Kind::EVENT,
        );
        hms::observe::logs::speaks(&callsite)
    };
    assert!(speaks("hms", tracing::Level::TRACE) && speaks("hms::access::gate", tracing::Level::DEBUG));
    for library in
        ["tokio_postgres", "graphile_worker", "axum::rejection", "h2", "hms_traces", "hmsx", "lettre"]
    {
        assert!(!speaks(library, tracing::Level::INFO), "{library}");
        assert!(speaks(library, tracing::Level::WARN), "{library}");
    }
}

struct Callsite;
static CALLSITE: Callsite = Callsite;

impl tracing::callsite::Callsite for Callsite {
    fn set_interest(&self, _: tracing::subscriber::Interest) {}
    fn metadata(&self) -> &tracing::Metadata<'_> {
        unreachable!("nobody asks")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_line_of_a_request_names_request_and_hospital_and_no_patient() {
    let app = TestApp::new().await;
    let clinic = app.hospital("Asha Clinic").await;
    let desk = clinic.admin().await;
    let patient =
        crate::patients::registered(&desk, json!({ "first_name": "Shakuntala", "city": "Pune" })).await;
    let id = patient["id"].as_str().unwrap();
    for format in ["json", "pretty"] {
        let hms = Serving::start(&app, &[("LOG_FORMAT", format), ("LOG_LEVEL", "trace")]).await;
        let path = format!("/api/v1/patients/{id}?why=Shakuntala");
        let shown = hms.get(&path, desk.token.as_deref()).await;
        assert!(shown.starts_with("HTTP/1.1 200") && shown.contains("Shakuntala"), "{shown}");
        let request = shown.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().trim();
        let log = hms.log();
        let line = log.lines().find(|line| line.contains("answered") && line.contains(request));
        let line = line.unwrap_or_else(|| panic!("no line for {request}:\n{log}"));
        if format == "json" {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["level"], "INFO");
            assert_eq!(line["fields"]["status"], 200);
            assert_eq!(line["span"]["request_id"], request);
            assert_eq!(line["span"]["tenant"], clinic.id.as_str());
            assert_eq!(line["span"]["route"], "/api/v1/patients/{patient_id}");
        } else {
            assert!(line.contains(&clinic.id) && line.contains("/api/v1/patients/{patient_id}"), "{line}");
        }
        for secret in ["Shakuntala", id, &clinic.schema, desk.token.as_deref().unwrap()] {
            assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        }
    }
}
