"""gRPC's interop test cases as a stock grpcio client makes them: one function for each case, with
the checks of the public description ("Interoperability Test Case Descriptions", "Client") and, where
the description leaves freedom, the stricter reading.
"""
import queue
import threading
import time

import grpc

import interop_messages as messages
from interop_frames import FrameRecorder

REQUEST_BYTES = 271_828
RESPONSE_BYTES = 314_159
# Longer than any case takes on a busy machine.
PATIENCE = 60
INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
UNIMPLEMENTED_METHOD = "/grpc.testing.TestService/UnimplementedCall"
UNIMPLEMENTED_SERVICE = "/grpc.testing.UnimplementedService/UnimplementedCall"

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def expect(name, seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{name}: {brief(seen)} instead of {brief(wanted)}")


def expect_that(name, condition, seen=""):
    if not condition:
        raise AssertionError(f"{name}: {brief(seen)}")


def brief(value):
    text = repr(value)
    return text if len(text) < 400 else f"{text[:200]} ... {text[-100:]}"


def payload(size):
    return messages.Payload(body=bytes(size))


def large_request(**more):
    return messages.SimpleRequest(
        response_size=RESPONSE_BYTES, payload=payload(REQUEST_BYTES), **more)


def expect_large(response):
    """The whole message, octet for octet, but for the host's name, which must be there."""
    expect_that("hostname", response.hostname != "")
    response.hostname = ""
    expect("response", response, messages.SimpleResponse(payload=payload(RESPONSE_BYTES)))


def outputs(sizes, **more):
    return messages.StreamingOutputCallRequest(
        response_parameters=[messages.ResponseParameters(size=size) for size in sizes], **more)


def expect_sizes(responses, sizes):
    expect("sizes", [len(response.payload.body) for response in responses], list(sizes))
    for response in responses:
        expect_that("zeros", not any(response.payload.body))
        expect("payload type", response.payload.type, 0)


def failure_of(call):
    """The code, text and trailing metadata of a call that has to fail."""
    try:
        call()
    except grpc.RpcError as error:
        return error.code(), error.details(), list(error.trailing_metadata() or ())
    raise AssertionError("the call succeeded")


class Requests:
    """The request side of a call, one message at a time."""

    def __init__(self):
        self.queue = queue.Queue()

    def send(self, message):
        self.queue.put(message)

    def close(self):
        self.queue.put(None)

    def __iter__(self):
        return iter(self.queue.get, None)


PING_PONG = ((31415, 27182), (9, 8), (2653, 1828), (58979, 45904))


# Unary calls


@case
def empty_unary(server):
    stub = server.stub()
    expect("response", stub.EmptyCall(messages.Empty(), timeout=PATIENCE), messages.Empty())
    raw = server.channel().unary_unary("/grpc.testing.TestService/EmptyCall")
    expect("octets on the wire", raw(b"", timeout=PATIENCE), b"")


@case
def cacheable_unary(server):
    """Over POST, and with no proxy between: what a proxy would go by is there."""
    seen = []
    for _ in range(2):
        response, call = server.stub().CacheableUnaryCall.with_call(
            messages.SimpleRequest(payload=messages.Payload(body=str(time.time_ns()).encode())),
            metadata=(("x-user-ip", "1.2.3.4"),), timeout=PATIENCE)
        metadata = dict(call.initial_metadata())
        expect_that("cache-control", "max-age=60" in metadata.get("cache-control", ""), metadata)
        seen.append(int(response.payload.body))
    expect_that("no proxy between", seen[0] < seen[1], seen)


@case
def large_unary(server):
    expect_large(server.stub().UnaryCall(large_request(), timeout=PATIENCE))


@case
def fills_what_is_asked(server):
    stub = server.stub()
    plain = stub.UnaryCall(messages.SimpleRequest(), timeout=PATIENCE)
    expect("server_id unasked", plain.server_id, "")
    filled = stub.UnaryCall(
        messages.SimpleRequest(
            fill_server_id=True, fill_username=True, fill_oauth_scope=True,
            fill_grpclb_route_type=True),
        timeout=PATIENCE)
    expect_that("server_id", filled.server_id != "")
    expect_that("hostname", filled.hostname != "")
    expect("username", filled.username, "")
    expect("oauth_scope", filled.oauth_scope, "")
    expect("route", filled.grpclb_route_type, 0)
    expect("empty payload", filled.payload, messages.Payload())


@case
def refusals(server):
    stub = server.stub()
    for request in (messages.SimpleRequest(response_type=77, response_size=1),
                    messages.SimpleRequest(response_size=-1),
                    messages.SimpleRequest(response_size=2**31 - 1)):
        code, _, _ = failure_of(lambda: stub.UnaryCall(request, timeout=PATIENCE))
        expect("refused", code, grpc.StatusCode.INVALID_ARGUMENT)
    code, _, _ = failure_of(
        lambda: list(stub.StreamingOutputCall(outputs([1, -1]), timeout=PATIENCE)))
    expect("refused in a stream", code, grpc.StatusCode.INVALID_ARGUMENT)
    expect_large(stub.UnaryCall(large_request(), timeout=PATIENCE))


# Streams


@case
def client_streaming(server):
    requests = (messages.StreamingInputCallRequest(payload=payload(size))
                for size in (27182, 8, 1828, 45904))
    response = server.stub().StreamingInputCall(requests, timeout=PATIENCE)
    expect("sum", response.aggregated_payload_size, 74922)


@case
def server_streaming(server):
    sizes = (31415, 9, 2653, 58979)
    expect_sizes(list(server.stub().StreamingOutputCall(outputs(sizes), timeout=PATIENCE)), sizes)


@case
def ping_pong(server):
    requests = Requests()
    responses = server.stub().FullDuplexCall(iter(requests), timeout=PATIENCE)
    for response_bytes, request_bytes in PING_PONG:
        requests.send(outputs([response_bytes], payload=payload(request_bytes)))
        expect_sizes([next(responses)], [response_bytes])
    requests.close()
    expect("after the half-close", list(responses), [])
    expect("code", responses.code(), grpc.StatusCode.OK)


@case
def empty_stream(server):
    responses = server.stub().FullDuplexCall(iter(()), timeout=PATIENCE)
    expect("responses", list(responses), [])
    expect("code", responses.code(), grpc.StatusCode.OK)


@case
def half_duplex(server):
    """Nothing is answered before the half-close, and then everything in order."""
    requests = Requests()
    responses = server.stub().HalfDuplexCall(iter(requests), timeout=PATIENCE)
    first = queue.Queue()
    threading.Thread(target=lambda: first.put(next(responses)), daemon=True).start()
    for response_bytes, request_bytes in PING_PONG:
        requests.send(outputs([response_bytes], payload=payload(request_bytes)))
    # Each of these calls has the server answer on the same connection: time enough to answer early.
    for _ in range(20):
        server.stub().EmptyCall(messages.Empty(), timeout=PATIENCE)
    expect_that("nothing before the half-close", first.empty())
    requests.close()
    got = [first.get(timeout=PATIENCE)] + list(responses)
    expect_sizes(got, [response_bytes for response_bytes, _ in PING_PONG])
    expect("code", responses.code(), grpc.StatusCode.OK)


@case
def observes_intervals(server):
    interval_us, count = 50_000, 4
    request = messages.StreamingOutputCallRequest(
        response_parameters=[
            messages.ResponseParameters(size=10, interval_us=interval_us)] * count)
    for call in (lambda stub: stub.StreamingOutputCall(request, timeout=PATIENCE),
                 lambda stub: stub.FullDuplexCall(iter([request]), timeout=PATIENCE)):
        start = time.monotonic()
        expect_sizes(list(call(server.stub())), [10] * count)
        elapsed = time.monotonic() - start
        expect_that("intervals add up", elapsed >= count * interval_us / 1e6, elapsed)


# Metadata and status


@case
def custom_metadata(server):
    sent = ((INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab"))

    def check(call):
        initial = [pair for pair in call.initial_metadata() if pair[0].startswith("x-")]
        trailing = [pair for pair in call.trailing_metadata() if pair[0].startswith("x-")]
        expect("initial metadata", initial, [sent[0]])
        expect("trailing metadata", trailing, [sent[1]])

    stub = server.stub()
    response, call = stub.UnaryCall.with_call(large_request(), metadata=sent, timeout=PATIENCE)
    expect_large(response)
    check(call)
    request = outputs([RESPONSE_BYTES], payload=payload(REQUEST_BYTES))
    call = stub.FullDuplexCall(iter([request]), metadata=sent, timeout=PATIENCE)
    expect_sizes(list(call), [RESPONSE_BYTES])
    check(call)
    # Beside a failure too, and every value of a name that is sent twice.
    request = messages.SimpleRequest(response_status=messages.EchoStatus(code=5, message="none"))
    code, text, trailing = failure_of(
        lambda: stub.UnaryCall(request, metadata=sent + ((TRAILING, b""),), timeout=PATIENCE))
    expect("failure", (code, text), (grpc.StatusCode.NOT_FOUND, "none"))
    expect("both values", [v for k, v in trailing if k == TRAILING], [b"\xab\xab\xab", b""])


@case
def status_code_and_message(server):
    stub = server.stub()
    for code in [2] + list(range(1, 17)):
        status = messages.EchoStatus(code=code, message="test status message")
        simple = messages.SimpleRequest(response_status=status)
        streamed = messages.StreamingOutputCallRequest(response_status=status)
        for call in (lambda: stub.UnaryCall(simple, timeout=PATIENCE),
                     lambda: list(stub.FullDuplexCall(iter([streamed]), timeout=PATIENCE)),
                     lambda: list(stub.HalfDuplexCall(iter([streamed]), timeout=PATIENCE)),
                     lambda: list(stub.StreamingOutputCall(streamed, timeout=PATIENCE))):
            seen, text, _ = failure_of(call)
            expect("code and text", (seen.value[0], text), (code, "test status message"))


@case
def special_status_message(server):
    text = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
    request = messages.SimpleRequest(response_status=messages.EchoStatus(code=2, message=text))
    code, seen, _ = failure_of(lambda: server.stub().UnaryCall(request, timeout=PATIENCE))
    expect("code and text", (code, seen), (grpc.StatusCode.UNKNOWN, text))


def expect_unimplemented(server, path):
    channel = server.channel()
    code, _, _ = failure_of(lambda: channel.unary_unary(path)(b"", timeout=PATIENCE))
    expect("code", code, grpc.StatusCode.UNIMPLEMENTED)
    # The answer does not wait for the end of the request.
    requests = Requests()
    code, _, _ = failure_of(
        lambda: channel.stream_unary(path)(iter(requests), timeout=PATIENCE))
    requests.close()
    expect("code before the half-close", code, grpc.StatusCode.UNIMPLEMENTED)


@case
def unimplemented_method(server):
    expect_unimplemented(server, UNIMPLEMENTED_METHOD)


@case
def unimplemented_service(server):
    expect_unimplemented(server, UNIMPLEMENTED_SERVICE)


# Ends before the end


@case
def cancel_after_begin(server):
    requests = Requests()
    call = server.stub().StreamingInputCall.future(iter(requests), timeout=PATIENCE)
    call.cancel()
    expect_that("cancelled", call.cancelled())
    expect("code", call.code(), grpc.StatusCode.CANCELLED)
    requests.close()
    expect_large(server.stub().UnaryCall(large_request(), timeout=PATIENCE))


@case
def cancel_after_first_response(server):
    requests = Requests()
    responses = server.stub().FullDuplexCall(iter(requests), timeout=PATIENCE)
    requests.send(outputs([31415], payload=payload(27182)))
    expect_sizes([next(responses)], [31415])
    responses.cancel()
    code, _, _ = failure_of(lambda: next(responses))
    expect("code", code, grpc.StatusCode.CANCELLED)
    requests.close()
    expect_large(server.stub().UnaryCall(large_request(), timeout=PATIENCE))


@case
def timeout_on_sleeping_server(server):
    for timeout in (0.001, 0.2):
        requests = Requests()
        requests.send(messages.StreamingOutputCallRequest(payload=payload(27182)))
        code, _, _ = failure_of(
            lambda: list(server.stub().FullDuplexCall(iter(requests), timeout=timeout)))
        requests.close()
        expect("code", code, grpc.StatusCode.DEADLINE_EXCEEDED)
    expect_large(server.stub().UnaryCall(large_request(), timeout=PATIENCE))


# Flow control


@case
def slow_consumer(server):
    """A client that hardly reads: the server keeps little, serves others, and loses nothing."""
    size, count = 65_536, 2_000
    stub = server.stub()
    stub.EmptyCall(messages.Empty(), timeout=PATIENCE)
    before = server.resident_kib()
    responses = stub.StreamingOutputCall(outputs([size] * count), timeout=2 * PATIENCE)
    expect_sizes([next(responses)], [size])
    for _ in range(200):
        stub.EmptyCall(messages.Empty(), timeout=PATIENCE)
    grown = server.resident_kib() - before
    expect_that("KiB held for a client that does not read", grown < 16_384, grown)
    for number in range(1, count):
        if number % 50 == 0:
            stub.EmptyCall(messages.Empty(), timeout=PATIENCE)
        response = next(responses)
        expect("size", len(response.payload.body), size)
    expect("the rest", list(responses), [])


@case
def slow_server(server):
    """A server that hardly reads holds the client back."""
    size, count, ahead_max = 65_536, 300, 16
    given, taken, ahead = 0, 0, 0
    request = messages.StreamingOutputCallRequest(
        response_parameters=[messages.ResponseParameters(size=1, interval_us=2_000)],
        payload=payload(size))

    def requests():
        nonlocal given, ahead
        for _ in range(count):
            given += 1
            ahead = max(ahead, given - taken)
            yield request

    for response in server.stub().FullDuplexCall(requests(), timeout=2 * PATIENCE):
        expect("size", len(response.payload.body), 1)
        taken += 1
    expect("responses", taken, count)
    expect_that("requests ahead of their responses", ahead <= ahead_max, ahead)


# Many calls


@case
def pick_first_unary(server):
    stub = server.stub()
    request = messages.SimpleRequest(
        response_size=1, payload=payload(1), fill_server_id=True)
    seen = {stub.UnaryCall(request, timeout=PATIENCE).server_id for _ in range(20)}
    expect_that("one server answered all", len(seen) == 1 and "" not in seen, seen)


@case
def concurrent_large_unary(server):
    stub = server.stub()
    calls = [stub.UnaryCall.future(large_request(), timeout=4 * PATIENCE) for _ in range(1000)]
    for call in calls:
        expect_large(call.result())


def soak(server, new_channel_each):
    iterations, latency_max = 20, 10
    stub = server.stub()
    for _ in range(iterations):
        start = time.monotonic()
        if new_channel_each:
            with server.new_channel() as channel:
                expect_large(messages.Stub(channel).UnaryCall(large_request(), timeout=latency_max))
        else:
            expect_large(stub.UnaryCall(large_request(), timeout=latency_max))
        expect_that("seconds for one call", time.monotonic() - start < latency_max)


@case
def rpc_soak(server):
    soak(server, new_channel_each=False)


@case
def channel_soak(server):
    soak(server, new_channel_each=True)


# Compression


def compressed_flags(server, direction, work):
    """Does work on a channel whose frames are read along; the flag of each message, in order."""
    with FrameRecorder(server.port, server.authority) as recorder:
        with grpc.insecure_channel(f"127.0.0.1:{recorder.port}") as channel:
            work(messages.Stub(channel))
        return recorder.message_flags(direction)


def incompressible(size):
    """A payload that gzip cannot shrink: grpcio then sends it as it is, within a gzip call."""
    state, octets = 1, bytearray()
    while len(octets) < size:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        octets += (state >> 24).to_bytes(5, "big")
    return messages.Payload(body=bytes(octets[:size]))


@case
def client_compressed_unary(server):
    yes, no = messages.BoolValue(value=True), messages.BoolValue(value=False)

    def work(stub):
        code, _, _ = failure_of(
            lambda: stub.UnaryCall(large_request(expect_compressed=yes), timeout=PATIENCE))
        expect("the probe", code, grpc.StatusCode.INVALID_ARGUMENT)
        expect_large(stub.UnaryCall(
            large_request(expect_compressed=yes), compression=grpc.Compression.Gzip,
            timeout=PATIENCE))
        expect_large(stub.UnaryCall(large_request(expect_compressed=no), timeout=PATIENCE))

    expect("flags sent", compressed_flags(server, "to server", work), [0, 1, 0])


@case
def server_compressed_unary(server):
    def work(stub):
        for wanted in (True, False):
            expect_large(stub.UnaryCall(
                large_request(response_compressed=messages.BoolValue(value=wanted)),
                timeout=PATIENCE))

    expect("flags received", compressed_flags(server, "to client", work), [1, 0])


@case
def client_compressed_streaming(server):
    yes, no = messages.BoolValue(value=True), messages.BoolValue(value=False)

    def work(stub):
        first = messages.StreamingInputCallRequest(
            expect_compressed=yes, payload=payload(27182))
        last = messages.StreamingInputCallRequest(
            expect_compressed=no, payload=incompressible(45904))
        code, _, _ = failure_of(lambda: stub.StreamingInputCall(iter([first]), timeout=PATIENCE))
        expect("the probe", code, grpc.StatusCode.INVALID_ARGUMENT)
        response = stub.StreamingInputCall(
            iter([first, last]), compression=grpc.Compression.Gzip, timeout=PATIENCE)
        expect("sum", response.aggregated_payload_size, 73086)

    expect("flags sent", compressed_flags(server, "to server", work), [0, 1, 0])


@case
def server_compressed_streaming(server):
    def work(stub):
        request = messages.StreamingOutputCallRequest(response_parameters=[
            messages.ResponseParameters(size=size, compressed=messages.BoolValue(value=wanted))
            for size, wanted in ((31415, True), (92653, False))])
        expect_sizes(list(stub.StreamingOutputCall(request, timeout=PATIENCE)), (31415, 92653))

    expect("flags received", compressed_flags(server, "to client", work), [1, 0])
