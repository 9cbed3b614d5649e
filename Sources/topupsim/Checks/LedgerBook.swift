import TopUpCore

/// Adds up by itself what every entry moves, and holds the books of each top-up against it
/// (invariants 22, 24, 25).
struct LedgerBook {
  /// What a top-up's entries have moved on each ledger account.
  private var moved: [TopUpID: [String: Int128]] = [:]
  /// In the order in which they were seen to be committed.
  private var posted: [Fact] = []

  /// An entry, as it was posted and as it must be read for ever.
  private struct Fact: Hashable {
    let topUp: TopUpID?
    let description: String
    let legs: [String]

    init(_ entry: Entry) {
      topUp = entry.topUp
      description = entry.description
      legs = entry.postings.map { "\($0.account.name) \($0.amount)" }
    }

    init(_ stored: StoredEntry) {
      topUp = stored.topUp
      description = stored.description
      legs = stored.legs.map { "\($0.account) \($0.amount)" }
    }
  }

  /// - Parameter topUps: as they are after the commit.
  /// - Returns: what is wrong with a commit, with the numbers of the rules.
  mutating func faults(of commit: Commit, _ topUps: [TopUpID: TopUp]) -> [Violation] {
    var faults: [Violation] = []
    var touched: [TopUpID] = []
    for change in commit.changes {
      switch change {
      case .post(let entry):
        faults += unbalanced(entry)
        posted.append(Fact(entry))
        guard let id = entry.topUp else { continue }
        for leg in entry.postings { add(leg.amount, on: leg.account.name, to: id) }
        touched.append(id)
      case .moveCredits(let movement):
        faults += unbalanced(movement.entry)
        posted.append(Fact(movement.entry))
      case .moveTopUp(let topUp, _): touched.append(topUp.id)
      default: break
      }
    }
    for topUp in touched.compactMap({ topUps[$0] }) { faults += differences(topUp) }
    return faults
  }

  private mutating func add(_ amount: Int128, on account: String, to id: TopUpID) {
    moved[id, default: [:]][account, default: 0] += amount
  }

  /// Legs that do not sum to zero in each asset (invariant 22).
  private func unbalanced(_ entry: Entry) -> [Violation] {
    var sums: [String: Int128] = [:]
    for posting in entry.postings { sums[posting.account.asset, default: 0] += posting.amount }
    return sums.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { asset, sum in
      Violation("22", "\"\(entry.description)\" is off by \(sum) \(asset)")
    }
  }

  /// What a top-up says became of its money, against what its entries moved.
  private func differences(_ topUp: TopUp) -> [Violation] {
    let books = topUp.books
    var faults: [Violation] = []
    let inTerms = [books.charged, books.absorbed]
    let outTerms = [
      books.delivered, books.fee, books.tax, books.repaid, books.refunded, books.disputed,
      books.held, books.lost,
    ]
    if (inTerms + outTerms).contains(where: { $0 < 0 })
      || inTerms.reduce(0, +) != outTerms.reduce(0, +)
    {
      faults.append(Violation("24", "the books of \(topUp.id) do not balance: \(books)"))
    }
    let sums = moved[topUp.id] ?? [:]
    let currency = topUp.amount.currency
    func sum(_ account: LedgerAccount) -> Int128 { sums[account.name] ?? 0 }
    let terms: [(String, Int64, Int128)] = [
      ("held", books.held, -sum(.held(topUp.account, currency))),
      ("fee", books.fee, -sum(.feeIncome(currency))),
      ("tax", books.tax, -sum(.taxOwed(currency))),
      ("delivered", books.delivered, -sum(.conversionFiat(currency))),
      ("lost", books.lost, -sum(.losses(currency))),
      (
        "absorbed less repaid", books.absorbed - books.repaid,
        sum(.debt(topUp.account, currency)) + sum(.absorbed(currency))
      ),
    ]
    for (name, said, found) in terms where Int128(said) != found {
      faults.append(
        Violation("22", "\(topUp.id) books \(said) \(name), and its entries move \(found)"))
    }
    let tokens = topUp.deliveredTokens
    if case .ddc(let account) = topUp.account, sum(.delivered(account)) != tokens.units {
      faults.append(
        Violation(
          "22", "\(topUp.id) has \(tokens) delivered, and its entries another sum"))
    }
    return faults
  }

  // MARK: After a restart, and at the end

  /// Takes over what is stored: a commit that nobody heard of is as good as any other.
  mutating func load(_ topUps: [TopUp], _ snapshot: any StoreSnapshot) throws(StoreError) {
    moved = [:]
    for topUp in topUps {
      for leg in try snapshot.entries(of: topUp.id).flatMap(\.legs) {
        add(leg.amount, on: leg.account, to: topUp.id)
      }
    }
  }

  /// Forgets what an older copy of the store does not have.
  mutating func restored() {
    moved = [:]
    posted = []
  }

  /// Every entry that was seen to be committed is there, as it was and where it was in their order
  /// (invariant 25).
  func missing(from snapshot: any StoreSnapshot) throws(StoreError) -> [Violation] {
    var next = 0
    var position: Int64 = 1
    while next < posted.count, let stored = try snapshot.entry(position) {
      if Fact(stored) == posted[next] { next += 1 }
      position += 1
    }
    guard next < posted.count else { return [] }
    return [
      Violation("25", "\"\(posted[next].description)\" of \(posted[next].topUp as Any) is gone")
    ]
  }
}
