"""pgbench doing what `GET /patients/{id}` makes the database do, statement by statement as the log showed it."""

import os
import pathlib
import re
import subprocess
import tempfile

import hospitals
from installation import Broken, Installation

# pgbench takes 128 files; each of them may choose among several hospitals.
MAX_FILES = 120


def script(logged, schemas, patients, file):
    """One file for a few hospitals. Two flights as ours: context and query, then audit row and COMMIT."""
    # Before version 16, pgbench cannot prepare inside a pipeline: the first time, something stands before it.
    lines = [f"\\if :ready{file} = 0", "begin;", "commit;", f"\\set ready{file} 1", "\\endif", f"\\set n random(1, {patients})"]
    if len(schemas) > 1:
        lines.append(f"\\set t random(1, {len(schemas)})")
    for i, (number, schema, user) in enumerate(schemas):
        if len(schemas) > 1:
            lines.append(f"\\{'if' if i == 0 else 'elif'} :t = {i + 1}")
        lines.append("\\startpipeline")
        for text in logged:
            text = re.sub(r"\bt_[a-z0-9]{16}\b", schema, text)
            # It prepares without context, so the tables are named in full.
            text = re.sub(r"\b(from|into) (patients|audit_events)\b", rf"\1 {schema}.\2", text)
            if "insert into" in text:
                lines += ["\\endpipeline", "\\startpipeline"]
                text = audit_row(text, number, user)
            else:
                text = text.replace("$1", uuid(number))
            # One message for us; the extended protocol takes one statement at a time.
            lines += [part.strip() + ";" for part in text.split(";") if part.strip()]
        lines.append("\\endpipeline")
    if len(schemas) > 1:
        lines.append("\\endif")
    return "\n".join(lines) + "\n"


def uuid(number):
    return f"('01900000-{number:04x}-7000-8000-' || lpad(to_hex(:n::int), 12, '0'))::uuid"


def audit_row(text, number, user):
    values = {
        1: "gen_random_uuid()", 2: "now()", 3: f"'{user}'::uuid", 4: "'GET /api/v1/patients/{patient_id}'", 5: "'viewed'",
        6: "'patient'", 7: uuid(number), 8: "null::jsonb", 9: "'127.0.0.1'::inet", 10: "gen_random_uuid()::text",
    }
    return re.sub(r"\$(\d+)", lambda m: values[int(m[1])], text)


class SameTransaction:
    def __init__(self, installation: Installation, logged, count, patients):
        known = sorted((number, schema, user) for number, (schema, user) in hospitals.schemas(installation).items())[:count]
        per_file = -(-len(known) // MAX_FILES)
        self.installation, self.folder = installation, tempfile.TemporaryDirectory(prefix="hms-bench-sql-")
        for i in range(0, len(known), per_file):
            file = pathlib.Path(self.folder.name) / f"{i:04}.sql"
            file.write_text(script(logged, known[i : i + per_file], patients, i))
        self.files = sorted(pathlib.Path(self.folder.name).iterdir())
        # A role that may look into all these schemas while preparing; each transaction then takes the hospital's own.
        grants = "".join(f"grant {schema} to bench_prepares;" for _, schema, _ in known)
        installation.sql(f"drop role if exists bench_prepares; create role bench_prepares nologin inherit; {grants} grant bench_prepares to hms_app;")

    def run(self, warm, seconds, clients):
        """Transactions per second after `warm` seconds of preparing and of filling the backends' caches."""
        home = self.installation.home
        environment = os.environ | {
            "PGHOST": self.installation.socket_folder, "PGPORT": "5432", "PGUSER": "hms_app", "PGDATABASE": "hms",
            "PGPASSWORD": (home / "postgres/secrets/hms_app").read_text(), "PGAPPNAME": "pgbench", "PGOPTIONS": "-c role=bench_prepares",
        }
        program = self.installation.postgres_programs / "pgbench"
        command = [program, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-P", "1", "-T", str(warm + seconds)]
        for file in self.files:
            command += ["-f", str(file), "-D", f"ready{int(file.stem)}=0"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        rates = [float(m[1]) for m in re.finditer(r"progress: [\d.]+ s, ([\d.]+) tps", done.stderr)]
        if done.returncode != 0 or len(rates) < warm + 1:
            raise Broken(f"pgbench failed: {done.stderr[-1500:]}")
        if "ERROR" in done.stderr:
            raise Broken(f"pgbench failed: {done.stderr[:1500]}")
        measured = rates[warm:]
        return sum(measured) / len(measured)
