import Testing

@testable import Gateways

@Suite struct StripeFormTests {
  @Test func `names nest in brackets and lists are numbered`() {
    var form = StripeForm()
    form.add("amount", value: .integer(2500))
    form.add("off_session", value: .flag(true))
    form.add("metadata", "topup_id", value: "tu_1")
    form.add("expand", value: .list(["a", "b.c"]))
    form.add("email", value: nil)
    #expect(
      form.encoded
        == "amount=2500&off_session=true&metadata%5Btopup_id%5D=tu_1"
        + "&expand%5B0%5D=a&expand%5B1%5D=b.c"
    )
  }

  @Test func `every byte that could be read as another is escaped`() {
    var form = StripeForm()
    form.add("a&b", value: "x=y&z+ %\u{e9}\r\n~-._")
    #expect(form.encoded == "a%26b=x%3Dy%26z%2B%20%25%C3%A9%0D%0A~-._")
  }

  @Test func `an empty text is sent because it clears a field`() {
    var form = StripeForm()
    form.add("metadata", "k", value: "")
    #expect(form.encoded == "metadata%5Bk%5D=")
    #expect(!form.isEmpty)
  }

  @Test func `no parameters are no bytes`() {
    #expect(StripeForm().isEmpty)
    #expect(StripeForm().encoded == "")
  }
}
