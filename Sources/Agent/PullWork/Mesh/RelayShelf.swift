import ImageCache
import PrecacheAPI
import PrecacheModel
package import Reactor
import Synchronization
import Telemetry

/// The images that this host gives to others, by their content, and what they may have of its uplink.
package final class RelayShelf: Sendable {
    private struct State {
        var relays: [String: Relay] = [:]
        /// Pieces that are being given, in all and by who gets them.
        var uploads = 0
        var perPeer: [String: Int] = [:]
        /// Images that this host is to exchange and hasn't begun with: how many downloads wait, by content and ticket.
        var expected: [String: [String: Int]] = [:]
        /// Neighbours that hear of those: with which ticket, and who.
        var waiting: [(ticket: String, peer: String?)] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let maximumUploads: Int
    /// Whether anything is given at all.
    private let isGiving: Bool
    private let limiter: RateLimiter?
    private let loop: EventLoop?
    private let metrics: PullMetrics?

    /// How many images are given at a time; the one that nobody has asked for the longest makes room.
    private static let maximumRelays = 64

    /// - Parameters:
    ///   - uploads: Pieces given at a time.
    ///   - bytesPerSecond: The rate of all of them together; 0 for giving nothing, nil for no limit.
    ///   - loop: Where they wait for their turn.
    ///   - metrics: What is counted.
    package init(
        uploads: Int = 12,
        bytesPerSecond: Int? = nil,
        loop: EventLoop? = nil,
        metrics: PullMetrics? = nil
    ) {
        maximumUploads = uploads
        isGiving = bytesPerSecond != 0
        self.loop = loop
        limiter = loop.map { RateLimiter(bytesPerSecond: bytesPerSecond, loop: $0) }
        self.metrics = metrics
    }

    /// The image that a ticket opens.
    package func find(_ content: String, ticket: String, _ isEqual: (String, String) -> Bool) -> Relay? {
        guard let relay = state.withLock({ $0.relays[content] }), relay.opens(ticket, isEqual) else {
            return nil
        }
        return relay
    }

    /// What is given of a content now.
    func relay(of content: Digest) -> Relay? { state.withLock { $0.relays[content.description] } }

    /// Puts an image on the shelf; one of the same content that was there is closed.
    func put(_ relay: Relay) {
        let old: Relay? = state.withLock { state in
            guard isGiving, !state.isClosed else { return relay }
            let name = relay.content.description
            defer { state.relays[name] = relay }
            guard state.relays[name] == nil, state.relays.count >= Self.maximumRelays else {
                return state.relays[name]
            }
            let idle = state.relays.filter { $0.value.hasEnded }.min {
                $0.value.lastAsked < $1.value.lastAsked
            }
            return idle.flatMap { state.relays.removeValue(forKey: $0.key) }
        }
        old?.close()
        count()
    }

    func close(_ relay: Relay) {
        state.withLock { state in
            if state.relays[relay.content.description] === relay {
                state.relays[relay.content.description] = nil
            }
        }
        relay.close()
        count()
    }

    /// Closes all, for good: the agent stops.
    func closeAll() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.relays = [:] }
            return Array(state.relays.values)
        }
        for relay in all { relay.close() }
        count()
    }

    private func count() { metrics?.openRelays.set(Double(state.withLock { $0.relays.count })) }

    // MARK: What hasn't begun

    /// This host is to exchange an image as soon as there is a place for it: its neighbours needn't take it for gone.
    func expect(_ content: Digest, _ ticket: String) {
        state.withLock { $0.expected[content.description, default: [:]][ticket, default: 0] += 1 }
    }

    func unexpect(_ content: Digest, _ ticket: String) {
        state.withLock { state in
            let (name, count) = (content.description, state.expected[content.description]?[ticket] ?? 0)
            state.expected[name]?[ticket] = count > 1 ? count - 1 : nil
            if state.expected[name]?.isEmpty == true { state.expected[name] = nil }
        }
    }

    /// A neighbour that hears of an image which this host hasn't begun with that it lives, until it has; nil where it isn't to.
    package func wait(
        for content: String,
        ticket: String,
        peer: String?,
        _ isEqual: @escaping @Sendable (String, String) -> Bool
    ) -> Waiting? {
        guard isExpected(content, ticket, isEqual) else { return nil }
        let hasPlace = state.withLock { state in
            guard state.waiting.count < Self.maximumWaiting,
                state.waiting.count(where: { $0.ticket == ticket }) < Self.maximumPerTicket
            else { return false }
            let own = state.waiting.filter { peer != nil && $0.peer == peer }
            guard own.count < Self.maximumPerPeer, own.count(where: { $0.ticket == ticket }) < 2 else {
                return false
            }
            state.waiting.append((ticket, peer))
            return true
        }
        guard hasPlace else { return nil }
        return Waiting(self, ticket, peer) { [unowned self] in isExpected(content, ticket, isEqual) }
    }

    private static let maximumWaiting = 256
    /// As many as may listen to an image that has begun.
    private static let maximumPerTicket = 64
    /// A neighbour waits for as many images as are ordered of both; twice for one whose connection broke.
    private static let maximumPerPeer = 32

    private func isExpected(
        _ content: String,
        _ ticket: String,
        _ isEqual: (String, String) -> Bool
    ) -> Bool {
        state.withLock { state in
            !state.isClosed && isGiving && state.relays[content] == nil
                && state.expected[content]?.keys.contains { isEqual($0, ticket) } == true
        }
    }

    /// See ``wait(for:ticket:_:)``; its place is free with the last reference.
    package final class Waiting: Sendable {
        private let shelf: RelayShelf
        private let ticket: String
        private let peer: String?
        private let isExpected: @Sendable () -> Bool

        fileprivate init(
            _ shelf: RelayShelf,
            _ ticket: String,
            _ peer: String?,
            _ isExpected: @escaping @Sendable () -> Bool
        ) {
            self.shelf = shelf
            self.ticket = ticket
            self.peer = peer
            self.isExpected = isExpected
        }

        deinit {
            shelf.state.withLock { state in
                let index = state.waiting.firstIndex { $0.ticket == ticket && $0.peer == peer }
                if let index { state.waiting.remove(at: index) }
            }
        }

        /// The next line; nil once there is more to be heard, or nothing.
        package func next() async throws -> [UInt8]? {
            guard let loop = shelf.loop, isExpected() else { return nil }
            try await loop.sleep(for: .milliseconds(500))
            return isExpected() ? RelayLine.beat.line() : nil
        }
    }

    // MARK: Pieces

    /// What a request for a piece comes to.
    package enum Giving: Sendable {
        case piece(PieceSeal, Upload)
        case missing
        /// As many are being given as may be.
        case busy
    }

    /// Begins to give a piece, for as long as the upload is held.
    ///
    /// - Parameters:
    ///   - piece: Its number.
    ///   - relay: What it is of.
    ///   - peer: Who asks; one alone gets a third of the places at most, since it may take its time to read. Nil where that
    ///     isn't known.
    /// - Returns: The piece, or why not.
    package func give(_ piece: Int, of relay: Relay, to peer: String?) async -> Giving {
        guard relay.has(piece) else { return .missing }
        guard let upload = begin(relay, peer) else {
            metrics?.refusedUploads.increment()
            return .busy
        }
        guard let seal = await relay.seal(of: piece) else { return .missing }
        relay.given(piece, to: peer)
        return .piece(seal, upload)
    }

    private func begin(_ relay: Relay, _ peer: String?) -> Upload? {
        let mayBegin = state.withLock { state in
            guard state.uploads < maximumUploads else { return false }
            if let peer {
                let own = state.perPeer[peer, default: 0]
                guard own < max(2, maximumUploads / 3) else { return false }
                state.perPeer[peer] = own + 1
            }
            state.uploads += 1
            return true
        }
        return mayBegin ? Upload(self, relay, peer) : nil
    }

    fileprivate func end(_ peer: String?) {
        state.withLock { state in
            state.uploads -= 1
            guard let peer, let own = state.perPeer[peer] else { return }
            state.perPeer[peer] = own > 1 ? own - 1 : nil
        }
    }

    fileprivate func note(_ count: Int) async throws {
        try await limiter?.take(count)
        metrics?.givenBytes.increment(by: count)
    }

    /// A piece on its way to a neighbour; its place is free with the last reference.
    package final class Upload: Sendable {
        private let shelf: RelayShelf
        private let relay: Relay
        private let peer: String?

        fileprivate init(_ shelf: RelayShelf, _ relay: Relay, _ peer: String?) {
            self.shelf = shelf
            self.relay = relay
            self.peer = peer
        }

        deinit { shelf.end(peer) }

        /// Reads some of its bytes, no sooner than the rate of all uploads allows.
        package func read(_ bytes: Range<Int64>) async throws -> [UInt8] {
            try await shelf.note(bytes.count)
            return try await relay.file.read(bytes)
        }
    }
}
