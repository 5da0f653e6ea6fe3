"""Asks a running suite's Open311 interface nonsense: no answer is a server's error, and each can be read in the form that was asked for.

    fuzz_client.py BASE_ADDRESS PROGRAM DATA_FOLDER [COUNT [SEED]]        COUNT: how many requests [default: 2000]

The suite at BASE_ADDRESS was started from PROGRAM with DATA_FOLDER, and must not count how often it is asked (`--rate-per-address 0
--rate-per-caller 0`). Of ten requests three are as they should be, or differ from that in one thing: with an API key and the ids of what is
there they come as far as a service. How many of them must be taken stands in `TAKEN`. A seed has the same asked again, but for what
each suite names anew: the key and the ids.
"""

import collections
import datetime
import http.client
import json
import random
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

from holdings import gather

THREADS = 2
PATIENCE_SECONDS = 30

NAMES = (
    "jurisdiction_id service_code service_request_id service_request_id_ext lat long address_string address_id email device_id account_id "
    "first_name last_name phone description media_url api_key start_date end_date status page page_size updated_after updated_before "
    "extensions update_id update_id_ext updated_datetime title attribute[kind] attribute[since][] attribute[] attribute[ public_anonymity_required "
    "email_alerts_requested idempotency_key request_id format callback"
).split()
VALUES = [
    "", " ", "0", "-1", "1", "1e308", "-1e309", "nan", "inf", "-0", "0x10", "9" * 400, "51.5", "-0.1", "90.0000001", "181",
    "open", "closed", "open,closed", "OPEN", "FIXED", "true", "null", "undefined", "[]", "{}", "fly-tipping", "abandoned-vehicle",
    "2026-11-01T00:00:00Z", "2026-11-01", "2026-13-40T99:99:99Z", "-9999-01-01T00:00:00Z", "+262142-12-31T23:59:59Z", "0000-00-00",
    "2026-11-01T00:00:00+25:00", "1970-01-01T00:00:00.999999999Z", "now",
    "019a0000-0000-7000-8000-000000000000", "019a0000-0000-7000-8000-000000000000," * 40, "x" * 70, "x" * 5000, "x" * 70000,
    "'; DROP TABLE issue; --", "\" OR open = true", "%", "*", "_", "\\", "<b>&amp;</b>", "]]>", "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    "\u0000", "\u0001", "\ufffe", "\ud7ff", "\u202e", "\U0001f9f9", "e\u0301" * 50, "\r\nX-Injected: 1", "../../../etc/passwd", "file:///etc/passwd",
    "http://127.0.0.1:1/", "a@b", "a@example.org", "+44 20 7946 0000 ext 5", "nobody",
]
# What mostly goes well, so that the rest of a request is reached, too.
PLAUSIBLE = {
    "service_code": ["fly-tipping", "abandoned-vehicle", "pothole", "fly-tipping,pothole"],
    "lat": ["54.609", "54.601"],
    "long": ["-2.3", "-2.295"],
    "description": ["Two mattresses", "Call 999", "\U0001f9f9 und \u00fcber"],
    "address_string": ["1 High Street"],
    "email": ["ada@example.org"],
    "phone": ["020 7946 0000"],
    "status": ["open", "closed", "FIXED", "IN_PROGRESS"],
    "page": ["1", "2"],
    "page_size": ["1", "50", "1000"],
    "start_date": ["2026-11-01T00:00:00Z"],
    "end_date": ["2026-12-01T00:00:00Z"],
    "updated_after": ["2026-11-01T00:00:00Z"],
    "updated_datetime": ["2026-11-01T00:00:00Z"],
    "attribute[kind]": ["car", "van"],
}
SEGMENTS = ["requests"] * 12 + ["services", "servicerequestupdates"] * 4 + [
    "discovery", "services", "requests", "servicerequestupdates", "tokens", "services/fly-tipping", "services/abandoned-vehicle", "services/",
    "services/%00", "services/%ff", "services/" + "x" * 300, "requests/", "requests/019a0000-0000-7000-8000-000000000000", "requests/..%2f..", "tokens/x",
    "", "/", "services/a/b/c", "requests.json.xml", ".json", "%2e%2e", "services;x=1", "servicerequestupdates/x",
]
SUFFIXES = [".json", ".xml"] * 5 + [ ".JSON", ".html", "", ".", ".json.", ".xml.gz"]
METHODS = ["GET"] * 14 + ["POST"] * 14 + ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "LOCK"]
TYPES = [
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8", "application/x-www-form-urlencoded; charset=utf-7",
    "application/json", "multipart/form-data; boundary=x", "text/xml", "text/plain", "", "image/jpeg", "application/x-www-form-urlencoded;",
]
ACCEPTS = ["", "application/json", "text/xml", "application/xml;q=0.1, application/json", "*/*", "text/html,application/xhtml+xml", "q=;;,,", "a" * 2000]
# The words of the extension for how a request stands.
STANDINGS = (
    "OPEN INVESTIGATING IN_PROGRESS ACTION_SCHEDULED PLANNED FIXED CLOSED DUPLICATE NOT_COUNCILS_RESPONSIBILITY NOT_RESPONSIBLE "
    "NO_FURTHER_ACTION INTERNAL_REFERRAL CANCELLED FOR_TRIAGE REOPEN"
).split()
# The share of requests that are as they should be, or differ from that in one thing, and the share of these that differ.
SOUND_SHARE = 0.3
BENT_SHARE = 0.5
# The share of each kind of request that must be answered with success, lest the others knock at closed doors. It is well below what is to be
# expected by the shares above.
TAKEN = {
    "POST servicerequestupdates": 0.15,
    "POST requests": 0.05,
    "GET requests/{id}": 0.15,
    "GET tokens/{id}": 0.15,
}
LISTS = ("services", "requests", "tokens", "servicerequestupdates")
KEYS = ["", "019a0000-0000-7000-8000-000000000000", "\"019a0000-0000-7000-8000-000000000000\"", "no-uuid", "\xe9"]


def some_text(chance):
    value = chance.choice(VALUES)
    if chance.random() < 0.2:
        letters = [chr(chance.choice([chance.randrange(0x20, 0x7F), chance.randrange(0xA0, 0xD7FF), chance.randrange(0x1F300, 0x1F600)])) for _ in range(20)]
        value = "".join(letters)
    return value


def bent(chance, text):
    """A text that differs in one place."""
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(["", "0", "-", "%", "\u00e9", some_text(chance)]) + text[place + chance.randrange(2) :]


class Asker:
    """Makes up requests to a suite that holds something."""

    def __init__(self, chance, holdings):
        self.chance, self.holdings = chance, holdings
        known = {
            "api_key": [holdings.api_key],
            "jurisdiction_id": [holdings.jurisdiction_id],
            "service_code": PLAUSIBLE["service_code"] + holdings.service_codes,
            "service_request_id": holdings.names(),
            "update_id": ["u-1", "u-2", "u-3"],
            "updated_datetime": PLAUSIBLE["updated_datetime"] + [self.time()],
            "status": PLAUSIBLE["status"] + STANDINGS,
        }
        self.plausible = {**PLAUSIBLE, **known}
        self.segments = SEGMENTS + [
            f"requests/{holdings.request_ids[0]}",
            f"requests/{holdings.references[0]}",
            f"tokens/{holdings.report_token}",
            f"services/{holdings.service_codes[0]}",
        ]

    def time(self):
        """A time that has come, or comes within the ten minutes that clocks may differ."""
        ahead = datetime.timedelta(seconds=self.chance.randrange(-3600, 590))
        return (self.holdings.time + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")

    def request(self):
        return self.sound_request() if self.chance.random() < SOUND_SHARE else self.nonsense()

    def value(self, name, plain):
        """A value for a parameter: likely, like a likely one, or anything."""
        chance = self.chance
        if name not in self.plausible or chance.random() >= plain:
            return some_text(chance)
        value = chance.choice(self.plausible[name])
        return bent(chance, value) if chance.random() < 0.1 else value

    def encoded(self):
        chance = self.chance
        names = chance.sample(NAMES, chance.randrange(0, 12)) if chance.random() < 0.8 else [chance.choice(NAMES) for _ in range(12)]
        plain = chance.random()
        pairs = [(name, self.value(name, plain)) for name in names]
        if chance.random() < 0.4:
            pairs += [(name, chance.choice(PLAUSIBLE[name])) for name in ("service_code", "description", "lat", "long") if name not in names]
        text = as_form(pairs)
        if chance.random() < 0.1:
            text += chance.choice(["&%", "&=", "&&&", "&%zz=%ff", "&a=%e2%28%a1", "=".join("&" * 300), "&" + "a=1&" * 400])
        return text

    def nonsense(self):
        chance = self.chance
        path = chance.choice(self.segments) + chance.choice(SUFFIXES)
        method = chance.choice(METHODS)
        query = self.encoded() if chance.random() < 0.7 else ""
        body = self.encoded().encode("utf-8", "surrogatepass") if method == "POST" else None
        if body is not None and chance.random() < 0.1:
            body = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400)))
        headers = {"Accept": chance.choice(ACCEPTS)}
        if body is not None:
            headers["Content-Type"] = chance.choice(TYPES) if chance.random() < 0.3 else TYPES[0]
        if chance.random() < 0.2:
            headers["Idempotency-Key"] = chance.choice(KEYS)
        return method, address_of(path, query), body, headers

    def sound_request(self):
        """A request that is to be taken, or differs from one in one thing."""
        chance = self.chance
        method, segments, pairs = self.sound()
        if chance.random() < BENT_SHARE:
            segments, pairs = self.with_one_thing_wrong(segments, pairs)
        # No longer than servers read.
        path = "/".join(urllib.parse.quote(segment, safe="", errors="surrogatepass")[:300] for segment in segments)
        path += chance.choice([".json", ".xml"])
        if method == "GET":
            return method, address_of(path, as_form(pairs)), None, {}
        return method, address_of(path, ""), as_form(pairs).encode("ascii"), {"Content-Type": TYPES[0]}

    def sound(self):
        """The method, the parts of the path and the parameters of a request that is to be taken."""
        chance, holdings = self.chance, self.holdings
        named = chance.choice(holdings.names())
        some = ",".join(chance.sample(holdings.names(), 3))
        key = [("api_key", holdings.api_key)]
        with_or_without = key if chance.random() < 0.3 else []
        update = key + [
            ("service_request_id", named),
            ("update_id", f"u-{chance.randrange(5000)}"),
            ("status", chance.choice(STANDINGS)),
            ("updated_datetime", self.time()),
            ("description", chance.choice(PLAUSIBLE["description"])),
        ]
        report = with_or_without + [
            ("service_code", chance.choice(holdings.plain_codes)),
            ("address_string", chance.choice(PLAUSIBLE["address_string"])),
            ("description", chance.choice(PLAUSIBLE["description"])),
        ]
        kinds = [("POST", ["servicerequestupdates"], update)] * 2 + [
            ("POST", ["requests"], report),
            ("GET", ["requests", named], with_or_without),
            ("GET", ["requests"], [*with_or_without, ("service_request_id", some)]),
            ("GET", ["servicerequestupdates"], [*with_or_without, ("service_request_id", some)]),
            ("GET", ["tokens", holdings.report_token], with_or_without),
            ("GET", ["services", chance.choice(holdings.service_codes)], with_or_without),
        ]
        return chance.choice(kinds)

    def with_one_thing_wrong(self, segments, pairs):
        """The same, with one part of it missing, doubled or other than it should be."""
        chance = self.chance
        if not pairs or (len(segments) > 1 and chance.random() < 0.5):
            return segments[:-1] + [bent(chance, segments[-1])], pairs
        place = chance.randrange(len(pairs))
        name, value = pairs[place]
        others = pairs[:place] + pairs[place + 1 :]
        wrong = [
            others,
            pairs + [(name, some_text(chance))],
            others + [(name, some_text(chance))],
            others + [(name, bent(chance, value))],
            others + [(bent(chance, name), value)],
            pairs + [(chance.choice(NAMES), some_text(chance))],
        ]
        return segments, chance.choice(wrong)


def as_form(pairs):
    return urllib.parse.urlencode(pairs, errors="surrogatepass")


def address_of(path, query):
    return "/open311/v2/" + path + ("?" + query[:6000] if query else "")


def kind_of(method, target):
    """What a request asks for, as in the table of addresses, such as `GET requests/{id}`."""
    path = target.removeprefix("/open311/v2/").partition("?")[0]
    first, _, rest = path.partition("/")
    word = first.partition(".")[0]
    if method not in ("GET", "POST") or word not in LISTS:
        return "anything else"
    return f"{method} {word}/{{id}}" if rest else f"{method} {word}"


def judge(method, target, status, media_type, content):
    """What is wrong with an answer; none where nothing is."""
    if status >= 500:
        return f"it is answered with {status}"
    if method in ("HEAD", "OPTIONS", "TRACE") or not content:
        return None
    try:
        if "json" in media_type:
            json.loads(content)
        elif "xml" in media_type:
            ElementTree.fromstring(content)
        elif status < 400:
            return f"it comes as {media_type}"
    except (ValueError, ElementTree.ParseError) as error:
        return f"its {media_type} cannot be read: {error}"
    return None


def exchange(connection, method, target, body, headers):
    connection.request(method, target, body=body, headers=headers)
    answer = connection.getresponse()
    return answer, answer.read()


def work(base, count, seed, holdings, faults, told):
    """Asks, and counts in `told` how each kind of request was answered."""
    asker = Asker(random.Random(seed), holdings)
    address = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE_SECONDS)
    for number in range(count):
        method, target, body, headers = asker.request()
        try:
            try:
                answer, content = exchange(connection, method, target, body, headers)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A connection may end after any answer; only one that ends with the same request again is a fault.
                connection.close()
                answer, content = exchange(connection, method, target, body, headers)
        except (http.client.HTTPException, UnicodeError, ValueError, OSError) as error:
            connection.close()
            # What the client itself refuses to write, and a connection that ended with the answer before.
            if isinstance(error, (http.client.RemoteDisconnected, ConnectionResetError, TimeoutError)):
                faults.append(f"seed {seed}, request {number}: {method} {target[:300]}: {error!r}")
            continue
        told[kind_of(method, target), answer.status] += 1
        fault = judge(method, target, answer.status, answer.headers.get("content-type") or "", content)
        if fault:
            faults.append(f"seed {seed}, request {number}: {method} {target[:300]} {headers}: {fault}: {content[:300]}")
        if answer.headers.get("connection") == "close":
            connection.close()


def not_taken(told):
    """Says how each kind of request was answered; the kinds of which too few were taken."""
    kinds = collections.defaultdict(collections.Counter)
    for (kind, status), number in told.items():
        kinds[kind][status] += number
    for kind, statuses in sorted(kinds.items()):
        print(f"{kind}: " + ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items())))
    too_few = []
    for kind, share in TAKEN.items():
        taken = sum(number for status, number in kinds[kind].items() if 200 <= status < 300)
        asked = sum(kinds[kind].values())
        if taken == 0 or taken < share * asked:
            too_few.append(f"{kind}: {taken} of {asked} were taken, which is less than {share:.0%}")
    return too_few


def main(base, program, data_folder, count, seed):
    print(f"{count} requests, seed {seed}")
    holdings = gather(base, program, data_folder)
    faults, tallies = [], [collections.Counter() for _ in range(THREADS)]
    threads = [
        threading.Thread(target=work, args=(base, count // THREADS, seed + number, holdings, faults, told)) for number, told in enumerate(tallies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alive = http.client.HTTPConnection(urllib.parse.urlsplit(base).hostname, urllib.parse.urlsplit(base).port, timeout=PATIENCE_SECONDS)
    alive.request("GET", "/readyz")
    ready = alive.getresponse().status
    told = sum(tallies, collections.Counter())
    faults += not_taken(told)
    print(f"answered {told.total()}")
    if faults or ready != 200 or told.total() < count // 2:
        raise SystemExit(f"{len(faults)} faults, readiness {ready}:\n" + "\n".join(faults[:10]))


if __name__ == "__main__":
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 2000
    main(*sys.argv[1:4], count, int(sys.argv[5]) if len(sys.argv) > 5 else random.randrange(1 << 30))
