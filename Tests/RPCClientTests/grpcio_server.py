"""A stock gRPC server with the methods of the echo service. Prints its port; ends with its input."""
import sys
from concurrent import futures

import grpc


def unary(request, context):
    return request


def fail(request, context):
    context.set_trailing_metadata((("why", "asked to"), ("details-bin", b"\x00\xff")))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, request.decode())


def metadata(request, context):
    pairs = tuple((k, v) for k, v in context.invocation_metadata() if k.startswith("x-"))
    context.send_initial_metadata(pairs)
    context.set_trailing_metadata(pairs)
    return request


def sleep(request, context):
    done = futures.Future()
    context.add_callback(lambda: done.set_result(None))
    done.result()
    return b""


def count(requests, context):
    return b"%d" % sum(len(request) for request in requests)


def repeat(request, context):
    for index in range(int(request)):
        yield bytes([index & 0xFF]) * 1000


def both(requests, context):
    yield from requests


handlers = grpc.method_handlers_generic_handler(
    "test.Echo",
    {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Metadata": grpc.unary_unary_rpc_method_handler(metadata),
        "Sleep": grpc.unary_unary_rpc_method_handler(sleep),
        "Count": grpc.stream_unary_rpc_method_handler(count),
        "Repeat": grpc.unary_stream_rpc_method_handler(repeat),
        "Both": grpc.stream_stream_rpc_method_handler(both),
    },
)
server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
server.add_generic_rpc_handlers((handlers,))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(grace=5).wait()
