import TopUpCore

/// What happened, a line each, and the digest over all of it: two runs of one seed have the same.
///
/// `@unchecked Sendable`: a simulation is one thread's.
final class Trace: @unchecked Sendable {
  /// Told of each line as it comes.
  var print: ((String) -> Void)?
  /// FNV-1a over the lines.
  private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var lines = 0

  /// - Parameter detail: for who reads along; not in the digest, for to spell values out is a tenth of
  ///   the time of a run.
  func note(_ time: UnixTime, _ text: String, _ detail: @autoclosure () -> String = "") {
    let text = "\(time.milliseconds) \(text)"
    for byte in text.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    lines += 1
    if let print { print(text + detail()) }
  }
}
