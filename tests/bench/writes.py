"""Two writes, each alone: registering somebody at the desk, and changing a patient. Durable before they are answered."""

import hospitals
import mix
from load import Plan, middle

NUMBERS = ("per_second", "p50", "p95", "p99", "hms_cpu_us", "postgres_cpu_us", "refused", "lost")
WRITES = {"quick-register": mix.REGISTER, "change": mix.CHANGE}


def measure(bench):
    chosen, found = bench.chosen, {}
    for count in chosen.hospitals:
        home, people = bench.up(count)
        plans = {name: Plan(home, people, operations, chosen.patients) for name, operations in WRITES.items()}
        for plan in plans.values():
            plan.run(3 + min(count // 50, 12), chosen.clients)
        for _ in range(chosen.rounds):
            for name, plan in plans.items():
                hospitals.as_filled(home)
                result = plan.run(chosen.seconds, chosen.clients)
                found.setdefault(name, {}).setdefault(count, []).append(result)
        hospitals.as_filled(home)
        for name in WRITES:
            r = middle(found[name][count], *NUMBERS)
            bench.say(f"{name}, {count} hospitals: {r['per_second']:.0f}/s, p50 {r['p50'] / 1000:.1f}, p99 {r['p99'] / 1000:.1f} ms")
    return {name: {count: middle(runs, *NUMBERS) | dict(runs=runs) for count, runs in by.items()} for name, by in found.items()}


def table(report, options):
    rows = ["| write | hospitals | a second | p50 | p99 | CPU hms + PostgreSQL |", "|---|---|---|---|---|---|"]
    faults = []
    for name, by in report.items():
        for count, r in by.items():
            rows.append(f"| {name} | {int(count):,} | {r['per_second']:,.0f} | {r['p50'] / 1000:.1f} ms | {r['p99'] / 1000:.1f} ms"
                        f" | {r['hms_cpu_us']:.0f} + {r['postgres_cpu_us']:.0f} us |")
            failed = sum(run["refused"] + run["lost"] for run in r["runs"])
            if failed > sum(run["requests"] for run in r["runs"]) / 1000:
                faults.append(f"{name} with {count} hospitals: {failed} requests failed")
    return f"Writes, each alone, {options['clients']} clients", rows, [], faults
