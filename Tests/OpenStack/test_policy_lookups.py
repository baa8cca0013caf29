"""Look-ups of channels at the real Glance that come at a bad moment, are refused, or are written alike."""

from policies import cached, is_met, jobs, put
from test_policies import await_leased, await_look_ups, channels, fleet, meant, newest, web  # noqa: F401


def test_a_job_that_ends_while_a_channel_is_looked_up_is_not_made_again(fleet):
    image = fleet.shelf.add("large", 6 << 20)
    newest(fleet, "followed")
    fleet.relay.hold(1 << 20)
    put(fleet, "base", images=[{"id": image}])
    fleet.relay.await_held(3)
    job, = jobs(fleet, "base")
    gate = fleet.relay.gate("name=followed ")
    gate.await_request()
    fleet.relay.release()
    fleet.await_end(job["id"])
    gate.opened.set()
    await_look_ups(fleet, "followed")
    assert [job["results"]["cached"] for job in jobs(fleet, "base")] == [3]


def test_where_the_one_before_is_gone_the_withdrawn_image_stays_until_that_has_come_back(fleet):
    old = fleet.shelf.add("swept")
    newest(fleet, "swept", superseded="remove")
    await_leased(fleet, "swept", old)
    new = fleet.shelf.add("swept")
    await_leased(fleet, "swept", new)
    fleet.eventually("the old one goes", lambda: not any(old in cached(host) for host in web(fleet)))
    fleet.shelf.deactivate(new)

    def is_back():
        kept = [cached(host) & {old, new} for host in web(fleet)]
        assert all(kept), "a host has neither"
        return all(old in images for images in kept)
    fleet.eventually("the old one is back", is_back, 120)


def test_a_channel_that_glance_refuses_keeps_no_other_from_being_looked_up(fleet):
    newest(fleet, "well")
    put(fleet, "a-bad", images=[{"newest": {"property": {"size_min": "much"}}}])
    for _ in range(2):
        fleet.service.await_line("a channel can't be looked up.*size_min", len(fleet.service.lines))
    await_leased(fleet, "well", fleet.shelf.add("well"))


def test_channels_that_are_written_alike_are_two(fleet):
    images = [fleet.shelf.add("tag:alike"), fleet.shelf.add("any", tags=["alike"])]
    put(fleet, "alike", images=[{"newest": {"name": "tag:alike"}}, {"newest": {"tag": "alike"}}])
    await_leased(fleet, "alike", *images)
    # Another policy has all looked at, but no channel is looked up before its time.
    for priority in ("low", "normal") * 5:
        put(fleet, "other", images=[{"id": images[0]}], priority=priority)
        fleet.eventually("all is looked at", lambda: is_met(fleet, "other"))
        assert meant(fleet, "alike") == images
