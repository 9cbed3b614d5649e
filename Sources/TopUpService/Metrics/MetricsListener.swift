internal import Glibc
internal import RPCServer
internal import RPCTransport
internal import TopUpCore

/// What a scraper reads: calls, connections that were shown the door, webhooks and the process.
///
/// `@unchecked Sendable`: the listener is touched on its loop only; sources are safe from anywhere.
package final class MetricsListener: @unchecked Sendable {
  /// Scrapes at a time.
  private static let connectionsMax = 16

  private let loop: EpollLoop
  private let listener: Listener
  package let address: String

  private init(
    _ address: SocketAddress, on loop: EpollLoop, text: @escaping @Sendable () -> String
  ) throws(SystemError) {
    self.loop = loop
    listener = try Listener(address, on: loop) { _ in MetricsConnection(on: loop, text: text) }
    listener.connectionsMax = Self.connectionsMax
    self.address = listener.address.description
  }

  static func start(
    _ address: SocketAddress, on loop: EpollLoop, text: @escaping @Sendable () -> String
  ) async throws(SystemError) -> MetricsListener {
    try await loop.run { () throws(SystemError) in
      try MetricsListener(address, on: loop, text: text)
    }
  }

  func close() {
    loop.execute { [self] in
      listener.close()
      listener.closeConnections()
    }
  }

  /// The process's own figures, by the names that every Prometheus client uses.
  static func processText(started: UnixTime) -> String {
    var text = ExpositionText()
    // In microseconds, on every system (POSIX, clock(3)).
    let cpu = max(0, clock())
    text.begin("process_cpu_seconds_total", "CPU time used.", type: "counter")
    text.add("process_cpu_seconds_total", [], "\(cpu / 1_000_000).\(sixDigits(cpu % 1_000_000))")
    text.begin("process_resident_memory_bytes", "Memory in use.", type: "gauge")
    text.add("process_resident_memory_bytes", [], UInt64(residentBytes()))
    text.begin("process_open_fds", "Descriptors that are open.", type: "gauge")
    text.add("process_open_fds", [], UInt64(openDescriptors()))
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    text.begin("process_max_fds", "Descriptors that may be open.", type: "gauge")
    text.add("process_max_fds", [], UInt64(limit.rlim_cur))
    text.begin("process_start_time_seconds", "When the process started.", type: "gauge")
    text.add("process_start_time_seconds", [], UInt64(clamping: started.milliseconds / 1000))
    text.begin("topup_build_info", "What is running.", type: "gauge")
    text.add("topup_build_info", [("version", Release.version)], 1)
    return text.text
  }

  private static func sixDigits(_ number: Int) -> String {
    String(repeating: "0", count: 6 - String(number).count) + String(number)
  }

  private static func residentBytes() -> Int {
    // The second number of statm is the resident set in pages (proc(5)).
    let words = (HostFile.text("/proc/self/statm") ?? "").split(separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  private static func openDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return max(count - 3, 0)  // Dot, dot-dot and the folder itself.
  }
}
