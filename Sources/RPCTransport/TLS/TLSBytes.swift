internal import COpenSSL

/// The two byte buffers between OpenSSL and a connection: what the peer sent, lent for the length
/// of one call, and what is to be sent to it.
///
/// OpenSSL reads until nothing is left and holds part of a record itself, so input is never copied.
@safe final class TLSBytes {
  /// Lent by ``lend(_:_:)``.
  private var input = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  var output = ByteBuffer()

  init() { unsafe input = UnsafeRawBufferPointer(start: nil, count: 0) }

  /// Shows OpenSSL what the peer sent while `body` runs.
  func lend(_ bytes: UnsafeRawBufferPointer, _ body: () -> Void) {
    unsafe input = bytes
    body()
    unsafe input = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// - Returns: how many bytes were taken; 0 when none are left.
  private func read(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
    let taken = unsafe min(count, input.count)
    guard taken > 0, let source = unsafe input.baseAddress else { return 0 }
    unsafe target.copyMemory(from: source, byteCount: taken)
    unsafe input = UnsafeRawBufferPointer(rebasing: input[taken...])
    return taken
  }

  /// A BIO over these buffers, which are not kept alive by it; owned by whom it is given to.
  func makeBIO() -> OpaquePointer? {
    guard let method = unsafe Self.method.pointer, let bio = unsafe BIO_new(method) else {
      return nil
    }
    unsafe BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    unsafe BIO_set_init(bio, 1)
    return unsafe bio
  }

  /// `@unchecked Sendable`: made once, never changed.
  @safe private struct Method: @unchecked Sendable {
    let pointer: OpaquePointer?
  }

  private static let method: Method = {
    let kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
    let method = unsafe BIO_meth_new(kind, "bytes")
    unsafe BIO_meth_set_read(method) { bio, target, count in
      guard let data = unsafe BIO_get_data(bio), let target = unsafe target else { return -1 }
      let bytes = unsafe Unmanaged<TLSBytes>.fromOpaque(data).takeUnretainedValue()
      unsafe shim_BIO_clear_retry_flags(bio)
      let taken = unsafe bytes.read(target, Int(count))
      guard taken > 0 else {
        unsafe shim_BIO_set_retry_read(bio)
        return -1
      }
      return Int32(taken)
    }
    unsafe BIO_meth_set_write(method) { bio, source, count in
      guard let data = unsafe BIO_get_data(bio), let source = unsafe source else { return -1 }
      let bytes = unsafe Unmanaged<TLSBytes>.fromOpaque(data).takeUnretainedValue()
      unsafe bytes.output.append(UnsafeRawBufferPointer(start: source, count: Int(count)))
      return count
    }
    unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in
      // Nothing is held back here, so a flush is always done.
      command == BIO_CTRL_FLUSH ? 1 : 0
    }
    return unsafe Method(pointer: method)
  }()
}
