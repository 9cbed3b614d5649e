/// Writes SCALE, each integer in its shortest form.
package struct SCALEWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func compact(_ value: some FixedWidthInteger & UnsignedInteger) {
    let value = UInt128(value)
    switch value {
    case ..<(1 << 6): append(value << 2, count: 1)
    case ..<(1 << 14): append(value << 2 | 1, count: 2)
    case ..<(1 << 30): append(value << 2 | 2, count: 4)
    default:
      let count = (128 - value.leadingZeroBitCount + 7) / 8
      bytes.append(UInt8(count - 4) << 2 | 3)
      append(value, count: count)
    }
  }

  package mutating func raw(_ more: some Sequence<UInt8>) { bytes += more }

  package mutating func vector<Element>(
    _ elements: [Element], write: (inout Self, Element) -> Void
  ) {
    compact(UInt64(elements.count))
    for element in elements { write(&self, element) }
  }

  private mutating func append(_ value: UInt128, count: Int) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (index * 8))) }
  }
}
