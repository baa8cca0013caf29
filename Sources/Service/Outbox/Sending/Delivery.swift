/// One message to an endpoint, not yet signed.
public struct Delivery: Hashable, Sendable {
    /// `webhook-id`: the same each time that it is tried.
    public let id: String
    /// The body's type.
    public let contentType: String
    /// The body.
    public let body: [UInt8]

    /// Puts a delivery together.
    public init(id: String, contentType: String, body: [UInt8]) {
        self.id = id
        self.contentType = contentType
        self.body = body
    }
}
