internal import TopUpCore

/// Reads what the three books say of one top-up now.
///
/// The store is read last: a top-up that moves meanwhile is then younger than what it is held
/// against, and counts as under way.
struct BookReader {
  let store: any Store
  let outside: Outside

  func books(
    of id: TopUpID, _ hint: OutsideSurvey.Hint
  ) async throws(ReconciliationError) -> ThreeBooks {
    var books = ThreeBooks(id)
    let before = try read { snapshot throws(StoreError) in try snapshot.topUp(id) }
    try await payments(before, hint, into: &books)
    try await orders(before, hint, into: &books)
    let (topUp, transitions) = try read { snapshot throws(StoreError) in
      (try snapshot.topUp(id), try snapshot.transitions(of: id))
    }
    books.topUp = topUp
    // What was given back by a word on its order is held against the ramp as ever.
    let word = transitions.map(\.cause).last { $0.hasPrefix("resolve:") }
    books.isEndedByWord = word.map { !$0.hasPrefix("resolve:undelivered") } ?? false
    return books
  }

  private func payments(
    _ topUp: TopUp?, _ hint: OutsideSurvey.Hint, into books: inout ThreeBooks
  ) async throws(ReconciliationError) {
    let known = Set(topUp?.attempts.compactMap(\.intent) ?? [])
    for intent in known.union(hint.intents).sorted(by: { $0.rawValue < $1.rawValue }) {
      let result = await outside.processor.intent(intent)
      if case .refused(let refusal) = result, refusal.kind == .notFound {
        books.absentIntents.insert(intent)
      } else {
        books.intents.append(try result.answer(of: "processor"))
      }
    }
    guard let paid = topUp?.succeededIntent, books.intents.contains(where: { $0.id == paid })
    else { return }
    books.refunds = try await outside.processor.refunds(of: paid).answer(of: "processor")
    books.disputes = try await outside.processor.disputes(of: paid).answer(of: "processor")
  }

  private func orders(
    _ topUp: TopUp?, _ hint: OutsideSurvey.Hint, into books: inout ThreeBooks
  ) async throws(ReconciliationError) {
    // One that was never sent is asked for only where the ramp's list had it.
    let known = (topUp?.orders ?? []).filter { !$0.isUnsent }
      .map { ClientOrderID(books.id, number: $0.number) }
    for order in Set(known).union(hint.orders).sorted(by: { $0.rawValue < $1.rawValue }) {
      let result = await outside.ramp.order(order)
      if case .refused(let refusal) = result, refusal.kind == .notFound {
        books.absentOrders.insert(order)
      } else {
        books.orders.append(try result.answer(of: "ramp"))
      }
    }
  }

  private func read<Value>(
    _ body: (any StoreSnapshot) throws(StoreError) -> Value
  ) throws(ReconciliationError) -> Value {
    do throws(StoreError) { return try store.read(body) } catch { throw .store(error) }
  }
}
