import Testing
import TopUpCore

@Suite struct BooksTests {
  @Test func `what came in is what became of it (24)`() {
    var books = Books()
    #expect(books.balance)
    books.charged = 100
    #expect(!books.balance)
    books.held = 100
    #expect(books.balance)
    books.absorbed = 5
    books.lost = 5
    #expect(books.balance)
  }

  @Test func `each term alone unbalances them (24)`() {
    let terms: [WritableKeyPath<Books, Int64>] = [
      \.charged, \.absorbed, \.delivered, \.fee, \.tax, \.refunded, \.disputed, \.held, \.lost,
    ]
    for term in terms {
      var books = Books()
      books[keyPath: term] = 1
      #expect(!books.balance)
    }
  }

  @Test func `no term is negative, even where the sum holds (24)`() {
    var books = Books()
    books.held = -5
    books.refunded = 5
    #expect(!books.balance)
  }
}
