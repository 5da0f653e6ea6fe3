"""The OpenID Connect provider of `strict_provider.py` in a process of its own, and what is set up there beforehand.

Its issuer is on `localhost`, while the suite serves on `127.0.0.1`: to a browser they are two sites, as a provider and an
installation are.
"""

import pathlib
import subprocess
import sys
from urllib.parse import quote

import requests

from waiting import until

STRICT_PROVIDER = pathlib.Path(__file__).resolve().parent / "strict_provider.py"
TIMEOUT_SECONDS = 10


class OpenIdProvider:
    """The provider that serves at `issuer`; whoever starts it ends it, or uses it as a context."""

    def __init__(self, issuer):
        self.issuer = issuer
        self.process = None

    def start(self, port, log):
        """Starts it; it writes what it does to the file `log`."""
        line = [sys.executable, str(STRICT_PROVIDER), str(port)]
        self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("the provider serves", self._serves)

    def _serves(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the provider ended with {self.process.returncode}")
        try:
            return requests.get(f"{self.issuer}/.well-known/openid-configuration", timeout=TIMEOUT_SECONDS).ok
        except requests.RequestException:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=TIMEOUT_SECONDS)

    def register(self, redirect_uri):
        """Registers an installation; its id and its secret."""
        body = {"redirect_uris": [redirect_uri]}
        answer = requests.post(f"{self.issuer}/oauth2/clients", json=body, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()["client_id"], answer.json()["client_secret"]

    def enrol(self, subject, claims):
        """Gives somebody an account there, and says what the provider claims of them."""
        address = f"{self.issuer}/users/{quote(subject)}"
        requests.put(address, json=claims, timeout=TIMEOUT_SECONDS).raise_for_status()
