//! How the house is built, read from its source files: what may know of what, who may open which door.
//!
//! Each exception is listed with its reason, and a list that has an entry too many fails as well.

mod listed;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use hms::modules::MODULES;
use listed::{
    BARE_ROUTES, BRIDGE, EVEN_LOCKED, MODELS_USE, PUBLIC, RAW_SQL, SAFE_WITHOUT_TEMPLATE, SYSTEM, TOLD_BEFORE,
};
use reading::{Source, below_root, files};
pub use reading::{root, sources};

/// Layers from the ground up. A file uses only its own and those below.
const LAYERS: [&[&str]; 14] = [
    &["kernel"],
    &["config"],
    &["observe"],
    &["db"],
    &["mail", "paper", "files"],
    &["identity"],
    &["app"],
    &["web"],
    &["access"],
    &["platform", "clinic"],
    &["demo"],
    &["modules", "jobs"],
    &["server"],
    &["cli"],
];

/// File and what it uses from above.
const UPWARD: &[(&str, &str, &str)] =
    &[("src/app.rs", "web", "the side bars' entries are data that the frame of every page reads")];

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&name))
}

/// A redirect that reports an act without words would report nothing.
#[test]
fn each_act_that_a_redirect_reports_has_its_words() {
    let sources = sources();
    let words = &sources.iter().find(|source| source.path == "src/access/frame.rs").unwrap().code;
    let mut reported = 0;
    for source in &sources {
        for (at, mark) in source.code.match_indices("?done=") {
            let rest = source.code[at + mark.len()..].chars();
            let code: String = rest.take_while(|c| c.is_ascii_lowercase() || "_-".contains(*c)).collect();
            // A variable, or what the sign-in page says itself.
            if code.is_empty() || code == "signed-out" {
                continue;
            }
            let has_words = words.contains(&format!("(\"{code}\", "));
            assert!(
                has_words,
                "{} reports {code}: it needs a line of DONE in src/access/frame.rs",
                source.path
            );
            reported += 1;
        }
    }
    assert!(reported > 15, "{reported}");
}

/// The list must be exactly what was found.
fn same(what: &str, found: BTreeSet<String>, listed: &[(&str, &str)]) {
    let listed: BTreeSet<String> = listed.iter().map(|(name, _)| (*name).to_owned()).collect();
    let more: Vec<_> = found.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&found).collect();
    assert!(more.is_empty(), "{what}, and not listed with a reason: {more:?}");
    assert!(stale.is_empty(), "{what}: listed without need: {stale:?}");
}

// ------------------------------------------------------------------------------- who knows whom

#[test]
fn the_reader_of_paths_reads_paths() {
    let code = "use crate::web::{Json, layout::{Badge as B, Kind}, *};\nfn f() -> crate::kernel::AppError { super::store::find() }\n\
                use crate::{clinic, ids};\nclinic::staff::join(); $crate::db::x; not_crate::y";
    let source = Source { path: "src/platform/signup/api.rs".into(), code: code.into() };
    let uses: Vec<String> = source.uses().into_iter().collect();
    let wanted = [
        "clinic",
        "clinic::staff::join",
        "ids",
        "kernel::AppError",
        "platform::signup::store::find",
        "web",
        "web::Json",
        "web::layout::Badge",
        "web::layout::Kind",
    ];
    assert_eq!(uses, wanted);
}

#[test]
fn a_layer_uses_only_what_lies_below() {
    let mut upward = BTreeSet::new();
    for file in sources() {
        let module = file.module();
        let Some(own) = module.split("::").nth(1).and_then(layer) else {
            assert!(
                ["src/lib.rs", "src/main.rs"].contains(&file.path.as_str()),
                "{} is in no layer",
                file.path
            );
            continue;
        };
        for used in file.uses() {
            let name = used.split("::").next().unwrap_or_default();
            if layer(name).is_some_and(|other| other > own) {
                upward.insert(format!("{} uses {name}", file.path));
            }
        }
    }
    let listed: BTreeSet<String> =
        UPWARD.iter().map(|(file, used, _)| format!("{file} uses {used}")).collect();
    assert_eq!(upward, listed);
}

/// Folder of each capability with its place in the registry.
fn registry() -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    for side in ["platform", "clinic"] {
        for entry in std::fs::read_dir(root().join("src").join(side)).unwrap() {
            let name = entry.unwrap().file_name().to_str().unwrap().trim_end_matches(".rs").to_owned();
            if name == "mod" {
                continue;
            }
            let place = MODULES.iter().position(|module| module.name == name);
            let place = place.unwrap_or_else(|| panic!("src/{side}/{name} is not in MODULES"));
            places.insert(format!("{side}/{name}"), place);
        }
    }
    assert_eq!(places.len() + 1, MODULES.len(), "every capability but the gate has a folder");
    places
}

#[test]
fn a_capability_uses_only_those_above_it_in_the_registry() {
    let places = registry();
    for file in sources() {
        let Some(own) = file.capability() else { continue };
        for used in file.uses() {
            let parts: Vec<&str> = used.split("::").collect();
            let [side @ ("platform" | "clinic"), name, ..] = parts[..] else { continue };
            let other = format!("{side}/{name}");
            let place = places.get(&other).unwrap_or_else(|| panic!("{} uses {used}", file.path));
            assert!(*place <= places[&own], "{} uses {used}, which comes after it in MODULES", file.path);
            assert!(other == own || !used.contains("::store::"), "{} uses {used}", file.path);
        }
    }
}

#[test]
fn inside_a_capability_sql_and_http_do_not_meet() {
    let mut models = BTreeSet::new();
    for file in sources() {
        let Some(capability) = file.capability() else { continue };
        let part = file.path.split('/').nth(3).unwrap_or_default().trim_end_matches(".rs");
        let store = format!("{}::store", capability.replace('/', "::"));
        let uses = file.uses();
        let uses_of =
            |prefix: &str| uses.iter().any(|u| u == prefix || u.starts_with(&format!("{prefix}::")));
        if !["mod", "store", "", "housekeeping", "domain"].contains(&part) {
            assert!(
                !uses_of(&store) && !file.code.contains("store::"),
                "{} goes past the domain to SQL",
                file.path
            );
            assert!(!file.code.contains("statements!"), "{} holds SQL", file.path);
        }
        if part == "store" {
            assert!(!uses_of("web") && !file.code.contains("axum::"), "{} knows HTTP", file.path);
        }
        if part == "model" {
            for used in &uses {
                let layer_name = used.split("::").next().unwrap_or_default();
                if layer(layer_name).is_some()
                    && layer_name != "kernel"
                    && !used.starts_with(&capability.replace('/', "::"))
                {
                    models.insert((file.path.clone(), layer_name.to_owned()));
                }
            }
            for word in ["axum::", "tokio_postgres", "askama", "async fn"] {
                assert!(!file.code.contains(word), "{} is not pure: {word}", file.path);
            }
        }
    }
    let listed: BTreeSet<(String, String)> =
        MODELS_USE.iter().map(|(file, used, _)| ((*file).to_owned(), (*used).to_owned())).collect();
    assert_eq!(models, listed, "what models use besides kernel");
}

#[test]
fn the_doors_without_a_person_are_listed() {
    let using = |names: &[&str]| -> BTreeSet<String> {
        let outside = sources().into_iter().filter(|file| !file.path.starts_with("src/access/"));
        outside
            .filter(|file| {
                let uses = file.uses();
                names.iter().any(|name| {
                    uses.contains(&format!("access::{name}"))
                        || file.code.contains(&format!("access::{name}("))
                })
            })
            .map(|file| file.path)
            .collect()
    };
    same("writes on both sides at once", using(&["Bridge"]), BRIDGE);
    same("acts for nobody in particular", using(&["Public"]), PUBLIC);
    same("works while the screen is locked", using(&["EvenLocked", "MaybeSignedIn"]), EVEN_LOCKED);
    same("acts without a person", using(&["system_platform", "system_tenant", "SystemTx"]), SYSTEM);
    same("asks who is there without the gate", using(&["authenticate"]), &[]);
}

#[test]
fn every_commit_has_a_row_of_the_audit_but_for_these() {
    let outside = sources().into_iter().filter(|file| !file.path.starts_with("src/access/"));
    let silent = outside.filter(|file| file.code.contains("told_before()")).map(|file| file.path).collect();
    same("commits without a row of the audit", silent, TOLD_BEFORE);
}

#[test]
fn sql_goes_through_typed_statements() {
    for file in sources() {
        if RAW_SQL.iter().any(|folder| file.path.starts_with(folder)) {
            continue;
        }
        for word in [
            "batch_execute",
            "simple_query",
            "query_raw",
            "query_typed",
            ".lanes.checkout",
            "deadpool_postgres::Client",
        ] {
            assert!(!file.code.contains(word), "{} sends SQL past the gate: {word}", file.path);
        }
    }
}

#[test]
fn every_route_is_described_or_listed() {
    let mut bare = BTreeSet::new();
    for file in sources() {
        for (at, _) in file.code.match_indices(".route(") {
            let path = file.code[at..].split('"').nth(1).unwrap_or_default();
            bare.insert(path.to_owned());
        }
        for word in [".route_service(", ".nest_service(", ".fallback_service("] {
            assert!(!file.code.contains(word), "{}: {word}", file.path);
        }
    }
    same("answers without a description", bare, BARE_ROUTES);
}

// ------------------------------------------------------------------------------- habits

#[test]
fn every_file_says_what_it_is_for() {
    for path in files("src", ".rs").iter().chain(&files("tests/it", ".rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        let first = text.lines().next().unwrap_or_default();
        let says = first.strip_prefix("//! ").is_some_and(|says| !says.trim().is_empty());
        assert!(says || path.ends_with("src/main.rs"), "{} begins with {first:?}", below_root(path));
    }
}

#[test]
fn files_stay_short() {
    for path in files("src", ".rs") {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines: split it by what it is about", below_root(&path));
    }
}

#[test]
fn nothing_is_waved_through() {
    for file in sources() {
        for word in [
            "#[allow",
            "#![allow",
            "todo!(",
            "unimplemented!(",
            "dbg!(",
            ".unwrap()",
            "println!(\"debug",
            "FIXME",
        ] {
            assert!(!file.code.contains(word), "{}: {word}", file.path);
        }
        let reads_environment =
            ["env::var", "env::vars", "env::var_os", "dotenvy"].iter().any(|w| file.code.contains(w));
        assert!(
            !reads_environment || file.path.starts_with("src/config/"),
            "{} reads the environment",
            file.path
        );
        for (at, _) in file.code.match_indices("#[expect(") {
            assert!(
                file.code[at..].split(")]").next().unwrap().contains("reason = \""),
                "{}: why?",
                file.path
            );
        }
    }
}

#[test]
fn pages_hold_no_script_and_no_style_of_their_own() {
    let pages = files("src", ".html").into_iter().filter(|path| !below_root(path).starts_with("src/mail/"));
    for path in pages {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = below_root(&path);
        assert!(!text.contains(" style=") && !text.contains("<style"), "{name} styles inline");
        assert!(
            !text.contains("javascript:") && !text.contains("|safe") && !text.contains("| safe"),
            "{name}"
        );
        assert!(!text.contains("hx-on") && !text.contains("hx-vals='js"), "{name}: script in an attribute");
        for tag in text.split("<script").skip(1) {
            let (head, body) = tag.split_once('>').unwrap();
            assert!(head.contains("src=\"{{") && body.starts_with("</script>"), "{name}: an inline script");
        }
        for word in text.split_whitespace() {
            let handler = word
                .strip_prefix("on")
                .and_then(|rest| rest.split_once("=\""))
                .is_some_and(|(event, _)| !event.is_empty() && event.chars().all(|c| c.is_ascii_lowercase()));
            assert!(!handler, "{name}: {word}");
        }
    }
}

#[test]
fn what_is_put_into_pages_unescaped_is_a_template() {
    let mut unproven = BTreeSet::new();
    for file in sources() {
        // The icons are ours.
        let marks = ["filters::Safe", "MaybeSafe", " Safe("].iter().any(|word| file.code.contains(word));
        assert!(!marks || file.path == "src/web/layout/filters.rs", "{} marks text as safe", file.path);
        for impl_of in file.code.split("impl HtmlSafe for ").skip(1) {
            let name = impl_of.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let declared = file.code.split(&format!("struct {name}")).next().unwrap_or_default();
            let attributes = declared.rsplit("\n\n").next().unwrap_or_default();
            if !attributes.contains("Template") {
                unproven.insert(name.to_owned());
            }
        }
    }
    same("goes into pages unescaped and is no template", unproven, SAFE_WITHOUT_TEMPLATE);
}

#[test]
fn hospital_tables_stay_within_what_pooling_and_sharding_allow() {
    for path in files("tenant_migrations", ".sql") {
        let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
        let sql: String = text
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n");
        for word in [
            "create type",
            "create trigger",
            "inherits",
            "notify",
            "public.",
            "create extension",
            "security definer",
        ] {
            assert!(!sql.contains(word), "{}: {word}", below_root(&path));
        }
        for (at, _) in sql.match_indices(" check (") {
            let line = sql[..at].rsplit('\n').next().unwrap();
            assert!(line.contains("constraint "), "{}: a check without a name: {line}", below_root(&path));
        }
    }
}

#[test]
fn the_readme_tells_the_configuration_as_it_is() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let table = hms::config::readme_table();
    for line in table.lines() {
        assert!(readme.contains(line), "README.md lacks: {line}");
    }
    assert!(readme.contains(&table), "the table in README.md has other lines between its own");
}
