"""Measures HMS: throughput with 1, 100 and 1,000 hospitals, two writes, the gate's cost beside pgbench, sign-ins and a noisy
hospital beside others, the cache of statements, memory over an hour's requests, an outpatient day, the operators' list of
hospitals, sign-up, migration, search.

Numbers are compared with their targets, and none of them makes this fail; only what is broken does. Runs that are
compared are interleaved round by round, and their medians are shown, because a machine is never quiet for long.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import cache
import census
import console
import day
import hospitals
import logins
import memory
import mix
import next_version
import noisy
import search
import tables
import writes
from installation import Broken, Installation
from load import Plan
from same_transaction import SameTransaction

# Each measures by itself: `measure(bench)`, and `table(what it measured, options)`.
PARTS = {"writes": writes, "logins": logins, "noisy": noisy, "memory": memory, "cache": cache}
# The same, with an installation of their own.
ALONE = {"day": day, "console": console}
OTHERS = ["load", "pgbench", "signup", "migration", "search"]
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="1 and 20 hospitals, short rounds, no migration: five minutes")
    parser.add_argument("--hospitals", help="numbers of hospitals to compare (1,100,1000)")
    parser.add_argument("--patients", type=int, default=300, help="patients in each hospital (300)")
    parser.add_argument("--clients", type=int, default=16, help="requests at the same time (16)")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (3)")
    parser.add_argument("--seconds", type=int, help="length of a measurement (8)")
    parser.add_argument("--only", default=",".join([*PARTS, *ALONE, *OTHERS]), help="parts to measure (%(default)s)")
    parser.add_argument("--searched", type=int, help="patients of the hospital that is searched (100000)")
    parser.add_argument("--appointments", type=int, help="appointments of the hospital whose day is measured (500000)")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the installations; used again if filled before")
    parser.add_argument("--binary", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.hospitals = sorted({int(n) for n in (chosen.hospitals or ("1,20" if chosen.quick else "1,100,1000")).split(",")})
    if chosen.hospitals[0] < 1 or chosen.hospitals[-1] > 10_000:
        parser.error("--hospitals takes numbers from 1 to 10000")
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 3)
    chosen.seconds = chosen.seconds or (4 if chosen.quick else 8)
    chosen.parts = set(chosen.only.split(","))
    if unknown := chosen.parts - {*PARTS, *ALONE, *OTHERS}:
        parser.error(f"--only knows no {', '.join(sorted(unknown))}; it takes {', '.join([*PARTS, *ALONE, *OTHERS])}")
    chosen.searched = chosen.searched or (20_000 if chosen.quick else 100_000)
    chosen.appointments = chosen.appointments or (50_000 if chosen.quick else 500_000)
    if chosen.quick:
        chosen.parts.discard("migration")
    return chosen


class Bench:
    say = staticmethod(say)

    def __init__(self, chosen, folder):
        self.chosen, self.folder = chosen, folder
        self.binary = folder / "hms"
        shutil.copy2(chosen.binary, self.binary)
        self.homes, self.people = {}, {}
        self.begun = time.monotonic()
        self.report = dict(
            command=" ".join(["scripts/bench", *(word for word in sys.argv[1:] if word not in ("--binary", str(chosen.binary)))]),
            at=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            machine=machine(), options={k: v for k, v in vars(chosen).items() if k in ("hospitals", "patients", "clients", "rounds", "seconds")},
        )

    def home(self, name):
        return Installation(self.folder / name, self.binary)

    @property
    def middle_count(self):
        """Of hospitals, where one number has to do: a hundred, or what comes next to it."""
        return max((count for count in self.chosen.hospitals if count <= 100), default=self.chosen.hospitals[0])

    def up(self, count):
        """A running installation with so many hospitals, and its people, signed in."""
        home = self.homes[count]
        if home.process is None:
            home.start()
        if count not in self.people:
            self.people[count] = hospitals.sign_all_in(home, count)
        return home, self.people[count]

    # ---------------------------------------------------------------- filling

    def prepare(self, count):
        home = self.homes[count] = self.home(f"hospitals-{count}")
        marker = home.home / "filled.json"
        if marker.exists() and json.loads(marker.read_text())["patients"] == self.chosen.patients:
            say(f"{count} hospitals are there already")
            self.report.setdefault("fill", {})[count] = json.loads(marker.read_text())
            return
        if marker.exists():
            raise Broken(f"{home.home} holds other patients than asked for; take another folder")
        home.start()
        begun = time.monotonic()
        made, rest = 0, count
        while rest > 0:  # at most 1,000 are kept in store
            part = min(rest, 1000)
            home.command("setup", warm=part)
            schemas_seconds = time.monotonic() - begun
            made += part
            rest -= part
            if rest > 0:
                hospitals.in_parallel(lambda n: hospitals.sign_up(home, n), range(made - part + 1, made + 1))
        say(f"{count} schemas made in {schemas_seconds:.1f} s")
        begun = time.monotonic()
        hospitals.in_parallel(lambda n: hospitals.sign_up(home, n), range(made - part + 1, made + 1))
        signed_up = time.monotonic() - begun
        hospitals.confirm(home, count)
        checkpoint = hospitals.fill(home, self.chosen.patients)
        say(f"{count} hospitals signed up in {signed_up:.1f} s and filled with {self.chosen.patients} patients each; last checkpoint {checkpoint:.1f} s")
        facts = dict(patients=self.chosen.patients, schemas_seconds=schemas_seconds, sign_up_seconds=signed_up, checkpoint_seconds=checkpoint)
        marker.write_text(json.dumps(facts))
        self.report.setdefault("fill", {})[count] = facts
        home.stop()

    def count_statements(self):
        home = self.homes[self.chosen.hospitals[0]]
        home.start()
        taken = census.take(home, mix.OPERATIONS)
        self.operations, self.main_read = taken["there"], taken["main_read"]
        kinds = taken["kinds"]
        self.report["operations"] = [operation["name"] for operation in self.operations]
        self.report["absent"] = taken["absent"]
        self.report["statements"] = {side: {text: sorted(by) for text, by in found.items()} for side, found in kinds.items()}
        self.report["main_read"] = self.main_read
        say(f"{len(self.operations)} operations execute {len(kinds['tenant'])} different statements of hospitals"
            f" and {len(kinds['platform'])} of the platform; absent: {', '.join(taken['absent']) or 'none'}")

    # ---------------------------------------------------------------- load

    def load(self):
        chosen, runs = self.chosen, {}
        for count in chosen.hospitals:
            self.up(count)
        say("servers are up; first warm-up")
        for count in chosen.hospitals:
            make = lambda **more: Plan(self.homes[count], self.people[count], self.operations, chosen.patients, **more)
            runs[f"{count}"] = make()
            if count > 1:
                runs[f"{count} zipf"] = make(zipf=True)
        for name, plan in runs.items():
            if "zipf" not in name:  # the same connections and statements
                warm_up(plan, chosen.clients)
        found = {name: [] for name in runs}
        for number in range(chosen.rounds):
            for count in chosen.hospitals:
                hospitals.as_filled(self.homes[count])
            for name, plan in alternately(runs, number):
                plan.run(2, chosen.clients)
                result = plan.run(chosen.seconds, chosen.clients)
                result["hms_rss_kb"], result["hms_peak_kb"] = plan.installation.memory_kb()
                found[name].append(result)
                say(f"round {number + 1}  {name:>10} hospitals  {result['per_second']:7.0f}/s  p50 {result['p50'] / 1000:6.1f}"
                    f"  p99 {result['p99'] / 1000:6.1f} ms  cpu hms {result['hms_cpu_us']:4.0f} + postgres {result['postgres_cpu_us']:4.0f} us"
                    f"  refused {result['refused']} lost {result['lost']}  foreign {result['foreign']:.0%}")
        self.report["load"] = {name: medians(results) | {"runs": results} for name, results in found.items()}
        for count in chosen.hospitals:
            backends = self.homes[count].backends_kb()
            rss, peak = self.homes[count].memory_kb()
            self.report.setdefault("memory_after_load", {})[count] = dict(hms_rss_kb=rss, hms_peak_kb=peak, backends_kb=backends)
        refused = sum(r["refused"] + r["lost"] for results in found.values() for r in results)
        requests = sum(r["requests"] for results in found.values() for r in results)
        if refused > requests / 1000:
            self.report["faults"] = self.report.get("faults", []) + [f"{refused} of {requests} requests failed"]

    def beside_pgbench(self):
        """The main read through HMS and by pgbench, in turns on the same database."""
        if not self.main_read:
            say("no GET /patients/{id} in this build: nothing to compare with pgbench")
            return
        chosen, ours, theirs = self.chosen, {}, {}
        pairs = [count for count in chosen.hospitals if count <= 100]
        rounds = min(2, chosen.rounds)
        for count in pairs:
            self.up(count)
            plan = Plan(self.homes[count], self.people[count], mix.SHOW, chosen.patients)
            same = SameTransaction(self.homes[count], self.main_read, count, chosen.patients)
            warm = 2 + count // 5
            warm_up(plan, chosen.clients)
            for number in range(rounds):
                for side in ("hms", "pgbench") if number % 2 else ("pgbench", "hms"):
                    if side == "hms":
                        plan.run(2, chosen.clients)
                        ours.setdefault(count, []).append(plan.run(chosen.seconds, chosen.clients))
                    else:
                        theirs.setdefault(count, []).append(same.run(warm, chosen.seconds, chosen.clients))
                say(f"round {number + 1}  main read, {count} hospitals: hms {ours[count][-1]['per_second']:.0f}/s"
                    f" (cpu {ours[count][-1]['hms_cpu_us']:.0f} + {ours[count][-1]['postgres_cpu_us']:.0f} us), pgbench {theirs[count][-1]:.0f}/s")
        self.report["main_read_beside_pgbench"] = {
            count: medians(ours[count]) | dict(
                pgbench_per_second=statistics.median(theirs[count]), runs=ours[count], pgbench_runs=theirs[count],
                ratio=statistics.median(r["per_second"] for r in ours[count]) / statistics.median(theirs[count]),
            )
            for count in pairs
        }

    # ---------------------------------------------------------------- sign-up, migration

    def sign_ups(self):
        self.report["signup"] = {}
        times = 10 if self.chosen.quick else 30
        largest = self.chosen.hospitals[-1]
        for name, home, warm in (
            ("warm, new installation", self.home("signup-warm"), times + 5),
            (f"warm, beside {largest} hospitals", self.homes[largest], times + 5),
            ("cold", self.home("signup-cold"), 0),
        ):
            home.stop()
            home.start(warm)
            # The store is kept full by the running server, as always: each sign-up sets off the making of a schema.
            tag, took = f"s{int(time.time())}x", []
            hospitals.sign_up(home, 0, tag)
            for number in range(1, times + 1):
                time.sleep(0.5 if warm else 0)
                took.append(hospitals.sign_up(home, number, tag)[1])
            took.sort()
            result = dict(p50=statistics.median(took), p95=took[int(len(took) * 0.95)], max=took[-1], count=times)
            self.report["signup"][name] = result
            say(f"sign-up {name}: p50 {result['p50']:.0f} ms, p95 {result['p95']:.0f} ms")
            home.stop()

    def migration(self):
        largest = self.chosen.hospitals[-1]
        say("building the next version")
        binary = next_version.build(REPOSITORY, self.folder)
        home = self.homes[largest]
        home.stop()
        home.start()
        people = hospitals.sign_all_in(home, largest)
        plan = Plan(home, people, mix.SHOW if self.main_read else self.operations[:1], self.chosen.patients, pause=20, statuses=True)
        schemas = int(home.sql("select count(*) from public.tenant_schemas where state in ('ready', 'claimed');")[0][0])
        result = next_version.migrate(home, binary, plan, schemas)
        self.report["migration"] = result
        say(f"migration of {schemas} schemas: {result['seconds']:.1f} s; meanwhile {result['requests']} requests: {result['statuses']}")
        (home.home / "filled.json").unlink()  # it has the next version's column now
        home.stop()

    def searches(self):
        home = self.home(f"searched-{self.chosen.searched}")
        self.report["search"] = search.measure(home, say, self.chosen.searched, self.chosen.rounds, self.chosen.seconds)

    def everything(self):
        if "search" in self.chosen.parts:
            self.searches()
            say(f"after {time.monotonic() - self.begun:.0f} s")
        for name, part in ALONE.items():
            if name in self.chosen.parts:
                self.report[name] = part.measure(self)
                say(f"{name} is measured, after {time.monotonic() - self.begun:.0f} s")
        if self.chosen.parts <= {"search", *ALONE}:
            return
        for count in self.chosen.hospitals:
            self.prepare(count)
        self.count_statements()
        if "load" in self.chosen.parts:
            self.load()
        if "pgbench" in self.chosen.parts:
            self.beside_pgbench()
        for name, part in PARTS.items():
            if name in self.chosen.parts:
                self.report[name] = part.measure(self)
                say(f"{name} is measured, after {time.monotonic() - self.begun:.0f} s")
        for home in self.homes.values():
            home.stop()
        if "signup" in self.chosen.parts:
            self.sign_ups()
        if "migration" in self.chosen.parts:
            self.migration()


def warm_up(plan, clients):
    """Each hospital is asked often enough that both of its connections know its statements."""
    wanted, asked, until = 2000 + 120 * len(plan.table["hospitals"]), 0, time.monotonic() + 240
    while asked < wanted and time.monotonic() < until:
        asked += plan.run(5, clients)["requests"]


def alternately(runs, number):
    """Forwards and backwards in turn, so that no one always comes after the same other."""
    items = list(runs.items())
    return items if number % 2 == 0 else reversed(items)


def medians(results):
    keys = ("per_second", "p50", "p95", "p99", "hms_cpu_us", "postgres_cpu_us", "client_cpu_us", "foreign")
    return {key: statistics.median(result[key] for result in results) for key in keys}


def machine():
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    memory = int(next(l.split()[1] for l in open("/proc/meminfo") if l.startswith("MemTotal"))) // 1024
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True).stdout.strip()
    return dict(cpu=cpu, cores=os.cpu_count(), memory_mb=memory, kernel=platform.release(), load_average=os.getloadavg(), commit=commit)


def stop_all(*_):
    raise KeyboardInterrupt


def main():
    chosen = options()
    signal.signal(signal.SIGTERM, stop_all)
    folder = chosen.keep or pathlib.Path(tempfile.mkdtemp(prefix="hms-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    bench = Bench(chosen, folder.absolute())
    code = 1
    try:
        bench.everything()
        bench.report["minutes"] = round((time.monotonic() - bench.begun) / 60, 1)
        print(tables.text(bench.report, PARTS | ALONE))
        print("\n" + tables.markdown(bench.report, PARTS | ALONE))
        file = REPOSITORY / "target/bench" / f"{time.strftime('%Y-%m-%d-%H%M')}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(bench.report, indent=1, ensure_ascii=False))
        print(f"\nall numbers: {file}")
        code = 0
        for fault in bench.report.get("faults", []):
            print(f"BROKEN: {fault}")
            code = 1
    except Broken as fault:
        print(f"BROKEN: {fault}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        code = 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for home in list(Installation.running):
            home.stop()
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
