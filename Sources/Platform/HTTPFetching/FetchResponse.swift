package import HTTPTypes
internal import Synchronization

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

/// The body of a response, as byte arrays in order.
///
/// It can be read once, by one task.
///
/// Nothing is received faster than it is read, beyond ``FetchBuffering``. Letting go of the body or its iterator before
/// the end, or cancelling the reading task, stops the transfer and closes its connection.
package struct FetchBody: AsyncSequence, Sendable {
    /// Some bytes, never none.
    package typealias Element = [UInt8]

    /// The only error that reading throws.
    package typealias Failure = FetchError

    private let handle: Handle

    init(_ pipe: BodyPipe) {
        handle = Handle(pipe)
    }

    /// Reads the body from its start.
    ///
    /// A second iterator throws ``FetchError/Code/other``.
    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(handle: handle.claim() ? handle : nil)
    }

    /// Reads all of the body.
    ///
    /// - Parameters:
    ///   - limit: the most bytes that are put up with.
    ///   - expected: how many will come; memory that grows by and by takes up to three times as much.
    /// - Returns: the bytes; empty when there is no body.
    /// - Throws: ``FetchError/Code/tooLarge`` beyond the limit, else what reading throws.
    package func collect(upTo limit: Int, expecting expected: Int = 0) async throws(FetchError) -> [UInt8] {
        var iterator = makeAsyncIterator()
        guard var all = try await iterator.next(isolation: nil) else { return [] }
        if all.count < expected { all.reserveCapacity(expected) }
        while all.count <= limit, let more = try await iterator.next(isolation: nil) {
            all += more
        }
        if all.count > limit {
            throw FetchError(
                code: .tooLarge,
                retry: .permanent,
                message: "The response's body is larger than \(limit) bytes"
            )
        }
        return all
    }

    /// Stops the transfer; the rest of the body is not received.
    ///
    /// Does nothing when it has ended.
    package func cancel() {
        handle.pipe.abandon("The body was let go of")
    }

    /// Reads a ``FetchBody``.
    package struct AsyncIterator: AsyncIteratorProtocol {
        private let reading: Reading?

        fileprivate init(handle: Handle?) {
            reading = handle.map(Reading.init)
        }

        /// The next bytes, or nil at the end.
        package mutating func next() async throws(FetchError) -> [UInt8]? {
            try await next(isolation: nil)
        }

        /// The next bytes, or nil at the end.
        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(FetchError) -> [UInt8]? {
            guard let reading else {
                throw FetchError(code: .other, retry: .permanent, message: "The body was read before")
            }
            return try await reading.handle.pipe.next().get()
        }
    }

    /// Stops the transfer when the last of body and iterator is gone.
    fileprivate final class Handle: Sendable {
        let pipe: BodyPipe
        private let isClaimed = Atomic(false)

        init(_ pipe: BodyPipe) {
            self.pipe = pipe
        }

        func claim() -> Bool {
            isClaimed.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        }

        deinit {
            pipe.abandon("The body was let go of")
        }
    }

    /// Stops the transfer when the iterator is gone, even while the body is still held.
    private final class Reading: Sendable {
        let handle: Handle

        init(_ handle: Handle) {
            self.handle = handle
        }

        deinit {
            handle.pipe.abandon("Reading the body stopped early")
        }
    }
}
