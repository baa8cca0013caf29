"""Files of policies: two people at once, one wrong of a thousand, channels of thousands, windows that can't be."""

import re
import threading

import pytest

from fleet import speaking
from policies import cached, is_met, policy, put
from test_main_job import entry
from test_policy_hosts import look, soon


def text(names, priority="normal", **wrong):
    """A file of policies; `wrong` gives some another time zone by their place."""
    lines = ["policies:"]
    for place, name in enumerate(names):
        zone = wrong.get(f"at_{place}", "Europe/Berlin")
        lines += [f"  - name: {name}", "    aggregates: [web]", "    images: [{id: one}]", f"    priority: {priority}",
                  f"    windows: [{{cron: \"0 1 * * *\", hours: 4, timezone: {zone}}}]"]
    return "\n".join(lines) + "\n"


def listed(fleet):
    """All policies with their priorities, and how many come on a page."""
    found, sizes, after = {}, [], None
    while not sizes or after:
        page = fleet.call("GET", "/v1/policies?limit=300" + (f"&after={after}" if after else "")).json
        found |= {one["name"]: one["spec"]["priority"] for one in page["policies"]}
        sizes.append(len(page["policies"]))
        after = page["next"]
    return found, sizes


def at_once(fleet, tmp_path, *files, options=()):
    """Each file is applied by a program of its own, all at once; what became of them."""
    done = [None] * len(files)

    def apply(number):
        file = tmp_path / f"{number}.yaml"
        file.write_text(files[number])
        begin.wait()
        done[number] = fleet.cli("policy", "apply", "-f", file, *options)
    begin = threading.Barrier(len(files))
    threads = [threading.Thread(target=apply, args=(number,)) for number in range(len(files))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(one.returncode == 0 for one in done), [one.stderr for one in done]
    return done


def test_of_two_files_at_once_one_wins_or_both_are_there_but_never_half_a_file(fleet, tmp_path):
    fleet.start()
    fleet.token("admin")
    names = [f"p{number:03}" for number in range(150)]
    halves, over = [], threading.Event()

    def watch():
        while not over.is_set():
            page = fleet.call("GET", "/v1/policies?limit=1000").json["policies"]
            kinds = {one["spec"]["priority"] for one in page if one["name"] in names}
            if len(kinds) > 1 or len([one for one in page if one["name"] in names]) not in (0, len(names)):
                halves.append(kinds)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        won = set()
        for _ in range(3):
            # The same names: one file is there as a whole, whoever was last.
            at_once(fleet, tmp_path, text(names, "high"), text(names, "low"))
            (priority,) = set(listed(fleet)[0].values())
            won.add(priority)
            # The same file: one changes everything, the other finds nothing to do.
            done = at_once(fleet, tmp_path, *[text(names)] * 2)
            told = sorted(one.stderr for one in done)
            assert "150 changes made" in told[0] and "Nothing changed" in told[1], told
        assert won <= {"high", "low"}
    finally:
        over.set()
        watcher.join()
    assert not halves, "somebody saw half a file"
    # Others' names: both are there; with --prune one of them.
    ours, theirs = [f"a{number}" for number in range(40)], [f"b{number}" for number in range(40)]
    at_once(fleet, tmp_path, text(ours), text(theirs))
    assert set(listed(fleet)[0]) == {*names, *ours, *theirs}
    at_once(fleet, tmp_path, text(ours), text(theirs), options=["--prune"])
    assert set(listed(fleet)[0]) in (set(ours), set(theirs))


def test_of_a_thousand_policies_one_that_is_wrong_is_named_by_its_line_and_nothing_is_applied(fleet, tmp_path):
    fleet.start()
    file = tmp_path / "policies.yaml"
    names = [f"policy-{number:04}" for number in range(1_000)]
    apply = lambda: fleet.cli("policy", "apply", "-f", file)
    # What the service alone knows, and what the file shows by itself.
    for zone, words in (("Europe/Berlim", "there is no time zone 'Europe/Berlim'"),
                        ("../etc", "'../etc' is not a valid time zone")):
        file.write_text(text(names, at_617=zone))
        done = apply()
        (line,) = re.findall(r"policies\.yaml:(\d+):\d+: .*", done.stderr)
        assert done.returncode == 1 and words in done.stderr and int(line) == 1 + 5 * 618, done.stderr
        assert zone in file.read_text().splitlines()[int(line) - 1]
        assert listed(fleet) == ({}, [0])
    file.write_text(text(names))
    done = apply()
    assert done.returncode == 0 and "1,000 changes made" in done.stderr, done.stderr
    found, sizes = listed(fleet)
    assert list(found) == names and sizes == [300, 300, 300, 100]
    assert fleet.cli("policy", "list", "-o", "name").stdout.split() == names
    look_at = fleet.cli("policy", "show", names[617])
    assert look_at.returncode == 0 and "Europe/Berlin" in look_at.stdout, look_at.stderr
    # There may be no more, and the one too many takes none of the others along.
    file.write_text(text(["one-more", *names[:10]], "high"))
    done = apply()
    assert done.returncode == 1 and "1001 policies would be more than the 1000" in done.stderr, done.stderr
    assert listed(fleet) == (found, sizes)


def test_a_channel_of_ten_thousand_images_means_the_newest_alone(fleet, images):
    images.add("one", b"1" * 1_000)
    fleet.start(policies__check_seconds=1)
    agent = speaking(fleet, "host-0")
    same = entry(images, "one")
    many = [same | {"id": f"image-{number:05}", "name": "debian"} for number in range(10_000)]
    fleet.apply(many)
    put(fleet, "base", images=[{"newest": {"name": "debian"}, "count": 20}], superseded="remove")
    meant = lambda: [image["image_id"] for image in policy(fleet)["status"]["images"]]
    newest = [image["id"] for image in reversed(many[-20:])]
    soon(fleet, "they are there", lambda: is_met(fleet))
    # Those of one moment go by their names, so that it's the same twenty whenever somebody looks.
    assert meant() == newest and cached(agent) == set(newest)
    spec = {key: value for key, value in same.items() if key != "id"} | {"name": "debian"}
    answer = fleet.call("PUT", "/v1/images/a-new-one", spec)
    assert answer.status == 201, answer.body
    fleet.eventually("it moves on by one", lambda: meant() == ["a-new-one", *newest[:19]] and is_met(fleet))
    fleet.eventually("one image goes", lambda: cached(agent) == {"a-new-one", *newest[:19]})
    assert len(images.seen) == 21, "each is fetched once"


WINDOW = {"cron": "0 1 * * *", "hours": 4, "timezone": "UTC"}


@pytest.mark.parametrize("change, field, words", [
    ({"cron": "0 0 31 2 *"}, "cron", "'0 0 31 2 *' is not a valid cron line: a day that comes"),
    ({"cron": "0 0 30 feb *"}, "cron", "a day that comes"),
    ({"cron": "0 0 31 4,6,9,11 *"}, "cron", "a day that comes"),
    ({"cron": "61 0 * * *"}, "cron", "'61'"),
    ({"cron": "0 0 * *"}, "cron", "'0 0 * *'"),
    ({"cron": "@daily now"}, "cron", "'@daily now'"),
    ({"timezone": "Europe/Berlim"}, "timezone", "there is no time zone 'Europe/Berlim'"),
    ({"timezone": "posixrules/../UTC"}, "timezone", "'posixrules/../UTC'"),
    ({"timezone": "zone.tab"}, "timezone", "'zone.tab'"),
    ({"hours": 0}, "hours", "1 to 168"),
    ({"hours": 169}, "hours", "1 to 168"),
])
def test_a_window_that_can_not_be_is_named_by_its_field(fleet, change, field, words):
    fleet.start()
    put(fleet, "base", images=[{"id": "one"}], windows=[WINDOW])
    wrong = {"aggregates": ["web"], "images": [{"id": "one"}], "windows": [WINDOW, WINDOW | change]}
    answer = fleet.call("PUT", "/v1/policies/base", wrong)
    (error,) = answer.json["errors"]
    assert (answer.status, error["field"]) == (400, f"windows[1].{field}") and words in error["message"], error
    assert policy(fleet)["spec"]["windows"] == [WINDOW], "the policy is as it was"


def test_windows_that_overlap_are_one_and_those_without_a_gap_never_close(fleet):
    fleet.start()
    hourly = {"cron": "0 * * * *", "hours": 1, "timezone": "UTC"}
    leap = {"cron": "0 0 29 2 *", "hours": 1, "timezone": "Pacific/Chatham"}
    status = lambda name: policy(fleet, name)["status"]
    put(fleet, "always", images=[{"id": "one"}], windows=[hourly, hourly | {"cron": "30 * * * *"}, leap])
    put(fleet, "rarely", images=[{"id": "one"}], windows=[leap])
    look(fleet)
    assert (status("always")["next_window_at"], status("always")["state"]) == (None, "held")
    assert status("rarely")["next_window_at"] == "2028-02-28T10:15:00.000000Z"
    assert [hold["what"] for hold in status("rarely")["held_up_by"]] == ["no_aggregate"]
