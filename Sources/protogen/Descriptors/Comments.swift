import ProtobufWire
import RPCCore

/// The comments of one file, by the path of what they stand at.
///
/// - Source: google/protobuf/descriptor.proto, `SourceCodeInfo.Location`.
struct Comments {
  private var texts: [[Int32]: String] = [:]

  /// - Parameter infos: the file's `source_code_info`, none or one.
  init(_ infos: [WireTree]) throws(MessageError) {
    for info in infos {
      for location in try info.trees(1) {
        guard let text = location.text(3) ?? location.text(4) else { continue }
        texts[try Self.path(location)] = text
      }
    }
  }

  /// The comment before an element, or behind it; empty when there is none.
  subscript(path: [Int32]) -> String { texts[path] ?? "" }

  private static func path(_ location: WireTree) throws(MessageError) -> [Int32] {
    var path: [Int32] = []
    for packed in location.contents(1) {
      var reader = WireReader(from: 0, to: packed.count)
      while !reader.isAtEnd {
        path.append(unsafe Int32(truncatingIfNeeded: try reader.varint(in: packed.span.bytes)))
      }
    }
    return path
  }
}
