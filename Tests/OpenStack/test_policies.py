"""Policies that follow a channel of the real Glance: what is new there is warm here, and what is gone harms nothing."""

import contextlib

import pytest

from fleet import Fleet, free_port, speaking
from glance import Shelf
from policies import cached, is_met, jobs, leased, policy, put
from relay import Relay

CANNOT = "a channel can't be looked up"


@pytest.fixture(scope="module")
def channels(cloud, tmp_path_factory):
    """Three hosts in `web`, and in `all` with them `small`, which can't take what is larger than a MiB."""
    fleet = Fleet(tmp_path_factory.mktemp("channels"))
    relay = fleet.relay = Relay(cloud.glance.port)
    try:
        fleet.settings.update(cloud.service_settings() | {"auth.mode": "tokens", "glance.endpoint": relay.url})
        fleet.start(policies__check_seconds=1)
        web = [speaking(fleet, f"compute-{number}").name for number in range(3)]
        speaking(fleet, "small", cache__max_bytes=1 << 20)
        fleet.apply(aggregates=[{"name": "web", "hosts": web}, {"name": "all", "hosts": [*web, "small"]}])
        fleet.shelf = Shelf(cloud)
        yield fleet
    finally:
        relay.stop()
        fleet.stop()


@pytest.fixture
def fleet(channels):
    """The shared one, without policies before and after."""
    yield channels
    assert channels.call("POST", "/v1/policy-sets", {"policies": [], "prune": True}).status == 200


def web(fleet):
    return [fleet.agents[name] for name in ("compute-0", "compute-1", "compute-2")]


def newest(fleet, name, **spec):
    """A policy of the channel's name that follows it by name."""
    return put(fleet, name, images=[{"newest": {"name": name}}], **spec)


def meant(fleet, name):
    return [image["image_id"] for image in policy(fleet, name)["status"]["images"]]


def holds(fleet, name):
    """What holds a policy up, with how many hosts."""
    return {hold["what"]: hold["hosts"] for hold in policy(fleet, name)["status"]["held_up_by"]}


def await_leased(fleet, name, *wanted, hosts=None):
    """Until the policy keeps just these images on every host, where they are then."""
    for host in hosts or web(fleet):
        fleet.eventually(f"{host.name} keeps {wanted} for {name}", lambda: kept(host, name) == set(wanted))


def kept(host, name):
    return {image for image, policies in leased(host).items() if name in policies}


def await_look_ups(fleet, name, count=2):
    """Until the channel of this name was looked up so many times more."""
    before = len(fleet.relay.of(f"name={name} "))
    fleet.eventually(f"{name} is looked up again", lambda: len(fleet.relay.of(f"name={name} ")) >= before + count)


def brought(fleet, name):
    """How many times an image was fetched to a host for the policy, once all its jobs have ended."""
    fleet.eventually("its jobs end", lambda: all(job["finished_at"] for job in jobs(fleet, name)))
    return sum(job["results"]["cached"] for job in jobs(fleet, name))


def test_what_is_new_under_a_name_a_tag_or_a_property_is_warm_everywhere(fleet):
    channels = {"named": {"name": "fresh"}, "tagged": {"tag": "fresh"}, "marked": {"property": {"line": "fresh"}}}
    looks = {"named": {"name": "fresh"}, "tagged": {"name": "any", "tags": ["fresh"]},
             "marked": {"name": "any", "line": "fresh"}}
    for generation in (1, 2):
        images = {name: fleet.shelf.add(**fields) for name, fields in looks.items()}
        for name, channel in channels.items():
            if generation == 1:
                put(fleet, name, images=[{"newest": channel}])
        for name, image in images.items():
            await_leased(fleet, name, image)
            fleet.eventually("it is met", lambda: is_met(fleet, name))
            assert meant(fleet, name) == [image]
            assert brought(fleet, name) == 3 * generation
    assert all(jobs(fleet, name)[-1]["hosts"]["total"] == 3 for name in channels), "one job for all hosts"
    assert all(cached(host) >= set(images.values()) for host in web(fleet))
    shown = {policy(fleet, name)["status"]["images"][0]["newest"] for name in channels}
    assert shown == {"fresh", "tag:fresh", "line=fresh"}


def test_the_old_image_is_let_go_of_only_where_the_new_one_is(fleet):
    rules = {"unpinned": "unpin", "removed": "remove"}
    old = {name: fleet.shelf.add(name) for name in rules}
    for name, rule in rules.items():
        newest(fleet, name, superseded=rule, aggregates=["all"])
    able, lost, _ = web(fleet)
    small = fleet.agents["small"]
    for name in rules:
        await_leased(fleet, name, old[name], hosts=[able, lost, small])
    lost.program.kill()
    fleet.eventually("it is down", lambda: fleet.call("GET", "/v1/hosts/compute-1").json["host"]["state"] == "down")
    new = {name: fleet.shelf.add(name, 2 << 20) for name in rules}
    for name in rules:
        await_leased(fleet, name, new[name], hosts=[able])
        fleet.eventually("both are told", lambda: holds(fleet, name) == {"no_space": 1, "host_down": 1})
        assert meant(fleet, name) == [new[name]] and policy(fleet, name)["status"]["state"] == "held"
    fleet.eventually("what is to be removed is", lambda: old["removed"] not in cached(able))
    assert old["unpinned"] in cached(able)
    # Each beat of the small host brings it what it is to keep; that of the others has changed since.
    for name in rules:
        assert kept(small, name) == {old[name]} and lost.file(old[name]).exists()
    lost.start()
    for name in rules:
        await_leased(fleet, name, new[name], hosts=[lost])
    fleet.eventually("what is to be removed is", lambda: old["removed"] not in cached(lost))
    assert old["unpinned"] in cached(lost)
    assert all(kept(small, name) == {old[name]} for name in rules)


def test_a_newest_image_that_is_withdrawn_again_gives_way_to_the_one_before(fleet):
    ways = {"deleted": fleet.shelf.delete, "deactivated": fleet.shelf.deactivate, "hidden": fleet.shelf.hide}
    old = {name: fleet.shelf.add(name) for name in ways}
    for name in ways:
        newest(fleet, name)
    for name in ways:
        await_leased(fleet, name, old[name])
    new = {name: fleet.shelf.add(name) for name in ways}
    for name in ways:
        await_leased(fleet, name, new[name])
    for name, withdraw in ways.items():
        withdraw(new[name])
    for name in ways:
        await_leased(fleet, name, old[name])
        fleet.eventually("it is met", lambda: is_met(fleet, name) and meant(fleet, name) == [old[name]])
        assert brought(fleet, name) == 6, "the old one is still there: nobody fetches it again"
        assert all(cached(host) >= {old[name], new[name]} for host in web(fleet))


def test_of_two_images_of_one_name_the_later_made_is_the_newest_whichever_came_first(fleet):
    first = fleet.shelf.queue("twins")
    fleet.eventually("a later second begins", lambda: fleet.shelf.queue("clock")["created_at"] > first["created_at"])
    second = fleet.shelf.add("twins")
    put(fleet, "one", images=[{"newest": {"name": "twins"}}])
    put(fleet, "two", images=[{"newest": {"name": "twins"}, "count": 2}])
    await_leased(fleet, "one", second)
    await_leased(fleet, "two", second)
    fleet.shelf.fill(first["id"])
    await_leased(fleet, "two", first["id"], second)
    assert meant(fleet, "two") == [second, first["id"]]
    await_leased(fleet, "one", second)
    third = fleet.shelf.add("twins")
    await_leased(fleet, "one", third)
    await_leased(fleet, "two", second, third)
    assert meant(fleet, "two") == [third, second]
    assert all(cached(host) >= {first["id"], second, third} for host in web(fleet))


def test_a_channel_that_is_empty_now_changes_nothing_and_says_so(fleet):
    image = fleet.shelf.add("vanished")
    newest(fleet, "vanished", superseded="remove")
    await_leased(fleet, "vanished", image)
    fleet.shelf.hide(image)
    fleet.eventually("it is told", lambda: holds(fleet, "vanished") == {"channel_empty": 0})
    told, = policy(fleet, "vanished")["status"]["held_up_by"]
    assert "vanished" in told["detail"] and told["detail"].endswith("what it meant holds"), told
    status = policy(fleet, "vanished")["status"]
    assert (status["state"], status["fraction"], meant(fleet, "vanished")) == ("held", 1, [image]), status
    await_look_ups(fleet, "vanished")
    await_leased(fleet, "vanished", image)
    fleet.shelf.hide(image, False)
    fleet.eventually("it is met", lambda: is_met(fleet, "vanished"))
    assert brought(fleet, "vanished") == 3


@contextlib.contextmanager
def away(cloud, fleet):
    fleet.relay.upstream = free_port()
    fleet.relay.cut()
    yield
    fleet.relay.upstream = cloud.glance.port


@contextlib.contextmanager
def refusing(cloud, _):
    rules = cloud.glance.folder / "policy.yaml"
    rules.write_text('"get_images": "!"\n')
    yield
    rules.write_text('"get_images": ""\n')  # as by default; a rule that is only taken out Glance goes on with


@pytest.mark.parametrize("trouble, why", [(away, "Glance can't be reached"),
                                          (refusing, "Glance doesn't let the service's user look at images")])
def test_while_channels_cannot_be_looked_up_what_they_meant_holds(cloud, fleet, trouble, why):
    known, unknown = f"known-{trouble.__name__}", f"unknown-{trouble.__name__}"
    old = fleet.shelf.add(known)
    newest(fleet, known, superseded="remove")
    await_leased(fleet, known, old)

    def await_vain_look_up():
        fleet.service.await_line(f"a channel can't be looked up.*{why}", len(fleet.service.lines))

    with trouble(cloud, fleet):
        new = {name: fleet.shelf.add(name) for name in (known, unknown)}
        newest(fleet, unknown)
        await_vain_look_up()
        fleet.service.kill()
        fleet.restart()
        await_vain_look_up()
        await_vain_look_up()
        # Both lines may be of one look, each of a channel.
        fleet.eventually("it has looked at both", lambda: all(policy(fleet, name)["status"]["held_up_by"] for name in new))
        status = policy(fleet, known)["status"]
        assert meant(fleet, known) == [old] and (status["fraction"], status["missing_hosts"]) == (1, 0), status
        assert meant(fleet, unknown) == [] and jobs(fleet, unknown) == [] and not is_met(fleet, unknown)
        for name in new:
            told, = policy(fleet, name)["status"]["held_up_by"]
            assert told["what"] == "lookup_failed" and f"{name} can't be looked up" in told["detail"], told
            assert why in told["detail"], told
        await_leased(fleet, known, old)
    for name in new:
        await_leased(fleet, name, new[name])
    fleet.eventually("the old one goes", lambda: not any(old in cached(host) for host in web(fleet)))


def test_an_image_that_is_deleted_while_hosts_fetch_it_ends_the_job_and_makes_no_other(fleet):
    old = fleet.shelf.add("replaced")
    newest(fleet, "replaced")
    await_leased(fleet, "replaced", old)
    fleet.relay.hold(1 << 20)
    doomed = {name: fleet.shelf.add(name, 6 << 20) for name in ("replaced", "fading")}
    newest(fleet, "fading")
    fleet.relay.await_held(6)
    running = {name: jobs(fleet, name)[0]["id"] for name in doomed}
    for image in doomed.values():
        fleet.shelf.delete(image)
    fleet.relay.cut()
    for name, image in doomed.items():
        job = fleet.await_end(running[name])
        assert job["state"] == "failed" and job["reasons"] == {"image_not_found": 3}, job
        rows = fleet.results(job["id"])
        assert all(image in row["detail"] and row["detail"].endswith("answered 404") for row in rows), rows
    fleet.eventually("it is told", lambda: holds(fleet, "fading") == {"image_not_found": 3, "channel_empty": 0})
    status = policy(fleet, "fading")["status"]
    assert [(image["image_id"], image["fraction"]) for image in status["images"]] == [(doomed["fading"], 0)], status
    assert status["state"] == "held" and status["next_run_at"], status
    fleet.eventually("the one before is back", lambda: is_met(fleet, "replaced") and meant(fleet, "replaced") == [old])
    made = len(jobs(fleet, "fading")), len(jobs(fleet, "replaced"))
    await_look_ups(fleet, "fading")
    assert (len(jobs(fleet, "fading")), len(jobs(fleet, "replaced"))) == made


ODD = ["two  words", "it's \"quoted\"", "größe ☃", "100%", "%41%00", "a/../b", "/v2/images", "in:A,B", "eq:A",
       "A:B", "x&tag=A#y?z=1", "1+1", "back\\slash", "tag:A", "line=A", "[A]*", "2026-11-30T04:00:00Z", "q" * 255]
DECOYS = ["A", "B", "two words", "gro\u0308\u00dfe ☃", "GRÖßE ☃", "100", "1 1", "q" * 254]


def test_odd_names_tags_and_values_mean_what_they_say_to_the_byte(fleet):
    decoys = [fleet.shelf.add(name, tags=[name], line=name) for name in DECOYS]
    kinds = {"names": lambda text: {"name": text}, "tags": lambda text: {"tag": text},
             "values": lambda text: {"property": {"line": text}}}
    images = {kind: [fleet.shelf.add(text if kind == "names" else "any", tags=[text] * (kind == "tags"),
                                     **({"line": text} if kind == "values" else {})) for text in ODD]
              for kind in kinds}
    for kind, channel in kinds.items():
        put(fleet, kind, images=[{"newest": channel(text)} for text in ODD])
    for kind in kinds:
        fleet.eventually("every channel means its image", lambda: meant(fleet, kind) == images[kind])
        await_leased(fleet, kind, *images[kind])
    assert not any(cached(host) & set(decoys) for host in web(fleet))
