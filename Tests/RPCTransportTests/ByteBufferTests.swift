import RPCTransport
import TestSupport
import Testing

@Suite struct ByteBufferTests {
  private func contents(_ buffer: borrowing ByteBuffer) -> [UInt8] {
    buffer.withBytes { Array($0) }
  }

  private func append(_ bytes: [UInt8], to buffer: inout ByteBuffer) {
    bytes.withUnsafeBytes { buffer.append($0) }
  }

  @Test func `an empty buffer lends nothing`() {
    let buffer = ByteBuffer()
    #expect(contents(buffer) == [])
    let isEmpty = buffer.isEmpty
    #expect(isEmpty)
  }

  @Test func `bytes leave in the order they came`() {
    var buffer = ByteBuffer()
    append([1, 2, 3], to: &buffer)
    buffer.append(4)
    #expect(contents(buffer) == [1, 2, 3, 4])
    buffer.consume(2)
    let (first, second) = (buffer[0], buffer[1])
    #expect([first, second] == [3, 4])
    append([5], to: &buffer)
    #expect(contents(buffer) == [3, 4, 5])
  }

  @Test func `what a body wrote is appended, no more`() {
    var buffer = ByteBuffer()
    buffer.append(1)
    buffer.appendUpTo(100) { room in
      room[0] = 2
      room[1] = 3
      return 2
    }
    #expect(contents(buffer) == [1, 2, 3])
  }

  @Test func `any mix of appending and consuming agrees with an array`() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<50 {
      var buffer = ByteBuffer()
      var model: [UInt8] = []
      for _ in 0..<300 {
        if Bool.random(using: &generator) {
          let bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
          }
          append(bytes, to: &buffer)
          model += bytes
        } else {
          let count = Int.random(in: 0...model.count, using: &generator)
          buffer.consume(count)
          model.removeFirst(count)
        }
        let count = buffer.count
        #expect(count == model.count)
      }
      #expect(contents(buffer) == model)
    }
  }

  @Test func `consuming more than there is, and a byte past the end, trap`() async {
    await #expect(processExitsWith: .failure) {
      var buffer = ByteBuffer()
      buffer.append(1)
      buffer.consume(2)
    }
    await #expect(processExitsWith: .failure) {
      var buffer = ByteBuffer()
      buffer.append(1)
      _ = buffer[1]
    }
  }
}
