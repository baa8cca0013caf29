package import Logging
package import Reactor
import Synchronization

/// An HTTP/1.1 server on one or more loops, plain or with TLS.
///
/// It refuses ambiguous requests itself: 400, 408, 413, 414, 417, 431, 503 and 505, as `application/problem+json`,
/// and then closes. HTTP/1.0 is served as well; HTTP/2 is not offered.
package final class HTTPServer: Sendable {
    private enum Phase {
        case idle
        case starting
        case running(Acceptor)
        case stopped
    }

    private let configuration: ServerConfiguration
    private let loops: EventLoopGroup
    private let shared: ServerShared
    private let contexts: [LoopContext]
    private let phase = Mutex(Phase.idle)

    /// Makes a server; nothing happens before ``start()``.
    ///
    /// - Parameters:
    ///   - configuration: Where to listen, certificates, limits.
    ///   - loops: The loops that serve; they stay the caller's and must outlive the server.
    ///   - logger: For what concerns the server rather than one request.
    ///   - handler: What answers requests, usually a ``Router``.
    ///   - observer: Told of each request when it is over, on its loop's thread; must be quick.
    package init(
        configuration: ServerConfiguration,
        loops: EventLoopGroup,
        logger: Logger,
        handler: any HTTPHandler,
        observer: (@Sendable (RequestRecord) -> Void)? = nil
    ) {
        self.configuration = configuration
        self.loops = loops
        shared = ServerShared(
            limits: configuration.limits,
            handler: handler,
            observer: observer,
            logger: logger
        )
        let shared = self.shared
        contexts = loops.loops.map { LoopContext(loop: $0, shared: shared) }
    }

    /// How many connections are open.
    package var connectionCount: Int { shared.admission.count }

    /// Whether it speaks TLS.
    package var hasTLS: Bool { configuration.tls != nil }

    /// Until when the certificate in use is valid, in seconds since 1970; nil without one.
    package var certificateEnd: Int64? { shared.tls.withLock { $0?.end } }

    /// Reads the certificates, listens and serves.
    ///
    /// Also raises the process's soft limit on descriptors towards what ``ServerLimits/connections`` may
    /// need.
    ///
    /// - Returns: The address, with the port that the system chose where 0 was asked for.
    /// - Throws: ``ServerError``: a bad address, certificates that do not load, an address in use, a second start.
    package func start() async throws(ServerError) -> SocketAddress {
        let isFirst = phase.withLock { phase in
            guard case .idle = phase else { return false }
            phase = .starting
            return true
        }
        guard isFirst else {
            throw ServerError(code: .alreadyStarted, message: "The server was started before; make another.")
        }
        do throws(ServerError) {
            return try await listen()
        } catch {
            phase.withLock { $0 = .idle }
            throw error
        }
    }

    private func listen() async throws(ServerError) -> SocketAddress {
        try reloadCertificates()
        Listening.raiseDescriptorLimit(for: configuration.limits.connections)
        let address = SocketAddress(address: configuration.address, port: configuration.port)
        let (descriptor, bound) = try Listening.open(address, interface: configuration.interface)
        let acceptor = Acceptor(
            descriptor: descriptor,
            loop: loops.loops[0],
            contexts: contexts,
            shared: shared
        )
        do {
            try await acceptor.start()
        } catch {
            await acceptor.close()
            throw ServerError(code: .systemFailure, message: "Cannot watch the listening socket: \(error).")
        }
        phase.withLock { $0 = .running(acceptor) }
        return bound
    }

    /// Reads the certificate files again; new connections use them, those that are open go on undisturbed.
    ///
    /// The keys of session tickets change too, so a session that was resumed has shown its client certificate to
    /// the authorities of now.
    ///
    /// - Throws: ``ServerError`` naming the file; the certificates in use then stay in use.
    package func reloadCertificates() throws(ServerError) {
        guard let tls = configuration.tls else { return }
        let context = try TLSContext(tls)
        shared.tls.withLock { $0 = context }
    }

    /// Stops gracefully: accepts no more, closes what is between requests, cancels endless streams, lets the other
    /// requests finish; at the limit cancels their tasks and, half a second later, closes what is left.
    ///
    /// Returns when all connections are closed. A second call does nothing.
    ///
    /// - Parameter limit: The time for requests in hand.
    package func stop(within limit: Duration) async {
        let acceptor = phase.withLock { phase -> Acceptor? in
            defer { phase = .stopped }
            guard case .running(let acceptor) = phase else { return nil }
            return acceptor
        }
        guard let acceptor else { return }
        await acceptor.close()
        await withDiscardingTaskGroup { group in
            for context in contexts { group.addTask { await Self.drain(context, within: limit) } }
        }
    }

    private static func drain(_ context: LoopContext, within limit: Duration) async {
        await withCheckedContinuation { continuation in
            context.loop.execute {
                let cancel = context.loop.schedule(after: limit) { context.cancelAll() }
                let close = context.loop.schedule(after: limit + .milliseconds(500)) { context.closeAll() }
                let once = Once {
                    cancel.cancel()
                    close.cancel()
                    continuation.resume()
                }
                context.beginStop { once.run() }
            }
        }
    }
}

/// Runs its work the first time only.
private final class Once: Sendable {
    private let work: Mutex<(@Sendable () -> Void)?>

    init(_ work: @escaping @Sendable () -> Void) {
        self.work = Mutex(work)
    }

    func run() {
        let work = self.work.withLock { work in
            defer { work = nil }
            return work
        }
        work?()
    }
}

/// What all loops of a server share; nothing in it changes but by atomic means.
final class ServerShared: Sendable {
    let limits: ServerLimits
    let handler: any HTTPHandler
    let observer: (@Sendable (RequestRecord) -> Void)?
    let logger: Logger
    let admission: Admission
    /// The certificates for new connections; nil for plain HTTP.
    let tls: Mutex<TLSContext?>

    init(
        limits: ServerLimits,
        handler: any HTTPHandler,
        observer: (@Sendable (RequestRecord) -> Void)?,
        logger: Logger
    ) {
        self.limits = limits
        self.handler = handler
        self.observer = observer
        self.logger = logger
        admission = Admission(limits)
        tls = Mutex(nil)
    }
}
