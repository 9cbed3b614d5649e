internal import TopUpCore

/// The parts of a `Stripe-Signature` header: `t=<unix>,v1=<hex>[,v1=<hex>…][,<others>]`.
struct StripeSignatureHeader: Hashable, Sendable {
  /// As it stands in the header: these bytes are what was signed.
  let timestampText: String
  let timestamp: Int64
  /// The codes of scheme `v1` that have its length. `v0` is for tests alone, and schemes that are
  /// not known yet do not count either: nobody may choose a weaker one.
  let signatures: [[UInt8]]

  init(_ header: String) throws(StripeSignatureError) {
    let length = header.utf8.count
    guard length <= StripeSignature.headerBytesMax else { throw .headerTooLong(bytes: length) }
    var timestamp: Int64?
    var timestampText = ""
    var signatures: [[UInt8]] = []
    for part in header.split(separator: ",") {
      let pair = part.trimmingBlanks
      if pair.isEmpty { continue }
      guard let equals = pair.firstIndex(of: "=") else { throw .malformedHeader }
      let value = pair[pair.index(after: equals)...]
      switch pair[..<equals] {
      case "t":
        guard timestamp == nil else { throw .repeatedTimestamp }
        guard let seconds = Self.seconds(value) else { throw .malformedHeader }
        timestamp = seconds
        timestampText = String(value)
      case "v1":
        if let code = Hex.bytes(value), code.count == HMACSHA256.bytes { signatures.append(code) }
      default: continue
      }
    }
    guard let timestamp else { throw .missingTimestamp }
    guard !signatures.isEmpty else { throw .missingSignature }
    self.timestamp = timestamp
    self.timestampText = timestampText
    self.signatures = signatures
  }

  /// Decimal digits alone, within this epoch.
  private static func seconds(_ text: Substring) -> Int64? {
    guard text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let seconds = Int64(text),
      seconds <= UnixTime.readableMilliseconds.upperBound / 1000
    else { return nil }
    return seconds
  }
}
