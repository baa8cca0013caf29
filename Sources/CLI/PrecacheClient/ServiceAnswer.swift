public import HTTPTypes

/// What the service answered: the head, and the body where it was collected.
public struct ServiceAnswer: Sendable {
    /// The status.
    public let status: HTTPResponse.Status
    /// The headers.
    public let headers: HTTPFields
    /// The body; empty after a stream.
    public let body: [UInt8]

    /// Puts an answer together.
    public init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
