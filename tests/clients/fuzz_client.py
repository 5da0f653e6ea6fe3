"""Asks a running suite's Open311 interface nonsense: no answer is a server's error, and each can be read in the form that was asked for.

    fuzz_client.py BASE_ADDRESS [COUNT [SEED]]        COUNT: how many requests [default: 2000]

The suite must not count how often it is asked (`--rate-per-address 0 --rate-per-caller 0`).
"""

import http.client
import json
import random
import sys
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

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
KEYS = ["", "019a0000-0000-7000-8000-000000000000", "\"019a0000-0000-7000-8000-000000000000\"", "no-uuid", "\xe9"]


def some_text(chance):
    value = chance.choice(VALUES)
    if chance.random() < 0.2:
        letters = [chr(chance.choice([chance.randrange(0x20, 0x7F), chance.randrange(0xA0, 0xD7FF), chance.randrange(0x1F300, 0x1F600)])) for _ in range(20)]
        value = "".join(letters)
    return value


def encoded(chance):
    names = chance.sample(NAMES, chance.randrange(0, 12)) if chance.random() < 0.8 else [chance.choice(NAMES) for _ in range(12)]
    plain = chance.random()
    pairs = [(name, chance.choice(PLAUSIBLE[name]) if name in PLAUSIBLE and chance.random() < plain else some_text(chance)) for name in names]
    if chance.random() < 0.4:
        pairs += [(name, chance.choice(PLAUSIBLE[name])) for name in ("service_code", "description", "lat", "long") if name not in names]
    text = urllib.parse.urlencode(pairs, errors="surrogatepass")
    if chance.random() < 0.1:
        text += chance.choice(["&%", "&=", "&&&", "&%zz=%ff", "&a=%e2%28%a1", "=".join("&" * 300), "&" + "a=1&" * 400])
    return text


def request(chance):
    path = "/open311/v2/" + chance.choice(SEGMENTS) + chance.choice(SUFFIXES)
    method = chance.choice(METHODS)
    query = encoded(chance) if chance.random() < 0.7 else ""
    body = encoded(chance).encode("utf-8", "surrogatepass") if method == "POST" else None
    if body is not None and chance.random() < 0.1:
        body = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400)))
    headers = {"Accept": chance.choice(ACCEPTS)}
    if body is not None:
        headers["Content-Type"] = chance.choice(TYPES) if chance.random() < 0.3 else TYPES[0]
    if chance.random() < 0.2:
        headers["Idempotency-Key"] = chance.choice(KEYS)
    if len(query) > 6000:
        query = query[:6000]
    return method, path + ("?" + query if query else ""), body, headers


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


def work(base, count, seed, faults, statuses):
    chance = random.Random(seed)
    address = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE_SECONDS)
    for number in range(count):
        method, target, body, headers = request(chance)
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
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        fault = judge(method, target, answer.status, answer.headers.get("content-type") or "", content)
        if fault:
            faults.append(f"seed {seed}, request {number}: {method} {target[:300]} {headers}: {fault}: {content[:300]}")
        if answer.headers.get("connection") == "close":
            connection.close()


def main(base, count, seed):
    print(f"{count} requests, seed {seed}")
    faults, statuses = [], {}
    threads = [threading.Thread(target=work, args=(base, count // THREADS, seed + number, faults, statuses)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alive = http.client.HTTPConnection(urllib.parse.urlsplit(base).hostname, urllib.parse.urlsplit(base).port, timeout=PATIENCE_SECONDS)
    alive.request("GET", "/readyz")
    ready = alive.getresponse().status
    told = ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items()))
    print(f"answered {sum(statuses.values())} ({told})")
    if faults or ready != 200 or sum(statuses.values()) < count // 2:
        raise SystemExit(f"{len(faults)} faults, readiness {ready}:\n" + "\n".join(faults[:10]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000, int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30))
