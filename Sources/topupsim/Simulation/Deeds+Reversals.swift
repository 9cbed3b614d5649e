import SimulatedWorld
import TopUpCore

// What others take back.

extension Deeds {
  /// A bank or somebody at the dashboard takes money back, or the bank decides.
  func reverse() {
    let disputes = wire.world.openDisputes
    if !disputes.isEmpty, dice.chance(percent: 50) {
      let dispute = dice.pick(disputes)
      wire.control(
        "stripe/decide_dispute", #"{"dispute":"\#(dispute)","won":\#(dice.chance(percent: 60))}"#)
      return note("dispute \(dispute) is decided")
    }
    let pending = wire.world.pendingRefunds
    if !pending.isEmpty, dice.chance(percent: 50) {
      let refund = dice.pick(pending)
      wire.control("stripe/cancel_refund", #"{"refund":"\#(refund)"}"#)
      auditor.coverage.meet("refund given up by the processor")
      return note("refund \(refund) is given up")
    }
    let paid = wire.payments.filter { $0.standing == .succeeded && $0.captured > 0 }
    if !paid.isEmpty { takeBack(dice.pick(paid)) }
  }

  /// The moment after a charge: what was bought by it is not ordered yet.
  func takeBackAtOnce(_ id: TopUpID) {
    let paid = wire.payments.last { $0.topUp == id.rawValue && $0.captured > 0 }
    if let paid { takeBack(paid) }
  }

  private func takeBack(_ payment: PaymentFact) {
    if dice.chance(percent: 20) {
      wire.control("stripe/fraud_warning", #"{"intent":"\#(payment.intent)"}"#)
      return note("the bank warns of \(payment.intent)")
    }
    if dice.chance(percent: 50) {
      let reason = dice.pick(["fraudulent", "product_not_received", "general"])
      let answer = wire.control(
        "stripe/dispute", #"{"intent":"\#(payment.intent)","reason":"\#(reason)"}"#)
      note("dispute of \(payment.intent): \(answer != nil)")
    } else {
      let sum = dice.chance(percent: 50) ? payment.captured : max(1, payment.captured / 3)
      let answer = wire.control(
        "stripe/refund", #"{"intent":"\#(payment.intent)","amount":\#(sum)}"#)
      note("dashboard refunds \(sum) of \(payment.intent): \(answer != nil)")
    }
  }
}
