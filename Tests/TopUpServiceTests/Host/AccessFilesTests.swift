import Glibc
import Logging
import RPCCore
import RPCServer
import RPCTransport
import TestSupport
import Testing

@testable import TopUpService

/// The files that say who may call, in a folder of their own, changed under a daemon's hands.
@Suite struct AccessFilesTests {
  private final class Folder {
    let path: String

    init() throws {
      var template = Array("/tmp/topup-access-XXXXXX".utf8CString)
      path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
      for name in ["policy", "bindings", "keys", "new"] { unlink("\(path)/\(name)") }
      rmdir(path)
    }

    /// Puts a file in place by renaming: a reader sees the old one or the new one.
    func put(_ name: String, _ text: String) throws {
      let stream = try #require(fopen("\(path)/new", "w"))
      fputs(text, stream)
      fclose(stream)
      try #require(rename("\(path)/new", "\(path)/\(name)") == 0)
    }

    func put(tenant: String) throws {
      try put(
        "bindings",
        #"{"name": "b", "bindings": [{"name": "c", "principals": ["c"], "tenants": ["\#(tenant)"]}]}"#
      )
    }
  }

  private static let policy = #"{"name": "p", "allow_rules": [{"name": "all"}]}"#
  private static let keys =
    #"{"keys": [{"kty": "EC", "kid": "e", "crv": "P-256","#
    + #" "x": "HqBFFS6psN1SAT5uVniOfKUCi6IQG0k0kGv8CBMn2R8","#
    + #" "y": "GpOGCfCvJ27yrwmbskan0s3F0ISqsFlTcnoLx1PlJ5w"}]}"#

  private let folder: Folder
  private let log = LogCatcher()
  private let loop = ManualLoop()
  private let access: AccessControl
  private let watch: FileWatch

  init() throws {
    folder = try Folder()
    try folder.put("policy", Self.policy)
    try folder.put("keys", Self.keys)
    try folder.put(tenant: "old")
    var configuration = Configuration()
    configuration.access.policyFile = "\(folder.path)/policy"
    configuration.access.bindingsFile = "\(folder.path)/bindings"
    configuration.access.keysFile = "\(folder.path)/keys"
    configuration.access.tokenIssuer = "i"
    configuration.access.tokenAudience = "a"
    access = try AccessControl(configuration, logger: log.logger)
    watch = try #require(access.watch(on: loop))
    watch.start()
    loop.turn()
  }

  private func isBound(to tenant: String) -> Bool {
    access.grants.grant(of: "c").refusal(tenant: tenant, "f") == nil
  }

  @Test func `bindings that change count from the next look on`() throws {
    try folder.put(tenant: "new")
    #expect(isBound(to: "old"))
    loop.advance(by: FileWatch.lookInterval)
    #expect(isBound(to: "new"))
    #expect(!isBound(to: "old"))
    #expect(log.lines.suffix(1) == ["authorization files were read again"])
  }

  /// The status of a call, and its message.
  private func call(_ token: String? = nil) -> String {
    let definition = ServerDefinition(
      router: RPCRouter([EchoService()], interceptors: [access.interceptor]),
      interceptors: [access.interceptor], limits: HTTP2Limits())
    let connection = ServerConnection(
      definition,
      peer: PeerConnection(
        address: "test", isPrivate: true, identity: .process(user: 7, pid: 1)), on: loop)
    let peer = HTTP2Peer(connection, on: loop)
    peer.open()
    peer.call(1, "/test.Echo/Unary", [7], token.map { [("authorization", "Bearer \($0)")] } ?? [])
    return "\(peer[1].status ?? "") \(peer[1].message ?? "")"
  }

  @Test func `a policy that changes judges the calls from the next look on`() throws {
    #expect(call().hasPrefix("0 "))
    try folder.put(
      "policy",
      #"{"name": "p", "allow_rules": [{"name": "r", "source": {"principals": ["else"]}}]}"#)
    loop.advance(by: FileWatch.lookInterval)
    #expect(call() == "7 unix:uid:7 may not call /test.Echo/Unary: no allow rule")
  }

  /// Signed with a key that was thrown away; its time was over in 2001. To know that, one has to
  /// trust its key first.
  private static let token =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6Im5ldyJ9.eyJpc3MiOiJpIiwiYXVkIjpbImEiXSwiZXhwIjoxMDAwMDAwMDAwLCJ"
    + "zdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6dDpjIn0._nTJp-jnxAmEbrVZ0BvZ2qgThaOkC2aQD73SKhHlNPJu"
    + "yCa0IdIWCWpyWm-VxscxJro5f8h3PymS8eAckyz4SQ"
  private static let newKeys =
    #"{"keys": [{"kty": "EC", "kid": "new", "crv": "P-256","#
    + #" "x": "q323N1x-W3v-_ljvLDnqGrL5wprlhkHbvxjKtUljmj0","#
    + #" "y": "jQ3IQFB7cF0fb_iJ8ucm3FlW3VedQCG4a8a3VFGkAto"}]}"#

  @Test func `keys that change are those that tokens are held against`() throws {
    #expect(call(Self.token) == "16 \(CredentialRefusal.untrusted.advice)")
    try folder.put("keys", Self.newKeys)
    loop.advance(by: FileWatch.lookInterval)
    #expect(call(Self.token) == "16 \(CredentialRefusal.expired.advice)")
  }

  @Test func `without a policy nothing is served beyond this machine`() throws {
    for (host, starts) in [("127.0.0.1", true), ("0.0.0.0", false)] {
      var configuration = Configuration()
      configuration.listen = Endpoint(host: host, port: 1)
      let made = try? AccessControl(configuration, logger: log.logger)
      #expect((made != nil) == starts, "\(host)")
    }
  }

  @Test(arguments: [("policy", policy), ("keys", keys)])
  func `one file that is wrong holds the others back, and is said once`(
    name: String, good: String
  ) throws {
    try folder.put(name, "{}")
    try folder.put(tenant: "new")
    for _ in 0..<3 { loop.advance(by: FileWatch.lookInterval) }
    #expect(isBound(to: "old"))
    #expect(!isBound(to: "new"))
    let faults = log.lines.filter { $0.hasPrefix("authorization files are wrong") }
    #expect(faults.count == 1)
    let setting = name == "policy" ? "TOPUP_POLICY_FILE: " : "TOPUP_JWKS_FILE: "
    #expect(faults.first?.contains(setting) == true)
    try folder.put(name, good)
    loop.advance(by: FileWatch.lookInterval)
    #expect(isBound(to: "new"))
    #expect(!isBound(to: "old"))
  }

  @Test func `a file that is gone leaves what it said in force`() throws {
    try #require(unlink("\(folder.path)/bindings") == 0)
    loop.advance(by: FileWatch.lookInterval)
    #expect(isBound(to: "old"))
    #expect(log.lines.last?.contains("TOPUP_BINDINGS_FILE: cannot read") == true)
  }

  @Test func `what changed before the watch began is seen by its first look`() throws {
    watch.stop()
    let late = try #require(access.watch(on: loop))
    try folder.put(tenant: "new")
    late.start()
    loop.turn()
    loop.advance(by: FileWatch.lookInterval)
    #expect(isBound(to: "new"))
  }

  @Test func `a link above a file that is swapped is a change of the file`() throws {
    let path = folder.path
    for (name, text) in [("1", "a"), ("2", "b")] {
      try #require(mkdir("\(path)/\(name)", 0o700) == 0)
      try folder.put("\(name)/file", text)
    }
    try #require(symlink("1", "\(path)/data") == 0)
    var stamps = FileStamps(["\(path)/data/file"])
    var seen = [stamps.update()]
    try #require(symlink("2", "\(path)/new") == 0)
    try #require(rename("\(path)/new", "\(path)/data") == 0)
    seen += [stamps.update(), stamps.update()]
    #expect(seen == [false, true, false])
    for name in ["data", "1/file", "2/file"] { unlink("\(path)/\(name)") }
    for name in ["1", "2"] { rmdir("\(path)/\(name)") }
  }
}
