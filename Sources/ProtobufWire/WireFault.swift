import RPCCore

/// What can be wrong with the bytes of any message.
enum WireFault {
  case tag
  case varint
  case truncated
  case form
  case packed

  /// Apart from the checks, so that a check is one comparison and a jump.
  @inline(never)
  var error: MessageError {
    switch self {
    case .tag: .malformed("a field has a tag that is none")
    case .varint: .malformed("a number has too many bytes")
    case .truncated: .malformed("the bytes end inside a field")
    case .form: .malformed("a field has another wire type than its schema says")
    case .packed: .malformed("a packed field ends inside an element")
    }
  }
}
