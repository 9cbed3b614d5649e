import Glibc
import KitchenSink
import ProtobufRuntime
import RPCCore
import Testing

/// Bytes that are made to hurt libprotobuf-c.
@Suite struct HostileBytesTests {
  private func fault<Message: ProtobufMessage>(
    _ bytes: [UInt8], as type: Message.Type
  ) -> MessageError? {
    do throws(MessageError) {
      _ = try Message(serializedBytes: bytes)
      return nil
    } catch { return error }
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// What this thread worked meanwhile, however busy the machine is.
  private func worked(_ body: () -> Void) -> Duration {
    func spent() -> Duration {
      var time = timespec()
      _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    let before = spent()
    body()
    return spent() - before
  }

  private func repeated(_ part: [UInt8], toBytes count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + part.count)
    while bytes.count < count { bytes += part }
    return bytes
  }

  @Test func `a merge bomb is refused before it is merged`() {
    // One Inner with a name, again and again: 640 KB of it take the library 32 s.
    let part: [UInt8] = [0x8A, 0x01, 0x03, 0x0A, 0x01, 0x61]
    let bytes = repeated(part, toBytes: 640_000)
    let elapsed = worked {
      #expect(fault(bytes, as: KitchenSink.self) == .malformed("field inner stands twice"))
    }
    #expect(elapsed < .seconds(1))
  }

  @Test func `a merge bomb inside a oneof is refused`() {
    let part: [UInt8] = [0x82, 0x02, 0x03, 0x0A, 0x01, 0x61]
    #expect(
      fault(repeated(part, toBytes: 640_000), as: KitchenSink.self)
        == .malformed("field thing stands twice"))
  }

  @Test func `four megabytes of empty sub-messages are refused`() {
    let bytes = repeated([0xC2, 0x03, 0x00], toBytes: 4 << 20)
    let elapsed = worked {
      #expect(fault(bytes, as: KitchenSink.self) == .overBudget("more than 65536 fields"))
    }
    #expect(elapsed < .seconds(1))
  }

  @Test func `amplification below the field limit is stopped by the memory budget`() {
    // 60,000 Inner of 3 bytes each: 72 bytes and more in C for each.
    let bytes = repeated([0xC2, 0x03, 0x00], toBytes: 180_000)
    #expect(
      fault(bytes, as: KitchenSink.self)
        == .overBudget("it takes more memory than 8 times its size"))
  }

  @Test func `the worst honest message is within the budget`() throws {
    let sink = KitchenSink(int64List: [Int64](repeating: 1, count: 200_000))
    #expect(try KitchenSink(serializedBytes: sink.serializedBytes) == sink)
  }

  @Test func `a list of thousands of small sub-messages is within the budget`() throws {
    // What gRPC's interop clients send: a request for 2,000 responses, five or six bytes for each.
    let sink = KitchenSink(
      innerList: [KitchenSink.Inner](repeating: .init(displayName: "a"), count: 2_000))
    #expect(try KitchenSink(serializedBytes: sink.serializedBytes) == sink)
  }

  @Test(arguments: [33, 1_000, 10_000, 60_000])
  func `nesting beyond the limit is refused at every depth`(_ depth: Int) {
    var bytes: [UInt8] = []
    var reversed: [UInt8] = []
    var length = 0
    for _ in 1..<depth {
      let head = [0x12] + Self.varint(length)
      reversed += head.reversed()
      length += head.count
    }
    bytes = reversed.reversed()
    #expect(
      fault(bytes, as: Node.self)
        == (depth > 32 ? .overBudget("messages nest deeper than 32") : nil))
  }

  @Test func `bad text is refused with its path`() {
    let nul = CookRequest(sink: KitchenSink(inner: .init(displayName: "a\0b"))).serializedBytes
    #expect(fault(nul, as: CookRequest.self) == .badText(field: "sink.inner.display_name"))
    #expect(fault([0x72, 0x01, 0xFF], as: KitchenSink.self) == .badText(field: "string_value"))
    #expect(
      fault([0xE2, 0x03, 0x03, 0x0A, 0x01, 0xC0], as: KitchenSink.self)
        == .badText(field: "string_map.key"))
    #expect(
      fault([0xAA, 0x03, 0x01, 0x80], as: KitchenSink.self) == .badText(field: "string_list"))
  }

  @Test func `bytes may hold what text may not`() throws {
    let sink = KitchenSink(bytesValue: [0, 0xFF, 0xC0])
    #expect(try KitchenSink(serializedBytes: sink.serializedBytes) == sink)
  }

  @Test func `a group is refused`() {
    #expect(fault([0x0B, 0x0C], as: Empty.self) == .malformed("a field has a tag that is none"))
  }

  @Test func `cut at any byte, a message is refused or read as far as it goes`() {
    let whole = KitchenSinkFixture.bytes
    var refused = 0
    for length in 0..<whole.count {
      let bytes = Array(whole[..<length])
      switch fault(bytes, as: KitchenSink.self) {
      case nil: continue
      case .malformed: refused += 1
      case let other: Issue.record("cut at \(length): \(String(describing: other))")
      }
    }
    #expect(refused > whole.count / 2)
  }

  @Test func `a message with any one byte changed is refused or read, never a crash`() {
    let whole = KitchenSinkFixture.bytes
    var read = 0
    for index in whole.indices {
      for change in [0x01, 0x80, 0xFF] as [UInt8] {
        var bytes = whole
        bytes[index] ^= change
        if let sink = try? KitchenSink(serializedBytes: bytes) {
          read += 1
          #expect(throws: Never.self) { try KitchenSink(serializedBytes: sink.serializedBytes) }
        }
      }
    }
    #expect(read > 0 && read < whole.count * 3)
  }

  @Test func `ten thousand random strings are refused or read, never a crash`() {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    var refused = 0
    for _ in 0..<10_000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int(state % 48) {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        bytes.append(UInt8(truncatingIfNeeded: state >> 24))
      }
      state = state &* 6_364_136_223_846_793_005 &+ 1
      if fault(bytes, as: KitchenSink.self) != nil { refused += 1 }
    }
    #expect(refused > 0 && refused < 10_000)
  }
}
