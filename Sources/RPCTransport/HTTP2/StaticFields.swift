internal import CNGHTTP2

/// Header blocks that are the same in every call: nghttp2 is told not to copy them.
@safe struct StaticFields: @unchecked Sendable {  // Constant, and never freed.
  let fields: UnsafePointer<nghttp2_nv>
  let count: Int

  init(_ pairs: KeyValuePairs<StaticString, StaticString>) {
    let fields = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: pairs.count)
    let isNotCopied =
      UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue) | UInt8(NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
    for (index, (name, value)) in pairs.enumerated() {
      unsafe (fields + index).initialize(
        to: nghttp2_nv(
          // nghttp2 does not write through these pointers.
          name: UnsafeMutablePointer(mutating: name.utf8Start),
          value: UnsafeMutablePointer(mutating: value.utf8Start),
          namelen: name.utf8CodeUnitCount, valuelen: value.utf8CodeUnitCount, flags: isNotCopied))
    }
    unsafe self.fields = UnsafePointer(fields)
    count = pairs.count
  }

  /// What most answers begin with.
  static let responseHead = StaticFields([":status": "200", "content-type": "application/grpc"])
  /// What most answers end with.
  static let okTrailers = StaticFields(["grpc-status": "0"])
}
