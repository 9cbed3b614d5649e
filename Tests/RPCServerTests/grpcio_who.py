"""Asks the server who it takes us for, with a stock gRPC client; prints that or the status."""
import os
import sys

os.environ["GRPC_VERBOSITY"] = "NONE"
import grpc

port = sys.argv[1]
raw = dict(request_serializer=lambda m: m, response_deserializer=lambda m: m)
if port.startswith("unix:"):
    channel = grpc.insecure_channel(port)
else:
    files = [open(path, "rb").read() for path in sys.argv[2:]]
    pair = (files[2], files[1]) if len(files) == 3 else (None, None)
    credentials = grpc.ssl_channel_credentials(files[0], *pair)
    channel = grpc.secure_channel(f"localhost:{port}", credentials)
try:
    print(channel.unary_unary("/test.Who/AmI", **raw)(b"", timeout=20).decode())
except grpc.RpcError as error:
    print(error.code().name)
