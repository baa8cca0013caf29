/// Where a streaming answer goes.
package protocol ResponseWriter: Sendable {
    /// Sends bytes and returns once the system has taken them all: a peer that does not read suspends the caller.
    ///
    /// - Throws: `CancellationError` when the task is cancelled; ``ConnectionClosed`` when the peer is gone or too
    ///   slow, or the answer is over.
    func write(_ bytes: [UInt8]) async throws
}

/// The connection ended before the answer did.
package struct ConnectionClosed: Error, Sendable {}
