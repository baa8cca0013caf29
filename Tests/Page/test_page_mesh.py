"""Hosts that give an image to each other, as the page tells it: real agents with certificates."""

import os

from exchange import await_capable, certificates, join
from image_server import entry

SIZE = 24 << 20
NAMES = [f"host-{number}" for number in range(6)]

FACTS = """() => {
    const part = [...document.querySelectorAll("section")].find((each) => each.querySelector("h2")?.textContent === "Where bytes came from");
    const pairs = [...(part?.querySelectorAll("dl > div") ?? [])];
    return Object.fromEntries(pairs.map((pair) => [pair.children[0].textContent, pair.children[1].innerText]));
}"""


def test_an_exchange_is_told_with_copies_seeds_and_bytes_between_hosts(page, fleet, images, tmp_path):
    images.add("one", os.urandom(SIZE))
    join(fleet, certificates(tmp_path / "tls", *NAMES), NAMES)
    fleet.apply([entry(images, "one")], hosts=[
        {"name": name, "address": agent.address, "port": agent.port, "labels": {"zone": f"az{number % 2}"}}
        for number, (name, agent) in enumerate(fleet.agents.items())])
    for agent in fleet.agents.values():
        agent.start()
    await_capable(fleet, len(NAMES))
    job = fleet.cache("one")
    page.open(f"#/jobs/{job['id']}").sees("web ← one")
    job = fleet.await_end(job["id"])
    page.sees("succeeded", "Where bytes came from", "Slowest hosts")
    transfer = job["transfer"]
    assert transfer["from_peers_bytes"] > 0 and transfer["copies"] < len(NAMES) - 1, transfer

    def is_all_told():
        told = page.script(f"return ({FACTS})();")
        return told["Copies read at the source"] == f"{transfer['copies']:.2f}" and all(
            told[name].endswith(" MiB") and abs(float(told[name].removesuffix(" MiB")) - transfer[of] / (1 << 20)) < 1
            for name, of in [("From the source", "from_source_bytes"), ("Between hosts", "from_peers_bytes")])
    # Charts and lists come a little later than the state.
    fleet.eventually("all of it on the page", is_all_told)
    told = page.script(f"return ({FACTS})();")
    assert sorted(told["Seeds"].split(", ")) == sorted(transfer["seeds"]) and transfer["seeds"]
    assert {line.split(":")[0] for line in told["Into zones"].split("\n")} == {entry["zone"] for entry in transfer["crossings"]}
    page.until("squares by zone", "return document.querySelector('.map select').value === 'zone'")
    page.click(transfer["seeds"][0])
    page.sees("Exchanges images", "yes", "Last results")
