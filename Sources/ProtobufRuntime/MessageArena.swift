/// The memory of one message on its way between bytes and values: given out from chunks, taken
/// back all at once.
///
/// The first chunk is the caller's, on its stack, so that a message of usual size costs no heap
/// allocation. Everything given out counts against a budget and nothing given back is credited:
/// libprotobuf-c would else allocate 56 times what it reads, or copy without end.
@safe public struct MessageArena: ~Copyable {
  /// On the stack; the standard library moves larger temporary buffers to the heap.
  @usableFromInline package static let firstChunkBytes = 1_024
  /// Chunks from the heap begin here and double, so that their number stays small.
  private static let heapChunkBytesMin = 4_096
  /// What every C struct may contain: pointers, doubles, 64-bit integers.
  @usableFromInline static let alignment = 8

  @usableFromInline var cursor: UnsafeMutableRawPointer
  @usableFromInline var end: UnsafeMutableRawPointer
  /// The chunks from the heap: each begins with the address of the one before.
  private var heapChunks: UnsafeMutableRawPointer?
  private var nextChunkBytes = heapChunkBytesMin
  private var budgetLeft: Int
  /// Whether a request went over the budget.
  @usableFromInline package private(set) var isExhausted = false

  /// - Parameters:
  ///   - chunk: where to begin; aligned, and valid as long as the arena.
  ///   - budget: the most bytes to give out, those of the first chunk apart.
  @usableFromInline
  package init(firstChunk chunk: UnsafeMutableRawBufferPointer, budget: Int) {
    guard let start = chunk.baseAddress else { preconditionFailure("an arena without memory") }
    unsafe cursor = start
    unsafe end = start + chunk.count
    budgetLeft = budget
  }

  deinit {
    var next = unsafe heapChunks
    while let chunk = unsafe next {
      unsafe next = chunk.load(as: UnsafeMutableRawPointer?.self)
      unsafe chunk.deallocate()
    }
  }

  /// Memory for C code; nil when the budget does not allow it.
  package mutating func allocate(bytes: Int) -> UnsafeMutableRawPointer? {
    let (padded, overflow) = bytes.addingReportingOverflow(Self.alignment - 1)
    guard !overflow else { return unsafe exhaust() }
    let size = padded & ~(Self.alignment - 1)
    if unsafe size <= end - cursor {
      defer { unsafe cursor += size }
      return unsafe cursor
    }
    return unsafe allocateSlowly(size)
  }

  /// Memory from a new chunk of the heap.
  ///
  /// The budget is taken chunk by chunk: a chunk is never larger than what is left.
  private mutating func allocateSlowly(_ size: Int) -> UnsafeMutableRawPointer? {
    guard size <= budgetLeft else { return unsafe exhaust() }
    let payload = min(max(size, nextChunkBytes), budgetLeft) & ~(Self.alignment - 1)
    let header = Self.alignment
    guard payload >= size else { return unsafe exhaust() }
    budgetLeft -= payload
    nextChunkBytes = min(nextChunkBytes * 2, 1 << 20)
    let chunk = UnsafeMutableRawPointer.allocate(
      byteCount: payload + header, alignment: Self.alignment)
    unsafe chunk.initializeMemory(
      as: UnsafeMutableRawPointer?.self, repeating: heapChunks, count: 1)
    unsafe heapChunks = chunk
    unsafe cursor = chunk + header + size
    unsafe end = chunk + header + payload
    return unsafe chunk + header
  }

  private mutating func exhaust() -> UnsafeMutableRawPointer? {
    isExhausted = true
    return nil
  }
}

// MARK: - For generated code

extension MessageArena {
  /// Room for values of a C type, not initialised. For encoding, where the budget has no end.
  @inlinable
  public mutating func allocate<T>(_ type: T.Type, count: Int = 1) -> UnsafeMutablePointer<T> {
    let size = (MemoryLayout<T>.stride * count + Self.alignment - 1) & ~(Self.alignment - 1)
    let start: UnsafeMutableRawPointer
    if unsafe size <= end - cursor {
      unsafe start = cursor
      unsafe cursor += size
    } else {
      unsafe start = mustAllocate(size)
    }
    return unsafe start.bindMemory(to: T.self, capacity: count)
  }

  @usableFromInline
  mutating func mustAllocate(_ size: Int) -> UnsafeMutableRawPointer {
    guard let start = unsafe allocate(bytes: size) else {
      preconditionFailure("an encoding arena has no budget")
    }
    return unsafe start
  }

  /// A copy of a text's UTF-8.
  public mutating func bytes(of text: String) -> UnsafeMutableBufferPointer<UInt8> {
    let count = text.utf8.count
    guard count > 0 else { return unsafe UnsafeMutableBufferPointer(start: nil, count: 0) }
    let copy = unsafe UnsafeMutableBufferPointer(
      start: allocate(UInt8.self, count: count), count: count)
    _ = unsafe copy.initialize(from: text.utf8)
    return unsafe copy
  }

  /// A copy of an array; nil when it is empty.
  @inlinable
  public mutating func array<Element: BitwiseCopyable>(
    _ elements: [Element]
  ) -> UnsafeMutablePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    let copy = unsafe allocate(Element.self, count: elements.count)
    unsafe elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress {
        unsafe copy.initialize(from: start, count: source.count)
      }
    }
    return unsafe copy
  }

  /// An array of what a body makes of each element.
  @inlinable
  public mutating func array<Element, C>(
    _ elements: [Element], _ body: (Element, inout MessageArena) -> C
  ) -> UnsafeMutablePointer<C> {
    let copy = unsafe allocate(C.self, count: elements.count)
    for (index, element) in elements.enumerated() {
      unsafe (copy + index).initialize(to: body(element, &self))
    }
    return unsafe copy
  }
}
