package enum DeclineClass {
  case soft
  init(_ d: Decline) { self = .soft }
  var breaksImmediately: Bool { false }
  func personMessage(_ d: Decline, card: CardReference) -> String { "" }
}
