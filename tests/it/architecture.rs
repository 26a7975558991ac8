//! How the house is built, read from its source files: what may know of what, who may open which door.
//!
//! Each exception is listed with its reason, and a list that has an entry too many fails as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hms::modules::MODULES;

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

/// What a model may use besides `kernel`.
const MODELS_USE: &[(&str, &str, &str)] = &[
    ("src/clinic/appointments/model.rs", "clinic", "patients are seen by doctors, in departments and rooms"),
    (
        "src/clinic/appointments/model/typed.rs",
        "clinic",
        "a search finds patients, a period is days of a zone",
    ),
    ("src/clinic/availability/model.rs", "clinic", "hours are of doctors, in rooms, on weekdays"),
    ("src/clinic/doctors/model.rs", "clinic", "a doctor and a room are of a department"),
    ("src/clinic/leave/model.rs", "clinic", "an absence falls upon appointments"),
    ("src/clinic/slots/model.rs", "clinic", "free times are of doctors, within their hours"),
    ("src/clinic/audit/model.rs", "clinic", "what was looked at is a patient's record, and in which period"),
    ("src/clinic/chart/model.rs", "clinic", "an entry is a patient's, and a line of her text"),
    ("src/clinic/confidential/model.rs", "clinic", "what is opened is a patient's record"),
    ("src/clinic/consents/model.rs", "clinic", "the patient's answers are part of the patient"),
    ("src/clinic/duplicates/model.rs", "clinic", "who looks alike is a patient"),
    (
        "src/clinic/encounters/model.rs",
        "clinic",
        "who is met is a patient, in a department, for an appointment",
    ),
    ("src/clinic/notes/model.rs", "clinic", "what is written is about a patient's encounter"),
    ("src/clinic/diagnoses/model.rs", "clinic", "what is found is a patient's, in an encounter"),
    ("src/clinic/history/model.rs", "clinic", "what changed is a patient"),
    ("src/clinic/care/model.rs", "clinic", "who is cared for are patients, by people and departments"),
    ("src/clinic/merges/model.rs", "clinic", "what is merged are patients"),
    ("src/clinic/merges/model/doubts.rs", "clinic", "how long one birth may take is a rule of patients"),
    (
        "src/clinic/printing/model.rs",
        "clinic",
        "what is printed is of a patient, or the token of an appointment",
    ),
    ("src/clinic/queue/model.rs", "clinic", "who waits has an appointment with a doctor of a department"),
    ("src/clinic/newborns/model.rs", "clinic", "mother and child are patients"),
    ("src/clinic/staff/model.rs", "clinic", "a person has a department and roles"),
    ("src/clinic/unidentified/model.rs", "clinic", "an age as it looks is a patient's birth"),
    ("src/clinic/vitals/model.rs", "clinic", "a set is of a patient, and of an appointment"),
    ("src/clinic/escalations/model.rs", "clinic", "an alarm is of a patient's set of vital signs"),
    ("src/platform/audit/model.rs", "clinic", "a period is days of a zone, as in a hospital's lists"),
    ("src/platform/hospitals/model.rs", "identity", "a hospital's standing is what the gate asks for"),
    ("src/platform/sessions/model.rs", "identity", "a hospital's standing is what the gate asks for"),
    ("src/platform/signup/model.rs", "identity", "the rules of a password"),
];

/// Who may write on both sides in one transaction.
const BRIDGE: &[(&str, &str)] = &[
    (
        "src/platform/account/mod.rs",
        "the address that signs in is the platform's, and in the person's profile",
    ),
    ("src/platform/signup/mod.rs", "a hospital and its schema begin together"),
    ("src/clinic/staff/domain/joining.rs", "a hospital and its administrator begin together"),
    ("src/clinic/staff/domain/office.rs", "a person's sign-in is the platform's, the profile the hospital's"),
    (
        "src/clinic/audit/domain/attempts.rs",
        "failed sign-ins are the platform's, the names of those people the hospital's",
    ),
    ("src/demo/hospital.rs", "a demo hospital and its people begin together"),
    ("src/clinic/care/mod.rs", "the hospital's choice is announced to every instance"),
    (
        "src/clinic/confidential/domain/alerts.rs",
        "the opening is the hospital's, the mail about it the platform's",
    ),
    (
        "src/clinic/profile/mod.rs",
        "a hospital's row is the platform's, its hours and holidays the hospital's",
    ),
];

/// Who may act for somebody who is not signed in.
const PUBLIC: &[(&str, &str)] = &[
    ("src/platform/account/api.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/account/mod.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/account/pages.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/gallery/pages.rs", "development: every component"),
    ("src/platform/lock/mod.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/lock/pages.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/messages/pages.rs", "development: mail that was not sent"),
    ("src/platform/mfa/api.rs", "the code that is owed after the password"),
    ("src/platform/mfa/mod.rs", "the code that is owed after the password"),
    ("src/platform/mfa/pages.rs", "the code that is owed after the password"),
    ("src/platform/sessions/api.rs", "signing in, refreshing, choosing a password by link"),
    ("src/platform/sessions/domain/failures.rs", "a failed sign-in is of somebody unknown"),
    ("src/platform/sessions/domain/links.rs", "choosing a password by link"),
    ("src/platform/sessions/domain/passwords.rs", "a password is asked again, as at the sign-in"),
    ("src/platform/sessions/domain/resets.rs", "whoever forgot a password cannot sign in"),
    ("src/platform/sessions/mod.rs", "signing in, refreshing"),
    ("src/platform/sessions/pages.rs", "signing in and out, choosing a password by link"),
    ("src/platform/sessions/pages/forgot.rs", "whoever forgot a password cannot sign in"),
    ("src/platform/sessions/store.rs", "address and program of a new session, a failed sign-in"),
    ("src/platform/signup/api.rs", "a newcomer has no account yet"),
    ("src/platform/signup/mod.rs", "a newcomer has no account yet"),
    ("src/platform/signup/pages.rs", "a newcomer has no account yet"),
];

/// Who may act without a person.
const SYSTEM: &[(&str, &str)] = &[
    ("src/cli/backup.rs", "a command of the operator at the machine"),
    ("src/cli/operator.rs", "commands of the operator at the machine"),
    ("src/cli/tenant.rs", "commands of the operator at the machine"),
    ("src/cli/tenant/limits.rs", "a command of the operator at the machine"),
    ("src/cli/tenant/recount.rs", "a command of the operator at the machine"),
    ("src/clinic/appointments/housekeeping.rs", "a job"),
    ("src/clinic/audit/domain/export.rs", "a file is read in pieces while it is sent to who was let in"),
    ("src/clinic/confidential/domain/alerts.rs", "a job"),
    ("src/clinic/escalations/housekeeping.rs", "a job"),
    ("src/clinic/doctors/domain/photo.rs", "a job"),
    ("src/clinic/pictures/housekeeping.rs", "a job"),
    ("src/clinic/profile/domain/logo.rs", "a job"),
    ("src/demo/reset.rs", "a job, and a command of the operator at the machine"),
    ("src/clinic/staff/domain/in_step.rs", "a job"),
    ("src/platform/audit/domain/export.rs", "a file is read in pieces while it is sent to who was let in"),
    ("src/platform/demo/mod.rs", "a job, and a command of the operator at the machine"),
    ("src/platform/hospitals/domain/limits.rs", "a job"),
    ("src/platform/hospitals/domain/measuring.rs", "a job, and a command of the operator at the machine"),
    ("src/platform/housekeeping.rs", "a job"),
    ("src/platform/messages/mod.rs", "a job"),
    ("src/platform/mfa/housekeeping.rs", "a job"),
    ("src/platform/operators/mod.rs", "the first super-admin is made by a command"),
    ("src/platform/sessions/domain/resets.rs", "a job"),
    ("src/platform/signup/mod.rs", "a job"),
    ("src/server.rs", "GET /ready asks the database"),
    ("src/server/metrics.rs", "GET /metrics counts mails and jobs"),
];

/// What a session may still do while its screen is locked.
const EVEN_LOCKED: &[(&str, &str)] = &[
    ("src/platform/account/pages/confirm.rs", "the link in a mail leads to the sign-in first"),
    ("src/platform/lock/pages.rs", "the lock itself"),
    ("src/platform/sessions/pages.rs", "signing out"),
];

/// Routes without a description, so outside of the authorization sweep.
const BARE_ROUTES: &[(&str, &str)] = &[
    ("/api/v1/auth/health", "the contract's second name of /health"),
    ("/api/v1/tenants/health", "the contract's third name of /health"),
    ("/assets/{file}", "style sheets and scripts, the same for everybody"),
    ("/docs", "reads /openapi.json"),
    ("/docs/errors", "what refusals mean, the same for everybody"),
    ("/metrics", "for the machine that watches; by token, or from this machine only"),
    ("/health", "says only that the process lives"),
    ("/openapi.json", "the description itself"),
    ("/ready", "for the machine that sends traffic here; names safeguards, no data"),
    ("/redoc", "reads /openapi.json"),
];

/// Types that are put into a page unescaped without being templates themselves.
const SAFE_WITHOUT_TEMPLATE: &[(&str, &str)] = &[];

/// Where SQL may be sent without a typed statement.
const RAW_SQL: [&str; 3] = ["src/db/", "src/access/", "src/demo/"];

// ------------------------------------------------------------------------------- reading it

/// One Rust file of `src`.
pub struct Source {
    /// `src/clinic/patients/store.rs`
    pub path: String,
    /// Without comments and test modules.
    pub code: String,
}

impl Source {
    /// `hms::clinic::patients::store`
    pub fn module(&self) -> String {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        match path {
            "lib" | "main" => "hms".to_owned(),
            _ => format!("hms::{}", path.replace('/', "::")),
        }
    }

    /// `platform/signup` for a capability's file.
    fn capability(&self) -> Option<String> {
        let module = self.module();
        let parts: Vec<&str> = module.split("::").collect();
        (parts.len() > 2 && ["platform", "clinic"].contains(&parts[1]))
            .then(|| format!("{}/{}", parts[1], parts[2]))
    }

    /// Paths from the crate's root that it names, `super` followed: `clinic::patients::Patient`.
    fn uses(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let own: Vec<String> = self.module().split("::").skip(1).map(str::to_owned).collect();
        for (at, _) in self.code.match_indices("crate::") {
            if !self.code[..at].ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric()) {
                tree(&self.code[at + "crate::".len()..], &mut Vec::new(), &mut found);
            }
        }
        for (at, _) in self.code.match_indices("super::") {
            if self.code[..at].ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric()) {
                continue;
            }
            let mut rest = &self.code[at..];
            let mut here = own.clone();
            while let Some(more) = rest.strip_prefix("super::") {
                here.pop();
                rest = more;
            }
            tree(rest, &mut here, &mut found);
        }
        // `use crate::{clinic, platform}` and then `clinic::staff::…`
        for side in ["platform", "clinic"] {
            if found.contains(side) {
                for (at, _) in self.code.match_indices(&format!("{side}::")) {
                    if !self.code[..at].ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric()) {
                        tree(&self.code[at..], &mut Vec::new(), &mut found);
                    }
                }
            }
        }
        found
    }
}

/// Read `a::b::{c, d::e}` into full paths; where the reading ended.
fn tree<'a>(text: &'a str, before: &mut Vec<String>, found: &mut BTreeSet<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let next = tree(rest, before, found).trim_start();
            let next = match next.strip_prefix("as ") {
                Some(renamed) => {
                    renamed.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric()).trim_start()
                }
                None => next,
            };
            rest = next.strip_prefix(',').unwrap_or(next);
            if next == text {
                return next;
            }
        }
    }
    let end = text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        let rest = rest.strip_prefix('*').unwrap_or(rest);
        found.insert(before.join("::"));
        // Never stand still: the caller goes on behind whatever this is.
        return if rest.len() == text.len() { rest.get(1..).unwrap_or_default() } else { rest };
    }
    before.push(name.to_owned());
    let rest = match rest.strip_prefix("::") {
        Some(more) if !more.starts_with('<') => tree(more, before, found),
        _ => {
            found.insert(before.join("::"));
            rest
        }
    };
    before.pop();
    rest
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below `folder` whose name ends so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn below_root(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()
}

/// The product's Rust files, tests left out.
pub fn sources() -> Vec<Source> {
    let files = files("src", ".rs").into_iter().filter(|path| {
        let path = below_root(path);
        !path.ends_with("/tests.rs") && !path.contains("/tests/")
    });
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            Source { code: code_of(&text), path: below_root(&path) }
        })
        .collect()
}

/// Without whole-line comments and without the test module at the end.
fn code_of(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.fold(String::new(), |all, line| all + line + "\n")
}

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
