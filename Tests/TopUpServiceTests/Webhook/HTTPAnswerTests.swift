import Testing
import TopUpCore
import TopUpService

@Suite struct HTTPAnswerTests {
  private let now = UnixTime(seconds: 784_111_777)

  private func text(_ status: HTTPStatus) -> String {
    String(decoding: HTTPAnswer.bytes(status, now: now), as: UTF8.self)
  }

  @Test func `an answer is a status, its reason and the end of the connection`() {
    #expect(
      text(.ok) == """
        HTTP/1.1 200 OK\r
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r
        Content-Type: text/plain\r
        Content-Length: 3\r
        Connection: close\r
        \r
        OK\n
        """)
  }

  @Test func `each kind of failure is told by its status alone`() {
    for failure in SignatureFailure.allCases {
      #expect(WebhookAnswer.badSignature(failure).status == .badRequest)
    }
    for reason in UnsupportedDelivery.allCases {
      #expect(WebhookAnswer.unsupported(reason).status == .badRequest)
    }
    for answer in [WebhookAnswer.accepted, .duplicate, .ignored] {
      #expect(answer.status == .ok)
    }
    #expect(WebhookAnswer.storeUnavailable.status == .serviceUnavailable)
  }

  @Test func `a wrong method is told the right one, an overload when to come again`() {
    #expect(text(.methodNotAllowed).contains("\r\nAllow: POST\r\n"))
    #expect(text(.tooManyRequests).contains("\r\nRetry-After: 1\r\n"))
    #expect(text(.serviceUnavailable).contains("\r\nRetry-After: 1\r\n"))
    #expect(!text(.badRequest).contains("Retry-After"))
    #expect(!text(.badRequest).contains("Allow"))
  }

  @Test func `no two reasons of one metric share a name`() {
    let answers = WebhookAnswer.allCases.map(\.name)
    #expect(Set(answers).count == answers.count)
    let refusals = WebhookRefusal.allCases.map(\.rawValue)
    #expect(Set(refusals).isDisjoint(with: answers))
  }
}
