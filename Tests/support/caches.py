"""Squid and nginx as caches of images, set up as deploy/proxies says, at an address and a source of the test's."""

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from fleet import free_port
from program import LIMIT, run

SAMPLES = Path(__file__).resolve().parents[2] / "deploy/proxies"
PATH = "/usr/sbin:/usr/local/bin:/usr/bin:/bin:/sbin"


class Cache:
    """A cache that runs: `command` is what it is started within, such as `ip netns exec NAME`."""

    stop_signal = signal.SIGTERM

    def __init__(self, sample: str, changes: dict[str, str], extra: str, address: str, port: int, command=()):
        # Where root starts them, they work as other users, who can't enter a test's own folder.
        self.folder = Path(tempfile.mkdtemp(prefix="precache-cache."))
        self.folder.chmod(0o755)
        self.url = f"http://{address}:{port}"
        self.address, self.port, self.command = address, port, [str(word) for word in command]
        text = (SAMPLES / sample).read_text()
        for said, used in changes.items():
            assert said in text, f"{sample} doesn't say {said!r} any more"
            text = text.replace(said, used)
        self.config = self.folder / sample
        self.config.write_text(extra.replace("FOLDER", str(self.folder)).replace("SAMPLE", text)
                               .replace("/var/cache/nginx", str(self.folder)).replace("/var/spool/squid", f"{self.folder}/kept"))
        self.process = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        self.process = self._run()
        deadline = time.monotonic() + LIMIT
        while run([*self.command, "bash", "-c", f"exec 3<>/dev/tcp/{self.address}/{self.port}"]).returncode != 0:
            assert self.process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def log(self) -> str:
        return "\n".join(file.read_text()[-3000:] for file in self.folder.glob("*.log"))

    def stop(self):
        if self.process:
            self.process.send_signal(self.stop_signal)
            self.process.wait(LIMIT)
        shutil.rmtree(self.folder, ignore_errors=True)


class NginxCache(Cache):
    """deploy/proxies/nginx.conf before one source."""

    def __init__(self, source: str, address: str, port: int, command=()):
        super().__init__("nginx.conf", {"https://glance.example:9292": source.rstrip("/"), "listen 8080;": f"listen {address}:{port};"}, """
            daemon off; pid FOLDER/nginx.pid; error_log FOLDER/error.log;
            events { worker_connections 4096; }
            http { access_log off; client_body_temp_path FOLDER/t1; proxy_temp_path FOLDER/t2; fastcgi_temp_path FOLDER/t3;
            uwsgi_temp_path FOLDER/t4; scgi_temp_path FOLDER/t5; SAMPLE }""", address, port, command)

    def _run(self):
        return subprocess.Popen([*self.command, shutil.which("nginx", path=PATH), "-e", self.folder / "error.log", "-c", self.config])


class SquidCache(Cache):
    """deploy/proxies/squid-mirror.conf before one source, or squid-proxy.conf before all."""

    stop_signal = signal.SIGKILL  # it would take seconds to write an index that nobody will read

    def __init__(self, source: "str | None", address: str, port: int, command=()):
        changes = {"acl hosts src 10.0.0.0/8": "acl hosts src all", "500000 16 256": "20000 1 4"}
        if source:
            parts = urlsplit(source)
            changes |= {"http_port 8080": f"http_port {address}:{port}", "images.example": parts.hostname,
                        "parent 80": f"parent {parts.port}"}
        else:
            changes |= {"http_port 3128": f"http_port {address}:{port}"}
        super().__init__("squid-mirror.conf" if source else "squid-proxy.conf", changes, """SAMPLE
pid_filename FOLDER/squid.pid
cache_log FOLDER/cache.log
access_log none
coredump_dir FOLDER
netdb_filename none
visible_hostname cache
shutdown_lifetime 0 seconds
""", address, port, command)

    def _run(self):
        (self.folder / "kept").mkdir()
        try:
            for path in (self.folder, self.folder / "kept"):
                shutil.chown(path, "proxy")
        except PermissionError:
            pass  # not root: it stays the user who starts it
        squid = shutil.which("squid", path=PATH)
        assert squid, "squid is not installed: deploy/setup.sh"
        made = run([squid, "-z", "-N", "-f", self.config])
        assert made.returncode == 0, made.stderr
        return subprocess.Popen([*self.command, squid, "-N", "-f", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def dead_address() -> str:
    """A URL at which nobody listens."""
    return f"http://127.0.0.1:{free_port()}"
