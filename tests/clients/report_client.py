"""A resident without an account reports an issue in a browser: from a mistake to the reference, with a photo, and supports what was reported before.

    report_client.py BASE_ADDRESS PROGRAM DATA_FOLDER

The suite at BASE_ADDRESS was started from PROGRAM with DATA_FOLDER.
"""

import base64
import pathlib
import sys
import tempfile

from selenium.webdriver.common.by import By

from installation import Installation
from window import Window

# A PNG of one colour, 24 by 16 pixels.
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAAGklEQVR42mM4YaNBFcQwatCoQaMGjRpEGQIAwL3CEEmM++MAAAAASUVORK5CYII="
)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(400)
DESCRIPTION = "A burnt-out van <by the chapel>."


def choose(window, field_id):
    window.driver.find_element(By.ID, field_id).click()


def begin(window, path, code):
    """Chooses what it is about."""
    window.go(path)
    choice = window.driver.find_element(By.CSS_SELECTOR, f"input[name='category'][value='{code}']")
    choice.click()
    window.press("Continue")


def mistaken(window, path):
    """Nothing is chosen, then nothing is typed: all that is wrong is said at once."""
    window.go(path)
    window.expect_shown("If someone is in danger now, call 999.")
    window.press("Continue")
    window.expect_shown("Choose what it is about")
    begin(window, path, "fly-tipping")
    window.press("Continue")
    window.expect_shown("Say where it is")
    window.expect_problem("Say what is wrong", "description")


def reported(window, installation, path, folder):
    """Answers the category's questions, adds two files of which one is no photo, and comes to the reference."""
    begin(window, path, "abandoned-vehicle")
    choose(window, "answer.kind.van")
    choose(window, "answer.condition.burnt")
    window.fill("What is wrong", DESCRIPTION)
    window.fill("Degrees north", "54.6141")
    window.fill("Degrees east", "-2.2791")
    window.press("Continue")
    window.expect(window.heading == "Check your report", "what was typed is shown before it is sent")
    window.expect_shown("A van", "It is burnt out", DESCRIPTION)

    window.press("Change it")
    window.expect(window.driver.find_element(By.ID, "answer.kind.van").is_selected(), "nothing that was typed is lost")
    window.press("Continue")
    window.fill("E-mail address", "ada")
    window.press("Send the report")
    window.expect_shown("choose them again")
    window.expect_problem("Enter an e-mail address such as name@example.org", "email")
    window.fill("E-mail address", "")

    files = {"photo.png": PHOTO, "photo.heic": HEIC}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    window.driver.find_element(By.ID, "photos").send_keys("\n".join(str(folder / name) for name in files))
    window.press("Send the report")
    window.expect_told("Your report was taken in")
    window.expect_shown("Photo 2: HEIC photos cannot be read here.", "1 photo was added.", "What happens next")
    window.press("See what becomes of it, and ask for letters by e-mail")
    window.expect_shown(DESCRIPTION)

    listed = installation.call(None, "GET", f"partnerships/{installation.partnership_id()}/issues?pageSize=200")["issues"]
    [issue] = [issue for issue in listed if issue["description"] == DESCRIPTION]
    window.expect(len(issue["photos"]) == 1 and issue["source"] == "ISSUE_SOURCE_WEB", f"the API knows it: {issue}")
    return issue


def supported(window, installation, path, issue):
    """Whoever means the same is shown it, and supports it in place of reporting it again."""
    begin(window, path, "abandoned-vehicle")
    choose(window, "answer.kind")
    window.fill("What is wrong", "A van by the chapel, burnt out")
    window.fill("Degrees north", "54.6141")
    window.fill("Degrees east", "-2.2791")
    window.press("Continue")
    window.expect_shown("Is it one of these?", issue["reference"])
    window.press(f"It is this one: {issue['reference']}")
    window.expect_told(f"You support {issue['reference']}")
    read = installation.call(None, "GET", f"partnerships/{issue['partnershipId']}/issues/{issue['issueId']}")
    window.expect(read["supporterCount"] == 1, f"the API counts the supporter: {read}")


def main(base, program, data_folder):
    installation = Installation(base, program, data_folder)
    path = f"/partnerships/{installation.partnership_id()}/report"
    with Window(base) as window, tempfile.TemporaryDirectory() as folder:
        mistaken(window, path)
        issue = reported(window, installation, path, pathlib.Path(folder))
        supported(window, installation, path, issue)
        examined = window.examined
    print(f"by the page: reported with a photo and supported, {examined} pages examined")


if __name__ == "__main__":
    main(*sys.argv[1:])
