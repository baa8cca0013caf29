"""The READMEs: every path that they name is there, every link leads somewhere, and the first one is short."""

import re
from pathlib import Path

import pages
import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "Sources/README.md", "Tests/README.md", "deploy/README.md", "deploy/controllers.md", "deploy/proxies.md",
             "deploy/first-fleet.md", "deploy/ansible/README.md"]
# What a page calls by a path of ours: `Sources/…`, `deploy/test.sh`. Names with capitals for a place to fill in, `…` and
# `<…>` aren't paths.
PATH = re.compile(r"(?<![\w/.\-])((?:Sources|Tests|deploy|api-spec|\.ci)/[\w./+\-]*[\w/])")


def prose(document: str) -> str:
    return (ROOT / document).read_text()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_page_names_is_there(document):
    named = set(PATH.findall(prose(document)))
    assert named, "a page that names no path at all isn't one of these"
    missing = sorted(path for path in named if not (ROOT / path).exists())
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document):
    page = ROOT / document
    assert [link for link in pages.links(page) if not pages.leads(page, link)] == []


def modules() -> set[str]:
    programs = {"precached", "precache-agent", "precache", "precache-bench"}
    return {folder.name for folder in (ROOT / "Sources").glob("*/*") if folder.is_dir()} - programs


def modules_in_the_table() -> set[str]:
    table = re.search(r"^\| module \|.*\n\|[-|]+\n((?:\|.*\n)+)", prose("Sources/README.md"), re.MULTILINE)
    assert table, "the table of modules has moved"
    return {name.strip() for row in table[1].splitlines() for name in row.split("|")[1].split(",")}


def test_every_module_is_in_the_table_of_modules():
    assert sorted(modules() - modules_in_the_table()) == []


def test_every_module_of_the_table_is_there():
    assert sorted(modules_in_the_table() - modules()) == []


def test_every_reason_is_explained():
    source = (ROOT / "Sources/Domain/PrecacheModel/Jobs/ImageOutcome.swift").read_text()
    reasons = set()
    for name, text in re.findall(r"^    case `?(\w+)`?(?: = \"(\w+)\")?$", source.split("enum Reason")[1], re.MULTILINE):
        reasons.add(text or name)
    assert reasons, "the reasons have moved"
    holds = (ROOT / "Sources/Domain/PrecacheModel/Policies/PolicyRecord.swift").read_text()
    others = set(re.findall(r'^            case \.\w+: "(\w+_\w+)"$', holds.split("enum Cause")[1], re.MULTILINE))
    assert "channel_empty" in others, "what else holds policies up has moved"
    table = re.search(r"^\| reason \| means \| do \|\n\|[-|]+\n((?:\|.*\n)+)", prose("deploy/README.md"), re.MULTILINE)
    assert table, "the table of reasons has moved"
    assert {row.split("|")[1].strip(" `") for row in table[1].splitlines()} == reasons | others


def test_every_table_of_the_database_is_on_the_page():
    tables = set()
    for file in (ROOT / "Sources/Service").rglob("*.swift"):
        tables.update(re.findall(r"CREATE TABLE (\w+)", file.read_text()))
    assert tables, "the statements that make the tables have moved"
    page = prose("Sources/README.md")
    assert sorted(table for table in tables if f"`{table}`" not in page) == []


def test_the_first_page_is_short_enough_to_be_read():
    assert len(prose("README.md").splitlines()) < 200


def test_every_figure_that_a_page_names_is_made():
    sources = "".join(file.read_text() for file in (ROOT / "Sources").rglob("*.swift"))
    made = set(re.findall(r'"((?:precached|precache_agent)_[a-z_]+)"', sources))
    # The role's variables are named alike.
    text = "".join(prose(page) for page in DOCUMENTS if page != "deploy/ansible/README.md")
    named = set(re.findall(r"\b((?:precached|precache_agent)_[a-z_]+[a-z])\b", text))
    assert {"precached_source_copies", "precache_agent_relays_open"} <= named <= made, sorted(named - made)
    # Those of exchanges are all told of: whoever runs agents finds what each means.
    exchanges = set(re.findall(r'"(precache_agent_(?:peer|given|duplicate|refused|relays)_[a-z_]+)"', sources))
    assert len(exchanges) == 6 and exchanges <= named, sorted(exchanges - named)
