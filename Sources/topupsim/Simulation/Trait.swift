import ArgumentParser

/// What few runs have, and all may be asked to: what is rare within it comes up in no affordable number
/// of the runs that have it by chance.
enum Trait: String, CaseIterable, ExpressibleByArgument {
  /// No daemon runs for weeks.
  case weeks
  /// An older copy of the store is put in its place.
  case copy
  /// Another store writes its name on customers.
  case strangers
  /// Much comes to persons, and somebody is always at the desk.
  case desk
  /// Much is given back, and slowly.
  case refunds
  /// Outside services are silent for hours or weeks.
  case silence
}
