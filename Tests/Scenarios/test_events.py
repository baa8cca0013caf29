"""Who follows all jobs hears of each event once, in order, whatever befalls the service meanwhile."""

import json
import secrets
import subprocess
import threading

from fleet import request
from test_main_job import entry


class Curl:
    """A real curl on the stream; it ends where the connection does."""

    def __init__(self, fleet, *query, last=None):
        headers = ["-H", f"Authorization: Bearer {fleet.token('reader')}"] + (["-H", f"Last-Event-ID: {last}"] if last else [])
        self.process = subprocess.Popen(["curl", "-sN", *headers, f"{fleet.url}/v1/events" + ("?" + "&".join(query) if query else "")],
                                        stdout=subprocess.PIPE, text=True)
        self.ids, self.events, self.last = [], [], last
        self.has_begun = threading.Event()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        told = None
        for line in self.process.stdout:
            if line.startswith("id:"):
                told = line[3:].strip()
            elif line.startswith("data:"):
                self.events.append(json.loads(line[5:]))
            elif line == "\n" and told:
                self.last = told
                self.has_begun.set()

    def begun(self):
        assert self.has_begun.wait(30), "nothing came"
        return self

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.reader.join(10)


def own_events(fleet, job_id):
    answer = request(f"{fleet.url}/v1/jobs/{job_id}/events", token=fleet.token("reader"))
    return [json.loads(line[5:]) for line in answer.body.decode().splitlines() if line.startswith("data:")]


def test_events_of_all_jobs_through_a_kill(fleet, images):
    gate = threading.Event()
    images.add("quick", secrets.token_bytes(1000))
    images.add("slow", secrets.token_bytes(100_000), gate=gate)
    fleet.start()
    for number in range(3):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "quick"), entry(images, "slow")])
    fleet.await_end(fleet.cache("quick")["id"])
    curl = Curl(fleet).begun()
    assert not curl.events, "it begins with what comes next"
    first = int(curl.last)
    slow, quick = fleet.cache("slow"), fleet.cache("quick")
    fleet.await_end(quick["id"])
    fleet.eventually("the quick job's end", lambda: any(
        event["type"] == "finished" and event["job_id"] == quick["id"] for event in curl.events))
    fleet.service.kill()
    curl.reader.join(30)
    fleet.restart()
    again = Curl(fleet, last=curl.last)
    gate.set()
    fleet.await_end(slow["id"])
    fleet.eventually("the slow job's end", lambda: any(event["type"] == "finished" for event in again.events))
    again.end()
    heard = curl.events + again.events
    told = {job["id"]: own_events(fleet, job["id"]) for job in (slow, quick)}
    for job in (slow, quick):
        mine = [event for event in heard if event["job_id"] == job["id"]]
        assert all(event["aggregate"] == "web" for event in mine)
        assert [{key: value for key, value in event.items() if key not in ("job_id", "aggregate")} for event in mine] == told[job["id"]]
    ids = [event["id"] for event in heard]
    assert ids == sorted(set(ids)) and ids[0] > first and len(ids) == sum(map(len, told.values()))
    outcome = next(event for event in heard if event["type"] == "outcome" and event["job_id"] == slow["id"])
    row = fleet.result(slow["id"], outcome["host"], "slow")
    assert {key: outcome[key] for key in ("bytes_done", "bytes_total", "source", "verified")} == {
        key: row[key] for key in ("bytes_done", "bytes_total", "source", "verified")} and outcome["bytes_done"] == 100_000


def test_the_cli_follows_failures_over_a_restart(fleet, images):
    images.add("good", secrets.token_bytes(1000))
    images.add("bad", secrets.token_bytes(1000), status=404)
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([entry(images, "good"), entry(images, "bad")])
    before = fleet.await_end(fleet.cache("bad", max_attempts=1)["id"])
    file = fleet.folder / "token"
    file.write_text(fleet.token("reader"))
    file.chmod(0o600)
    told = fleet.folder / "events.txt"
    with told.open("w") as output:
        follower = subprocess.Popen(["precache", "events", "--url", fleet.url, "--token-file", file, "--after", "0",
                                     "--type", "outcome", "--outcome", "error"], stdout=output)

    def lines():
        return told.read_text().splitlines()
    fleet.eventually("what was before", lambda: len(lines()) == 1)
    assert f"job_id={before['id']}" in lines()[0] and "reason=image_not_found" in lines()[0], lines()
    fleet.await_end(fleet.cache("good")["id"])
    fleet.service.terminate()
    fleet.restart()
    after = fleet.await_end(fleet.cache("bad", max_attempts=1)["id"])
    fleet.eventually("what is after the restart", lambda: len(lines()) == 2)
    assert f"job_id={after['id']}" in lines()[1]
    follower.terminate()
    follower.wait()
