/// How a field's value is laid down. Groups (3 and 4) are not among them: they are refused.
package enum WireForm: UInt8, Sendable {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case fixed32 = 5
}
