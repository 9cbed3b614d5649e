/// The table for the pre-scan: every message of the module and every message within reach.
struct SchemaEmitter {
  let tableName: String
  /// Where each message stands in the table, by its full name.
  private(set) var indices: [String: Int] = [:]
  private var order: [MessageModel] = []

  init(_ files: [FileModel], _ registry: TypeRegistry, _ options: Options) throws(ProtogenError) {
    tableName = options.module + "Schema"
    for file in files { for message in file.messages { try add(message, registry) } }
    for message in order { _ = try Self.slots(message) }
  }

  private mutating func add(
    _ message: MessageModel, _ registry: TypeRegistry
  ) throws(ProtogenError) {
    guard indices[message.fullName] == nil else { return }
    indices[message.fullName] = order.count
    order.append(message)
    for inner in message.messages { try add(inner, registry) }
    for field in message.fields where field.type == .message {
      guard let target = registry.messages[field.typeName]?.model else {
        throw .unknownType(field.typeName)
      }
      try add(target, registry)
    }
  }

  /// The bit of each singular sub-message; members of one oneof share theirs.
  private static func slots(_ message: MessageModel) throws(ProtogenError) -> [Int32: Int] {
    var slots: [Int32: Int] = [:]
    var oneofSlots: [Int: Int] = [:]
    var next = 0
    for field in message.fields where field.type == .message && !field.isRepeated {
      if let oneof = field.oneof, let slot = oneofSlots[oneof] {
        slots[field.number] = slot
        continue
      }
      slots[field.number] = next
      if let oneof = field.oneof { oneofSlots[oneof] = next }
      next += 1
    }
    guard next <= 64 else {
      throw .unsupported("\(message.fullName): more than 64 singular sub-messages")
    }
    return slots
  }

  func emit() throws(ProtogenError) -> SourceWriter {
    var tables: [[String]] = []
    for message in order { tables.append(try rows(message)) }
    var source = SourceWriter()
    source.line("/// What the pre-scan knows of the module's messages.")
    source.block("enum \(tableName)") { source in
      source.line("static let shared = WireSchema([")
      for (message, rows) in zip(order, tables) {
        source.line("  // \(indices[message.fullName] ?? 0): \(message.fullName)")
        source.line(rows.isEmpty ? "  []," : "  [")
        for row in rows { source.line("    \(row),") }
        if !rows.isEmpty { source.line("  ],") }
      }
      source.line("])")
    }
    return source
  }

  private func rows(_ message: MessageModel) throws(ProtogenError) -> [String] {
    let slots = try Self.slots(message)
    return message.fields.sorted { $0.number < $1.number }.map { field in
      var row = "WireField(\(field.number), \"\(field.name)\", .\(Self.kind(field.type))"
      if field.isRepeated { row += ", isRepeated: true" }
      if let slot = slots[field.number] { row += ", slot: \(slot)" }
      if field.type == .message { row += ", message: \(indices[field.typeName] ?? 0)" }
      return row + ")"
    }
  }

  private static func kind(_ type: FieldType) -> String {
    switch type {
    case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool, .enum: "varint"
    case .fixed32, .sfixed32, .float: "fixed32"
    case .fixed64, .sfixed64, .double: "fixed64"
    case .string: "text"
    case .bytes: "bytes"
    case .message, .group: "message"
    }
  }
}
