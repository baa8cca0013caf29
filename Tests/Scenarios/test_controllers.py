"""Three controllers on one PostgreSQL, a thousand hosts, and in the middle of a job whatever can befall them.

A round of some faults here; `Tests/support/controllers.py --fault NAME --rounds N` runs as many as one likes of any.
"""

import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest

import controller_faults

ROUNDS = int(os.environ.get("PRECACHE_FAULT_ROUNDS", 1))
# What is told apart by nothing else here; `Tests/support/controllers.py` has them all.
FAULTS = ["owner-killed", "owner-paused", "promoted", "commits-cut", "clocks-apart"]
SEED = os.environ.get("PRECACHE_FAULT_SEED", str(random.randrange(1_000_000)))


@pytest.fixture
def place():
    # Not below pytest's own folder, which is root's alone.
    folder = Path(tempfile.mkdtemp(prefix="precache-controllers-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.timeout(0 if ROUNDS > 1 else 300)
@pytest.mark.parametrize("fault", FAULTS)
def test_one_outcome_each_and_nothing_twice_whatever_befalls_controllers(fault, place):
    print(f"seed {SEED}")
    wrong = controller_faults.run(fault, ROUNDS, SEED, place, hosts=200)
    assert not wrong, f"seed {SEED}: {wrong}"


def test_what_must_hold_is_looked_at(place):
    """Rows that nobody may write are found: by the counters, by the events, and by who wrote them."""
    stage = controller_faults.OwnerKilled(place)
    try:
        stage.start(hosts=20)
        turn = stage.turn(SEED, 0)
        turn.end_of(turn.job)
        key = f"(SELECT id FROM job WHERE uuid = '{turn.job}')"
        turn.ask(f"UPDATE job_result SET outcome = 4 WHERE job_id = {key} AND host = 3 AND image = 1")
        turn.ask(f"INSERT INTO job_event SELECT job_id, id + 1000000, kind, at, host, image FROM job_event WHERE job_id = {key} AND kind = 1 LIMIT 1")
        wrong = "\n".join(turn.settle())
        assert "a second outcome" in wrong and "counters" in wrong and "weren't heard" in wrong, wrong
    finally:
        stage.stop()
