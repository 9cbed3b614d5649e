import Glibc

/// Which known fault is built in; part of the mutants' tree alone, never of the service.
package enum Mutant {
  private static let chosen: String =
    unsafe getenv("TOPUP_MUTANT").map {
      unsafe String(cString: $0)
    } ?? ""

  package static func isOn(_ name: String) -> Bool { chosen == name }
}
