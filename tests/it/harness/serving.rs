//! The built `hms serve` beside a test, on the test's database.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::TestApp;

/// A debug build on a machine that does other things too.
const START: Duration = Duration::from_secs(60);

pub struct Serving {
    child: Child,
    pub address: SocketAddr,
    log: PathBuf,
}

impl Serving {
    /// Start it with these variables, and wait until it greets.
    pub async fn start(app: &TestApp, variables: &[(&str, &str)]) -> Self {
        let mut all = app.cli_env();
        all.push(("PATH".into(), std::env::var("PATH").unwrap_or_default()));
        all.extend(
            ["RATE_LIMIT_PER_ADDRESS", "RATE_LIMIT_PER_USER"].map(|name| (name.to_owned(), "0".to_owned())),
        );
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        tokio::task::spawn_blocking(move || Self::run(all)).await.unwrap()
    }

    fn run(mut variables: Vec<(String, String)>) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        variables.push(("PORT".into(), free.port().to_string()));
        let log =
            std::env::temp_dir().join(format!("hms-serving-{}-{}.log", std::process::id(), free.port()));
        let mut child = Command::new(env!("CARGO_BIN_EXE_hms"))
            .arg("serve")
            .env_clear()
            .envs(variables)
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let this = Self { child, address: free, log };
        let (send, greeted) = std::sync::mpsc::channel();
        // Reads to the end, so that the program never waits for us.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        let end = Instant::now() + START;
        loop {
            match greeted.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) if line.starts_with("HMS is running at ") => return this,
                Ok(_) => {}
                Err(_) => panic!("hms serve did not start:\n{}", this.log()),
            }
        }
    }

    /// What it said on standard error so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Send this text on a connection of its own; all that comes back until it is closed.
    pub async fn exchange(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        everything(&mut stream).await
    }

    /// A request without a body.
    pub async fn get(&self, path: &str, token: Option<&str>) -> String {
        let bearer = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        self.exchange(&format!("GET {path} HTTP/1.1\r\nHost: hms\r\n{bearer}Connection: close\r\n\r\n")).await
    }

    /// As an operator or a scheduler stops it.
    pub fn terminate(&self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        let _ = kill_process(pid, Signal::TERM);
    }

    /// Wait for its end, twenty seconds at most.
    pub async fn ended(&mut self) -> ExitStatus {
        for _ in 0..1000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("hms serve does not end:\n{}", self.log());
    }
}

/// Until the other side closes; twenty seconds are more than any test needs.
pub async fn everything(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut all)).await;
    let text = String::from_utf8_lossy(&all).into_owned();
    // A connection may also be reset: that is an end too.
    assert!(read.is_ok(), "the connection stays open; so far: {text:?}");
    text
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.terminate();
        let end = Instant::now() + Duration::from_secs(10);
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if Instant::now() > end {
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = fs::remove_file(&self.log);
    }
}
