"""200 agents want one image from a source that may be asked by L at once."""

import time

from bench import Bench
from bench_download import make_image
from servers import Nginx


def source(bench: Bench):
    hosts, limit, size = bench.pick((200, 20, 8 << 20), (12, 3, 1 << 20))
    folder = bench.scratch("source")
    image = make_image(folder, "image", size, 3)
    # The source refuses whoever comes beyond the limit, and sends each download at half its size a second.
    nginx = Nginx(
        folder, f"root {folder}; limit_conn all {limit}; limit_conn_status 503; limit_rate {size // 2}; access_log {folder}/access.log;",
        http="limit_conn_zone $server_port zone=all:1m;")
    service = bench.service(source__max_downloads=limit)
    for number in range(hosts):
        service.agent(f"compute-{number}", start=False)
    for agent in service.agents.values():
        agent.start()
    service.apply([{**image, "url": f"{nginx.url}/image"}])
    try:
        for _ in range(bench.pick(2, 1)):
            alone = min(bench.seconds(lambda: bench.output("curl", "-fsS", "-o", "/dev/null", f"{nginx.url}/image"))
                        for _ in range(3))
            (folder / "access.log").write_text("")
            bench.record("source-time", "ideal", alone * hosts / limit)
            bench.record("source-time", "precached", until_done_at_once(service, "image"))
            statuses = [line.split()[8] for line in (folder / "access.log").read_text().splitlines()]
            bench.record("source-refusals", "precached", statuses.count("503"))
            for agent in service.agents.values():
                assert agent.call("DELETE", "/v1/images/image").status == 204
    finally:
        nginx.stop()
        service.stop()


def until_done_at_once(service, image: str) -> float:
    begin = time.perf_counter()
    job = service.await_end(service.cache(image, parallelism="100%")["id"], limit=600)
    assert job["state"] == "succeeded", job
    return time.perf_counter() - begin
