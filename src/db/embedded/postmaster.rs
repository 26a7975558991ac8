//! One server process: its command line, its pid file, its start and its end.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use super::cluster::{Cluster, PORT, last_lines};
use super::error::{EmbeddedError, at};

const TICK: Duration = Duration::from_millis(5);
/// Recovery after a crash replays the log first: minutes, on a slow disk.
const READY_WITHIN: Duration = Duration::from_secs(300);
/// Children of a killed server hold its memory until they notice; meanwhile a new one refuses to start.
const MEMORY_FREE_WITHIN: Duration = Duration::from_secs(10);
/// How to end a server, from polite to hard: fast shutdown, immediate shutdown, kill. Data survives all three.
const ENDINGS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(60)),
    (Signal::QUIT, Duration::from_secs(10)),
    (Signal::KILL, Duration::from_secs(10)),
];

/// A server that this thread started.
#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
    started: Instant,
}

impl Postmaster {
    /// Clear away what an earlier run left, then start and wait until connections are taken.
    pub(super) fn start(cluster: &Cluster) -> Result<Postmaster, EmbeddedError> {
        let begun = Instant::now();
        loop {
            let mut postmaster = Postmaster::spawn(cluster)?;
            match postmaster.wait_until_ready(cluster) {
                Err(EmbeddedError::StartFailed { log })
                    if log.contains("pre-existing shared memory block")
                        && begun.elapsed() < MEMORY_FREE_WITHIN =>
                {
                    sleep(20 * TICK);
                }
                result => return result.map(|()| postmaster),
            }
        }
    }

    /// The first half of [`Postmaster::start`]: it may not take connections yet.
    pub(super) fn spawn(cluster: &Cluster) -> Result<Postmaster, EmbeddedError> {
        cluster.make_folders()?;
        clear_leftovers(cluster)?;
        let path = cluster.start_log();
        let open = || OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&path);
        let log: File = open().map_err(at(&path))?;
        let program = cluster.binaries.dir.join("postgres");
        let mut command = cluster.account.command(&program);
        command
            .arg("-D")
            .arg(&cluster.data)
            .args(settings(cluster))
            .stdout(log.try_clone().map_err(at(&path))?);
        let child = command.stderr(log).spawn().map_err(|why| EmbeddedError::Run { program, why })?;
        Ok(Postmaster { child, started: Instant::now() })
    }

    fn wait_until_ready(&mut self, cluster: &Cluster) -> Result<(), EmbeddedError> {
        let pid = Pid::from_child(&self.child);
        loop {
            if PidFile::read(&cluster.data).is_some_and(|file| file.ready && file.pid == pid) {
                return Ok(());
            }
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return Err(EmbeddedError::StartFailed { log: self.last_words(cluster) });
            }
            if self.started.elapsed() > READY_WITHIN {
                let (seconds, log) = (READY_WITHIN.as_secs(), self.last_words(cluster));
                self.stop();
                return Err(EmbeddedError::StartSlow { seconds, log });
            }
            sleep(TICK);
        }
    }

    /// How it ended, or nothing while it runs.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    pub(super) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// The last lines it wrote: before its log was open, and in its log.
    pub(super) fn last_words(&self, cluster: &Cluster) -> String {
        // A file's time comes from a coarser clock than ours.
        let begun = SystemTime::now().checked_sub(self.age() + Duration::from_millis(50));
        let entries = fs::read_dir(cluster.log_dir()).into_iter().flatten().flatten();
        let modified =
            entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())));
        let newest = modified.filter(|(time, _)| Some(*time) >= begun).max();
        let files = [Some(cluster.start_log()), newest.map(|(_, path)| path)];
        let said: String =
            files.into_iter().flatten().filter_map(|file| fs::read_to_string(file).ok()).collect();
        last_lines(&said)
    }

    /// Fast shutdown: sessions are cut, a checkpoint is written.
    pub(super) fn stop(&mut self) {
        let pid = Pid::from_child(&self.child);
        end(pid, || matches!(self.child.try_wait(), Ok(None)));
    }
}

/// Whether a server of this home runs and takes connections, whoever started it.
pub(super) fn is_serving(cluster: &Cluster) -> bool {
    PidFile::read(&cluster.data).is_some_and(|file| file.ready && is_server_of(file.pid, &cluster.data))
}

/// Signal until `runs` says no. False if even SIGKILL does not help.
fn end(pid: Pid, mut runs: impl FnMut() -> bool) -> bool {
    ENDINGS.iter().any(|(signal, patience)| {
        // An error means that it is gone already, which `runs` sees.
        let _ = kill_process(pid, *signal);
        let asked = Instant::now();
        while runs() && asked.elapsed() < *patience {
            sleep(TICK);
        }
        !runs()
    })
}

/// End the server of an owner that was killed, and remove the files of one that was killed itself. The caller
/// holds the owner's lock, so nobody else can be starting one.
fn clear_leftovers(cluster: &Cluster) -> Result<(), EmbeddedError> {
    if let Some(PidFile { pid, .. }) = PidFile::read(&cluster.data)
        && is_server_of(pid, &cluster.data)
        && !end(pid, || is_server_of(pid, &cluster.data))
    {
        return Err(EmbeddedError::OrphanStays { pid: pid.as_raw_nonzero().get() });
    }
    // The server would remove these itself, but only if the process number in them is free: it may be in use again,
    // or be a zombie that nobody reaps (a container without init). That no server is alive is known from above; were
    // we wrong, a new one still refuses to start while the old one's shared memory is in use.
    let socket = cluster.socket_dir.join(format!(".s.PGSQL.{PORT}"));
    let socket_lock = cluster.socket_dir.join(format!(".s.PGSQL.{PORT}.lock"));
    for file in [cluster.data.join("postmaster.pid"), socket, socket_lock] {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&file)(error)),
            _ => {}
        }
    }
    Ok(())
}

/// A process of that number may be anything; a server is called so and works in its data folder.
fn is_server_of(pid: Pid, data: &Path) -> bool {
    let process = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
    let same_folder = match (fs::metadata(process.join("cwd")), fs::metadata(data)) {
        (Ok(cwd), Ok(data)) => (cwd.dev(), cwd.ino()) == (data.dev(), data.ino()),
        _ => false,
    };
    let command_line = fs::read(process.join("cmdline")).unwrap_or_default();
    let program = command_line.split(|byte| *byte == 0).next().unwrap_or_default();
    same_folder && (program.ends_with(b"postgres") || program.ends_with(b"postmaster"))
}

/// The server's own pid file: line 1 is the process, line 8 its state (`pg_ctl -w` reads the same).
struct PidFile {
    pid: Pid,
    ready: bool,
}

impl PidFile {
    fn read(data: &Path) -> Option<PidFile> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = Pid::from_raw(lines.next()?.trim().parse().ok().filter(|pid| *pid > 0)?)?;
        Some(PidFile { pid, ready: lines.nth(6).is_some_and(|state| state.trim() == "ready") })
    }
}

/// `-c name=value` for everything that must hold, whatever `postgresql.conf` says.
fn settings(cluster: &Cluster) -> Vec<OsString> {
    // The value is a list; quotes keep a comma or a blank in the path from splitting it.
    let socket_dirs = format!("\"{}\"", cluster.socket_dir.display().to_string().replace('"', "\"\""));
    let log_dir = cluster.log_dir().display().to_string();
    let (port, max_connections) = (PORT.to_string(), cluster.options.max_connections.to_string());
    let fixed = [
        ("listen_addresses", ""),
        ("port", &port),
        ("unix_socket_directories", &socket_dirs),
        ("max_connections", &max_connections),
        // Dropping one hospital's schema takes about 700 locks.
        ("max_locks_per_transaction", "256"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        // A file per weekday, emptied when its day comes round.
        ("logging_collector", "on"),
        ("log_directory", &log_dir),
        ("log_filename", "postgresql-%a.log"),
        ("log_file_mode", "0600"),
        ("log_rotation_age", "1d"),
        ("log_rotation_size", "0"),
        ("log_truncate_on_rotation", "on"),
        // The log must not hold what patients told us. A statement's error message can quote a value ("invalid input
        // syntax for type date: …"), so errors go to the client only, which logs their code; the server's own
        // events (start, crash, recovery, refused logins) are LOG and FATAL, which rank above ERROR.
        ("log_min_messages", "log"),
        ("log_min_error_statement", "panic"),
        ("log_error_verbosity", "terse"),
        ("log_statement", "none"),
        ("log_min_duration_statement", "-1"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
    ];
    let extra = cluster.options.extra.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all = fixed.into_iter().chain(extra);
    all.flat_map(|(name, value)| ["-c".into(), format!("{name}={value}").into()]).collect()
}
