"""Finding one of 100,000 patients: what people type at a desk, each kind measured by itself, by one and by eight people.

The clients are processes of their own that wait for each answer, so a time is what one person waited, from sending to
the last byte. The names are made in SQL: several scripts, some names far more common than others, as in a real city.
"""

import http.client
import json
import math
import multiprocessing
import os
import random
import time
import unicodedata
import urllib.parse

import hospitals
from installation import Broken, busy_seconds

# Script -> share of patients, first names, last names; the first of each are the most common.
PEOPLE = {
    "india": (
        38,
        "Asha Ravi Sunita Rajesh Meera Arjun Priya Amit Lakshmi Suresh Anita Vijay Kavita Sanjay Deepa Manoj Rekha Anil Pooja Rahul"
        " Geeta Mohan Shanta Vikram Nisha Ganesh Usha Ashok Sarita Nikhil Jyoti Prakash Mangala Kiran Radha Dinesh Sushma Tejas Vandana Yash",
        "Kumar Sharma Patil Singh Devi Kulkarni Deshmukh Joshi Shah Iyer Reddy Nair Gupta Yadav Jadhav Shinde Pawar More Chavan Gaikwad"
        " Bhosale Naik Rao Menon Pillai Desai Mehta Verma Mishra Tiwari Pandey Das Roy Bose Ghosh Sen Kamble Kale Salunkhe Thakur",
    ),
    "marathi": (
        17,
        "आशा रवि सुनीता राजेश मीरा अर्जुन प्रिया अमित लक्ष्मी सुरेश अनिता विजय कविता संजय दीपा मनोज रेखा अनिल पूजा राहुल",
        "कुमार शर्मा पाटील सिंह कुलकर्णी देशमुख जोशी शाह शिंदे पवार मोरे चव्हाण गायकवाड भोसले नाईक राव देसाई यादव जाधव कांबळे",
    ),
    "arabic": (
        12,
        "محمد فاطمة أحمد مريم علي عائشة خالد زينب حسن ليلى عمر نور يوسف سارة إبراهيم هدى",
        "الأنصاري الحسن خان الهاشمي العلي المصري السيد الشامي الخطيب القاسم النجار الزهراني الغامدي العتيبي",
    ),
    "chinese": (8, "小明 秀英 伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟", "王 李 张 刘 陈 杨 黄 赵 周 吴 徐 孙 马 朱 胡 林"),
    "europe": (
        17,
        "José Zoë Seán María Jürgen Anaïs Björn Chloé François Sofía Łukasz Ève Michał Renée Tomáš Nuño John Anna Peter Emma",
        "García Núñez Müller Ångström O'Neill-Smith Dvořák Løvgren Gonçalves Brânză Škoda Smith Jones Fernandes Peña Weiß Żukowski",
    ),
    "russian": (5, "Ольга Иван Анна Сергей Мария Пётр Елена Фёдор", "Иванов Щербакова Смирнов Кузнецов Попов Соловьёв"),
    "thai": (3, "สมชาย สมหญิง มาลี วิชัย นภา", "ใจดี ศรีสุข ทองดี แสงทอง"),
}

FILL = """
begin;
set local search_path to {schema}, extensions;
select setseed(0.25);
insert into patients (id, patient_code, first_name, last_name, gender, dob, dob_precision, phone_primary, phone_alternate, city,
                      blood_group, national_id_type, national_id_number, last_visited_at, created_by_id, updated_by_id, created_at, updated_at)
select ('01900000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'P-' || lpad(n::text, greatest(5, length(n::text)), '0'), first, last,
       (array['FEMALE', 'MALE', 'OTHER'])[1 + n % 2 + (n % 97 = 0)::int], date '1935-01-01' + (n::int8 * 7919 % 32000)::int, 'DAY',
       case when n % 20 > 0 then '+9198' || lpad((n::int8 * 7919 % 100000000)::text, 8, '0') end,
       case when n % 7 = 0 then '020' || lpad((n::int8 * 104729 % 100000000)::text, 8, '0') end, 'Pune',
       (array['A+', 'B+', 'O-', 'AB+'])[1 + n % 4], case when n % 2 = 0 then 'Aadhaar' end,
       case when n % 2 = 0 then to_char(n::int8 * 7907 % 10000, 'FM0000') || '-' || to_char(n::int8 * 104723 % 10000, 'FM0000') || '-' || to_char(n % 10000, 'FM0000') end,
       case when n % 10 < 7 then now() - make_interval(mins => (random() * 3000000)::int) end, '{user}', '{user}',
       now() - make_interval(mins => (1 + {patients} - n) * 50), now()
  from (select n, (string_to_array(g.first, ' '))[1 + floor(power(random(), 2) * g.firsts)::int] as first,
                  (string_to_array(g.last, ' '))[1 + floor(power(random(), 2) * g.lasts)::int] as last
          from (select n, 100 * random() as dice from generate_series(1, {patients}) n) people
          join (values {groups}) as g (low, high, firsts, lasts, first, last) on dice >= low and dice < high) named
 order by n;
update counters set value = {patients} where name in ('patient_code', 'patients');
commit;
vacuum (analyze) {schema}.patients;
checkpoint;
"""


def fill(installation, schema, user, patients):
    low, groups = 0, []
    for share, first, last in PEOPLE.values():
        quoted = [text.replace("'", "''") for text in (first, last)]
        groups.append(f"({low}, {low + share}, {len(first.split())}, {len(last.split())}, '{quoted[0]}', '{quoted[1]}')")
        low += share
    installation.sql(FILL.format(schema=schema, user=user, patients=patients, groups=", ".join(groups)))


def plain(text):
    """As people type who have no accents on their keyboard."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def kinds(installation, schema):
    """What is typed, by kind: texts of patients that are there, so a common name is typed as often as it is had."""
    rows = installation.sql(
        f"select first_name, last_name, patient_code, coalesce(right(phone_primary, 10), ''), coalesce(national_id_number, '')"
        f" from {schema}.patients order by md5(id::text) limit 4000;"
    )
    script = lambda name: [r for r in rows if r[0] in PEOPLE[name][1].split() and r[1] in PEOPLE[name][2].split()]
    india, europe = script("india"), [r for r in script("europe") if plain(r[0] + r[1]) != r[0] + r[1]]
    phones, documents = [r[3] for r in rows if r[3]], [r[4] for r in rows if r[4]]
    found = {
        "first name": [r[0] for r in india],
        "last name": [r[1] for r in india],
        "both names": [f"{r[0]} {r[1]}" for r in rows],
        "both, reversed": [f"{r[1]} {r[0]}" for r in rows],
        "without accents": [plain(f"{r[0]} {r[1]}") for r in europe],
        "Devanagari": [r[1] for r in script("marathi")],
        "Arabic": [f"{r[0]} {r[1]}" for r in script("arabic")],
        "Chinese": [r[1] + r[0] if n % 3 == 0 else r[n % 2] for n, r in enumerate(script("chinese"))],
        "phone, last 4": [phone[-4:] for phone in phones],
        "phone, last 7": [phone[-7:] for phone in phones],
        "code": [r[2] for r in rows],
        "national id": documents + [document.replace("-", "") for document in documents],
        "1 letter": [r[n % 2][0] for n, r in enumerate(rows)],
        "2 letters": [r[n % 2][:2] for n, r in enumerate(rows)],
        "nobody": [f"{r[0][:3]}xq{r[1][:2]}" for r in rows] + ["0000000", "P-99999999", "Zzyzx"],
        "thousands": ["Kumar", "kumar", "Asha", "Sharma", "patil", "Ravi", "kum", "ash", "son", "कुमार", "محمد"],
    }
    return found


def ask(port, bearer, mix, until, seed, send):
    """One person who searches, looks, and searches again: (kind, milliseconds, hits) of each."""
    chosen = random.Random(seed)
    names = list(mix)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    name, value = bearer.split(": ", 1)
    took = []
    while time.monotonic() < until:
        kind = names[chosen.randrange(len(names))]
        query = urllib.parse.urlencode({"search": chosen.choice(mix[kind]), "page": 1, "page_size": 20})
        begun = time.perf_counter()
        connection.request("GET", f"/api/v1/patients?{query}", headers={name: value})
        answer = connection.getresponse()
        text = answer.read()
        took.append((kind, (time.perf_counter() - begun) * 1000, json.loads(text)["total"] if answer.status == 200 else -1))
    send.send(took)
    send.close()


def run(port, bearer, mix, clients, seconds, seed):
    until, people = time.monotonic() + seconds, []
    for n in range(clients):
        receive, send = multiprocessing.Pipe(False)
        process = multiprocessing.Process(target=ask, args=(port, bearer, mix, until, seed + n, send))
        process.start()
        people.append((process, receive))
    took = [one for _, receive in people for one in receive.recv()]
    for process, _ in people:
        process.join()
    failed = sum(hits < 0 for *_, hits in took)
    if failed:
        raise Broken(f"{failed} of {len(took)} searches failed")
    return took


def summary(took):
    times = sorted(milliseconds for _, milliseconds, _ in took)
    at = lambda share: times[min(len(times) - 1, math.ceil(share * len(times)) - 1)]
    hits = sorted(hits for *_, hits in took)
    return dict(count=len(times), p50=at(0.5), p95=at(0.95), p99=at(0.99), max=times[-1], hits=hits[len(hits) // 2], most_hits=hits[-1])


def measure(installation, say, patients, rounds, seconds):
    """The numbers of each kind, at one and at eight clients."""
    marker = installation.home / "filled.json"
    installation.start()
    if not marker.exists():
        hospitals.make(installation, 1)
        [(schema, user)] = hospitals.schemas(installation).values()
        begun = time.monotonic()
        fill(installation, schema, user, patients)
        marker.write_text(json.dumps(dict(schema=schema, patients=patients)))
        say(f"{patients} patients made in {time.monotonic() - begun:.1f} s")
    facts = json.loads(marker.read_text())
    if facts["patients"] != patients:
        raise Broken(f"{installation.home} holds other patients than asked for; take another folder")
    people, _, _ = hospitals.sign_all_in(installation, 1)
    bearer, mix = people[0]["staff"], kinds(installation, facts["schema"])
    report = dict(patients=patients, kinds={})
    for clients in (1, 8):
        run(installation.port, bearer, mix, clients, 4, 1)  # each connection learns its statements
        took, load, begun = [], os.getloadavg()[0], (busy_seconds(), installation.cpu_seconds())
        for number in range(rounds):
            took += run(installation.port, bearer, mix, clients, seconds, 1000 * (number + 1))
        (busy, stolen), used = busy_seconds(), installation.cpu_seconds()
        by_kind = {kind: summary([one for one in took if one[0] == kind]) for kind in mix}
        whole = summary(took) | dict(
            per_second=len(took) / (rounds * seconds), load_before=load,
            hms_cpu_ms=(used[0] - begun[1][0]) * 1000 / len(took), postgres_cpu_ms=(used[1] - begun[1][1]) * 1000 / len(took), busy=(busy - begun[0][0]) / (rounds * seconds * os.cpu_count()), stolen=stolen - begun[0][1],
        )
        report["kinds"][clients] = dict(all=whole) | by_kind
        say(f"{clients} clients: {whole['per_second']:.0f} searches/s, p50 {whole['p50']:.1f}, p95 {whole['p95']:.1f}, p99 {whole['p99']:.1f} ms;"
            f" {whole['hms_cpu_ms']:.2f} + {whole['postgres_cpu_ms']:.2f} ms CPU each; load before {load:.1f}, machine {whole['busy']:.0%} busy")
    installation.stop()
    return report


def table(report):
    one, eight = report["kinds"].values()
    out = [f"search among {report['patients']:,} patients   hits (most)   1 client: p50    p95    p99 ms   8 clients: p50    p95    p99 ms"]
    for kind, a in one.items():
        b = eight[kind]
        hits = f"{a['hits']:,} ({a['most_hits']:,})"
        out.append(f"{kind:<30} {hits:>15} {a['p50']:>14.1f} {a['p95']:>6.1f} {a['p99']:>6.1f} {b['p50']:>19.1f} {b['p95']:>6.1f} {b['p99']:>6.1f}")
    verdicts = [
        (f"search among {report['patients']:,} patients, {clients} client{'s' * (clients > 1)}: p99", f"{numbers['all']['p99']:.1f} ms", numbers["all"]["p99"] < 30, "< 30 ms")
        for clients, numbers in report["kinds"].items()
    ]
    return out, verdicts
