import Testing
import TopUpCore

@Suite struct CapConformance {
  private func begun(_ kind: StoreKind, _ count: Int) async throws -> Ground {
    let ground = try Ground(kind)
    for number in 1...count {
      try await ground.commit(
        .beginTopUp(Sample.topUp("\(number)", trigger: .user), cause: "x"))
    }
    return ground
  }

  private func use(_ ground: Ground, _ key: String) throws -> [Int64] {
    let use = try ground.read { try $0.capUse(key) }
    return [use.count, use.minorUnits]
  }

  @Test(arguments: StoreKind.allCases)
  func `a cap is reached exactly, and not passed by one`(_ kind: StoreKind) async throws {
    let ground = try await begun(kind, 3)
    let day = Sample.window("day", minorUnits: 5_000)
    #expect(try use(ground, "day") == [0, 0])
    try await ground.commit(.reserve(TopUpID("tu_1"), [day], minorUnits: 2_500))
    let over = Change.reserve(TopUpID("tu_2"), [day], minorUnits: 2_501)
    #expect(try await ground.conflict(over) == .capReached("day"))
    #expect(try use(ground, "day") == [1, 2_500])
    try await ground.commit(.reserve(TopUpID("tu_2"), [day], minorUnits: 2_500))
    #expect(try use(ground, "day") == [2, 5_000])
    let least = Change.reserve(TopUpID("tu_3"), [day], minorUnits: 1)
    #expect(try await ground.conflict(least) == .capReached("day"))
  }

  @Test(arguments: StoreKind.allCases)
  func `a count is a cap too`(_ kind: StoreKind) async throws {
    let ground = try await begun(kind, 3)
    let day = Sample.window("day", count: 2)
    try await ground.commit(.reserve(TopUpID("tu_1"), [day], minorUnits: 1))
    try await ground.commit(.reserve(TopUpID("tu_2"), [day], minorUnits: 1))
    let third = Change.reserve(TopUpID("tu_3"), [day], minorUnits: 0)
    #expect(try await ground.conflict(third) == .capReached("day"))
  }

  @Test(arguments: StoreKind.allCases)
  func `an amount no sum can hold is refused, not wrapped`(_ kind: StoreKind) async throws {
    let ground = try await begun(kind, 2)
    let open = Sample.window("open")
    try await ground.commit(.reserve(TopUpID("tu_1"), [open], minorUnits: .max))
    let more = Change.reserve(TopUpID("tu_2"), [open], minorUnits: 1)
    #expect(try await ground.conflict(more) == .capReached("open"))
    let negative = Change.reserve(TopUpID("tu_2"), [open], minorUnits: -1)
    #expect(try await ground.conflict(negative)?.kind == "forbidden")
    #expect(try use(ground, "open") == [1, .max])
  }

  @Test(arguments: StoreKind.allCases)
  func `one full window keeps the others as they were`(_ kind: StoreKind) async throws {
    let ground = try await begun(kind, 2)
    let day = Sample.window("day", minorUnits: 2_500)
    let month = Sample.window("month", minorUnits: 9_000)
    try await ground.commit(.reserve(TopUpID("tu_1"), [month, day], minorUnits: 2_500))
    let second = Change.reserve(TopUpID("tu_2"), [month, day], minorUnits: 2_500)
    #expect(try await ground.conflict(second) == .capReached("day"))
    #expect(try use(ground, "month") == [1, 2_500])
  }

  @Test(arguments: StoreKind.allCases)
  func `a release gives back once, to the windows that counted`(_ kind: StoreKind) async throws {
    let ground = try await begun(kind, 2)
    let day = Sample.window("day", count: 2, minorUnits: 5_000)
    let month = Sample.window("month")
    try await ground.commit(.reserve(TopUpID("tu_1"), [day, month], minorUnits: 2_500))
    try await ground.commit(.reserve(TopUpID("tu_2"), [day], minorUnits: 1_000))
    for _ in 1...2 {
      try await ground.commit(.release(TopUpID("tu_1")))
      #expect(try use(ground, "day") == [1, 1_000])
      #expect(try use(ground, "month") == [0, 0])
    }
    #expect(try await ground.conflict(.release(TopUpID("tu_9")))?.kind == "missing")
  }

  @Test(arguments: StoreKind.allCases)
  func `a top-up reserves once`(_ kind: StoreKind) async throws {
    let ground = try await begun(kind, 1)
    let reserve = Change.reserve(TopUpID("tu_1"), [Sample.window("day")], minorUnits: 5)
    try await ground.commit(reserve)
    #expect(try await ground.conflict(reserve)?.kind == "forbidden")
    try await ground.commit(.release(TopUpID("tu_1")))
    #expect(try await ground.conflict(reserve)?.kind == "forbidden")
    #expect(try use(ground, "day") == [0, 0])
    let stranger = Change.reserve(TopUpID("tu_9"), [Sample.window("day")], minorUnits: 5)
    #expect(try await ground.conflict(stranger)?.kind == "missing")
  }
}
