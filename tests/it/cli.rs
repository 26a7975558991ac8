//! The `hms` command itself, as an operator runs it.

use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::TestApp;

pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Run the built binary with nothing in its environment but what is given.
pub async fn run(variables: &[(String, String)], arguments: &[&str]) -> Ran {
    let done = Command::new(env!("CARGO_BIN_EXE_hms"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().cloned())
        .current_dir(std::env::temp_dir())
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

pub async fn hms(app: &TestApp, arguments: &[&str]) -> Ran {
    run(&app.cli_env(), arguments).await
}

#[tokio::test]
async fn hospitals_are_listed_and_shown() {
    let app = TestApp::new().await;
    let (asha, zen) = (app.hospital("आशा क्लिनिक").await, app.pending_hospital("Zen Hospital").await);
    let all = hms(&app, &["tenant", "list"]).await;
    assert_eq!(all.code, 0, "{}", all.err);
    let lines: Vec<&str> = all.out.lines().collect();
    assert!(lines.len() == 3 && lines[0].starts_with("ID ") && lines[0].ends_with("NAME"), "{}", all.out);
    let column = lines[0].find("STATUS").unwrap();
    assert!(
        lines[1].starts_with(&zen.id)
            && lines[1][column..].starts_with("PENDING")
            && lines[1].ends_with("Zen Hospital")
    );
    assert!(
        lines[2].starts_with(&asha.id)
            && lines[2][column..].starts_with("ACTIVE")
            && lines[2].ends_with("आशा क्लिनिक")
    );

    let waiting = hms(&app, &["tenant", "list", "--status", "pending", "--search", "zen", "--json"]).await;
    let waiting: Value = serde_json::from_str(&waiting.out).unwrap();
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["id"]), (1, &json!(zen.id)));
    assert_eq!(waiting[0]["schema_name"], Value::Null);

    let licence = format!("lic-{}", asha.email);
    for name in [asha.id.as_str(), &licence] {
        let shown = hms(&app, &["tenant", "show", name]).await;
        assert_eq!(shown.code, 0, "{}", shown.err);
        for part in [&asha.id, &asha.email, "ACTIVE", "India", "Asia/Kolkata", "INR"] {
            assert!(shown.out.contains(part), "{part} in {}", shown.out);
        }
        assert!(!shown.out.contains(&asha.schema));
    }
    for name in ["LIC-NOBODY", "01890a5d-ac96-774b-bcce-b302099a8057"] {
        let none = hms(&app, &["tenant", "show", name]).await;
        assert_eq!((none.code, none.out.as_str()), (1, ""));
        assert!(none.err.contains("This hospital was not found."), "{}", none.err);
    }
}

#[tokio::test]
async fn a_hospital_is_made_suspended_and_activated() {
    let app = TestApp::new().await;
    let create = ["tenant", "create", "--name", "مستشفى الأمل", "--license", "AM-1", "--email"];
    let made = hms(
        &app,
        &[
            &create[..],
            &[
                "Amal@example.org",
                "--admin-first-name",
                "Layla",
                "--time-zone",
                "Asia/Dubai",
                "--currency",
                "AED",
                "--activate",
            ],
        ]
        .concat(),
    )
    .await;
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(
        made.out.contains("مستشفى الأمل is ACTIVE now") && made.out.contains("amal@example.org"),
        "{}",
        made.out
    );
    let password = made.out.lines().find_map(|line| line.strip_prefix("temporary password ")).unwrap();
    let login = app
        .anonymous()
        .form("/api/v1/auth/login", &[("username", "amal@example.org"), ("password", password)])
        .await;
    assert_eq!((login.status, &login.json["must_change_password"]), (200, &json!(true)));

    let twice = hms(&app, &[&create[..], &["other@example.org"]].concat()).await;
    assert!(twice.code == 1 && twice.err.contains("licence"), "{}", twice.err);
    let wrong = hms(&app, &["tenant", "create", "--name", " ", "--license", "X", "--email", "nobody"]).await;
    assert!(
        wrong.code == 1 && wrong.err.contains("name: ") && wrong.err.contains("contact_email: "),
        "{}",
        wrong.err
    );
    assert_eq!(hms(&app, &["tenant", "create", "--name", "No licence"]).await.code, 2);
    assert_eq!(app.sql("select id from public.tenants").await.len(), 1, "what was refused left nothing");

    let stopped = hms(&app, &["tenant", "suspend", "AM-1", "--reason", "Unpaid"]).await;
    assert_eq!(
        (stopped.code, stopped.out.as_str()),
        (0, "مستشفى الأمل is SUSPENDED now\n"),
        "{}",
        stopped.err
    );
    let again = hms(&app, &["tenant", "suspend", "AM-1"]).await;
    assert!(again.code == 1 && again.err.contains("suspended already"), "{}", again.err);
    let back = hms(&app, &["tenant", "activate", "am-1"]).await;
    assert_eq!((back.code, back.out.as_str()), (0, "مستشفى الأمل is ACTIVE now\n"), "{}", back.err);
    let audit = app.audit().await;
    let row = audit.iter().find(|row| row["kind"] == "suspended").unwrap();
    assert_eq!((&row["action"], &row["actor_id"]), (&json!("hms tenant suspend"), &Value::Null));
    assert_eq!(row["detail"]["reason"], "Unpaid");
}

#[tokio::test]
async fn a_hospital_that_is_not_vouched_for_waits_for_its_link() {
    let app = TestApp::new().await;
    let mut variables = app.cli_env();
    variables.push(("PUBLIC_URL".to_owned(), "http://hms.test".to_owned()));
    let create = ["tenant", "create", "--name", "Asha", "--license", "A-1", "--email", "asha@example.org"];
    let made = run(&variables, &create).await;
    assert!(made.code == 0 && made.out.contains("Asha is PENDING now"), "{}{}", made.out, made.err);
    assert!(app.link_for("asha@example.org", "/verify").await.contains("token="));
}

#[tokio::test]
async fn migrate_says_where_everything_stands() {
    let app = TestApp::new().await;
    let status = hms(&app, &["migrate", "--status"]).await;
    assert_eq!(status.code, 0, "{}", status.err);
    let version = status.out.split("platform   version ").nth(1).and_then(|rest| rest.lines().next());
    let (is, of) = version.and_then(|version| version.split_once(" of ")).unwrap_or_default();
    assert!(!is.is_empty() && is == of && status.out.contains("0 schemas behind"), "{}", status.out);
}

#[tokio::test]
async fn configuration_is_shown_without_secrets_and_faults_are_told_by_name() {
    let app = TestApp::new().await;
    let mut variables = app.cli_env();
    let shown = run(&variables, &["config"]).await;
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("DATABASE_URL") && shown.out.contains("SECRET_KEY"));
    for (name, value) in &variables {
        let password = value.split_once("://").and_then(|(_, rest)| rest.split('@').next()?.split_once(':'));
        let secret = if name == "SECRET_KEY" { value } else { password.map_or(name.as_str(), |(_, p)| p) };
        assert!(
            secret == name || !(shown.out.contains(secret) || shown.err.contains(secret)),
            "{name} is told"
        );
    }
    variables.extend([("PORT".to_owned(), "99999".to_owned()), ("HMS_ENV".to_owned(), "moon".to_owned())]);
    let refused = run(&variables, &["tenant", "list"]).await;
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    assert!(
        refused.err.contains("PORT") && refused.err.contains("HMS_ENV"),
        "all faults at once: {}",
        refused.err
    );
    assert_eq!(run(&[], &["tenant", "fly"]).await.code, 2);
    assert_eq!(run(&[], &["tenant", "list", "--status", "GONE"]).await.code, 2);
}
