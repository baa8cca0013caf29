"""A month of a policy as operators live it, with the service's clock moved on from night to night."""

import datetime
import secrets

import pytest

from faultshim import FaultShim
from fleet import speaking
from policies import cached, jobs, policy, put
from test_coverage import counts
from test_main_job import entry

pytestmark = pytest.mark.sqlite


class Month:
    """Six hosts, a channel that a release joins each week, and a policy that brings it in the nights."""

    def __init__(self, fleet, images, clock):
        self.fleet, self.images, self.clock, self.released = fleet, images, clock, []
        self.start = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.at(1, 12)
        fleet.wrapper = clock.wrapper
        fleet.start(policies__check_seconds=1, retention__age_seconds=90 * 86_400)
        self.agents = [speaking(fleet, f"host-{number}") for number in range(6)]
        fleet.apply()
        put(fleet, "base", images=[{"newest": {"name": "base"}}], superseded="remove",
            windows=[{"cron": "0 1 * * *", "hours": 4, "timezone": "UTC"}])

    def at(self, day: int, hour: float):
        """Moves the service's clock to an hour of a day of the month; from there it goes on."""
        moment = self.start + datetime.timedelta(days=day, hours=hour)
        self.clock.set_clock(int((moment - datetime.datetime.now(datetime.UTC)).total_seconds()))

    def release(self, name: str, **wrong):
        if name not in [image["id"] for image in self.released]:
            self.images.add(name, secrets.token_bytes(700_000))
            self.released.append({})
        self.released[-1] = entry(self.images, name) | {"name": "base"} | wrong
        self.fleet.apply(self.released)

    @property
    def status(self):
        return policy(self.fleet)["status"]

    def see(self, what, state, image, warm, *causes):
        """Waits until the policy stands so and no job is open, with so many hosts that have an image whole and live."""
        def stands():
            status = self.status
            return (status["state"] == state and not status["open_jobs"] and [one["image_id"] for one in status["images"]] == [image]
                    and counts(self.fleet, image)[0].get("warm", 0) == warm
                    and {hold["what"] for hold in status["held_up_by"]} == set(causes))
        try:
            self.fleet.eventually(what, stands)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.status}, {counts(self.fleet, image)}") from None

    def history(self):
        """Oldest first."""
        moments, after = [], ""
        while after is not None:
            page = self.fleet.call("GET", f"/v1/policies/base/history?limit=20{after and '&after=' + after}").json
            moments, after = moments + page["history"], page["next"]
        return moments[::-1]


@pytest.mark.timeout(900)
def test_a_month_of_releases_failures_and_restarts(fleet, images, shim, tmp_path):
    month = Month(fleet, images, FaultShim(shim, tmp_path / "clock", tmp_path / "nothing"))
    hosts = month.agents
    # The first week: a release by day comes in the night.
    month.release("v1")
    month.see("it waits for the night", "waiting", "v1", 0)
    month.at(2, 1.5)
    month.see("all have it", "met", "v1", 6)
    month.at(3, 12)
    hosts[1].program.kill()
    month.at(3, 13)
    month.see("one is down, and counts as missing", "held", "v1", 5, "host_down")
    month.at(5, 12)
    hosts[1].start()
    month.see("it is back, and has what it had", "met", "v1", 6)
    # The second: a release while a host is down. The old image stays there, and there alone.
    hosts[2].program.kill()
    month.at(7, 12)
    month.release("v2")
    month.at(8, 1.5)
    month.see("the living have it", "held", "v2", 5, "host_down")
    fleet.eventually("the old one goes where the new one is", lambda: cached(hosts[0]) == {"v2"}, 90)
    fleet.service.kill()
    month.at(9, 2)
    fleet.restart()
    month.see("the restarted service knows it", "held", "v2", 5, "host_down")
    month.at(10, 12)
    hosts[2].start()
    month.see("who returns by day waits for the night", "waiting", "v2", 5)
    month.at(11, 1.5)
    month.see("and has it then", "met", "v2", 6)
    fleet.eventually("the old one goes there, too", lambda: cached(hosts[2]) == {"v2"}, 90)
    # The third: a release whose bytes aren't what its digest says. What was there stays.
    month.at(14, 12)
    month.release("v3", hash="0" * 64)
    month.at(15, 1.5)
    month.see("nobody takes it", "held", "v3", 0, "checksum_mismatch")
    month.at(16, 1.5)
    fleet.eventually("it is asked for again, a night later", lambda: len(jobs(fleet)) >= 5)
    fleet.await_end(jobs(fleet)[0]["id"])
    month.see("in vain", "held", "v3", 0, "checksum_mismatch")
    assert [cached(agent) for agent in hosts] == [{"v2"}] * 6
    month.at(17, 12)
    month.release("v3")
    assert fleet.call("POST", "/v1/policies/base/run").status == 202
    month.at(18, 1.5)
    month.see("the one that was mended comes", "met", "v3", 6)
    # The fourth: a rack without room for the release, and a host that joins.
    for agent in hosts[4:]:
        assert agent.program.terminate() == 0
        agent.start(cache__max_bytes=1 << 20)
    month.at(21, 12)
    month.release("v4")
    month.at(22, 1.5)
    month.see("a rack is full", "held", "v4", 4, "no_space")
    for agent in hosts[4:]:
        assert agent.program.terminate() == 0
        agent.start(cache__max_bytes=8 << 20)
    month.at(24, 1.5)
    month.see("there is room again, and a later night asks", "met", "v4", 6)
    fleet.service.kill()
    month.at(27, 12)
    fleet.restart()
    hosts.append(speaking(fleet, "host-6"))
    fleet.apply(month.released)
    month.see("a new host waits for the night", "waiting", "v4", 6)
    month.at(28, 1.5)
    month.see("the month ends well", "met", "v4", 7)
    fleet.eventually("so it is written down", lambda: month.history()[-1]["status"]["state"] == "met")
    judge(fleet, month.history())


def judge(fleet, moments):
    """What is written down says of every gap why it was, and of every night's work that it was little."""
    times = [moment["at"] for moment in moments]
    assert times == sorted(times)
    statuses = [moment["status"] for moment in moments]
    for status in statuses:
        reasons = status["held_up_by"] or status["open_jobs"] or status["next_window_at"] or not status["images"]
        assert status["state"] == "met" or reasons or status["state"] == "working", status
        assert (status["state"] == "met") == (status["fraction"] == 1 and bool(status["images"])), status
    told = {hold["what"] for status in statuses for hold in status["held_up_by"]}
    assert {"host_down", "checksum_mismatch", "no_space"} <= told, told
    assert [image["image_id"] for image in statuses[-1]["images"]] == ["v4"] and statuses[-1]["fraction"] == 1
    assert {status["state"] for status in statuses} >= {"met", "waiting", "held"}
    # Nobody was asked while nothing could come of it, and every failure has its reason.
    made = jobs(fleet)
    assert len(made) < 40, made
    for job in made:
        fleet.check_accounts(fleet.job(job["id"]))
    shown = fleet.cli("policy", "history", "base", "--limit", "3")
    assert shown.returncode == 0 and "100%" in shown.stdout.splitlines()[1], shown.stdout + shown.stderr
