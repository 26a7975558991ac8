//! Reading the environment: fallbacks, faults, secrets.

use std::collections::HashMap;

use secrecy::ExposeSecret;

use super::*;

const STRONG: &str = "kP3vX9-qLm7Ty2_Zr8WbN4sHd6JcF1gAe5Uo0iRx";

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
    let map: HashMap<String, String> =
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Config::read(move |name| map.get(name).cloned())
}

fn at_home<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [("HMS_HOME", "/tmp/hms")].iter().chain(pairs).copied().collect()
}

#[test]
fn an_empty_environment_is_a_working_development_setup() {
    let c = read(&[("HOME", "/home/asha"), ("PORT", " ")]).unwrap();
    assert_eq!((c.env, c.port, c.bind), (Environment::Development, 8000, LOOPBACK));
    assert_eq!(c.link("/verify-email?token=x"), "http://localhost:8000/verify-email?token=x");
    assert!(c.secret_key.is_none() && c.database_url.is_none() && c.warnings().is_empty());
    assert!(matches!(c.mail.backend, MailBackend::File));
    assert_eq!((c.lanes, c.warm_schemas, c.access_token_minutes, c.refresh_token_days), (8, 5, 60, 7));
    assert!(c.home.is_absolute());
    assert_eq!(c.files, c.home.join("files"));
    let elsewhere = read(&at_home(&[("FILE_STORAGE_ROOT", "/srv/hms-files")])).unwrap();
    assert_eq!(elsewhere.files, std::path::Path::new("/srv/hms-files"));
    assert!(read(&at_home(&[("FILE_STORAGE_ROOT", "files")])).unwrap().files.is_absolute());
}

#[test]
fn all_faults_come_at_once_and_name_their_variable() {
    let faults = read(&at_home(&[
        ("HMS_ENV", "staging"),
        ("PORT", "70000"),
        ("HMS_BIND", "everywhere"),
        ("PUBLIC_URL", "hms.example.org"),
        ("BACKEND_CORS_ORIGINS", "*"),
        ("DATABASE_URL", "postgresql+asyncpg://hms:Tiger9@db/hms"),
        ("HMS_LANES", "0"),
        ("EMAIL_BACKEND", "smtp"),
        ("SMTP_USERNAME", "mailer"),
        ("EMAIL_SANDBOX_MODE", "true"),
        ("SUPER_ADMIN_PASSWORD", "Tiger9"),
        ("LOG_LEVEL", "hms=loud"),
    ]))
    .unwrap_err();
    let text = faults.to_string();
    for name in [
        "HMS_ENV",
        "PORT",
        "HMS_BIND",
        "PUBLIC_URL",
        "BACKEND_CORS_ORIGINS",
        "DATABASE_URL",
        "HMS_LANES",
        "SMTP_HOST",
        "EMAIL_FROM",
        "SMTP_PASSWORD",
        "EMAIL_TEST_RECIPIENT",
        "SUPER_ADMIN_EMAIL",
        "LOG_LEVEL",
        "SECRET_KEY",
    ] {
        assert_eq!(
            text.lines().filter(|l| l.starts_with(&format!("{name}: "))).count(),
            1,
            "{name} in\n{text}"
        );
    }
    assert_eq!(faults.0.len(), 14, "{text}");
    assert!(!text.contains("Tiger9"));
}

#[test]
fn production_refuses_a_missing_short_or_known_secret() {
    for secret in ["", "short", "your-secret-key-change-me-in-production", &"ab".repeat(20)] {
        let faults = read(&at_home(&[("HMS_ENV", "production"), ("SECRET_KEY", secret)])).unwrap_err();
        assert_eq!(faults.0.len(), 1);
        assert_eq!(faults.0[0].name, "SECRET_KEY");
        let dev = read(&at_home(&[("SECRET_KEY", secret)])).unwrap();
        assert_eq!(dev.warnings().len(), usize::from(!secret.is_empty()));
    }
    let c = read(&at_home(&[("HMS_ENV", "production"), ("SECRET_KEY", STRONG)])).unwrap();
    assert_eq!(c.bind.to_string(), "0.0.0.0");
    assert_eq!(c.log_format, LogFormat::Json);
    assert_eq!(c.warnings().len(), 2, "public address and mail files: {:?}", c.warnings());
}

#[test]
fn limits_and_observers_are_read_and_their_faults_told() {
    let c = read(&at_home(&[])).unwrap();
    assert_eq!((c.edges.per_address, c.edges.per_user), (Some(6000), Some(600)));
    assert_eq!(c.edges.request_timeout.as_secs(), 30);
    assert!(c.observers.metrics_token.is_none() && c.observers.traces.is_none());
    let c = read(&at_home(&[
        ("RATE_LIMIT_PER_ADDRESS", "0"),
        ("METRICS_TOKEN", "0123456789abcdef"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example.org:4318/"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=Tiger9, x-team = ward"),
    ]))
    .unwrap();
    assert_eq!(c.edges.per_address, None, "0 is no limit");
    let traces = c.observers.traces.as_ref().unwrap();
    assert_eq!(traces.endpoint.as_str(), "https://collector.example.org:4318/v1/traces");
    let headers: Vec<_> = traces.headers.iter().map(|(n, v)| (n.as_str(), v.expose_secret())).collect();
    assert_eq!(headers, [("x-key", "Tiger9"), ("x-team", "ward")]);
    assert_eq!(traces.service, "hms");
    assert!(!format!("{c:?}").contains("Tiger9"));
    for (name, value) in [
        ("METRICS_TOKEN", "short"),
        ("METRICS_TOKEN", "with a space in it"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key"),
        ("REQUEST_TIMEOUT_SECONDS", "0"),
        ("RATE_LIMIT_PER_USER", "-1"),
    ] {
        let faults = read(&at_home(&[(name, value)])).unwrap_err();
        assert_eq!((faults.0.len(), faults.0[0].name), (1, name), "{value}: {faults}");
    }
    let https =
        [("HMS_ENV", "production"), ("SECRET_KEY", STRONG), ("PUBLIC_URL", "https://hms.example.org")];
    let proxied = |hops| read(&at_home(&[&https[..], &[("TRUST_PROXY", hops)]].concat())).unwrap();
    let warned = |c: Config| c.warnings().iter().any(|w| w.starts_with("TRUST_PROXY"));
    assert!(warned(proxied("0")) && !warned(proxied("1")));
}

#[test]
fn secrets_are_never_shown() {
    let c = read(&at_home(&[
        ("SECRET_KEY", STRONG),
        ("SECRET_KEY_PREVIOUS", "Zr8WbN4sHd6JcF1gAe5Uo0iRxkP3vX9-qLm7Ty2_"),
        ("DATABASE_URL", "postgres://hms:Tiger9@db/hms"),
        ("DATABASE_OWNER_URL", "postgres://own:Tiger9@db/hms"),
        ("SUPER_ADMIN_EMAIL", "Root@Example.org"),
        ("SUPER_ADMIN_PASSWORD", " Tiger9 "),
        ("EMAIL_BACKEND", "smtp"),
        ("EMAIL_FROM", "Clinic <a@b.org>"),
        ("SMTP_HOST", "mail.example.org"),
        ("SMTP_TLS", "tls"),
        ("SMTP_USERNAME", "mailer"),
        ("SMTP_PASSWORD", "Tiger9"),
        ("METRICS_TOKEN", "Tiger9-Tiger9-Tiger9"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Tiger9"),
    ]))
    .unwrap();
    let report: String =
        c.report().map(|(v, s)| format!("{}={} {}\n", v.name, s.value, s.is_default)).collect();
    for text in [format!("{c:?}"), report.clone()] {
        assert!(!text.contains("Tiger9") && !text.contains(STRONG) && !text.contains("Zr8WbN4s"), "{text}");
    }
    assert_eq!(report.lines().count(), VARIABLES.len(), "every variable is read exactly once");
    assert!(report.contains("SECRET_KEY=(set) false\n") && report.contains("SMTP_PORT=465 true\n"));
    let admin = c.super_admin.unwrap();
    assert_eq!((admin.email.as_str(), admin.password.expose_secret()), ("root@example.org", " Tiger9 "));
}

#[test]
fn origins_come_as_json_or_comma_list_and_in_browser_form() {
    for list in [
        r#"["http://localhost:5173/", "https://App.Example.org:443"]"#,
        "http://localhost:5173, https://app.example.org,",
    ] {
        let c = read(&at_home(&[("BACKEND_CORS_ORIGINS", list)])).unwrap();
        assert_eq!(c.cors_origins, ["http://localhost:5173", "https://app.example.org"]);
    }
    let c = read(&at_home(&[("PUBLIC_URL", "https://hms.example.org:443/")])).unwrap();
    assert_eq!(c.public_origin(), "https://hms.example.org");
}

#[test]
fn the_table_has_each_name_once_and_says_what_it_is_for() {
    let names: std::collections::BTreeSet<_> = VARIABLES.iter().map(|v| v.name).collect();
    assert_eq!(names.len(), VARIABLES.len());
    assert!(VARIABLES.iter().all(|v| !v.help.is_empty() && !v.help.contains('|')));
    let table = readme_table();
    assert_eq!(table.lines().count(), VARIABLES.len() + 2);
    assert!(table.contains("| `PORT` | `8000` | TCP port"));
}

#[test]
fn a_dot_env_file_is_read_and_its_faults_do_not_show_its_lines() {
    let path = std::env::temp_dir().join(format!("hms-env-{}", crate::kernel::ids::new_uuid()));
    assert!(dot_env(&path).unwrap().is_empty(), "no file, no values");
    std::fs::write(&path, "# comment\nPORT=9000\nexport EMAIL_FROM=\"Clinic <a@b.org>\"\n").unwrap();
    let file = dot_env(&path).unwrap();
    assert_eq!((file["PORT"].as_str(), file["EMAIL_FROM"].as_str()), ("9000", "Clinic <a@b.org>"));
    std::fs::write(&path, "SECRET_KEY Tiger9\n").unwrap();
    let fault = dot_env(&path).unwrap_err().to_string();
    assert!(fault.starts_with(".env: ") && !fault.contains("Tiger9"));
    std::fs::remove_file(path).unwrap();
}
