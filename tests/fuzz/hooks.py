"""What schemathesis needs to know of HMS: who asks, ids that are there, and that `default` documents no status.

Loaded by schemathesis (SCHEMATHESIS_HOOKS); main.py wrote what it needs into the file that HMS_FUZZ_WORLD names.
"""

import json
import os
import pathlib
import random
import re
import string

import requests
import schemathesis

WORLD = json.loads(pathlib.Path(os.environ["HMS_FUZZ_WORLD"]).read_text())
REAL = 0.7  # share of the ids that are replaced by those of something that is there
PASSWORDS = [WORLD["spare"][0]["password"], "Another-Horse-8"]
KEPT = 40  # ids that are remembered of each kind: the newest, so that what was merged or closed makes room

chance = random.Random(WORLD["seed"])
# Of each kind: (path parameters that lead there, id). What replies tell comes on top.
known = {"patient_id": [({}, id) for id in WORLD["patients"]], "id": [({}, id) for id in WORLD["hospitals"]]}
FIXED = {kind: list(ids) for kind, ids in known.items()}
KINDS = {"allergies": "allergy_id", "conditions": "condition_id", "merge": "merge_id"}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Every operation has a `default` for faults; a status that is not listed by its number counts as undocumented."""
    for item in raw_schema["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.get("responses", {}).pop("default", None)


@schemathesis.auth(refresh_interval=None)
class Token:
    """The actor's token. What ends a session gets one of its own, files are asked for by the spare people in turn."""

    def get(self, case, context):
        if case.path.endswith(("/logout", "/change-password")) or "/auth/sessions" in case.path:
            person = chance.choice(WORLD["spare"]) if WORLD["actor"] == "administrator" else WORLD["operator"]
            return sign_in(person)
        if "/export/" in case.path and WORLD["actor"] == "administrator":
            return chance.choice(WORLD["spare"])["token"]
        return WORLD["token"]

    def set(self, case, token, context):
        case.headers["Authorization"] = f"Bearer {token}"


def sign_in(person):
    """A session of their own. Whose password the run has changed has the other one."""
    for _ in PASSWORDS:
        form = {"username": person["email"], "password": person["password"], "grant_type": "password"}
        answer = requests.post(WORLD["url"] + "/api/v1/auth/login", data=form, headers={"X-Forwarded-For": address()}, timeout=60)
        if answer.status_code == 200:
            return answer.json()["access_token"]
        if person["password"] in PASSWORDS:
            person["password"] = PASSWORDS[1 - PASSWORDS.index(person["password"])]
    return "nobody"


def address():
    """Each request from somewhere else: the brakes per address are not what is tested here."""
    return ".".join(str(chance.randrange(1, 250)) for _ in range(4)).replace("127.", "10.", 1)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Where the case is one of good data, lead it to what is there; leave alone what is bad on purpose."""
    case.headers["X-Forwarded-For"] = address()
    bad = {where.name for where, part in case.meta.components.items() if part.mode.is_negative} if case.meta else set()
    if "PATH" not in bad and case.path_parameters:
        lead(case)
    # A hospital that others use is not suspended.
    if case.path_parameters.get("id") in WORLD["protected"]:
        case.path_parameters["id"] = chance.choice(known["id"])[1]
    if "If-Match" in case.headers and "HEADER" not in bad:
        if chance.random() < 0.5:
            del case.headers["If-Match"]
        elif chance.random() < 0.8:
            case.headers["If-Match"] = f'"{chance.randrange(1, 6)}"'
    if case.path.endswith("/verify-email") or case.path.endswith("/tenants/verify"):
        if "QUERY" not in bad and chance.random() < 0.5:
            case.query["token"] = confirmation() or case.query["token"]
    if isinstance(case.body, dict):
        if "BODY" in bad:
            case.body = without_blanks(case.body)
        else:
            fill(case)


def without_blanks(value):
    """An empty text counts as `null` (the guide of the API says so): where it is no day, it is no fault."""
    if isinstance(value, dict):
        return {name: without_blanks(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_blanks(part) for part in value]
    return "?" if isinstance(value, str) and not value.strip() else value


def confirmation():
    """The token of the newest mail to a hospital that signed up in this run."""
    mails = sorted(pathlib.Path(WORLD["mail"]).glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for mail in mails[:5]:
        found = re.search(r"/verify\?token=([\w.~-]+)", mail.read_text())
        if found:
            return found[1]
    return None


def lead(case):
    """Ids in the path that exist, and belong together."""
    last = list(case.path_parameters)[-1]
    things = known.get(last)
    if things and chance.random() < REAL:
        before, id = chance.choice(things)
        case.path_parameters.update(before)
        case.path_parameters[last] = id
    elif "patient_id" in case.path_parameters and chance.random() < REAL:
        case.path_parameters["patient_id"] = chance.choice(known["patient_id"])[1]


def fill(case):
    """Parts of a good body that no schema can tell: ids that exist, the present version, a new licence number."""
    body = case.body
    for name, value in body.items():
        if name.endswith("_id") and isinstance(value, str) and chance.random() < REAL:
            body[name] = chance.choice(known["patient_id"])[1]
        elif name.endswith("version") and type(value) is int and chance.random() < REAL:
            body[name] = chance.randrange(1, 4)
        elif name.endswith("phone_primary") and isinstance(value, str) and chance.random() < REAL:
            body[name] = "98" + digits(8)
    if case.path.endswith("/merge") and isinstance(body.get("fields"), dict):
        groups = ["address", "birth", "death", "city", "blood_group", "email"]
        body["fields"] = {chance.choice(groups): side for side in body["fields"].values()}
    if case.path.endswith("/login") and chance.random() < 0.3:
        person = chance.choice(WORLD["spare"])
        body.update(username=person["email"], password=person["password"])
    if case.path.endswith("/change-password") and chance.random() < 0.3:
        old = chance.choice(PASSWORDS)
        body.update(old_password=old, new_password=PASSWORDS[1 - PASSWORDS.index(old)])
    if case.path.endswith("/register") and chance.random() < REAL:
        body.update(license_number=f"FUZZ-{digits(9)}", contact_email=f"fuzz-{digits(9)}@fuzz.example", admin_password=PASSWORDS[0])


def digits(count):
    return "".join(chance.choice(string.digits) for _ in range(count))


@schemathesis.hook
def after_call(context, case, response):
    """Remember what was made, and count answers for main.py."""
    with open(WORLD["answers"], "a") as file:
        file.write(f"{case.method} {case.path} {response.status_code}\n")
    if response.status_code not in (200, 201) or case.method.upper() != "POST" or WORLD["actor"] != "administrator":
        return
    try:
        made = response.json()
    except ValueError:
        return
    if not isinstance(made, dict):
        return
    kind = KINDS.get(case.path.rsplit("/", 1)[-1], "patient_id" if case.path.startswith("/api/v1/patients/") else None)
    id = made.get("id") or (made.get("patient") or {}).get("id") if kind else None
    if isinstance(id, str):
        before = {} if kind in ("patient_id", "merge_id") else {"patient_id": case.path_parameters["patient_id"]}
        things = known.setdefault(kind, [])
        things.append((before, id))
        fixed = len(FIXED.get(kind, []))
        if len(things) > fixed + KEPT:
            del things[fixed]
