import Testing
import TopUpCore

/// Goes through every situation that can be reached from a start, the nearest first.
struct ModelCheck {
  private struct Node {
    let parent: Int
    let move: ModelMove?
  }

  private var nodes: [Node] = []
  private var seen: Set<Int> = []
  private(set) var states: Set<TopUpState> = []
  private(set) var fairRuns = 0
  private(set) var depth = 0

  var situations: Int { seen.count }

  /// - Parameters:
  ///   - depthMax: how many moves from the start.
  ///   - situationsMax: where to stop at the latest.
  ///   - fairEvery: of how many situations one is led to its end.
  mutating func explore(
    _ start: ModelWorld, depthMax: Int, situationsMax: Int, fairEvery: Int,
    at location: SourceLocation = #_sourceLocation
  ) {
    nodes.append(Node(parent: -1, move: nil))
    seen.insert(start.digest)
    var frontier = [(start, nodes.count - 1)]
    for level in 1...depthMax {
      var next: [(ModelWorld, Int)] = []
      for (world, node) in frontier {
        for move in world.moves {
          let after = world.after(move)
          guard seen.insert(after.digest).inserted else { continue }
          nodes.append(Node(parent: node, move: move))
          states.insert(after.stored.state)
          if let fault = ModelRules.fault(in: after) ?? unfairness(after, fairEvery) {
            Issue.record("\(fault): \(trace(nodes.count - 1))", sourceLocation: location)
            return
          }
          next.append((after, nodes.count - 1))
          if seen.count >= situationsMax { return }
        }
      }
      depth = level
      frontier = next
      if frontier.isEmpty { return }
    }
  }

  /// What is wrong when nothing goes wrong any more.
  private mutating func unfairness(_ world: ModelWorld, _ every: Int) -> String? {
    guard seen.count % every == 0 else { return nil }
    for temper in ModelFairness.tempers {
      fairRuns += 1
      guard let end = temper.end(of: world) else { return "it never ends (51): \(temper)" }
      if let fault = ModelRules.fault(in: end) { return "\(fault), in the end: \(temper)" }
    }
    return nil
  }

  private func trace(_ node: Int) -> String {
    var moves: [String] = []
    var index = node
    while index >= 0 {
      if let move = nodes[index].move { moves.append("\(move)") }
      index = nodes[index].parent
    }
    return moves.reversed().joined(separator: " → ")
  }
}
