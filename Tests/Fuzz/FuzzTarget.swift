import Glibc

/// What one run of the fuzzer puts its bytes to, chosen by name.
///
/// A target must end for every input; it traps when one of the properties it states is broken.
enum FuzzTarget: String, CaseIterable {
  case framing, http2, protobuf, headers, timeout, policy, token, spiffe, webhook, json, address

  /// The one that `FUZZ_TARGET` names.
  static let chosen: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
      let names = allCases.map(\.rawValue).joined(separator: " ")
      fatalError("FUZZ_TARGET is \"\(name)\"; it must be one of: \(names)")
    }
    return target
  }()

  func run(_ bytes: [UInt8]) {
    switch self {
    case .framing: WireFuzz.framing(bytes)
    case .http2: HTTP2Fuzz.run(bytes)
    case .protobuf: ProtobufFuzz.run(bytes)
    case .headers: WireFuzz.headers(bytes)
    case .timeout: WireFuzz.timeout(bytes)
    case .policy: IdentityFuzz.policy(bytes)
    case .token: IdentityFuzz.token(bytes)
    case .spiffe: IdentityFuzz.spiffe(bytes)
    case .webhook: TextFuzz.webhook(bytes)
    case .json: TextFuzz.json(bytes)
    case .address: TextFuzz.address(bytes)
    }
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

/// States a property; a trap is what the fuzzer takes for a find.
func expect(_ condition: Bool, _ property: String) {
  if !condition { fatalError("broken: \(property)") }
}
