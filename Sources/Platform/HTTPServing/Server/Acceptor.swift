import CLinux
import Glibc
import HTTPTypes
import Logging
import Reactor
import Synchronization

/// The listening socket. It accepts on one loop and hands each connection to the loop that has the fewest.
///
/// One acceptor rather than a `SO_REUSEPORT` listener per loop: that spreads by a hash of the addresses, so a few
/// long-lived connections (agents, watchers) may all land on one loop, and closing such a listener resets what
/// waits in its queue. Handing over costs one wake-up per connection, none per request.
actor Acceptor {
    private let loop: EventLoop
    private let contexts: [LoopContext]
    private let shared: ServerShared
    private let descriptor: Int32
    private var registration: Registration?
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// Takes over a listening socket.
    init(descriptor: Int32, loop: EventLoop, contexts: [LoopContext], shared: ServerShared) {
        self.descriptor = descriptor
        self.loop = loop
        self.contexts = contexts
        self.shared = shared
    }

    func start() throws {
        registration = try loop.register(descriptor, interest: .read) { [weak self] _ in
            self?.assumeIsolated { $0.acceptAll() }
        }
    }

    /// Stops listening.
    ///
    /// Connections that the system completed but nobody accepted are reset.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        registration?.cancel()
        registration = nil
        Glibc.close(descriptor)
    }

    private func acceptAll() {
        // Bounded, so that a flood of connections does not starve those that are open.
        for _ in 0..<256 where !isClosed {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    clinux_accept_nonblocking(descriptor, $0, &length)
                }
            }
            guard accepted < 0 else {
                admit(accepted, SocketAddress(storage))
                continue
            }
            switch errno {
            case EAGAIN: return
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return pause(SystemError(call: "accept4"))
            default:
                // EINTR, ECONNABORTED and network errors concern one connection only (accept(2)).
                continue
            }
        }
    }

    private func admit(_ accepted: Int32, _ peer: SocketAddress) {
        if shared.admission.isCrowded { makeRoom() }
        guard shared.admission.enter(peer) else { return refuse(accepted) }
        let isInHandshake = shared.tls.withLock { $0 != nil }
        guard !isInHandshake || shared.admission.beginHandshake(peer) else {
            shared.admission.leave(peer)
            Glibc.close(accepted)
            return
        }
        var one: Int32 = 1
        setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var chosen = contexts[0]
        for context in contexts.dropFirst()
        where context.load.load(ordering: .relaxed) < chosen.load.load(ordering: .relaxed) {
            chosen = context
        }
        chosen.load.add(1, ordering: .relaxed)
        if chosen.loop === loop {
            chosen.adopt(accepted, peer: peer, isInHandshake: isInHandshake)
        } else {
            let context = chosen
            context.loop.execute { context.adopt(accepted, peer: peer, isInHandshake: isInHandshake) }
        }
    }

    /// Answers 503 without reading, on plain connections; under TLS there is nobody to tell.
    private func refuse(_ accepted: Int32) {
        if shared.tls.withLock({ $0 == nil }) {
            let failure = HTTPFailure(
                status: .serviceUnavailable,
                code: "overloaded",
                message: "There are too many connections; try again in a moment."
            )
            let body = ProblemDocument.render(failure)
            let head = """
                HTTP/1.1 503 Service Unavailable\r\nContent-Type: \(ProblemDocument.contentType)\r\n\
                Content-Length: \(body.count)\r\nRetry-After: 1\r\nConnection: close\r\n\r\n
                """
            let answer = Array(head.utf8) + body
            _ = send(accepted, answer, answer.count, Int32(MSG_NOSIGNAL))
            shutdown(accepted, Int32(SHUT_WR))
        }
        Glibc.close(accepted)
    }

    private func makeRoom() {
        // In batches, so that looking for the oldest is not paid for every single connection.
        let count = max(1, shared.limits.connections / 256)
        for context in contexts {
            if context.loop === loop {
                context.evictIdle(count)
            } else {
                context.loop.execute { context.evictIdle(count) }
            }
        }
    }

    /// Out of descriptors: accept would fail again at once and for ever, so listen again in a moment.
    private func pause(_ error: SystemError) {
        shared.logger.warning(
            "cannot accept connections for the moment",
            metadata: ["error": "\(error)", "connections": "\(shared.admission.count)"]
        )
        makeRoom()
        try? registration?.update(interest: [])
        loop.schedule(after: .milliseconds(100)) { [weak self] in
            self?.assumeIsolated { try? $0.registration?.update(interest: .read) }
        }
    }
}

/// Counts connections, in all and by address, and says whether there is room for one more.
final class Admission: Sendable {
    private struct Counts {
        var total = 0
        var byAddress: [String: Int] = [:]

        /// Counts one in, unless a limit is reached.
        mutating func enter(_ address: String, total limit: Int, perPeer: Int) -> Bool {
            let ofPeer = byAddress[address, default: 0]
            guard total < limit, ofPeer < perPeer else { return false }
            total += 1
            byAddress[address] = ofPeer + 1
            return true
        }

        mutating func leave(_ address: String) {
            total -= 1
            let ofPeer = byAddress[address, default: 1] - 1
            byAddress[address] = ofPeer > 0 ? ofPeer : nil
        }
    }

    private let limits: ServerLimits
    private let counts = Mutex(Counts())
    private let handshakes = Mutex(Counts())

    init(_ limits: ServerLimits) { self.limits = limits }

    /// Counts a connection in, unless a limit is reached.
    func enter(_ peer: SocketAddress) -> Bool {
        counts.withLock {
            $0.enter(peer.address, total: limits.connections, perPeer: limits.connectionsPerPeer)
        }
    }

    /// Counts a connection out.
    func leave(_ peer: SocketAddress) { counts.withLock { $0.leave(peer.address) } }

    /// Counts a TLS handshake in, unless a limit is reached.
    func beginHandshake(_ peer: SocketAddress) -> Bool {
        handshakes.withLock {
            $0.enter(peer.address, total: limits.handshakes, perPeer: limits.handshakesPerPeer)
        }
    }

    /// Counts a TLS handshake out.
    func endHandshake(_ peer: SocketAddress) { handshakes.withLock { $0.leave(peer.address) } }

    /// Whether idle connections ought to make room: fifteen sixteenths are taken.
    var isCrowded: Bool { count >= limits.connections - limits.connections / 16 }

    /// How many there are.
    var count: Int { counts.withLock { $0.total } }
}
