internal import CSQLite
internal import TopUpCore

/// A value that a statement's parameter can take. No floating point is among them (invariant 23).
protocol Bindable {
  /// - Returns: the result code of the `sqlite3_bind` call.
  func bind(to slot: ParameterSlot) -> Int32
}

/// One parameter of a prepared statement.
@safe struct ParameterSlot {
  private let statement: OpaquePointer
  private let index: Int32
  private let memory: ParameterMemory?

  /// - Parameter memory: keeps the value's bytes while the statement runs; without it SQLite copies
  ///   them into memory of its own for each.
  init(unsafe statement: OpaquePointer, index: Int32, memory: ParameterMemory?) {
    unsafe self.statement = unsafe statement
    self.index = index
    self.memory = memory
  }

  func setNull() -> Int32 { unsafe sqlite3_bind_null(statement, index) }

  func set(_ value: Int64) -> Int32 { unsafe sqlite3_bind_int64(statement, index, value) }

  func set(_ text: String) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      // An empty string must not become NULL, as a null pointer would make it.
      guard let start = bytes.baseAddress else {
        return unsafe sqlite3_bind_text(statement, index, "", 0, topup_sqlite_transient())
      }
      let kept = unsafe memory?.keep(bytes)
      return unsafe sqlite3_bind_text64(
        statement, index, (kept ?? start).assumingMemoryBound(to: CChar.self),
        UInt64(bytes.count), destructor(kept), UInt8(SQLITE_UTF8))
    }
  }

  func set(_ blob: [UInt8]) -> Int32 {
    guard !blob.isEmpty else { return unsafe sqlite3_bind_zeroblob(statement, index, 0) }
    return unsafe blob.withUnsafeBytes { unsafe set(bytes: $0) }
  }

  /// As 16 bytes whose order is the numbers' order: sign bit flipped, most significant first.
  func set(_ value: Int128) -> Int32 {
    let bits = (UInt128(bitPattern: value) ^ Self.signBit).bigEndian
    return unsafe withUnsafeBytes(of: bits) { unsafe set(bytes: $0) }
  }

  private func set(bytes: UnsafeRawBufferPointer) -> Int32 {
    let kept = unsafe memory?.keep(bytes)
    return unsafe sqlite3_bind_blob64(
      statement, index, kept ?? bytes.baseAddress, UInt64(bytes.count), destructor(kept))
  }

  /// Nobody frees what is kept; what is not must be copied.
  private func destructor(_ kept: UnsafeRawPointer?) -> sqlite3_destructor_type? {
    unsafe kept == nil ? topup_sqlite_transient() : nil
  }

  static let signBit = UInt128(1) << 127
}

extension Int64: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(self) }
}

extension Int: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(Int64(self)) }
}

/// By its bit pattern: compared for equality only, never ordered by SQLite.
extension UInt64: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(Int64(bitPattern: self)) }
}

extension Bool: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(self ? Int64(1) : 0) }
}

extension Int128: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(self) }
}

extension String: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(self) }
}

extension [UInt8]: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(self) }
}

extension Optional: Bindable where Wrapped: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 {
    switch self {
    case .some(let value): value.bind(to: slot)
    case .none: slot.setNull()
    }
  }
}

// MARK: - The domain's values

extension UnixTime: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(milliseconds) }
}

/// Whole attoseconds, so that no span changes by being stored.
extension Duration: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(attoseconds) }
}

extension Planck: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(units) }
}

extension Currency: Bindable {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(code) }
}

extension Bindable where Self: RawRepresentable, RawValue == String {
  func bind(to slot: ParameterSlot) -> Int32 { slot.set(rawValue) }
}

extension TopUpID: Bindable {}
extension CustomerID: Bindable {}
extension PaymentMethodID: Bindable {}
extension PaymentIntentID: Bindable {}
extension SetupIntentID: Bindable {}
extension ChargeID: Bindable {}
extension RefundID: Bindable {}
extension QuoteID: Bindable {}
extension ClientOrderID: Bindable {}
extension IdempotencyKey: Bindable {}
extension TopUpState: Bindable {}
extension Trigger: Bindable {}
extension SkipReason: Bindable {}
extension ShadowDifference.Kind: Bindable {}
extension ChargeAttempt.Phase: Bindable {}
extension DepositOrder.Phase: Bindable {}
extension RefundAttempt.Phase: Bindable {}
extension Reversal.Kind: Bindable {}
extension RiskLevel: Bindable {}
extension RemainderRule: Bindable {}
extension DebtRule: Bindable {}
extension AccountBlock.Cause: Bindable {}
extension DepositHold.Cause: Bindable {}
extension DepositHold.Phase: Bindable {}
extension RampOrder.FundsMoved: Bindable {}
extension Notice.Kind: Bindable {}
extension DeclineClass: Bindable {}
