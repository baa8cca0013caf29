"""A connection into a machine or a folder of the tests': a command that enters it stands before each of Ansible's.

ansible-core has ssh and local alone, and the machines run no sshd.
"""

DOCUMENTATION = """
name: inside
short_description: Runs commands by a command that enters a namespace or a root
description: The command is the host's variable.
author: Precache maintainers
options:
  entry:
    description: The words of the command.
    type: list
    elements: str
    required: true
    vars:
      - name: ansible_inside_entry
"""

import shlex
import subprocess

from ansible.plugins.connection import ConnectionBase


class Connection(ConnectionBase):
    transport = "inside"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        ended = subprocess.run([*self.get_option("entry"), "/bin/sh", "-c", cmd], input=in_data or b"", capture_output=True)
        return ended.returncode, ended.stdout, ended.stderr

    def put_file(self, in_path, out_path):
        with open(in_path, "rb") as source:
            subprocess.run([*self.get_option("entry"), "/bin/sh", "-c", f"cat > {shlex.quote(out_path)}"], stdin=source, check=True)

    def fetch_file(self, in_path, out_path):
        with open(out_path, "wb") as target:
            subprocess.run([*self.get_option("entry"), "cat", in_path], stdout=target, check=True)

    def close(self):
        self._connected = False
