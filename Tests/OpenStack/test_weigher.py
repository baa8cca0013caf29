"""The weigher for Nova's scheduler, as Nova itself loads and asks it: what it prefers, and what it never holds up."""

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloud import ini
from fleet import beating
from forwarding import Forwarder
from program import LIMIT, run
from relay import Relay
from test_beside_nova import entry

pytest.importorskip("nova.scheduler.weights")

import nova.conf  # noqa: E402
from nova import objects  # noqa: E402
from nova.scheduler import host_manager, weights  # noqa: E402
from oslo_config import cfg  # noqa: E402

objects.register_all()
DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
IMAGE = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
CLASSES = "nova.scheduler.weights.all_weighers,precache_weigher.PrecacheWeigher"
LONG = 3600  # no test waits for this


class Scheduler:
    """What HostManager does with weighers, for hosts of one's own."""

    def __init__(self, folder: Path, fleet):
        self.folder, self.fleet = folder, fleet
        self.token_file = folder / "token"
        self.token_file.write_text(fleet.token("reader") + "\n")
        self.hosts = {name: host_manager.HostState(name, name, None) for name in fleet.agents}
        for number, host in enumerate(self.hosts.values()):
            host.update(objects.ComputeNode(
                free_disk_gb=100, disk_available_least=None, updated_at=None, memory_mb=8192,
                uuid=f"{IMAGE[:-1]}{number}", local_gb_used=0, free_ram_mb=4096, local_gb=100, vcpus=8, vcpus_used=0,
                numa_topology=None, pci_device_pools=None, host_ip=None, hypervisor_type="QEMU", hypervisor_version=1,
                hypervisor_hostname=host.host, cpu_info="", supported_hv_specs=[], stats={}, metrics=None,
                cpu_allocation_ratio=1.0, ram_allocation_ratio=1.0, disk_allocation_ratio=1.0), aggregates=[])

    def load(self, url=None, classes="precache_weigher.PrecacheWeigher", **settings):
        """Starts anew, with these settings in nova.conf; without a `timeout` it waits for as long as the machine takes."""
        config = self.folder / "nova.conf"
        config.write_text(ini({
            "filter_scheduler": {"weight_classes": classes},
            "precache": {"url": url or self.fleet.url, "token_file": self.token_file, **settings}}))
        nova.conf.CONF([], project="nova", default_config_files=[str(config)])
        self.handler = weights.HostWeightHandler()
        found = self.handler.get_matching_classes(nova.conf.CONF.filter_scheduler.weight_classes)
        self.weighers = [each() for each in found]
        if "timeout" not in settings:
            for holders in [one._holders for one in self.weighers if hasattr(one, "_holders")]:
                holders._timeout = holders._service._timeout = LIMIT
        return self

    def weigh(self, image=IMAGE, **spec) -> dict[str, float]:
        """The hosts' weights, the best one first."""
        meta = objects.ImageMeta.from_dict({"id": image}) if isinstance(image, str) else image
        spec = objects.RequestSpec(image=meta, requested_destination=None, instance_group=None, is_bfv=False,
                                   pci_requests=None, **spec)
        found = self.handler.get_weighed_objects(self.weighers, list(self.hosts.values()), spec)
        return {host.obj.host: host.weight for host in found}


NOTHING = {"host-0": 0.0, "host-1": 0.0, "host-2": 0.0}
PREFERRED = {"host-1": 1.0, "host-0": 0.0, "host-2": 0.0}


@pytest.fixture
def scheduler(fleet, images, tmp_path, monkeypatch):
    """Three real hosts, of which host-1 has the image IMAGE."""
    monkeypatch.syspath_prepend(DEPLOY / "openstack")
    fleet.start()
    images.add(IMAGE, b"1" * 50_000)
    agents = [fleet.agent(f"host-{number}", start=False) for number in range(3)]
    hosts = [{"name": agent.name, "address": agent.address, "port": agent.port} for agent in agents]
    fleet.apply([entry(images, IMAGE)], [{"name": "one", "hosts": ["host-1"]}], hosts)
    for agent in agents:
        agent.start(**beating(fleet, agent.name))
    assert fleet.await_end(fleet.cache(IMAGE, aggregate="one")["id"])["results"]["cached"] == 1
    fleet.eventually("its agent has been heard of",
                     lambda: fleet.call("GET", "/v1/hosts/host-1").json["host"]["state"] == "up")
    yield Scheduler(tmp_path, fleet)
    nova.conf.CONF.reset()


@pytest.fixture
def middle(fleet, scheduler):
    """Between the scheduler and the service: it notes what is asked, and may hold answers back."""
    middle = Relay(fleet.port)
    yield middle
    middle.stop()


class Answering(Forwarder):
    """Says this to whoever asks; then it closes, says nothing more (`hang`), or a byte now and then (`drip`)."""

    def __init__(self, answer: str, then="close"):
        self.answer, self.then, self.asked, self.over = answer.encode(), then, [], threading.Event()
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"

    def serve(self, client):
        self.asked.append(client.recv(65536).decode())
        client.sendall(self.answer)
        while self.then != "close" and not self.over.wait(0.05):
            client.sendall(b"x" if self.then == "drip" else b"")

    def stop(self):
        self.over.set()
        super().stop()


@pytest.fixture
def answering():
    """Makes servers that are no Precache."""
    made = []

    def make(*arguments):
        made.append(Answering(*arguments))
        return made[-1]
    yield make
    for one in made:
        one.stop()


def warnings(caplog) -> list[str]:
    ours = [one for one in caplog.records if one.name == "precache_weigher"]
    return [one.getMessage() for one in ours if one.levelno >= logging.WARNING]


def test_hosts_that_have_the_image_come_first(scheduler):
    scheduler.load()
    assert scheduler.weigh() == PREFERRED and list(scheduler.weigh())[0] == "host-1"
    assert scheduler.weigh(OTHER) == NOTHING, "nobody has it"
    scheduler.load(multiplier=-2)
    assert list(scheduler.weigh().items())[-1] == ("host-1", -2.0)


def test_it_is_one_weigher_among_novas_own(scheduler):
    scheduler.hosts["host-0"].free_ram_mb = 8192  # the RAM weigher gives it 1, and half of that to the others
    scheduler.load(classes=CLASSES, multiplier=0.25)
    assert list(scheduler.weigh()) == ["host-0", "host-1", "host-2"]
    scheduler.load(classes=CLASSES, multiplier=1.5)
    assert list(scheduler.weigh()) == ["host-1", "host-0", "host-2"]
    scheduler.hosts["host-1"].aggregates = [objects.Aggregate(metadata={"precache_weight_multiplier": "0.25"})]
    assert list(scheduler.weigh()) == ["host-0", "host-1", "host-2"], "the aggregate says otherwise"


def test_instances_that_boot_from_volumes_prefer_nobody_and_nobody_is_asked(scheduler, middle):
    scheduler.load(middle.url)
    assert scheduler.weigh(None) == NOTHING
    assert scheduler.weigh(objects.ImageMeta.from_dict({"name": "a volume's"})) == NOTHING
    asked = objects.RequestSpec(image=objects.ImageMeta.from_dict({"id": IMAGE}), is_bfv=True)
    weighed = scheduler.handler.get_weighed_objects(scheduler.weighers, list(scheduler.hosts.values()), asked)
    assert {one.weight for one in weighed} == {0.0}
    scheduler.load(middle.url, multiplier=0)
    assert scheduler.weigh() == NOTHING and middle.requests == []
    scheduler.load(middle.url)
    assert scheduler.weigh() == PREFERRED and len(middle.requests) == 1


def test_an_answer_is_good_for_a_while_and_then_only_asked_whether_it_still_is(scheduler, middle, fleet):
    scheduler.load(middle.url, cache_seconds=LONG)
    assert [scheduler.weigh() for _ in range(3)] == [PREFERRED] * 3
    assert scheduler.weigh(OTHER) == NOTHING
    asked = [one.line.split()[1] for one in middle.requests]
    assert asked == [f"/v1/coverage?image={image}" for image in (IMAGE, OTHER)]
    scheduler.load(middle.url, cache_seconds=0)
    assert [scheduler.weigh() for _ in range(3)] == [PREFERRED] * 3
    assert [one.status for one in middle.requests[2:]] == [200, 304, 304]
    fleet.agents["host-1"].program.kill()
    fleet.eventually("it is down, so nobody has the image", lambda: scheduler.weigh() == NOTHING)
    assert middle.requests[-1].status == 200


def test_a_service_that_is_away_is_left_alone_for_a_while(scheduler, fleet, answering, caplog):
    fleet.service.kill()
    scheduler.load(retry_seconds=0, cache_seconds=0)
    assert [scheduler.weigh(), scheduler.weigh()] == [NOTHING] * 2
    [said] = warnings(caplog)
    assert fleet.url in said and IMAGE in said and "refused" in said, "told once"
    fleet.restart()
    fleet.eventually("its hosts are known again", lambda: scheduler.weigh() == PREFERRED)
    fleet.service.kill()
    assert scheduler.weigh(OTHER) == NOTHING and len(warnings(caplog)) == 2, "told again"
    away = answering("")
    scheduler.load(away.url, retry_seconds=LONG)
    assert [scheduler.weigh(), scheduler.weigh(), scheduler.weigh(OTHER)] == [NOTHING] * 3 and len(away.asked) == 1
    scheduler.load(away.url, retry_seconds=0)
    assert [scheduler.weigh(), scheduler.weigh()] == [NOTHING] * 2 and len(away.asked) == 3


HEAD = "HTTP/1.1 200 OK\r\n"
BODY = HEAD + "Content-Length: 9999\r\n\r\n"


@pytest.mark.parametrize("backend", ["threading", "eventlet"])
@pytest.mark.parametrize("said, then", [("", "hang"), ("", "drip"), (HEAD, "drip"), (BODY, "drip"), (BODY, "hang")])
def test_nobody_waits_for_a_service_that_hangs(scheduler, answering, said, then, backend):
    """It still hangs when all have gone on; how long a machine takes for that is its own affair."""
    hanging = answering(said, then)
    scheduler.load(hanging.url, retry_seconds=0, timeout=0.3)
    # Those who ask wait no longer than that; the question itself hangs for longer than the last of them takes to come.
    scheduler.weighers[0]._holders._service._timeout = LIMIT
    if backend == "eventlet":
        done = run([sys.executable, "-c", EVENTLET, scheduler.folder / "nova.conf"],
                   {"PYTHONPATH": str(DEPLOY / "openstack"), "PYTHONWARNINGS": "ignore"})
        assert done.stdout.split() == ["0"] * 8, done.stderr
    else:
        with ThreadPoolExecutor(8) as requests:
            assert [one.result() for one in [requests.submit(scheduler.weigh) for _ in range(8)]] == [NOTHING] * 8
    assert len(hanging.asked) == 1, "the question that hangs is the only one"


EVENTLET = """
import eventlet
eventlet.monkey_patch()
import sys
import nova.conf
nova.conf.CONF([], project="nova", default_config_files=sys.argv[1:])
import precache_weigher
holders = precache_weigher.Holders(nova.conf.CONF.precache)
holders._service._timeout = 60
for thread in [eventlet.spawn(holders.of, "00000000-0000-4000-8000-000000000001") for _ in range(8)]:
    print(len(thread.wait()))
"""


def test_what_is_wrong_with_the_token_is_told_without_it(scheduler, fleet, caplog):
    caplog.set_level(logging.DEBUG)
    scheduler.load(retry_seconds=0)
    right = scheduler.token_file.read_text()
    for wrong, told in [("nonsense-secret", "answered 401"), (fleet.token("agent", "host-0"), "answered 403"),
                        (right + "second-secret", "one token and nothing else"), ("", "one token and nothing else"),
                        ("s\u00e9cret", "one token and nothing else")]:
        scheduler.token_file.write_text(wrong)
        scheduler.load(retry_seconds=0)
        assert scheduler.weigh() == NOTHING
        said = warnings(caplog)[-1]
        assert told in said and str(scheduler.token_file) in said
        text = caplog.text + "".join(str(one.exc_info) for one in caplog.records)
        assert not [part for part in wrong.split() if part in text]
    scheduler.token_file.unlink()
    assert scheduler.weigh() == NOTHING
    scheduler.token_file.write_text(right)
    assert scheduler.weigh() == PREFERRED, "a new token needs no restart"


def test_the_service_has_to_show_that_it_is_the_service(scheduler, fleet, tmp_path, caplog):
    for name in ("ours", "others"):
        run([DEPLOY / "make-certificates.sh", "--service-names", "localhost", tmp_path / name]).check_returncode()
    fleet.service.terminate()
    fleet.restart(**{f"listen__tls__{what}": str(tmp_path / f"ours/service.{end}")
                     for what, end in (("certificate", "pem"), ("key", "key"))})
    url = f"https://localhost:{fleet.port}"
    fleet.agents["host-1"].program.terminate()
    fleet.agents["host-1"].start(service__url=url, service__ca=str(tmp_path / "ours/ca.pem"))
    trust = tmp_path / "ca.pem"
    trust.write_text((tmp_path / "others/ca.pem").read_text())
    scheduler.load(url, cafile=trust, retry_seconds=0, cache_seconds=0)
    assert scheduler.weigh() == NOTHING and "CERTIFICATE_VERIFY_FAILED" in warnings(caplog)[-1]
    trust.write_text((tmp_path / "ours/ca.pem").read_text())
    fleet.eventually("its hosts are known", lambda: scheduler.weigh() == PREFERRED)
    other = url.replace("localhost", "127.0.0.1")
    for wrong, settings in [(other, {"cafile": trust}), (url, {}), (url, {"cafile": "/none"})]:
        scheduler.load(wrong, **settings)
        assert scheduler.weigh() == NOTHING


@pytest.mark.parametrize("answer", [
    "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 304 No\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
    HEAD + "Content-Length: 5\r\n\r\nhello", HEAD + "Content-Length: 12\r\n\r\n{\"hosts\": 5}",
    HEAD + "Content-Length: 14\r\n\r\n{\"hosts\": [5]}", HEAD + "Content-Length: 99\r\n\r\n{\"hosts\": []}"])
def test_what_is_no_answer_prefers_nobody(scheduler, answering, answer, caplog):
    scheduler.load(answering(answer).url)
    assert scheduler.weigh() == NOTHING and len(warnings(caplog)) == 1


def test_no_redirect_takes_the_token_elsewhere(scheduler, answering):
    elsewhere = answering("")
    scheduler.load(answering(f"HTTP/1.1 307 There\r\nLocation: {elsewhere.url}/\r\nContent-Length: 0\r\n\r\n").url)
    assert scheduler.weigh() == NOTHING and elsewhere.asked == []


@pytest.mark.parametrize("settings, told", [
    ({"url": "ftp://precache.example"}, "url"), ({"url": "http://me:secret@precache.example"}, "token_file"),
    ({"timeout": "0.6"}, "timeout"), ({"token_file": ""}, "token_file")])
def test_a_scheduler_with_wrong_settings_does_not_start(scheduler, settings, told):
    with pytest.raises(cfg.Error) as refusal:
        scheduler.load(**settings)
    assert told in str(refusal.value) and "secret" not in str(refusal.value)
