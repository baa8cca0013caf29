"""The list of jobs as jobs come, go and change under it, and as reads of them fail."""

import pytest

from scripted_answers import refuse, scripted

SHOWN = "return [...document.querySelectorAll('tbody tr .what > a')].map((link) => Number(link.hash.split('/').pop()))"


@pytest.fixture
def script(page, fleet):
    return scripted(page, fleet)


def add(page, count: int, state="queued"):
    page.script("for (let number = 1; number <= arguments[0]; number += 1) told.add(number, arguments[1])", count, state)


def choose(page, state: str):
    page.script("const select = document.querySelector('select'); select.value = arguments[0];"
                "select.dispatchEvent(new Event('change'));", state)


def sees_rows(page, expected: list[int]):
    page.until(f"rows {expected}", f"const rows = (() => {{ {SHOWN} }})(); return rows.join() === arguments[0].join()", expected)


def accept(page, number: int):
    page.script("told.add(arguments[0]); told.tell('accepted', arguments[0])", number)


def test_older_jobs_come_up_where_others_leave_the_list(script):
    add(script, 58)
    script.go("#/jobs").sees("live", "Older jobs")
    choose(script, "queued")
    sees_rows(script, list(range(58, 8, -1)))
    # A few at a time: of many the whole list would be read.
    for last in (38, 18, 8):
        script.script("for (let number = arguments[0]; number > arguments[1]; number -= 1) told.become(number, 'succeeded')",
                      min(58, last + 20), last)
        sees_rows(script, list(range(last, max(0, last - 50), -1)))
    accept(script, 59)
    sees_rows(script, [59, *range(8, 0, -1)])


def test_the_list_is_as_long_as_was_asked_for(script):
    add(script, 50)
    script.go("#/jobs").sees("live")
    sees_rows(script, list(range(50, 0, -1)))
    for number in (51, 52, 53):
        accept(script, number)
    sees_rows(script, list(range(53, 3, -1)))
    script.click("Older jobs")
    sees_rows(script, list(range(53, 0, -1)))


def test_a_job_that_is_not_drawn_yet_does_not_end_the_look_at_what_runs(script):
    add(script, 1)
    script.go("#/jobs").sees("live")
    sees_rows(script, [1])
    script.script("window.gate = told.hold('/v1/jobs/00000003'); told.add(2, 'running')")
    accept(script, 3)
    script.script("told.tell('started', 2)")
    script.until("the read of both", """
        return ["2", "3"].every((number) => asked.some(({ path }) => path.endsWith(`/v1/jobs/0000000${number}`)))""")
    rounds = script.script("return told.rounds")
    script.until("it going on", "return told.rounds > arguments[0] + 3", rounds)
    script.script("gate.open()")
    sees_rows(script, [3, 2, 1])


def test_a_filter_whose_read_failed_is_read_again(script):
    script.script("told.add(1, 'succeeded'); told.add(2, 'queued')")
    script.go("#/jobs").sees("live")
    sees_rows(script, [2, 1])
    refuse(script, "state=queued", 503)
    choose(script, "queued")
    sees_rows(script, [2])
    script.until("it being said to be well", "return document.getElementById('banner').hidden")


def test_a_change_whose_read_failed_is_read_again(script):
    add(script, 1)
    script.go("#/jobs").sees("live")
    sees_rows(script, [1])
    refuse(script, "/v1/jobs/00000002", 503)
    accept(script, 2)
    sees_rows(script, [2, 1])


def test_what_comes_and_goes_leaves_the_focus_where_it_is(script):
    add(script, 3)
    script.go("#/jobs").sees("live")
    sees_rows(script, [3, 2, 1])
    script.script("document.querySelector('a[href$=\"00000002\"]').focus(); window.focused = document.activeElement")
    accept(script, 4)
    sees_rows(script, [4, 3, 2, 1])
    assert script.script("return document.activeElement === focused"), "one came"
    script.script("told.jobs.splice(0, 2); told.tell('finished', 3); told.tell('finished', 4)")
    sees_rows(script, [2, 1])
    assert script.script("return document.activeElement === focused"), "two went"


def test_a_controller_that_has_no_such_stream_yet_is_asked_again(script):
    refuse(script, "/v1/events", 404, times=1000)
    add(script, 1)
    script.go("#/jobs")
    sees_rows(script, [1])
    script.sees("reconnecting")
    script.script("told.refusals.length = 0")
    script.sees("live")
    accept(script, 2)
    sees_rows(script, [2, 1])


def test_the_list_hears_only_of_states_and_begins_afresh_after_an_absence(script):
    add(script, 1)
    script.go("#/jobs").sees("live")
    accept(script, 2)
    sees_rows(script, [2, 1])
    script.script("told.add(3); told.cut()")
    sees_rows(script, [3, 2, 1])
    streams = script.script("return asked.filter(({ path }) => path.startsWith('/v1/events'))")
    assert len(streams) == 2
    for stream in streams:
        assert stream["path"] == "/v1/events?type=accepted&type=started&type=finished&type=cancel_requested"
        assert "Last-Event-ID" not in stream["headers"], "it needn't be told what it reads anyway"
