"""The installation that runs, from outside: its JSON API as one of the demonstration's log-ins, and the letters that it sends."""

import email
import email.policy
import pathlib
import re
import subprocess

import requests

from waiting import until

TIMEOUT_SECONDS = 10


class Installation:
    """The suite that serves at `base`, was started from `program`, and keeps its data in `data_folder`."""

    def __init__(self, base, program, data_folder):
        self.base = base
        self.program = program
        self.data_folder = pathlib.Path(data_folder)
        self.tokens = {}
        self.read = set()

    def token(self, login):
        """A token for a log-in of the demonstration."""
        if login not in self.tokens:
            line = [self.program, "--data-dir", str(self.data_folder), "token", login]
            made = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
            self.tokens[login] = made.stdout.strip()
        return self.tokens[login]

    def call(self, login, method, path, body=None):
        """Calls the API as `login`, or as nobody in particular; what it answers."""
        headers = {"authorization": f"Bearer {self.token(login)}"} if login else {}
        answer = requests.request(method, f"{self.base}/v1/{path}", json=body, headers=headers, timeout=TIMEOUT_SECONDS)
        if answer.status_code != 200:
            raise AssertionError(f"{method} {path} is answered to {login} with 200, not {answer.status_code}: {answer.text}")
        return answer.json()

    def person(self, login):
        """Who a log-in is: id, name and roles, as identity has them."""
        return self.call(login, "GET", "caller")

    def sessions(self, login):
        """The sessions of a log-in that go on, newest first."""
        person_id = self.person(login)["subject"]
        return self.call("administrator", "GET", f"people/{person_id}/sessions")["sessions"]

    def partnership_id(self):
        """The partnership of the demonstration."""
        return self.call(None, "GET", "partnerships")["partnerships"][0]["partnershipId"]

    def link_for(self, address):
        """The link in the next letter to an address; letters read before are passed over."""
        return until(f"a letter to {address} in the outbox", lambda: self._unread_link(address))

    def _unread_link(self, address):
        for file in sorted(self.data_folder.glob("outbox/*.eml")):
            letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if file.name not in self.read and address in letter["To"]:
                self.read.add(file.name)
                return re.search(r"http\S+/sign-in/link\?token=\S+", letter.get_content()).group()
        return None
