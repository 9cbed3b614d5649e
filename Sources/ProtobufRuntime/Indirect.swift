/// A value behind a pointer, for a message that may contain itself.
public indirect enum Indirect<Value> {
  case value(Value)

  @inlinable
  public var value: Value {
    switch self {
    case .value(let value): value
    }
  }
}

extension Indirect: Sendable where Value: Sendable {}
extension Indirect: Equatable where Value: Equatable {}
extension Indirect: Hashable where Value: Hashable {}
