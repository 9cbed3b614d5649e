/// Something that stands between every call of a server and its handler: it judges, it counts, or
/// it changes how a method is served.
///
/// All three are on the path of every call, so none of them may block or wait. ``callBegan(_:)`` and
/// ``callEnded(_:with:)`` run on the call's own executor.
public protocol ServerInterceptor: AnyObject, Sendable {
  /// Told once, before the server begins to serve: every method, each at the place that
  /// ``ServerCall/methodNumber`` gives, so that what is kept for each needs no look-up.
  func prepare(for methods: [MethodDescriptor])

  /// Asked once for each method, before the server begins to serve.
  ///
  /// - Returns: the method as it is to be served from now on; itself unless the interceptor wants to
  ///   stand around its handler.
  func wrap(_ method: RPCMethod) -> RPCMethod

  /// The call's header block is in and its method is known; nothing of its messages was read.
  ///
  /// - Throws: the refusal that ends the call. Later interceptors and the handler never see it.
  func callBegan(_ call: any ServerCall) throws(RPCError)

  /// The call is over; once for each call whose ``callBegan(_:)`` did not throw. The handler of a
  /// call that was cut short may still be running.
  func callEnded(_ call: any ServerCall, with status: Status)
}

extension ServerInterceptor {
  public func prepare(for methods: [MethodDescriptor]) {}
  public func wrap(_ method: RPCMethod) -> RPCMethod { method }
  public func callBegan(_ call: any ServerCall) throws(RPCError) {}
  public func callEnded(_ call: any ServerCall, with status: Status) {}
}
