"""The server under attack, and what must be true of it."""
import os
import signal
import subprocess
import time

from frames import *  # noqa: F403

# Whoever is not the attacker comes from another address.
HONEST = "127.0.0.2"
# Allocators keep what they had: it is enough that it does not grow with the attack.
RSS_FACTOR = 1.2


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


class Victim:
    def __init__(self, folder, *options):
        self.process = subprocess.Popen(
            [f"{folder}/benchserver", "--port", "0", *options], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        words = self.process.stdout.readline().split()
        expect(words[:1] == ["ready"], f"the server said {words}")
        self.port = int(words[1])
        self.pid = self.process.pid

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def has_ended(self):
        return self.process.poll() is not None

    def counters(self):
        """What it protected itself from, by reason."""
        self.process.send_signal(signal.SIGUSR1)
        words = self.process.stdout.readline().split()
        expect(words[:1] == ["counters"], f"the server said {words}")
        return {name: int(count) for name, count in (word.split("=") for word in words[1:])}

    def latency_ms(self):
        """Of one call on a connection of its own, answered right."""
        start = time.monotonic()
        with Peer(self.port, source=HONEST) as peer:
            peer.send(headers(1) + frame(DATA, END_STREAM, 1, message()))
            expect(peer.read_until(lambda frames: any(
                f[0] == HEADERS and f[2] == 1 and f[1] & END_STREAM for f in frames)),
                "an honest client got no answer")
            data = b"".join(f[3] for f in peer.frames() if f[0] == DATA and f[2] == 1)
            expect(data == message(), f"an honest client got {data!r}")
        return (time.monotonic() - start) * 1000

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            parts = stat.read().rsplit(")", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def rss_kb(self):
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def settle(self):
        """Waits until the CPU has been idle for a while; returns the seconds that took."""
        start = time.monotonic()
        while time.monotonic() - start < 20:
            before = self.cpu_seconds()
            time.sleep(0.3)
            if self.cpu_seconds() - before <= 0.01:
                return time.monotonic() - start
        raise AssertionError("the server's CPU does not come to rest")

    def measure(self):
        """Takes what is usual, after a round of everything, so that lasting memory is in it."""
        self.settle()
        self.usual_ms = sorted(self.latency_ms() for _ in range(50))[45]
        self.usual_kb = self.rss_kb()
        return f"rss {self.usual_kb} KiB, latency p90 {self.usual_ms:.1f} ms"

    def expect_unharmed(self):
        """Its CPU rests, another client is answered as fast as ever, and its memory is back."""
        rest = self.settle()
        latency = min(self.latency_ms() for _ in range(10))
        expect(latency <= 2 * self.usual_ms + 2,
               f"latency {latency:.1f} ms, usually {self.usual_ms:.1f}")
        rss = self.rss_kb()
        expect(rss <= self.usual_kb * RSS_FACTOR, f"rss {rss} KiB, was {self.usual_kb}")
        return f"rest {rest:.1f} s, {latency:.1f} ms, rss {rss} KiB"
