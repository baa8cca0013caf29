"""deploy/make-certificates.sh: what it makes verifies, what is there stays, and nobody else may read the keys."""

import os
import pty
import re
import shutil
import ssl
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "deploy/make-certificates.sh"


def make(*arguments, code=0, text=None):
    # In a session of its own, for OpenSSL would ask the terminal for passphrases.
    ended = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, input=text, timeout=120, start_new_session=True)
    assert ended.returncode == code, ended.stderr
    return ended


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=60)


def show(certificate):
    return openssl("x509", "-in", certificate, "-noout", "-text").stdout


def verifies(folder, name, purpose="sslserver", host=None):
    extra = ["-verify_hostname", host] if host else []
    return openssl("verify", "-CAfile", folder / "ca.pem", "-purpose", purpose, *extra, folder / name).returncode == 0


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def state(folder):
    """All that a run may change."""
    return contents(folder), {path: (path.stat().st_mode, path.stat().st_gid) for path in [folder, *folder.rglob("*")]}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "tls"
    make("--service-names", "precache.example.org,10.1.2.3", folder, "compute-1", "compute-2=10.0.0.2,fd00::2")
    return folder


def test_each_certificate_serves_its_purpose_and_no_other(folder):
    assert verifies(folder, "service.pem", "sslserver") and not verifies(folder, "service.pem", "sslclient")
    # A host gives pieces of images as a server and asks for them as a client.
    assert verifies(folder, "agents/compute-1.pem", "sslserver") and verifies(folder, "agents/compute-1.pem", "sslclient")
    assert verifies(folder, "service-client.pem", "sslclient")
    assert not verifies(folder, "service-client.pem", "sslserver")
    assert "CA:FALSE" in show(folder / "service.pem") and "CA:TRUE, pathlen:0" in show(folder / "ca.pem")


def test_certificates_name_whom_they_are_for(folder):
    assert verifies(folder, "service.pem", host="precache.example.org")
    assert not verifies(folder, "service.pem", host="localhost"), "given names replace the default ones"
    assert "IP Address:10.1.2.3" in show(folder / "service.pem")
    assert verifies(folder, "agents/compute-1.pem", host="compute-1")
    assert not verifies(folder, "agents/compute-1.pem", host="compute-2")
    assert "DNS:compute-2, IP Address:10.0.0.2, IP Address:FD00:0:0:0:0:0:0:2" in show(folder / "agents/compute-2.pem")
    client = show(folder / "service-client.pem")
    assert "CN = precached" in client and "DNS:precached" in client


def test_keys_fit_and_programs_can_load_them(folder):
    for name in ["service", "service-client", "agents/compute-1", "agents/compute-2"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        context.load_verify_locations(folder / "ca.pem")


def test_only_the_owner_reads_keys(folder):
    for path in [folder, *folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        expected = 0o700 if path.is_dir() else 0o644 if path.suffix == ".pem" else 0o600
        assert mode == expected, (path, oct(mode))
    assert not list(folder.glob(".new.*")), "nothing is left of the work"


def test_running_again_changes_nothing(folder):
    before = contents(folder)
    said = make(folder, "compute-1", "compute-2").stdout
    assert contents(folder) == before
    assert "made" not in said and said.count("kept") == 5


@pytest.mark.parametrize("has_key", [True, False])
def test_what_can_not_be_told_changes_nothing(folder, has_key):
    if not has_key:
        (folder / "ca.key").unlink()
    before = state(folder)
    with open("/dev/full", "w") as full:
        ended = subprocess.run([SCRIPT, folder, "compute-1"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert ended.returncode != 0 and state(folder) == before


def test_a_host_is_added_under_the_same_authority(folder):
    before = contents(folder)
    make(folder, "compute-3")
    assert verifies(folder, "agents/compute-3.pem", host="compute-3")
    after = contents(folder)
    assert all(after[file] == data for file, data in before.items())


def test_renewal_makes_new_keys_under_the_same_names_and_authority(folder):
    before = contents(folder)
    make("--renew", folder)
    after = contents(folder)
    assert before.keys() == after.keys()
    changed = {str(file.relative_to(folder)) for file in after if after[file] != before[file]}
    assert changed == {f"{name}.{end}" for end in ["pem", "key"]
                       for name in ["service", "service-client", "agents/compute-1", "agents/compute-2"]}
    assert verifies(folder, "service.pem", host="precache.example.org")
    assert "IP Address:10.0.0.2" in show(folder / "agents/compute-2.pem")


def test_renewal_of_one_host_leaves_the_others(folder):
    other = (folder / "agents/compute-1.pem").read_bytes()
    one = (folder / "agents/compute-2.pem").read_bytes()
    make("--renew", folder, "compute-2")
    assert (folder / "agents/compute-1.pem").read_bytes() == other
    assert (folder / "agents/compute-2.pem").read_bytes() != one


@pytest.mark.parametrize("options, host, renewed", [
    (["--renew-service"], "", {"service", "service-client"}),
    (["--renew-service"], "compute-1", {"service", "service-client"}),
    (["--renew-hosts"], "", set()),
    (["--renew-hosts"], "compute-2", {"compute-2"}),
    (["--renew-service", "--renew-hosts"], "compute-1", {"service", "service-client", "compute-1"})])
def test_renewal_of_one_kind_leaves_the_other(folder, options, host, renewed):
    before = contents(folder)
    make(*options, "--hosts-from", "-", folder, text=f"{host}\n")
    assert {file.stem for file, data in contents(folder).items() if before[file] != data} == renewed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to another group")
def test_a_group_may_read_the_services_keys_and_no_others_also_after_a_renewal(folder):
    # As it was once left: all keys for the group.
    shutil.chown(folder / "agents", group="nogroup")
    (folder / "agents").chmod(0o750)
    (folder / "agents/compute-1.key").chmod(0o640)
    make("--group", "nogroup", folder)
    shutil.chown(folder / "agents", group="root")
    for _ in range(2):
        for name, expected in [("service.key", 0o640), ("service-client.key", 0o640), ("ca.key", 0o600),
                               ("agents/compute-1.key", 0o600), ("agents", 0o700), (".", 0o750)]:
            found = (folder / name).stat()
            assert stat.S_IMODE(found.st_mode) == expected, name
            assert (found.st_gid != 0) == (expected in (0o640, 0o750)), name
        make("--renew", folder)


def test_validity_is_settable_and_never_outlives_the_authority(tmp_path):
    folder = tmp_path / "tls"
    make("--days", "10", "--ca-days", "40", folder, "a")
    days = openssl("x509", "-in", folder / "agents/a.pem", "-noout", "-checkend", str(9 * 86400)).returncode
    assert days == 0
    assert openssl("x509", "-in", folder / "agents/a.pem", "-noout", "-checkend", str(11 * 86400)).returncode == 1
    assert "--days" in make(folder, "b", code=1).stderr
    assert "ends within 30 days" in make("--days", "10", folder, "a").stdout


def test_serial_numbers_are_long_and_never_the_same(folder):
    make("--renew", folder)
    serials = [openssl("x509", "-in", file, "-noout", "-serial").stdout for file in folder.rglob("*.pem")]
    assert len(set(serials)) == len(serials)
    assert all(re.fullmatch(r"serial=[0-9A-F]{24,40}\n", serial) for serial in serials), serials


def test_hosts_come_from_a_list_too(tmp_path):
    make("--hosts-from", "-", tmp_path / "tls", text="# the fleet\ncompute-1\n\ncompute-2=10.0.0.2  # the second\nlast")
    assert sorted(file.stem for file in (tmp_path / "tls/agents").glob("*.pem")) == ["compute-1", "compute-2", "last"]


@pytest.mark.parametrize("host", ["../evil", "a/b", "a b", "-rf", "", ".hidden", "a,DNS:b", "a\nb", "*.example.org",
                                  "a=nowhere", "a=1.2.3.4,DNS:x", "é", "precached"])
def test_names_that_could_leave_the_folder_or_the_field_are_refused(tmp_path, host):
    ended = make("--", tmp_path / "tls", host, code=64) if host == "--" else make(tmp_path / "tls", host, code=64)
    assert "make-certificates: " in ended.stderr
    assert not (tmp_path / "tls").exists() and not (tmp_path / "evil.pem").exists()


@pytest.mark.parametrize("arguments", [[], ["--days", "0", "x"], ["--days", "1e3", "x"], ["--days"], ["--nonsense", "x"],
                                       ["--service-names", "a b", "x"], ["--service-names", ",", "x"],
                                       ["--group", "no-such-group-here", "x"], ["--client-name", "a/b", "x"]])
def test_wrong_usage_is_refused_before_anything_is_made(tmp_path, arguments):
    ended = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert ended.returncode == 64 and "--help" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_strangers_certificate_or_a_wrong_key_is_told_and_not_overwritten(folder, tmp_path):
    make(tmp_path / "other", "compute-1")
    stranger = (tmp_path / "other/agents/compute-1.pem").read_bytes()
    (folder / "agents/compute-1.pem").write_bytes(stranger)
    assert "not of this CA" in make(folder, "compute-1", code=1).stderr
    assert (folder / "agents/compute-1.pem").read_bytes() == stranger
    (folder / "agents/compute-2.key").write_bytes((folder / "service.key").read_bytes())
    assert "not the key of" in make(folder, "compute-2", code=1).stderr
    make("--renew", folder, "compute-1", "compute-2")
    assert verifies(folder, "agents/compute-1.pem", host="compute-1")


PAIRS = ["service", "service-client", "agents/compute-2"]


DAMAGES = {"cut off": lambda data: data[:len(data) // 2], "empty": lambda data: b"", "something else": lambda data: b"no PEM\n"}
PLACES = ["ca.pem", "ca.key", *(f"{pair}.{end}" for pair in PAIRS for end in ["pem", "key"])]


@pytest.mark.parametrize("options, name, damage", [
    *(([], name, "cut off") for name in PLACES),
    *(([], name, damage) for name in ["ca.pem", "ca.key", "service.pem", "service.key"] for damage in ["empty", "something else"]),
    *((["--renew-hosts"], name, "cut off") for name in ["ca.pem", "ca.key", "agents/compute-2.pem", "service.key"])])
def test_a_damaged_file_is_named_with_what_to_do_and_nothing_is_changed(folder, options, name, damage):
    (folder / name).write_bytes(DAMAGES[damage]((folder / name).read_bytes()))
    before = contents(folder)
    # A new host comes first: it isn't made either.
    ended = make(*options, folder, "compute-0", "compute-2", code=1)
    kind = "certificate" if name.endswith(".pem") else "key"
    assert f"{folder / name} is damaged: it is no whole {kind} in PEM. Nothing was changed; " in ended.stderr
    assert ended.stderr.count("\n") == 1 and ended.stdout == ""
    assert contents(folder) == before


HOW = dict(zip(PAIRS, ["--service-names", "the same --client-name", "compute-2=ADDRESS"]))


@pytest.mark.parametrize("pair", PAIRS)
def test_the_cure_of_a_damaged_certificate_or_key_is_as_told(folder, pair):
    certificate, key = folder / f"{pair}.pem", folder / f"{pair}.key"
    key.write_bytes(b"")
    assert "--renew makes it and its certificate anew" in make(folder, "compute-2", code=1).stderr
    make("--renew", folder, "compute-2")
    assert make(folder, "compute-2").stdout.count("kept") == 4
    certificate.write_bytes(b"")
    told = make(folder, "compute-2", code=1).stderr
    assert f"move it away and run this again, with {HOW[pair]}" in told
    certificate.rename(folder / "damaged")
    make("--service-names", "precache.example.org", folder, "compute-2=10.0.0.2")
    assert make(folder, "compute-2").stdout.count("kept") == 4


def test_a_damaged_certificate_is_renewed_when_its_names_are_given(folder):
    for pair in PAIRS:
        (folder / f"{pair}.pem").write_bytes(b"")
    make("--renew", "--service-names", "precache.example.org", folder, "compute-2=10.0.0.2")
    assert verifies(folder, "service.pem", host="precache.example.org")
    assert "IP Address:10.0.0.2" in show(folder / "agents/compute-2.pem")


@pytest.mark.parametrize("name", ["ca.pem", "ca.key"])
def test_an_authority_of_two_halves_is_told_and_nothing_is_changed(folder, tmp_path, name):
    make(tmp_path / "other")
    (folder / name).write_bytes((tmp_path / "other" / name).read_bytes())
    before = contents(folder)
    assert f"{folder}/ca.key is not the key of {folder}/ca.pem" in make(folder, "compute-0", code=1).stderr
    assert contents(folder) == before


def test_what_is_refused_changes_no_modes_and_makes_no_folder(folder):
    shutil.rmtree(folder / "agents")
    folder.chmod(0o2755)
    (folder / "service.key").write_bytes(b"")
    before = state(folder)
    assert "Nothing was changed" in make(folder, "compute-0", code=1).stderr
    assert state(folder) == before


def give_passphrase(key):
    encrypted = openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret").stdout
    assert "ENCRYPTED" in encrypted
    key.write_text(encrypted)


def test_an_authoritys_passphrase_is_needed_only_where_something_is_made(folder):
    give_passphrase(folder / "ca.key")
    before = state(folder)
    assert make(folder, "compute-1", "compute-2").stdout.count("kept") == 5
    told = make(folder, "compute-0", code=1).stderr
    assert f"{folder}/ca.key needs a passphrase. Nothing was changed; run this at a terminal" in told
    assert told.count("\n") == 1 and state(folder) == before


def test_at_a_terminal_an_authoritys_passphrase_is_asked_for(folder):
    give_passphrase(folder / "ca.key")
    process, terminal = pty.fork()
    if process == 0:
        os.execv(SCRIPT, [SCRIPT, folder, "compute-0"])
    said = b""
    try:
        while data := os.read(terminal, 4096):
            said += data
            if said.endswith(b"ca.key:"):
                os.write(terminal, b"secret\n")
    except OSError:
        pass  # so a terminal ends whose last user has ended
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, said
    assert verifies(folder, "agents/compute-0.pem", host="compute-0")


def test_a_passphrase_of_a_key_that_the_programs_read_is_told(folder):
    give_passphrase(folder / "agents/compute-2.key")
    told = make(folder, "compute-2", code=1).stderr
    assert "compute-2.key needs a passphrase. Nothing was changed; --renew makes it and its certificate anew" in told
    make("--renew", folder, "compute-2")
    assert make(folder, "compute-2").stdout.count("kept") == 4


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_new_authority_makes_certificates_beside_the_old_ones_certificate(folder, tmp_path, newest_first):
    """As deploy/README.md has a change of the CA: ca.pem has the old and the new certificate."""
    new = tmp_path / "new"
    make(new)
    both = [folder / "ca.pem", new / "ca.pem"]
    alone = new / "alone.pem"
    alone.write_bytes(both[1].read_bytes())
    (new / "ca.pem").write_text("".join(file.read_text() for file in (reversed(both) if newest_first else both)))
    before = (new / "ca.pem").read_bytes()
    make("--renew", new, "compute-1")
    assert openssl("verify", "-CAfile", alone, new / "agents/compute-1.pem").returncode == 0
    assert openssl("verify", "-CAfile", alone, new / "service.pem").returncode == 0
    assert (new / "ca.pem").read_bytes() == before
    # A key of neither, and a second certificate that isn't whole.
    make(tmp_path / "other")
    key = (new / "ca.key").read_bytes()
    (new / "ca.key").write_bytes((tmp_path / "other/ca.key").read_bytes())
    assert "ca.key is not the key of" in make(new, "compute-2", code=1).stderr
    (new / "ca.key").write_bytes(key)
    (new / "ca.pem").write_bytes(before[:-200])
    assert "ca.pem is damaged" in make(new, "compute-2", code=1).stderr


@pytest.mark.parametrize("name, told", [("ca.pem", "put a copy in its place"), ("service.key", "--renew makes both anew"),
                                        ("agents/compute-2.key", "--renew makes both anew")])
def test_a_file_that_is_missing_beside_its_other_half_is_told_and_nothing_is_changed(folder, name, told):
    (folder / name).unlink()
    before = contents(folder)
    said = make(folder, "compute-0", "compute-2", code=1).stderr
    assert f"{folder / name} is not there, though " in said and told in said
    assert contents(folder) == before


def test_without_the_authoritys_key_nothing_new_can_be_made(folder):
    (folder / "ca.key").unlink()
    before = contents(folder)
    assert "ca.key is not there" in make(folder, "compute-9", code=1).stderr
    assert contents(folder) == before


def test_two_runs_at_once_make_one_authority(tmp_path):
    folder = tmp_path / "tls"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: make(folder, f"host-{number}"), range(4)))
    for number in range(4):
        assert verifies(folder, f"agents/host-{number}.pem", host=f"host-{number}")


def test_a_very_long_host_name_is_in_the_names_whole(tmp_path):
    host = "a" * 60 + ".example.org"
    make(tmp_path / "tls", host)
    assert verifies(tmp_path / "tls", f"agents/{host}.pem", host=host)


def test_help_teaches():
    said = make("--help").stdout
    for word in ["Options", "--renew", "ca.key", "agents/HOST.pem", "Example", "systemctl reload"]:
        assert word in said
    assert not said.startswith("#") and "set -euo" not in said


def test_a_certificate_that_has_ended_is_told_and_kept(folder):
    certificate, key = folder / "agents/compute-1.pem", folder / "agents/compute-1.key"
    asked = openssl("req", "-new", "-key", key, "-subj", "/CN=compute-1").stdout
    subprocess.run(["openssl", "x509", "-req", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-set_serial", "5",
                    "-days", "-1", "-out", certificate], input=asked, text=True, check=True, capture_output=True)
    ended = certificate.read_bytes()
    assert f"kept  {certificate}: ends within 30 days or has ended" in make(folder, "compute-1").stdout
    assert certificate.read_bytes() == ended


def test_a_hosts_certificate_of_before_is_told_kept_and_renewed(folder):
    certificate, key = folder / "agents/compute-1.pem", folder / "agents/compute-1.key"
    asked = openssl("req", "-new", "-key", key, "-subj", "/CN=compute-1").stdout
    (folder / "usage").write_text("extendedKeyUsage=serverAuth\nsubjectAltName=DNS:compute-1\n")
    subprocess.run(["openssl", "x509", "-req", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-set_serial", "5",
                    "-days", "90", "-extfile", folder / "usage", "-out", certificate],
                   input=asked, text=True, check=True, capture_output=True)
    before = certificate.read_bytes()
    said = make(folder, "compute-1", "compute-2").stdout
    assert f"kept  {certificate}: good for a server alone" in said and said.count("--renew") == 1
    assert certificate.read_bytes() == before
    make("--renew", folder, "compute-1")
    assert verifies(folder, "agents/compute-1.pem", "sslclient")


def handshake(folder, name):
    """What an agent that asks for client certificates of our CA says to a client that shows `name`."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=folder / "ca.pem")
    server.load_cert_chain(folder / "agents/compute-1.pem", folder / "agents/compute-1.key")
    server.load_verify_locations(folder / "ca.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    if name:
        client.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    agent = server.wrap_bio(to_server, to_client, server_side=True)
    service = client.wrap_bio(to_client, to_server, server_hostname="compute-1")
    for _ in range(4):
        for side in [service, agent]:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    return dict(pair[0] for pair in agent.getpeercert()["subject"])["commonName"]


def test_an_agent_takes_certificates_for_clients_and_is_told_whose(folder):
    assert handshake(folder, "service-client") == "precached"
    assert handshake(folder, "agents/compute-2") == "compute-2", "it may ask for pieces; orders are the service's alone"
    for name in ["service", None]:
        with pytest.raises(ssl.SSLError):
            handshake(folder, name)
