"""The PyPI package `georeport` reads everything that it can from a running suite, in JSON and in XML, and both say the same.

    georeport_client.py BASE_ADDRESS
"""

import sys

from georeport import GeoReport

# What XML has no types for is compared as text; an empty element is no value.
EMPTY = (None, "", [], {})


def expect(met, what):
    if not met:
        raise AssertionError(what)


def plain(value):
    """A value as both forms would have it: numbers and flags as text, nothing for what is empty, lists without their items' element."""
    if value in EMPTY:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, dict):
        values = list(value.values())
        if len(values) == 1 and isinstance(values[0], (list, dict)):
            # The element around each thing of a list: xmltodict has it, JSON has not.
            inner = values[0] if isinstance(values[0], list) else [values[0]]
            return [plain(item) for item in inner]
        return {name: plain(item) for name, item in value.items() if plain(item) is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    try:
        return float(value)
    except ValueError:
        return " ".join(value.split())


def same(what, json_value, xml_value):
    first, second = plain(json_value), plain(xml_value)
    expect(first == second, f"{what} says the same in both forms:\n  JSON {first}\n  XML  {second}")


def main(base):
    readers = {form: GeoReport(f"{base}/open311/v2", output_format=form) for form in ("json", "xml")}
    services = {form: reader.get_service_list() for form, reader in readers.items()}
    expect(len(services["json"]) > 1, "there are services")
    same("the list of services", services["json"], services["xml"])
    asked = 0
    for service in services["json"]:
        code = service["service_code"]
        definitions = {form: reader.get_service_definition(code) for form, reader in readers.items()}
        expect(definitions["json"]["service_code"] == code, f"the definition of {code} names it: {definitions['json']}")
        has_questions = bool(definitions["json"]["attributes"])
        expect(has_questions == service["metadata"], f"{code} has questions if its metadata says so")
        same(f"the definition of {code}", definitions["json"], definitions["xml"])
        asked += has_questions
    expect(asked > 0, "some service asks something")

    listed = {form: reader.get_service_requests() for form, reader in readers.items()}
    expect(len(listed["json"]) > 1, "there are requests")
    same("the list of requests", listed["json"], listed["xml"])
    some = [request["service_request_id"] for request in listed["json"][:3]]
    searches = (
        {"status": "open"},
        {"status": "closed"},
        {"status": "open,closed"},
        {"service_code": listed["json"][0]["service_code"]},
        {"service_request_id": ",".join(some)},
        {"start_date": "2026-11-01T00:00:00Z", "end_date": "2026-12-31T00:00:00Z"},
    )
    for search in searches:
        found = readers["json"].get_service_requests(**search)
        # With one row or none xmltodict gives no list, whichever server it reads.
        if len(found) > 1:
            same(f"the search {search}", found, readers["xml"].get_service_requests(**search))
        if "status" in search and "," not in search["status"]:
            expect({row["status"] for row in found} <= {search["status"]}, f"{search} finds only such")
    by_id = readers["json"].get_service_requests(service_request_id=",".join(some))
    expect([row["service_request_id"] for row in by_id] == some, "requests are found by their ids")
    one = {form: reader.get_service_request(some[0]) for form, reader in readers.items()}
    same("one request", one["json"], one["xml"])
    print(f"georeport read {len(services['json'])} services, {asked} with questions, and {len(listed['json'])} requests in both forms.")


if __name__ == "__main__":
    main(sys.argv[1])
