"""People without an account act in a browser: a contractor by a form link, and the resident who reported by a follow-up link.

    form_link_client.py BASE_ADDRESS PROGRAM DATA_FOLDER

The suite at BASE_ADDRESS was started from PROGRAM with DATA_FOLDER.
"""

import sys

from installation import Installation
from window import Window

HOLDER = "Carts and Sons"
REPORT = {
    "categoryCode": "fly-tipping",
    "description": "Two mattresses in the lane.",
    "location": {"point": {"latitude": 54.614, "longitude": -2.279}},
}


class Case:
    """An issue that a resident reported, and the link with which the contractor comes to it."""

    def __init__(self, installation):
        self.installation = installation
        self.partnership = f"partnerships/{installation.partnership_id()}"
        reported = installation.call(None, "POST", f"{self.partnership}/issues", REPORT)
        self.issue, self.follow_token = reported["issue"], reported["followToken"]
        order = {"providerId": self.issue["providerId"], "issueId": self.issue["issueId"], "holderName": HOLDER}
        made = installation.call("manager", "POST", f"{self.partnership}/formLinks", order)
        self.path, self.link_id = made["path"], made["formLink"]["formLinkId"]
        self.follow_path = f"/follow/{installation.partnership_id()}/{self.issue['issueId']}?token={self.follow_token}"

    def read(self):
        """The issue as the API has it now."""
        return self.installation.call("manager", "GET", f"{self.partnership}/issues/{self.issue['issueId']}")

    def expect(self, window, field, value):
        found = self.read()[field]
        window.expect(found == value, f"to the API, `{field}` is {value}, not {found}")

    def revoke(self):
        self.installation.call("manager", "POST", f"{self.partnership}/formLinks/{self.link_id}:revoke", {})


def opened(window, case):
    """The contractor opens the link without an account and sees what it is about."""
    window.go(case.path)
    window.expect(window.heading == f"{case.issue['reference']}: {case.issue['categoryName']}", "the heading says what it is about")
    window.expect_shown(HOLDER, REPORT["description"], case.issue["standardText"], case.issue["providerName"])
    window.expect(window.cookie() is None, "nobody is signed in")


def accepted_and_done(window, case):
    opened(window, case)
    case.expect(window, "state", "ISSUE_STATE_ROUTED")
    window.expect(not window.offers("Report it done"), "what was not accepted is not done")
    window.press("Accept")
    window.expect_told("You have accepted it.")
    case.expect(window, "state", "ISSUE_STATE_ACCEPTED")
    window.expect(not window.offers("Accept"), "it is accepted once")

    window.press("Report it done")
    window.expect_problem("Say what was done", "work")
    case.expect(window, "state", "ISSUE_STATE_ACCEPTED")
    window.fill("What was done", "Both carted off <to the tip>.")
    window.press("Report it done")
    window.expect_told("You have reported it done.")
    window.expect_shown("Both carted off <to the tip>.", "There is nothing to do on this page at present.")
    case.expect(window, "state", "ISSUE_STATE_RESOLVED")
    told = case.read()["resolution"]["reason"]
    window.expect(told == "Both carted off <to the tip>.", f"the words are kept as they were typed: {told}")


def refused(window, case):
    opened(window, case)
    window.press("Refuse")
    window.expect_problem("Say why it is not yours", "reason")
    case.expect(window, "state", "ISSUE_STATE_ROUTED")
    window.fill("Why it is not yours", "The lane belongs to the railway.")
    window.press("Refuse")
    window.expect_told("You have refused it.")
    case.expect(window, "refusalCount", 1)
    window.expect(case.read()["state"] not in ("ISSUE_STATE_ROUTED", "ISSUE_STATE_ACCEPTED"), "it is nobody's to accept by this link")
    window.expect(not window.offers("Refuse"), "it is refused once")


def overtaken(window, second, case):
    """Two browsers have the page open. What one does, the other hears of when it acts on what it still shows."""
    opened(window, case)
    opened(second, case)
    second.press("Accept")
    second.expect_told("You have accepted it.")
    window.press("Accept")
    window.expect_shown("This cannot be done now", "Nothing was done")
    case.expect(window, "state", "ISSUE_STATE_ACCEPTED")


def followed(window, case):
    """The resident reads what became of it, and says whether it is so."""
    window.go(case.follow_path)
    window.expect_shown("Is it fixed?", "What you were told", "Both carted off <to the tip>.")
    window.press("No, it is not fixed")
    window.expect_problem("Say what is still wrong", "reason")
    case.expect(window, "confirmation", "CONFIRMATION_NONE")
    window.press("Yes, it is fixed")
    window.expect_told("You have said that it is fixed.")
    case.expect(window, "confirmation", "CONFIRMATION_CONFIRMED")
    window.expect(not window.offers("Yes, it is fixed"), "it is confirmed once")


def revoked(window, case):
    case.revoke()
    window.go(case.path)
    window.expect_refused("This link cannot be used")
    window.expect_hidden(REPORT["description"])


def main(base, program, data_folder):
    installation = Installation(base, program, data_folder)
    with Window(base) as contractor, Window(base) as second:
        case = Case(installation)
        accepted_and_done(contractor, case)
        followed(second, case)
        refused(contractor, Case(installation))
        overtaken(contractor, second, Case(installation))
        revoked(contractor, case)
        examined = contractor.examined + second.examined
    print(f"by form link: accepted, done, refused and revoked, {examined} pages examined")


if __name__ == "__main__":
    main(*sys.argv[1:])
