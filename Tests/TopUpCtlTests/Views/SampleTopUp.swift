import ProtobufRuntime
import TopUpAPI

/// A top-up that went well, with all its history.
enum SampleTopUp {
  static let account = Account(
    kind: .ddc(
      DDCAccount(
        clusterID: "0x0059f5ada35eee46802d80750d5ca4a490640511",
        owner: "6UJs2Uj5hV2Jto7Z2FAhM2hXpvvQtcr4dwM6abKzMYQBHmpi")))
  static let held =
    "held:ddc:0059f5ada35eee46802d80750d5ca4a490640511:"
    + "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d:USD"

  static func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: "USD") }

  /// - Parameter second: after 2027-01-15T08:00:00Z.
  static func at(_ second: Int64) -> ProtobufTimestamp {
    ProtobufTimestamp(seconds: 1_800_000_000 + second)
  }

  static let reserved = TopUpRecord(
    id: "tu_1", account: account, payer: Payer(tenant: "console", user: "42"), state: .reserved,
    version: 1, trigger: .user, amount: money(2_500), net: money(2_425), fee: money(75),
    tax: money(0), tokensQuoted: "2505000000000", tokensDelivered: "0", createdAt: at(0),
    updatedAt: at(0))

  static let credited: TopUpRecord = {
    var record = reserved
    record.state = .credited
    record.version = 4
    record.tokensDelivered = "2505000000000"
    record.updatedAt = at(15)
    record.attempts = [
      ChargeAttempt(
        number: 1, paymentMethodID: "pm_1", cardBrand: "visa", cardLast4: "4242",
        paymentIntentID: "pi_1", chargeID: "ch_1", state: "succeeded", startedAt: at(1))
    ]
    record.orders = [
      DepositOrder(
        clientOrderID: "tu_1:1", state: "COMPLETED", tokensOrdered: "2505000000000",
        tokensCredited: "2505000000000",
        extrinsicHash: "0xaffb44e1082c7d59adbb5ebdf73bb14c4e5d0f20b61abee69002a08fa96842a4",
        blockNumber: 100_800, finalized: true)
    ]
    record.transitions = [
      Transition(version: 1, to: .reserved, cause: "asked for by a user", at: at(0)),
      Transition(version: 2, from: .reserved, to: .charging, cause: "intent made", at: at(1)),
      Transition(version: 4, from: .depositing, to: .credited, cause: "finalized", at: at(15)),
    ]
    record.entries = [
      LedgerEntry(
        position: 12, topUpID: "tu_1", description: "charge captured",
        postings: [
          Posting(
            account: "processor:USD", asset: "USD", amount: "2500", balanceAfter: "9900"),
          Posting(account: held, asset: "USD", amount: "-2500", balanceAfter: "-2500"),
        ], at: at(3)),
      LedgerEntry(
        position: 13, topUpID: "tu_1", description: "tokens delivered",
        postings: [
          Posting(
            account: "delivered:ddc:x", asset: "CERE", amount: "2505000000000",
            balanceAfter: "2505000000000"),
          Posting(
            account: "conversion:CERE", asset: "CERE", amount: "-2505000000000",
            balanceAfter: "0"),
        ], at: at(15)),
    ]
    return record
  }()

  static let declined: TopUpRecord = {
    var record = reserved
    record.state = .declined
    record.version = 3
    record.updatedAt = at(4)
    record.decline = DeclineDetail(
      class: .soft, code: "card_declined", declineCode: "insufficient_funds",
      message: "The card does not have enough money.")
    return record
  }()
}
