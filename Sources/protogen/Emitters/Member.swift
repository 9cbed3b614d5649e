/// One stored property of a message: a field, or a oneof with all its fields.
struct Member {
  enum Source {
    case field(FieldModel)
    case oneof(Int, OneofModel)
  }

  let source: Source
  let name: String
  let type: String
  let initial: String
  let comment: String
  /// Kept behind a pointer, for the message would contain itself.
  let isIndirect: Bool

  /// The property that holds an indirect value.
  var storedName: String { "_" + name.filter { $0 != "`" } }

  /// The members of a message in the order of their fields.
  static func members(of message: MessageModel, _ registry: TypeRegistry) -> [Member] {
    var members: [Member] = []
    var seen: Set<Int> = []
    for field in message.fields {
      guard let index = field.oneof else {
        let property = registry.property(field)
        members.append(
          Member(
            source: .field(field), name: SwiftNames.property(field.name), type: property.type,
            initial: property.initial, comment: field.comment,
            isIndirect: registry.isRecursive(field, in: message)))
        continue
      }
      guard seen.insert(index).inserted else { continue }
      let oneof = message.oneofs[index]
      members.append(
        Member(
          source: .oneof(index, oneof), name: SwiftNames.property(oneof.name),
          type: registry.oneofType(oneof, of: message) + "?", initial: "nil",
          comment: oneof.comment, isIndirect: false))
    }
    return members
  }
}
