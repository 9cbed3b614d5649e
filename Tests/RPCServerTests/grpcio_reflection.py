"""What a stock client asks of server reflection; the two versions are the same on the wire (gRFC A15)."""
import sys

import grpc
from google.protobuf import descriptor_pb2
from grpc_reflection.v1alpha import reflection_pb2

port, version = sys.argv[1:]
channel = grpc.insecure_channel(f"127.0.0.1:{port}")
ask = channel.stream_stream(
    f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
    request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
    response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
failures = []


def check(name, condition, seen=""):
    if not condition:
        failures.append(f"{name}: {seen!r}")


Request, Extension = reflection_pb2.ServerReflectionRequest, reflection_pb2.ExtensionRequest
NOT_FOUND = grpc.StatusCode.NOT_FOUND.value[0]
questions = [
    Request(host="h", list_services=""),
    Request(file_by_filename="google/rpc/error_details.proto"),
    Request(file_containing_symbol="grpc.health.v1.Health.Check"),
    Request(file_containing_symbol="grpc.health.v1.HealthCheckResponse"),
    Request(file_containing_symbol="grpc.nobody"),
    Request(file_by_filename="nobody.proto"),
    Request(all_extension_numbers_of_type="google.rpc.Status"),
    Request(all_extension_numbers_of_type="google.rpc.Nobody"),
    Request(file_containing_extension=Extension(
        containing_type="google.rpc.Status", extension_number=7)),
    Request(),
    Request(file_containing_symbol="google.rpc.Status"),
]
# All on one stream: none of the errors may end it.
answers = list(ask(iter(questions), timeout=20))
check("an answer to each", len(answers) == len(questions), len(answers))
check("each says what it answers", [a.original_request for a in answers] == questions)
check("host", answers[0].valid_host == "h", answers[0].valid_host)


def files(answer):
    found = {}
    for octets in answer.file_descriptor_response.file_descriptor_proto:
        file = descriptor_pb2.FileDescriptorProto.FromString(octets)
        found[file.name] = file
    return found


listed = [service.name for service in answers[0].list_services_response.service]
check("services", listed == ["grpc.health.v1.Health"], listed)
details = files(answers[1])
check("file and imports", set(details) == {
    "google/rpc/error_details.proto", "google/protobuf/duration.proto"}, set(details))
check("message in it", "RetryInfo" in [
    message.name for message in details["google/rpc/error_details.proto"].message_type])
for answer in answers[2:4]:
    check("file of a symbol", list(files(answer)) == ["grpc/health/v1/health.proto"], answer)
for index in (4, 5, 7, 8):
    error = answers[index].error_response
    check(f"answer {index} is not found", error.error_code == NOT_FOUND, answers[index])
numbers = answers[6].all_extension_numbers_response
check("extensions", (numbers.base_type_name, list(numbers.extension_number)) == (
    "google.rpc.Status", []), numbers)
check("nothing asked", answers[9].error_response.error_code == 3, answers[9])
check("after all errors", "google/rpc/status.proto" in files(answers[10]), answers[10])

for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
