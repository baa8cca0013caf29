"""The running programs against api-spec: valid documents, served as they are, no route on one side only, and
schemathesis's generated requests answered as the documents say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from fleet import host_token, request

ROOT = Path(__file__).resolve().parents[2]
SPECS = {"service": ROOT / "api-spec/service.yaml", "agent": ROOT / "api-spec/agent.yaml"}


@pytest.fixture
def programs(fleet, images):
    """Where each program listens, and a token for it."""
    images.add("grub-rescue", b"g" * 1000)
    fleet.start()
    agent = fleet.agent("compute-1")
    image = images.images["/grub-rescue"]
    fleet.apply([{"id": "grub-rescue", "url": images.url("grub-rescue"), "hash_algorithm": "sha256", "hash": image.sha256}])
    fleet.await_end(fleet.cache("grub-rescue")["id"])
    return {
        "service": (fleet.url, fleet.token("admin")),
        "agent": (f"http://{agent.address}:{agent.port}", host_token(fleet.agent_token, agent.name)),
    }


@pytest.mark.parametrize("name", SPECS)
def test_the_document_is_valid_openapi_31(name):
    document = yaml.safe_load(SPECS[name].read_text())
    assert document["openapi"].startswith("3.1")
    validate(document)


@pytest.mark.parametrize("name, program", [("service", "precached"), ("agent", "precache-agent")])
def test_the_document_is_of_the_programs_version(name, program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    told = yaml.safe_load(SPECS[name].read_text())["info"]["version"]
    assert told == said, f"{SPECS[name].name} is to say what Version.swift does"


@pytest.mark.parametrize("name", SPECS)
def test_every_operation_has_an_id_a_summary_and_documented_refusals(name):
    document = yaml.safe_load(SPECS[name].read_text())
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in ("get", "put", "post", "delete"):
                assert operation["operationId"] and operation["summary"], (method, path)
                security = operation.get("security")
                # Whoever lacks a ticket is told that there is nothing.
                refusals = {"404"} if security == [{"ticket": []}] else {"401", "403"}
                assert security == [] or refusals <= set(operation["responses"]), (method, path)


def nameless(node, place=()):
    """Where an object with members of its own is described in the midst of something else."""
    if isinstance(node, dict):
        is_named = len(place) == 3 and place[:2] == ("components", "schemas") or "oneOf" in place[-2:]
        if node.get("type") == "object" and "properties" in node and not is_named:
            yield "/".join(map(str, place))
        for key, value in node.items():
            yield from nameless(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nameless(value, (*place, index))


@pytest.mark.parametrize("name", SPECS)
def test_every_object_has_a_name_that_generated_clients_can_call_it_by(name):
    assert list(nameless(yaml.safe_load(SPECS[name].read_text()))) == []


@pytest.mark.parametrize("name", SPECS)
def test_the_program_serves_its_document(programs, name):
    url, token = programs[name]
    answer = request(url + "/openapi.yaml", token=token)
    assert answer.status == 200
    assert answer.body.decode() == SPECS[name].read_text()


def test_routes_exist_on_both_sides():
    """precached tells its own routes; the document has exactly those. (The agent's: AgentAPITests.)"""
    listed = subprocess.run(["precached", "routes"], capture_output=True, text=True, check=True).stdout.split("\n")
    told = {tuple(line.split(" ", 1)) for line in listed if line}
    shape = lambda path: re.sub(r"\{[^}]*\}", "{}", path)
    document = yaml.safe_load(SPECS["service"].read_text())
    documented = {
        (method.upper(), shape(path)) for path, item in document["paths"].items()
        for method in item if method in ("get", "put", "post", "delete")
    }
    assert {(method, shape(path)) for method, path in told} == documented


def report(ended: subprocess.CompletedProcess) -> str:
    """What schemathesis found, without the endless values that it tries."""
    return "\n".join(line[:300] for line in (ended.stdout + ended.stderr).splitlines())


@pytest.mark.parametrize("name", SPECS)
def test_schemathesis_finds_no_difference(programs, name, tmp_path):
    url, token = programs[name]
    schemathesis = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    ended = subprocess.run(
        [schemathesis, "run", str(SPECS[name]), "--url", url, "--header", f"Authorization: Bearer {token}",
         # Not asked: that whatever fits the schema is accepted; cursors, names that must exist and fields that need
         # each other can't be told in a schema. And ignored_auth sends no header of its own where one is given.
         "--checks", "all", "--exclude-checks", "ignored_auth,positive_data_acceptance", "--max-examples", "25", "--seed", "7", "--request-timeout", "30",
         # Nor streams of events, nor what asks agents: the hosts that the generated requests make up have none, and 502 says so.
         *(["--exclude-operation-id", "watchJob", "--exclude-operation-id", "watchAll", "--exclude-operation-id", "showHostCache"] if name == "service" else []),
         "--phases", "examples,coverage,fuzzing", "--no-color"],
        capture_output=True, text=True, timeout=1500, cwd=tmp_path,
    )
    assert ended.returncode == 0, report(ended)
