//! What HMS is delivered with: every variable that the deployment files name is one that HMS reads, what production
//! needs is there, and the guide for operators names commands that exist.

use std::collections::BTreeSet;

use hms::config::VARIABLES;

use crate::cli::run;

fn file(name: &str) -> String {
    std::fs::read_to_string(crate::architecture::root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn known() -> BTreeSet<&'static str> {
    VARIABLES.iter().map(|variable| variable.name).collect()
}

/// Without comments.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with('#'))
}

fn is_variable(name: &str) -> bool {
    name.len() > 2 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Names of the variables that render.yaml sets.
fn render() -> BTreeSet<String> {
    let text = file("render.yaml");
    lines(&text).filter_map(|line| line.trim().strip_prefix("- key: ")).map(str::to_owned).collect()
}

/// The part of a compose file below `name:` at this indentation.
fn block<'a>(text: &'a str, indent: &str, name: &str) -> Vec<&'a str> {
    let mut all = lines(text).skip_while(|line| !line.starts_with(&format!("{indent}{name}:")));
    all.next().unwrap_or_else(|| panic!("no {name}"));
    let deeper = format!("{indent} ");
    all.take_while(|line| line.is_empty() || line.starts_with(&deeper)).collect()
}

/// Names that a block of `NAME: value` lines sets.
fn set_in(block: &[&str]) -> BTreeSet<String> {
    let names = block.iter().filter_map(|line| line.trim().split_once(':'));
    names.map(|(name, _)| name.to_owned()).filter(|name| is_variable(name)).collect()
}

/// Names between `${` and `}`, `:?` or `:-`.
fn taken_from_env(text: &str) -> BTreeSet<String> {
    let parts = text.split("${").skip(1);
    parts.map(|rest| rest.split([':', '}']).next().unwrap_or_default().to_owned()).collect()
}

fn unknown(names: &BTreeSet<String>) -> Vec<&String> {
    names.iter().filter(|name| !known().contains(name.as_str())).collect()
}

#[test]
fn deployment_files_name_only_variables_that_hms_reads() {
    let render = render();
    assert!(render.len() > 5 && unknown(&render).is_empty(), "render.yaml: {:?}", unknown(&render));

    let compose = file("docker-compose.yml");
    let services = block(&compose, "", "services").join("\n");
    let migrate = block(&services, "  ", "migrate").join("\n");
    let hms = set_in(&block(&migrate, "    ", "environment"));
    assert!(hms.len() > 5 && unknown(&hms).is_empty(), "docker-compose.yml: {:?}", unknown(&hms));
    assert!(
        block(&services, "  ", "hms").contains(&"    environment: *hms"),
        "both run with the same variables"
    );

    let docker = file("Dockerfile");
    let set = lines(&docker).filter_map(|line| line.strip_prefix("ENV ")).flat_map(str::split_whitespace);
    let docker: BTreeSet<String> =
        set.filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.to_owned()).collect();
    assert!(docker.contains("HMS_ENV") && unknown(&docker).is_empty(), "Dockerfile: {:?}", unknown(&docker));

    // What production refuses to start without, or would quietly lose data without.
    for (name, given) in [("render.yaml", &render), ("docker-compose.yml", &hms)] {
        for needed in ["DATABASE_URL", "SECRET_KEY", "PUBLIC_URL", "FILE_STORAGE_ROOT", "TRUST_PROXY"] {
            assert!(given.contains(needed), "{name} lacks {needed}");
        }
    }
}

#[test]
fn the_example_of_secrets_is_what_the_compose_file_and_the_script_ask_for() {
    let example = file("deploy/env.example");
    let offered: BTreeSet<String> =
        lines(&example).filter_map(|line| line.split_once('=')).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(taken_from_env(&file("docker-compose.yml")), offered);
    let script = file("deploy/database.sh");
    for name in ["HMS_OWNER_PASSWORD", "HMS_APP_PASSWORD"] {
        assert!(script.contains(&format!("${name}")) && offered.contains(name), "{name}");
    }
    // No secret has a value here, or a fallback there.
    for variable in VARIABLES.iter().filter(|variable| variable.secret) {
        assert!(!example.lines().any(|line| {
            line.strip_prefix(variable.name)
                .and_then(|rest| rest.strip_prefix('='))
                .is_some_and(|v| !v.is_empty())
        }));
    }
}

/// Every `hms …` of the guide, by its words.
fn commands(text: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("hms ") {
        if !text[..at].ends_with(['`', '\n', ' ', '"', '(']) {
            continue;
        }
        let line = text[at + 4..].split(['\n', '`', ';', '"', ')', ',']).next().unwrap_or_default();
        let words: Vec<String> = line
            .split(' ')
            .take_while(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
            .take(2)
            .map(str::to_owned)
            .collect();
        let is = |word: &str| words.first().is_some_and(|first| first == word);
        if ["serve", "migrate", "setup", "tenant", "backup", "restore", "config", "db", "openapi"]
            .iter()
            .any(|c| is(c))
        {
            found.insert(words);
        }
    }
    found
}

#[tokio::test]
async fn commands_of_the_guide_exist() {
    let guide = file("OPERATIONS.md");
    let commands = commands(&guide);
    assert!(commands.len() > 10, "{commands:?}");
    for words in commands {
        let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = run(&[], &arguments).await;
        assert_eq!(help.code, 0, "hms {arguments:?}: {}", help.err);
    }
    let variables = guide.split('`').skip(1).step_by(2);
    let named: BTreeSet<String> = variables
        .filter_map(|code| code.split(['=', ' ']).next())
        .filter(|name| is_variable(name) && name.contains('_'))
        .map(str::to_owned)
        .collect();
    let ours: Vec<_> = unknown(&named)
        .into_iter()
        .filter(|name| {
            !["HMS_OWNER_PASSWORD", "HMS_APP_PASSWORD", "POSTGRES_PASSWORD"].contains(&name.as_str())
        })
        .collect();
    assert!(named.len() > 5 && ours.is_empty(), "OPERATIONS.md names {ours:?}");
}

#[test]
fn metrics_of_the_guide_are_measured() {
    let guide = file("OPERATIONS.md");
    let rows = guide.lines().filter(|line| line.starts_with("| `hms_"));
    let named: BTreeSet<&str> = rows
        .flat_map(|row| row.split('`'))
        .filter(|word| word.starts_with("hms_") && is_word(word))
        .collect();
    assert!(named.len() > 5, "{named:?}");
    let code: String = crate::architecture::sources().into_iter().map(|source| source.code).collect();
    let unknown: Vec<_> = named.iter().filter(|name| !code.contains(&format!("\"{name}\""))).collect();
    assert!(unknown.is_empty(), "OPERATIONS.md names {unknown:?}");
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}
