/// One message to an endpoint, not yet signed.
package struct Delivery: Hashable, Sendable {
    /// `webhook-id`: the same each time that it is tried.
    package let id: String
    /// The body's type.
    package let contentType: String
    /// The body.
    package let body: [UInt8]

    package init(id: String, contentType: String, body: [UInt8]) {
        self.id = id
        self.contentType = contentType
        self.body = body
    }
}
