/// Finds messages that contain themselves by way of singular fields.
struct RecursionFinder {
  private var fields: [String: [String]] = [:]

  init(_ files: [FileModel]) { for file in files { add(file.messages) } }

  private mutating func add(_ messages: [MessageModel]) {
    for message in messages {
      fields[message.fullName] = message.fields.filter { $0.type == .message && !$0.isRepeated }
        .map(\.typeName)
      add(message.messages)
    }
  }

  func reaches(_ target: String, from start: String) -> Bool {
    var seen: Set<String> = []
    var waiting = [start]
    while let name = waiting.popLast() {
      if name == target { return true }
      if seen.insert(name).inserted { waiting += fields[name] ?? [] }
    }
    return false
  }
}
