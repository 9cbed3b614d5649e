"""A stock gRPC client against the echo service; prints what differs and exits 1, or exits 0."""
import sys
import threading
import time

import grpc

port = sys.argv[1]
failures = []


def check(name, condition, seen=""):
    if not condition:
        failures.append(f"{name}: {seen!r}")


if len(sys.argv) > 2:
    with open(sys.argv[2], "rb") as roots:
        credentials = grpc.ssl_channel_credentials(roots.read())
    channel = grpc.secure_channel(f"localhost:{port}", credentials)
else:
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
raw = dict(request_serializer=lambda m: m, response_deserializer=lambda m: m)
unary = channel.unary_unary("/test.Echo/Unary", **raw)

for size in (0, 1, 5, 100, 16384, 65535, 300_000, 4_194_304):
    message = bytes(i & 0xFF for i in range(size))
    check(f"unary {size}", unary(message, timeout=20) == message)


def status_of(call):
    try:
        call()
        return grpc.StatusCode.OK, "", {}
    except grpc.RpcError as error:
        return error.code(), error.details(), dict(error.trailing_metadata() or ())


code, details, _ = status_of(lambda: unary(b"x" * 4_194_305, timeout=20))
check("over the limit", code == grpc.StatusCode.RESOURCE_EXHAUSTED, (code, details))
check("after a refusal", unary(b"again", timeout=5) == b"again")

text = "tab\t newline\n ü ☺ %25 \x7f"
fail = channel.unary_unary("/test.Echo/Fail", **raw)
code, details, trailers = status_of(lambda: fail(text.encode(), timeout=5))
check("status code", code == grpc.StatusCode.FAILED_PRECONDITION, code)
check("status message", details == text, details)
check("trailers", trailers.get("why") == "asked to", trailers)

code, details, _ = status_of(lambda: channel.unary_unary("/test.Echo/None", **raw)(b"", timeout=5))
check("unknown method", code == grpc.StatusCode.UNIMPLEMENTED, (code, details))
code, details, _ = status_of(lambda: unary(b"malformed", timeout=5))
check("malformed", code == grpc.StatusCode.INTERNAL, (code, details))

sent = (("x-one", "1"), ("x-two", "a"), ("x-two", "b"), ("x-bytes-bin", bytes(range(256))))
response, call = channel.unary_unary("/test.Echo/Metadata", **raw).with_call(
    b"m", timeout=5, metadata=sent)
initial = [(k, v) for k, v in call.initial_metadata() if k.startswith("x-")]
trailing = [(k, v) for k, v in call.trailing_metadata() if k.startswith("x-")]
check("initial metadata", initial == list(sent), initial)
check("trailing metadata", trailing == list(sent), trailing)

sleep = channel.unary_unary("/test.Echo/Sleep", **raw)
start = time.monotonic()
code, _, _ = status_of(lambda: sleep(b"", timeout=0.2))
check("deadline", code == grpc.StatusCode.DEADLINE_EXCEEDED, code)
check("deadline on time", time.monotonic() - start < 3)
pending = sleep.future(b"", timeout=20)
pending.cancel()
check("cancel", pending.cancelled())

count = channel.stream_unary("/test.Echo/Count", **raw)
check("client stream", count((b"x" * 100 for _ in range(10_000)), timeout=30) == b"1000000")
check("empty client stream", count(iter(()), timeout=5) == b"0")

repeat = channel.unary_stream("/test.Echo/Repeat", **raw)
got = list(repeat(b"5000", timeout=30))
check("server stream", len(got) == 5000 and all(len(m) == 1000 for m in got), len(got))
early = repeat(b"100000", timeout=30)
next(early)
early.cancel()
check("after a cancelled stream", unary(b"fine", timeout=5) == b"fine")

both = channel.stream_stream("/test.Echo/Both", **raw)
messages = [bytes([i & 0xFF]) * (i % 700) for i in range(3000)]
check("both ways", list(both(iter(messages), timeout=30)) == messages)

calls = [unary.future(b"%d" % i, timeout=20) for i in range(2000)]
check("2000 at once", all(call.result() == b"%d" % i for i, call in enumerate(calls)))

for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
