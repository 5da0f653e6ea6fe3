"""A client that knows nothing of Pathfinder but an address: it learns services and messages by reflection, reports an issue and
reads it back.

    reflection_client.py ISSUES_ADDRESS BOARDS_ADDRESS
"""

import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

TIMEOUT_SECONDS = 10


class Service:
    """Whatever a server at an address offers, by reflection only."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        database = ProtoReflectionDescriptorDatabase(self.channel)
        self.names = sorted(database.get_services())
        self.pool = descriptor_pool.DescriptorPool(database)

    def call(self, service, method, message):
        """Calls a method with a message given as a dict; answers a dict."""
        descriptor = self.pool.FindServiceByName(service).FindMethodByName(method)
        asked = message_factory.GetMessageClass(descriptor.input_type)()
        json_format.ParseDict(message, asked, descriptor_pool=self.pool)
        answer_class = message_factory.GetMessageClass(descriptor.output_type)
        send = self.channel.unary_unary(
            f"/{service}/{method}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=answer_class.FromString,
        )
        return json_format.MessageToDict(send(asked, timeout=TIMEOUT_SECONDS), descriptor_pool=self.pool)

    def refusal(self, service, method, message):
        """Calls a method that must be refused; answers the error."""
        try:
            answer = self.call(service, method, message)
        except grpc.RpcError as error:
            return error
        raise AssertionError(f"{method} is refused, but answered {answer}")


def expect(met, what):
    if not met:
        raise AssertionError(what)


def main(issues_address, boards_address):
    issues, boards = Service(issues_address), Service(boards_address)
    wanted = {
        "pathfinder.issues.v1.CategoryService",
        "pathfinder.issues.v1.IssueEditService",
        "pathfinder.issues.v1.IssueService",
        "pathfinder.issues.v1.IssueUpdateService",
        "pathfinder.issues.v1.IssuesEventService",
        "pathfinder.issues.v1.LocationService",
        "pathfinder.issues.v1.NewsService",
        "pathfinder.issues.v1.ResponseEntryService",
        "pathfinder.issues.v1.RoutingRuleService",
        "grpc.health.v1.Health",
    }
    expect(wanted <= set(issues.names), f"reflection lists {sorted(wanted)}; it lists {issues.names}")
    health = issues.call("grpc.health.v1.Health", "Check", {"service": "pathfinder.issues.v1.IssueService"})
    expect(health.get("status") == "SERVING", f"the service says that it serves, not {health}")

    partnerships = boards.call("pathfinder.boards.v1.PartnershipService", "ListPartnerships", {})
    partnership = partnerships["partnerships"][0]
    here = {"partnershipId": partnership["partnershipId"]}
    categories = issues.call("pathfinder.issues.v1.CategoryService", "ListCategories", here)["categories"]
    report = {
        **here,
        "categoryCode": categories[0]["code"],
        "title": "Told by a machine",
        "description": "Reported by a client that knows the contract by reflection only.",
        "location": {"address": "1 Reflection Row"},
        "requestId": "01890a5d-ac96-774b-bcce-b302099a8057",
    }
    service = "pathfinder.issues.v1.IssueService"
    reported = issues.call(service, "ReportIssue", report)["issue"]
    read = issues.call(service, "GetIssue", {**here, "issueId": reported["issueId"]})
    for field in ("issueId", "reference", "title", "description", "categoryCode", "state"):
        expect(read.get(field) == reported.get(field), f"`{field}` is read as it was reported: {read} against {reported}")
    expect(read["title"] == report["title"], f"the title is the one that was sent: {read}")
    again = issues.call(service, "ReportIssue", report)["issue"]
    expect(again["issueId"] == reported["issueId"], "the same request id reports once")

    error = issues.refusal(service, "GetIssue", {**here, "issueId": partnership["partnershipId"]})
    expect(error.code() == grpc.StatusCode.NOT_FOUND, f"another thing's id is not an issue's: {error}")
    error = issues.refusal(service, "AcceptIssue", {**here, "issueId": reported["issueId"]})
    expect(error.code() == grpc.StatusCode.UNAUTHENTICATED, f"a verb needs a token: {error}")
    print(f"by reflection: {len(issues.names)} services listed, {read['reference']} reported and read")


if __name__ == "__main__":
    main(*sys.argv[1:])
