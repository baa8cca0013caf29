"""Standing orders: what policies want is warm without anybody's doing, and stays so."""

import datetime

from fleet import speaking
from policies import cached, is_met, jobs, leased, policy, put
from test_main_job import entry


def test_hosts_that_join_return_and_lose_are_served_without_anybodys_doing(fleet, images):
    images.add("one", b"1" * 50_000)
    images.add("two", b"2" * 50_000)
    fleet.start()
    first = speaking(fleet, "host-0")
    fleet.apply([entry(images, "one"), entry(images, "two")])
    made = put(fleet, "base", images=[{"id": "one"}, {"id": "two"}], priority="high")
    assert made["spec"]["superseded"] == "unpin" and made["spec"]["enabled"]
    fleet.eventually("what is wanted is there", lambda: is_met(fleet))
    assert cached(first) == {"one", "two"}
    (job,) = jobs(fleet)
    assert job["priority"] == "high" and job["hosts"]["total"] == 1 and job["requested_by"] is None
    # Two hosts that come at about the same time share a job.
    others = [speaking(fleet, f"host-{number}") for number in (1, 2)]
    fleet.apply([entry(images, "one"), entry(images, "two")])
    fleet.eventually("the new hosts have it", lambda: all(cached(agent) == {"one", "two"} for agent in others))
    fleet.eventually("it is met", lambda: is_met(fleet))
    assert sorted(job["hosts"]["total"] for job in jobs(fleet)) == [1, 2]
    # A host that loses an image gets it once more, after a pause, and nobody else is asked.
    assert first.call("DELETE", "/v1/images/one").status == 204
    fleet.eventually("the loss is seen", lambda: policy(fleet)["status"]["missing_hosts"] == 1, 90)
    assert [hold["what"] for hold in policy(fleet)["status"]["held_up_by"]] == ["image_lost"]
    assert fleet.call("POST", "/v1/policies/base/run").status == 202
    fleet.eventually("it is back", lambda: cached(first) == {"one", "two"})
    assert [job["hosts"]["total"] for job in jobs(fleet)][0] == 1
    # What it made is told apart from what people asked for.
    fleet.cache("one")
    made = [job["id"] for job in jobs(fleet)]
    assert [job["id"] for job in fleet.call("GET", "/v1/jobs?policy=base").json["jobs"]] == made
    assert fleet.cli("job", "list", "--policy", "base", "--output", "name").stdout.split() == made
    assert fleet.call("GET", "/v1/jobs?policy=base&aggregate=nope").json["jobs"] == []
    assert fleet.call("GET", "/v1/jobs?policy=nope").json["jobs"] == []
    refused = fleet.call("GET", "/v1/jobs?policy=-")
    assert (refused.status, refused.json["code"]) == (400, "bad_request") and "policy" in refused.json["detail"]
    metrics = fleet.call("GET", "/metrics").body.decode()
    assert 'precached_coverage{aggregate="web",image="one"}' in metrics, metrics
    assert 'precached_policies{state="met"}' in metrics


def test_a_channel_moves_on_and_the_old_image_is_let_go_where_the_new_one_is(fleet, images):
    for name in ("one", "two"):
        images.add(name, name[0].encode() * 50_000)
    fleet.start(policies__check_seconds=1)
    agent = speaking(fleet, "host-0")
    old, new = (entry(images, name) | {"name": "debian"} for name in ("one", "two"))
    fleet.apply([old])
    put(fleet, "base", images=[{"newest": {"name": "debian"}}], superseded="remove")
    fleet.eventually("the first one is there", lambda: cached(agent) == {"one"})
    fleet.eventually("it is leased", lambda: leased(agent) == {"one": ["base"]})
    fleet.apply([old, new])
    fleet.eventually("the newer one is there, and the old one gone", lambda: cached(agent) == {"two"}, 120)
    assert leased(agent) == {"two": ["base"]}
    shown = policy(fleet)["status"]["images"]
    assert [(image["image_id"], image["newest"]) for image in shown] == [("two", "debian")] and shown[0]["since"]
    # A channel that suddenly means nothing changes nothing on hosts, and is told.
    fleet.sql("DELETE FROM image")
    fleet.eventually("it is told",
                     lambda: [hold["what"] for hold in policy(fleet)["status"]["held_up_by"]] == ["channel_empty"], 120)
    assert leased(agent) == {"two": ["base"]}
    # Nor does a restart: what the channel meant is remembered.
    fleet.service.kill()
    fleet.restart()
    fleet.eventually("it is told again", lambda: [image["image_id"] for image in policy(fleet)["status"]["images"]] == ["two"])


def test_outside_its_window_a_policy_waits(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    agent = speaking(fleet, "host-0")
    fleet.apply([entry(images, "one")])
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=12)
    window = {"cron": f"0 {later.hour} * * *", "hours": 1, "timezone": "UTC"}
    put(fleet, "base", images=[{"id": "one"}], windows=[window])
    fleet.eventually("it waits", lambda: policy(fleet)["status"]["state"] == "waiting")
    opens = datetime.datetime.fromisoformat(policy(fleet)["status"]["next_window_at"])
    assert opens == later.replace(minute=0, second=0, microsecond=0) and jobs(fleet) == []
    put(fleet, "base", images=[{"id": "one"}])
    fleet.eventually("it goes on", lambda: cached(agent) == {"one"})


def test_a_host_that_fails_for_good_is_asked_rarely_and_the_status_says_why(fleet, images):
    images.add("one", b"1" * 50_000)
    fleet.start()
    speaking(fleet, "host-0")
    right = entry(images, "one")
    fleet.apply([right | {"hash": "0" * len(right["hash"])}])
    put(fleet, "base", images=[{"id": "one"}])
    fleet.eventually("it is held up", lambda: policy(fleet)["status"]["state"] == "held")
    (hold,) = policy(fleet)["status"]["held_up_by"]
    assert (hold["what"], hold["hosts"], hold["example"]) == ("checksum_mismatch", 1, "host-0") and hold["until"]
    assert (hold["image_id"], hold["job_id"]) == ("one", jobs(fleet)[0]["id"])
    assert hold["detail"] == fleet.result(hold["job_id"], "host-0", "one")["detail"]
    # The service that is killed knows it afterwards, and makes no job again.
    fleet.service.kill()
    fleet.restart()
    fleet.eventually("it is held up", lambda: policy(fleet)["status"]["state"] == "held")
    assert len(jobs(fleet)) == 1
    fleet.apply([right])
    assert fleet.call("POST", "/v1/policies/base/run").status == 202
    fleet.eventually("it is met", lambda: is_met(fleet))


def test_sets_of_policies_are_applied_whole_or_not_at_all(fleet):
    fleet.start()
    fleet.apply([])
    good = [{"name": f"p{number}", "aggregates": ["none"], "images": [{"id": "one"}]} for number in range(50)]
    answer = fleet.call("POST", "/v1/policy-sets", {"policies": good, "dry_run": True})
    assert answer.status == 200 and {one["change"] for one in answer.json["changes"]} == {"added"}
    assert fleet.call("GET", "/v1/policies").json["policies"] == []
    wrong = [*good[:17], {**good[17], "windows": [{"cron": "0 0 31 2 *", "hours": 1, "timezone": "UTC"}]}, *good[18:]]
    answer = fleet.call("POST", "/v1/policy-sets", {"policies": wrong})
    assert answer.status == 400 and answer.json["errors"][0]["field"] == "policies[17].windows[0].cron", answer.body
    nowhere = [*good[:3], {**good[3], "windows": [{"cron": "0 0 * * *", "hours": 1, "timezone": "Europe/Berlln"}]}]
    answer = fleet.call("POST", "/v1/policy-sets", {"policies": nowhere})
    assert answer.status == 400 and answer.json["errors"][0]["field"] == "policies[3].windows[0].timezone"
    assert fleet.call("GET", "/v1/policies").json["policies"] == []
    assert fleet.call("POST", "/v1/policy-sets", {"policies": good}).status == 200
    page = fleet.call("GET", "/v1/policies?limit=30").json
    rest = fleet.call("GET", f"/v1/policies?limit=30&after={page['next']}").json
    assert len(page["policies"]) == 30 and len(rest["policies"]) == 20 and rest["next"] is None
    fleet.eventually("what holds them up is told",
                     lambda: policy(fleet, "p0")["status"]["held_up_by"][:1] and
                     policy(fleet, "p0")["status"]["held_up_by"][0]["what"] == "no_aggregate")
    changed = [{**good[0], "priority": "low"}, good[1]]
    answer = fleet.call("POST", "/v1/policy-sets", {"policies": changed, "prune": True})
    kinds = [one["change"] for one in answer.json["changes"]]
    assert kinds[:2] == ["changed", "same"] and kinds[2:] == ["removed"] * 48
    assert fleet.call("DELETE", "/v1/policies/p0").status == 204
    assert fleet.call("DELETE", "/v1/policies/p0").status == 404
    assert fleet.call("PUT", "/v1/policies/p0", {"aggregates": ["a"], "images": []}).status == 400
    assert fleet.call("PUT", "/v1/policies/p0", good[1], role="reader").status == 403


def test_an_image_that_nobody_has_is_asked_for_once_and_then_held(fleet, images):
    """Its results end without an attempt; they count as failures all the same."""
    images.add("one", b"1" * 50_000)
    fleet.start(policies__check_seconds=1)
    speaking(fleet, "host-0")
    fleet.apply([entry(images, "one")])
    put(fleet, "lost", images=[{"id": "nowhere"}])
    fleet.eventually("it is held", lambda: policy(fleet, "lost")["status"]["state"] == "held")
    (hold,) = policy(fleet, "lost")["status"]["held_up_by"]
    assert hold["what"] == "image_not_found" and "not in the catalogue" in hold["detail"], hold
    # Others are kept meanwhile, by rounds that look at this one, too.
    put(fleet, "base", images=[{"id": "one"}])
    fleet.eventually("the other one is met", lambda: is_met(fleet))
    speaking(fleet, "host-1")
    fleet.apply([entry(images, "one")])
    fleet.eventually("a new host has it", lambda: len(jobs(fleet)) == 2 and is_met(fleet))
    assert sum(job["hosts"]["total"] for job in jobs(fleet, "lost")) == 2, "once on each host"
    (end,) = fleet.call("GET", "/v1/aggregates/web/coverage/nowhere/hosts?state=missing&limit=1").json["hosts"]
    assert end["last"]["reason"] == "image_not_found"
