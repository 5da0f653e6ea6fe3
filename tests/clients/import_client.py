"""A council's machine, in another language, brings in a few hundred cases by the stream of gRPC, breaks it off in the middle, and sends all
again. It knows the contract by reflection only.

    import_client.py ISSUES_ADDRESS BASE_ADDRESS PROGRAM DATA_FOLDER

The suite at BASE_ADDRESS was started from PROGRAM with DATA_FOLDER; its issues service answers at ISSUES_ADDRESS.
"""

import csv
import datetime
import pathlib
import sys

from google.protobuf import json_format, message_factory

from installation import Installation
from reflection_client import Service, expect

SAMPLE = pathlib.Path(__file__).resolve().parent.parent / "data" / "boston-sample.csv"
SERVICE = "pathfinder.issues.v1.IssueService"
ROWS = 300
ROWS_IN_A_MESSAGE = 20
# The lines of rows that are made wrong: without a place, and with an id that is too long for the contract.
NOWHERE, LONG_ID = 17, 203
TIMEOUT_SECONDS = 60


def instant(text):
    """An instant of the file as protobuf's JSON has it."""
    return datetime.datetime.fromisoformat(text).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def row_of(line, case):
    row = {
        "line": line,
        "externalId": case["service_request_id"],
        "categoryCode": case["service_code"],
        "categoryName": case["service_name"],
        "closed": case["status"] == "closed",
        "providerName": case["agency_responsible"],
        "latitude": float(case["lat"]),
        "longitude": float(case["long"]),
        "area": case["neighborhood"],
        "source": case["source"],
    }
    for field, column in (("reportTime", "requested_datetime"), ("dueTime", "expected_datetime"), ("closeTime", "closed_datetime")):
        if case[column]:
            row[field] = instant(case[column])
    return row


def rows():
    """The first cases of the sample, two of them made wrong."""
    with SAMPLE.open(newline="") as file:
        made = [row_of(line, case) for line, case in zip(range(2, ROWS + 2), csv.DictReader(file))]
    del made[NOWHERE - 2]["latitude"], made[NOWHERE - 2]["longitude"]
    made[LONG_ID - 2]["externalId"] = "x" * 1001
    return made


class Importer:
    """The stream of a service, for whoever has the token."""

    def __init__(self, address, token, partnership_id):
        self.service = Service(address)
        self.token, self.partnership_id = token, partnership_id
        descriptor = self.service.pool.FindServiceByName(SERVICE).FindMethodByName("ImportIssues")
        self.asked = message_factory.GetMessageClass(descriptor.input_type)
        self.answered = message_factory.GetMessageClass(descriptor.output_type)

    def messages(self, all_rows):
        for first in range(0, len(all_rows), ROWS_IN_A_MESSAGE):
            some = {"partnershipId": self.partnership_id, "rows": all_rows[first : first + ROWS_IN_A_MESSAGE]}
            yield json_format.ParseDict(some, self.asked(), descriptor_pool=self.service.pool)

    def open(self, all_rows):
        stream = self.service.channel.stream_stream(
            f"/{SERVICE}/ImportIssues",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=self.answered.FromString,
        )
        return stream(self.messages(all_rows), timeout=TIMEOUT_SECONDS, metadata=(("authorization", f"Bearer {self.token}"),))

    def read(self, answer):
        return json_format.MessageToDict(answer, descriptor_pool=self.service.pool)


def brought_in(importer, all_rows):
    """Sends all rows; the outcomes by their lines, and the summary."""
    outcomes, summary = {}, None
    for answer in importer.open(all_rows):
        told = importer.read(answer)
        for outcome in told.get("outcomes", []):
            expect(outcome["line"] not in outcomes, f"each row is answered once: {outcome}")
            outcomes[outcome["line"]] = outcome
        summary = told.get("summary", summary)
    return outcomes, summary


def main(address, base, program, data_folder):
    installation = Installation(base, program, data_folder)
    importer = Importer(address, installation.token("council-system"), installation.partnership_id())
    all_rows = rows()
    expect(len(all_rows) == ROWS, f"the sample has {ROWS} cases, not {len(all_rows)}")

    broken = importer.open(all_rows)
    first = importer.read(next(broken))["outcomes"]
    broken.cancel()
    outcomes, summary = brought_in(importer, all_rows)
    expect(len(outcomes) == ROWS, f"every row is answered, not {len(outcomes)}")
    wrong = {line: outcome for line, outcome in outcomes.items() if outcome["result"] == "IMPORT_RESULT_REFUSED"}
    fields = {line: [one["field"] for one in outcome["violations"]] for line, outcome in wrong.items()}
    expect(fields == {NOWHERE: ["address"], LONG_ID: ["external_id"]}, f"the wrong rows are named with their fields: {fields}")
    for outcome in first:
        if outcome["result"] == "IMPORT_RESULT_CREATED":
            again = outcomes[outcome["line"]]
            same = again["result"] == "IMPORT_RESULT_UNCHANGED" and again["issueId"] == outcome["issueId"]
            expect(same, f"what was answered before the stream broke is there: {outcome} and then {again}")
    told = sum(int(summary.get(field, 0)) for field in ("createdCount", "unchangedCount", "refusedCount"))
    expect(told == ROWS and int(summary["refusedCount"]) == 2, f"the summary counts all rows: {summary}")
    again, _ = brought_in(importer, all_rows)
    results = {outcome["result"] for line, outcome in again.items() if line not in wrong}
    expect(results == {"IMPORT_RESULT_UNCHANGED"}, f"the same again changes nothing: {results}")
    print(f"by stream: {ROWS} cases brought in, {len(first)} of them before it broke, 2 refused with their fields")


if __name__ == "__main__":
    main(*sys.argv[1:])
