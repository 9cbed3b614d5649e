internal import ArgumentParser
internal import TopUpCore

extension Reading {
  @Sendable static func ledgerHead(_ text: String) throws -> LedgerHead {
    guard let head = LedgerHead(text), head.position > 0 else {
      throw ValidationError(
        "\"\(text)\" is no head of a ledger: a position from 1 on, a colon and 64 hexadecimal digits"
      )
    }
    return head
  }
}
