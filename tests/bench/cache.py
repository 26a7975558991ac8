"""Which statements should a connection keep? Each choice under the whole mix, with every hospital as busy, and by Zipf.

Statements carry their hospital in their text; `HMS_STATEMENTS` bounds how many a connection keeps, 0 sends each unnamed.
PostgreSQL plans for the values (`auto`, five times, then as it likes) or once for all (`force_generic_plan`).
"""

import hospitals
from load import Plan

# (statements kept, plan_cache_mode), the present choice first.
CHOICES = [(512, "auto"), (512, "force_generic_plan"), (2048, "auto"), (1024, "auto"), (256, "auto"), (0, "auto")]


def measure(bench):
    chosen, found = bench.chosen, []
    for count in chosen.hospitals:
        home, people = bench.up(count)
        plans = {"uniform": Plan(home, people, bench.operations, chosen.patients)}
        if count > 1:
            plans["zipf"] = Plan(home, people, bench.operations, chosen.patients, zipf=True)
        kinds = len(bench.report["statements"]["tenant"])
        # Where nothing is ever thrown out, a lower bound makes no difference: two of eight connections know a hospital.
        tried = [(kept, mode) for kept, mode in CHOICES if kept in (512, 0) or min(kept, 512) < count * kinds / 4]
        for kept, mode in tried:
            home.stop()
            home.sql(f"alter role hms_app set plan_cache_mode = '{mode}';")
            home.start(HMS_STATEMENTS=str(kept))
            hospitals.as_filled(home)
            for name, plan in plans.items():
                plan.run(4 + (min(count // 60, 15) if name == "uniform" else 1), chosen.clients)
                result = plan.run(chosen.seconds, chosen.clients)
                backends = home.backends_kb()
                found.append(result | dict(hospitals=count, spread=name, kept=kept, mode=mode, backend_kb=max(backends), backends_kb=backends))
                bench.say(f"{count} hospitals {name}, {kept} statements kept, {mode}: {result['per_second']:.0f}/s,"
                          f" cpu {result['hms_cpu_us']:.0f} + {result['postgres_cpu_us']:.0f} us, connection {max(backends) / 1024:.0f} MB")
        home.stop()
        home.sql("alter role hms_app reset plan_cache_mode;")
    return found


def table(report, options):
    rows = ["| statements kept, plans | hospitals | requests a second | p99 | CPU hms + PostgreSQL | largest connection |", "|---|---|---|---|---|---|"]
    name = lambda r: ("none (unnamed)" if r["kept"] == 0 else f"{r['kept']:,}") + (", generic" if "generic" in r["mode"] else ", auto")
    where = lambda r: f"{r['hospitals']:,}" + (f" {r['spread']}" if r["hospitals"] > 1 else "")
    for r in report:
        rows.append(f"| {name(r)} | {where(r)} | {r['per_second']:,.0f} | {r['p99'] / 1000:.1f} ms"
                    f" | {r['hms_cpu_us']:.0f} + {r['postgres_cpu_us']:.0f} us | {r['backend_kb'] / 1024:.0f} MB |")
    verdicts = []
    for count, spread in dict.fromkeys((r["hospitals"], r["spread"]) for r in report):
        those = [r for r in report if (r["hospitals"], r["spread"]) == (count, spread)]
        cpu = lambda r: r["hms_cpu_us"] + r["postgres_cpu_us"]
        best, ours = min(those, key=cpu), those[0]
        verdicts.append((f"CPU of the present choice to the best ({name(best)}), hospitals: {where(ours)}", f"{cpu(ours) / cpu(best):.2f}", cpu(ours) < 1.1 * cpu(best), "< 1.10"))
    return "Statements that a connection keeps", rows, verdicts, []
