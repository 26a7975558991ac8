"""One hospital that asks as fast as it can beside one where two people work: does the quiet one notice?

The same load spread over all other hospitals tells how much of it is the machine being busy, and how much is one
hospital standing in another's way.
"""

import mix
from load import Plan, middle, together

NOISY = 32
QUIET = 2
PAUSE_MS = 20


def measure(bench):
    chosen = bench.chosen
    count = bench.middle_count
    home, (everybody, operator, console) = bench.up(count)
    if len(everybody) < 3:
        bench.say("a quiet hospital beside others needs three hospitals at least")
        return None
    plan = lambda those, **more: Plan(home, (those, operator, console), mix.READS, chosen.patients, statuses=True, **more)
    quiet, noise, others = plan(everybody[:1], pause=PAUSE_MS), plan(everybody[1:2]), plan(everybody[1:])
    for one in (others, noise, quiet):
        one.run(3 + count // 40, 16)
    scenes = {"alone": (), "others": ((others, NOISY),), "noisy": ((noise, NOISY),)}
    found = {scene: [] for scene in scenes}
    for number in range(chosen.rounds):
        for scene, beside in scenes.items() if number % 2 == 0 else reversed(scenes.items()):
            found[scene].append(together(chosen.seconds, (quiet, QUIET), *beside))
        bench.say(f"round {number + 1}  quiet p99: " + ", ".join(f"{scene} {runs[-1][0]['p99'] / 1000:.1f} ms" for scene, runs in found.items()))
    numbers = ("per_second", "p50", "p95", "p99", "max")
    return dict(hospitals=count) | {
        scene: dict(quiet=middle([r[0] for r in runs], *numbers), load=middle([r[1] for r in runs if len(r) > 1] or [{}], "per_second", "p99"), runs=runs)
        for scene, runs in found.items()
    }


NAMES = {"alone": "nobody", "others": f"{NOISY} clients in all other hospitals", "noisy": f"{NOISY} clients in one hospital"}


def table(report, options):
    rows = [f"| quiet hospital ({QUIET} people), beside it | its p50 | its p99 | the others' requests a second |", "|---|---|---|---|"]
    for scene, name in NAMES.items():
        r = report[scene]
        rows.append(f"| {name} | {r['quiet']['p50'] / 1000:.1f} ms | {r['quiet']['p99'] / 1000:.1f} ms | {r['load']['per_second']:,.0f} |")
    ratio = lambda scene: report["noisy"]["quiet"]["p99"] / report[scene]["quiet"]["p99"]
    verdicts = [
        ("a quiet hospital's p99 beside a noisy one, to that alone", f"{ratio('alone'):.1f}", ratio("alone") < 2, "< 2"),
        ("the same, to that beside as much load in all others", f"{ratio('others'):.1f}", ratio("others") < 2, "< 2"),
    ]
    return f"A noisy hospital beside a quiet one, {report['hospitals']:,} hospitals", rows, verdicts, []
