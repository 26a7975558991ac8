"""As many requests as a busy hour brings, at once: the memory of hms and of its connections must come to a standstill.

An hour of a hundred hospitals with twenty requests a minute each. Looked at twelve times, as every five minutes would.
"""

import statistics

import hospitals
from load import Plan

HOUR = 100 * 20 * 60
LOOKS = 12


def measure(bench):
    chosen = bench.chosen
    count = bench.middle_count
    home, people = bench.up(count)
    plan = Plan(home, people, bench.operations, chosen.patients)
    wanted = HOUR // 8 if chosen.quick else HOUR
    asked, seconds, looks = 0, 4, []
    plan.run(4 + count // 10, chosen.clients)
    while asked < wanted or len(looks) < LOOKS:
        result = plan.run(seconds, chosen.clients)
        asked += result["requests"]
        # So long that twelve looks make an hour.
        seconds = max(2, min(60, round(wanted / LOOKS / max(1, result["per_second"]))))
        rss, peak = home.memory_kb()
        files = len(list((home.proc / "fd").iterdir()))
        looks.append(dict(requests=asked, hms_rss_kb=rss, hms_peak_kb=peak, backends_kb=home.backends_kb(), files=files))
        bench.say(f"after {asked:,} requests: hms {rss / 1024:.1f} MB, connections {sum(looks[-1]['backends_kb']) / 1024:.0f} MB, {files} files open")
    hospitals.as_filled(home)
    return dict(hospitals=count, requests=asked, looks=looks)


def table(report, options):
    looks = report["looks"]
    third = max(1, len(looks) // 3)
    first = looks[third : 2 * third] or looks[:1]  # what comes before fills caches
    last = looks[-third:]
    of = lambda part, value: statistics.median(value(look) for look in part)
    hms, both = (lambda look: look["hms_rss_kb"]), (lambda look: sum(look["backends_kb"]))
    rows = ["| after requests | hms | its connections in PostgreSQL | open files |", "|---|---|---|---|"]
    for look in (looks[0], looks[len(looks) // 2], looks[-1]):
        rows.append(f"| {look['requests']:,} | {look['hms_rss_kb'] / 1024:.0f} MB | {both(look) / 1024:.0f} MB | {look['files']} |")
    grown = of(last, hms) / of(first, hms)
    verdicts = [
        ("memory of hms, last third of the requests to the one before", f"{grown:.3f}", grown < 1.05, "< 1.05"),
        ("memory of its connections, the same", f"{of(last, both) / of(first, both):.3f}", of(last, both) < 1.1 * of(first, both), "< 1.10"),
    ]
    title = f"{report['requests']:,} requests to {report['hospitals']:,} hospitals (a busy hour of a hundred brings {HOUR:,})"
    return title, rows, verdicts, []
