/// Method descriptors, the protocol that a server implements and the client of each service.
struct ServicesEmitter {
  private let registry: TypeRegistry
  private let options: Options

  init(_ registry: TypeRegistry, _ options: Options) {
    self.registry = registry
    self.options = options
  }

  func emit(_ file: FileModel) -> SourceWriter {
    var source = SourceWriter()
    for service in file.services {
      if !source.isEmpty { source.line() }
      let names = ServiceNames(service, prefix: options.prefixes[file.package] ?? "")
      emitMethods(service, names, options.requestBytesMax[file.package], to: &source)
      source.line()
      emitProtocol(service, names, to: &source)
      source.line()
      emitClient(service, names, to: &source)
    }
    return source
  }

  private func type(of method: MethodModel) -> String {
    switch (method.streamsRequests, method.streamsResponses) {
    case (false, false): "unary"
    case (true, false): "clientStream"
    case (false, true): "serverStream"
    case (true, true): "bidirectional"
    }
  }

  private func emitMethods(
    _ service: ServiceModel, _ names: ServiceNames, _ bytesMax: Int?,
    to source: inout SourceWriter
  ) {
    source.line("/// The methods of `\(service.fullName)`.")
    source.block("public enum \(names.methods)") { source in
      source.line("public static let serviceName = \"\(service.fullName)\"")
      for method in service.methods {
        let limit = bytesMax.map { ", requestBytesMax: \(Self.grouped($0))" } ?? ""
        source.line("public static let \(SwiftNames.method(method.name)) = MethodDescriptor(")
        source.line(
          "  service: serviceName, method: \"\(method.name)\", type: .\(type(of: method))\(limit))")
      }
      source.line()
      source.block("public static var all: [MethodDescriptor]") { source in
        source.list("[", service.methods.map { SwiftNames.method($0.name) }, "]")
      }
    }
  }

  /// A number with a mark at each thousand.
  private static func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text = "_" + text }
      text = String(digit) + text
    }
    return text
  }

  // MARK: Server

  private func emitProtocol(
    _ service: ServiceModel, _ names: ServiceNames, to source: inout SourceWriter
  ) {
    source.line("/// What serves `\(service.fullName)`.")
    if !service.comment.isEmpty {
      source.line("///")
      source.doc(service.comment)
    }
    source.block("public protocol \(names.serviceProtocol): RPCService") { source in
      for method in service.methods {
        source.doc(method.comment)
        let result = method.streamsResponses ? "" : " -> \(registry.swiftName(method.output))"
        source.list(
          "func \(SwiftNames.method(method.name))(", serverParameters(method),
          ") async throws\(result)")
      }
    }
    source.line()
    source.block("extension \(names.serviceProtocol)") { source in
      source.block("public var methods: [RPCMethod]") { source in
        source.line("[")
        for method in service.methods {
          let name = SwiftNames.method(method.name)
          let (parameters, arguments) = handler(method)
          source.line("  .\(type(of: method))(\(names.methods).\(name)) { \(parameters) in")
          source.line("    try await self.\(name)(\(arguments))")
          source.line("  },")
        }
        source.line("]")
      }
    }
  }

  private func serverParameters(_ method: MethodModel) -> [String] {
    let input = registry.swiftName(method.input)
    let output = registry.swiftName(method.output)
    let request =
      method.streamsRequests ? "_ requests: MessageStream<\(input)>" : "_ request: \(input)"
    let responses = method.streamsResponses ? ["responses: MessageWriter<\(output)>"] : []
    return [request] + responses + ["context: ServerContext"]
  }

  /// The handler's closure: its parameters and what it hands on.
  private func handler(_ method: MethodModel) -> (parameters: String, arguments: String) {
    let request = method.streamsRequests ? "requests" : "request"
    return method.streamsResponses
      ? ("\(request), responses, context", "\(request), responses: responses, context: context")
      : ("\(request), context", "\(request), context: context")
  }

  // MARK: Client

  private func emitClient(
    _ service: ServiceModel, _ names: ServiceNames, to source: inout SourceWriter
  ) {
    source.line("/// Calls `\(service.fullName)`.")
    source.block("public struct \(names.client): Sendable") { source in
      source.line("public let channel: any ClientChannel")
      source.line()
      source.line("public init(_ channel: any ClientChannel) { self.channel = channel }")
      for method in service.methods {
        source.line()
        source.doc(method.comment)
        emitCall(method, names, to: &source)
      }
    }
  }

  private func emitCall(
    _ method: MethodModel, _ names: ServiceNames, to source: inout SourceWriter
  ) {
    let name = SwiftNames.method(method.name)
    let input = registry.swiftName(method.input)
    let output = registry.swiftName(method.output)
    let body: String?
    switch (method.streamsRequests, method.streamsResponses) {
    case (false, false): body = nil
    case (false, true): body = "MessageStream<\(output)>"
    case (true, false): body = "MessageWriter<\(input)>"
    case (true, true): body = "MessageStream<\(output)>, MessageWriter<\(input)>, any ClientCall"
    }
    var parameters = method.streamsRequests ? [] : ["_ request: \(input)"]
    parameters.append("options: CallOptions = CallOptions()")
    if let body {
      parameters.append("_ body: @escaping @Sendable (\(body)) async throws(RPCError) -> Void")
    }
    let result = method.streamsResponses ? "" : " -> \(output)"
    source.list("public func \(name)(", parameters, ") async throws(RPCError)\(result) {")
    source.indented { source in
      let arguments =
        (method.streamsRequests ? "" : ", request") + ", options: options"
        + (body == nil ? "" : ", body")
      source.line(
        "try await channel.\(type(of: method))(\(names.methods).\(name)\(arguments))")
    }
    source.line("}")
  }
}
