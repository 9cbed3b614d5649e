internal import Glibc

/// A program that runs beside a test and ends when its standard input does.
package final class BackgroundProcess: Sendable {
  private let child: ChildProcess
  private let input: Int32
  private let output: Int32

  /// - Parameter arguments: the program's path first; it is looked up in PATH without a slash.
  /// - Returns: nil when the program cannot be started.
  package init?(_ arguments: [String]) {
    var inputPipe: [Int32] = [-1, -1]
    var outputPipe: [Int32] = [-1, -1]
    guard pipe(&inputPipe) == 0, pipe(&outputPipe) == 0 else { return nil }
    let child = ChildProcess.start(arguments, input: inputPipe[0], output: outputPipe[1])
    close(inputPipe[0])
    close(outputPipe[1])
    guard let child else {
      close(inputPipe[1])
      close(outputPipe[0])
      return nil
    }
    self.child = child
    input = inputPipe[1]
    output = outputPipe[0]
  }

  /// The first line that it prints; nil when it ends without one. Blocks, as a fast start allows.
  package func firstLine() -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      let count = read(output, &byte, 1)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return nil }
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
  }

  /// Ends its input and waits for its end. Once only.
  package func stop() {
    close(input)
    close(output)
    _ = child.wait()
  }
}
