public import RPCCore

/// Judges a message's bytes against its schema before C code sees them.
///
/// libprotobuf-c 1.4.1 trusts its input: it has no limit on nesting (a message of 30 KB overflows
/// an 8 MiB stack), merges a repeated singular sub-message in quadratic time (160 KB cost 1.3 s),
/// and takes text that is not UTF-8 or holds NUL. One pass over the bytes, no memory, bounded work.
public struct WirePrescan {
  /// Deeper than any message of ours by far, and shallow for a 512 KiB stack.
  public static let depthMax = 32
  /// Fields of a message with all its sub-messages: what 256 KiB of fields of four bytes come to.
  public static let fieldsMax = 65_536
  /// Fields that the schema lacks: a newer caller has a few, and the library keeps each.
  public static let unknownFieldsMax = 1_024

  private let schema: WireSchema
  private var fieldsLeft = Self.fieldsMax
  private var unknownFieldsLeft = Self.unknownFieldsMax

  private init(_ schema: WireSchema) { self.schema = schema }

  /// Checks a whole message.
  ///
  /// - Throws: ``MessageError``, naming a text field by its dotted path.
  public static func check(_ bytes: RawSpan, as message: MessageSchema) throws(MessageError) {
    var scan = WirePrescan(message.schema)
    try scan.message(message.index, in: bytes, from: 0, to: bytes.byteCount, depth: 1)
  }

  private mutating func message(
    _ index: Int, in bytes: RawSpan, from start: Int, to end: Int, depth: Int
  ) throws(MessageError) {
    guard depth <= Self.depthMax else {
      throw .overBudget("messages nest deeper than \(Self.depthMax)")
    }
    let first = schema.starts[index]
    let table = schema.rows
    let rows = table.span.extracting(first..<schema.starts[index + 1])
    var seen: UInt64 = 0
    var reader = WireReader(from: start, to: end)
    while !reader.isAtEnd {
      let (number, form) = try reader.tag(in: bytes)
      fieldsLeft -= 1
      guard fieldsLeft >= 0 else { throw .overBudget("more than \(Self.fieldsMax) fields") }
      guard let position = Self.position(of: number, in: rows) else {
        try unknownField(form, in: bytes, &reader)
        continue
      }
      let row = rows[position]
      guard form == .lengthDelimited else {
        guard form == row.kind.form else { throw WireFault.form.error }
        try reader.skipValue(form, in: bytes)
        continue
      }
      let length = try reader.length(in: bytes)
      let valueStart = reader.position
      try reader.skip(length)
      if row.slot != WireField.noSlot {
        let bit = UInt64(1) << UInt64(row.slot)
        guard seen & bit == 0 else {
          throw .malformed("field \(schema.names[first + position]) stands twice")
        }
        seen |= bit
      }
      do throws(MessageError) {
        try value(row, in: bytes, from: valueStart, to: reader.position, depth: depth)
      } catch {
        throw Self.within(schema.names[first + position], error)
      }
    }
  }

  /// Checks the bytes of a length-delimited field that the schema has.
  ///
  /// - Throws: for bad text, the path below this field; empty when it is this field's own.
  private mutating func value(
    _ row: WireSchema.Row, in bytes: RawSpan, from start: Int, to end: Int, depth: Int
  ) throws(MessageError) {
    switch row.kind {
    case .bytes: return
    case .text:
      guard WireText.isValid(bytes, from: start, to: end) else { throw .badText(field: "") }
    case .message:
      try message(Int(row.message), in: bytes, from: start, to: end, depth: depth + 1)
    case .varint, .fixed32, .fixed64:
      guard row.isRepeated else { throw WireFault.form.error }
      try packed(row.kind, in: bytes, from: start, to: end)
    }
  }

  /// A fault with the path of a text field lengthened by the field around it.
  private static func within(_ name: StaticString, _ error: MessageError) -> MessageError {
    guard case .badText(let path) = error else { return error }
    return .badText(field: path.isEmpty ? "\(name)" : "\(name).\(path)")
  }

  /// Checks the elements of a packed field.
  private func packed(
    _ kind: WireKind, in bytes: RawSpan, from start: Int, to end: Int
  ) throws(MessageError) {
    switch kind {
    case .fixed32: guard (end - start) % 4 == 0 else { throw WireFault.packed.error }
    case .fixed64: guard (end - start) % 8 == 0 else { throw WireFault.packed.error }
    case .varint, .bytes, .text, .message:
      var elements = WireReader(from: start, to: end)
      while !elements.isAtEnd { _ = try elements.varint(in: bytes) }
    }
  }

  private mutating func unknownField(
    _ form: WireForm, in bytes: RawSpan, _ reader: inout WireReader
  ) throws(MessageError) {
    unknownFieldsLeft -= 1
    guard unknownFieldsLeft >= 0 else {
      throw .overBudget("more than \(Self.unknownFieldsMax) unknown fields")
    }
    try reader.skipValue(form, in: bytes)
  }

  /// Where a field stands in the table: at its number when the numbers have no gaps, as is the
  /// rule, else by bisection.
  private static func position(of number: UInt32, in rows: Span<WireSchema.Row>) -> Int? {
    let guess = Int(number) &- 1
    if guess < rows.count, rows[guess].number == number { return guess }
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      let candidate = rows[middle].number
      if candidate == number { return middle }
      if candidate < number { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}
