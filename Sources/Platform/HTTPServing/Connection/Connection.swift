import Logging
import Reactor
import Synchronization

/// One client's connection: a state machine that reads requests, has them answered one by one, and writes.
///
/// An actor whose executor is its loop, so everything here runs on that thread and handlers continue there
/// without a hop. While it waits between requests it holds neither buffers nor a task.
actor Connection {
    enum Phase {
        /// The TLS handshake is under way.
        case handshaking
        /// Between requests.
        case idle
        /// Part of a head is here.
        case head
        /// A request is with its handler, or its answer is on its way.
        case handling
        /// The answer is given; the rest of the request's body is being dropped.
        case draining
        /// The last answer waits for the peer; then the end.
        case finishing
        /// The last answer is out; what still comes in is dropped so that no reset destroys the answer.
        case lingering
        case closed
    }

    nonisolated let context: LoopContext
    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    let address: SocketAddress
    let transport: Transport
    var peer: Peer
    var registration: Registration?

    var phase: Phase
    var input: IOBuffer?
    var output = OutputQueue()
    var scanner = HeadScanner()
    var hasSkippedLine = false
    /// Whether it counts among the handshakes that are under way.
    var isInHandshake = false

    /// What epoll has told and no `EAGAIN` has taken back: it tells each change once.
    var isReadable = true
    var isWritable = true
    var hasHungUp = false
    var hasInputEnded = false
    var isAdvancing = false
    /// Whether the loop has been asked to go on with it: one turn at a time, whatever the socket tells meanwhile.
    private var isTurnQueued = false

    /// When to give up waiting for the peer's bytes, and for it to take ours; 0 for never.
    var readDeadline: UInt64 = 0
    /// When a lingering connection ends, whatever still comes.
    var lingerEnd: UInt64 = 0
    var writeDeadline: UInt64 = 0
    /// When to give up on a peer that takes nothing at all, and what was left for it to take when last looked at.
    var stallDeadline: UInt64 = 0
    var untaken = Int.max
    var idleStart: UInt64 = 0

    var exchange: Exchange?
    var exchangeCount = 0
    var body = BodyProgress()
    var bodyFailure: HTTPFailure?
    var bodyWaiter: CheckedContinuation<Void, Never>?
    var flushWaiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    var waiterCount = 0
    var drainLeft = 0
    var mustLinger = false
    /// Bytes moved since the handler last let others have the loop.
    var bytesInTurn = 0

    init(descriptor: Int32, address: SocketAddress, context: LoopContext) {
        self.context = context
        self.address = address
        let tlsContext = context.shared.tls.withLock { $0 }
        let session = tlsContext?.makeSession(descriptor)
        transport = Transport(descriptor: descriptor, tls: session)
        peer = Peer(address: address.address, port: address.port, isLoopback: address.isLoopback)
        // Without a session where TLS is due the connection must not fall back to plain text.
        phase = tlsContext == nil ? .idle : session == nil ? .finishing : .handshaking
    }

    var limits: ServerLimits { context.limits }

    /// Since when the connection has been waiting for a request; nil while it does anything else.
    var idleSince: UInt64? {
        phase == .idle && output.isEmpty && input == nil && !isTurnQueued ? idleStart : nil
    }

    /// Starts to watch the socket.
    func open() {
        idleStart = MonotonicTime.now
        readDeadline = MonotonicTime.deadline(
            after: phase == .handshaking ? limits.handshakeTimeout : limits.idleTimeout
        )
        do {
            registration = try context.loop.register(
                transport.descriptor,
                interest: [.read, .write, .edgeTriggered]
            ) { [unowned self] readiness in
                assumeIsolated { $0.onReady(readiness) }
            }
        } catch {
            context.shared.logger.warning("cannot watch a connection", metadata: ["error": "\(error)"])
            close()
            return
        }
        // A client that has sent its request already is told by the first epoll_wait, at no cost of a read here.
        isReadable = false
        if phase == .finishing || context.isStopping { close() }
    }

    private func onReady(_ readiness: Readiness) {
        if readiness.contains(.error) { return close() }
        if readiness.contains(.readable) { isReadable = true }
        if readiness.contains(.writable) { isWritable = true }
        if readiness.contains(.hangup), !hasHungUp {
            hasHungUp = true
            // Half-closed or gone, TCP does not say. The handler is told; what it answers all the same is sent.
            if phase == .handling { cancelExchange() }
        }
        // It has its turn coming; a peer that sends without a pause must not win another with every packet.
        if !isTurnQueued { advance() }
    }

    /// Does all that can be done now, then sends what has gathered.
    func advance() {
        guard !isAdvancing, phase != .closed else { return }
        isAdvancing = true
        var steps = 0
        while step() {
            steps += 1
            if steps == Self.stepsInTurn {
                queueTurn()
                break
            }
        }
        isAdvancing = false
        flush()
        park()
    }

    /// What a connection does before the loop's others have their turn: some fifteen requests that are answered at once.
    private static let stepsInTurn = 32

    private func queueTurn() {
        guard !isTurnQueued else { return }
        isTurnQueued = true
        context.loop.execute { [self] in
            assumeIsolated {
                $0.isTurnQueued = false
                $0.advance()
            }
        }
    }

    /// One step of the state machine; false when only the peer or the handler can bring it on.
    private func step() -> Bool {
        switch phase {
        case .handshaking: return continueHandshake()
        case .idle, .head: return readRequest()
        case .handling:
            if isReadable || hasInputEnded { resumeBodyWaiter() }
            return false
        case .draining: return drain()
        case .finishing: return finish()
        case .lingering: return lingerOn()
        case .closed: return false
        }
    }

    private func continueHandshake() -> Bool {
        guard let tls = transport.tls, isReadable || isWritable else { return false }
        switch tls.handshake() {
        case .unfinished:
            isReadable = false
            return false
        case .failed(let reason):
            context.shared.logger.debug(
                "TLS handshake failed",
                metadata: ["peer": "\(address)", "reason": "\(reason)"]
            )
            close()
            return false
        case .done:
            peer = Peer(
                address: peer.address,
                port: peer.port,
                isLoopback: peer.isLoopback,
                certificate: tls.peerCertificate()
            )
            isReadable = true
            enterIdle()
            return true
        }
    }

    /// Counts the handshake out, if that hasn't been done.
    func leaveHandshake() {
        guard isInHandshake else { return }
        isInHandshake = false
        context.shared.admission.endHandshake(address)
    }

    /// Waits for the next request.
    func enterIdle() {
        phase = .idle
        leaveHandshake()
        scanner = HeadScanner()
        hasSkippedLine = false
        idleStart = MonotonicTime.now
        readDeadline = idleStart + UInt64(limits.idleTimeout.nanosecondsClamped)
    }
}

extension Duration {
    /// The duration in nanoseconds, no less than 0 and no more than three centuries.
    var nanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return min(seconds, 9_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
