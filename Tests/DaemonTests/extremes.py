"""Every field of every request at the ends of what it can hold: each call is answered with a status
that says what is wrong, or what came of it, and the daemon works on.

A number too large is no bug of the caller's that may end the service: a sum that does not fit ends a
Swift program.
"""
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message_factory import GetMessageClass

from harness import (ALICE, CLUSTER, World, account, admin_pb2, balance_pb2, check, common_pb2,
                     finish, payment_methods_pb2 as pm, topup_pb2)

DEPTH = 4
INT128, UINT128 = str(2 ** 127 - 1), str(2 ** 128 - 1)
NUMBERS = {
    Field.CPPTYPE_INT32: (-2 ** 31, -1, 0, 2 ** 31 - 1),
    Field.CPPTYPE_INT64: (-2 ** 63, -1, 0, 2 ** 62, 2 ** 63 - 1),
    Field.CPPTYPE_UINT32: (0, 2 ** 32 - 1),
    Field.CPPTYPE_UINT64: (0, 2 ** 62, 2 ** 62 + 1, 2 ** 63, 2 ** 64 - 1),
    Field.CPPTYPE_BOOL: (False, True),
    Field.CPPTYPE_ENUM: (-2 ** 31, 0, 2, 99, 2 ** 31 - 1),
}
TEXTS = ("", "0", "-1", INT128, UINT128, "9" * 60, "1e9", "x" * 20_000, "é\u202e", " a ")
BYTES = (b"", b"\xff" * 20, b"\xff" * 32, bytes(16), bytes(5_000))
# A status of these says that the service failed, not the caller.
FAILED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL,
          grpc.StatusCode.DATA_LOSS}

world = World()
payer, card = world.fund()
world.burn()
world.report()
world.until_final()
GOOD = {
    "tenant": payer.tenant, "user": payer.user, "currency": "USD", "name": "ops", "reason": "test",
    "id": world.of()[0].id, "top_up_id": world.of()[0].id, "payment_method_id": card.id,
    "payment_method_ids": card.id, "cluster_id": "0x" + CLUSTER.hex(), "source_id": "node-1",
    "owner": "0x" + ALICE.hex(), "text_version": "1", "time_zone": "UTC", "threshold": "1000",
    "tokens": "1000", "amount": "1000", "balance_active": "0", "refill_to": "100000",
}
GOOD_NUMBERS = {"minor_units": 700, "from_seq": 1, "to_seq": 1, "seq": 1, "version": 1}
GOOD_BYTES = {"cluster_id": CLUSTER, "owner": ALICE, "event_id": bytes(16), "block_hash": bytes(32)}
keys = iter(range(10 ** 9))


def is_list(field):
    return field.is_repeated if hasattr(field, "is_repeated") else field.label == Field.LABEL_REPEATED


def put(message, field, value):
    if is_list(field):
        del getattr(message, field.name)[:]
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def inner(message, field):
    """The message in a field, made good when there is none yet."""
    if is_list(field):
        held = getattr(message, field.name)
        return held[0] if held else good(held.add(), 1)
    if not message.HasField(field.name):
        good(getattr(message, field.name), 1).SetInParent()
    return getattr(message, field.name)


def good(message, depth=0):
    """Fills a message with what is in order, as far as names tell."""
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if oneof and message.WhichOneof(oneof.name):
            continue
        if field.cpp_type == Field.CPPTYPE_MESSAGE:
            if depth < DEPTH and field.message_type is not message.DESCRIPTOR:
                held = getattr(message, field.name)
                good(held.add() if is_list(field) else held, depth + 1)
                if not is_list(field):
                    held.SetInParent()
        elif field.name == "idempotency_key":
            put(message, field, f"extreme-{next(keys)}")
        elif field.type == Field.TYPE_BYTES:
            put(message, field, GOOD_BYTES.get(field.name, b"x"))
        elif field.cpp_type == Field.CPPTYPE_STRING:
            put(message, field, GOOD.get(field.name, ""))
        elif field.cpp_type == Field.CPPTYPE_ENUM:
            put(message, field, 1)
        elif field.cpp_type != Field.CPPTYPE_BOOL:
            put(message, field, GOOD_NUMBERS.get(field.name, 0))
    return message


def leaves(descriptor, path=()):
    for field in descriptor.fields:
        if field.cpp_type == Field.CPPTYPE_MESSAGE:
            if len(path) < DEPTH and field.message_type is not descriptor:
                yield from leaves(field.message_type, path + (field,))
        elif field.type == Field.TYPE_BYTES:
            yield path + (field,), BYTES
        elif field.cpp_type == Field.CPPTYPE_STRING:
            yield path + (field,), TEXTS
        else:
            yield path + (field,), NUMBERS[field.cpp_type]


def extremes(descriptor):
    """Requests in order but for one field, with words that say which."""
    for path, values in leaves(descriptor):
        for value in values:
            request = place = good(GetMessageClass(descriptor)())
            for field in path[:-1]:
                place = inner(place, field)
            put(place, path[-1], value)
            name = ".".join(field.name for field in path)
            yield f"{name} = {str(value)[:50]!r}", request


def answer(service, method, request):
    kind = ("stream" if method.client_streaming else "unary",
            "stream" if method.server_streaming else "unary")
    call = getattr(world.channel, f"{kind[0]}_{kind[1]}")(
        f"/{service.full_name}/{method.name}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(method.output_type).FromString)
    try:
        if kind == ("unary", "unary"):
            call(request, timeout=20)
        elif kind == ("unary", "stream"):
            # What it begins with, if with anything.
            watching = call(request, timeout=0.3)
            next(watching, None)
            watching.cancel()
        else:
            hello = balance_pb2.StreamLowBalanceRequest(hello=balance_pb2.Hello(
                source_id=f"node-{next(keys)}", source_epoch=1, version=1))
            began = [] if request.WhichOneof("message") == "hello" else [hello]
            list(call(iter([*began, request]), timeout=20))
        return grpc.StatusCode.OK, ""
    except grpc.RpcError as error:
        return error.code(), error.details()


def hold(service, method, what, request):
    if world.daemon.poll() is not None:
        return None
    code, details = answer(service, method, request)
    name = f"{service.name}.{method.name}: {what}"
    check(name, code not in FAILED, (code, details))
    check(f"{name}: in time", code != grpc.StatusCode.DEADLINE_EXCEEDED or method.server_streaming,
          details)
    if code not in (grpc.StatusCode.OK, grpc.StatusCode.DEADLINE_EXCEEDED):
        check(f"{name}: says why", details, code)
    return code


files = (common_pb2, topup_pb2, balance_pb2, pm, admin_pb2)
services = [service for file in files for service in file.DESCRIPTOR.services_by_name.values()]
jobs = [(service, method, what, request) for service in services for method in service.methods
        # Last of all, for a service that is stopped refuses before it reads.
        if method.name != "SetKillSwitch" for what, request in extremes(method.input_type)]
with ThreadPoolExecutor(4) as pool:
    codes = list(pool.map(lambda job: hold(*job), jobs))
check("many calls", len(jobs) > 2_500, len(jobs))
check("some are served, most are not",
      0.02 < codes.count(grpc.StatusCode.OK) / len(codes) < 0.9,
      codes.count(grpc.StatusCode.OK) / len(codes))
check("the daemon that began is at work", world.daemon.poll() is None, world.daemon.poll())
if world.daemon.poll() is not None:
    finish(world)
left = world.balances.GetBalance(balance_pb2.GetBalanceRequest(account=account()), timeout=10)
check("and answers as before", left.balance.exists, left)
world.verify_sound()
finish(world)
