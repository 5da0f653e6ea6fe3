"""A plain Open311 client: lists the services, posts a request as a form, and reads it back in JSON and in XML.

    open311_client.py BASE_ADDRESS
"""

import sys
import xml.etree.ElementTree as ElementTree

import requests

TIMEOUT_SECONDS = 10


def expect(met, what):
    if not met:
        raise AssertionError(what)


def get(base, path, media_type, **params):
    answer = requests.get(f"{base}/open311/v2/{path}", params=params, timeout=TIMEOUT_SECONDS)
    expect(answer.status_code == 200, f"{path} is answered with 200, not {answer.status_code}: {answer.text}")
    found = answer.headers["content-type"]
    expect(media_type in found, f"{path} comes as {media_type}, not {found}")
    return answer


def fields(element):
    return {child.tag: child.text for child in element}


def post(base, service_code):
    form = {
        "service_code": service_code,
        "address_string": "3 Plain Street",
        "description": "Reported by a client that speaks Open311 only.",
        "first_name": "Open",
        "last_name": "Client",
        "email": "open.client@example.org",
    }
    answer = requests.post(f"{base}/open311/v2/requests.json", data=form, timeout=TIMEOUT_SECONDS)
    expect(answer.status_code in (200, 201), f"a request is taken in, not {answer.status_code}: {answer.text}")
    [receipt] = answer.json()
    expect(receipt.get("service_request_id"), f"the answer holds the id: {receipt}")
    return receipt["service_request_id"], form


def refuse(base):
    answer = requests.post(f"{base}/open311/v2/requests.json", data={"service_code": "no-such-service"}, timeout=TIMEOUT_SECONDS)
    expect(answer.status_code >= 400, f"an empty request is refused, not {answer.status_code}")
    problems = answer.json()
    told = isinstance(problems, list) and problems and all(problem.get("description") for problem in problems)
    expect(told, f"a refusal is a list of codes and descriptions: {problems}")


def main(base):
    services = get(base, "services.json", "json").json()
    expect(services, "there are services")
    listed = ElementTree.fromstring(get(base, "services.xml", "xml").content)
    codes = [fields(service)["service_code"] for service in listed]
    expect(codes == [service["service_code"] for service in services], f"XML lists what JSON lists: {codes}")

    request_id, form = post(base, services[0]["service_code"])
    [read] = get(base, f"requests/{request_id}.json", "json").json()
    root = ElementTree.fromstring(get(base, f"requests/{request_id}.xml", "xml").content)
    expect(root.tag == "service_requests" and len(root) == 1, f"the XML holds one request: {ElementTree.tostring(root)}")
    in_xml = fields(root[0])
    for record, form_name in ((read, "JSON"), (in_xml, "XML")):
        expect(record["service_request_id"] == request_id, f"{form_name} is of the request asked for: {record}")
        expect(record["description"] == form["description"], f"{form_name} holds the words that were sent: {record}")
        expect(record["status"] == "open", f"{form_name} says that it is open: {record}")
        expect(form["email"] not in str(record), f"{form_name} holds no contact details: {record}")
    expect(set(in_xml) == set(read), f"both forms have the same fields: {sorted(in_xml)} against {sorted(read)}")

    found = get(base, "requests.json", "json", service_request_id=request_id).json()
    expect([one["service_request_id"] for one in found] == [request_id], f"the list finds it by its id: {found}")
    recent = get(base, "requests.json", "json", service_code=services[0]["service_code"]).json()
    expect(request_id in [one["service_request_id"] for one in recent], "the list of its service holds it")
    refuse(base)
    print(f"by Open311: {len(services)} services listed, {request_id} posted and read in JSON and XML")


if __name__ == "__main__":
    main(*sys.argv[1:])
