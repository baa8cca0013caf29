"""The servers beside which ours is measured, and the load that is put on all of them."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import Bench, Program, free_port, run, tool


class Nginx:
    """nginx with one worker; `locations` is what its server block holds."""

    def __init__(self, folder: Path, locations: str, tls: "Path | None" = None, http: str = ""):
        self.port = free_port()
        secure = f"ssl_certificate {tls}/service.pem; ssl_certificate_key {tls}/service.key; ssl_protocols TLSv1.2 TLSv1.3;" if tls else ""
        (folder / "nginx.conf").write_text(f"""
            worker_processes 1;
            pid {folder}/nginx.pid;
            error_log {folder}/nginx.log;
            daemon off;
            worker_rlimit_nofile 65536;
            events {{ worker_connections 32768; }}
            http {{
                access_log off;
                sendfile on;
                tcp_nopush on;
                keepalive_requests 100000000;
                client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
                uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
                {http}
                server {{
                    listen 127.0.0.1:{self.port} {"ssl" if tls else ""} backlog=4096;
                    {secure}
                    {locations}
                }}
            }}
        """)
        self.process = subprocess.Popen([tool("nginx"), "-e", folder / "nginx.log", "-c", folder / "nginx.conf"])
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._await()

    def _await(self):
        done = run(["curl", "-sk", "--retry", "100", "--retry-connrefused", "--retry-delay", "0", "--retry-max-time", "20",
                    "-o", "/dev/null", self.url + "/"])
        assert done.returncode == 0, "nginx doesn't start"

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Hummingbird:
    """The same bytes from Hummingbird on one thread (Tests/Benchmarks/StatusAnswer)."""

    def __init__(self, bench: Bench, body: Path):
        self.port = free_port()
        self.program = Program([bench.built / "status-answer", self.port, body], bench.folder / "hummingbird.log")
        self.url = f"http://127.0.0.1:{self.port}"
        done = run(["curl", "-s", "--retry", "100", "--retry-connrefused", "--retry-delay", "0", "--retry-max-time", "20",
                    "-o", "/dev/null", self.url + "/v1/jobs/x"])
        assert done.returncode == 0, "Hummingbird doesn't start"

    def stop(self):
        self.program.process.terminate()
        self.program.wait()


@dataclass
class Load:
    requests_per_second: float
    p99_milliseconds: float


def wrk(url: str, seconds: float, connections: int = 64, headers: "dict[str, str] | None" = None,
        script: "Path | None" = None) -> Load:
    """One thread of wrk, so that it has one core and the server the other."""
    fields = [argument for name, value in (headers or {}).items() for argument in ("-H", f"{name}: {value}")]
    fields += ["-s", str(script)] if script else []
    text = subprocess.run(
        [tool("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *fields, url],
        capture_output=True, text=True, timeout=seconds + 60, check=True).stdout
    assert "Non-2xx" not in text, text
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    assert rate and p99, text
    return Load(float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]])
