/// What answers requests.
package protocol HTTPHandler: Sendable {
    /// Answers a request, on the thread of the loop that read it: it may suspend, but must not block.
    ///
    /// The task is cancelled when the peer has closed the connection or the server's stop has reached its limit.
    /// Other connections of the loop go on while it is suspended; the next request of this one waits.
    func respond(to request: Request) async -> Response

    /// Answers a request that needs nothing waited for, asked before ``respond(to:)`` is; nil leaves it to that.
    ///
    /// Costs no task: worth it where memory has the answer to what is asked over and over. The body can't be read here.
    /// The default answers nothing.
    func respondAtOnce(to request: Request) -> Response?
}

extension HTTPHandler {
    /// Leaves it to ``HTTPHandler/respond(to:)``.
    package func respondAtOnce(to request: Request) -> Response? { nil }
}
