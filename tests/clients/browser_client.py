"""People sign in with a browser: by a link, at an OpenID Connect provider; their sessions end; other sites get nowhere.

    browser_client.py BASE_ADDRESS PROGRAM DATA_FOLDER ISSUER

The suite at BASE_ADDRESS was started from PROGRAM with DATA_FOLDER and the provider ISSUER, which it calls `council`.
"""

import sys
from urllib.parse import parse_qs, urlsplit

import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from elsewhere import Elsewhere
from installation import Installation
from provider import OpenIdProvider
from window import Window

TIMEOUT_SECONDS = 10
PROVIDER_BUTTON = "Sign in with Fellmoor Council"
NOT_SIGNED_IN = "You could not be signed in"
ROLES = {
    "ROLE_MANAGER": "Neighbourhood manager",
    "ROLE_CHAIR": "Chair",
    "ROLE_BOARD_MEMBER": "Board member",
    "ROLE_STREET_REP": "Street rep",
}


def address_of(login):
    return f"{login}@example.org"


def ask_for_a_link(window, installation, login):
    """Asks for a link on the page; the link out of the letter."""
    window.go("/sign-in")
    window.fill("E-mail address", address_of(login))
    window.press("Send the link")
    window.expect(window.heading == "Check your inbox", "the page says where the link went")
    window.expect_shown(address_of(login))
    return installation.link_for(address_of(login))


def sign_in_by_link(window, installation, login):
    link = ask_for_a_link(window, installation, login)
    window.go(link)
    window.press("Sign in")
    return link


def expect_account(window, installation, login):
    """The browser is at the account of `login`, and the page and the API agree on who that is."""
    person = installation.person(login)
    window.expect(window.is_at("/account"), "the person is at their account")
    window.expect(window.heading == "Your account", "the heading names the page")
    window.expect_shown(f"You are signed in as {person['displayName']}.", "This browser")
    roles = window.driver.find_elements(By.XPATH, "//h2[.='Your roles']/following-sibling::ul[1]/li")
    shown = sorted(role.text.split(", ")[0] for role in roles)
    recorded = sorted(ROLES[grant["role"]] for grant in person["grants"])
    window.expect(shown == recorded, f"the roles are those of identity's records, {recorded}, not {shown}")
    caller = window.caller()
    window.expect(caller == person, f"to the API, too, it is {person}")
    window.go("/account")


def expect_signed_out(window):
    """The installation knows nobody in this browser."""
    window.go("/v1/caller")
    window.expect_shown("UNAUTHENTICATED")
    window.go("/account")
    window.expect(window.is_at("/sign-in"), "whoever wants to see the account is sent to sign in")
    window.expect(window.cookie() is None, "the browser keeps no session")


# --- by a link --------------------------------------------------------------------------------------------------------------------


def by_link(window, installation):
    """With the keyboard alone, from a mistake in the address to the account, and out again."""
    window.go("/sign-in")
    for name in ("Skip to the content", "Pathfinder"):
        window.type(Keys.TAB)
        window.expect(window.focused.text == name, f"the next key leads to “{name}”")
    window.type(Keys.TAB, "manager")
    window.enter(Keys.ENTER)
    window.expect_problem("Enter an e-mail address such as name@example.org", "email")
    window.type(Keys.END, "@example.org")
    window.enter(Keys.ENTER)
    window.expect(window.heading == "Check your inbox", "the page says where the link went")
    link = installation.link_for(address_of("manager"))
    window.go(link)
    window.expect(window.cookie() is None, "opening the link signs nobody in, as mail scanners open links")
    window.press("Sign in")
    expect_account(window, installation, "manager")
    cookie = window.cookie()
    kept = (cookie["httpOnly"], cookie["sameSite"], cookie["path"], cookie["domain"])
    window.expect(kept == (True, "Lax", "/", "127.0.0.1"), f"scripts and other sites do not get the cookie: {kept}")
    window.expect(window.driver.execute_script("return document.cookie") == "", "a script sees no cookie")

    with Window(window.base) as second:
        second.go(link)
        second.press("Sign in")
        second.expect_refused(NOT_SIGNED_IN)
        second.expect_shown("The link was used before")
        second.expect(second.cookie() is None, "a link works once")
        second.press("Sign in")
        second.expect(second.is_at("/sign-in"), "the refusal leads on to another link")

    window.press("Sign out")
    window.expect(window.heading == "You are signed out", "signing out says so")
    answer = requests.get(f"{window.base}/v1/caller", cookies={"pathfinder": cookie["value"]}, timeout=TIMEOUT_SECONDS)
    window.expect(answer.status_code == 401 and "SESSION_ENDED" in answer.text, f"a kept cookie is worth nothing: {answer.text}")
    expect_signed_out(window)
    window.expect(installation.sessions("manager") == [], "identity has no session any more")


# --- at a provider ----------------------------------------------------------------------------------------------------------------


def go_to_provider(window, issuer):
    """Presses the provider's button; what the installation asked of the provider."""
    window.go("/sign-in")
    window.press(PROVIDER_BUTTON)
    at = urlsplit(window.driver.current_url)
    window.expect(f"{at.scheme}://{at.netloc}{at.path}" == f"{issuer}/oauth2/authorize", "the provider's own page appears")
    window.expect_shown("Authorize Client")
    return {name: values[0] for name, values in parse_qs(at.query).items()}


def sign_in_at_provider(window, issuer, subject):
    go_to_provider(window, issuer)
    window.driver.find_element(By.NAME, "sub").send_keys(subject)
    window.press("Authorize")


def enrol_people(provider):
    """Three people at the provider: one whom the installation knows, one whom it does not, and one who only says who they are."""
    chair = {"email": address_of("chair").upper(), "email_verified": True, "roles": ["administrator"], "groups": ["administrator"]}
    provider.enrol("tom", chair)
    provider.enrol("stranger", {"email": "stranger@elsewhere.example", "email_verified": True})
    provider.enrol("impostor", {"email": address_of("chair"), "email_verified": False})


def at_provider(window, installation, provider):
    asked = go_to_provider(window, provider.issuer)
    back = f"{window.base}/sign-in/openid/council/return"
    window.expect(asked["response_type"] == "code" and asked["redirect_uri"] == back, f"a code is asked for: {asked}")
    window.expect(asked["state"] and asked["nonce"] and asked["code_challenge"], f"it is bound to this browser: {asked}")
    flow = window.cookie("pathfinder-flow")
    window.expect(flow["httpOnly"] and flow["sameSite"] == "Lax", f"scripts do not get the flow's cookie: {flow}")
    window.went_through()

    window.driver.find_element(By.NAME, "sub").send_keys("tom")
    window.press("Authorize")
    expect_account(window, installation, "chair")
    window.expect_hidden("Administrator")
    window.expect_shown("with Fellmoor Council")
    window.expect(window.cookie("pathfinder-flow") is None, "the flow is over")
    [session] = installation.sessions("chair")
    window.expect(session["method"] == "openid:council", f"identity knows how: {session}")
    [answer] = [address for address in window.went_through() if address.startswith(f"{back}?")]
    replay(window, answer, flow["value"])
    window.go("/account")
    window.expect_shown("You are signed in as")


def replay(window, answer, flow_token):
    """The provider's answer is worth nothing a second time, here or elsewhere, whatever cookie it comes with."""
    window.go(answer)
    window.expect_refused(NOT_SIGNED_IN)
    window.expect_shown("not begun in this browser")
    cookies = {"pathfinder-flow": flow_token}
    again = requests.get(answer, cookies=cookies, headers={"accept": "text/html"}, allow_redirects=False, timeout=TIMEOUT_SECONDS)
    window.expect(again.status_code == 401 and NOT_SIGNED_IN in again.text, f"nor with a stolen cookie: {again.text}")
    window.expect("pathfinder" not in again.cookies, "and no session comes of it")


def refused_at_provider(window, issuer):
    """Whom the installation does not know, whom the provider does not vouch for, and who changes their mind."""
    for subject in ("stranger", "impostor"):
        sign_in_at_provider(window, issuer, subject)
        window.expect_refused(NOT_SIGNED_IN)
        window.expect_shown("Nobody here has the e-mail address that the provider vouches for", "An administrator can")
        window.expect(window.cookie() is None and window.cookie("pathfinder-flow") is None, "nothing is kept")
    go_to_provider(window, issuer)
    window.press("Deny")
    window.expect_refused(NOT_SIGNED_IN)
    window.expect_shown("The provider did not sign you in")
    expect_signed_out(window)


# --- the end of sessions ----------------------------------------------------------------------------------------------------------


def ended_elsewhere(first, second, installation):
    """The chair, signed in at the provider in the first browser, ends that session in the second; an administrator ends the other."""
    sign_in_by_link(second, installation, "chair")
    expect_account(second, installation, "chair")
    second.expect_shown("Another browser or device", "with Fellmoor Council", "with a link by e-mail")
    second.press("End this session since …")
    second.expect(second.is_at("/account"), "the account is shown again")
    second.expect_hidden("Another browser or device")
    expect_ended(first)

    [session] = installation.sessions("chair")
    path = f"people/{installation.person('chair')['subject']}/sessions/{session['sessionId']}:revoke"
    installation.call("administrator", "POST", path, {})
    expect_ended(second)
    second.expect(installation.sessions("chair") == [], "identity has no session any more")


def expect_ended(window):
    """The browser finds out with its next page, and says why."""
    window.go("/account")
    window.expect(window.is_at("/sign-in"), "the person is sent to sign in")
    window.expect_told("You are no longer signed in here")
    expect_signed_out(window)


# --- other sites ------------------------------------------------------------------------------------------------------------------


def lured(window, second, installation):
    """A signed-in person presses what another site shows them. It changes nothing, whether cookies are sent along or not."""
    sign_in_by_link(second, installation, "street-rep")
    sign_in_by_link(window, installation, "street-rep")
    login_link = ask_for_a_link(second, installation, "manager")
    token = parse_qs(urlsplit(login_link).query)["token"][0]
    lures = {
        "out": ("/sign-out", {}),
        "end": ("/account/sessions", {"session_id": other_session(window)}),
        "in": ("/sign-in/link", {"token": token}),
    }
    with Elsewhere() as elsewhere:
        for name, (path, fields) in lures.items():
            elsewhere.lure(name, f"{window.base}{path}", fields)
            for host in ("localhost", "127.0.0.1"):
                window.go(elsewhere.address(host, name))
                window.press("Win a prize")
                window.expect(window.is_at(path), f"{host} sent the form to {path}")
                window.expect_refused("This is not allowed")
                window.go("/account")
                expect_account(window, installation, "street-rep")
                going_on = len(installation.sessions("street-rep"))
                window.expect(going_on == 2, f"both sessions go on after {path} from {host}, not {going_on}")
    second.go(login_link)
    second.press("Sign in")
    expect_account(second, installation, "manager")
    for one in (window, second):
        one.press("Sign out")
        expect_signed_out(one)


def other_session(window):
    """The session that the account offers to end: the one of the other browser."""
    window.go("/account")
    offered = window.driver.find_elements(By.NAME, "session_id")
    window.expect(len(offered) == 1, "the account offers to end the other session, and not its own")
    return offered[0].get_attribute("value")


def main(base, program, data_folder, issuer):
    installation, provider = Installation(base, program, data_folder), OpenIdProvider(issuer)
    enrol_people(provider)
    with Window(base) as first, Window(base) as second:
        by_link(first, installation)
        refused_at_provider(first, issuer)
        at_provider(first, installation, provider)
        ended_elsewhere(first, second, installation)
        lured(first, second, installation)
        examined = first.examined + second.examined
    print(f"by browser: signed in by link and at {issuer}, {examined} pages examined")


if __name__ == "__main__":
    main(*sys.argv[1:])
