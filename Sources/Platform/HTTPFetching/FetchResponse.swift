package import HTTPTypes

/// The head of a response, and the body still to come.
package struct FetchResponse: Sendable {
    /// The final status; any status is a response, never an error.
    package let status: HTTPResponse.Status

    /// The final head's fields, in order, repeated ones included.
    package let headers: HTTPFields

    /// The URL that answered, after redirects.
    ///
    /// It may carry a query: do not log it.
    package let url: String

    /// The body.
    ///
    /// Letting go of it unread stops the transfer and closes its connection.
    package let body: FetchBody
}
