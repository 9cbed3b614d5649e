package import TopUpCore

/// HTTP through libcurl's multi interface, on a thread of its own.
///
/// HTTP/1.1, or HTTP/2 where it is chosen; connections are kept and bounded, certificates always
/// verified, redirects, proxies, cookies and netrc never followed.
///
/// The outcome is exact. `notSent` means that curl never began to write the request;
/// a POST is written at most once for each `send`, and whatever ends it without a whole
/// response after that is `unknown` (invariants 13, 15, 29).
package final class CurlTransport: HTTPTransport {
  private let configuration: CurlConfiguration
  private let inbox: CurlInbox

  /// - Throws: ``CurlError`` when libcurl or the thread does not start.
  package init(_ configuration: CurlConfiguration) throws(CurlError) {
    self.configuration = configuration
    let multi = try CurlMulti(configuration)
    let inbox = CurlInbox(waking: multi)
    self.inbox = inbox
    do throws(CurlError) {
      try CurlThread.start { CurlWorker(configuration, inbox, owning: multi).run() }
    } catch {
      inbox.forgetMulti()
      multi.free()
      throw error
    }
  }

  deinit { inbox.close() }

  /// Makes one exchange. Cancelling the task ends it at once.
  package func send(_ request: HTTPRequest) async -> HTTPOutcome {
    do throws(RequestPolicy.Refusal) {
      try RequestPolicy.check(request, allowsPlainHTTP: configuration.allowsPlainHTTP)
    } catch {
      return .notSent("\(error)")
    }
    let call = CurlCall(request, deadline: .now + request.timeout)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        call.await(waiter)
        if !inbox.post(.start(call)) { call.finish(.notSent("the transport is shut down")) }
      }
    } onCancel: {
      call.cancel()
      _ = inbox.post(.cancel(call))
    }
  }

  /// Ends every exchange and the thread; returns when both have ended.
  package func shutdown() async {
    inbox.close()
    await inbox.ended()
  }
}
