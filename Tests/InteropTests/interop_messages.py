"""The interop messages and a stub, from the repository's own .proto files; no module is generated."""
import os
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILES = [f"grpc/testing/{name}.proto" for name in ("empty", "messages", "test")]


def load():
    pool = descriptor_pool.DescriptorPool()
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "set")
        arguments = ["protoc", f"-I{ROOT}/proto", f"--descriptor_set_out={out}", "--include_imports"]
        if protoc.main(arguments + FILES) != 0:
            raise SystemExit("protoc failed")
        with open(out, "rb") as file:
            for each in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
                pool.Add(each)
    return pool


POOL = load()
for _path in FILES[:2]:
    for _name, _descriptor in POOL.FindFileByName(_path).message_types_by_name.items():
        globals()[_name] = message_factory.GetMessageClass(_descriptor)


class Stub:
    """The methods of grpc.testing.TestService on a channel."""

    def __init__(self, channel):
        service = POOL.FindServiceByName("grpc.testing.TestService")
        for method in service.methods:
            kind = "_".join("stream" if streams else "unary"
                            for streams in (method.client_streaming, method.server_streaming))
            setattr(self, method.name, getattr(channel, kind)(
                f"/{service.full_name}/{method.name}",
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=message_factory.GetMessageClass(
                    method.output_type).FromString))
