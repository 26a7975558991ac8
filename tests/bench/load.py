"""One measurement of a few seconds: wrk against a running installation, and what it cost."""

import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

from installation import Broken, Installation, busy_seconds

LUA = pathlib.Path(__file__).with_name("load.lua")


def lua(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=True).replace("\\/", "/")
    if isinstance(value, dict):
        return "{" + ",".join(f"[{lua(k)}]={lua(v)}" for k, v in value.items() if v is not None) + "}"
    return "{" + ",\n".join(map(lua, value)) + "}"


class Plan:
    """Who asks what, written down once for load.lua; the seed changes with each run."""

    def __init__(self, installation: Installation, people, operations, patients, zipf=False, **more):
        hospitals, operator, console = people
        self.installation = installation
        self.table = dict(
            host=f"127.0.0.1:{installation.port}", hospitals=hospitals, operator=operator, console=console,
            operations=operations, patients=patients, zipf=zipf, day=time.strftime("%Y-%m-%d"), **more,
        )
        self.seed = 0

    def command(self, seconds, clients):
        self.seed += 1
        file = pathlib.Path(tempfile.gettempdir()) / f"hms-bench-{os.getpid()}-{id(self)}.lua"
        file.write_text("return " + lua(self.table | {"seed": self.seed, "seconds": seconds}))
        command = ["wrk", "-t1", f"-c{clients}", f"-d{math.ceil(seconds) + 1}s", "--timeout", "10s", "-s", str(LUA),
                   self.installation.url]
        return command, os.environ | {"HMS_BENCH_PLAN": str(file)}, file

    def run(self, seconds, clients):
        """Numbers of one run. CPU in microseconds per request is the steadiest of them on a shared machine."""
        command, environment, file = self.command(seconds, clients)
        before = (self.installation.cpu_seconds(), busy_seconds(), client_seconds())
        begun = time.monotonic()
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        elapsed = time.monotonic() - begun
        after = (self.installation.cpu_seconds(), busy_seconds(), client_seconds())
        file.unlink()
        result = result_of(done.stdout, done.stderr)
        own, database = (b - a for a, b in zip(before[0], after[0]))
        (busy, stolen), client = (b - a for a, b in zip(before[1], after[1])), after[2] - before[2]
        cores = os.cpu_count()
        result |= dict(
            per_second=result["requests"] / seconds,
            hms_cpu_us=own * 1e6 / max(1, result["requests"]),
            postgres_cpu_us=database * 1e6 / max(1, result["requests"]),
            client_cpu_us=client * 1e6 / max(1, result["requests"]),
            # Other people's work on this machine during the run, as a share of all cores.
            foreign=max(0.0, busy + stolen - own - database - client) / (elapsed * cores),
        )
        return result


def together(seconds, *pairs):
    """Several (plan, clients) at the same time: one result each."""
    running = []
    for plan, clients in pairs:
        command, environment, file = plan.command(seconds, clients)
        running.append((subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), file))
    results = []
    for process, file in running:
        out, error = process.communicate()
        file.unlink()
        results.append(result_of(out, error))
    for result in results:
        result["per_second"] = result["requests"] / seconds
    return results


def middle(results, *keys):
    """The median of each number over several runs."""
    return {key: statistics.median(result.get(key, 0) for result in results) for key in keys}


def result_of(out, error=""):
    line = next((line for line in out.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise Broken(f"wrk measured nothing: {out[-500:]} {error[-500:]}")
    result = json.loads(line[7:])
    if result["requests"] == 0:
        raise Broken("the server answered nothing")
    return result


def client_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
