"""Certificates for the benchmarks: deploy/make-certificates.sh's, and one for a whole simulated fleet."""

import subprocess
from pathlib import Path

from bench import ROOT

DOMAIN = ".fleet.test"


def make(folder: Path) -> Path:
    subprocess.run([ROOT / "deploy/make-certificates.sh", "--service-names", "localhost,127.0.0.1", folder],
                   check=True, capture_output=True)
    request, names = folder / "fleet.csr", folder / "fleet.ext"
    names.write_text(f"subjectAltName=DNS:*{DOMAIN}\nextendedKeyUsage=serverAuth\n")
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", folder / "fleet.key", "-out", request, "-subj", "/CN=fleet"], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
                    "-CAcreateserial", "-days", "2", "-extfile", names, "-out", folder / "fleet.pem"],
                   check=True, capture_output=True)
    return folder
