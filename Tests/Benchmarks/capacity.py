"""What fleets of any size need, from what a host, an image and a heartbeat were measured to cost: deploy/capacity.md.

Linear in hosts, because the growth benchmark says so, and honest about nothing else: another machine, a slower disk
and agents far away change the costs, not the shape.

capacity.py COSTS prints the page; COSTS is deploy/benchmarks/costs.json.
"""

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

from figures import text

FLEETS = (1_000, 10_000, 100_000)
IMAGES = 5
HEARTBEAT_SECONDS = 30
MEBI = 1 << 20


@dataclass(frozen=True)
class Cost:
    """Processor seconds, bytes written to the disk, bytes on the network both ways, bytes of memory."""

    cpu: float = 0
    written: float = 0
    network: float = 0
    memory: float = 0

    def map(self, other: "Cost", work) -> "Cost":
        return Cost(*(work(getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Needs:
    """What a fleet needs while a job runs."""

    seconds: float
    total: Cost
    rest: float
    """The memory at rest, before the job."""


def per_host(job: dict) -> Cost:
    return Cost(*(job[name] / job["hosts"] for name in ("cpu_seconds", "written_bytes", "network_bytes", "memory_bytes")))


class Model:
    """`host`: a host besides its images. `image`: one on a host. `alone`: on top, when a host has its transactions to itself."""

    def __init__(self, sheet: dict):
        one, five, single = sheet["one_image"], sheet["five_images"], sheet["one_by_one"]
        self.image = per_host(five).map(per_host(one), lambda more, less: max(0, (more - less) / (five["images"] - one["images"])))
        self.host = per_host(one).map(self.image, lambda all, image: max(0, all - image))
        alone = per_host(single).map(per_host(one), lambda all, shared: max(0, all - shared))
        self.alone = Cost(cpu=alone.cpu, written=alone.written)
        # How long a host takes that waits for nobody: as many as come in that time share their transactions.
        self.turn = single["seconds"] / single["hosts"]
        self.hosts_per_second = one["hosts"] / one["seconds"]
        self.rest_base, self.rest_host = self._rest(sheet)

    @staticmethod
    def _rest(sheet: dict) -> tuple[float, float]:
        """A line through the memory at rest of the smallest and the largest fleet that were measured."""
        jobs = sorted([*sheet["checks"], sheet["one_image"]], key=lambda job: job["hosts"])
        small, large = jobs[0], jobs[-1]
        if large["hosts"] <= small["hosts"]:
            return sheet["one_image"]["rest_bytes"], 0
        slope = max(0, (large["rest_bytes"] - small["rest_bytes"]) / (large["hosts"] - small["hosts"]))
        return small["rest_bytes"] - slope * small["hosts"], slope

    def needs(self, hosts: float, images: float, transfer: float) -> Needs:
        """What a job needs; `transfer` is the time that the source needs for all the bytes."""
        # A download's place is free when the outcome before it is on the disk: meanwhile the source waits.
        seconds = transfer + hosts / self.hosts_per_second
        company = max(1, hosts / seconds * self.turn)
        total = self.host.map(self.image, lambda host, image: host + images * image)
        total = total.map(self.alone, lambda shared, alone: hosts * (shared + alone / company))
        return Needs(seconds, total, self.rest_base + self.rest_host * hosts)

    def prediction(self, check: dict) -> Needs:
        """What the model says of a job that was played."""
        return self.needs(check["hosts"], check["images"], transfer(
            check["hosts"], check["image_bytes"], check["source_bytes_per_second"], check["downloads"]))


def transfer(hosts: float, size: float, source: float, downloads: float, link: float = math.inf) -> float:
    """Seconds until the last host has an image of `size` bytes.

    `source` and `link` are bytes a second: what the source sends, and what one host receives.
    """
    waves = math.floor(hosts / downloads)
    last = hosts - waves * downloads
    full = waves * size / min(link, source / downloads)
    return full + size / min(link, source / last) if last > 0 else full


def page(sheet: dict) -> str:
    model = Model(sheet)
    return "\n\n".join([INTRODUCTION, costs(sheet, model), service(sheet, model), source(), exchanges(sheet), checks(sheet, model)]) + "\n"


INTRODUCTION = """\
# What fleets need

Made by `Tests/Benchmarks/capacity.py` from `deploy/benchmarks/costs.json`, which `deploy/bench.sh capacity` measures:
change nothing here by hand. The figures are of the machine that measured them (see
[benchmarks/RESULTS.md](benchmarks/RESULTS.md)), two cores that the service shared with the simulated fleet."""


def costs(sheet: dict, model: Model) -> str:
    def row(name: str, cost: Cost) -> str:
        return f"| {name} | {text(cost.cpu * 1e6)} µs | {size_text(cost.written)} | {size_text(cost.network)} | {size_text(cost.memory)} |"

    beat, progress = sheet["heartbeat"], sheet["progress"]
    return f"""\
## Measured costs

| | processor | written to disk | network, both ways | memory |
|---|---|---|---|---|
{row("a host of a job", model.host)}
{row("an image on a host, with its events", model.image)}
{row("a host that has its transactions to itself, on top", model.alone)}
| a heartbeat with 20 images | {text(beat["cpu_seconds"] * 1e6)} µs | {size_text(beat["written_bytes"])} | | |
| a host in the inventory | | | | {size_text(model.rest_host)} |

Hosts that end within {text(model.turn * 1_000)} ms of each other share a transaction; a job that its source
slows down has more transactions of fewer hosts. At rest the service has {mebibytes(model.rest_base)}. \
{text(model.hosts_per_second)} hosts a second get
through when no download holds them up. A host whose download takes 10 s and tells its progress twice a second
costs {text(progress["cpu_seconds"] / progress["hosts"] * 1e6)} µs. The service sees none of an image's bytes."""


def service(sheet: dict, model: Model) -> str:
    most = sheet["heartbeat"]["most_per_second"]
    rows = []
    for hosts in FLEETS:
        needs, beats = model.needs(hosts, IMAGES, 0), hosts / HEARTBEAT_SECONDS
        rows.append(
            f"| {text(hosts)} | {text(needs.seconds)} s | {text(needs.total.cpu)} s "
            f"| {text(beats * sheet['heartbeat']['cpu_seconds'] * 100)} % of a core ({text(beats)}/s) "
            f"| {mebibytes(needs.rest + needs.total.memory)} | {mebibytes(needs.total.written)} | {mebibytes(needs.total.network)} |")
    return "\n".join([
        "## What one `precached` needs", "",
        f"A job of {IMAGES} images on every host, and a heartbeat of each every {HEARTBEAT_SECONDS} s:", "",
        "| hosts | its own time of the job | processor for it | heartbeats | memory | written | network |", "|---|---|---|---|---|---|---|",
        *rows, f"""
**Where it breaks first.** Downloads take far longer than the service's own work, so a job is bound by its image
source (below) long before it is bound by `precached`. Of the service itself the first to give is one serving
thread's time for heartbeats: {text(most)} a second, which is a fleet of
{text(most * HEARTBEAT_SECONDS)} hosts at 30 s; beyond, raise `listen.threads` or `service.heartbeat_seconds`. Then come the
limits that have settings: `fanout.max_in_flight` (4,096 hosts at once) and `listen.limits.connections`.

**Room for coverage's history**: 2,000 pairs of aggregate and image at a time with 500 moments each at most, and two indexes. An estimate,
not a measurement, is 150 to 250 MB for as many; pairs that nobody asks for any more stay until their age. In practice it is far less."""])


def source() -> str:
    image, link, limits = 10e9, 1.25e9, (16, 64, 256)
    rows = []
    for hosts in FLEETS:
        cells = [f"{span(transfer(hosts, image, link, limit, link))} ({span(limit * image / link)} each)" for limit in limits]
        rows.append(f"| {text(hosts)} | {text(hosts * image / 1e12)} TB | {' | '.join(cells)} |")
    heads = " | ".join(f"`source.max_downloads` = {limit}" for limit in limits)
    return "\n".join(["""\
## What an image of 10 GB costs a source of 10 Gbit/s when each host fetches it

So it is without certificates, with `relay.enabled = false`, below `relay.minimum_bytes`, and where hosts can't reach each other.
Every byte leaves the source once for each host. The limit doesn't change when the last host is done, as long as
the downloads together fill the link; it decides how long each takes, so how many hosts are ready early, and how
much of `fanout.host_timeout_seconds` (1,800 s by default) a download needs.
""", f"| hosts | sent by the source | {heads} |", f"|---|---|{'---|' * len(limits)}", *rows, f"""
With the default of 64 a download takes {span(64 * image / link)}, within the default time limit; with 256
it would take {span(256 * image / link)}, beyond it. A source of a tenth of that link needs ten times as long:
then lower the limit, or raise the time limit."""])


def exchanges(sheet: dict) -> str:
    rows = []
    for row in sheet["exchanges"]:
        alone = row["image_bytes"] / row["link"]
        star = transfer(row["hosts"], row["image_bytes"], row["source"], 64, row["link"])
        rows.append(
            f"| {row['hosts']:,}, {text(row['image_bytes'] / 1e9)} GB, {bits(row['link'])} | {span(alone)} "
            f"| {span(row['median_seconds'])}; {span(row['p99_seconds'])}; {span(row['last_seconds'])} "
            f"| **{text(row['last_seconds'] / alone)}** | {text(row['copies'])} | {text(row['largest_upload'])} | {span(star)} |")
    return "\n".join(["""\
## The same when hosts give it to each other

A host that has a part of an image gives it on while it fetches the rest, so more hosts bring more links along with them: what
decides is one host's link, not the source's. The source sends one copy in parts to two hosts by turns; when
hosts fail others read it, too: three as a rule (`source.copies`), and beyond only where else nobody would have what is missing.
By the model in virtual time that runs the service's own planner and the agents' own choice of pieces
(`precache-bench distribution`), with the fan-out over mutual TLS; how far it can be believed says `mesh-time` in
[benchmarks/RESULTS.md](benchmarks/RESULTS.md), where 32 real agents did the same. The source has 10 Gbit/s.

| hosts, image, each host's link | one host alone | half; 99 of 100; the last | last ÷ alone | copies from the source | most copies that one host gave | each from the source |
|---|---|---|---|---|---|---|""", *rows, """
The service sees none of these bytes. Each host needs room for the image and no more;
it gives to `peers.max_uploads` (12) at a time. Disks that write more slowly than the link, and hosts whose links are
shared, set the pace as they do for one host alone. Beyond some 5,000 hosts in one job, or between sites whose hosts don't reach each
other, see [proxies.md](proxies.md)."""])


def checks(sheet: dict, model: Model) -> str:
    rows = []
    for check in sheet["checks"]:
        told = model.prediction(check)
        pairs = [
            (told.seconds, check["seconds"]), (told.total.cpu, check["cpu_seconds"]),
            (told.total.written / MEBI, check["written_bytes"] / MEBI), (told.total.network / MEBI, check["network_bytes"] / MEBI),
            ((told.rest + told.total.memory) / MEBI, (check["rest_bytes"] + check["memory_bytes"]) / MEBI)]
        cells = " | ".join(f"{text(said)} → {text(was)}" for said, was in pairs)
        rows.append(f"| {text(check['hosts'])}, {text(check['image_bytes'] / 1e6)} MB | {cells} |")
    return "\n".join(["""\
## The model's word, and how it was kept

Jobs that the fleet simulator played with a source of 10 Gbit/s and the default limit of 64 downloads;
*prediction → measurement*. The costs above come from other runs than these.

| hosts, image | seconds | processor s | written MiB | network MiB | memory MiB |
|---|---|---|---|---|---|""", *rows])


def size_text(value: float) -> str:
    return f"{text(value / 1_024)} KiB" if value >= 10_240 else f"{text(value)} B"


def mebibytes(value: float) -> str:
    return f"{text(value / MEBI)} MiB"


def bits(rate: float) -> str:
    return f"{text(rate * 8 / 1e9)} Gbit/s"


def span(seconds: float) -> str:
    for unit, length, limit in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < limit:
            return f"{text(seconds / length)} {unit}"
    return f"{text(seconds / 86_400)} days"


if __name__ == "__main__":
    print(page(json.loads(Path(sys.argv[1]).read_text())), end="")
