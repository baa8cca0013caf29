"""Endpoints that fail, hang, throttle, say that they're gone, and a service that is killed: nothing is lost, order holds."""

import random
import threading

import pytest

from program import LIMIT
from test_main_job import entry
from test_webhooks import await_idle, events, put, small_fleet, webhook
from webhook_receiver import CUT, HANG, WebhookReceiver


def check_order(fleet, receiver, jobs):
    """Each job's events, taken once each, are those that it had and in their order."""
    for job in jobs:
        told = [one.json["data"]["event"] for one in receiver.first_times() if one.job == job["id"]]
        assert told == events(fleet, job)
        tried = [one.json["data"]["event"]["id"] for one in receiver.received if one.job == job["id"]]
        assert sorted(set(tried)) == [event["id"] for event in told]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_or_out_of_order_when_the_service_is_killed(fleet, images, receiver, seed):
    """The moments are numbers of requests at the receiver, before and after it has answered."""
    chance = random.Random(seed)
    small_fleet(fleet, images, hosts=4)
    put(fleet, "ci", receiver.url)
    jobs = [fleet.cache("one", "two"), fleet.cache("one"), fleet.cache("two")]
    for moment in sorted(chance.sample(range(1, 20), 3)):
        receiver.await_count(moment)
        fleet.service.kill()
        before = len(receiver.received)
        fleet.restart()
        repeated = {one.id for one in receiver.received[before:]} & {one.id for one in receiver.received[:before]}
        assert len(repeated) <= 40
    for job in jobs:
        fleet.await_end(job["id"])
    receiver.await_end(*jobs)
    await_idle(fleet, "ci")
    check_order(fleet, receiver, jobs)
    shown = webhook(fleet, "ci")
    assert shown["dropped"] == 0 and shown["state"] == "active"


def test_nova_progress_counts_on_after_a_kill(fleet, images, receiver):
    small_fleet(fleet, images, hosts=5)
    put(fleet, "nova", receiver.url, format="nova")
    job = fleet.cache("one", "two", parallelism=1)
    receiver.await_count(3)
    fleet.service.kill()
    fleet.restart()
    fleet.await_end(job["id"])
    receiver.await_types("aggregate.cache_images.end")
    progress = [one.json["payload"]["nova_object.data"] for one in receiver.first_times() if one.type.endswith("progress")]
    assert [one["index"] for one in progress] == [1, 2, 3, 4, 5] and {one["total"] for one in progress} == {5}
    assert {one["host"] for one in progress} == set(fleet.agents)
    assert all(one["images_cached"] == ["one", "two"] for one in progress)


@pytest.mark.parametrize("fault", [500, 404, 302, CUT])
def test_a_failure_is_tried_again_before_anything_later_comes(fleet, images, receiver, fault):
    elsewhere = WebhookReceiver()
    seen = set()

    def second_time(received):
        first = received.id not in seen
        seen.add(received.id)
        return ((fault, {"Location": elsewhere.url}) if fault == 302 else fault) if first and len(seen) <= 3 else 200

    receiver.answer = second_time
    small_fleet(fleet, images, hosts=1)
    put(fleet, "ci", receiver.url)
    job = fleet.await_end(fleet.cache("one")["id"])
    receiver.await_end(job)
    check_order(fleet, receiver, [job])
    ids = [one.id for one in receiver.received]
    assert ids[:6] == [ids[0], ids[0], ids[2], ids[2], ids[4], ids[4]]
    assert receiver.received[0].body == receiver.received[1].body
    assert elsewhere.received == [], "a redirect is not followed"
    elsewhere.stop()
    assert await_idle(fleet, "ci")["failing_since"] is None
    fleet.service.await_line("a webhook fails")
    fleet.service.await_line("works again")


def test_retry_after_is_honoured_for_all_of_an_endpoints_jobs(fleet, images, receiver):
    receiver.answer = lambda received: (429, {"Retry-After": "10"}) if len(receiver.received) == 0 else 200
    small_fleet(fleet, images, hosts=1)
    put(fleet, "ci", receiver.url)
    first = fleet.cache("one")
    receiver.await_count(1)
    fleet.eventually("it fails", lambda: webhook(fleet, "ci")["last_error"] == "the endpoint answered 429")
    second = fleet.cache("two")
    receiver.await_end(first, second)
    # Only a lower bound: a slow machine can't break it.
    assert receiver.received[1].at - receiver.received[0].at >= 9.9


def test_a_hanging_endpoint_holds_up_neither_jobs_nor_other_endpoints(fleet, images, receiver):
    hanging = WebhookReceiver(lambda received: HANG)
    small_fleet(fleet, images, hosts=3, webhooks__timeout_seconds=120)
    put(fleet, "hanging", hanging.url)
    put(fleet, "good", receiver.url)
    jobs = [fleet.await_end(fleet.cache("one", "two")["id"]) for _ in range(6)]
    receiver.await_end(*jobs)
    check_order(fleet, receiver, jobs)
    # Every job has ended and the good one has been told, while the other still hasn't answered anything.
    shown = webhook(fleet, "hanging")
    assert len(hanging.received) == 4, "so many jobs of one endpoint at once, and no more"
    assert {one.type for one in hanging.received} == {"dev.precache.job.accepted"}
    assert shown["delivered"] == 0 and shown["waiting"] == sum(len(events(fleet, job)) for job in jobs)
    assert fleet.service.terminate() == 0, "a stop doesn't wait for it"
    hanging.stop()


def test_gone_pauses_at_once_and_resume_delivers_what_waited(fleet, images, receiver):
    receiver.answer = lambda received: 410
    small_fleet(fleet, images, hosts=1)
    put(fleet, "ci", receiver.url)
    job = fleet.await_end(fleet.cache("one")["id"])
    fleet.eventually("it is paused", lambda: webhook(fleet, "ci")["state"] == "paused")
    shown = webhook(fleet, "ci")
    assert "410" in shown["paused_reason"] and shown["waiting"] == len(events(fleet, job)) and shown["paused_at"]
    fleet.service.await_line(r"a webhook is paused.*precache webhook resume ci")
    fleet.service.terminate()
    fleet.restart()
    metrics = lambda: fleet.call("GET", "/metrics").body.decode()
    fleet.eventually("the metrics say so", lambda: 'precached_webhook_paused{webhook="ci"} 1' in metrics())
    assert f'precached_webhook_waiting_events{{webhook="ci"}} {shown["waiting"]}' in metrics()
    assert len(receiver.received) == 1, "nothing is sent to a paused endpoint, also after a restart"
    receiver.answer = lambda received: 200
    assert fleet.call("POST", "/v1/webhooks/ci/resume").json["webhook"]["state"] == "active"
    receiver.await_end(job)
    check_order(fleet, receiver, [job])
    assert await_idle(fleet, "ci")["dropped"] == 0
    assert 'precached_webhook_deliveries_total{webhook="ci",result="delivered"}' in metrics()


def test_an_endpoint_that_stays_broken_is_paused_and_what_is_given_up_is_counted(fleet, images, receiver):
    receiver.answer = lambda received: 500
    small_fleet(fleet, images, hosts=1, webhooks__retry_seconds=2)
    put(fleet, "ci", receiver.url)
    old = fleet.await_end(fleet.cache("one")["id"])
    count = len(events(fleet, old))
    fleet.service.await_line(r"a webhook is paused")
    fleet.eventually("all of it is given up", lambda: webhook(fleet, "ci")["dropped"] == count)
    shown = webhook(fleet, "ci")
    assert shown["state"] == "paused" and shown["waiting"] == 0 and "answered 500" in shown["paused_reason"]
    assert f'result="dropped"}} {count}' in fleet.call("GET", "/metrics").body.decode()
    receiver.answer = lambda received: 200
    fleet.call("POST", "/v1/webhooks/ci/resume")
    new = fleet.await_end(fleet.cache("two")["id"])
    receiver.await_end(new)
    assert {one.job for one in receiver.taken} == {new["id"]}


def test_many_jobs_are_told_side_by_side_each_in_order(fleet, images, receiver):
    """One job's refused event holds up that job alone."""
    lock = threading.Lock()
    state = {"poison": None}

    def refuses_one_job(received):
        with lock:
            state["poison"] = state["poison"] or received.job
        return 400 if received.job == state["poison"] else 200

    receiver.answer = refuses_one_job
    small_fleet(fleet, images, hosts=2)
    put(fleet, "ci", receiver.url)
    jobs = [fleet.await_end(fleet.cache("one", "two")["id"]) for _ in range(8)]
    others = [job for job in jobs if job["id"] != state["poison"]]
    assert len(others) == 7
    receiver.await_end(*others)
    check_order(fleet, receiver, others)
    assert not [one for one in receiver.taken if one.job == state["poison"]]
    receiver.answer = lambda received: 200
    receiver.wait(lambda: len({one.job for one in receiver.taken if one.type.endswith("finished")}) == 8, "the last job", LIMIT)
    check_order(fleet, receiver, jobs)
