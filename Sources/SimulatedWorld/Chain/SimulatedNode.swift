import StrictJSON
package import TopUpCore

/// The JSON-RPC face of a node over a simulated chain: just what a balance reader asks.
package enum SimulatedNode {
  /// Answers one request; the chain must have been moved to now.
  ///
  /// - Parameter lag: how many blocks the finalized head of this node is behind the others'.
  package static func handle(
    _ request: HTTPRequest, chain: SimulatedChain, lag: UInt64 = 0
  ) -> HTTPResponse {
    guard request.method == .post, RequestTarget(url: request.url)?.path == "/" else {
      return HTTPResponse(status: 405)
    }
    let type = request.values(of: "content-type").first?.lowercased() ?? ""
    guard type.hasPrefix("application/json") else { return HTTPResponse(status: 415) }
    guard let call = try? JSON(parsing: request.body) else {
      return failure(-32_700, "Parse error", id: .null)
    }
    let id = call["id"] ?? .null
    let known = ["jsonrpc", "id", "method", "params"]
    guard let members = call.object?.members, members.allSatisfy({ known.contains($0.name) }),
      call["jsonrpc"] == "2.0", let method = call["method"]?.string, id != .null
    else { return failure(-32_600, "Invalid Request", id: id) }
    do throws(RPCFailure) {
      let result = try answer(method, call["params"]?.array ?? [], chain, lag)
      return .json(["jsonrpc": "2.0", "id": id, "result": result])
    } catch {
      return failure(error.code, error.message, id: id)
    }
  }

  private struct RPCFailure: Error {
    var code: Int
    var message: String
  }

  private static func failure(_ code: Int, _ message: String, id: JSON) -> HTTPResponse {
    .json([
      "jsonrpc": "2.0", "id": id,
      "error": ["code": .integer(code), "message": .string(message)],
    ])
  }

  private static func answer(
    _ method: String, _ params: [JSON], _ chain: SimulatedChain, _ lag: UInt64
  ) throws(RPCFailure) -> JSON {
    switch method {
    case "chain_getFinalizedHead":
      try expect(params, 0...0)
      let first = chain.configuration.firstBlock
      return .string(chain.hash(of: max(first, chain.finalized - min(lag, chain.finalized))))
    case "chain_getBlockHash":
      try expect(params, 0...1)
      guard let number = params.first, number != .null else {
        return .string(chain.hash(of: chain.best))
      }
      guard let height = number.int64.flatMap({ UInt64(exactly: $0) }) else {
        throw RPCFailure(code: -32_602, message: "Invalid params: no block number")
      }
      let isThere = height >= chain.configuration.firstBlock && height <= chain.best
      return isThere ? .string(chain.hash(of: height)) : .null
    case "chain_getHeader":
      try expect(params, 0...1)
      guard let block = try block(params.first, chain) else { return .null }
      return header(of: block, chain)
    case "state_getStorage":
      try expect(params, 1...2)
      return try storage(params, chain)
    default: throw RPCFailure(code: -32_601, message: "Method not found")
    }
  }

  private static func expect(
    _ params: [JSON], _ count: ClosedRange<Int>
  ) throws(RPCFailure) {
    guard count.contains(params.count) else {
      throw RPCFailure(code: -32_602, message: "Invalid params: expected \(count)")
    }
  }

  /// The block that a parameter names, the best when there is none; nil when none has that hash.
  private static func block(
    _ param: JSON?, _ chain: SimulatedChain
  ) throws(RPCFailure) -> UInt64? {
    guard let param, param != .null else { return chain.best }
    guard let hash = param.string, Hex.prefixedBytes(hash)?.count == 32 else {
      throw RPCFailure(code: -32_602, message: "Invalid params: no block hash")
    }
    return chain.block(hash: hash)
  }

  private static func header(of block: UInt64, _ chain: SimulatedChain) -> JSON {
    let first = chain.configuration.firstBlock
    let zero = "0x" + String(repeating: "00", count: 32)
    return [
      "parentHash": .string(block > first ? chain.hash(of: block - 1) : zero),
      "number": .string("0x" + String(block, radix: 16)),
      "stateRoot": .string(zero), "extrinsicsRoot": .string(zero), "digest": ["logs": []],
    ]
  }

  private static func storage(
    _ params: [JSON], _ chain: SimulatedChain
  ) throws(RPCFailure) -> JSON {
    guard let key = params[0].string, Hex.prefixedBytes(key) != nil else {
      throw RPCFailure(code: -32_602, message: "Invalid params: no storage key")
    }
    guard let block = try block(params.count > 1 ? params[1] : nil, chain) else {
      throw RPCFailure(code: 4003, message: "Client error: UnknownBlock: Header was not found")
    }
    guard block + chain.configuration.statesKept >= chain.finalized else {
      throw RPCFailure(code: 4003, message: "Client error: State already discarded")
    }
    guard let account = chain.account(storageKey: key),
      let ledger = chain.ledger(of: account, at: block)
    else { return .null }
    return .string(Hex.prefixedText(DDCLedgerCodec.value(of: ledger)))
  }
}
