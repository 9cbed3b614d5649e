/// Why nothing was generated.
enum ProtogenError: Error, CustomStringConvertible {
  case usage(String)
  case file(String, operation: String, errno: Int32)
  case notProto3(String)
  case unsupported(String)
  case unknownType(String)
  case nameTaken(String)

  var description: String {
    switch self {
    case .usage(let problem): problem
    case .file(let path, let operation, let errno): "\(operation) \(path): error \(errno)"
    case .notProto3(let file): "\(file) is not proto3"
    case .unsupported(let what): "\(what): not supported"
    case .unknownType(let name): "\(name) is in none of the files and modules given"
    case .nameTaken(let name): "two declarations would be called \(name) in Swift"
    }
  }
}
