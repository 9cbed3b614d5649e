"""A stock channelz client against a server that is called over several connections meanwhile.

Every number is compared; prints what differs and exits 1, or exits 0.
usage: grpcio_channelz.py PORT [CA [CERTIFICATE KEY [SERVER-CERTIFICATE]]] | unix:PATH
"""
import os
import queue
import ssl
import sys
import time

os.environ["GRPC_VERBOSITY"] = "NONE"
import grpc
from grpc_channelz.v1 import channelz_pb2 as z
from grpc_channelz.v1 import channelz_pb2_grpc

target, files = sys.argv[1], sys.argv[2:]
raw = dict(request_serializer=lambda m: m, response_deserializer=lambda m: m)
failures = []
began = time.time()


def check(name, seen, wanted):
    if seen != wanted:
        failures.append(f"{name}: {seen!r}, not {wanted!r}")


def connect():
    # Without a pool of its own, every channel to a target shares one connection.
    options = [("grpc.use_local_subchannel_pool", 1)]
    if files:
        pems = [open(path, "rb").read() for path in files]
        pair = (pems[2], pems[1]) if len(pems) > 2 else (None, None)
        credentials = grpc.ssl_channel_credentials(pems[0], *pair)
        return grpc.secure_channel(f"localhost:{target}", credentials, options)
    place = target if target.startswith("unix:") else f"127.0.0.1:{target}"
    return grpc.insecure_channel(place, options)


def refused(name, code, call, request):
    try:
        call(request, timeout=20)
        failures.append(f"{name}: answered")
    except grpc.RpcError as error:
        check(name, error.code(), code)


watcher = connect()
channelz = channelz_pb2_grpc.ChannelzStub(watcher)


def sockets(server, start=0, most=0):
    request = z.GetServerSocketsRequest(
        server_id=server, start_socket_id=start, max_results=most)
    return channelz.GetServerSockets(request, timeout=20)


def socket(number):
    return channelz.GetSocket(z.GetSocketRequest(socket_id=number), timeout=20).socket


def server_data():
    data = channelz.GetServer(z.GetServerRequest(server_id=main), timeout=20).server.data
    return data


# One server, with nothing in it but our own first call.
listing = channelz.GetServers(z.GetServersRequest(), timeout=20)
check("servers", (len(listing.server), listing.end), (1, True))
main = listing.server[0].ref.server_id
first = listing.server[0].data
check("first calls", (first.calls_started, first.calls_succeeded, first.calls_failed), (1, 0, 0))
check("servers past the last", len(channelz.GetServers(
    z.GetServersRequest(start_server_id=main + 1), timeout=20).server), 0)
check("own socket", (len(sockets(main).socket_ref), sockets(main).end), (1, True))
own = sockets(main).socket_ref[0].socket_id
own_calls = 5

# The place that is listened at.
for listen in listing.server[0].listen_socket:
    place = socket(listen.socket_id)
    own_calls += 1
    check("listen name", place.ref.name, listen.name)
    check("listen remote", place.HasField("remote"), False)
    if target.startswith("unix:"):
        check("listen path", place.local.uds_address.filename, target[len("unix:"):])
    else:
        check("listen port", place.local.tcpip_address.port, int(target))

# Connections of their own, one after another, so that their numbers rise in this order.
# name: calls of (streams, succeeded, failed, messages sent by the server, received by it)
wanted, numbers, kept = {}, {}, []
totals = [0, 0, 0]


def connection(name, calls, streams, lost, sent, received, ok, failed):
    channel = connect()
    kept.append(channel)
    calls(channel)
    known = set(numbers.values()) | {own}
    fresh = [ref.socket_id for ref in sockets(main).socket_ref if ref.socket_id not in known]
    check(f"{name} is a connection of its own", len(fresh), 1)
    numbers[name] = fresh[0]
    wanted[name] = (streams, streams - lost, lost, sent, received)
    for index, count in enumerate((ok + failed, ok, failed)):
        totals[index] += count
    return channel


def unary(channel):
    call = channel.unary_unary("/test.Echo/Unary", **raw)
    for size in (0, 10, 100_000):
        check("echo", len(call(bytes(size), timeout=20)), size)


def errors(channel):
    fail = channel.unary_unary("/test.Echo/Fail", **raw)
    none = channel.unary_unary("/test.Echo/None", **raw)
    refused("fail", grpc.StatusCode.FAILED_PRECONDITION, fail, b"no")
    refused("none", grpc.StatusCode.UNIMPLEMENTED, none, b"")
    channel.unary_unary("/test.Echo/Unary", **raw)(b"x", timeout=20)


def streams(channel):
    repeat = channel.unary_stream("/test.Echo/Repeat", **raw)
    check("repeat", len(list(repeat(b"7", timeout=20))), 7)
    count = channel.stream_unary("/test.Echo/Count", **raw)
    check("count", count(iter([b"ab", b"c", b"d"]), timeout=20), b"4")
    both = channel.stream_stream("/test.Echo/Both", **raw)
    check("both", len(list(both(iter([b"a", b"b"]), timeout=20))), 2)


def cancelled(channel):
    requests = queue.Queue()
    call = channel.stream_stream("/test.Echo/Both", **raw)(iter(requests.get, None))
    requests.put(b"a")
    check("first of a call that is cancelled", next(call), b"a")
    call.cancel()
    requests.put(None)
    # An answer behind the reset: the server has seen both.
    channel.unary_unary("/test.Echo/Unary", **raw)(b"x", timeout=20)


connection("unary", unary, 3, 0, 3, 3, 3, 0)
own_calls += 1
connection("errors", errors, 3, 0, 1, 2, 1, 2)
own_calls += 1
connection("streams", streams, 3, 0, 10, 6, 3, 0)
own_calls += 1
connection("cancelled", cancelled, 2, 1, 2, 2, 1, 1)
own_calls += 1


def near(name, stamp):
    seen = stamp.seconds + stamp.nanos / 1e9
    if not began - 5 <= seen <= time.time() + 5:
        failures.append(f"{name}: {seen}, not between {began} and now")


peers = set()
for name, number in numbers.items():
    seen = socket(number)
    own_calls += 1
    data = seen.data
    check(f"{name} number", seen.ref.socket_id, number)
    check(name, (data.streams_started, data.streams_succeeded, data.streams_failed,
                 data.messages_sent, data.messages_received), wanted[name])
    check(f"{name} keepalives", data.keep_alives_sent, 0)
    near(f"{name} stream", data.last_remote_stream_created_timestamp)
    near(f"{name} sent", data.last_message_sent_timestamp)
    near(f"{name} received", data.last_message_received_timestamp)
    check(f"{name} local stream", data.HasField("last_local_stream_created_timestamp"), False)
    for field in ("local_flow_control_window", "remote_flow_control_window"):
        window = getattr(data, field).value
        if not 0 < window <= 2**31 - 1:
            failures.append(f"{name} {field}: {window}")
    if target.startswith("unix:"):
        path = target[len("unix:"):]
        check(f"{name} ends", (seen.local.uds_address.filename, seen.remote.uds_address.filename),
              (path, path))
        check(f"{name} process", seen.remote_name, f"user {os.getuid()}, process {os.getpid()}")
        continue
    local, remote = seen.local.tcpip_address, seen.remote.tcpip_address
    if local.ip_address not in (bytes([127, 0, 0, 1]), bytes(15) + b"\1"):
        failures.append(f"{name} local: {local.ip_address!r}")
    check(f"{name} remote", remote.ip_address, local.ip_address)
    check(f"{name} port", local.port, int(target))
    peers.add(remote.port)
    if not files:
        check(f"{name} plaintext", seen.HasField("security"), False)
        continue
    tls = seen.security.tls
    if not tls.standard_name.startswith("TLS_"):
        failures.append(f"{name} cipher: {tls.standard_name!r}")
    if len(files) > 3:
        # Its own certificate and ours, as they are in the files.
        der = [ssl.PEM_cert_to_DER_cert(open(path).read()) for path in (files[3], files[1])]
        check(f"{name} certificates", [tls.local_certificate, tls.remote_certificate], der)
        check(f"{name} name", seen.remote_name, "spiffe://example.org/node")
if not target.startswith("unix:"):
    check("ports of peers", len(peers), len(numbers))

# The list by pages: rising, each once.
pages, start = [], 0
while True:
    page = sockets(main, start, 2)
    own_calls += 1
    pages += [ref.socket_id for ref in page.socket_ref]
    check("page", len(page.socket_ref) <= 2, True)
    if page.end or not page.socket_ref:
        break
    start = pages[-1] + 1
check("all by pages", pages, sorted([own, *numbers.values()]))

# What the connections did is what the server did.
data = server_data()
own_calls += 1
check("server", (data.calls_started, data.calls_succeeded, data.calls_failed),
      (totals[0] + own_calls, totals[1] + own_calls - 1, totals[2]))
near("last call", data.last_call_started_timestamp)

# What connections did that are gone is kept; they themselves are not.
kept[0].close()
deadline = time.time() + 20
while numbers["unary"] in [ref.socket_id for ref in sockets(main).socket_ref]:
    own_calls += 1
    if time.time() > deadline:
        failures.append("the closed connection is still shown")
        break
own_calls += 1
refused("gone", grpc.StatusCode.NOT_FOUND, channelz.GetSocket,
        z.GetSocketRequest(socket_id=numbers["unary"]))
own_calls += 1
data = server_data()
own_calls += 1
check("server later", (data.calls_started, data.calls_succeeded, data.calls_failed),
      (totals[0] + own_calls, totals[1] + own_calls - 2, totals[2] + 1))

# A keep for channels, and it is empty.
tops = channelz.GetTopChannels(z.GetTopChannelsRequest(), timeout=20)
check("top channels", (len(tops.channel), tops.end), (0, True))
refused("channel", grpc.StatusCode.NOT_FOUND, channelz.GetChannel,
        z.GetChannelRequest(channel_id=1))
refused("subchannel", grpc.StatusCode.NOT_FOUND, channelz.GetSubchannel,
        z.GetSubchannelRequest(subchannel_id=1))
refused("server", grpc.StatusCode.NOT_FOUND, channelz.GetServer,
        z.GetServerRequest(server_id=own))
refused("sockets", grpc.StatusCode.NOT_FOUND, channelz.GetServerSockets,
        z.GetServerSocketsRequest(server_id=main + 1_000_000))

print("\n".join(failures))
sys.exit(1 if failures else 0)
