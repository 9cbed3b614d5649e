internal import StrictJSON
package import TopUpCore

/// Balances from a Substrate node's JSON-RPC 2.0, over HTTP POST.
///
/// A balance is read in two steps: which block is the head, then that block's number and the
/// storage *at that block*, side by side, so that both belong together whatever the chain does
/// meanwhile.
/// - Source: the JSON-RPC specification of Polkadot SDK nodes, `chain_*` and `state_*`.
package struct SubstrateNode: BalanceReader {
  private let url: String
  private let timeout: Duration
  private let transport: any HTTPTransport

  /// - Parameters:
  ///   - url: of the node's RPC port, such as `http://127.0.0.1:9944`.
  ///   - timeout: of each of the calls that one reading takes.
  package init(url: String, timeout: Duration = .seconds(5), over transport: any HTTPTransport) {
    self.url = url
    self.timeout = timeout
    self.transport = transport
  }

  package func balance(of account: DDCAccount) async -> OutsideResult<BalanceReading> {
    await reading(of: account, isFinalized: true)
  }

  package func displayBalance(of account: DDCAccount) async -> OutsideResult<BalanceReading> {
    await reading(of: account, isFinalized: false)
  }

  package func finalizedHead() async -> OutsideResult<BlockReference> {
    do throws(Failure) {
      return .answered(try await block(try await head(isFinalized: true)))
    } catch {
      return error.result()
    }
  }

  package func finalizedBlock(_ number: UInt64) async -> OutsideResult<FinalizedBlock> {
    do throws(Failure) {
      let hash = try await head(isFinalized: true)
      let head = try await header(hash)
      // Above the finalized head a number names a block that a fork may still take away.
      guard let height = Int64(exactly: number), number <= head.number else {
        return .answered(FinalizedBlock(number: number, hash: nil, head: head.number))
      }
      if head.number - number <= Self.ancestorsMax {
        let ancestor = try await ancestor(of: hash, head, number: number)
        return .answered(FinalizedBlock(number: number, hash: ancestor, head: head.number))
      }
      guard let hash = try await call("chain_getBlockHash", [.integer(height)]).hash else {
        throw .unknown("\(Unreadable("chain_getBlockHash gave no hash of block \(number)"))")
      }
      return .answered(FinalizedBlock(number: number, hash: hash, head: head.number))
    } catch {
      return error.result()
    }
  }

  // MARK: Steps

  private func reading(
    of account: DDCAccount, isFinalized: Bool
  ) async -> OutsideResult<BalanceReading> {
    do throws(Failure) {
      let hash = try await head(isFinalized: isFinalized)
      // Both are of that one block, so neither waits for the other.
      async let ledger = self.storedLedger(of: account, at: hash)
      let block = try await block(hash)
      return .answered(
        BalanceReading(block: block, isFinalized: isFinalized, ledger: try await ledger.get()))
    } catch {
      return error.result()
    }
  }

  private func head(isFinalized: Bool) async throws(Failure) -> String {
    // Without a number, `chain_getBlockHash` names the best block.
    let method = isFinalized ? "chain_getFinalizedHead" : "chain_getBlockHash"
    guard let hash = try await call(method, []).hash else {
      throw .unknown("\(Unreadable("\(method) gave no hash"))")
    }
    return hash
  }

  private func block(_ hash: String) async throws(Failure) -> BlockReference {
    BlockReference(number: try await header(hash).number, hash: hash)
  }

  private struct Header {
    let number: UInt64
    let parent: String?
  }

  private func header(_ hash: String) async throws(Failure) -> Header {
    let header = try await call("chain_getHeader", [.string(hash)])
    guard let number = header["number"]?.string.flatMap(Self.number) else {
      throw .unknown("\(Unreadable("chain_getHeader gave no number"))")
    }
    return Header(number: number, parent: header["parentHash"]?.hash)
  }

  /// So far below a finalized head its ancestors are followed. Whoever is asked for a number instead
  /// goes by a chain of its own: behind one address there may be several nodes, and one that is behind
  /// the one that told the head may be on a fork there. None is by more than this.
  private static let ancestorsMax: UInt64 = 64

  /// The hash of a block that another is descended from.
  private func ancestor(
    of hash: String, _ header: Header, number: UInt64
  ) async throws(Failure) -> String {
    var (hash, header) = (hash, header)
    while header.number > number {
      guard let parent = header.parent else {
        throw .unknown("\(Unreadable("chain_getHeader gave no parent"))")
      }
      let above = header.number
      hash = parent
      // The last one's header says nothing that is needed.
      if above - 1 == number { return hash }
      header = try await self.header(hash)
      guard header.number == above - 1 else {
        throw .unknown("\(Unreadable("a parent's number is not the one below"))")
      }
    }
    return hash
  }

  /// As a value, for what runs beside something else throws no typed error.
  private func storedLedger(
    of account: DDCAccount, at hash: String
  ) async -> Result<DDCLedger?, Failure> {
    do throws(Failure) {
      return .success(try await ledger(of: account, at: hash))
    } catch { return .failure(error) }
  }

  private func ledger(of account: DDCAccount, at hash: String) async throws(Failure) -> DDCLedger? {
    let key = Hex.prefixedText(DDCLedgerCodec.storageKey(of: account))
    switch try await call("state_getStorage", [.string(key), .string(hash)]) {
    case .null: return nil  // Never deposited.
    case .string(let text):
      guard let value = Hex.prefixedBytes(text) else {
        throw .unknown("\(Unreadable("state_getStorage gave no hex"))")
      }
      do throws(DDCLedgerError) {
        return try DDCLedgerCodec.ledger(from: value, of: account.owner)
      } catch {
        throw .unknown("\(Unreadable("a ledger: \(error)"))")
      }
    case .bool, .number, .array, .object:
      throw .unknown("\(Unreadable("state_getStorage gave no hex"))")
    }
  }

  /// `0x` and 1 to 16 digits, without leading zeros but for zero itself.
  private static func number(_ text: String) -> UInt64? {
    guard text.hasPrefix("0x"), let number = UInt64(text.dropFirst(2), radix: 16),
      text == "0x" + String(number, radix: 16)
    else { return nil }
    return number
  }

  // MARK: One call

  /// A call that gave no result; one of ``OutsideResult``'s cases.
  private enum Failure: Error {
    case refused(Refusal)
    case unknown(String)
    case notSent(String)

    func result<Value>() -> OutsideResult<Value> {
      switch self {
      case .refused(let refusal): .refused(refusal)
      case .unknown(let reason): .unknown(reason)
      case .notSent(let reason): .notSent(reason)
      }
    }
  }

  /// Each call has an exchange of its own, so one id does for all.
  private static let id: Int64 = 1

  /// - Returns: the result, which may be null.
  private func call(_ method: String, _ parameters: [JSON]) async throws(Failure) -> JSON {
    let body: JSON = [
      "jsonrpc": "2.0", "id": .integer(Self.id), "method": .string(method),
      "params": .array(parameters),
    ]
    let request = HTTPRequest(
      .post, url, headers: [HTTPField("Content-Type", "application/json")], body: body.utf8,
      timeout: timeout)
    switch await transport.send(request) {
    case .response(let response): return try Self.result(response, of: method)
    case .notSent(let reason): throw .notSent(reason)
    case .unknown(let reason): throw .unknown(reason)
    }
  }

  private static func result(
    _ response: HTTPResponse, of method: String
  ) throws(Failure) -> JSON {
    guard response.status == 200 else { throw .unknown("\(method): HTTP \(response.status)") }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: response.body)
    } catch {
      throw .unknown("\(Unreadable("\(method): \(error)"))")
    }
    guard json["jsonrpc"]?.string == "2.0", json["id"]?.int64 == id else {
      throw .unknown("\(Unreadable("\(method) was answered under another id"))")
    }
    if let error = json["error"] {
      throw .refused(
        Refusal(
          .invalid, code: error["code"]?.int64.map { String($0) } ?? "",
          message: "\(method): \(SecretScrub.text(error["message"]?.string ?? ""))"))
    }
    guard let result = json.object?["result"] else {
      throw .unknown("\(Unreadable("\(method) gave neither result nor error"))")
    }
    return result
  }
}
