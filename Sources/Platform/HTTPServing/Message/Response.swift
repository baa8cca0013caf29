public import HTTPTypes

/// An answer.
///
/// The server adds `Date` and everything about framing and the connection.
public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status
    /// The fields; those that concern framing (`Content-Length`, `Transfer-Encoding`, `Connection`) are ignored.
    public var headers: HTTPFields
    /// The body.
    ///
    /// It is not sent for HEAD, 204 and 304.
    public var body: ResponseBody
    /// The pattern of the route that answered, such as `/v1/jobs/{id}`, for metrics; the router sets it.
    public var route: String?

    /// Makes an answer.
    public init(
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
