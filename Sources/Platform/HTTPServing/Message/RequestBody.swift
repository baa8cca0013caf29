/// A request's body, read from the connection as it is asked for; whoever does not ask slows the sender down.
///
/// It can be read once. An iterator that ends early leaves the rest, which the server drops after the answer.
package struct RequestBody: AsyncSequence, Sendable {
    enum Source: Sendable {
        case bytes([UInt8])
        case connection(Connection, exchange: Int, declared: Int?)
    }

    let source: Source

    /// A body that is at hand already, as tests need it.
    package init(_ bytes: [UInt8] = []) {
        source = .bytes(bytes)
    }

    init(connection: Connection, exchange: Int, declared: Int?) {
        source = .connection(connection, exchange: exchange, declared: declared)
    }

    /// Reads it all.
    ///
    /// - Parameter limit: The bytes that are accepted.
    /// - Returns: The whole body.
    /// - Throws: 413 `too_large` over the limit, before reading on where the length was declared;
    ///   408 `timeout`; 400 for a broken chunk or a connection that ended.
    package func collect(upTo limit: Int) async throws(HTTPFailure) -> [UInt8] {
        if case .connection(_, _, let declared?) = source, declared > limit {
            throw .bodyTooLarge(limit: limit)
        }
        var iterator = makeAsyncIterator()
        guard var all = try await iterator.next(isolation: #isolation) else { return [] }
        if all.count > limit { throw .bodyTooLarge(limit: limit) }
        while let part = try await iterator.next(isolation: #isolation) {
            if all.count + part.count > limit { throw .bodyTooLarge(limit: limit) }
            all.append(contentsOf: part)
        }
        return all
    }

    /// Starts reading.
    package func makeAsyncIterator() -> Iterator {
        Iterator(source: source)
    }

    /// Reads a body part by part.
    package struct Iterator: AsyncIteratorProtocol {
        private let source: Source
        private var isDone = false

        init(source: Source) {
            self.source = source
        }

        /// The next bytes, never none; nil at the end.
        ///
        /// - Throws: As ``RequestBody/collect(upTo:)``.
        package mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(HTTPFailure) -> [UInt8]? {
            guard !isDone else { return nil }
            switch source {
            case .bytes(let bytes):
                isDone = true
                return bytes.isEmpty ? nil : bytes
            case .connection(let connection, let exchange, _):
                let part = try await connection.nextBodyPart(exchange: exchange)
                isDone = part == nil
                return part
            }
        }

        /// The next bytes, never none; nil at the end.
        package mutating func next() async throws(HTTPFailure) -> [UInt8]? {
            try await next(isolation: #isolation)
        }
    }
}
