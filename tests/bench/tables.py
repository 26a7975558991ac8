"""What a person wants to see of a report: numbers, targets and whether they were reached; and the tables of the README."""

import search


def text(report, parts):
    """Everything, for a terminal. The targets go into the report, too, and what is broken into its `faults`."""
    out, verdicts = head(report), []
    if "load" in report:
        lines, reached = load(report)
        out += ["", *lines]
        verdicts += reached
    for count, r in report.get("main_read_beside_pgbench", {}).items():
        out.append(f"GET /patients/{{id}} with {count} hospitals: {r['per_second']:.0f}/s, pgbench with the same transaction"
                   f" {r['pgbench_per_second']:.0f}/s, ratio {r['ratio']:.2f}")
    for name, part in parts.items():
        if report.get(name):
            title, rows, reached, faults = part.table(report[name], report["options"])
            out += ["", title, *rows]
            verdicts += reached
            report["faults"] = report.get("faults", []) + faults
    for name, r in report.get("signup", {}).items():
        limit = 100 if "warm" in name else 1000
        verdicts.append((f"sign-up {name}: p50 (p95)", f"{r['p50']:.0f} ms ({r['p95']:.0f} ms)", r["p50"] < limit, f"< {limit} ms"))
    if "migration" in report:
        r = report["migration"]
        verdicts.append((f"a column more in {r['schemas']} schemas", f"{r['seconds']:.1f} s", r["seconds"] < 60, "< 60 s"))
        out.append(f"answers of the old version during the migration: {r['statuses']}, slowest {r['longest'] / 1000:.0f} ms")
    if "search" in report:
        lines, reached = search.table(report["search"])
        out += ["", *lines]
        verdicts += reached
    for count, facts in report.get("fill", {}).items():
        out.append(f"{count} schemas made ahead (hms setup): {facts['schemas_seconds']:.1f} s")
    out += ["", *(f"{'reached ' if reached else 'MISSED  '} {what}: {value} (target {target})" for what, value, reached, target in verdicts)]
    report["targets"] = [dict(what=w, value=v, reached=r, target=t) for w, v, r, t in verdicts]
    return "\n".join(out)


def head(report):
    facts = report["machine"]
    out = [f"HMS {facts['commit']} on {facts['cores']} cores ({facts['cpu']}), {facts['memory_mb']} MB; client on the same machine;"
           f" load before {facts['load_average'][0]:.1f}; {report['minutes']} minutes: {report['command']}"]
    if "statements" in report:
        kinds = report["statements"]
        out.append(f"{len(report['operations'])} operations, {len(kinds['tenant'])} kinds of statements in a hospital's schema, {len(kinds['platform'])} on the platform's tables; roles and audit on")
        if report["absent"]:
            out.append(f"not in this build: {', '.join(report['absent'])}")
    return out


def load(report):
    out, verdicts = ["hospitals      requests/s   p50 ms   p95 ms   p99 ms   hms us   postgres us   foreign CPU"], []
    for name, r in report["load"].items():
        out.append(f"{name:<12} {r['per_second']:>12.0f} {r['p50'] / 1000:>8.1f} {r['p95'] / 1000:>8.1f} {r['p99'] / 1000:>8.1f}"
                   f" {r['hms_cpu_us']:>8.0f} {r['postgres_cpu_us']:>13.0f} {r['foreign']:>12.0%}")
    names = [name for name in report["load"] if " " not in name]
    ratio = report["load"][names[-1]]["per_second"] / report["load"][names[0]]["per_second"]
    verdicts.append((f"throughput at {names[-1]} hospitals beside {names[0]}", f"{ratio:.2f}", ratio >= 0.7, ">= 0.70"))
    memory = report["memory_after_load"]
    rss, peak = (max(m[key] for m in memory.values()) / 1024 for key in ("hms_rss_kb", "hms_peak_kb"))
    verdicts.append(("memory of hms after the load (peak, with sign-ins)", f"{rss:.0f} MB ({peak:.0f} MB)", rss < 80, "< 80 MB"))
    for count, m in memory.items():
        backends = ", ".join(f"{kb / 1024:.0f}" for kb in m["backends_kb"])
        out.append(f"memory with {count} hospitals: hms {m['hms_rss_kb'] / 1024:.0f} MB; PostgreSQL connections (own pages) {backends} MB")
    return out, verdicts


def markdown(report, parts):
    """Ready for the README: each part under the command that measures it alone."""
    out = ["README:"]

    def section(name, title, rows):
        out.extend(["", f"{title} (`scripts/bench --only {name}`):", "", *rows])

    if "load" in report:
        rows = ["| hospitals | requests a second | p50 | p99 |", "|---|---|---|---|"]
        for name, r in report["load"].items():
            rows.append(f"| {name} | {r['per_second']:,.0f} | {r['p50'] / 1000:.1f} ms | {r['p99'] / 1000:.1f} ms |")
        section("load", f"The whole mix, {report['options']['clients']} clients", rows)
    if "main_read_beside_pgbench" in report:
        rows = ["| hospitals | HMS | pgbench, same transaction | ratio |", "|---|---|---|---|"]
        for count, r in report["main_read_beside_pgbench"].items():
            rows.append(f"| {count} | {r['per_second']:,.0f} | {r['pgbench_per_second']:,.0f} | {r['ratio']:.2f} |")
        section("pgbench", "Opening a patient, a second", rows)
    for name, part in parts.items():
        if report.get(name):
            title, rows, _, _ = part.table(report[name], report["options"])
            section(name, title, rows)
    if "signup" in report:
        rows = ["| sign-up | p50 | p95 |", "|---|---|---|"]
        rows += [f"| {name} | {r['p50']:.0f} ms | {r['p95']:.0f} ms |" for name, r in report["signup"].items()]
        section("signup", "Signing up a hospital", rows)
    if "migration" in report:
        r = report["migration"]
        section("migration", "Migrating", [f"One column more in {r['schemas']:,} schemas: {r['seconds']:.1f} s; meanwhile {r['requests']:,} requests: {r['statuses']}."])
    if "search" in report:
        one, eight = report["search"]["kinds"].values()
        rows = ["| typed | p50 | p99 | 8 at once: p50 | p99 |", "|---|---|---|---|---|"]
        rows += [f"| {kind} | {a['p50']:.1f} ms | {a['p99']:.1f} ms | {eight[kind]['p50']:.1f} ms | {eight[kind]['p99']:.1f} ms |" for kind, a in one.items()]
        section("search", f"Finding one of {report['search']['patients']:,} patients", rows)
    return "\n".join(out)
