"""The figures, as issue 3 names and bounds them."""
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """A metric of one subject, or its ratio to the same metric of another, round by round."""
    name: str
    what: str
    floor: float
    aim: float
    lower_is_better: bool
    measurement: str
    metric: str
    subject: str
    against: str | None = None

    def values(self, samples):
        ours = samples.get((self.metric, self.subject), [])
        if self.against is None:
            return ours
        return [a / b for a, b in zip(ours, samples.get((self.metric, self.against), []))]

    def value(self, samples):
        values = self.values(samples)
        return median(values) if values else None

    def verdict(self, value):
        if value is None:
            return "unavailable"
        if self.lower_is_better:
            return "aim" if value <= self.aim else "floor" if value <= self.floor else "MISSED"
        return "aim" if value >= self.aim else "floor" if value >= self.floor else "MISSED"

    @property
    def subjects(self):
        return [self.subject] if self.against is None else [self.subject, self.against]


OURS, CPP, SWIFT, NGHTTP2, TOPUPD = "topupd's", "gRPC C++", "grpc-swift-2", "nghttp2", "topupd"
ONE_LOOP, TWO_LOOPS = "one loop", "two loops"

FIGURES = [
    Figure("unary_cpu_vs_grpc_cpp", "CPU per unary call, gRPC C++ ÷ ours",
           3, 5, False, "unary", "unary_cpu_us", CPP, OURS),
    Figure("unary_cpu_vs_grpc_swift", "CPU per unary call, grpc-swift-2 ÷ ours",
           20, 40, False, "unary", "unary_cpu_us", SWIFT, OURS),
    Figure("unary_cpu_over_nghttp2", "CPU per unary call, ours ÷ nghttp2's",
           2.0, 1.4, True, "unary", "unary_cpu_us", OURS, NGHTTP2),
    Figure("unary_instructions", "user instructions per unary call",
           30_000, 22_000, True, "instructions", "unary_instructions", OURS),
    Figure("ingest_vs_grpc_cpp", "messages/s into one client stream, ours ÷ gRPC C++",
           3, 7, False, "ingest", "ingest_per_s", OURS, CPP),
    Figure("server_stream_vs_grpc_cpp", "messages/s out of one server stream, ours ÷ gRPC C++",
           3, 10, False, "emit", "emit_per_s", OURS, CPP),
    Figure("unary_p50_vs_grpc_cpp", "p50 of one caller, ours ÷ gRPC C++",
           1.0, 0.75, True, "one caller", "p50_us", OURS, CPP),
    Figure("unary_tls_cpu_vs_grpc_cpp", "CPU per unary call over TLS, gRPC C++ ÷ ours",
           2.5, 4, False, "tls", "tls_cpu_us", CPP, OURS),
    Figure("idle_rss_mb", "RSS of idle topupd, MB",
           24, 20, True, "idle", "idle_rss_mb", TOPUPD),
    Figure("idle_connection_kb", "RSS per idle connection of topupd, KB",
           25, 12, True, "idle", "idle_connection_kb", TOPUPD),
    Figure("start_ms", "topupd, exec to first answered call, ms",
           50, 15, True, "start", "start_ms", TOPUPD),
    Figure("two_loops_efficiency", "CPU per call, one loop ÷ two",
           0.85, 0.97, False, "loops", "loops_cpu_us", ONE_LOOP, TWO_LOOPS),
]
