internal import CLinux
internal import Glibc

/// An epoll instance and an event descriptor that wakes it from other threads.
@safe final class Epoll {
  /// What is ready on one descriptor.
  struct Event {
    let descriptor: Int32
    let isReadable: Bool
    let isWritable: Bool
  }

  private static let eventsMax = 256

  private let instance: Int32
  private let wakeup: Int32
  private let events: UnsafeMutableBufferPointer<epoll_event>

  init() throws(SystemError) {
    let instance = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard instance >= 0 else { throw SystemError("epoll_create1", number: errno) }
    let wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard wakeup >= 0 else {
      let number = errno
      System.close(instance)
      throw SystemError("eventfd", number: number)
    }
    self.instance = instance
    self.wakeup = wakeup
    unsafe events = .allocate(capacity: Self.eventsMax)
    try watch(wakeup, isNew: true, reading: true, writing: false)
  }

  deinit {
    System.close(instance)
    System.close(wakeup)
    unsafe events.deallocate()
  }

  /// Says what to wait for on a descriptor.
  func watch(
    _ descriptor: Int32, isNew: Bool, reading: Bool, writing: Bool
  ) throws(SystemError) {
    var event = unsafe epoll_event()
    unsafe event.events = (reading ? EPOLLIN.rawValue : 0) | (writing ? EPOLLOUT.rawValue : 0)
    unsafe event.data.fd = descriptor
    let operation = isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
    guard unsafe epoll_ctl(instance, operation, descriptor, &event) == 0 else {
      throw SystemError("epoll_ctl", number: errno)
    }
  }

  func forget(_ descriptor: Int32) {
    var event = unsafe epoll_event()
    _ = unsafe epoll_ctl(instance, EPOLL_CTL_DEL, descriptor, &event)
  }

  /// Waits, then hands over each ready descriptor; wake-ups are swallowed here.
  ///
  /// - Parameter milliseconds: -1 waits for ever, 0 not at all.
  func wait(milliseconds: Int32, _ body: (Event) -> Void) -> Int {
    let count = unsafe epoll_wait(
      instance, events.baseAddress, Int32(Self.eventsMax), milliseconds)
    // Broken counts as both: the read or write that follows tells what is wrong.
    let broken = EPOLLERR.rawValue | EPOLLHUP.rawValue
    for index in 0..<max(Int(count), 0) {
      let descriptor = unsafe events[index].data.fd
      let flags = unsafe events[index].events
      if descriptor == wakeup {
        var posts: UInt64 = 0
        _ = unsafe Glibc.read(wakeup, &posts, 8)
      } else {
        body(
          Event(
            descriptor: descriptor, isReadable: flags & (EPOLLIN.rawValue | broken) != 0,
            isWritable: flags & (EPOLLOUT.rawValue | broken) != 0))
      }
    }
    return max(Int(count), 0)
  }

  /// Ends a wait that is under way, or the next one. From any thread.
  func wake() {
    var one: UInt64 = 1
    _ = unsafe Glibc.write(wakeup, &one, 8)
  }
}
