"""Ten thousand hosts on the page: what it shows is right, and how fluid it is stands in the output."""

import json

import browser
from fleet import free_port
from program import Program

HOSTS = 10_000


def simulated(fleet, folder, *options):
    """The fleet that precache-bench plays, in 40 racks and 3 zones."""
    token, file = folder / "agents-token", folder / "fleet.json"
    token.write_text(fleet.agent_token)
    simulator = Program(
        ["precache-bench", "fleet", "--hosts", HOSTS, "--port", free_port(), "--inventory", file, "--token-file", token,
         *options], folder / "simulator.log")
    simulator.await_line("listening")
    inventory = json.loads(file.read_text())
    for index, host in enumerate(inventory["hosts"]):
        host["labels"] = {"rack": f"r{index * 40 // HOSTS + 1}", "zone": f"az{index % 3}"}
    assert fleet.call("PUT", "/v1/inventory", inventory).status == 200
    return simulator


def test_ten_thousand_hosts_are_drawn_and_followed(page, fleet, tmp_path):
    fleet.start()
    simulator = simulated(fleet, tmp_path, "--fail", "2%", "--slow", "1%", "--delay", "200ms-600ms", "--image-bytes", "1000000")
    page.command("Page.addScriptToEvaluateOnNewDocument", source=browser.WATCH_FRAMES)
    try:
        job = fleet.cache("sim-image-1", aggregate="fleet", parallelism=1000)
        page.open(f"#/jobs/{job['id']}").sees("10\u202f000", "running")
        page.until("all squares", "return document.querySelector('canvas')?.getAttribute('aria-label').startsWith('10\u202f000 hosts')")
        ended = fleet.await_end(job["id"], limit=200)
        page.sees(ended["state"], "Took")
        page.until("the list after the end", "return document.querySelector('.live').textContent === ''")
        live = page.figures()
        wanted = {outcome: count for outcome, count in ended["results"].items() if count}
        assert [int(page.script("return [...document.querySelectorAll('.key .count')].map((count) => count.textContent.replace(/\\D/g, ''))")[index])
                for index in (0, 4)] == [wanted["cached"], wanted["error"]]
        page.open(f"#/jobs/{job['id']}").sees("Slowest hosts", "no space")
        page.until("groups", "return document.querySelector('.map select')?.value === 'rack'")
        whole = page.figures()
        page.open("#/hosts").sees("100 of 10\u202f000", "Free disk", limit=120)
        hosts = page.figures()
        print(f"\n10,000 hosts, in ms: live {live}; after its end {whole}; all hosts {hosts}")
        assert min(live["frames"], whole["frames"], hosts["frames"]) > 5
    finally:
        simulator.process.terminate()
        simulator.wait()
