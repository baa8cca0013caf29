"""clouds.yaml and the files beside it, read as openstacksdk reads them: its own parser is asked the same, and both must ask
Keystone for the same token and Nova in the same region."""

import contextlib
import http.server
import json
import os
import subprocess
import threading

import pytest

WHO = "username: u, password: p, user_domain_name: Default, project_domain_name: Default"
PROJECT = f"{WHO}, project_name: admin"

# What is in which file, `URL` being Keystone's; the cloud is called c.
CASES = {
    "plain": {"clouds.yaml": f"clouds: {{c: {{auth: {{auth_url: URL, {PROJECT}}}}}}}"},
    "a merge key, with a value of its own": {"clouds.yaml": (
        f"x: &a {{auth_url: URL, {PROJECT}}}\nclouds:\n  c:\n    auth:\n      <<: *a\n      project_name: other\n")},
    "merged ones that merge": {"clouds.yaml": (
        f"x: &a {{auth_url: URL, {PROJECT}}}\ny: &b\n  <<: *a\n  username: deep\nclouds:\n  c:\n    auth: {{<<: *b}}\n")},
    "a whole cloud merged": {"clouds.yaml": (
        f"clouds:\n  base: &base\n    auth: {{auth_url: URL, {PROJECT}}}\n    region_name: Two\n"
        "  c:\n    <<: *base\n    region_name: One\n")},
    "a region's own values": {"clouds.yaml": (
        f"clouds:\n  c:\n    auth: {{{PROJECT}}}\n    regions:\n    - name: Two\n      values: {{auth: {{auth_url: URL, project_name: r}}}}\n"
        "    - One\n")},
    "nothing in a region's values takes nothing away": {"clouds.yaml": (
        f"clouds:\n  c:\n    auth: {{auth_url: URL, {PROJECT}}}\n    interface: internal\n    regions:\n"
        "    - {name: Two, values: {interface: null}}\n")},
    "a region asked for": {"clouds.yaml": (
        f"clouds:\n  c:\n    auth: {{auth_url: URL, {PROJECT}}}\n    regions:\n"
        "    - {name: Two, values: {auth: {project_name: two}}}\n    - {name: One, values: {auth: {project_name: one}}}\n"),
        "region": "One"},
    "regions between commas": {"clouds.yaml": (
        f"clouds: {{c: {{auth: {{auth_url: URL, {PROJECT}}}, region_name: 'Two,One'}}}}")},
    "a profile": {"clouds.yaml": f"clouds: {{c: {{profile: pub, auth: {{{PROJECT}}}}}}}",
                  "clouds-public.yaml": "public-clouds: {pub: {region_name: Two, auth: {auth_url: URL, project_name: x}}}"},
    "a profile by its old name, in JSON": {"clouds.yaml": f"clouds: {{c: {{cloud: pub, auth: {{{PROJECT}}}}}}}",
                                           "clouds-public.json": '{"public-clouds": {"pub": {"auth": {"auth_url": "URL"}}}}'},
    "a profile's regions": {"clouds.yaml": f"clouds: {{c: {{profile: pub, auth: {{{PROJECT}}}}}}}",
                            "clouds-public.yaml": "public-clouds: {pub: {regions: [{name: Two, values: {auth: {auth_url: URL}}}, One]}}"},
    "its own region before its profile's regions": {
        "clouds.yaml": f"clouds: {{c: {{profile: pub, region_name: One, auth: {{{PROJECT}}}}}}}",
        "clouds-public.yaml": "public-clouds: {pub: {auth: {auth_url: URL}, regions: [Two]}}"},
    "secrets apart": {"clouds.yaml": "clouds: {c: {auth: {auth_url: URL, username: u, password: no, project_name: p}}}",
                      "secure.yaml": "clouds: {c: {auth: {password: secret, user_domain_id: d, project_domain_id: d}}}"},
    "a cloud in JSON": {"clouds.json": json.dumps({"clouds": {"c": {"auth": {
        "auth_url": "URL", "username": "u", "password": "p", "project_name": "x", "user_domain_id": "d",
        "project_domain_id": "e"}}}})},
    "the whole system": {"clouds.yaml": f"clouds: {{c: {{auth: {{auth_url: URL, {WHO.replace(', project_domain_name: Default', '')}, system_scope: all}}}}}}"},
    "a domain": {"clouds.yaml": "clouds: {c: {auth: {auth_url: URL, username: u, password: p, user_domain_id: d, domain_name: D}}}"},
    "one domain for user and project": {"clouds.yaml": (
        "clouds: {c: {auth: {auth_url: URL, username: u, password: p, project_name: x, domain_id: d}}}")},
    "older words": {"clouds.yaml": (
        "clouds: {c: {auth: {auth_url: URL, username: u, password: p, tenant_name: t, user-domain-name: D, project-domain-name: E}}}")},
    "what stands beside auth": {"clouds.yaml": (
        f"clouds: {{c: {{auth_url: URL, project_name: beside, auth: {{{PROJECT}}}}}}}")},
    "hyphens and an endpoint type": {"clouds.yaml": (
        f"clouds: {{c: {{auth: {{auth_url: URL, {PROJECT}}}, region-name: Two, endpoint-type: internal}}}}")},
    "a region in the address": {"clouds.yaml": (
        f"clouds: {{c: {{region_name: Two, auth: {{auth_url: 'URL?{{region_name}}', {PROJECT}}}}}}}".replace("URL?", "URL/"))},
    "an application credential": {"clouds.yaml": (
        "clouds: {c: {auth_type: v3applicationcredential, auth: {auth_url: URL, application_credential_id: i,"
        " application_credential_secret: s}}}")},
    "a byte order mark": {"clouds.yaml": f"\ufeffclouds: {{c: {{auth: {{auth_url: URL, {PROJECT}}}}}}}"},
}

# The sdk's part, in a process of its own: it reads its folders when it is imported.
SDK = """
import sys, openstack
cloud = openstack.connect(cloud="c", region_name=sys.argv[1] or None)
cloud.session.get_token()
print(cloud.config.get_region_name("compute") or "-", cloud.config.get_interface("compute") or "public")
"""


class Keystone(http.server.BaseHTTPRequestHandler):
    """Lets everybody in, and notes what was asked."""

    def do_GET(self):
        self.server.asked.append(self.path)
        found = self.path.rstrip("/").split("/")[1:2]
        if found and found[0].startswith("v3") or self.path.count("/") <= 2 and "compute" not in self.path:
            self.answer(200, {"version": {"id": "v3.14", "status": "stable",
                                          "links": [{"rel": "self", "href": f"{self.server.url}{self.path}"}]}})
        else:
            self.answer(404, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.orders.append(body)
        endpoints = [{"id": f"{interface}{region}", "interface": interface, "region": region, "region_id": region,
                      "url": f"{self.server.url}/compute/{region}/{interface}"}
                     for interface in ("public", "internal", "admin") for region in ("One", "Two")]
        self.answer(201, {"token": {
            "methods": ["password"], "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2036-01-01T00:00:00.000000Z",
            "user": {"id": "u", "name": "u", "domain": {"id": "d", "name": "D"}}, "roles": [],
            "catalog": [{"type": "compute", "name": "nova", "id": "n", "endpoints": endpoints}]}}, {"X-Subject-Token": "t"})

    def answer(self, status, document, headers=()):
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in dict(headers, **{"Content-Type": "application/json", "Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def keystone():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keystone)
    server.url, server.orders, server.asked = f"http://127.0.0.1:{server.server_port}", [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(tmp_path):
    """Runs a program in the folder with a clean environment."""

    def run_program(*command, **environment):
        clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "nobody"), "LC_ALL": "C.UTF-8", **environment}
        return subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=60)
    return run_program


@pytest.mark.parametrize("name", CASES)
def test_the_same_is_asked_for_as_by_the_sdk(name, run, tmp_path):
    case = dict(CASES[name])
    region = case.pop("region", "")
    with keystone() as server:
        for file, text in case.items():
            (tmp_path / file).write_text(text.replace("URL", server.url + "/v3"), encoding="utf-8")
        import sys
        sdk = run(sys.executable, "-W", "ignore", "-c", SDK, region)
        assert sdk.returncode == 0, sdk.stderr
        [theirs] = server.orders
        wanted, interface = sdk.stdout.split()
        server.orders.clear()
        server.asked.clear()
        mine = {"OS_REGION_NAME": region} if region else {}
        ours = run("precache", "inventory", "import", "--from", "nova", "--os-cloud", "c", "--dry-run",
                   PRECACHE_URL="http://127.0.0.1:9", **mine)
        assert server.orders == [theirs], ours.stderr
        if wanted == "-":
            assert "compute endpoints in One, Two" in ours.stderr
        else:
            assert server.asked and all(path.startswith(f"/compute/{wanted}/{interface}") for path in server.asked)


@pytest.mark.parametrize("text, words", [
    (f"clouds: {{c: {{auth: {{auth_url: 'http://k/v3', {PROJECT}}}, verify: no}}}}", "says verify: no"),
    (f"clouds: {{c: {{auth: {{auth_url: 'http://k/v3', {PROJECT}}}, insecure: true}}}}", "says insecure: true"),
    (f"clouds: {{c: {{auth: {{auth_url: 'http://k/v3', {PROJECT}, system_scope: all}}}}}}", "several of a project"),
    (f"clouds: {{c: {{auth: {{auth_url: 'http://k/v3', {PROJECT}}}, auth_type: v3totp}}}}", "auth_type v3totp"),
    (f"clouds: {{c: {{profile: ovh, auth: {{{PROJECT}}}}}}}", "its profile 'ovh' is in no clouds-public.yaml"),
    (f"clouds: {{c: {{auth: {{auth_url: 'http://k/v3', {PROJECT}}}, regions: [{{values: {{}}}}]}}}}", "region without a name"),
])
def test_what_is_not_done_here_is_said(text, words, run, tmp_path):
    (tmp_path / "clouds.yaml").write_text(text)
    done = run("precache", "inventory", "import", "--from", "nova", "--os-cloud", "c", "--dry-run",
               PRECACHE_URL="http://127.0.0.1:9")
    assert done.returncode == 64 and words in done.stderr, done.stderr


def test_the_only_cloud_needs_no_name(run, tmp_path):
    (tmp_path / "clouds.yaml").write_text(f"clouds: {{only: {{auth: {{{WHO}}}}}}}")
    done = run("precache", "inventory", "import", "--from", "nova", "--dry-run", PRECACHE_URL="http://127.0.0.1:9")
    assert "the cloud 'only'" in done.stderr
