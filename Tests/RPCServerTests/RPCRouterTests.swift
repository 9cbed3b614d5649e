import RPCCore
import RPCServer
import RPCTransport
import TestSupport
import Testing

@Suite struct RPCRouterTests {
  private struct Service: RPCService {
    let methods: [RPCMethod]

    init(_ names: [String], service: String = "a.B") {
      methods = names.map {
        RPCMethod(MethodDescriptor(service: service, method: $0, type: .unary)) { _ in }
      }
    }
  }

  private func found(_ path: String, in router: RPCRouter) -> String? {
    router.method(at: Array(path.utf8).span)?.descriptor.path
  }

  @Test func `every method is found by its path and by no other`() {
    let names = (0..<300).map { "Method\($0)" }
    let router = RPCRouter([Service(names), Service(["One"], service: "a.C")])
    for name in names { #expect(found("/a.B/\(name)", in: router) == "/a.B/\(name)") }
    #expect(found("/a.C/One", in: router) == "/a.C/One")
    for path in [
      "", "/", "/a.B", "/a.B/", "a.B/Method1", "/a.B/method1", "/a.B/Method300", "/a.B/Method1/",
      "/a.C/Method1",
    ] {
      #expect(found(path, in: router) == nil)
    }
    #expect(router.methods.count == 301)
  }

  @Test func `a router of nothing finds nothing`() {
    #expect(found("/a.B/C", in: RPCRouter([])) == nil)
  }

  @Test func `one path served twice is a bug that traps at the start`() async {
    await #expect(processExitsWith: .failure) {
      _ = RPCRouter([Service(["One"]), Service(["One"])])
    }
  }
}
