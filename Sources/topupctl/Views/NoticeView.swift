internal import TopUpAPI

/// What people are to be told.
enum NoticeView {
  static func table(_ notices: [Notice], time: TimeText = .local) -> Table {
    var table = Table(.trailing("POS"), "TIME", "KIND", "PAYER", "TOP-UP", "UNTIL", "TEXT")
    for notice in notices {
      table.add(
        Cell("\(notice.position)"), Cell(time.moment(notice.at)), notice.kind.cell,
        Cell(payer(notice)), Cell(notice.topUpID), Cell(time.moment(notice.retryAt)),
        Cell(notice.text))
    }
    return table
  }

  static func write(_ notice: Notice, time: TimeText = .local, to report: inout Report) {
    report.add(
      Cell("\(notice.position)  \(time.moment(notice.at))  "), notice.kind.cell,
      Cell("  \(payer(notice))  \(notice.text)"))
  }

  private static func payer(_ notice: Notice) -> String {
    notice.payer.map { "\($0.tenant)/\($0.user)" } ?? ""
  }
}

extension NoticeKind {
  fileprivate var cell: Cell {
    let text = name(after: "NOTICE_KIND_")
    return switch self {
    case .unspecified: Cell("")
    case .credited, .reinstated: Cell(text, .good)
    case .actionRequired, .held, .needsReview, .capReached, .refunded, .cancelled:
      Cell(text, .waiting)
    case .declined, .cardBreakerOpen, .noPaymentMethod, .noConsent, .refundFailed, .disputed,
      .reversed, .accountBlocked, .unrecognized:
      Cell(text, .bad)
    }
  }
}
