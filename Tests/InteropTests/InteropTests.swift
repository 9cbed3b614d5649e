import TestSupport
import Testing

/// The interop server, as built, under a stock grpcio client: the cases of gRPC's "Interoperability
/// Test Case Descriptions", and what the description says of servers beyond its cases.
@Suite struct InteropTests {
  private static let client = "InteropTests/interop_client.py"

  private static let cases = [
    "empty_unary", "cacheable_unary", "large_unary", "fills_what_is_asked", "refusals",
    "client_streaming", "server_streaming", "ping_pong", "empty_stream", "half_duplex",
    "observes_intervals", "custom_metadata", "status_code_and_message", "special_status_message",
    "unimplemented_method", "unimplemented_service", "cancel_after_begin",
    "cancel_after_first_response", "timeout_on_sleeping_server", "slow_consumer", "slow_server",
    "pick_first_unary", "concurrent_large_unary", "rpc_soak", "channel_soak",
    "client_compressed_unary", "server_compressed_unary", "client_compressed_streaming",
    "server_compressed_streaming",
  ]

  @Test(.timeLimit(.minutes(3)), arguments: cases)
  func `a stock client makes the interop case`(name: String) async {
    let client = await PythonPeer.run(
      Self.client, ["--server", BuiltPrograms.folder + "/interop-server", name])
    #expect(client.exitCode == 0, "\(client.output)")
    #expect(client.output.contains("ok   \(name) "), "\(client.output)")
  }

  @Test(.timeLimit(.minutes(5)), arguments: ["--server", "--tls-server"])
  func `all cases, one after the other, leave one server on two loops in good health`(
    server: String
  ) async {
    let client = await PythonPeer.run(
      Self.client, [server, BuiltPrograms.folder + "/interop-server --loops 2"])
    #expect(client.exitCode == 0, "\(client.output)")
  }
}
