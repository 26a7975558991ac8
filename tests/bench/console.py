"""The operators' list of hospitals with 300 of them: plain, sorted, narrowed and searched, as an operator clicks."""

import http.client
import json
import time
import urllib.parse

import hospitals
from day import summary
from installation import SUPER_ADMIN, Broken

WAYS = {
    "newest": {}, "by name": {"sort": "name"}, "by accounts": {"sort": "-users"}, "by patients": {"sort": "-patients"},
    "by last use": {"sort": "active"}, "page 3": {"page": 3}, "active": {"status_filter": "ACTIVE"},
    "searched": {"search": "hospital h 1"}, "500 a page": {"page_size": 500},
}


def measure(bench):
    count = 20 if bench.chosen.quick else 300
    home = bench.home(f"console-{count}")
    marker = home.home / "filled.json"
    if not marker.exists():
        home.start()
        home.command("setup", warm=count)
        hospitals.make(home, count)
        hospitals.fill(home, 200)
        marker.write_text("{}")
        home.stop()
    home.start()
    bearer, _ = hospitals.sign_in(home, *SUPER_ADMIN)
    name, value = bearer.split(": ", 1)
    connection = http.client.HTTPConnection("127.0.0.1", home.port, timeout=30)

    def ask(query):
        begun = time.perf_counter()
        connection.request("GET", f"/api/v1/platform/tenants?{urllib.parse.urlencode(query)}", headers={name: value})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Broken(f"the list of hospitals answers {answer.status}: {text[:300]!r}")
        return (time.perf_counter() - begun) * 1000, json.loads(text)["total"]

    found = {way: [] for way in WAYS}
    for _ in range(bench.chosen.rounds * 20):
        for way, query in WAYS.items():
            took, total = ask(query)
            found[way].append(took)
            if way == "newest" and total != count:
                raise Broken(f"the list counts {total} hospitals of {count}")
    home.stop()
    whole = summary([took for times in found.values() for took in times])
    bench.say(f"list of {count} hospitals: p50 {whole['p50']:.1f}, p95 {whole['p95']:.1f}, p99 {whole['p99']:.1f} ms")
    return dict(hospitals=count, all=whole, ways={way: summary(times) for way, times in found.items()})


def table(report, options):
    rows = ["| list | p50 | p95 | p99 |", "|---|---|---|---|"]
    for way, r in report["ways"].items():
        rows.append(f"| {way} | {r['p50']:.1f} ms | {r['p95']:.1f} ms | {r['p99']:.1f} ms |")
    p95 = report["all"]["p95"]
    verdict = (f"GET /platform/tenants with {report['hospitals']} hospitals: p95", f"{p95:.1f} ms", p95 < 300, "< 300 ms")
    return f"The operators' list of {report['hospitals']} hospitals", rows, [verdict], []
