/// Repeated fields as C holds them: a pointer and a count. For generated code.
public enum ProtobufArray {
  /// The elements as they are.
  @inlinable
  public static func copy<T: BitwiseCopyable>(
    _ start: UnsafePointer<T>?, _ count: Int
  ) -> [T] {
    unsafe Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// What a body makes of each element.
  @inlinable
  public static func map<T, Element>(
    _ start: UnsafePointer<T>?, _ count: Int, _ body: (T) -> Element
  ) -> [Element] {
    unsafe UnsafeBufferPointer(start: start, count: count).map(body)
  }

  /// What a body makes of each sub-message.
  @inlinable
  public static func messages<T, Element>(
    _ start: UnsafePointer<UnsafeMutablePointer<T>?>?, _ count: Int,
    _ body: (UnsafePointer<T>) -> Element
  ) -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(count)
    guard let start = unsafe start else { return elements }
    for index in 0..<count {
      if let pointer = unsafe start[index] { elements.append(unsafe body(pointer)) }
    }
    return elements
  }
}
