"""Sends HMS what its description allows and what it does not, by schemathesis, signed in as administrator and as operator.

A real `hms serve` with a PostgreSQL of its own in a folder that is removed afterwards. Finding anything makes it fail.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bench"))

import hospitals  # noqa: E402
from installation import SUPER_ADMIN, Broken, Installation  # noqa: E402

# What a request may be refused for although the description allows it is more than a schema can say (a day that is not
# in the future, a text without control characters): those are 422 and 409, but never "cannot be read".
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,positive_data_acceptance,unsupported_method,ignored_auth"
)
SPARE = 24  # people whose sessions may end, and whose hospitals make the files
CONFIG = """
hooks = "hooks.py"
continue-on-failure = true
request-timeout = 60.0
suppress-health-check = ["all"]
warnings = false

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422", "429"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429"]

# The contract's own 400s: a link, a password or a code that is wrong, a licence number, name or address that is taken, a
# hospital that is in that state already, a department or role that is in use, a limit below what is there, a status or department that is not known, a patient who has died, an empty picture. And a multipart form whose made-up names of fields break it.
[[operations]]
include-operation-id = [
    "auth.validate_reset_token", "signup.verify", "signup.verify_older", "auth.change_password", "auth.reset_password",
    "signup.register", "hospitals.activate", "hospitals.suspend", "pictures.give", "hospital.give_logo",
    "departments.create", "departments.update", "departments.remove", "roles.create", "roles.update", "roles.remove",
    "users.create", "users.update", "account.confirm_email", "hospitals.limits", "hospitals.reset_admin_password", "hospitals.reset_admin_mfa",
    "hospitals.restrict", "hospitals.lift", "account.ask_email", "operators.reset_password", "operators.invite", "operators.activate", "operators.deactivate", "operators.unlock",
    "auth.mfa_confirm", "auth.mfa_disable", "auth.mfa_recovery_codes",
    "appointments.list", "rooms.update", "appointments.create", "doctors.give_photo", "vitals.plan", "vitals.order_oxygen", "rooms.create", "vitals.record",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "412", "422", "429"]

[generation]
no-shrink = true
database = "none"
"""


def options():
    parser = argparse.ArgumentParser(prog="scripts/test --fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=1, help="go on in rounds of some thousand cases until there are so many (one round)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same cases again (as far as they do not depend on replies)")
    parser.add_argument("--only", help="one operation, by its id, for example patients.merge")
    parser.add_argument("--binary", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def people(home):
    """Hospitals with patients: the first is used, the others are spare, the last ones may be suspended."""
    hospitals.make(home, SPARE + 5)
    hospitals.fill(home, 12)
    home.sql("update public.tenants set max_patients = 1000000;")
    ids = dict(home.sql("select contact_email, id from public.tenants;"))
    email = lambda number: f"h{number}@bench.example"
    token = lambda who, password, number=0: json.loads(hospitals.call(
        home, "POST", "/api/v1/auth/login", f"username={who}&password={password}&grant_type=password",
        {"Content-Type": "application/x-www-form-urlencoded"}, hospitals.address_of(number))[2])["access_token"]
    person = lambda email, password, n=0: dict(email=email, password=password, token=token(email, password, n))
    spare = [person(email(n), hospitals.PASSWORD, n) for n in range(2, SPARE + 2)]
    victims = [ids[email(n)] for n in range(SPARE + 2, SPARE + 6)]
    world = dict(
        url=home.url, mail=str(home.home / "mail"), spare=spare, operator=person(*SUPER_ADMIN), hospitals=victims,
        protected=[id for id in ids.values() if id not in victims],
        patients=[f"01900000-0001-7000-8000-{n:012x}" for n in range(1, 13)],
    )
    return world, dict(administrator=token(email(1), hospitals.PASSWORD, 1), operator=world["operator"]["token"])


def run(chosen, home, world, folder, actor, phases, examples, seed):
    """One run of schemathesis: its report and what it printed."""
    answers, report = folder / "answers", folder / "report.json"
    answers.write_text("")
    report.unlink(missing_ok=True)
    (folder / "world.json").write_text(json.dumps(world | dict(actor=actor, seed=seed, answers=str(answers))))
    (folder / "schemathesis.toml").write_text(CONFIG)
    shutil.copy(HERE / "hooks.py", folder / "hooks.py")
    command = [
        pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", folder / "schemathesis.toml", "run", f"{home.url}/openapi.json", "--checks", CHECKS,
        "--phases", phases, "--max-examples", str(examples), "--seed", str(seed), "--report", "json", "--report-json-path", report, "--no-color",
    ]
    if chosen.only:
        command += ["--include-operation-id", chosen.only]
    environment = os.environ | {"HMS_FUZZ_WORLD": str(folder / "world.json"), "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    text = done.stdout + done.stderr
    if not report.exists():
        raise Broken(f"schemathesis did not run: {text[-4000:]}")
    found = json.loads(report.read_text())
    if home.process.poll() is not None:
        raise Broken(f"hms serve ended: {home.last_words()}")
    return found, text, collections.Counter(answers.read_text().splitlines())


def everything(chosen, home, folder):
    home.environment |= {"RUST_BACKTRACE": "1"}
    home.start(warm=SPARE + 5)
    world, tokens = people(home)
    say(f"{home.url} is ready; at least {chosen.cases} cases, seed {chosen.seed}")
    chosen.out.mkdir(parents=True, exist_ok=True)
    cases, failures, errors, answers, number = 0, [], [], collections.Counter(), 0
    while cases < chosen.cases:
        for actor, share in (("administrator", 1), ("operator", 4)):
            # The first round also sends each operation every value at the edge of what it may be; the later ones draw more.
            phases = "examples,coverage,fuzzing" if number == 0 else "fuzzing,stateful"
            found, text, seen = run(chosen, home, world | dict(token=tokens[actor]), folder, actor, phases, 40 // share, chosen.seed + number)
            (chosen.out / f"{number + 1}-{actor}.txt").write_text(text)
            cases += found["test_cases"]["generated"]
            failures += [failure | dict(actor=actor, round=number + 1) for failure in found["failures"]]
            errors += [error | dict(actor=actor, round=number + 1) for error in found["errors"]]
            answers += seen
            signed_in = hospitals.call(home, "GET", "/api/v1/auth/me", headers={"Authorization": f"Bearer {tokens[actor]}"})[0]
            if signed_in != 200:
                raise Broken(f"the {actor} is not signed in any more ({signed_in}): what came after says nothing")
            say(f"round {number + 1}, {actor}: {cases} cases so far; {len(found['failures'])} kinds of failures, {len(found['errors'])} errors")
        number += 1
    logged = (home.home / "hms.log").read_text(errors="replace").splitlines()
    faults = [line for line in logged if re.search(r'"level":"ERROR"|panic', line)]
    return report(chosen, cases, failures, errors, answers, faults)


def report(chosen, cases, failures, errors, answers, faults):
    by_status = collections.Counter()
    reached = collections.defaultdict(set)
    for line, count in answers.items():
        method, path, status = line.rsplit(" ", 2)
        by_status[status] += count
        reached[f"{method} {path}"].add(int(status))
    say("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(by_status.items())))
    # Calls with another method, which are refused, are part of it; they are no operations.
    reached = {name: statuses for name, statuses in reached.items() if statuses != {405}}
    never = sorted(name for name, statuses in reached.items() if min(statuses) > 299)
    say(f"{len(reached) - len(never)} of {len(reached)} operations with success" + (f"; never: {', '.join(never)}" if never else ""))
    for failure in failures:
        print(f"FOUND  {failure['title']} x {failure['count']} ({failure['actor']}, round {failure['round']}): {', '.join(failure['operations'])}")
    for error in errors:
        print(f"ERROR  {error['title']} x {error['count']} ({error['actor']}, round {error['round']})")
    for line in faults[:20]:
        print(f"LOGGED {line[:400]}")
    (chosen.out / "answers.json").write_text(json.dumps(answers, indent=1, sort_keys=True))
    say(f"{cases} cases, {len(failures)} findings, {len(errors)} errors, {len(faults)} faults in the log; details: {chosen.out}")
    return 1 if failures or errors or faults else 0


def main():
    chosen = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hms-fuzz-"))
    folder.chmod(0o711)
    code = 1
    try:
        code = everything(chosen, Installation(folder / "home", chosen.binary.absolute()), folder)
    except Broken as fault:
        print(f"BROKEN: {fault}", file=sys.stderr)
    except KeyboardInterrupt:
        code = 130
    finally:
        for home in list(Installation.running):
            home.stop()
        if code == 1 and (folder / "home/hms.log").exists():
            shutil.copy(folder / "home/hms.log", chosen.out / "hms.log")
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
