/// Writes the parts of a recorded decision: SCALE's compact integers, moments as spans from the
/// decision's own, and each text once.
struct DecisionWriter {
  private var scale = SCALEWriter()
  private var texts = TextHistory()
  private let now: UnixTime

  /// - Parameter now: the moment that others are told from; it goes in first.
  init(version: UInt8, now: UnixTime) {
    self.now = now
    scale.raw([version])
    int(now.milliseconds)
  }

  var bytes: [UInt8] { scale.bytes }

  // MARK: Numbers

  mutating func tag(_ tag: UInt8) { scale.compact(tag) }
  mutating func flag(_ flag: Bool) { scale.compact(flag ? 1 as UInt8 : 0) }
  mutating func uint(_ value: UInt64) { scale.compact(value) }
  mutating func int(_ value: Int64) { amount(Int128(value)) }

  /// Small either way from zero is short.
  mutating func amount(_ value: Int128) {
    scale.compact(UInt128(bitPattern: value << 1 ^ value >> 127))
  }

  mutating func time(_ time: UnixTime) { int(time.milliseconds &- now.milliseconds) }

  mutating func span(_ span: Duration) {
    let (seconds, attoseconds) = span.components
    int(seconds)
    int(attoseconds)
  }

  // MARK: Texts and bytes

  mutating func raw(_ bytes: [UInt8]) { scale.raw(bytes) }

  mutating func text(_ text: String) {
    let bytes = Array(text.utf8)
    switch texts.form(of: bytes) {
    case .plain: piece(0, bytes.count, bytes)
    case .hex(let digits): piece(1, digits.count, digits)
    case .again(let index): piece(2, index, [])
    case .extending(let shared):
      piece(3, shared, [])
      scale.compact(UInt64(bytes.count - shared))
      scale.raw(bytes[shared...])
    }
    texts.note(bytes)
  }

  private mutating func piece(_ form: UInt64, _ count: Int, _ bytes: [UInt8]) {
    scale.compact(UInt64(count) << 2 | form)
    scale.raw(bytes)
  }

  // MARK: Shapes

  mutating func optional<Value>(_ value: Value?, _ write: (inout Self, Value) -> Void) {
    flag(value != nil)
    if let value { write(&self, value) }
  }

  mutating func list<Value>(_ values: [Value], _ write: (inout Self, Value) -> Void) {
    uint(UInt64(values.count))
    for value in values { write(&self, value) }
  }

  mutating func currency(_ currency: Currency) { text(currency.code) }

  mutating func money(_ money: Money) {
    int(money.minorUnits)
    currency(money.currency)
  }
}

/// The texts of one record, in the order in which they stand: names of windows, cards and accounts
/// say much the same, and blocks are named by hex digits.
struct TextHistory {
  enum Form: Hashable {
    case plain
    /// `0x` and lower-case digits, as the bytes they stand for.
    case hex([UInt8])
    /// The same as an earlier one.
    case again(Int)
    /// As many first bytes as the one before has too.
    case extending(Int)
  }

  /// Below this a reference saves nothing.
  private static let sharedMin = 4
  private(set) var texts: [[UInt8]] = []
  private(set) var byteCount = 0

  mutating func note(_ text: [UInt8]) {
    texts.append(text)
    byteCount += text.count
  }

  /// The one form in which a text is written now.
  func form(of text: [UInt8]) -> Form {
    if text.count >= 2, let index = texts.firstIndex(of: text) { return .again(index) }
    if let digits = Self.digits(of: text) { return .hex(digits) }
    let shared = texts.last.map { zip($0, text).prefix { $0 == $1 }.count } ?? 0
    return shared >= Self.sharedMin ? .extending(shared) : .plain
  }

  private static func digits(of text: [UInt8]) -> [UInt8]? {
    guard text.count > 2, text.count.isMultiple(of: 2),
      text[2...].allSatisfy({
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
      })
    else { return nil }
    return Hex.prefixedBytes(String(decoding: text, as: UTF8.self))
  }
}
