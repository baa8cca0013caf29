/// Carries calls to the service: over HTTP, or to a script in tests.
package protocol ServiceTransport: Sendable {
    /// The service's address, for messages: without user, password or query.
    var address: String { get }

    /// Makes a call and collects the answer, whatever its status.
    ///
    /// Throws ``ClientError`` of kind ``ClientError/Kind/noAnswer`` where no complete answer came.
    func send(_ request: ServiceRequest) async throws(ClientError) -> ServiceAnswer

    /// Makes a call whose answer goes on: `receive` gets each piece of a 200's body as it comes.
    ///
    /// Any other status is collected as ``send(_:)`` does. Returns when the body has ended; cancelling the task
    /// stops the transfer.
    func stream(
        _ request: ServiceRequest,
        receive: @Sendable ([UInt8]) async -> Void
    ) async throws(ClientError) -> ServiceAnswer
}
