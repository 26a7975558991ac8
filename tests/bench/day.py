"""The outpatient day of one large hospital: a hundred people at their desks, each with a request every one or two seconds.

Sixty of them are the front desk (lists, details, booking, checking in), twenty are nurses (lists, vital signs), twenty are
doctors (lists, details, the note that is kept while they type, and signed with the visit's end before the next). The hospital has years behind it: 100,000 patients and
half a million appointments, made in SQL. Clients are processes of their own that wait for each answer, so a time is what
one person waited. One failed request is a fault.
"""

import http.client
import json
import math
import multiprocessing
import os
import random
import threading
import time
import urllib.parse

import hospitals
import search
from installation import Broken, busy_seconds

DESKS, NURSES, DOCTORS = 60, 20, 20
VISITS = 6  # of each doctor, at the most
SLOTS = 50  # of a quarter of an hour, from six in the morning
AHEAD = 30  # days with a third of the slots free
ZONE = "Asia/Kolkata"
# What each kind may take at the most, in ms at p99.
TARGETS = {"list": 50, "detail": 50, "book": 60, "note": 60, "sign": 60, "finish": 60}

PEOPLE = """
begin;
insert into public.users (id, tenant_id, email, password_hash, email_verified, created_at, updated_at)
select ('01910000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, a.tenant_id, 'day' || n || '@bench.example', a.password_hash,
       true, now(), now()
  from public.users a, generate_series(1, {people}) n where a.id = '{user}';
set local search_path to {schema}, extensions;
insert into staff (user_id, first_name, last_name, email, department_id)
select ('01910000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Person', n::text, 'day' || n || '@bench.example', d.id
  from generate_series(1, {people}) n, (select id from departments where is_for_patients order by name limit 1) d;
insert into user_roles (user_id, role_id)
select s.user_id, r.id from staff s join roles r on r.system_key = case
         when substr(s.email, 4, strpos(s.email, '@') - 4)::int <= {doctors} then 'DOCTOR'
         when substr(s.email, 4, strpos(s.email, '@') - 4)::int <= {doctors} + {nurses} then 'NURSE' else 'RECEPTIONIST' end
 where s.email like 'day%@bench.example';
commit;
"""

# Row n is slot and doctor of a day; the days end a month from now. Neighbours in time are different patients.
APPOINTMENTS = """
begin;
set local search_path to {schema}, extensions;
insert into appointments (id, patient_id, department_id, doctor_user_id, scheduled_at, ends_at, holds_slot, status, reason, checked_in_at,
                          consultation_started_at, completed_at, no_show_at, cancelled_at, cancelled_reason, created_by_id, created_at, updated_at)
select ('01920000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('01900000-0001-7000-8000-' || lpad(to_hex(1 + n * 7919 % {patients}), 12, '0'))::uuid, d.id,
       ('01910000-0000-7000-8000-' || lpad(to_hex(1 + n % {doctors}), 12, '0'))::uuid, at, at + interval '15 minutes',
       status not in ('CANCELLED', 'NO_SHOW'), status, 'Follow-up',
       case when status = 'COMPLETED' then at - interval '10 minutes' end, case when status = 'COMPLETED' then at end,
       case when status = 'COMPLETED' then at + interval '12 minutes' end, case when status = 'NO_SHOW' then at + interval '1 hour' end,
       case when status = 'CANCELLED' then at - interval '1 day' end, case when status = 'CANCELLED' then 'PATIENT_REQUEST' end,
       '{user}', at - interval '9 days', at
  from (select n, day, slot, start.at + make_interval(days => day, mins => 360 + slot * 15) as at,
               case when day >= 0 then 'SCHEDULED' when n % 17 = 0 then 'CANCELLED' when n % 23 = 0 then 'NO_SHOW' else 'COMPLETED' end as status
          from (select n, (n / ({doctors} * {slots}))::int - {past} as day, (n / {doctors} % {slots})::int as slot
                  from generate_series(0::bigint, {appointments} - 1) n) rows,
               (select date_trunc('day', now() at time zone '{zone}') at time zone '{zone}' as at) start) booked,
       (select id from departments where is_for_patients order by name limit 1) d
 where day <= 0 or slot % 3 > 0;
commit;
vacuum (analyze) {schema}.appointments;
checkpoint;
"""


def fill(installation, schema, user, patients, appointments):
    search.fill(installation, schema, user, patients)
    facts = dict(schema=schema, user=user, people=DESKS + NURSES + DOCTORS, doctors=DOCTORS, nurses=NURSES)
    installation.sql(PEOPLE.format(**facts))
    days = max(AHEAD + 2, appointments // (DOCTORS * SLOTS))
    installation.sql(APPOINTMENTS.format(
        **facts, patients=patients, slots=SLOTS, past=days - AHEAD, appointments=days * DOCTORS * SLOTS, zone=ZONE,
    ))


def uuid(part, n):
    return f"{part}-7000-8000-{n:012x}"


class Person:
    """One of the staff with a connection of their own."""

    def __init__(self, port, token, number, facts, seed):
        self.port, self.number, self.facts = port, number, facts
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.chosen = random.Random(seed)
        self.connection = None
        self.took, self.failed = [], []
        self.done = 0

    def ask(self, kind, method, path, body=None, more=None):
        """The answer's JSON and headers; nothing if it failed."""
        begun = time.perf_counter()
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            text = None if body is None else json.dumps(body)
            self.connection.request(method, f"/api/v1{path}", text, self.headers | (more or {}))
            answer = self.connection.getresponse()
            content = answer.read()
        except OSError as error:
            self.connection = None
            self.failed.append((kind, f"{error}"))
            return None
        self.took.append((kind, (time.perf_counter() - begun) * 1000))
        if answer.status >= 300:
            self.failed.append((kind, f"{answer.status} {content[:300].decode(errors='replace')}"))
            return None
        return json.loads(content), answer.headers

    # ------------------------------------------------------------------ what people do

    def look(self, **narrowed):
        query = urllib.parse.urlencode({"date_from": self.facts["today"], "date_to": self.facts["today"], "page_size": 50} | narrowed)
        self.ask("list", "GET", f"/appointments?{query}")

    def lists(self):
        doctor = uuid("01910000-0000", 1 + self.chosen.randrange(DOCTORS))
        self.look(**self.chosen.choice([
            {}, {"status": "SCHEDULED"}, {"status": "CHECKED_IN,IN_CONSULTATION"}, {"doctor_user_id": doctor},
            {"doctor_user_id": doctor, "date_from": self.facts["year"]}, {"date_from": self.facts["week"], "page": 3},
            {"date_from": self.facts["year"], "search": self.chosen.choice(self.facts["names"])},
        ]))

    def detail(self):
        self.ask("detail", "GET", f"/appointments/{self.chosen.choice(self.facts['ids'])}")

    def book(self):
        """A slot that nobody else takes: the free ones are dealt out among the desks."""
        index = self.done * DESKS + self.number
        self.done += 1
        slots = range(0, SLOTS, 3)
        doctor, rest = index % DOCTORS, index // DOCTORS
        slot, day = slots[rest % len(slots)], 1 + rest // len(slots) % (AHEAD - 2)
        body = {
            "patient_id": uuid("01900000-0001", 1 + index * 104729 % self.facts["patients"]),
            "doctor_user_id": uuid("01910000-0000", 1 + doctor), "department_id": self.facts["department"], "reason": "Pain in the knee",
            "scheduled_at": self.facts["midnight"] + (day * 86400 + (360 + slot * 15) * 60),
        }
        body["scheduled_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(body["scheduled_at"]))
        self.ask("book", "POST", "/appointments", body)

    def check_in(self):
        mine = self.facts["of_today"][self.number :: DESKS]
        if self.done >= len(mine):
            return self.lists()
        self.ask("check-in", "PATCH", f"/appointments/{mine[self.done][0]}/check-in", {})
        self.done += 1

    def vitals(self):
        appointment, patient = self.chosen.choice(self.facts["seen"])
        measured = {"systolic_bp": 110 + self.chosen.randrange(20), "diastolic_bp": 75, "heart_rate": 60 + self.chosen.randrange(30),
                    "respiratory_rate": 16, "temperature_c": 36.8, "spo2": 98}
        self.ask("vitals", "POST", "/vitals", {"patient_id": patient, "appointment_id": appointment} | measured)

    def note(self):
        """The draft that the page keeps while the doctor types: a little longer each time."""
        self.done += 1
        words = "Pain on the inner side of the knee since three weeks, worse on stairs. " * (1 + self.done % 12)
        body = {"texts": {"subjective": words, "objective": "No effusion.", "assessment": "Strain", "plan": f"Rest, {self.done}"}}
        tag = {"If-Match": self.tag} if self.tag else None
        kept = self.ask("note", "PUT", f"/encounters/{self.encounter}/note", body, tag)
        if kept:
            self.tag = kept[1]["etag"]
        if self.done % 7 == 0 and self.facts["in_room"][self.number]:
            self.next_patient()

    def next_patient(self):
        """Sign what was written, end the visit, begin the next."""
        self.ask("sign", "POST", f"/encounters/{self.encounter}/note/sign", {}, {"If-Match": self.tag})
        self.ask("finish", "POST", f"/encounters/{self.encounter}/finish", {})
        self.sit_down()

    def sit_down(self):
        begun = self.ask("begin", "POST", "/encounters", {"appointment_id": self.facts["in_room"][self.number].pop(0)})
        self.encounter, self.tag = (begun[0]["id"] if begun else None), None

    # ------------------------------------------------------------------ a day

    def begin(self):
        """A doctor's first patient is in the room before anything is measured."""
        if self.role != "doctor":
            return
        self.sit_down()
        self.took.clear()

    def acts(self):
        if self.role == "desk":
            # What has a turn of its own is counted by itself: half of the desks book, half check in.
            own = self.book if self.number % 2 else self.check_in
            return [self.lists] * 5 + [self.detail] * 3 + [own] * 2
        if self.role == "nurse":
            return [self.lists] * 3 + [self.detail] * 2 + [self.vitals] * 5
        return [self.lists] * 2 + [self.detail] * 2 + ([self.note] * 6 if self.encounter else [])

    def work(self, until):
        time.sleep(self.chosen.random() * 2)
        acts = self.acts()
        while time.monotonic() < until:
            self.chosen.choice(acts)()
            time.sleep(1 + self.chosen.random())


def shift(port, people, facts, until, seed, send):
    """Some people in one process: a thread each."""
    staff = []
    for role, number, token in people:
        person = Person(port, token, number, facts, seed + 1000 * len(staff))
        person.role = role
        person.begin()
        staff.append(person)
    threads = [threading.Thread(target=person.work, args=(until,)) for person in staff]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send.send(([one for person in staff for one in person.took], [one for person in staff for one in person.failed]))
    send.close()


def sign_in(installation, number):
    form = urllib.parse.urlencode({"username": f"day{number}@bench.example", "password": hospitals.PASSWORD, "grant_type": "password"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, text = hospitals.call(installation, "POST", "/api/v1/auth/login", form, kind, hospitals.address_of(number))
    if status != 200:
        raise Broken(f"sign-in answers {status}: {text[:300]!r}")
    return json.loads(text)["access_token"]


def facts_of(installation, schema, patients):
    today = "date_trunc('day', now() at time zone '{0}') at time zone '{0}'".format(ZONE)
    rows = lambda text: installation.sql(f"set search_path to {schema}, extensions; {text}")
    of_today = rows(f"select id, patient_id, doctor_user_id from appointments where status = 'SCHEDULED' and scheduled_at >= {today}"
                    f" and scheduled_at < {today} + interval '1 day' order by scheduled_at, id;")
    in_room, rest = {}, []
    for appointment, patient, doctor in of_today:
        number = int(doctor[-12:], 16) - 1
        if len(in_room.setdefault(number, [])) < VISITS:
            in_room[number].append(appointment)
        else:
            rest.append((appointment, patient))
    if len(in_room) < DOCTORS or len(rest) < DESKS:
        raise Broken("today is used up: take another folder")
    day = lambda ago: time.strftime("%Y-%m-%d", time.gmtime(time.time() + 19800 - ago * 86400))
    midnight = int(rows(f"select extract(epoch from {today})::bigint;")[0][0])
    return dict(
        patients=patients, department=rows("select department_id from appointments limit 1;")[0][0], midnight=midnight, today=day(0), week=day(7), year=day(365), in_room=in_room,
        # Nurses measure those who were not checked in here: nobody waits for anybody.
        seen=rest[:200], of_today=rest[200:],
        ids=[row[0] for row in rows("select id from appointments order by md5(id::text) limit 2000;")],
        names=[row[0] for row in rows("select last_name from patients where last_name is not null order by md5(id::text) limit 300;")],
    )


def summary(times):
    times.sort()
    at = lambda share: times[min(len(times) - 1, math.ceil(share * len(times)) - 1)]
    return dict(count=len(times), p50=at(0.5), p95=at(0.95), p99=at(0.99), max=times[-1])


def measure(bench):
    chosen = bench.chosen
    patients, appointments, seconds = chosen.searched, chosen.appointments, 15 if chosen.quick else 90
    installation = bench.home(f"day-{patients}-{appointments}")
    marker = installation.home / "filled.json"
    # Whenever it is measured, all of today may be checked in, and nobody is given up.
    wide = dict(OPD_CHECKIN_GRACE_MINUTES="1440", OPD_NO_SHOW_MINUTES_AFTER_SCHEDULED="1440")
    installation.start(**wide)
    if not marker.exists():
        hospitals.make(installation, 1)
        [(schema, user)] = hospitals.schemas(installation).values()
        begun = time.monotonic()
        fill(installation, schema, user, patients, appointments)
        marker.write_text(json.dumps(dict(schema=schema)))
        bench.say(f"{patients} patients and {appointments} appointments made in {time.monotonic() - begun:.1f} s")
    facts = facts_of(installation, json.loads(marker.read_text())["schema"], patients)
    roles = [("doctor", n) for n in range(DOCTORS)] + [("nurse", n) for n in range(NURSES)] + [("desk", n) for n in range(DESKS)]
    tokens = hospitals.in_parallel(lambda n: sign_in(installation, n), range(1, len(roles) + 1))
    people = [(role, number, token) for (role, number), token in zip(roles, tokens)]
    load, begun = os.getloadavg()[0], (busy_seconds(), installation.cpu_seconds())
    until, shifts = time.monotonic() + seconds, []
    for n in range(5):
        receive, send = multiprocessing.Pipe(False)
        part = people[n::5]
        process = multiprocessing.Process(target=shift, args=(installation.port, part, facts, until, n + 1, send))
        process.start()
        shifts.append((process, receive))
    took, failed = [], []
    for process, receive in shifts:
        times, faults = receive.recv()
        process.join()
        took += times
        failed += faults
    (busy, stolen), used = busy_seconds(), installation.cpu_seconds()
    installation.stop()
    kinds = {kind: summary([one for of, one in took if of == kind]) for kind in sorted({kind for kind, _ in took})}
    for kind, r in kinds.items():
        bench.say(f"{kind:>9}: {r['count']:5} times, p50 {r['p50']:.1f}, p95 {r['p95']:.1f}, p99 {r['p99']:.1f}, longest {r['max']:.1f} ms")
    used_ms = [(after - before) * 1000 / max(1, len(took)) for before, after in zip(begun[1], used)]
    bench.say(f"CPU of a request: hms {used_ms[0]:.1f} + PostgreSQL {used_ms[1]:.1f} ms; load before {load:.1f}")
    for kind, what in failed[:5]:
        bench.say(f"{kind} failed: {what}")
    return dict(
        patients=patients, appointments=appointments, people=len(people), seconds=seconds, kinds=kinds, failed=len(failed),
        failures=[f"{kind}: {what}" for kind, what in failed[:20]], load_before=load, stolen=stolen - begun[0][1],
        busy=(busy - begun[0][0]) / (seconds * os.cpu_count()), per_second=len(took) / seconds,
        hms_cpu_ms=used_ms[0], postgres_cpu_ms=used_ms[1],
    )


def table(report, options):
    rows = ["| act | times | p50 | p95 | p99 |", "|---|---|---|---|---|"]
    for kind, r in report["kinds"].items():
        rows.append(f"| {kind} | {r['count']:,} | {r['p50']:.1f} ms | {r['p95']:.1f} ms | {r['p99']:.1f} ms |")
    verdicts = [
        (f"the day of {report['people']} people, {kind}: p99", f"{report['kinds'][kind]['p99']:.1f} ms", report["kinds"][kind]["p99"] < most, f"< {most} ms")
        for kind, most in TARGETS.items() if kind in report["kinds"]
    ]
    verdicts.append(("the same: failed requests", f"{report['failed']}", report["failed"] == 0, "0"))
    title = (f"An outpatient day: {report['people']} people, {report['per_second']:.0f} requests a second, {report['patients']:,} patients,"
             f" {report['appointments']:,} appointments")
    faults = [f"the outpatient day: {report['failed']} requests failed, first {report['failures'][0]}"] if report["failed"] else []
    return title, rows, verdicts, faults
