package import HTTPTypes

/// An answer.
///
/// The server adds `Date` and everything about framing and the connection.
package struct Response: Sendable {
    /// The status.
    package var status: HTTPResponse.Status
    /// The fields; those that concern framing (`Content-Length`, `Transfer-Encoding`, `Connection`) are ignored.
    package var headers: HTTPFields
    /// The body.
    ///
    /// It is not sent for HEAD, 204 and 304.
    package var body: ResponseBody
    /// The pattern of the route that answered, such as `/v1/jobs/{id}`, for metrics; the router sets it.
    package var route: String?

    /// Makes an answer.
    package init(
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:],
        body: ResponseBody = .empty,
        route: String? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.route = route
    }
}
