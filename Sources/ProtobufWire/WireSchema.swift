/// The fields of a family of messages, in one flat table that protogen writes.
///
/// A class, so that handing it on costs a pointer.
public final class WireSchema: Sendable {
  /// What the scan looks at for each field it meets: small, so that a message's rows lie together.
  struct Row {
    let number: UInt32
    let message: UInt16
    let kind: WireKind
    let slot: UInt8
    let isRepeated: Bool
  }

  /// The fields of every message, one message after the other, by number within a message.
  let rows: [Row]
  /// The name of each field, for a refusal.
  let names: [StaticString]
  /// Where each message begins in `rows`; one more at the end.
  let starts: [Int]

  /// - Parameter messages: the fields of each message, by ascending number.
  public init(_ messages: [[WireField]]) {
    var starts = [0]
    for message in messages { starts.append(starts[starts.count - 1] + message.count) }
    let fields = messages.flatMap(\.self)
    self.starts = starts
    names = fields.map(\.name)
    rows = fields.map { field in
      Row(
        number: field.number, message: field.message, kind: field.kind, slot: field.slot,
        isRepeated: field.isRepeated)
    }
  }
}
