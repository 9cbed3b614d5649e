internal import ProtobufRuntime
internal import RPCCore
internal import RPCServices

/// The files by their names and symbols, and the answers to a client's questions. A value.
struct ReflectionIndex: Sendable {
  private let services: [String]
  private let files: [String: FileDescriptor]
  /// The name of the file that defines a symbol.
  private let definitions: [String: String]

  init(services: [String], files: [FileDescriptor]) {
    self.services = services.sorted()
    self.files = Dictionary(files.map { ($0.name, $0) }) { first, _ in first }
    definitions = Dictionary(
      files.flatMap { file in file.symbols.map { ($0, file.name) } }
    ) { first, _ in first }
  }

  /// What is not there is an error inside the answer: the stream stays open (gRPC reflection).
  func answer(_ request: ServerReflectionRequest) -> ServerReflectionResponse {
    ServerReflectionResponse(
      validHost: request.host, originalRequest: request, messageResponse: content(request))
  }

  private func content(
    _ request: ServerReflectionRequest
  ) -> ServerReflectionResponse.MessageResponse {
    switch request.messageRequest {
    case .fileByFilename(let name): file(name) ?? missing("file \(name)")
    case .fileContainingSymbol(let symbol):
      definitions[symbol].flatMap { file($0) } ?? missing("symbol \(symbol)")
    case .listServices:
      .listServicesResponse(
        ListServiceResponse(service: services.map { ServiceResponse(name: $0) }))
    case .allExtensionNumbersOfType(let type):
      // proto3 messages have no extensions.
      definitions[type] == nil
        ? missing("type \(type)")
        : .allExtensionNumbersResponse(ExtensionNumberResponse(baseTypeName: type))
    case .fileContainingExtension(let wanted):
      missing("extension \(wanted.extensionNumber) of \(wanted.containingType)")
    case nil:
      .errorResponse(
        ErrorResponse(
          errorCode: Int32(StatusCode.invalidArgument.rawValue),
          errorMessage: "the request asks nothing"))
    }
  }

  /// A file and all it imports, itself first, each once.
  private func file(_ name: String) -> ServerReflectionResponse.MessageResponse? {
    guard files[name] != nil else { return nil }
    var names = [name]
    var next = 0
    while next < names.count {
      for dependency in files[names[next]]?.dependencies ?? [] where !names.contains(dependency) {
        names.append(dependency)
      }
      next += 1
    }
    return .fileDescriptorResponse(
      FileDescriptorResponse(fileDescriptorProto: names.compactMap { files[$0]?.bytes }))
  }

  private func missing(_ what: String) -> ServerReflectionResponse.MessageResponse {
    .errorResponse(
      ErrorResponse(
        errorCode: Int32(StatusCode.notFound.rawValue), errorMessage: "there is no \(what)"))
  }
}
