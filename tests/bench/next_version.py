"""The next version of HMS, with one more column for every hospital: built from a copy of this repository."""

import os
import pathlib
import re
import shutil
import subprocess
import time

from installation import Broken, Installation
from load import result_of

COLUMN = "-- A column more, as a new version brings it.\nalter table patients add column bench_note text;\n"


def build(repository: pathlib.Path, folder: pathlib.Path):
    """Its binary. Only our own crate is compiled: the packages are those of the first build."""
    copy = folder / "next-version"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(repository, copy, ignore=shutil.ignore_patterns("target", "node_modules", ".git"))
    newest = max(int(m[1]) for f in (copy / "tenant_migrations").iterdir() if (m := re.match(r"V(\d+)__", f.name)))
    (copy / f"tenant_migrations/V{newest + 1}__bench.sql").write_text(COLUMN)
    # Another version number, so that cargo keeps the two apart: from the same place in one target folder it would take
    # one for the other, now or at the developer's next build.
    for name in ("Cargo.toml", "Cargo.lock"):
        text = (copy / name).read_text()
        changed = re.sub(r'(name = "hms"\nversion = ")[^"]+', r"\g<1>999.0.0", text, count=1)
        if changed == text:
            raise Broken(f"no version of hms found in {name}")
        (copy / name).write_text(changed)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", repository / "target")).absolute()
    # The first binary is used from a copy of its own, so that this one may take its place.
    done = subprocess.run(
        ["cargo", "build", "--release", "--locked", "--bin", "hms"],
        cwd=copy, env=os.environ | {"CARGO_TARGET_DIR": str(target)}, capture_output=True, text=True,
    )
    if done.returncode != 0:
        raise Broken(f"the next version does not build: {done.stderr[-2000:]}")
    binary = folder / "hms-next"
    shutil.copy2(target / "release/hms", binary)
    shutil.rmtree(copy)
    (target / "release/hms").unlink()
    return binary


def migrate(installation: Installation, binary, plan, schemas):
    """`hms migrate` of the next version while the present one serves a light load. What becomes of its requests?"""
    command, environment, file = plan.command(600, 2)
    load = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    begun = time.monotonic()
    try:
        said = installation.command("migrate", binary=binary)
    finally:
        took = time.monotonic() - begun
        time.sleep(1)
        load.send_signal(2)  # wrk ends and reports
        out, error = load.communicate(timeout=30)
        file.unlink(missing_ok=True)
    answers = result_of(out, error)
    if f"{schemas} schemas brought" not in said:
        raise Broken(f"the next version migrated something else than {schemas} schemas: {said}")
    return dict(
        seconds=took, schemas=schemas, requests=answers["requests"], p99=answers["p99"], longest=answers["max"],
        statuses={key[7:]: n for key, n in answers.items() if key.startswith("status_")},
    )
