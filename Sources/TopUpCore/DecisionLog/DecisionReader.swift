/// Reads what ``DecisionWriter`` writes. Nothing is built that the bytes left over cannot hold.
struct DecisionReader {
  /// Of all texts together; a record has a kilobyte or two.
  private static let textBytesMax = 1 << 20

  private var scale: SCALEReader
  private let source: [UInt8]
  private var texts = TextHistory()
  private(set) var now = UnixTime(milliseconds: 0)

  init(_ bytes: [UInt8]) throws(DecisionCodecError) {
    source = bytes
    scale = SCALEReader(bytes)
    guard let version = try raw(1).first, version == DecisionCodec.version else {
      throw .version(bytes[0])
    }
    now = UnixTime(milliseconds: try int())
  }

  func finish() throws(DecisionCodecError) {
    do throws(SCALEError) { try scale.finish() } catch { throw .scale(error) }
  }

  // MARK: Numbers

  mutating func tag() throws(DecisionCodecError) -> UInt8 { try compact() }

  mutating func flag() throws(DecisionCodecError) -> Bool {
    switch try tag() {
    case 0: false
    case 1: true
    default: throw .impossible("flag")
    }
  }

  mutating func uint() throws(DecisionCodecError) -> UInt64 { try compact() }

  mutating func int() throws(DecisionCodecError) -> Int64 {
    guard let value = Int64(exactly: try amount()) else { throw .impossible("integer") }
    return value
  }

  mutating func amount() throws(DecisionCodecError) -> Int128 {
    let value: UInt128 = try compact()
    return Int128(bitPattern: value >> 1) ^ -Int128(bitPattern: value & 1)
  }

  /// One of those that are counted, so that what is counted next has room.
  mutating func count() throws(DecisionCodecError) -> Int64 {
    let value = try int()
    guard 0...Int64(UInt32.max) ~= value else { throw .impossible("count") }
    return value
  }

  mutating func time() throws(DecisionCodecError) -> UnixTime {
    UnixTime(milliseconds: now.milliseconds &+ (try int()))
  }

  mutating func span() throws(DecisionCodecError) -> Duration {
    let (seconds, attoseconds) = (try int(), try int())
    // Within the second, on the same side of zero: the one pair that a span is told as.
    guard attoseconds.magnitude < 1_000_000_000_000_000_000,
      seconds.magnitude < 1 << 62
    else { throw .impossible("span") }
    return Duration(secondsComponent: seconds, attosecondsComponent: attoseconds)
  }

  private mutating func compact<Value: FixedWidthInteger & UnsignedInteger>()
    throws(DecisionCodecError) -> Value
  {
    do throws(SCALEError) { return try scale.compact() } catch { throw .scale(error) }
  }

  // MARK: Texts and bytes

  mutating func raw(_ count: Int) throws(DecisionCodecError) -> [UInt8] {
    do throws(SCALEError) { return Array(try scale.bytes(count)) } catch { throw .scale(error) }
  }

  mutating func text() throws(DecisionCodecError) -> String {
    let head = try uint()
    guard let count = Int(exactly: head >> 2), count <= source.count else {
      throw .impossible("text")
    }
    let bytes: [UInt8] =
      switch head & 3 {
      case 0: try raw(count)
      case 1: Array(Hex.prefixedText(try raw(count)).utf8)
      case 2: try again(count)
      default: try extending(count)
      }
    // References may say much in few bytes.
    guard texts.byteCount + bytes.count <= Self.textBytesMax,
      let text = String(validating: bytes, as: UTF8.self)
    else { throw .impossible("text") }
    texts.note(bytes)
    return text
  }

  private func again(_ index: Int) throws(DecisionCodecError) -> [UInt8] {
    guard texts.texts.indices.contains(index) else { throw .impossible("text") }
    return texts.texts[index]
  }

  private mutating func extending(_ shared: Int) throws(DecisionCodecError) -> [UInt8] {
    let more = try uint()
    guard let last = texts.texts.last, shared <= last.count,
      let count = Int(exactly: more), count <= source.count
    else { throw .impossible("text") }
    return last[..<shared] + (try raw(count))
  }

  // MARK: Shapes

  mutating func optional<Value>(
    _ read: (inout Self) throws(DecisionCodecError) -> Value
  ) throws(DecisionCodecError) -> Value? {
    try flag() ? try read(&self) : nil
  }

  mutating func list<Value>(
    _ read: (inout Self) throws(DecisionCodecError) -> Value
  ) throws(DecisionCodecError) -> [Value] {
    let count = try uint()
    // Each takes a byte at least.
    guard count <= UInt64(source.count - scale.offset) else { throw .impossible("list") }
    var values: [Value] = []
    for _ in 0..<count { values.append(try read(&self)) }
    return values
  }

  mutating func currency() throws(DecisionCodecError) -> Currency {
    let code = try text()
    guard let currency = Currency(code: code), currency.code == code else {
      throw .impossible("currency")
    }
    return currency
  }

  mutating func money() throws(DecisionCodecError) -> Money {
    Money(minorUnits: try int(), try currency())
  }
}
