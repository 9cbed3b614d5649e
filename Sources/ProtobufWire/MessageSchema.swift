/// One message of a schema.
public struct MessageSchema: Sendable {
  let schema: WireSchema
  let index: Int

  public init(_ schema: WireSchema, _ index: Int) {
    self.schema = schema
    self.index = index
  }
}
