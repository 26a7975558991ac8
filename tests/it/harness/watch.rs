//! The log of the whole suite, written to a file and read as it is written: a line that holds anything that a test
//! typed about a person ends the run.
//!
//! The harness notes what it sends ([`note`]); HMS logs as loudly as it can be told to (LOG_LEVEL=trace).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, OnceLock, PoisonError, RwLock};

use hms::modules::MODULES;
use hms::observe::logs;
use serde_json::Value;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Fields about people, by a part of their name.
const PERSONAL: [&str; 14] = [
    "name",
    "phone",
    "mobile",
    "email",
    "contact",
    "address",
    "city",
    "note",
    "reason",
    "search",
    "national",
    "passport",
    "substance",
    "user",
];

/// Words of our own that a test may type as well.
const OURS: [&str; 12] = [
    "GET",
    "POST",
    "PATCH",
    "DELETE",
    "PUT",
    "TRACE",
    "DEBUG",
    "INFO",
    "WARN",
    "ERROR",
    "PostgreSQL",
    "NULL",
];

static NOTED: RwLock<Noted> = RwLock::new(Noted { words: BTreeSet::new(), numbers: BTreeSet::new() });

/// What was typed about people.
struct Noted {
    words: BTreeSet<String>,
    /// Digits only.
    numbers: BTreeSet<String>,
}

/// Where the log of this run lies.
pub fn place() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("it.log")
}

/// Begin to watch; once for the process.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let file = Mutex::new(File::create(place()).unwrap());
        let log = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(move || {
                Watched(file.lock().unwrap_or_else(PoisonError::into_inner).try_clone().unwrap())
            })
            .with_filter(logs::level("trace"))
            .with_filter(filter_fn(logs::speaks));
        // To see what HMS says while a test runs: HMS_TEST_LOG=warn cargo test …
        let shown = std::env::var("HMS_TEST_LOG").ok().map(|filter| {
            tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(EnvFilter::new(filter))
        });
        tracing_subscriber::registry().with(log).with(shown).init();
    });
}

/// A line at a time.
struct Watched(File);

impl Write for Watched {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if let Some(found) = leak(&text) {
            // Past the capture of the test's output, and past the test: it may be another one's request.
            let said = format!("\n\n{found:?} was typed about a person and is in the log:\n{text}\n");
            let _ = std::io::stderr().write_all(said.as_bytes());
            std::process::exit(101);
        }
        self.0.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// A field of a request that a test sends.
pub fn note(field: &str, text: &str) {
    let field = field.to_lowercase();
    if !PERSONAL.iter().any(|part| field.contains(part)) {
        return;
    }
    let mut noted = NOTED.write().unwrap_or_else(PoisonError::into_inner);
    noted.words.extend(words(text).filter(|word| is_telling(word)).map(str::to_owned));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    // As it is typed, and without a country's code.
    for from in [0, 1, 2, 3] {
        if digits.len() >= from + 7 && digits.len() < 20 {
            noted.numbers.insert(digits[from..].to_owned());
        }
    }
}

/// All fields of a body.
pub fn note_all(body: &Value) {
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) => note(name, text),
                    Value::Array(items) => {
                        items.iter().filter_map(Value::as_str).for_each(|text| note(name, text))
                    }
                    _ => {}
                }
                note_all(value);
            }
        }
        Value::Array(items) => items.iter().for_each(note_all),
        _ => {}
    }
}

/// The query of an address.
pub fn note_query(path: &str) {
    let Some((_, query)) = path.split_once('?') else { return };
    for (name, value) in serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_default() {
        note(&name, &value);
    }
}

/// What a script of the browser fills into fields: `getByLabel("First name").fill("Joseph")`.
pub fn note_script(script: &str) {
    for rest in script.split("getByLabel(\"").skip(1) {
        let Some((label, rest)) = rest.split_once('"') else { continue };
        let line = rest.lines().next().unwrap_or_default();
        if let Some((text, _)) = line.split_once(".fill(\"").and_then(|(_, text)| text.split_once('"')) {
            note(label, text);
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Could not be in the log for another reason: a name begins with a capital, or is in a script that we do not log in.
fn is_telling(word: &str) -> bool {
    static STATEMENTS: OnceLock<BTreeSet<&str>> = OnceLock::new();
    let statements = STATEMENTS.get_or_init(|| {
        let all = MODULES.iter().flat_map(|module| module.statements.iter().copied().flatten());
        all.flat_map(|statement| words(statement.name)).collect()
    });
    let length = word.chars().count();
    let first = word.chars().next().unwrap_or(' ');
    let is_name = first.is_uppercase() && length >= 3 && word.chars().any(char::is_alphabetic);
    (is_name || !first.is_ascii() && length >= 2) && !OURS.contains(&word) && !statements.contains(word)
}

/// What of the noted things, or what e-mail address, is in this line.
pub fn leak(line: &str) -> Option<String> {
    let noted = NOTED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(word) = words(line).find(|word| noted.words.contains(*word)) {
        return Some(word.to_owned());
    }
    let address = line.split(|c: char| c.is_whitespace() || "\"'<>(),=".contains(c)).find(|part| {
        part.split_once('@').is_some_and(|(who, at)| !who.is_empty() && at.contains('.') && !at.contains('/'))
    });
    if let Some(address) = address {
        return Some(address.to_owned());
    }
    // Ids are full of digits.
    let parts = line.split([' ', '=', '"']).filter(|part| part.parse::<uuid::Uuid>().is_err());
    let line = parts.collect::<Vec<_>>().join(" ");
    // `+91 98220-12345` is one number.
    let mut runs = vec![String::new()];
    for c in line.chars() {
        match c {
            '0'..='9' => runs.last_mut().unwrap().push(c),
            ' ' | '-' | '(' | ')' => {}
            _ => runs.push(String::new()),
        }
    }
    let of =
        |run: &String| (0..=run.len().saturating_sub(7)).map(|at| run[at..].to_owned()).collect::<Vec<_>>();
    runs.iter().filter(|run| run.len() >= 7).flat_map(of).find(|end| noted.numbers.contains(end))
}
