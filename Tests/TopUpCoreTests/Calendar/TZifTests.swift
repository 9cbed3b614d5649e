import Testing
import TopUpCore

@Suite struct TZifTests {
  @Test func `each offset of 26 real zones agrees with another implementation`() throws {
    var zones: [String: TimeZoneRules] = [:]
    for row in try Files.table("zone-offsets.txt") {
      let zone = try zones[row[0]] ?? Files.zone(row[0])
      zones[row[0]] = zone
      let moment = UnixTime(seconds: try #require(Int64(row[1])))
      #expect(zone.offsetSeconds(at: moment) == Int64(row[2]), "\(row)")
    }
    #expect(zones.count == 26)
  }

  @Test func `every zone of the system's database is taken`() throws {
    let list = String(decoding: try Files.bytes("/usr/share/zoneinfo/tzdata.zi"), as: UTF8.self)
    var names: [String] = []
    for line in list.split(separator: "\n") {
      let words = line.split(separator: " ")
      // `Z name …` is a zone, `L target name` another name of one.
      if words[0] == "Z" { names.append(String(words[1])) }
      if words[0] == "L" { names.append(String(words[2])) }
    }
    #expect(names.count > 400)
    for name in names {
      #expect(throws: Never.self, "\(name)") { _ = try Files.zone(name) }
    }
  }

  @Test func `each offset by a footer's rule alone agrees with another implementation`() throws {
    var zones: [String: TimeZoneRules] = [:]
    for row in try Files.table("rule-offsets.txt") {
      let zone = try zones[row[2]] ?? TZif.rules(from: TZifFile(footer: row[2]).bytes)
      zones[row[2]] = zone
      let moment = UnixTime(seconds: try #require(Int64(row[0])))
      #expect(zone.offsetSeconds(at: moment) == Int64(row[1]), "\(row)")
    }
    #expect(zones.count == 16)
  }

  @Test func `between transitions the last one counts, before them the first type`() throws {
    var file = TZifFile(moments: [-100, 200], indices: [1, 2])
    file.types = [(60, 0, 0), (3600, 0, 0), (7200, 1, 0)]
    for version in [0, UInt8(ascii: "2"), UInt8(ascii: "3"), UInt8(ascii: "4")] {
      file.version = version
      let zone = try TZif.rules(from: file.bytes)
      #expect(zone.offsetSeconds(at: UnixTime(milliseconds: .min)) == 60)
      #expect(zone.offsetSeconds(at: UnixTime(milliseconds: -100_001)) == 60)
      #expect(zone.offsetSeconds(at: UnixTime(seconds: -100)) == 3600)
      #expect(zone.offsetSeconds(at: UnixTime(milliseconds: 199_999)) == 3600)
      #expect(zone.offsetSeconds(at: UnixTime(seconds: 200)) == 7200)
      #expect(zone.offsetSeconds(at: UnixTime(milliseconds: .max)) == 7200)
    }
  }

  @Test func `from the last transition on the footer's rule counts`() throws {
    var file = TZifFile(moments: [0], indices: [1], footer: "CET-1CEST,M3.5.0,M10.5.0/3")
    file.types = [(7200, 0, 0), (3600, 0, 0)]
    let zone = try TZif.rules(from: file.bytes)
    #expect(zone.offsetSeconds(at: UnixTime(seconds: -1)) == 7200)
    #expect(zone.offsetSeconds(at: UnixTime(seconds: 0)) == 3600)
    #expect(zone.offsetSeconds(at: UnixTime(seconds: 1_774_746_000)) == 7200)
  }

  /// The moments are glibc's.
  @Test(
    arguments: [
      ("AAA3BBB,59,300/1:30:15", 1_677_646_800, 1_698_463_815),
      ("AAA3BBB,59,300/1:30:15", 1_709_182_800, 1_729_999_815),
      // From 28 February to 1 March, whether a leap day lies between or not.
      ("AAA3BBB,J59,J60", 1_677_560_400, 1_677_643_200),
      ("AAA3BBB,J59,J60", 1_709_096_400, 1_709_265_600),
    ] as [(String, Int64, Int64)])
  func `days by number are counted with the leap day or, after a J, without`(
    footer: String, start: Int64, end: Int64
  ) throws {
    let zone = try TZif.rules(from: TZifFile(footer: footer).bytes)
    #expect(zone.offsetSeconds(at: UnixTime(seconds: start - 1)) == -10_800)
    #expect(zone.offsetSeconds(at: UnixTime(seconds: start)) == -7200)
    #expect(zone.offsetSeconds(at: UnixTime(seconds: end - 1)) == -7200)
    #expect(zone.offsetSeconds(at: UnixTime(seconds: end)) == -10_800)
  }

  @Test func `daylight time that ends as it begins never is`() throws {
    let zone = try TZif.rules(from: TZifFile(footer: "AAA0BBB,J1/2,J1/3").bytes)
    for moment in stride(from: 1_700_000_000, to: 1_735_000_000, by: 5400) as StrideTo<Int64> {
      #expect(zone.offsetSeconds(at: UnixTime(seconds: moment)) == 0)
    }
  }

  @Test func `daylight time all the year round is never interrupted`() throws {
    let zone = try TZif.rules(from: TZifFile(footer: "XXX3EDT4,0/0,J365/23").bytes)
    for moment in stride(from: 1_700_000_000, to: 1_800_000_000, by: 5400) as StrideTo<Int64> {
      #expect(zone.offsetSeconds(at: UnixTime(seconds: moment)) == -14_400)
    }
  }

  @Test func `a file cut anywhere is refused`() throws {
    let file = TZifFile(
      moments: [0, 10], indices: [0, 0], standardIndicators: [1], universalIndicators: [1],
      footer: "AAA-1")
    let bytes = file.bytes
    _ = try TZif.rules(from: bytes)
    for count in 0..<bytes.count {
      #expect(throws: TZifError.truncated) { _ = try TZif.rules(from: Array(bytes.prefix(count))) }
    }
  }

  @Test func `counts beyond the file are refused before they are believed`() {
    let bytes = TZifFile().bytes
    let second = bytes.count - 2 - 10 - 44
    for field in 20..<44 {
      var changed = bytes
      changed[second + field] = 0xFF
      #expect(throws: TZifError.self) { _ = try TZif.rules(from: changed) }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `a damaged file is refused, or still gives offsets and windows`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let names = ["Europe/Berlin", "Asia/Gaza", "Africa/Casablanca", "America/Nuuk"]
    let original = try Files.bytes("/usr/share/zoneinfo/\(names[Int(seed) - 1])")
    var refused = 0
    for _ in 0..<250 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: bytes.indices, using: &generator)] = .random(
          in: .min ... .max, using: &generator)
      }
      guard let zone = try? TZif.rules(from: bytes) else {
        refused += 1
        continue
      }
      let moment = UnixTime(
        milliseconds: .random(in: -4_000_000_000_000...8_000_000_000_000, using: &generator))
      #expect((-89_999...93_599).contains(zone.offsetSeconds(at: moment)))
      #expect(CalendarWindow(.month, containing: moment, in: zone).contains(moment))
    }
    #expect((1..<250).contains(refused))
  }

  @Test func `each field that is wrong has its own refusal`() {
    expect(.notTZif) { $0.magic = Array("TZiF".utf8) }
    expect(.unsupportedVersion(UInt8(ascii: "5"))) { $0.version = UInt8(ascii: "5") }
    expect(.unsupportedVersion(1)) { $0.version = 1 }
    expect(.badHeader) { $0.types = [] }
    expect(.badHeader) { $0.names = [] }
    expect(.badHeader) { $0.standardIndicators = [0, 0] }
    expect(.badHeader) { $0.universalIndicators = [0, 0] }
    expect(.leapSeconds) { $0.leapSeconds = 1 }
    expect(.badTransitions) { $0.set([5, 5], [0, 0]) }
    expect(.badTransitions) { $0.set([5, 4], [0, 0]) }
    expect(.badTransitions) { $0.set([1 << 60], [0]) }
    expect(.badTransitions) { $0.set([.min], [0]) }
    expect(.badTypeIndex) { $0.set([5], [1]) }
    expect(.badType) { $0.types = [(.min, 0, 0)] }
    expect(.badType) { $0.types = [(93_600, 0, 0)] }
    expect(.badType) { $0.types = [(0, 2, 0)] }
    expect(.badType) { $0.types = [(0, 0, 4)] }
    expect(.badType) { $0.names = Array("LMT".utf8) }
    expect(.badIndicator) { $0.standardIndicators = [2] }
    expect(.badIndicator) { $0.universalIndicators = [1] }
    expect(.badIndicator) {
      $0.standardIndicators = [0]
      $0.universalIndicators = [1]
    }
    expect(.truncated) { $0.footer = nil }
    expect(.trailingBytes) { $0.trailing = [0] }
    expect(.trailingBytes) {
      $0.version = 0
      $0.trailing = [0]
    }
    expect(.footerContradictsTransitions) {
      $0.set([5], [0])
      $0.footer = "AAA-2"
    }
  }

  @Test(arguments: [
    "AA0", "AAA", "AAA25", "AAA1:5", "AAA1:60", "AAA1:00:60", "<AA>1", "<AAA1", "A1A1", "AAA0 ",
    "AAA0BBB", "AAA0BBB,M3.5.0", "AAA0BBB,M3.5.0,", "AAA0BBB,M0.5.0,J1", "AAA0BBB,M13.5.0,J1",
    "AAA0BBB,M3.0.0,J1", "AAA0BBB,M3.6.0,J1", "AAA0BBB,M3.5.7,J1", "AAA0BBB,J0,J1",
    "AAA0BBB,J366,J1", "AAA0BBB,366,J1", "AAA0BBB,J1/168,J2", "AAA0BBB,J1/-168,J2",
    "AAA0BBB,J1,J2,J3", "AAA0BBB,J1;J2", "AAA--1", "AAA0BB,J1,J2", ",J1,J2", "AAA0,J1,J2",
    "AAA0BBB,J1/1:2,J2", "AAA0BBB25,J1,J2", "ÄÄÄ0",
  ])
  func `a footer of another shape is refused`(footer: String) {
    expect(.badFooter) { $0.footer = footer }
  }

  @Test func `files of the database that count leap seconds are refused`() {
    #expect(throws: TZifError.leapSeconds) { _ = try Files.zone("right/Europe/Berlin") }
  }

  private func expect(_ error: TZifError, change: (inout TZifFile) -> Void) {
    var file = TZifFile()
    change(&file)
    let bytes = file.bytes
    #expect(throws: error) { _ = try TZif.rules(from: bytes) }
  }
}

extension TZifFile {
  fileprivate mutating func set(_ moments: [Int64], _ indices: [UInt8]) {
    self.moments = moments
    self.indices = indices
  }
}
