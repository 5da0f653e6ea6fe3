"""A person's browser: Chromium without a screen, driven by Selenium, with cookies of its own.

It does what people do: goes to an address, reads, fills in a field by its label, presses what has a name, moves by the keyboard. Each
page of the installation that it comes to is examined by axe-core, which finds what bars people as far as a program can tell, and must
not have anything blocked by its own content security policy. Needs the Debian packages `chromium` and `chromium-driver`.
"""

import json
import os
import shutil
from urllib.parse import urlsplit

from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, TimeoutException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE_SECONDS = 30
# Neither the pages nor Chromium itself have anything to fetch from elsewhere.
ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"


def _program(name):
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"there is no `{name}`; install the Debian packages chromium and chromium-driver")
    return found


def _driver():
    options = webdriver.ChromeOptions()
    options.binary_location = _program("chromium")
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--window-size=1000,1200", ONLY_THIS_MACHINE):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(_program("chromedriver")))


class Window:
    """A browser in front of the installation at `base`."""

    def __init__(self, base):
        self.base = base
        self.driver = _driver()
        self.examined = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    # --- what is on the page ---

    @property
    def path(self):
        """Where it is in the installation; the whole address when it is elsewhere."""
        return self.driver.current_url.removeprefix(self.base)

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def heading(self):
        return self.driver.find_element(By.TAG_NAME, "h1").text

    @property
    def focused(self):
        """What the keyboard acts on."""
        return self.driver.switch_to.active_element

    def expect(self, met, what):
        """Fails with what the person sees, unless `met`."""
        if not met:
            raise AssertionError(f"{what}\n{self.driver.current_url}: {self.driver.title}\n{self.text}")

    def expect_shown(self, *texts):
        for text in texts:
            self.expect(text in self.text, f"the page says “{text}”")

    def expect_hidden(self, *texts):
        for text in texts:
            self.expect(text not in self.text, f"the page does not say “{text}”")

    def expect_refused(self, heading):
        """The page is a refusal that says so in its heading and gives a trace to quote."""
        self.expect(self.heading == heading, f"the heading is “{heading}”")
        self.expect_shown("quote the trace")

    def expect_problem(self, problem, field_id):
        """The page was shown again with a problem: named in its title, read out first, standing at its field, one key away from it."""
        self.expect(self.driver.title.startswith("Error: "), "the title says that there is an error")
        self.expect(self.focused.get_attribute("role") == "alert", "what is wrong is read out first")
        field = self.driver.find_element(By.ID, field_id)
        about = [self.driver.find_element(By.ID, one).text for one in field.get_attribute("aria-describedby").split()]
        self.expect(any(problem in text for text in about), f"“{problem}” stands at the field `{field_id}`")
        self.expect(field.get_attribute("aria-invalid") == "true", f"`{field_id}` is marked as wrong")
        self.driver.find_element(By.LINK_TEXT, problem).click()
        self.wait("the link leads to the field", lambda: self.focused.get_attribute("id") == field_id)

    def expect_told(self, text):
        """The page says first what was just done."""
        self.expect(self.focused.get_attribute("role") == "status", "what was done is read out first")
        self.expect(text in self.focused.text, f"it says “{text}”")

    def offers(self, name):
        return bool(self.driver.find_elements(By.XPATH, _named(name)))

    # --- what a person does ---

    def go(self, path):
        """Goes to a path of the installation, or to a whole address."""
        self._lands(lambda: self.driver.get(path if "://" in path else f"{self.base}{path}"))

    def press(self, name):
        """Presses the button or link with this name, and sees the page behind it."""
        try:
            found = self.driver.find_element(By.XPATH, _named(name))
        except NoSuchElementException:
            self.expect(False, f"there is a button or link “{name}”")
        self._lands(found.click)

    def fill(self, label, text):
        """Types into the field with this label."""
        names = self.driver.find_elements(By.XPATH, f"//label[normalize-space()='{label}']")
        self.expect(len(names) == 1, f"one field is labelled “{label}”")
        field = self.driver.find_element(By.ID, names[0].get_attribute("for"))
        field.clear()
        field.send_keys(text)

    def type(self, *keys):
        """Types on the keyboard, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def enter(self, *keys):
        """Types, and sees the page to which that leads."""
        self._lands(lambda: self.type(*keys))

    def _lands(self, act):
        """Does what leads to another page, and looks at that once it is whole."""
        # What is noted in a page goes with it. Asking whether an element of it is stale would do as well, but not while it goes.
        self.driver.execute_script("window.leaving = true")
        act()
        arrived = "return document.readyState === 'complete' && !window.leaving"
        self.wait("another page comes", lambda: self.driver.execute_script(arrived))
        self._examine()

    def wait(self, what, probe):
        """Waits until `probe` holds; between two pages there is nothing that it could ask."""
        try:
            WebDriverWait(self.driver, PATIENCE_SECONDS, ignored_exceptions=[WebDriverException]).until(lambda _: probe())
        except TimeoutException:
            self.expect(False, f"not within {PATIENCE_SECONDS} s: {what}")

    def _examine(self):
        """Looks a page of the installation over for what bars people, and for what its policy blocked."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        if not self.driver.current_url.startswith(f"{self.base}/") or self.path.startswith("/v1/"):
            return
        # Chromium notes every status from 400 on; a step that expects one says so itself.
        blocked = [message for message in said if "Failed to load resource" not in message]
        self.expect(not blocked, f"the console is quiet, not {blocked}")
        self.expect(not self.driver.find_elements(By.TAG_NAME, "script"), "there is no script")
        found = Axe().run(self.driver)["violations"]
        told = [f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']]}" for one in found]
        self.expect(not told, f"nothing bars people: {told}")
        self.examined += 1

    # --- what lies behind ---

    def cookie(self, name="pathfinder"):
        """A cookie of the installation, whichever page is open; none if there is none."""
        cookies = self.driver.execute_cdp_cmd("Network.getCookies", {"urls": [self.base]})["cookies"]
        return next((cookie for cookie in cookies if cookie["name"] == name), None)

    def went_through(self):
        """Every address that the browser asked for since this was last asked, those that only led on as well."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [entry["params"]["request"]["url"] for entry in entries if entry["method"] == "Network.requestWillBeSent"]

    def caller(self):
        """Who the JSON API says that this browser is."""
        self.go("/v1/caller")
        return json.loads(self.driver.find_element(By.TAG_NAME, "pre").text)

    def is_at(self, path):
        """Whether it is at a path of the installation, whatever the query."""
        return urlsplit(self.path).path == path


def _named(name):
    """A button or link by its name, or by what its name begins with when that ends in an ellipsis."""
    begun = name.removesuffix("…")
    match = f"normalize-space()='{name}'" if begun == name else f"starts-with(normalize-space(), '{begun}')"
    return f"//*[self::button or self::a][{match}]"
