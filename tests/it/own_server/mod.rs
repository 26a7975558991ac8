//! The program with a database server of its own, as an operator runs it: started, started again, joined by a second one,
//! killed, and told to use what cannot be used. As root and as an ordinary user.

mod kills;
mod left;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::Value;

use crate::harness::pg_bin;

/// Neither root nor the user that root's server runs as.
const ORDINARY: u32 = 65534;
const SOON: Duration = Duration::from_secs(60);

/// A folder for one test, and as whom `hms` runs in it.
struct Home {
    path: PathBuf,
    /// Not as ourselves.
    user: Option<u32>,
}

impl Home {
    fn new(user: Option<u32>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("hms-own-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        if let Some(user) = user {
            chown(&path, Some(user), Some(user)).unwrap();
        }
        Self { path, user }
    }

    /// One as ourselves, and one as an ordinary user if we are root.
    fn of_each() -> Vec<Self> {
        let users = if geteuid().is_root() { vec![None, Some(ORDINARY)] } else { vec![None] };
        users.into_iter().map(Self::new).collect()
    }

    fn postgres(&self) -> PathBuf {
        self.path.join("postgres")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).env_clear().current_dir("/").stdin(Stdio::null());
        command.envs([("HMS_HOME", self.path.as_os_str()), ("LOG_LEVEL", "warn".as_ref())]);
        command.envs([("HMS_WARM_SCHEMAS", "0"), ("HMS_LANES", "2"), ("NO_COLOR", "1")]);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(pg_bin().map(|bin| ("HMS_PG_BIN", bin)));
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn serve(&self) -> Hms {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = self.path.with_extension(format!("{port}.log"));
        let mut command = self.command(&["serve"]);
        command.env("PORT", port.to_string()).stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap());
        Hms { child: command.spawn().unwrap(), port, log }
    }

    /// The number of the PostgreSQL process, if one says that it runs.
    fn server(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.postgres().join("data/postmaster.pid")).ok()?;
        let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?)?;
        Path::new(&format!("/proc/{}", pid.as_raw_nonzero())).exists().then_some(pid)
    }

    fn kill_server(&self) -> Pid {
        let server = self.server().unwrap();
        kill_process(server, Signal::KILL).unwrap();
        server
    }

    /// The hospitals that are there, by name.
    fn hospitals(&self) -> Vec<String> {
        let listed = self.run(&["tenant", "list", "--json"]);
        assert!(listed.status.success(), "{}", text(&listed.stderr));
        let rows: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
        let mut names: Vec<String> =
            rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    /// Something that touches the database and does little.
    fn status(&self) -> Output {
        self.run(&["migrate", "--status"])
    }

    /// Refused with one line that holds these words.
    #[track_caller]
    fn refuses(&self, words: &[&str]) {
        one_line(&self.status(), words);
    }

    #[track_caller]
    fn works(&self) {
        let ran = self.status();
        assert!(ran.status.success(), "{}", text(&ran.stderr));
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn one_line(ran: &Output, words: &[&str]) {
    let said = text(&ran.stderr);
    assert_eq!((ran.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with("hms: "), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert_eq!(
        said.matches("os error").count(),
        said.matches("(os error").count().min(1),
        "told twice: {said}"
    );
}

/// The built program, where an ordinary user may execute it: the folder it was built in may be closed to them.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let built = Path::new(env!("CARGO_BIN_EXE_hms"));
        let open = |folder: &Path| fs::metadata(folder).is_ok_and(|m| m.permissions().mode() & 0o1 == 1);
        if built.ancestors().all(open) {
            return built.to_owned();
        }
        // Below a name that the next run of the tests removes.
        let folder = std::env::temp_dir().join(format!("hms-it-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.join("hms");
        if fs::hard_link(built, &copy).is_err() {
            fs::copy(built, &copy).unwrap();
        }
        copy
    })
}

/// `hms serve`, killed with the test.
struct Hms {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Hms {
    fn request(&self, request: &str) -> std::io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(SOON))?;
        stream.write_all(request.as_bytes())?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let status = reply.get(9..12).and_then(|code| code.parse().ok());
        Ok((status.ok_or_else(|| std::io::Error::other("no reply"))?, reply))
    }

    fn ready(&self) -> bool {
        let asked = self.request("GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        asked.is_ok_and(|(status, _)| status == 200)
    }

    #[track_caller]
    fn wait_until_ready(&mut self) {
        let log = self.log.clone();
        until("it is ready", &log, || {
            assert_eq!(self.child.try_wait().unwrap(), None, "{}", fs::read_to_string(&log).unwrap());
            self.ready()
        });
    }

    /// A hospital signs up, and is told to try again for as long as the database is away; the acknowledgement is what
    /// a person relies on.
    #[track_caller]
    fn sign_up(&self, name: &str) {
        let body = serde_json::json!({
            "name": name, "contact_email": format!("{name}@example.org"), "license_number": name,
            "admin_first_name": "Asha", "admin_password": crate::harness::PASSWORD,
        })
        .to_string();
        let request = format!(
            "POST /api/v1/tenants/register HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        until("the sign-up is taken", &self.log, || {
            let (status, reply) = self.request(&request).unwrap();
            assert!(matches!(status, 201 | 503), "{reply}\n{}", fs::read_to_string(&self.log).unwrap());
            status == 201
        });
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Hms {
    fn drop(&mut self) {
        // Its server ends with it, and needs the folder until then.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let end = Instant::now() + SOON;
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) && Instant::now() < end {
            sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.log);
    }
}

#[track_caller]
fn until(what: &str, log: &Path, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < end, "not: {what}\n{}", fs::read_to_string(log).unwrap_or_default());
        sleep(Duration::from_millis(20));
    }
}
