"""Which SQL do the operations cause? Asked of PostgreSQL's own log, on a small installation, before anything is timed."""

import re
import time

import hospitals
from installation import Broken, Installation

LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[(\d+)\] LOG:  (?:statement|execute [^:]*): (.*)$", re.S)


def statements_since(installation, offset):
    """(backend, text) of each statement that requests executed after `offset`, and the new offset."""
    raw = installation.database_log().read_bytes()
    records = re.split(r"\n(?!\t)", raw[offset:].decode(errors="replace"))
    found = [LINE.match(record.replace("\n\t", "\n")) for record in records]
    return [(m[1], re.sub(r"\s+", " ", m[2]).strip()) for m in found if m], len(raw)


def request(installation, operation, hospital, operator, console, number):
    values = {
        "patient": f"01900000-{hospital['number']:04x}-7000-8000-{1 + number:012x}", "name": "Asha",
        "digits": f"{number:04d}", "code": "P-00002", "day": "2026-01-01", "unique": f"census-{time.time_ns()}",
    }
    insert = lambda text: re.sub(r"\{([a-z]+)\}", lambda m: values.get(m[1], m[0]), text)
    who = {"staff": hospital["staff"], "page": hospital["page"], "operator": operator, "console": console}[operation["who"]]
    lines = who.split("\r\n") + (insert("Content-Type: " + operation["kind"]).split("\r\n") if operation["kind"] else [])
    headers = dict(line.split(": ", 1) for line in lines)
    body = insert(operation["body"]) if operation["body"] else None
    status, _, text = hospitals.call(installation, operation["method"], insert(operation["path"]), body, headers)
    return status, text


def take(installation: Installation, operations):
    """What exists here, how many different statements it executes, and the statements of the main read."""
    installation.sql("alter role hms_app set log_statement = 'all';")
    installation.stop()
    installation.start()
    try:
        people, operator, console = hospitals.sign_all_in(installation, 1)
        there, absent, kinds = [], [], {"tenant": {}, "platform": {}}
        main_read = []
        _, offset = statements_since(installation, 0)
        for operation in operations:
            for number in range(2):  # the second time without looking up the session and preparing
                status, text = request(installation, operation, people[0], operator, console, number)
                done, offset = statements_since(installation, offset)
                if status >= 500:
                    raise Broken(f"{operation['name']} answers {status}: {text[:300]!r}")
                if status != operation["expect"]:
                    break
                note(done, operation["name"], kinds)
                if operation["name"] == "show" and number == 1:
                    main_read = [text for _, text in done]
            if status == operation["expect"]:
                there.append(operation)
            else:
                absent.append(f"{operation['name']} ({status})")
        return dict(there=there, absent=absent, kinds=kinds, main_read=main_read)
    finally:
        installation.sql("alter role hms_app reset log_statement;")
        installation.stop()


def note(done, operation, kinds):
    side = {}
    for backend, text in done:
        context = re.search(r"set local role (\w+)", text)
        if context:
            side[backend] = "tenant" if context[1].startswith("t_") else "platform"
        if re.match(r"(begin|commit|rollback|set|savepoint|release|listen)\b", text, re.I) or backend not in side:
            continue
        bare = re.sub(r"^/\*t_\w+\*/ ", "", text)
        kinds[side[backend]].setdefault(bare, set()).add(operation)
