"""What a running suite holds and a request by Open311 may name: a system's key, services, requests, and a report that is held back."""

import dataclasses
import datetime

import requests

from installation import TIMEOUT_SECONDS, Installation

# The demonstration's machine: it may say what becomes of any request.
SYSTEM = "council-system"
REPORTS = 20
HELD_WORDS = "Somebody has a gun"


@dataclasses.dataclass
class Holdings:
    """What is there. Requests are named by their ids, or by the references that people quote."""

    api_key: str
    jurisdiction_id: str
    service_codes: list
    # Of services that ask nothing, and whose reports nobody reads first.
    plain_codes: list
    request_ids: list
    references: list
    report_token: str
    # A time that the suite's clock has reached.
    time: datetime.datetime

    def names(self):
        """All names of requests."""
        return self.request_ids + self.references


def make_key(installation):
    """The secret of a new API key of the machine's."""
    person_id = installation.person(SYSTEM)["subject"]
    order = {"kind": "CREDENTIAL_KIND_API_KEY", "scopes": ["issues"], "note": "for nonsense"}
    return installation.call("administrator", "POST", f"people/{person_id}/credentials", order)["secret"]


def answered(answer):
    """What a request by Open311 is answered with."""
    if answer.status_code != 200:
        raise AssertionError(f"{answer.request.method} {answer.url} is answered with 200, not {answer.status_code}: {answer.text}")
    return answer.json()


def get(base, path):
    return answered(requests.get(f"{base}/open311/v2/{path}.json", timeout=TIMEOUT_SECONDS))


def report(base, service_code, description):
    """Reports something; the receipt."""
    form = {"service_code": service_code, "address_string": "1 High Street", "description": description}
    [receipt] = answered(requests.post(f"{base}/open311/v2/requests.json", data=form, timeout=TIMEOUT_SECONDS))
    return receipt


def gather(base, program, data_folder):
    """What is there, once a key is made and some reports are."""
    installation = Installation(base, program, data_folder)
    partnership = installation.call(None, "GET", "partnerships")["partnerships"][0]
    services = get(base, "services")
    plain = [service["service_code"] for service in services if not service["metadata"] and service["type"] == "realtime"]
    made = [report(base, plain[number % len(plain)], f"Mattress {number}")["service_request_id"] for number in range(REPORTS)]
    issues = installation.call(None, "GET", f"partnerships/{partnership['partnershipId']}/issues?pageSize=50")["issues"]
    [last] = get(base, f"requests/{made[-1]}")
    return Holdings(
        api_key=make_key(installation),
        jurisdiction_id=partnership["slug"],
        service_codes=[service["service_code"] for service in services],
        plain_codes=plain,
        request_ids=made + [issue["issueId"] for issue in issues if issue["issueId"] not in made],
        references=[issue["reference"] for issue in issues],
        report_token=report(base, plain[0], HELD_WORDS)["token"],
        time=datetime.datetime.fromisoformat(last["requested_datetime"].replace("Z", "+00:00")),
    )
