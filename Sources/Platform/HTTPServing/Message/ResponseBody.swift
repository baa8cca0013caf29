/// What an answer carries.
package enum ResponseBody: Sendable {
    /// Nothing; `Content-Length: 0` where a length belongs.
    case empty
    /// Bytes at hand.
    case bytes([UInt8])
    /// Bytes that a closure writes as they come.
    ///
    /// With a length exactly that many must be written; without, the body is chunked (to HTTP/1.0: until the
    /// connection closes). `endless` streams, such as events, are cancelled as soon as a graceful stop begins and
    /// then end properly; others get the stop's time limit. An error thrown by the closure cuts the connection,
    /// so that the client notices. The closure runs where the handler ran, and is not called for HEAD.
    case stream(length: Int?, endless: Bool, @Sendable (any ResponseWriter) async throws -> Void)
}
