"""A server under TLS, with a certificate by an authority of the tests' own."""

import ssl
from pathlib import Path

import trustme

from tests.integration.http.running_server import RunningServer


def encrypted_server(folder: Path, authority: trustme.CA) -> RunningServer:
    """Not started yet. Its own clients trust the authority."""
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    files = {"TLS_CERT": str(folder / "cert.pem"), "TLS_KEY": str(folder / "key.pem")}
    settings = {"WORKERS": "1", **files}
    return RunningServer(folder / "data", settings, scheme="https", verify=trust)
