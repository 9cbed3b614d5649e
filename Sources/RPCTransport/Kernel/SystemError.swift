internal import CLinux
internal import Glibc

/// A system call that failed.
package struct SystemError: Error, Hashable, Sendable {
  /// The call, such as `bind`.
  package let call: String
  /// The C library's error number.
  package let number: Int32

  package init(_ call: String, number: Int32) {
    self.call = call
    self.number = number
  }

  /// Nobody listens there.
  package static let connectionRefused = ECONNREFUSED

  /// No descriptor is left (EMFILE, ENFILE).
  package var isOutOfDescriptors: Bool { number == EMFILE || number == ENFILE }
}

extension SystemError: CustomStringConvertible {
  package var description: String { "\(call): \(System.errorText(number))" }
}
