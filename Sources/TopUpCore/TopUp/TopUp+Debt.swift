// What becomes of what is owed for a top-up, by the account's rule or by an operator's word (invariants
// 25, 27, 38, 52).

/// An operator's word that what is owed for a top-up need not be paid.
package struct DebtRelease: Sendable, Hashable {
  /// The person or service, such as `ops:maria`.
  package var actor: String
  /// Why, in a sentence.
  package var reason: String
  /// The position of the entry that it corrects: the one that raised the debt last; nil where the
  /// ledger has none.
  package var corrects: Int64?
  /// As much of it, and no more: another top-up may have paid the rest.
  package var most: Int64
  /// What is owed for no reversal of it: what had paid another's debt, and was given back.
  package var unpaid: Int64

  package init(
    actor: String, reason: String, corrects: Int64?, most: Int64 = .max, unpaid: Int64 = 0
  ) {
    self.most = most
    self.unpaid = unpaid
    self.actor = actor
    self.reason = reason
    self.corrects = corrects
  }
}

extension TopUp {
  /// What is owed becomes our loss, by a new entry that names what it corrects.
  ///
  /// - Returns: nil where nothing is owed.
  func debtReleased(_ release: DebtRelease) -> Step? {
    var left = min(owed, release.most)
    let sum = left + release.unpaid
    guard sum > 0 else { return nil }
    var topUp = self
    for index in topUp.reversals.indices {
      let part = min(left, topUp.reversals[index].advanced)
      topUp.reversals[index].forgiven += part
      topUp.reversals[index].advanced -= part
      left -= part
    }
    let cause =
      "debt of \(Money(minorUnits: sum, amount.currency)) forgiven by "
      + "\(release.actor): \(release.reason)"
    var step = Step(topUp, cause)
    step.entries = [
      Entry(
        topUp: id, cause,
        Entry.move(
          Int128(sum), from: .debt(account, amount.currency), to: .absorbed(amount.currency)),
        corrects: release.corrects)
    ]
    return step
  }
}

extension TopUp {
  /// What paid a debt is to be given back with the rest: it is owed again. Where something was bought
  /// only the rest is given back, and the debt stays paid.
  ///
  /// - Returns: what it moves.
  mutating func unpayDebt() -> [Posting] {
    let sum = debtToUnpay
    guard sum > 0 else { return [] }
    books.repaid -= sum
    books.held += sum
    return Entry.move(
      Int128(sum), from: .held(account, amount.currency), to: .debt(account, amount.currency))
  }

  /// What of a paid debt is owed again when all that is left is given back. What others took of the
  /// charge beyond what was held has gone back to the customer already: as a debt, our loss, or held
  /// again by another's word. No more is given back than is left (24).
  var debtToUnpay: Int64 { settled > 0 ? 0 : max(0, books.repaid - books.absorbed) }

  /// Why its end waits for a person although everything was delivered; nil where it does not: nothing
  /// is held by a top-up that has ended.
  var surplus: String? {
    guard books.held > 0, toOrder.minorUnits == 0 else { return nil }
    let sum = Money(minorUnits: books.held, amount.currency)
    return debtPart > 0
      ? "\(sum) of it were to pay a debt that was gone by then: refund it"
      : "\(sum) of it are held beside what was delivered: refund it"
  }
}

extension Step {
  /// The same step, in which the charge pays what the account owes.
  ///
  /// - Parameter owed: by the account as it is now; what is charged beyond it stays held.
  package func repayingDebt(_ owed: Int64, at now: UnixTime) -> Step {
    var step = self
    let sum = min(topUp.debtPart, max(0, owed), topUp.books.held)
    let currency = topUp.amount.currency
    if sum > 0 {
      step.topUp.books.held -= sum
      step.topUp.books.repaid += sum
      step.entries.append(
        Entry(
          topUp: topUp.id, "debt repaid",
          Entry.move(
            Int128(sum), from: .debt(topUp.account, currency),
            to: .held(topUp.account, currency))))
    }
    // Credits are granted with the charge, and it would have ended here.
    if step.topUp.state == .credited, let surplus = step.topUp.surplus {
      let parked = step.topUp.parked(surplus, resume: .charged, now)
      step.topUp = parked.topUp
      step.cause = "\(step.cause); \(parked.cause)"
    }
    return step
  }

  /// The same step, of which not all may come back to the debt, for another top-up has paid it: the
  /// rest is held for the customer, and a person gives it back. No debt is ever below zero.
  ///
  /// - Parameter sum: what came back beyond what the account owes.
  package func holdingExcess(_ sum: Int64, since before: TopUp, at now: UnixTime) -> Step {
    var step = self
    let currency = topUp.amount.currency
    step.topUp.books.held += sum
    step.topUp.books.absorbed += sum
    step.entries.append(
      Entry(
        topUp: topUp.id, "came back after its debt was paid",
        Entry.move(
          Int128(sum), from: .held(topUp.account, currency),
          to: .debt(topUp.account, currency))))
    guard step.topUp.state.isTerminal else { return step }
    let parked = step.topUp.parked(
      "\(Money(minorUnits: sum, currency)) came back after another top-up had paid the debt",
      resume: .charged, now)
    step.topUp = parked.topUp
    step.topUp.isReopened = before.state.isTerminal
    step.cause = "\(step.cause); \(parked.cause)"
    return step
  }
}

extension Step {
  /// What it adds to the account's debt in the top-up's currency, or takes from it.
  package var debtMoved: Int128 {
    let debt = LedgerAccount.debt(topUp.account, topUp.amount.currency)
    return entries.reduce(0) { sum, entry in
      entry.postings.reduce(sum) { $1.account == debt ? $0 + $1.amount : $0 }
    }
  }

  /// The same step under a rule that forgives: what would become a debt by it is our loss, posted at
  /// once, and no debt at any time. What is owed from before stays so.
  ///
  /// - Parameter before: the top-up as it was.
  package func forgivingDebt(since before: TopUp) -> Step {
    var step = self
    var sum: Int64 = 0
    for index in step.topUp.reversals.indices {
      let reversal = step.topUp.reversals[index]
      let known = before.reversals.first { $0.id == reversal.id }?.advanced ?? 0
      let risen = max(0, reversal.advanced - known)
      step.topUp.reversals[index].advanced -= risen
      step.topUp.reversals[index].forgiven += risen
      sum += risen
    }
    guard sum > 0 else { return self }
    let currency = topUp.amount.currency
    let instead = Entry.move(
      Int128(sum), from: .debt(topUp.account, currency), to: .absorbed(currency))
    let debt = LedgerAccount.debt(topUp.account, currency)
    let raises = step.entries.firstIndex { $0.postings.contains { $0.account == debt } }
    guard let index = raises ?? step.entries.indices.first else {
      step.entries = [Entry(topUp: topUp.id, cause, instead)]
      return step
    }
    let entry = step.entries[index]
    let moved = Entry.net(entry.postings + instead)
    // One that is taken back while another comes back: nothing moves.
    if moved.isEmpty {
      step.entries.remove(at: index)
    } else {
      step.entries[index] = Entry(
        topUp: entry.topUp, entry.description, moved, corrects: entry.corrects)
    }
    return step
  }
}
