"""A weigher for Nova's scheduler: of the hosts that may take an instance, those that have its image come first.

deploy/README.md tells how to install it; its settings are in nova.conf, [precache]. It is a preference and never an
obstacle: no request waits longer than `timeout` for Precache, and whatever goes wrong, every host weighs the same.
"""

import http.client
import json
import logging
import ssl
import threading
import time
import urllib.parse
from pathlib import Path
from typing import NamedTuple

from oslo_config import cfg

import nova.conf
from nova.scheduler import utils
from nova.scheduler import weights

LOG = logging.getLogger(__name__)
CONF = nova.conf.CONF
GROUP = cfg.OptGroup("precache", title="Where Precache says which hosts have an image")
OPTIONS = [
    cfg.URIOpt("url", schemes=["http", "https"],
               help="The service's address, such as https://precache.example:7700."),
    cfg.StrOpt("token_file",
               help="A file with a token of the role reader. It is read each time, so it may be replaced."),
    cfg.StrOpt("cafile",
               help="Authorities of the service's certificate; the system's if not given."),
    cfg.FloatOpt("multiplier", default=1.0,
                 help="The weight of having the image, beside those of Nova's weighers. An aggregate's metadata may "
                 "say otherwise for its hosts: precache_weight_multiplier. Precache isn't asked where it is 0."),
    cfg.FloatOpt("timeout", default=0.5, min=0.01, max=0.5,
                 help="The most seconds that a request waits for Precache."),
    cfg.FloatOpt("cache_seconds", default=10.0, min=0.0,
                 help="How long an answer is good for other requests."),
    cfg.FloatOpt("retry_seconds", default=10.0, min=0.0,
                 help="How long Precache is left alone when it could not be asked."),
]
CONF.register_group(GROUP)
CONF.register_opts(OPTIONS, group=GROUP)

ANSWER_BYTES = 32 << 20  # some 100,000 hosts of the longest names
KEPT_NAMES = 1_000_000  # hosts of all answers that are kept together, so some 100 MB of a scheduler's memory
NOBODY: frozenset[str] = frozenset()


class Answer(NamedTuple):
    hosts: frozenset[str]
    etag: str | None


class Known(NamedTuple):
    answer: Answer
    until: float  # by time.monotonic()


class Refused(Exception):
    """What came is no answer; the text says why and has no secret."""


class Question(threading.Thread):
    """Asks for one image. A thread: neither the look-up of a name nor a server that drips obeys a socket's limit."""

    def __init__(self, ask, limit: float):
        super().__init__(name="precache", daemon=True)
        self._ask, self._limit = ask, limit
        self._ended = threading.Event()
        self._answer: Answer | None = None
        self._failure: Exception | None = None
        self.start()

    @property
    def is_over(self) -> bool:
        return self._ended.is_set()

    def run(self):
        try:
            self._answer = self._ask()
        except Exception as failure:  # whatever it is, an instance is to boot
            self._failure = failure
        self._ended.set()

    def wait(self) -> Answer:
        if not self._ended.wait(self._limit):
            raise TimeoutError(f"no answer in {self._limit:.2g} s")
        if self._failure is not None:
            raise self._failure
        return self._answer


class Service:
    """The service that is asked, one question a connection."""

    def __init__(self, url: str, token_file: str, cafile: str | None, timeout: float):
        self._url = urllib.parse.urlsplit(url)
        self._token_file, self._cafile, self._timeout = Path(token_file), cafile, timeout
        self._tls: ssl.SSLContext | None = None

    def holders(self, image: str, before: Answer | None) -> Answer:
        """The hosts that have the image; blocks for longer than the time limit if it has to."""
        headers = {"Authorization": f"Bearer {self._token()}", "User-Agent": "precache-weigher", "Connection": "close"}
        if before and before.etag:
            headers["If-None-Match"] = before.etag
        path = f"{self._url.path.rstrip('/')}/v1/coverage?image={urllib.parse.quote(image, safe='')}"
        connection = self._connection()
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            if response.status == 304 and before:
                return before
            if response.status in (401, 403):
                raise Refused(f"it answered {response.status}; {self._token_file} needs a token of the role reader")
            if response.status != 200:
                raise Refused(f"it answered {response.status}")
            body = response.read(ANSWER_BYTES + 1)
        except ssl.SSLError:
            self._tls = None  # cafile may be a new one next time
            raise
        finally:
            connection.close()
        if len(body) > ANSWER_BYTES:
            raise Refused(f"its answer has more than {ANSWER_BYTES} bytes")
        if response.length:
            raise Refused(f"its answer lacks its last {response.length} bytes")
        return Answer(self._hosts(body), response.headers.get("ETag"))

    @staticmethod
    def _hosts(body: bytes) -> frozenset[str]:
        try:
            hosts = json.loads(body)["hosts"]
            if all(isinstance(host, str) for host in hosts):
                return frozenset(hosts)
        except (ValueError, KeyError, TypeError):
            pass
        raise Refused("its answer is not a list of hosts: is it Precache that listens there?")

    def _token(self) -> str:
        token = self._token_file.read_text(errors="replace").strip()
        # Checked here, for http.client would tell the whole header in its complaint.
        if not token or not all("!" <= character <= "~" for character in token):
            raise Refused(f"{self._token_file} has to hold one token and nothing else")
        return token

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname, self._url.port
        if self._url.scheme == "http":
            return http.client.HTTPConnection(host, port or 80, timeout=self._timeout)
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=self._cafile)
        return http.client.HTTPSConnection(host, port or 443, timeout=self._timeout, context=self._tls)


class Holders:
    """Which hosts have an image, by the service's last answers; one question at a time."""

    def __init__(self, settings):
        for name in ("url", "token_file"):
            if not settings[name]:
                raise cfg.RequiredOptError(name, GROUP)
        if "@" in urllib.parse.urlsplit(settings.url).netloc:
            raise cfg.ConfigFileValueError("[precache] url has a user or a password: only token_file says who asks")
        self._url = settings.url
        self._service = Service(settings.url, settings.token_file, settings.cafile, settings.timeout)
        self._timeout, self._fresh, self._pause = settings.timeout, settings.cache_seconds, settings.retry_seconds
        self._known: dict[str, Known] = {}  # the one that was asked for longest ago comes first
        self._asking = threading.Lock()
        self._question: Question | None = None
        self._silent_until = 0.0
        self._is_away = False

    def of(self, image: str) -> frozenset[str]:
        """Hosts that have the image; none if that can't be told in time."""
        deadline = time.monotonic() + self._timeout
        hosts = self._fresh_hosts(image)
        if hosts is not None:
            return hosts
        if self._is_left_alone() or not self._asking.acquire(timeout=self._timeout):
            return NOBODY
        try:
            # Whoever held the lock may have found out.
            hosts = self._fresh_hosts(image)
            left = deadline - time.monotonic()
            if hosts is not None or left <= 0 or self._is_left_alone():
                return NOBODY if hosts is None else hosts
            return self._ask(image, left)
        finally:
            self._asking.release()

    def _fresh_hosts(self, image: str) -> frozenset[str] | None:
        known = self._known.get(image)
        return known.answer.hosts if known and time.monotonic() < known.until else None

    def _is_left_alone(self) -> bool:
        # As long as the last question hangs there is no second one: threads would pile up.
        return time.monotonic() < self._silent_until or (self._question is not None and not self._question.is_over)

    def _ask(self, image: str, limit: float) -> frozenset[str]:
        before = self._known.get(image)
        self._question = Question(lambda: self._service.holders(image, before.answer if before else None), limit)
        try:
            answer = self._question.wait()
        except Exception as failure:
            self._silent_until = time.monotonic() + self._pause
            LOG.log(logging.DEBUG if self._is_away else logging.WARNING,
                    "Precache at %s can't say who has image %s: %s. No host is preferred; it is asked again after %s s",
                    self._url, image, str(failure)[:500], self._pause)
            self._is_away = True
            return NOBODY
        if self._is_away:
            LOG.info("Precache at %s answers again", self._url)
        self._is_away = False
        self._keep(image, answer)
        return answer.hosts

    def _keep(self, image: str, answer: Answer):
        self._known.pop(image, None)
        self._known[image] = Known(answer, time.monotonic() + self._fresh)
        names = sum(len(known.answer.hosts) + 1 for known in self._known.values())
        while names > KEPT_NAMES and len(self._known) > 1:
            oldest = next(iter(self._known))
            names -= len(self._known.pop(oldest).answer.hosts) + 1


class PrecacheWeigher(weights.BaseHostWeigher):
    """1 for hosts that have the image of the request, 0 for others."""

    minval, maxval = 0.0, 1.0

    def __init__(self):
        self._holders = Holders(CONF.precache)

    def weight_multiplier(self, host_state):
        return utils.get_weight_multiplier(host_state, "precache_weight_multiplier", CONF.precache.multiplier)

    def weigh_objects(self, weighed_obj_list, weight_properties):
        image = self._image(weight_properties)
        is_wanted = image is not None and any(self.weight_multiplier(weighed.obj) for weighed in weighed_obj_list)
        return super().weigh_objects(weighed_obj_list, self._holders.of(image) if is_wanted else NOBODY)

    def _weigh_object(self, obj, weight_properties):
        # The holders, as weigh_objects has put it: one answer for all hosts of a request.
        return 1.0 if obj.host in weight_properties else 0.0

    @staticmethod
    def _image(spec) -> str | None:
        """None where no host's copy of an image is of use, since the instance boots from a volume."""
        if "is_bfv" in spec and spec.is_bfv:
            return None
        image = spec.image if "image" in spec else None
        return image.id or None if image is not None and "id" in image else None
