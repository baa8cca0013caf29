/// What answers requests.
public protocol HTTPHandler: Sendable {
    /// Answers a request, on the thread of the loop that read it: it may suspend, but must not block.
    ///
    /// The task is cancelled when the peer has closed the connection or the server's stop has reached its limit.
    /// Other connections of the loop go on while it is suspended; the next request of this one waits.
    func respond(to request: Request) async -> Response
}
