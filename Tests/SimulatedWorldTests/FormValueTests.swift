import Testing

@testable import SimulatedWorld

@Suite struct FormValueTests {
  @Test func `tables, lists and escapes nest as Stripe writes them`() throws {
    let form = try FormValue.parse("a[b][c]=x%20y&l[0]=1&l[1]=2&m[]=p&m[]=q&plus=a+b&empty=")
    #expect(form["a"] == .table(["b": .table(["c": .text("x y")])]))
    #expect(form["l"] == .list([.text("1"), .text("2")]))
    #expect(form["m"] == .list([.text("p"), .text("q")]))
    #expect(form["plus"] == .text("a b"))
    #expect(form["empty"] == .text(""))
  }

  @Test func `an empty body has no parameters`() throws {
    #expect(try FormValue.parse("").isEmpty)
  }

  @Test(arguments: [
    ("a=1&a=2", FormError.Reason.repeated), ("a=1&a[b]=2", .mixed), ("a[b]=1&a=2", .repeated),
    ("l[0]=1&l[2]=2", .sparseList), ("a[=1", .badName), ("a]=1", .badName), ("[a]=1", .badName),
    ("a[b]c=1", .badName), ("=1", .badEncoding), ("a=%zz", .badEncoding),
    ("a=%C3%28", .badEncoding),
    ("a%=1", .badEncoding), ("a[b][c][d][e][f][g]=1", .badName), ("a=1&&b=2", .badEncoding),
  ])
  func `what no sender means is refused`(form: String, reason: FormError.Reason) {
    #expect { _ = try FormValue.parse(form) } throws: {
      ($0 as? FormError)?.reason == reason
    }
  }
}
