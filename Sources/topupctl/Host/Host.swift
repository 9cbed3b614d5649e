internal import Glibc

/// The one door to the machine: descriptors, environment, clocks, signals.
enum Host {
  static let standardOutput: Int32 = 1
  static let standardError: Int32 = 2

  /// Writes all of a text.
  ///
  /// - Returns: nil, or the system's words for why it could not be written. A reader that has gone
  ///   away ends the process by SIGPIPE, as of any tool in a pipeline.
  static func write(_ text: String, to descriptor: Int32) -> String? {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        waitWritable(descriptor)
      } else if errno != EINTR {
        return errorText(errno)
      }
    }
    return nil
  }

  /// A terminal shared with a program that made it non-blocking can be full for a moment.
  private static func waitWritable(_ descriptor: Int32) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = unsafe poll(&entry, 1, -1)
  }

  /// - Returns: nil when the file cannot be read, is larger than `bytesMax` or is not UTF-8.
  static func text(ofFile path: String, bytesMax: Int) -> String? {
    guard let file = unsafe fopen(path, "re") else { return nil }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    guard unsafe ferror(file) == 0, count <= bytesMax else { return nil }
    return String(validating: bytes.prefix(count), as: UTF8.self)
  }

  static func errorText(_ number: Int32) -> String { unsafe String(cString: strerror(number)) }

  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// A variable of the environment; nil when it is not set or empty.
  static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// Nanoseconds of CLOCK_REALTIME.
  static func unixNanoseconds() -> Int64 { nanoseconds(CLOCK_REALTIME) }

  /// Nanoseconds of CLOCK_MONOTONIC.
  static func monotonicNanoseconds() -> Int64 { nanoseconds(CLOCK_MONOTONIC) }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// How far local time is ahead of UTC at a moment, in seconds; 0 where the C library cannot say.
  static func secondsFromUTC(at unixSeconds: Int64) -> Int64 {
    var moment = time_t(unixSeconds)
    var parts = unsafe tm()
    guard unsafe localtime_r(&moment, &parts) != nil else { return 0 }
    return Int64(unsafe parts.tm_gmtoff)
  }

  /// Ends the process with 130 at SIGINT; every answer has been written by then, for nothing is
  /// buffered.
  static func endOnInterrupt() {
    _ = signal(SIGINT) { _ in _exit(ExitStatus.interrupted) }
  }

  /// Asks a person a question on the terminal.
  ///
  /// - Returns: the line without its end; nil when there is no terminal to ask on.
  static func ask(_ question: String) -> String? {
    guard isTerminal(0), isTerminal(standardError) else { return nil }
    _ = write(question, to: standardError)
    return readLine() ?? ""
  }

  static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}
