package import HTTPTypes

/// What the service answered: the head, and the body where it was collected.
package struct ServiceAnswer: Sendable {
    /// The status.
    package let status: HTTPResponse.Status
    /// The headers.
    package let headers: HTTPFields
    /// The body; empty after a stream.
    package let body: [UInt8]

    package init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
