/// A promise that was broken.
struct Violation: Hashable {
  /// Of an invariant, or what else was promised.
  let rule: String
  let text: String

  init(_ rule: String, _ text: String) {
    self.rule = rule
    self.text = text
  }
}
