"""Says which certificates are missing, end soon or lack a name, in one process for the whole fleet.

Standard input, a line each: the folder, the days that a certificate must have left, the names of the service's, and each host.
A line of the output is `missing HOST` or `due HOST`; without HOST it is the service's own.
"""

import datetime
import ipaddress
import sys
from pathlib import Path

from cryptography import x509


def normal(name):
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower()


def state(path, names):
    """`missing`, `due`, or None where nothing is to be done."""
    file = path.with_name(path.name + ".pem")
    if not file.exists():
        return "missing"
    if not path.with_name(path.name + ".key").exists():
        return "due"
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    try:
        end = certificate.not_valid_after_utc
    except AttributeError:  # cryptography before 42
        end = certificate.not_valid_after.replace(tzinfo=datetime.timezone.utc)
    own = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    held = {normal(str(name.value)) for name in own}
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=int(days))
    return "due" if end < soon or not {normal(name) for name in names} <= held else None


folder, days, service_names, *hosts = sys.stdin.read().splitlines()
leaves = [("", "service", service_names.split()), ("", "service-client", [])]
leaves += [(host, f"agents/{host}", []) for host in hosts if host]
for host, path, names in leaves:
    found = state(Path(folder) / path, names)
    if found:
        print(found, host)
