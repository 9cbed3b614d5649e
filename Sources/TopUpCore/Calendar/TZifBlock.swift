/// The transitions of a file (RFC 9636 §3.2).
struct TZifBlock {
  let offsetBeforeAll: Int64
  let transitions: [TimeZoneRules.Transition]

  /// Beyond it lies nothing; the Big Bang, which some files begin with, is inside.
  private static let momentRange: ClosedRange<Int64> = -(1 << 59)...(1 << 59)

  init(_ reader: inout TZifReader, _ header: TZifHeader, timeBytes: Int) throws(TZifError) {
    guard header.types >= 1, header.types <= 256, header.nameBytes >= 1,
      [0, header.types].contains(header.universalIndicators),
      [0, header.types].contains(header.standardIndicators)
    else { throw .badHeader }
    guard header.leapSeconds == 0 else { throw .leapSeconds }
    // All of the block is there, so no count makes more be set aside than the file has.
    guard header.blockBytes(timeBytes: timeBytes) <= reader.rest.count else { throw .truncated }

    let moments = try Self.moments(&reader, header.transitions, timeBytes: timeBytes)
    let indices = try reader.bytes(header.transitions)
    let offsets = try Self.offsets(&reader, header)
    try Self.checkNames(reader.bytes(header.nameBytes))
    try Self.checkIndicators(&reader, header)

    offsetBeforeAll = offsets[0]
    var transitions: [TimeZoneRules.Transition] = []
    transitions.reserveCapacity(moments.count)
    for (moment, index) in zip(moments, indices) {
      guard Int(index) < offsets.count else { throw .badTypeIndex }
      transitions.append(.init(moment: moment, offsetSeconds: offsets[Int(index)]))
    }
    self.transitions = transitions
  }

  func rules(ruleAfterAll: POSIXTimeZone?) -> TimeZoneRules {
    TimeZoneRules(
      offsetBeforeAll: offsetBeforeAll, transitions: transitions, ruleAfterAll: ruleAfterAll)
  }

  private static func moments(
    _ reader: inout TZifReader, _ count: Int, timeBytes: Int
  ) throws(TZifError) -> [Int64] {
    var moments: [Int64] = []
    moments.reserveCapacity(count)
    for _ in 0..<count {
      let moment = try reader.integer(bytes: timeBytes)
      guard momentRange.contains(moment), moments.last.map({ $0 < moment }) ?? true else {
        throw .badTransitions
      }
      moments.append(moment)
    }
    return moments
  }

  private static func offsets(
    _ reader: inout TZifReader, _ header: TZifHeader
  ) throws(TZifError) -> [Int64] {
    var offsets: [Int64] = []
    for _ in 0..<header.types {
      let offset = try reader.integer(bytes: 4)
      let isDaylight = try reader.byte()
      let name = try reader.byte()
      guard TimeZoneRules.offsetSecondsRange.contains(offset), isDaylight <= 1,
        Int(name) < header.nameBytes
      else { throw .badType }
      offsets.append(offset)
    }
    return offsets
  }

  /// Each name ends with a zero byte, and so does the last.
  private static func checkNames(_ names: ArraySlice<UInt8>) throws(TZifError) {
    guard names.last == 0 else { throw .badType }
  }

  /// Whether changes were written in standard or universal time; a universal one is standard too.
  private static func checkIndicators(
    _ reader: inout TZifReader, _ header: TZifHeader
  ) throws(TZifError) {
    let standard = try reader.bytes(header.standardIndicators)
    let universal = try reader.bytes(header.universalIndicators)
    guard standard.allSatisfy({ $0 <= 1 }), universal.allSatisfy({ $0 <= 1 }) else {
      throw .badIndicator
    }
    for (index, flag) in universal.enumerated() where flag == 1 {
      guard !standard.isEmpty, standard[standard.startIndex + index] == 1 else {
        throw .badIndicator
      }
    }
  }
}
