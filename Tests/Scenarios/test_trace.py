"""A trace that somebody began goes on in everything that is done for a job, and stands in all logs."""

import os
import secrets

from fleet import request
from test_main_job import entry
from test_mesh import NAMES, SIZE, authority, begin, check, mesh  # noqa: F401 (fixtures)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


def asked(images, name) -> list[str | None]:
    """What `traceparent` the source got with each request for an image."""
    return [{key.lower(): value for key, value in seen.headers.items()}.get("traceparent") for seen in images.requests_for(name)]


def lines(file, *parts) -> list[str]:
    return [line for line in file.read_text().splitlines() if all(part in line for part in parts)]


def test_a_jobs_trace_goes_from_its_request_to_agents_and_sources_and_into_logs(fleet, images):
    images.add("one", secrets.token_bytes(1000))
    images.add("two", secrets.token_bytes(1000))
    fleet.start()
    agents = [fleet.agent(f"host-{number}", log__level="debug") for number in range(2)]
    fleet.apply([entry(images, "one"), entry(images, "two")])
    job = fleet.cache("one", headers={"traceparent": PARENT})
    fleet.await_end(job["id"])
    assert job["trace_id"] == TRACE and asked(images, "one") == [PARENT] * 2
    log = fleet.folder / "precached.log"
    fleet.eventually("the line of its begin", lambda: lines(log, "job accepted", f"trace={TRACE}", "request=req-"))
    fleet.eventually("the line of its end", lambda: lines(log, "job ended", f"trace={TRACE}", f"job={job['id']}"))
    for agent in agents:
        for what in ("task begins", "image done", "msg=request "):
            told = agent.folder / "agent.log"
            fleet.eventually(f"{what} with its trace", lambda: lines(told, what, f"trace={TRACE}"))
    # A job that came without has its own digits for a trace, through a restart, too; and so has one with what is none.
    own = fleet.cache("two", headers={"traceparent": "00-nothing"})
    fleet.await_end(own["id"])
    digits = own["id"].replace("-", "")
    assert own["trace_id"] == digits and asked(images, "two") == [f"00-{digits}-{digits[16:]}-00"] * 2
    fleet.service.terminate()
    fleet.restart()
    assert [fleet.job(one["id"])["trace_id"] for one in (job, own)] == [TRACE, digits]


def test_a_retry_is_part_of_the_trace_of_its_own_request(fleet, images):
    images.add("bad", secrets.token_bytes(1000), status=404)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "bad")])
    first = fleet.await_end(fleet.cache("bad", max_attempts=1, headers={"traceparent": PARENT})["id"])
    other = PARENT.replace(TRACE, TRACE[::-1])
    retry = fleet.call("POST", f"/v1/jobs/{first['id']}/retry", headers={"traceparent": other}).json["job"]
    fleet.await_end(retry["id"])
    assert retry["trace_id"] == TRACE[::-1] and asked(images, "bad")[-1] == other


def test_a_refused_request_is_told_with_its_trace(fleet):
    fleet.start()
    answer = request(fleet.url + "/v1/jobs", token="wrong", headers={"traceparent": PARENT})
    assert answer.status == 401
    fleet.eventually("its line", lambda: lines(fleet.folder / "precached.log", "request refused", f"trace={TRACE}"))


def test_neighbours_are_asked_for_pieces_within_the_trace(mesh, images):  # noqa: F811
    data = os.urandom(SIZE)
    images.add("one", data)
    for agent in mesh.agents.values():
        agent.settings["log.level"] = "debug"
    job = mesh.await_end(begin(mesh, images, headers={"traceparent": PARENT})["id"])
    check(mesh, job, data)
    assert set(asked(images, "one")) == {PARENT}
    told = [line for name in NAMES for line in lines(mesh.agents[name].folder / "agent.log", "msg=request ", "route=/v1/relay")]
    assert told and all(f"trace={TRACE}" in line for line in told), told[:3]
