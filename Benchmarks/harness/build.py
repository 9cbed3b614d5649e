"""Builds what is measured: our release programs, linked as they are shipped, and the peers."""
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
STATIC = ROOT / ".build-static"
PEERS = ROOT / ".build-peers"
STRIPPED = STATIC / "stripped"


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(name, command):
    """Runs a step of a build; what it says is shown only when it fails."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nscripts/bench: building {name} failed: {command[0]}")
    return done.stdout


def timed(name, steps):
    begun = time.monotonic()
    say(f"building {name} …")
    steps()
    say(f"building {name}: {time.monotonic() - begun:.0f} s")


def ours(product):
    """A release program with the Swift runtime linked in, without debug information: callgrind
    cannot read Swift's."""
    def steps():
        flags = ["-c", "release", "--static-swift-stdlib", "--scratch-path", STATIC]
        run(product, ["swift", "build", *flags, "--product", product])
        STRIPPED.mkdir(exist_ok=True)
        made = STRIPPED / f"{product}.new"
        shutil.copy(STATIC / "release" / product, made)
        run(product, ["strip", "-g", made])
        os.replace(made, STRIPPED / product)
    timed(product, steps)
    return STRIPPED / product


def pkg_config(*packages):
    return shlex.split(run("pkg-config", ["pkg-config", "--cflags", "--libs", *packages]))


def is_fresh(made, sources):
    return made.exists() and all(made.stat().st_mtime > source.stat().st_mtime for source in sources)


def c_program(folder, name, sources, flags):
    """A program in C of one folder of Benchmarks, made anew when anything in it has changed."""
    sources = [ROOT / "Benchmarks" / folder / source for source in sources]
    made = PEERS / folder / name
    if not is_fresh(made, [*sources, *sources[0].parent.glob("*.h")]):
        made.parent.mkdir(parents=True, exist_ok=True)
        timed(name, lambda: run(name, [
            "cc", "-std=c11", "-O2", "-DNDEBUG", "-Wall", "-Wextra", *sources, "-o", made, *flags]))
    return made


def nghttp2_server():
    return c_program("nghttp2", "nghttp2server", ["echo_server.c"], pkg_config("libnghttp2"))


def rpcload():
    return c_program("nghttp2", "rpcload", ["rpcload.c", "client.c"], pkg_config("libnghttp2"))


def topupload():
    return c_program("nghttp2", "topupload", ["topupload.c", "client.c"], pkg_config("libnghttp2"))


def c_entries():
    return c_program("sqlite", "entries", ["entries.c", "blake2b.c"],
                     [*pkg_config("sqlite3"), "-lpthread"])


def slow_disk():
    """What stands between a program and its disk in the tests, here to make each sync take longer."""
    source = ROOT / "Tests" / "DaemonTests" / "shim" / "disk.c"
    made = PEERS / "sqlite" / "disk.so"
    if not is_fresh(made, [source]):
        made.parent.mkdir(parents=True, exist_ok=True)
        timed("disk.so", lambda: run("disk.so", [
            "cc", "-O2", "-fPIC", "-shared", source, "-o", made, "-ldl", "-lpthread"]))
    return made


def grpc_cpp():
    folder = PEERS / "grpc-cpp"
    proto = "topupd/bench/v1/echo.proto"
    source = ROOT / "Benchmarks" / "grpc-cpp" / "echo_server.cc"
    made = folder / "grpccppserver"

    def steps():
        folder.mkdir(parents=True, exist_ok=True)
        run("gRPC C++", [
            "protoc", "-I", ROOT / "proto", f"--cpp_out={folder}", f"--grpc_out={folder}",
            f"--plugin=protoc-gen-grpc={shutil.which('grpc_cpp_plugin')}", proto])
        generated = [folder / proto.replace(".proto", end) for end in (".pb.cc", ".grpc.pb.cc")]
        run("gRPC C++", [
            "c++", "-std=c++17", "-O2", "-DNDEBUG", "-I", folder, source, *generated, "-o", made,
            *pkg_config("grpc++", "protobuf")])
    if not is_fresh(made, [source, ROOT / "proto" / proto]):
        timed("gRPC C++ server", steps)
    return made


def grpc_swift():
    scratch = PEERS / "grpc-swift"
    timed("grpc-swift-2 server (the first time takes some minutes)", lambda: run("grpc-swift-2", [
        "swift", "build", "-c", "release", "--package-path", ROOT / "Benchmarks" / "grpc-swift",
        "--scratch-path", scratch, "--product", "grpcswiftserver"]))
    return scratch / "release" / "grpcswiftserver"
