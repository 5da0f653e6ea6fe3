"""The PyPI package `feedparser` reads the Atom feed of each partnership from a running suite, page by page, and asks again only for what is new.

    feed_client.py BASE_ADDRESS
"""

import sys
import urllib.parse
import xml.etree.ElementTree as tree

import feedparser
import requests

ATOM = "{http://www.w3.org/2005/Atom}"
# What RFC 4287 wants of a feed and of an entry, once each.
OF_FEED = ("id", "title", "updated", "author")
OF_ENTRY = ("id", "title", "updated")


def expect(met, what):
    if not met:
        raise AssertionError(what)


def check_form(document, where):
    """What the specification wants, read by another reader."""
    root = tree.fromstring(document)
    expect(root.tag == f"{ATOM}feed", f"{where} is a feed, not {root.tag}")
    for name in OF_FEED:
        expect(len(root.findall(ATOM + name)) == 1, f"{where} has one {name}")
    for entry in root.findall(f"{ATOM}entry"):
        for name in OF_ENTRY:
            expect(len(entry.findall(ATOM + name)) == 1, f"an entry of {where} has one {name}")
        links = [link.get("rel") for link in entry.findall(f"{ATOM}link")]
        expect("alternate" in links, f"an entry of {where} without content leads somewhere")


def read(base, address):
    """A page of a feed, and the address of the next one."""
    answer = requests.get(address, timeout=30)
    expect(answer.status_code == 200, f"{address} is answered with 200, not {answer.status_code}: {answer.text}")
    check_form(answer.content, address)
    parsed = feedparser.parse(answer.content)
    expect(not parsed.bozo, f"feedparser reads {address}: {parsed.get('bozo_exception')}")
    expect(all(entry.get("updated_parsed") for entry in parsed.entries), f"all times in {address} are times")
    links = {link["rel"]: link["href"] for link in parsed.feed.links}
    following = links.get("next")
    # The suite may believe that people reach it under another address.
    return parsed, following and base + following[following.index("/partnerships/"):]


def ask_again(address):
    first = requests.get(address, timeout=30)
    same = requests.get(address, headers={"if-none-match": first.headers["etag"]}, timeout=30)
    expect((same.status_code, same.content) == (304, b""), f"{address} is not sent again to whoever has it")


def main(base):
    partnerships = requests.get(f"{base}/v1/partnerships", timeout=30).json()["partnerships"]
    expect(partnerships, "there are partnerships")
    count = 0
    for partnership in partnerships:
        address = f"{base}/partnerships/{partnership['partnershipId']}/feed.atom"
        ask_again(address)
        ids, of_feed, pages = [], set(), 0
        following = address
        while following and pages < 20:
            parsed, following = read(base, following)
            ids += [entry.id for entry in parsed.entries]
            of_feed.add(parsed.feed.id)
            pages += 1
        expect(len(ids) == len(set(ids)), f"pages of {address} hold each entry once")
        expect(len(of_feed) == 1, f"all pages of {address} are of one feed: {of_feed}")
        count += len(ids)
        query = urllib.parse.urlencode({"near": "north", "box": "1,2", "color": "red"})
        refused = requests.get(f"{address}?{query}", timeout=30)
        fields = {violation["field"] for violation in refused.json()["error"]["fieldViolations"]}
        expect(refused.status_code == 400 and {"near", "box", "color"} <= fields, f"all that is wrong is named: {refused.text}")
    expect(count > 1, "something is new somewhere")
    print(f"feedparser read {count} entries in the feeds of {len(partnerships)} partnerships.")


if __name__ == "__main__":
    main(sys.argv[1])
