"""Hospitals as they come in reality: signed up, confirmed and signed in by HTTP. Only their patients come by SQL."""

import concurrent.futures
import http.client
import json
import re
import time
import urllib.parse

from installation import SUPER_ADMIN, Broken, Installation

PASSWORD = "Correct-Horse-7"
WORKERS = 4


def call(installation: Installation, method, path, body=None, headers=None, address="10.0.0.1"):
    """One request on a connection of its own: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=120)
    try:
        all_headers = {"X-Forwarded-For": address, "Origin": installation.url} | (headers or {})
        connection.request(method, path, body, all_headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def address_of(number):
    return f"10.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


def sign_up(installation, number, tag="h"):
    """The e-mail address of the new hospital's administrator, and how long the sign-up took in ms."""
    email = f"{tag}{number}@bench.example"
    body = {
        "name": f"Bench Hospital {tag} {number}",
        "contact_email": email,
        "license_number": f"BENCH-{tag}-{number}",
        "admin_first_name": "Asha",
        "admin_last_name": "Kulkarni",
        "admin_password": PASSWORD,
        "time_zone": "Asia/Kolkata",
        "currency": "INR",
    }
    begun = time.perf_counter()
    status, _, text = call(
        installation, "POST", "/api/v1/tenants/register", json.dumps(body),
        {"Content-Type": "application/json"}, address_of(number),
    )
    took = (time.perf_counter() - begun) * 1000
    if status != 201:
        raise Broken(f"sign-up answers {status}: {text[:500]!r}")
    return email, took


def sign_in(installation, email, password, number=0):
    """Headers of the JSON client and of the browser of one person."""
    form = urllib.parse.urlencode({"username": email, "password": password, "grant_type": "password"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, text = call(installation, "POST", "/api/v1/auth/login", form, kind, address_of(number))
    if status != 200:
        raise Broken(f"sign-in answers {status}: {text[:500]!r}")
    bearer = f"Authorization: Bearer {json.loads(text)['access_token']}"
    status, headers, text = call(installation, "POST", "/sign-in", form, kind, address_of(number))
    if status != 303 or "set-cookie" not in headers:
        raise Broken(f"the sign-in page answers {status}: {text[:500]!r}")
    cookie = headers["set-cookie"].split(";")[0]
    return bearer, f"Cookie: {cookie}\r\nOrigin: {installation.url}\r\nAccept: text/html"


def in_parallel(work, items):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, items))


def confirm(installation, count, tag="h"):
    """Follow the links of the mails. The job runner writes them in its own time."""
    links, read, until = {}, set(), time.monotonic() + 120 + count
    while len(links) < count:
        for file in (installation.home / "mail").glob("*.json"):
            if file.name in read:
                continue
            try:
                mail = json.loads(file.read_text())
            except ValueError:
                continue  # being written
            read.add(file.name)
            found = re.search(r"/verify\?token=([\w.~-]+)", mail["text"])
            if found and re.fullmatch(rf"{tag}\d+@bench\.example", mail["to"]):
                links[mail["to"]] = found[1]
        if time.monotonic() > until:
            raise Broken(f"only {len(links)} of {count} confirmation mails came")
        time.sleep(0.2)

    def follow(token):
        status, _, text = call(installation, "GET", f"/api/v1/auth/verify-email?token={token}")
        if status != 200:
            raise Broken(f"confirming a hospital answers {status}: {text[:300]!r}")

    in_parallel(follow, links.values())


def make(installation, count):
    """`count` hospitals with one member of staff each, ready to be used."""
    in_parallel(lambda n: sign_up(installation, n), range(1, count + 1))
    confirm(installation, count)
    return [f"h{n}@bench.example" for n in range(1, count + 1)]


def sign_all_in(installation, count):
    people = in_parallel(lambda n: sign_in(installation, f"h{n}@bench.example", PASSWORD, n), range(1, count + 1))
    operator, console = sign_in(installation, *SUPER_ADMIN)
    hospitals = [dict(number=n, staff=bearer, page=cookie) for n, (bearer, cookie) in enumerate(people, 1)]
    return hospitals, operator, console


def schemas(installation):
    """Number of the hospital -> schema and the administrator's id."""
    rows = installation.sql(
        "select substr(t.contact_email, 2, strpos(t.contact_email, '@') - 2), t.schema_name, u.id"
        " from public.tenants t join public.users u on u.email = t.contact_email"
        " where t.contact_email ~ '^h[0-9]+@bench.example$';"
    )
    return {int(number): (schema, user) for number, schema, user in rows}


# Times go back three months, so that filters by day and week find some and not all.
PATIENTS = """
begin;
set local search_path to {schema}, extensions;
insert into patients (id, patient_code, first_name, last_name, gender, dob, dob_precision, phone_primary, city, blood_group,
                      known_allergies, last_visited_at, created_by_id, updated_by_id, created_at, updated_at)
select ('01900000-{number:04x}-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'P-' || lpad(n::text, 5, '0'),
       (array['Asha', 'Ravi', 'Meera', 'Arjun', 'Fatima', 'Joseph', 'आशा', 'Zoë'])[1 + n % 8],
       (array['Kulkarni', 'Sharma', 'Iyer', 'Khan', 'Fernandes', 'देशमुख', 'Núñez'])[1 + n % 7],
       (array['FEMALE', 'MALE', 'OTHER'])[1 + n % 3], date '1940-01-01' + (n * 37 % 28000), 'DAY', '98' || lpad((n * 7919 % 100000000)::text, 8, '0'),
       (array['Pune', 'Mumbai', 'Nagpur'])[1 + n % 3], (array['A+', 'B+', 'O-', 'AB+'])[1 + n % 4], 'penicillin',
       case when n % 2 = 0 then now() - make_interval(hours => n * 7 % 2000) end, '{user}', '{user}',
       now() - make_interval(hours => n * 11 % 2000), now()
  from generate_series(1, {patients}) n;
update counters set value = {patients} where name in ('patient_code', 'patients');
commit;
analyze {schema}.patients;
"""


def fill(installation, patients):
    """Patients for every hospital, a hundred hospitals per session: a backend never forgets a schema."""
    known = sorted(schemas(installation).items())
    for start in range(0, len(known), 100):
        part = known[start : start + 100]
        installation.sql(
            "".join(PATIENTS.format(schema=s, user=u, number=n, patients=patients) for n, (s, u) in part)
        )
    # What bulk loading leaves to do is done now and not in the middle of a measurement.
    begun = time.monotonic()
    installation.sql("vacuum analyze; checkpoint;" if len(known) < 200 else "checkpoint;")
    return time.monotonic() - begun


def as_filled(installation):
    """Take away what the load registered: with few hospitals their tables would grow from round to round."""
    known = schemas(installation)
    if len(known) > 100:
        return
    # Whatever hangs on a patient goes first.
    rows = installation.sql(
        "select distinct c.conrelid::regclass::text, a.attname from pg_constraint c"
        " join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
        " where c.contype = 'f' and c.confrelid::regclass::text like '%.patients' and c.conrelid <> c.confrelid;"
    )
    hanging = {(table.split(".")[1], column) for table, column in rows}
    made = "not like '01900000-%'"
    installation.sql("".join(
        "".join(f"delete from {schema}.{table} where {column}::text {made};" for table, column in sorted(hanging))
        + f"delete from {schema}.patients where id::text {made}; vacuum analyze {schema}.patients;"
        f"update {schema}.counters set value = (select count(*) from {schema}.patients) where name = 'patients';"
        for schema, _ in known.values()
    ))
