"""64 people sign in at the same time, without a pause, beside a desk's reads: what do the readers notice?"""

import mix
from load import Plan, middle, together

SIGNING_IN = 64
READERS = 16


def measure(bench):
    chosen = bench.chosen
    count = bench.middle_count
    home, people = bench.up(count)
    reads = Plan(home, people, mix.READS, chosen.patients, statuses=True)
    sign_ins = Plan(home, people, mix.SIGN_IN, chosen.patients, statuses=True, nobody="Accept: */*")
    reads.run(3 + count // 20, READERS)
    alone, beside, entered = [], [], []
    for number in range(chosen.rounds):
        for with_sign_ins in (False, True) if number % 2 == 0 else (True, False):
            if with_sign_ins:
                read, entry = together(chosen.seconds, (reads, READERS), (sign_ins, SIGNING_IN))
                beside.append(read)
                entered.append(entry)
            else:
                alone += together(chosen.seconds, (reads, READERS))
        bench.say(f"round {number + 1}  reads p99 {alone[-1]['p99'] / 1000:.1f} ms alone, {beside[-1]['p99'] / 1000:.1f} ms beside"
                  f" {entered[-1]['per_second']:.0f} sign-ins a second (p99 {entered[-1]['p99'] / 1000:.0f} ms)")
    rss, peak = home.memory_kb()
    numbers = ("per_second", "p50", "p95", "p99", "max")
    statuses = lambda runs: {k[7:]: sum(r.get(k, 0) for r in runs) for k in sorted({k for r in runs for k in r if k.startswith("status_")})}
    return dict(
        hospitals=count, alone=middle(alone, *numbers), beside=middle(beside, *numbers), sign_ins=middle(entered, *numbers),
        read_statuses=statuses(alone + beside), sign_in_statuses=statuses(entered), hms_peak_kb=peak,
        runs=dict(alone=alone, beside=beside, sign_ins=entered),
    )


def table(report, options):
    rows = [f"| {READERS} readers, {report['hospitals']:,} hospitals | a second | p50 | p99 |", "|---|---|---|---|"]
    line = lambda name, r: rows.append(f"| {name} | {r['per_second']:,.0f} | {r['p50'] / 1000:.1f} ms | {r['p99'] / 1000:.1f} ms |")
    line("reads alone", report["alone"])
    line(f"reads beside {SIGNING_IN} sign-ins at a time", report["beside"])
    line("the sign-ins", report["sign_ins"])
    faults = []
    if set(report["read_statuses"]) - {"200"}:
        faults.append(f"reads beside sign-ins answered {report['read_statuses']}")
    if set(report["sign_in_statuses"]) - {"200", "503"}:
        faults.append(f"sign-ins answered {report['sign_in_statuses']}")
    memory = report["hms_peak_kb"] / 1024
    verdicts = [(f"memory of hms with {SIGNING_IN} sign-ins at a time (peak)", f"{memory:.0f} MB", memory < 300, "< 300 MB")]
    return f"Sign-ins beside reads (answers: {report['sign_in_statuses']})", rows, verdicts, faults
