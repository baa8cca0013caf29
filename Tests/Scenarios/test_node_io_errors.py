"""Any file system call of the agent fails, or does half: the outcome says why, nothing half-made gets a final name, the
agent lives, and the next try succeeds."""

import os
import random
import secrets
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest

from attacked_host import AttackedHost, order
from faultshim import ERRORS

TRIALS = int(os.environ.get("PRECACHE_FAULT_TRIALS", "400"))
SEED = int(os.environ.get("PRECACHE_FAULT_SEED", "0")) or secrets.randbelow(10**6)
REASON = {"ENOSPC": "no_space", "EDQUOT": "no_space"}
HARMLESS = ("EINTR", "HALF")  # no failures: to be called again, or gone on with
FOR_GOOD = 10**9


def fetch(host, images):
    return host.obtain(order(images, "one"))["one"]


def refetch(host, images):
    """Nova, or somebody, damaged the file: it's digested, found wrong, and fetched again."""
    host.file("one").write_bytes(b"damaged")
    return fetch(host, images)


def in_words(answer, right) -> dict:
    """An answer of the API in an outcome's words; there one code stands for every trouble with the disk, and another for
    trouble in finding out whether an image is in use."""
    if answer.status == right:
        return {"outcome": "existing"}
    assert (answer.status, answer.json["code"]) in ((503, "io_error"), (409, "image_in_use")), answer.body
    return {"outcome": "error", "reason": None}


def list_images(host, images):
    answer = host.call("GET", "/v1/images")
    return in_words(answer, 200)


def remove(host, images):
    answer = host.call("DELETE", "/v1/images/one")
    return in_words(answer, 204)


# What is done, and whether the image is there before.
STEPS = {"fetch": (fetch, False), "find": (fetch, True), "refetch": (refetch, True), "list": (list_images, True),
         "remove": (remove, True)}


@pytest.fixture
def data(images):
    return images.add("one", secrets.token_bytes(1_300_000)).data


def prepare(host, images, is_there):
    host.shim.let_be()
    if not host.agent.program or not host.agent.program.is_running:
        host.fresh()
        host.start()
    assert host.call("DELETE", "/v1/images/one").status in (204, 404)
    if is_there:
        assert fetch(host, images)["outcome"] == "cached"


def attack(host, images, data, step, number, fault, times):
    do, is_there = STEPS[step]
    prepare(host, images, is_there)
    if fault == "HALF":
        host.shim.halve_from(number, times)
    else:
        host.shim.fail_at(number, ERRORS[fault], times)
    outcome = do(host, images)
    hits, call = host.shim.hits, host.shim.call(number)
    host.shim.let_be()
    try:
        if fault in HARMLESS or not hits:
            assert outcome["outcome"] in ("cached", "existing"), outcome
        elif outcome["outcome"] == "error":
            # The code of the API, or a call that no full disk lets fail: both words will do. The lock is looked after by a task of
            # its own: where all calls after its own fail, too, it may be such a one that the image ends by.
            reads = call.split(" ")[0] in ("fstat", "fstatat", "pread", "readdir")
            words = (REASON.get(fault, "io_error"), None, *(["io_error"] if reads or (times > 1 and "/locks" in call) else []))
            assert outcome["reason"] in words, outcome
        host.check_files({"one": data}, others=() if step != "refetch" else (b"damaged",))
        assert host.call("GET", "/healthz").status == 200
        again = fetch(host, images)
        assert again["outcome"] in ("cached", "existing") and again["verified"], again
        assert host.file("one").read_bytes() == data
        host.check_files({"one": data})
        host.check_staging(empty=True, orphans=times > 1 or "unlinkat" in call)
        host.check_locks()
        host.check_records()
    except AssertionError as error:
        return hits, f"{step}: {fault} at call {number}, {call}, {times} times: {outcome}: {error}"
    return hits, None


@pytest.fixture
def hosts(fleet, shim):
    hosts = SimpleQueue()
    for number in range(4):
        hosts.put(AttackedHost(fleet, f"host-{number}", shim))
    return hosts


def calls_of(host, images, step) -> int:
    do, is_there = STEPS[step]
    prepare(host, images, is_there)
    host.shim.watch(reads=True)
    do(host, images)
    return host.shim.count


def test_any_call_fails_once_or_from_then_on(hosts, images, data, capsys):
    host = hosts.get()
    trials = [(step, number, fault, times) for step in STEPS for number in range(1, calls_of(host, images, step) + 1)
              for fault in [*ERRORS, "HALF"] for times in ((1,) if fault in HARMLESS else (1, FOR_GOOD))]
    hosts.put(host)
    total = len(trials)
    if total > TRIALS:
        trials = random.Random(SEED).sample(trials, TRIALS)

    def run(trial):
        host = hosts.get()
        try:
            return attack(host, images, data, *trial)
        finally:
            hosts.put(host)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, trials))
    hits = sum(1 for count, _ in results if count)
    wrong = [problem for _, problem in results if problem]
    assert not wrong, f"{len(wrong)} of {len(trials)} went wrong:\n" + "\n".join(wrong[:20])
    assert hits > len(trials) * 0.8, "the faults were met"
    with capsys.disabled():
        print(f"\n{len(trials)} of {total} faults tried, {hits} met, seed {SEED}")
