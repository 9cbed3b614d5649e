internal import CLinux
internal import Glibc

/// The descriptors that this process may have open.
package enum Descriptors {
  /// Kept from connections: for the store, calls to the outside, and what comes to look after us.
  private static let reserved = 256
  /// Of each loop, however few there are.
  private static let connectionsMin = 16

  /// How many connections each of several loops may hold, so that their flood takes nobody else's.
  package static func connectionsMax(loops: Int) -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return connectionsMin
    }
    let room = Int(clamping: limit.rlim_cur) - reserved
    return max(connectionsMin, room / max(loops, 1))
  }

  /// Raises what we may open to what we were allowed to: the lower figure is for programs that use
  /// select(2), which cannot count further.
  package static func raiseLimit() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    // What cannot be raised stays as it is: `connectionsMax` goes by what there is.
    _ = unsafe setrlimit(resource, &limit)
  }
}
