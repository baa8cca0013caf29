"""What an operator is told of trouble by log and metrics: each thing once, with its cause, in few lines."""

import json
import re
import secrets
import subprocess


from fleet import beating, request
from prometheus import Prometheus, scrape
from test_main_job import entry


def lines(fleet, what):
    log = (fleet.folder / "precached.log").read_text()
    return [line for line in log.splitlines() if f'msg="{what}"' in line or f"msg={what} " in line]


def outcomes(fleet) -> dict[tuple[str, str], int]:
    text = fleet.call("GET", "/metrics").body.decode()
    found = re.findall(r'precached_outcomes_total\{outcome="(\w+)",reason="(\w*)"\} (\d+)', text)
    return {(outcome, reason): int(count) for outcome, reason, count in found}


def test_a_failed_job_says_why_in_its_answer_its_last_event_and_one_line(fleet, images):
    images.add("good", secrets.token_bytes(1000))
    images.add("bad", secrets.token_bytes(2000))
    fleet.start()
    for number in range(3):
        fleet.agent(f"host-{number}")
    fleet.apply([entry(images, "good"), {**entry(images, "bad"), "hash": "00" * 32}])
    started = outcomes(fleet)
    assert set(started.values()) == {0} and ("error", "checksum_mismatch") in started, "a rate sees the first, too"
    job = fleet.await_end(fleet.cache("good", "bad", max_attempts=1)["id"])
    assert job["state"] == "partial" and job["reasons"] == {"checksum_mismatch": 3}
    assert job["bytes"] == {"done": 3000, "in_vain": 6000, "total": 9000}
    assert job["requested_by"] == "test-admin" and job["elapsed_seconds"] >= 0
    end = fleet.cli("job", "events", job["id"]).stdout.splitlines()[-1]
    assert "state=partial" in end and "results=cached:3,error:3" in end and "reasons=checksum_mismatch:3" in end
    summary = fleet.cli("job", "watch", job["id"]).stdout.splitlines()[0]
    assert "error 3 (checksum_mismatch 3)" in summary and "5.9 KiB fetched in vain" in summary, summary
    only = fleet.results(job["id"], reason="checksum_mismatch")
    assert [row["host"] for row in only] == ["host-0", "host-1", "host-2"]
    fleet.eventually("the line of its end", lambda: lines(fleet, "job ended"))
    [line] = lines(fleet, "job ended")
    for part in ("level=warning", f"job={job['id']}", "state=partial", "results.error=3", "results.cached=3",
                 "reasons.checksum_mismatch=3", "host-0 bad: checksum_mismatch", "caller=test-admin"):
        assert part in line, (part, line)
    counted = outcomes(fleet)
    assert counted["error", "checksum_mismatch"] == 3 and counted["cached", ""] == 3
    fleet.service.terminate()
    fleet.restart()
    # The service answers a moment before its dispatcher has begun.
    fleet.eventually("the counters of a new start", lambda: outcomes(fleet))
    assert set(outcomes(fleet).values()) == {0} and outcomes(fleet).keys() == started.keys()


def test_promtool_finds_nothing_wrong_with_the_metrics(fleet):
    fleet.start()
    checked = subprocess.run(["promtool", "check", "metrics"], input=fleet.call("GET", "/metrics").body,
                             capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_documented_alert_sees_the_first_error_of_its_kind(fleet, images, tmp_path):
    images.add("bad", secrets.token_bytes(1000))
    fleet.start()
    fleet.agent("host-0")
    fleet.apply([{**entry(images, "bad"), "hash": "00" * 32}])
    rule = 'sum by (reason) (increase(precached_outcomes_total{outcome="error"}[15m])) > 0'
    prometheus = Prometheus(
        tmp_path / "prometheus", [scrape("precached", [f"127.0.0.1:{fleet.port}"], fleet.token("reader"))],
        json.dumps({"groups": [{"name": "g", "rules": [{"alert": "Errors", "expr": rule}]}]}))
    try:
        fleet.eventually("a scrape", lambda: prometheus.ask("query?query=precached_outcomes_total")["result"])
        fleet.await_end(fleet.cache("bad", max_attempts=1)["id"])
        fleet.eventually("the alert", prometheus.firing)
        assert [alert["labels"]["reason"] for alert in prometheus.firing()] == ["checksum_mismatch"]
    finally:
        prometheus.stop()


def test_what_ends_without_the_dispatcher_is_counted_and_told(fleet, images):
    images.add("one", secrets.token_bytes(1000))
    fleet.start()
    for number in range(2):
        fleet.agent(f"host-{number}", start=False)
    fleet.apply([entry(images, "one")])
    # Nobody answers, so that all but the first attempts wait when it is cancelled.
    job = fleet.cache("one", parallelism=1)
    fleet.call("POST", f"/v1/jobs/{job['id']}/cancel")
    job = fleet.await_end(job["id"])
    fleet.eventually("the line of its end", lambda: lines(fleet, "job ended"))
    bad = {outcome: count for outcome, count in job["results"].items() if count}
    fleet.eventually("metrics", lambda: sum(outcomes(fleet).values()) == sum(bad.values()) == 2)


def test_jobs_beyond_the_number_to_keep_go_soon_after_their_end(fleet, images):
    images.add("one", secrets.token_bytes(1000))
    fleet.start(retention__jobs=2)
    fleet.agent("host-0")
    fleet.apply([entry(images, "one")])
    # One after the other: those that end last are kept.
    jobs = [fleet.await_end(fleet.cache("one")["id"])["id"] for _ in range(7)]
    fleet.eventually("retention", lambda: len(fleet.call("GET", "/v1/jobs").json["jobs"]) == 2)
    assert [job["id"] for job in fleet.call("GET", "/v1/jobs").json["jobs"]] == jobs[:4:-1]


def test_wrong_tokens_and_hosts_that_come_and_go_are_a_line_each(fleet):
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    fleet.apply()
    agent.start(**beating(fleet, agent.name))
    shown = lambda: fleet.call("GET", "/metrics").body.decode()
    fleet.eventually("its figures", lambda: 'precached_host_disk_free_bytes{host="host-0"}' in shown())
    assert re.search(r'precached_agents\{version="[^"]+"\} 1', shown())
    for _ in range(5):
        assert request(fleet.url + "/v1/jobs", token="nonsense").status == 401
    fleet.eventually("the line of them", lambda: lines(fleet, "request refused"))
    [refused] = lines(fleet, "request refused")
    assert "level=warning" in refused and "peer=127.0.0.1" in refused and "nonsense" not in refused
    agent.program.kill()
    fleet.eventually("the line of its silence", lambda: lines(fleet, "host down"))
    agent.start()
    fleet.eventually("the line of its return", lambda: lines(fleet, "host up"))
    assert ["host=host-0" in line for line in lines(fleet, "host down") + lines(fleet, "host up")] == [True, True]
