"""Several controllers on one PostgreSQL database, and what must hold after each fault that befalls them.

    controllers.py --fault owner-killed --rounds 100 --seed 1      one line for each round; `--fault all` for each fault there is

A round: one job of all hosts and two images, another's job beside it, small jobs posted over and over, somebody who follows
the events and goes on with the next controller when one falls silent; in the middle, at a moment that the seed draws, the fault.
"""

import collections
import http.client
import itertools
import json
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fleet import SLOW_BEAT, Agent, Answer, Fleet, request
from forwarding import Balancer
from image_server import ImageServer
from program import LIMIT, Program
from webhook_receiver import WebhookReceiver

IMAGE_BYTES = 100_000
SHORT_BEATS = {"controllers.beat_seconds": 0.2, "controllers.dead_seconds": 0.9}
AUDIT = """
CREATE TABLE foul (job bigint, owner text, writer text, what text, at timestamptz);
CREATE FUNCTION foul_writer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO foul SELECT DISTINCT j.id, c.name, current_setting('application_name'), TG_ARGV[0], clock_timestamp()
    FROM changed JOIN job j ON j.id = changed.job_id JOIN controller c ON c.id = j.owner
    WHERE c.fenced = 0 AND c.name <> current_setting('application_name');
    RETURN NULL; END $$;
CREATE FUNCTION foul_outcome() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO foul SELECT NEW.job_id, NULL, current_setting('application_name'), 'a second outcome', clock_timestamp();
    RETURN NULL; END $$;
CREATE TRIGGER foul_result AFTER UPDATE ON job_result REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION foul_writer('results');
CREATE TRIGGER foul_host AFTER UPDATE ON job_host REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION foul_writer('hosts');
CREATE TRIGGER foul_again AFTER UPDATE ON job_result FOR EACH ROW
    WHEN (OLD.outcome <> 0 AND NEW.outcome IS DISTINCT FROM OLD.outcome) EXECUTE FUNCTION foul_outcome();
"""
"""In the database itself: who writes below a job of a living other's, in the eyes of that very transaction; and second outcomes.
Who adopts a job writes below it while it is still a dead one's, or nobody's."""


class Controllers:
    """`url(name)` says where a controller finds the database; settings are all controllers'."""

    def __init__(self, folder: Path, url, count=3, hosts=1000, agents=3, images=400, **settings):
        self.folder, self.hosts = folder, hosts
        self.members: list[Fleet] = []
        agent_token, tokens = None, {}
        for number in range(1, count + 1):
            name = f"c{number}"
            (folder / name).mkdir(parents=True)
            member = Fleet(folder / name)
            agent_token = agent_token or member.agent_token
            member.settings.pop("database.path", None)
            member.agent_token, member.tokens = agent_token, tokens
            member.settings |= {"database.url": url(name), "agents.token": agent_token, "controllers.name": name,
                                "webhooks.allow_internal": True, "retention.jobs": 1_000_000, "source.max_downloads": 240, **SHORT_BEATS, **settings}
            self.members.append(member)
        self.limit = self.members[0].settings.get("source.max_downloads", 64)
        self.balancer: Balancer | None = None
        self.turns = itertools.count()
        self.source, self.receiver = ImageServer(), WebhookReceiver()
        self.images = [f"image-{number}" for number in range(images)]
        for name in self.images:
            self.source.add(name, f"{name} ".encode() * (IMAGE_BYTES // len(f"{name} ")))
        self.source.start()
        # Below the ports that the kernel gives to whoever connects: the fleet listens on each host's address of its own.
        self.simulated = random.randrange(20_000, 32_000)
        token = folder / "token"
        token.write_text(agent_token)
        token.chmod(0o600)
        self.simulator = Program(
            ["precache-bench", "fleet", "--hosts", hosts, "--port", self.simulated, "--inventory", folder / "fleet.json",
             "--token-file", token, "--delay", "0ms-40ms", "--bandwidth", "4MB/s", "--slow", "1%", "--slow-factor", 25],
            folder / "fleet.log")
        self.agents: list[Agent] = [Agent(self.members[0], f"real-{number}", number) for number in range(agents)]

    # MARK: Beginning and end

    def start(self, audit=None):
        """`audit` runs SQL on the database, once it is made."""
        first = self.members[0]
        first.token("admin")  # Makes the schema, too.
        if audit:
            audit(AUDIT)
        self.together(Fleet.start, self.members)
        self.balancer = Balancer([member.port for member in self.members])
        self.simulator.await_line("listening")
        heartbeats = first.token("agent")
        for agent in self.agents:
            agent.start(service__url=f"http://127.0.0.1:{self.balancer.port}", service__token=heartbeats, service__heartbeat_seconds=SLOW_BEAT)
        simulated = json.loads((self.folder / "fleet.json").read_text())["hosts"]
        real = [{"name": agent.name, "address": agent.address, "port": agent.port} for agent in self.agents]
        names = [host["name"] for host in simulated]
        first.apply(
            [{"id": name, "url": self.source.url(name), "size_bytes": len(image.data), "hash_algorithm": "sha256", "hash": image.sha256}
             for name in self.images for image in [self.source.images["/" + name]]],
            [{"name": "all", "hosts": names + [agent.name for agent in self.agents]}, {"name": "rival", "hosts": names[:len(names) // 5]},
             {"name": "few", "hosts": names[-5:]}],
            simulated + real)
        answer = self.call("PUT", "/v1/webhooks/ends", {"url": self.receiver.url, "events": ["finished"]})
        assert answer.status in (200, 201), answer.body
        return self

    @staticmethod
    def together(act, members):
        with ThreadPoolExecutor() as threads:
            list(threads.map(act, members))

    def heal(self):
        """Has every controller run again, and be ready."""
        for member in self.members:
            member.service.resume()
        self.together(Fleet.restart, [member for member in self.members if not member.service.is_running])
        for member in self.members:
            member.eventually(f"{member.settings['controllers.name']} being ready", lambda: self.is_ready(member))

    @staticmethod
    def is_ready(member) -> bool:
        try:
            return request(member.url + "/readyz", limit=2).status == 200
        except OSError:
            return False

    def stop(self):
        self.simulator.terminate()
        for member in self.members:
            member.stop()
        for agent in self.agents:
            if agent.program:
                agent.program.terminate()
        if self.balancer:
            self.balancer.stop()
        self.source.stop()
        self.receiver.stop()

    # MARK: A client that goes on with the next one

    def next(self) -> Fleet:
        return self.members[next(self.turns) % len(self.members)]

    def call(self, method, path, body=None, headers=None, limit=LIMIT) -> Answer:
        deadline, last = time.monotonic() + limit, None
        while time.monotonic() < deadline:
            member = self.next()
            try:
                last = request(member.url + path, method, body, member.tokens["admin"], headers, limit=3)
                if last.status not in (502, 503):
                    return last
            except (OSError, http.client.HTTPException) as error:
                last = error
            time.sleep(0.02)
        raise AssertionError(f"nobody answers {method} {path}: {getattr(last, 'body', last)}")

    def post(self, aggregate, *images, **fields) -> str:
        """A job's id, acknowledged by whoever did; with a key, so that asking again makes no second one."""
        answer = self.call("POST", f"/v1/aggregates/{aggregate}/images", {"cache": [{"id": image} for image in images], **fields},
                           {"Idempotency-Key": str(uuid.uuid4())})
        assert answer.status == 202, answer.body
        return answer.json["job"]["id"]

    def counts(self) -> dict:
        return request(f"http://127.16.0.1:{self.simulated}/counts").json

    def member(self, name: str) -> Fleet:
        return next(member for member in self.members if member.settings["controllers.name"] == name)


class Follower(threading.Thread):
    """Reads a job's events to the end, or those of all jobs from now on, from one controller after the other where one breaks
    off or falls silent."""

    def __init__(self, rig: Controllers, job: str | None = None):
        super().__init__(daemon=True)
        self.rig, self.job = rig, job
        self.last = "0" if job else None
        self.has_begun = threading.Event()
        self.ids: list[int] = []
        self.outcomes = collections.Counter()
        self.breaks = -1
        self.is_whole = False
        self.is_given_up = False
        self.start()

    def run(self):
        while not self.is_whole and not self.is_given_up:
            self.breaks += 1
            member = self.rig.next()
            connection = http.client.HTTPConnection("127.0.0.1", member.port, timeout=2)
            try:
                connection.request("GET", f"/v1/jobs/{self.job}/events" if self.job else "/v1/events", headers={
                    "Authorization": f"Bearer {member.tokens['admin']}", **({"Last-Event-ID": self.last} if self.last else {})})
                answer = connection.getresponse()
                if answer.status == 200:
                    self.read(answer)
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.02)

    def read(self, answer):
        told = ""
        for line in answer:
            if line.startswith(b"id:"):
                told = line[3:].decode().strip()
            elif line.startswith(b"data:"):
                event = json.loads(line[5:])
                self.ids.append(event["id"])
                if event["type"] == "outcome":
                    self.outcomes[event.get("job_id"), event["host"], event["image_id"]] += 1
                self.is_whole = self.job is not None and event["type"] == "finished"
            elif not line.strip() and told:
                self.last = told
                self.has_begun.set()
                if self.is_given_up:
                    return


class Poster(threading.Thread):
    """Posts small jobs until it is told to stop; those that were acknowledged are in `jobs`."""

    def __init__(self, rig: Controllers, image: str):
        super().__init__(daemon=True)
        self.rig, self.image = rig, image
        self.jobs: list[str] = []
        self.is_over = threading.Event()
        self.failure = None
        self.start()

    def run(self):
        try:
            while not self.is_over.wait(0.3):
                self.jobs.append(self.rig.post("few", self.image))
        except AssertionError as error:
            self.failure = error

    def stop(self) -> list[str]:
        self.is_over.set()
        self.join()
        assert self.failure is None, self.failure
        return self.jobs


class Turn:
    """A round: its jobs, its moment, what it measured, and the checks at its end."""

    def __init__(self, rig: Controllers, query, seed: str, number: int):
        self.rig, self.query, self.number = rig, query, number
        self.chance = random.Random(f"{seed} {number}")  # of a text: the same everywhere
        self.figures: dict[str, object] = {}
        self.is_tampered = False  # Whether somebody wrote who owns the job: then outcomes may be worse, but none twice.
        first, second, third, fourth = (rig.images[(4 * number + place) % len(rig.images)] for place in range(4))
        self.images = (first, second)
        self.total = 2 * (rig.hosts + len(rig.agents))
        self.former = rig.counts()
        self.everything = Follower(rig)
        assert self.everything.has_begun.wait(LIMIT), "nobody tells where the events of all jobs are"
        self.beginning = int(self.everything.last)
        self.began = time.monotonic()
        self.job = rig.post("all", first, second, parallelism="100%")
        self.rival = rig.post("rival", third, parallelism="100%")
        self.follower = Follower(rig, self.job)
        self.poster = Poster(rig, fourth)

    def ask(self, sql: str) -> list[list[str]]:
        """The rows, as soon as the database answers."""
        deadline = time.monotonic() + LIMIT
        while (rows := self.query(sql)) is None:
            assert time.monotonic() < deadline, "the database doesn't come back"
            time.sleep(0.02)
        return rows

    def standing(self) -> tuple[int | None, int, bool, int]:
        """The job's owner, its outcomes, whether it has ended, and the hosts that are claimed."""
        owner, done, has_ended, key = self.ask(
            "SELECT coalesce(owner, 0), cached + existing + error + skipped + unsupported + cancelled, finished_at IS NOT NULL, id "
            f"FROM job WHERE uuid = '{self.job}'")[0]
        claimed = self.ask(f"SELECT count(*) FROM job_host WHERE job_id = {key} AND state = 1")[0][0]
        return int(owner), int(done), has_ended == "t", int(claimed)

    def owner(self) -> Fleet:
        rows = self.ask(f"SELECT c.name FROM job j JOIN controller c ON c.id = j.owner WHERE j.uuid = '{self.job}'")
        return self.rig.member(rows[0][0])

    def await_moment(self):
        """Comes when a drawn number of outcomes is there, and a little later."""
        moment = self.chance.randrange(self.total)
        while True:
            _, done, has_ended, _ = self.standing()
            if done >= moment or has_ended:
                break
            time.sleep(0.005)
        time.sleep(self.chance.uniform(0, 0.05))
        self.fallen, done, _, claimed = self.standing()
        self.figures |= {"after": done, "claimed": claimed}
        self.struck = time.monotonic()

    def await_progress(self):
        """Until another controller has the job, and then until it has got on with it."""
        base = None
        deadline = time.monotonic() + LIMIT
        while True:
            owner, done, has_ended, _ = self.standing()
            if base is None and owner not in (self.fallen, 0):
                base, self.figures["adopted"] = done, time.monotonic() - self.struck
            if base is not None and done > base:
                self.figures["went_on"] = time.monotonic() - self.struck
            if has_ended or base is not None and done > base:
                return
            assert time.monotonic() < deadline, f"nobody goes on with the job: {self.standing()}"
            time.sleep(0.02)

    # MARK: What must hold

    def settle(self) -> list[str]:
        """Sees the round's jobs to their end; what doesn't hold then, in words."""
        rig = self.rig
        ended = self.end_of(self.job)
        self.figures["ended"] = time.monotonic() - self.began
        jobs = [self.job, self.rival, *self.poster.stop()]
        rig.heal()
        states = {job: self.end_of(job)["state"] for job in jobs}
        counts = rig.counts()
        self.figures |= {name: counts[name] - self.former[name] for name in ("attached", "cancelled")}
        self.figures |= {"at_once": counts["most_downloads_at_once"],
                         "jobs": len(jobs), "breaks": self.follower.breaks}
        wrong = [f"{job} ended {state}" for job, state in states.items() if state != "succeeded" and not self.is_tampered]
        if self.is_tampered:
            self.figures |= {outcome: ended["results"][outcome] for outcome in ("existing", "error")}
        elif ended["results"]["cached"] != self.total:
            wrong.append(f"not everybody was given everything by its first attempt: {ended['results']}")
        if twice := counts["repeated_downloads"] - self.former["repeated_downloads"]:
            wrong.append(f"{twice} images were downloaded twice")
        if any(len(rig.source.requests_for(image)) != len(rig.agents) for image in self.images):
            wrong.append("a real agent downloaded an image twice")
        if counts["most_downloads_at_once"] > rig.limit:
            wrong.append(f"{counts['most_downloads_at_once']} downloads at once, for a limit of {rig.limit}")
        if fouls := self.ask("SELECT job, owner, writer, what, count(*) FROM foul GROUP BY 1, 2, 3, 4"):
            wrong.append(f"written by somebody else than the owner, or twice: {fouls}")
        keys, made = self.ask("SELECT (SELECT count(*) FROM idempotency), (SELECT count(*) FROM job)")[0]
        if keys != made:
            wrong.append(f"{made} jobs for {keys} requests")
        checks = [lambda job=job: self.check_rows(job) for job in jobs] + [self.check_events, lambda: self.check_webhook(jobs)] + [lambda member=member: self.same_everywhere(member, ended) for member in rig.members]
        for check in checks:
            try:
                check()
            except AssertionError as error:
                wrong.append(str(error)[:600])
        return wrong

    def end_of(self, job: str) -> dict:
        deadline = time.monotonic() + 2 * LIMIT
        while (it := self.rig.call("GET", f"/v1/jobs/{job}?wait=1").json["job"])["state"] in ("queued", "running"):
            assert time.monotonic() < deadline, f"the job doesn't end: {it}"
        return it

    def same_everywhere(self, member: Fleet, ended: dict):
        def same():
            seen = member.job(self.job)
            return all(seen[key] == ended[key] for key in ("state", "results", "hosts", "bytes", "finished_at"))
        name = member.settings["controllers.name"]
        member.eventually(f"{name} telling of the job as others do", same)
        member.eventually(f"every agent being up in the eyes of {name}", lambda: all(
            member.call("GET", f"/v1/hosts/{agent.name}").json["host"]["state"] == "up" for agent in self.rig.agents))
        if member is self.rig.members[self.number % len(self.rig.members)]:
            member.check_accounts(member.job(self.job))

    def check_rows(self, job: str):
        """By the rows alone, whatever the API says."""
        words = ("cached", "existing", "error", "unsupported", "skipped", "cancelled")
        key, *told = self.ask(f"SELECT id, {', '.join(words)}, pending, running, hosts_total, hosts_done FROM job WHERE uuid = '{job}'")[0]
        *counters, pending, running, hosts, done = [int(number) for number in told]
        rows = {int(outcome): int(count) for outcome, count in self.ask(
            f"SELECT outcome, count(*) FROM job_result WHERE job_id = {key} GROUP BY outcome")}
        assert 0 not in rows and sorted(rows.values()) == sorted(filter(None, counters)), f"counters {counters}, rows {rows}"
        assert pending == running == 0 and hosts == done, f"{job} has ended with {told}"
        assert self.ask(f"SELECT count(*) FROM job_host WHERE job_id = {key} AND state <> 2") == [["0"]], "a host that hasn't ended"
        told, again = self.ask("SELECT count(*), count(*) - count(DISTINCT (host, image)) FROM job_event "
                               f"WHERE job_id = {key} AND kind = 1")[0]
        assert int(again) == 0 and int(told) == sum(counters), f"{told} events of outcomes, {again} of them twice, for {rows}"

    def check_webhook(self, jobs):
        """At least once: a take-over may deliver twice."""
        deadline = time.monotonic() + LIMIT
        while missing := set(jobs) - {one.job for one in self.rig.receiver.received}:
            assert time.monotonic() < deadline, f"the webhook wasn't told of the end of {len(missing)} of {len(jobs)} jobs"
            time.sleep(0.05)

    def check_events(self):
        """What a client heard that went from controller to controller: everything, once, in order."""
        follower = self.follower
        follower.join(LIMIT)
        follower.is_given_up = True
        ids = [int(row[0]) for row in self.ask(
            f"SELECT e.id FROM job_event e JOIN job j ON j.id = e.job_id WHERE j.uuid = '{self.job}' ORDER BY e.id")]
        assert follower.ids == sorted(set(follower.ids)), "ids that don't rise"
        missing = sorted(set(ids) - set(follower.ids))
        assert follower.is_whole and not missing, f"{len(missing)} of {len(ids)} events weren't heard: {missing[:5]}"
        self.check_all_events()
        assert follower.ids == ids and len(follower.outcomes) == sum(follower.outcomes.values()) == self.total, "other events than the rows"

    def check_all_events(self):
        """The same of whoever followed all jobs."""
        follower = self.everything
        last = int(self.ask("SELECT coalesce(max(id), 0) FROM job_event")[0][0])
        deadline = time.monotonic() + LIMIT
        while int(follower.last) < last:
            assert time.monotonic() < deadline, f"all events were heard up to {follower.last} of {last}"
            time.sleep(0.05)
        follower.is_given_up = True
        ids = [int(row[0]) for row in self.ask(
            f"SELECT id FROM job_event WHERE id > {self.beginning} AND id <= {last} ORDER BY id")]
        heard = [id for id in follower.ids if id <= last]
        assert heard == sorted(set(heard)), "ids of all jobs that don't rise"
        missing = sorted(set(ids) - set(heard))
        assert heard == ids, f"{len(missing)} of {len(ids)} events of all jobs weren't heard: {missing[:5]}"

    def line(self) -> str:
        def text(value):
            return f"{value:.2f} s" if isinstance(value, float) else str(value)
        return ", ".join(f"{name.replace('_', ' ')} {text(value)}" for name, value in self.figures.items())


if __name__ == "__main__":
    # Which is written in terms of what is above.
    from controller_faults import main

    main(__doc__)
