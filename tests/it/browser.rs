//! The product as people see it: the built `hms` serves on its own database, as `scripts/run` starts it, and Chromium
//! goes through `tests/browser/journey.mjs`, where the steps are.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::harness::watch;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");
const PACKAGES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// What it says, in its home.
const LOG: &str = "serve.log";
/// With its own PostgreSQL made from nothing, in a debug build, on a machine that does other things too.
const START: Duration = Duration::from_secs(120);
/// Several times what it takes on two idle cores.
const JOURNEY: Duration = Duration::from_secs(1500);

#[test]
fn people_go_through_hms_in_a_browser() {
    let browser = BROWSERS.into_iter().find_map(on_path).unwrap_or_else(|| missing("chromium"));
    let node = on_path("node").unwrap_or_else(|| missing("nodejs"));
    let packages = install();
    let hms = Hms::start();

    let mut journey = Command::new(node);
    journey.arg(Path::new(SOURCES).join("journey.mjs"));
    journey.args([&hms.origin, &hms.operator.0, &hms.operator.1]).arg(browser).args(shots());
    let done = run(journey.current_dir(packages), JOURNEY);

    let said = String::from_utf8_lossy(&done.stdout);
    let complained = String::from_utf8_lossy(&done.stderr);
    let told = hms.trouble();
    assert!(done.status.success(), "the journey failed ({}):\n{complained}{said}{told}", done.status);
    print!("{said}");
    hms.named_nobody();
}

/// A test does not pass by not running.
pub fn missing(package: &str) -> ! {
    panic!("this test needs {package}: run `scripts/setup test`, or install that package")
}

pub fn on_path(command: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(command)).find(|file| file.is_file())
}

/// Where pictures go, if they are wanted: `scripts/test --shots`.
fn shots() -> Option<PathBuf> {
    std::env::var_os("HMS_TEST_SHOTS").filter(|wanted| wanted == "1")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/shots");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

/// The packages of `tests/browser`, fetched once for each lock file.
fn install() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    let same = |name: &&str| fs::read(Path::new(SOURCES).join(name)).ok() == fs::read(place.join(name)).ok();
    if PACKAGES.iter().all(same) && place.join("installed").is_file() {
        return place;
    }
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    for name in PACKAGES {
        fs::copy(Path::new(SOURCES).join(name), place.join(name)).unwrap();
    }
    let npm = on_path("npm").unwrap_or_else(|| missing("npm"));
    let mut ci = Command::new(npm);
    let done = ci.args(["ci", "--ignore-scripts", "--loglevel=error"]).current_dir(&place).output().unwrap();
    assert!(
        done.status.success(),
        "npm ci failed for tests/browser; it needs the npm registry once:\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
    fs::write(place.join("installed"), "").unwrap();
    place
}

/// Run to the end, or end it when it takes too long.
fn run(command: &mut Command, limit: Duration) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (id, begun) = (child.id(), Instant::now());
    let waiting = std::thread::spawn(move || child.wait_with_output().unwrap());
    while !waiting.is_finished() {
        if begun.elapsed() > limit {
            terminate(id);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    waiting.join().unwrap()
}

fn terminate(id: u32) {
    let pid = rustix::process::Pid::from_raw(id.try_into().unwrap()).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
}

/// The built program, serving in a home of its own.
struct Hms {
    child: Child,
    home: PathBuf,
    origin: String,
    /// E-mail address and password of the super-admin that a first start makes.
    operator: (String, String),
}

impl Hms {
    fn start() -> Self {
        let home = std::env::temp_dir().join(format!("hms-browser-{}", std::process::id()));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::create_dir_all(&home).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hms"));
        command.arg("serve").env_clear().current_dir(&home);
        command.envs(
            ["PATH", "HMS_PG_BIN"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))),
        );
        command.env("HMS_HOME", home.join("home")).env("PORT", port.to_string()).env("LOG_LEVEL", "trace");
        // A script is quicker than people.
        command.env("RATE_LIMIT_PER_ADDRESS", "0").env("RATE_LIMIT_PER_USER", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(home.join(LOG)).unwrap());
        let child = command.spawn().unwrap();
        let mut hms = Self { child, home, origin: String::new(), operator: (String::new(), String::new()) };
        hms.wait_until_it_serves();
        hms
    }

    /// It greets when it serves: with its address, and the first super-admin's password.
    fn wait_until_it_serves(&mut self) {
        let mut lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let (send, receive) = std::sync::mpsc::channel();
        // Goes on reading to the end, so that the program never waits for us.
        std::thread::spawn(move || {
            while let Some(Ok(line)) = lines.next() {
                let _ = send.send(line);
            }
        });
        let end = Instant::now() + START;
        while self.operator.1.is_empty() {
            let Ok(line) = receive.recv_timeout(end.saturating_duration_since(Instant::now())) else {
                panic!("hms serve did not start:\n{}", fs::read_to_string(self.home.join(LOG)).unwrap());
            };
            if let Some(origin) = line.strip_prefix("HMS is running at ") {
                origin.clone_into(&mut self.origin);
            }
            if line.trim_start().starts_with("platform console") {
                let words: Vec<&str> = line.split_whitespace().rev().take(2).collect();
                self.operator = (words[1].to_owned(), words[0].to_owned());
            }
        }
    }

    /// Nothing that the journey typed about people is in the log.
    fn named_nobody(&self) {
        let scripts = fs::read_dir(SOURCES).unwrap().map(|entry| entry.unwrap().path());
        for script in scripts.filter(|path| path.extension().is_some_and(|ending| ending == "mjs")) {
            watch::note_script(&fs::read_to_string(script).unwrap());
        }
        for line in fs::read_to_string(self.home.join(LOG)).unwrap().lines() {
            assert_eq!(watch::leak(line), None, "was typed about a person and is in the log: {line}");
        }
    }

    /// What it logged as a fault of its own.
    fn trouble(&self) -> String {
        let log = fs::read_to_string(self.home.join(LOG)).unwrap();
        log.lines().filter(|line| line.contains("ERROR")).map(|line| format!("{line}\n")).collect()
    }
}

impl Drop for Hms {
    fn drop(&mut self) {
        // Its database stops with it.
        terminate(self.child.id());
        let end = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if Instant::now() > end {
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = fs::remove_dir_all(&self.home);
    }
}
