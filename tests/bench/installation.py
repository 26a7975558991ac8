"""One HMS with a PostgreSQL of its own, as an operator would run it in production, in a folder of its own."""

import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import time
import urllib.request

SUPER_ADMIN = ("boss@platform.example", "Correct-Horse-7-Staple")


class Broken(Exception):
    """Something does not work; a slow number is none of these."""


class Installation:
    """`start` and `stop` may be called again and again: data and secrets stay in `home`."""

    running = []

    def __init__(self, home: pathlib.Path, binary: pathlib.Path):
        self.home, self.binary = home, binary
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o711)  # PostgreSQL runs as another user when we are root
        secret = home / "bench.secret"
        if not secret.exists():
            secret.write_text(secrets.token_urlsafe(48))
        self.port = free_port()
        self.process = None
        self.environment = {
            "PATH": os.environ["PATH"],
            # All load comes from one address and few people.
            "RATE_LIMIT_PER_ADDRESS": "0",
            "RATE_LIMIT_PER_USER": "0",
            "HMS_HOME": str(home),
            "HMS_ENV": "production",
            # No phone signs the operator in here.
            "HMS_OPERATOR_MFA": "optional",
            "HMS_BIND": "127.0.0.1",
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "SECRET_KEY": secret.read_text(),
            "EMAIL_BACKEND": "file",
            # One reverse proxy in front, so that a thousand hospitals may come from as many addresses.
            "TRUST_PROXY": "1",
            # A long run must not end with expired tokens.
            "ACCESS_TOKEN_EXPIRE_MINUTES": "720",
            # One person of each hospital asks as much as a whole hospital would.
            "RATE_LIMIT_PER_ADDRESS": "0",
            "RATE_LIMIT_PER_USER": "0",
            # A screen that waits for its turn here is not one that somebody left.
            "IDLE_LOCK_MINUTES": "0",
            "SUPER_ADMIN_EMAIL": SUPER_ADMIN[0],
            "SUPER_ADMIN_PASSWORD": SUPER_ADMIN[1],
        }
        for name in ("HMS_LANES", "HMS_STATEMENTS", "HMS_PG_BIN", "LOG_LEVEL"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, warm: int = 5, **more):
        log = open(self.home / "hms.log", "ab")
        self.process = subprocess.Popen(
            [self.binary, "serve"],
            env=self.environment | {"HMS_WARM_SCHEMAS": str(warm)} | more,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches us alone; we stop it in order
        )
        Installation.running.append(self)
        until = time.monotonic() + 600
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise Broken(f"hms serve ended at once: {self.last_words()}")
            try:
                with urllib.request.urlopen(f"{self.url}/ready", timeout=2) as answer:
                    if b'"listener":true' in answer.read().replace(b" ", b""):
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise Broken(f"hms serve does not get ready: {self.last_words()}")

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(180)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        Installation.running.remove(self)

    def last_words(self):
        return "\n" + "\n".join((self.home / "hms.log").read_text(errors="replace").splitlines()[-8:])

    def command(self, *arguments, warm=5, binary=None, stdin=None):
        """Run another `hms` beside the server; it attaches to the same PostgreSQL."""
        done = subprocess.run(
            [binary or self.binary, *arguments],
            env=self.environment | {"HMS_WARM_SCHEMAS": str(warm)},
            input=stdin,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise Broken(f"hms {' '.join(arguments)} failed: {done.stderr[-2000:]}")
        return done.stdout

    def sql(self, text):
        """As superuser; rows come back as lists of texts."""
        out = self.command(
            "db", "psql", "-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", "set statement_timeout = 0", "-f", "-", stdin=text
        )
        return [line.split("\t") for line in out.splitlines() if line]

    @property
    def socket_folder(self):
        """Where PostgreSQL listens: its own pid file says it in line 5."""
        return (self.home / "postgres/data/postmaster.pid").read_text().splitlines()[4]

    @property
    def postmaster(self):
        return int((self.home / "postgres/data/postmaster.pid").read_text().splitlines()[0])

    @property
    def postgres_programs(self):
        return pathlib.Path(os.readlink(f"/proc/{self.postmaster}/exe")).parent

    def database_log(self):
        return max((self.home / "postgres/log").glob("*.log"), key=lambda file: file.stat().st_mtime)

    # ------------------------------------------------------------------ what it costs

    def cpu_seconds(self):
        """CPU used so far by hms and by all of PostgreSQL (backends that ended included)."""
        own = cpu_of(self.process.pid)
        database = sum(cpu_of(pid) for pid in children(self.postmaster)) + cpu_of(self.postmaster, ended=True)
        return own, database

    @property
    def proc(self):
        return pathlib.Path(f"/proc/{self.process.pid}")

    def memory_kb(self):
        """Of hms: now, and the most since it started."""
        status = (self.proc / "status").read_text()
        number = lambda name: int(re.search(rf"{name}:\s+(\d+)", status)[1])
        return number("VmRSS"), number("VmHWM")

    def backends_kb(self):
        """Private dirty memory of each connection that serves requests."""
        pids = self.sql("select pid from pg_stat_activity where usename = 'hms_app' and application_name = 'hms';")
        found = []
        for (pid,) in pids:
            try:
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            found.append(int(re.search(r"Private_Dirty:\s+(\d+)", rollup)[1]))
        return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid, ended=False):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(fields[i]) for i in ((11, 12, 13, 14) if ended else (11, 12))) / TICK


def children(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def busy_seconds():
    """CPU of the whole machine that was not idle."""
    user, nice, system, _idle, _wait, irq, soft, steal = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + soft) / TICK, steal / TICK
