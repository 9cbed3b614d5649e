/// A text that another system, or this one, gave a thing: compared, never parsed.
package protocol OpaqueID: Hashable, Sendable, RawRepresentable<String>, CustomStringConvertible {
  init(rawValue: String)
}

extension OpaqueID {
  package init(_ text: String) { self.init(rawValue: text) }

  /// By their bytes (``ExactText``): whoever names a thing may be anybody.
  package static func == (one: Self, other: Self) -> Bool {
    one.rawValue.isExactly(other.rawValue)
  }

  package func hash(into hasher: inout Hasher) { rawValue.hashExactly(into: &hasher) }
  package var description: String { rawValue }
}

/// A top-up; derives from (account, episode, ordinal) or the caller's key (invariant 50).
package struct TopUpID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// The processor's customer (`cus_…`).
package struct CustomerID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// A stored card at the processor (`pm_…`).
package struct PaymentMethodID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// A payment intent (`pi_…`).
package struct PaymentIntentID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// A set-up intent (`seti_…`).
package struct SetupIntentID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// A charge (`ch_…`).
package struct ChargeID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// A refund (`re_…`).
package struct RefundID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// A ramp's price offer.
package struct QuoteID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// Our own id of a ramp order, `<top-up>:<n>` (invariant 28).
package struct ClientOrderID: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }

  /// The top-up and the number it is made of; nil for one that is none of ours.
  package var parts: (topUp: TopUpID, number: Int)? {
    let parts = rawValue.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, let number = Int(parts[1]), number > 0 else {
      return nil
    }
    return (TopUpID(String(parts[0])), number)
  }
}

/// What makes a repeated POST the same request; never holds a time (invariant 14).
package struct IdempotencyKey: OpaqueID {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// A text that no log, error or description shows.
package struct Secret: Hashable, Sendable, CustomStringConvertible {
  private let text: String

  package init(_ text: String) { self.text = text }

  /// Lends the text to the one place that needs it.
  package func reveal() -> String { text }

  package var description: String { "(secret)" }
}
