"""Ansible on this machine, with hosts that it enters by a command."""

import json
import os
import re
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "deploy/ansible"
PROGRAMS = CHECKOUT / ".venv-ansible/bin"
RECAP = re.compile(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.MULTILINE)


def obstacle() -> str | None:
    return None if (PROGRAMS / "ansible-playbook").exists() else "Ansible is not here: deploy/setup.sh test"


def ansible(program: str, *arguments, home: Path, roles: Path | None = FOLDER / "roles") -> subprocess.CompletedProcess:
    """Runs one of its programs in the role's folder, as an operator does.

    :param roles: where playbooks that are elsewhere find the role
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "ANSIBLE_HOME": str(home), "NO_COLOR": "1", "LC_ALL": "C.UTF-8",
                    "ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).parent / "ansible_connections")}
    if roles:
        environment["ANSIBLE_ROLES_PATH"] = str(roles)
    return subprocess.run([PROGRAMS / program, *arguments], cwd=FOLDER, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300)


class Played:
    """What a run of a playbook came to."""

    def __init__(self, ended: subprocess.CompletedProcess):
        self.status, self.said = ended.returncode, ended.stdout + ended.stderr
        found = RECAP.findall(ended.stdout)
        self.changed = {host: int(changed) for host, changed, _, _ in found}
        self.failed = {host for host, _, unreachable, failed in found if int(unreachable) or int(failed)}

    def good(self) -> "Played":
        assert self.status == 0 and not self.failed, self.said[-6000:]
        return self


class Fleet:
    """An inventory of site.yml: hosts with the words that enter them, and variables."""

    def __init__(self, folder: Path, hosts: dict[str, list[str]], service: dict, agents: dict[str, dict], **variables):
        """:param folder: of the control machine, for what the role keeps there
        :param service: the variables of the service's machine, by its name
        :param agents: those of the compute hosts
        """
        self.folder, self.local = folder, folder / "local"
        enter = lambda name, own: {"ansible_inside_entry": hosts[name], **own}
        self.inventory = {"all": {
            "vars": {"ansible_connection": "inside", "ansible_become": False, "ansible_python_interpreter": "/usr/bin/python3",
                     "precache_apt_update": False, "precache_local_folder": str(self.local), **variables},
            "children": {
                "precache_service": {"hosts": {name: enter(name, own) for name, own in service.items()}},
                "precache_agents": {"hosts": {name: enter(name, own) for name, own in agents.items()}},
            }}}
        (folder / "inventory.json").write_text(json.dumps(self.inventory))

    def play(self, *arguments: str, book: str | Path = "site.yml", **variables) -> Played:
        return Played(ansible("ansible-playbook", "-i", self.folder / "inventory.json", "--extra-vars", json.dumps(variables),
                              *arguments, book, home=self.folder / "home"))
