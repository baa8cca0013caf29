"""A fleet on loopback: precached, agents each on an address of its own, and the CLI."""

import collections
import contextlib
import hashlib
import hmac
import json
import secrets
import socket
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import postgres
from program import LIMIT, Program, run


def toml(settings: dict) -> str:
    """Settings with dotted keys as a TOML file."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())


BEAT = 2  # seconds between heartbeats: after three a host is down and skipped, and a busy machine stands still for a while
SLOW_BEAT = 10  # where a service knows of beats by its database: what it finds there is up to five seconds old
HELD: collections.deque = collections.deque()


def free_port(address="127.0.0.1") -> int:
    """A port that nobody else is given, in whatever process: it stays bound here, for a server that sets SO_REUSEADDR to
    listen on, until 200 others have been asked for."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind((address, 0))
    HELD.append(probe)
    if len(HELD) > 200:
        HELD.popleft().close()
    return probe.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Agent:
    def __init__(self, fleet, name: str, number: int):
        self.fleet, self.name = fleet, name
        self.address = f"127.1.{number // 250}.{number % 250 + 1}"
        self.port = free_port(self.address)
        self.folder = fleet.folder / name
        self.cache = self.folder / "_base"
        self.cache.mkdir(parents=True)
        self.settings = {
            "host": name, "token": fleet.agent_token, "listen.address": self.address, "listen.port": self.port,
            "cache.directory": str(self.cache), "cache.minimum_free_bytes": 0,
        }
        self.environment: dict[str, str] = {}
        self.wrapper: list[str] = []  # a command that runs the agent
        self.program: Program | None = None
        self.starts = 0

    def start(self, **settings):
        self.settings.update({key.replace("__", "."): value for key, value in settings.items()})
        file = self.folder / "agent.toml"
        file.write_text(toml(self.settings))
        file.chmod(0o600)
        self.starts += 1
        self.program = Program([*self.wrapper, "precache-agent", "--config", file], self.folder / "agent.log",
                               self.environment)
        self.program.await_line(r"listening")
        return self

    def file(self, image_id: str) -> Path:
        return self.cache / hashlib.sha1(image_id.encode()).hexdigest()

    def staged(self) -> int:
        """Bytes on disk of downloads under way; what a source has sent may be on its way still."""
        total = 0
        for file in self.cache.rglob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                total += file.stat().st_size
        return total

    def call(self, method, path, body=None, token="right") -> Answer:
        token = host_token(self.fleet.agent_token, self.name) if token == "right" else token
        return request(f"http://{self.address}:{self.port}{path}", method, body, token)


def speaking(fleet, name: str, beat=BEAT, **settings) -> Agent:
    """An agent that sends heartbeats."""
    return fleet.agent(name, **beating(fleet, name, beat), **settings)


def beating(fleet, name: str, beat=BEAT) -> dict:
    """What an agent that sends heartbeats is started with."""
    return {"service__url": fleet.url, "service__token": fleet.token("agent", name), "service__heartbeat_seconds": beat}


def host_token(secret: str, host: str) -> str:
    """What the service shows this host's agent, made from agents.token."""
    return "host." + hmac.new(secret.encode(), f"precache-agent {host}".encode(), "sha256").hexdigest()


def request(url, method="GET", body=None, token=None, headers=None, limit=LIMIT) -> Answer:
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    wanted = urllib.request.Request(url, data=data, method=method, headers=dict(headers or {}))
    if data is not None and not wanted.has_header("Content-type"):
        wanted.add_header("Content-Type", "application/json")
    if token:
        wanted.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(wanted, timeout=limit) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


class Fleet:
    """Everything of it lives in one folder. `start()` starts precached; `agent(name)` adds a host."""

    def __init__(self, folder: Path, port=None):
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = folder / "precached.db"
        self.agent_token = secrets.token_hex(16)
        self.settings = {
            "listen.address": "127.0.0.1", "listen.port": self.port, "agents.token": self.agent_token,
        }
        if postgres.ENGINE == "postgres":
            self.settings["database.url"] = postgres.shared().database()
        else:
            self.settings["database.path"] = str(self.database)
        self.wrapper: list[str] = []  # a command that runs the service
        self.service: Program | None = None
        self.tokens: dict[str, str] = {}
        self.agents: dict[str, Agent] = {}
        self.programs: list[Program] = []

    @property
    def config(self) -> Path:
        file = self.folder / "precached.toml"
        file.write_text(toml(self.settings))
        file.chmod(0o600)
        return file

    def token(self, role: str, host: str | None = None) -> str:
        """A token of the role; of an agent's, one bound to the host if that is given."""
        name = f"{role}-{host}" if host else role
        if name not in self.tokens:
            made = run(["precached", "token", "create", "--role", role, "--name", f"test-{name}",
                        *(["--host", host] if host else []), "--config", self.config])
            assert made.returncode == 0, made.stderr
            self.tokens[name] = made.stdout.strip()
        return self.tokens[name]

    def start(self, **settings):
        self.settings.update({key.replace("__", "."): value for key, value in settings.items()})
        self.token("admin")
        self.service = Program([*self.wrapper, "precached", "--config", self.config], self.folder / "precached.log")
        self.programs.append(self.service)
        self.service.await_line(r"listening")
        return self

    def restart(self, **settings):
        """After the service's end, of whatever kind."""
        assert not self.service.is_running
        return self.start(**settings)

    def agent(self, name: str, start=True, **settings) -> Agent:
        agent = Agent(self, name, len(self.agents))
        self.agents[name] = agent
        if start:
            agent.start(**settings)
        return agent

    def call(self, method, path, body=None, role="admin", headers=None) -> Answer:
        return request(self.url + path, method, body, self.token(role) if role else None, headers)

    def sql(self, statement: str) -> list:
        """The rows of a statement on the service's database, whatever it is; beside the service or after its end."""
        if url := self.settings.get("database.url"):
            return postgres.shared().query(url, statement)
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            return [[str(value) for value in row] for row in database.execute(statement).fetchall()]

    def cli(self, *arguments, input=None, limit=LIMIT):
        return run(["precache", *arguments],
                   {"PRECACHE_URL": self.url, "PRECACHE_TOKEN": self.token("admin")}, limit, input)

    def apply(self, images=(), aggregates=None, hosts=None):
        """Puts agents, images and one aggregate 'web' of all hosts into the inventory."""
        hosts = hosts if hosts is not None else [
            {"name": agent.name, "address": agent.address, "port": agent.port} for agent in self.agents.values()]
        document = {
            "hosts": hosts,
            "aggregates": aggregates or [{"name": "web", "hosts": [host["name"] for host in hosts]}],
            "images": list(images),
        }
        answer = self.call("PUT", "/v1/inventory", document)
        assert answer.status == 200, answer.body
        return answer.json

    def cache(self, *images, aggregate="web", headers=None, **fields) -> dict:
        """Posts a job and returns it."""
        answer = self.call("POST", f"/v1/aggregates/{aggregate}/images",
                           {"cache": [{"id": image} for image in images], **fields}, headers=headers)
        assert answer.status == 202, answer.body
        return answer.json["job"]

    def job(self, job_id: str) -> dict:
        answer = self.call("GET", f"/v1/jobs/{job_id}")
        assert answer.status == 200, answer.body
        return answer.json["job"]

    def await_end(self, job_id: str, limit=LIMIT) -> dict:
        deadline = time.monotonic() + limit
        while True:
            job = self.call("GET", f"/v1/jobs/{job_id}?wait=20").json["job"]
            if job["state"] not in ("queued", "running"):
                self.check_accounts(job)
                return job
            assert time.monotonic() < deadline, f"the job doesn't end: {job}\n{self.service.tail()}"

    def results(self, job_id: str, **filters) -> list[dict]:
        rows, after = [], None
        while True:
            query = "&".join(f"{key}={value}" for key, value in {**filters, **({"after": after} if after else {})}.items())
            page = self.call("GET", f"/v1/jobs/{job_id}/results?{query}").json
            rows += page["results"]
            after = page["next"]
            if after is None:
                return rows

    def result(self, job_id: str, host: str, image: str) -> dict:
        rows = self.results(job_id, host=host, image=image)
        assert len(rows) == 1, rows
        return rows[0]

    def check_accounts(self, job: dict):
        """Every host and image has exactly one final outcome, and the counters say the same as the rows."""
        rows = self.results(job["id"], limit=1000)
        assert len({(row["host"], row["image_id"]) for row in rows}) == len(rows)
        counted = {outcome: 0 for outcome in job["results"]}
        reasons, in_vain = {}, 0
        for row in rows:
            counted[row["outcome"]] += 1
            if row["outcome"] in ("error", "skipped", "cancelled"):
                reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
                in_vain += row["bytes_done"]
            assert (row["reason"] is None) == (row["outcome"] in ("cached", "existing")), row
        assert counted == job["results"]
        assert reasons == job["reasons"]
        assert in_vain == job["bytes"]["in_vain"] or in_vain > 2**53
        assert counted["pending"] == counted["running"] == 0

    def eventually(self, what, condition, limit=LIMIT):
        """For states that only show by asking."""
        deadline = time.monotonic() + limit
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < deadline, f"never happened: {what}"
            pause.wait(0.05)

    def stop(self):
        programs = [agent.program for agent in self.agents.values() if agent.program] + self.programs
        for program in programs:
            if program.is_running:
                program.resume()
                program.process.terminate()
        for program in programs:
            program.wait()
