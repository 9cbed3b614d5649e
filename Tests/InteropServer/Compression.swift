import InteropAPI
import RPCCore

/// What requests say of how they came, and wish of how they are answered.
enum Compression {
  /// Holds the message that was read last against what it says of itself.
  ///
  /// - Throws: INVALID_ARGUMENT when it should have been compressed and was not. The other way round
  ///   is no fault: the description has the server refuse the first alone.
  static func check(_ expected: BoolValue?, _ context: ServerContext) async throws(RPCError) {
    guard expected?.value == true else { return }
    guard await context.wasRequestCompressed else {
      throw RPCError(.invalidArgument, "the request was to be compressed, and was not")
    }
  }

  /// Has the call's responses encoded when one of them is to be compressed. Which of them are is
  /// said with each; the call's encoding leaves with its first response.
  static func prepare(_ wishes: [BoolValue?], _ context: ServerContext) async {
    if wishes.contains(where: { isWished($0) }) { await context.encodeResponses(.gzip) }
  }

  static func isWished(_ wish: BoolValue?) -> Bool { wish?.value == true }
}
