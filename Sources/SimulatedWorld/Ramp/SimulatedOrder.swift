import StrictJSON
import TopUpCore

/// An order at the ramp, as it is shown and as it goes on inside.
struct SimulatedOrder: Sendable {
  /// What identifies the request: the same id with another of these is a conflict.
  struct Body: Hashable, Sendable {
    var quote: String
    var destination: DDCAccount
    var planck: Planck
    var paymentReference: String
  }

  enum State: String, Sendable {
    case accepted = "ACCEPTED"
    case submitted = "SUBMITTED"
    case inBlock = "IN_BLOCK"
    case completed = "COMPLETED"
    case onHold = "ON_HOLD"
    case partial = "PARTIAL"
    case failed = "FAILED"
    case cancelled = "CANCELLED"
    case expired = "EXPIRED"
    case returned = "RETURNED"
    /// No state of the contract: a client waits it out.
    case settling = "SETTLING"

    var isTerminal: Bool {
      switch self {
      case .completed, .partial, .failed, .cancelled, .expired, .returned: true
      case .accepted, .submitted, .inBlock, .onHold, .settling: false
      }
    }
  }

  let id: String
  /// Nil for a tombstone: cancelled before it was ever seen.
  let body: Body?
  let created: UnixTime
  var fate: OrderFate?
  var state: State
  var version: Int64 = 1
  /// Rises with every change of any order: the list's cursor.
  var change: Int64
  var updated: UnixTime
  var credited = Planck.zero
  var isSkimmed = false
  var evidence: ChainEvidence?
  var reason: String?
  var fundsMoved = RampOrder.FundsMoved.no
  /// When the next step is taken that waits for no block.
  var dueAt: UnixTime?
  var extrinsic: UInt64?

  var ordered: Planck { body?.planck ?? .zero }

  var json: JSON {
    let tx: JSON =
      if let evidence {
        [
          "extrinsic_hash": .string(evidence.extrinsicHash),
          "block_hash": .string(evidence.blockHash),
          "block_number": .integer(evidence.blockNumber),
          "event_index": .integer(evidence.eventIndex),
        ]
      } else {
        nil
      }
    return [
      "client_order_id": .string(id), "state": .string(state.rawValue),
      "version": .integer(version), "planck": .string(ordered.decimal),
      "planck_credited": .string(credited.decimal), "ed_skim": .bool(isSkimmed), "tx": tx,
      "reason": .string(orNull: reason), "funds_moved": .string(fundsMoved.rawValue),
      "created_ms": .integer(created.milliseconds), "updated_ms": .integer(updated.milliseconds),
    ]
  }
}
