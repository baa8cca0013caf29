"""One agent on an instances directory like Nova's, with everything around it that the agent has to leave alone."""

import contextlib
import fcntl
import hashlib
import http.client
import itertools
import json
import os
import secrets
import shutil
import threading
import urllib.error
from pathlib import Path

from faultshim import FaultShim
from fleet import Agent, Fleet

NOVA = 42436  # a user that isn't the agent's, as on a host where it runs as root
LINES = http.client.HTTPException, urllib.error.URLError, OSError


class Died(Exception):
    """The agent ended in the middle of what it was asked."""


def order(server, name: str, **fields) -> dict:
    """An image of the scripted server as a task names it."""
    image = server.images["/" + name]
    return {"id": name, "size_bytes": len(image.data), "hash_algorithm": "sha256", "hash": image.sha256,
            "disk_format": "raw", "sources": [{"url": server.url(name)}], **fields}


class AttackedHost:
    """The agent, its shim, and the directory; `fresh()` begins anew with an empty cache beside Nova's things."""

    def __init__(self, fleet: Fleet, name: str, library: Path, disk: Path | None = None, **settings):
        """`disk` is where its instances directory goes, if not beside the agent's other files."""
        self.agent: Agent = fleet.agent(name, start=False)
        self.settings = settings
        self.instances = (disk or self.agent.folder) / "instances"
        self.shim = FaultShim(library, self.agent.folder / "control", self.instances)
        self.numbers = itertools.count(1)
        self.nova: dict[Path, tuple] = {}
        self.has_to_stay: set[str] = set()
        self.fresh()

    @property
    def folder(self) -> Path:
        return self.instances

    @property
    def base(self) -> Path:
        return self.instances / "_base"

    @property
    def own(self) -> Path:
        return self.base / ".precache"

    def file(self, image_id: str) -> Path:
        return self.base / hashlib.sha1(image_id.encode()).hexdigest()

    def fresh(self):
        """An instances directory as nova-compute leaves it."""
        self.has_to_stay = set()
        shutil.rmtree(self.instances, ignore_errors=True)
        self.base.mkdir(parents=True)
        (self.instances / "locks").mkdir()
        (self.instances / "compute_nodes").write_text('{"this-host": 1.0}')
        (self.instances / "locks/nova-storage-registry-lock").touch()
        (self.base / hashlib.sha1(b"fetched by nova").hexdigest()).write_bytes(secrets.token_bytes(3000))
        (self.base / "ephemeral_1_default").write_bytes(b"e" * 500)
        server = self.instances / "0e1b2d3c-0000-4000-8000-000000000001"
        server.mkdir()
        (server / "disk").write_bytes(b"an instance's disk")
        (server / "disk.info").write_text("{}")
        if os.geteuid() == 0:
            for path in [self.instances, *self.instances.rglob("*")]:
                os.chown(path, NOVA, NOVA)
        self.nova = self.nova_things()

    def nova_things(self) -> dict[Path, tuple]:
        things = {}
        for name in ("compute_nodes", "locks/nova-storage-registry-lock",
                     "0e1b2d3c-0000-4000-8000-000000000001/disk", "0e1b2d3c-0000-4000-8000-000000000001/disk.info",
                     "_base/ephemeral_1_default", f"_base/{hashlib.sha1(b'fetched by nova').hexdigest()}"):
            path = self.instances / name
            status = path.stat()
            things[path] = (path.read_bytes(), status.st_ino, status.st_mode, status.st_uid, status.st_gid)
        return things

    # What the agent does

    def start(self, **settings):
        """Starts the agent with the shim; raises `Died` if it ends before it listens."""
        self.agent.environment = self.shim.environment
        try:
            self.agent.start(cache__directory=str(self.base), **self.settings, **settings)
        except AssertionError as error:
            if self.agent.program.is_running or self.agent.program.process.returncode != -9:
                raise
            raise Died from error
        return self

    def refuses_to_start(self, **settings) -> str:
        """What the agent says instead of starting."""
        try:
            self.start(**settings)
        except AssertionError:
            program = self.agent.program
            assert program.wait() == 1, program.tail()
            return program.tail()
        raise AssertionError("it started")

    def call(self, method, path, body=None):
        try:
            return self.agent.call(method, path, body)
        except LINES as error:
            raise self._died(error) from error

    def _died(self, error):
        """The agent's end, if that is why a call broke off; otherwise the error itself."""
        try:
            self.agent.program.wait(10)
        except AssertionError:
            return error
        return Died()

    def obtain(self, *images) -> dict[str, dict]:
        """Has images fetched; their outcomes by id."""
        task = f"/v1/tasks/t{next(self.numbers)}-{self.agent.starts}"
        answer = self.call("PUT", task, {
            "job_id": "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b", "attempt": 1, "timeout_seconds": 120,
            "images": list(images)})
        assert answer.status == 200, answer.body
        lines = [json.loads(line) for line in answer.body.splitlines()]
        if not lines or lines[-1]["type"] != "end":
            raise self._died(AssertionError(f"the stream broke off: {lines}"))
        return {line["image_id"]: line for line in lines if line["type"] == "outcome"}

    @contextlib.contextmanager
    def obtaining(self, image):
        """While an image is being fetched; yields the list that its outcome is in afterwards."""
        ended = []

        def wait():
            try:
                ended.append(self.obtain(image)[image["id"]])
            except Died as end:
                ended.append(end)

        waiting = threading.Thread(target=wait)
        waiting.start()
        yield ended
        waiting.join()

    def kill(self):
        self.agent.program.kill()

    def stop(self) -> int:
        return self.agent.program.terminate()

    # What has to hold

    def check_files(self, right: dict[str, bytes], others=()):
        """A name stands for a complete, right file or for none; what isn't ours is as it was.

        `others` are contents that a test put there itself.
        """
        for image, data in right.items():
            file = self.file(image)
            if file.exists():
                assert file.read_bytes() in (data, *others), f"{image}: {file.stat().st_size} bytes of {len(data)}, or wrong ones"
        known = {self.file(image).name for image in right} | {".precache"}
        known |= {path.name for path in self.nova if path.parent == self.base}
        assert {path.name for path in self.base.iterdir()} <= known, "nothing unknown among the finished files"
        assert self.nova_things() == self.nova, "what Nova made is as it was"

    def check_staging(self, empty=False, orphans=False):
        """Staging holds nothing but downloads that can be gone on with; with `orphans` also what couldn't be removed."""
        names = {path.name for path in (self.own / "staging").iterdir()}
        stems = {name.split(".")[0] for name in names if name.endswith(".part")}
        pairs = {f"{stem}.part" for stem in stems} | {f"{stem}.json" for stem in stems}
        assert pairs <= names and (orphans or names == pairs), names
        assert orphans or not (empty and names), names

    def check_locks(self, restarted=True):
        """Nobody holds a lock of Nova's, and nova-compute can use each of the files."""
        for path in (self.instances / "locks").iterdir():
            if path.name.startswith(".precache-") and not restarted:
                continue
            assert path.name.startswith("nova-"), f"left behind: {path}"
            assert path.stat().st_uid == (self.instances / "locks").stat().st_uid
            with path.open("r+b") as file:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def check_records(self):
        """What the running agent says of its files is so, and each of its files has a record."""
        answer = self.call("GET", "/v1/images")
        assert answer.status == 200, answer.body
        listed = {image["file"]: image for image in answer.json["images"]}
        ours = {path.name for path in self.base.iterdir()} - {path.name for path in self.nova} - {".precache"}
        assert ours <= set(listed), f"a file without a record looks like Nova's: {ours - set(listed)}"
        for name, image in listed.items():
            data = (self.base / name).read_bytes()
            assert image["size_bytes"] == len(data)
            if image["verified"]:
                assert hashlib.new(image["hash_algorithm"], data).hexdigest() == image["hash"], image
        records = {path.name for path in (self.own / "records").iterdir()}
        assert records == {f"{name}.json" for name in listed}, records
        return listed
