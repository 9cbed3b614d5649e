/// What a handler may know of its call, and set.
public struct ServerContext: Sendable {
  private let call: any ServerCall

  public init(_ call: any ServerCall) { self.call = call }

  public var method: MethodDescriptor { call.method }
  /// When the caller stops waiting; nil when it waits for ever.
  public var deadline: MonotonicInstant? { call.deadline }
  /// The connection that the call came in on.
  public var peer: PeerConnection { call.peer }
  /// Whom the call is made for; nil when no interceptor asked.
  public var principal: Principal? { call.principal }
  /// What an owner keeps with the call's connection; nil when it keeps nothing, and away from the
  /// call's executor.
  package func note(of owner: AnyObject) -> AnyObject? {
    call.isOnExecutor ? call.connectionNotes.note(of: owner) : nil
  }

  /// Keeps a note with the call's connection; away from the call's executor nothing is kept.
  package func keep(_ note: AnyObject, of owner: AnyObject) {
    if call.isOnExecutor { call.connectionNotes.keep(note, of: owner) }
  }

  /// What the caller sent beside the call.
  public var metadata: Metadata { call.metadata }

  /// Sent with the response headers; call before the first message is written.
  public func setInitialMetadata(_ metadata: Metadata) async {
    let call = call
    try? await call.onExecutor { () throws(RPCError) in call.setInitialMetadata(metadata) }
  }

  /// Has responses encoded, if the caller can read that; call before the first message is written.
  public func encodeResponses(_ encoding: MessageEncoding) async {
    let call = call
    try? await call.onExecutor { () throws(RPCError) in call.encodeResponses(encoding) }
  }

  /// Whether the message that was read last came compressed.
  public var wasRequestCompressed: Bool {
    get async {
      let call = call
      return (try? await call.onExecutor { () throws(RPCError) in call.wasRequestCompressed })
        ?? false
    }
  }

  /// Sent after the status.
  public func addTrailers(_ metadata: Metadata) async {
    let call = call
    try? await call.onExecutor { () throws(RPCError) in call.addTrailers(metadata) }
  }
}
