"""Ten thousand cached files and ten thousand instances: headers alone are read, and memory stays small."""

import os
import time
import uuid

from instances import Instances, age, cache, sweep

FILES = 10_000


def begin(agent):
    """Starts it when all is there: its own first sweep comes within a minute."""
    agent.start(cache__nova_files="age", cache__sweep_interval_seconds=3600)


def test_a_sweep_over_ten_thousand_files_and_instances_reads_headers_alone(fleet, record_property):
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    names = [f"{number:040x}" for number in range(FILES)]
    for name in names:
        path = agent.cache / name
        path.write_bytes(b"x" * 5_000)
        age(path, 100_000)
    # One overlay made by qemu-img, and its like: the name of the backing file is all that differs.
    model = Instances(agent).add(agent.cache / names[0], name="model").read_bytes()
    (agent.folder / "model" / "disk").unlink()
    old = str(agent.cache / names[0]).encode()
    assert model.count(old) == 1
    for number in range(FILES):
        folder = agent.folder / str(uuid.UUID(int=number))
        folder.mkdir()
        # Half of the files are in use.
        (folder / "disk").write_bytes(model.replace(old, str(agent.cache / names[number % (FILES // 2)]).encode()))
    begin(agent)
    before = time.monotonic()
    done = sweep(agent)
    record_property("first_sweep_seconds", time.monotonic() - before)
    assert (done["files"], done["removed"], done["kept"]) == (FILES, FILES // 2, {"in_use": FILES // 2}), done
    assert done["problems"] == 0 and done["renewed"] == FILES // 2
    assert FILES <= done["headers_read"] <= FILES + 10, "raw backing files aren't opened at all"
    assert done["header_bytes"] <= FILES * 8_192
    before = time.monotonic()
    again = sweep(agent)
    record_property("second_sweep_seconds", time.monotonic() - before)
    assert again["removed"] == 0
    assert len(cache(agent)["files"]) == FILES // 2
    print("sweeps took", done["milliseconds"], "and", again["milliseconds"], "ms;",
          f"{agent.program.peak_memory_mib:.0f} MiB at most")
    assert agent.program.peak_memory_mib < 64


def test_a_hundred_thousand_strange_files_do_no_harm(fleet):
    fleet.start()
    agent = fleet.agent("host-0", start=False)
    folder = os.open(agent.cache, os.O_RDONLY)
    for number in range(100_000):
        name = f"{number:040x}" if number % 2 else f"backup-{number}.img"
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=folder))
    os.close(folder)
    begin(agent)
    done = sweep(agent)
    assert (done["files"], done["unknown"], done["removed"]) == (50_000, 50_000, 0)
    names = [file["name"] for file in cache(agent)["files"]]
    assert len(names) == 50_000 and names == sorted(names)
    print("sweep took", done["milliseconds"], f"ms; {agent.program.peak_memory_mib:.0f} MiB at most")
    assert agent.program.peak_memory_mib < 64
