import ImageCache
import Logging
import PieceExchange
import PrecacheAPI
package import PrecacheModel
import Reactor
import Synchronization

/// One image that this host gives to its neighbours, while it gets it and for a while afterwards.
///
/// What others read is the file, not its name: renamed, converted or removed, it stays readable for as long as this is open.
package final class Relay: Sendable {
    let content: Digest
    package let layout: PieceLayout
    /// The pieces' bytes.
    let file: PieceFile
    let seals: SealBook

    private struct Listener {
        let isFar: Bool
        let peer: String?
        let lines: AsyncStream<[UInt8]>.Continuation
    }

    private struct State {
        /// Pieces that can be given: sealed by a seed, or by this host if it is one.
        var have: PieceSet
        /// Pieces whose bytes are written, or about to be: each once, since the digest may have them already.
        var claimed: PieceSet
        var seals: [Int: PieceSeal]
        /// To whom a seed tells of what; nil for a member, which tells everybody.
        var offers: OfferBook?
        var tickets: Set<String>
        var listeners: [Int: Listener] = [:]
        var serial = 0
        var news: [Int] = []
        var lastAsked: ContinuousClock.Instant
        var saidAt: ContinuousClock.Instant
        /// When this host had all of it, or gave up.
        var endedAt: ContinuousClock.Instant?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let began = ContinuousClock.now

    /// `whole` pieces are there, from the first on; `sealed` are those of them that can be given, with their seals.
    init(
        content: Digest,
        layout: PieceLayout,
        file: PieceFile,
        whole: Int = 0,
        sealed: [Int: PieceSeal] = [:],
        seals: SealBook,
        ticket: String
    ) {
        self.content = content
        self.layout = layout
        self.file = file
        self.seals = seals
        var have = PieceSet(size: layout.count)
        for piece in sealed.keys { have.insert(piece) }
        var claimed = PieceSet(size: layout.count)
        if whole > 0 { claimed.insert(0...whole - 1) }
        state = Mutex(
            State(
                have: have,
                claimed: claimed,
                seals: sealed,
                tickets: [ticket],
                lastAsked: .now,
                saidAt: .now
            )
        )
    }

    // MARK: What is there

    /// Writes a piece, unless somebody else has written it or is about to: what comes late must not change bytes that the
    /// digest may have.
    ///
    /// - Returns: Whether it was written.
    func write(_ piece: Int, _ bytes: [UInt8]) async throws(CacheError) -> Bool {
        guard state.withLock({ $0.claimed.insert(piece) }) else { return false }
        do throws(CacheError) {
            try await file.write(bytes, at: layout.bytes(of: piece).lowerBound)
        } catch {
            state.withLock { $0.claimed.remove(piece) }
            throw error
        }
        return true
    }

    /// A piece is there: read from the source, or had from a neighbour.
    func gained(_ piece: Int, _ seal: PieceSeal, fromSource: Bool) {
        state.withLock { state in
            guard state.have.insert(piece) else { return }
            state.seals[piece] = seal
            if state.offers != nil {
                if fromSource { state.offers?.read(piece) } else { state.offers?.heard(piece) }
            } else {
                state.news.append(piece)
            }
        }
    }

    /// This host may seal pieces from now on: it reads the source, or has all.
    ///
    /// - Parameter there: What it has and knows to be right, which it seals when somebody asks for it.
    func becomeSeed(_ there: PieceSet) {
        state.withLock { state in
            var book = state.offers ?? OfferBook(size: layout.count)
            var news = state.offers == nil ? state.have : PieceSet(size: layout.count)
            for row in there.ranges { for piece in row where state.have.insert(piece) { news.insert(piece) } }
            for row in news.ranges { for piece in row { book.heard(piece) } }
            if state.offers == nil {
                for (number, listener) in state.listeners { book.join(number, isFar: listener.isFar) }
            }
            state.offers = book
        }
    }

    /// Seals of what is there, to be given on by the next attempt of a host that gave up.
    var sealed: [Int: PieceSeal] {
        state.withLock { $0.isClosed || !file.isOpen ? [:] : $0.seals }
    }

    /// The first piece from this one on that isn't there.
    func firstMissing(_ piece: Int, upTo last: Int) -> Int? {
        state.withLock { state in (piece...max(piece, last)).first { $0 <= last && !state.have.contains($0) }
        }
    }

    /// Another job's ticket for the same content opens it, too, and as long as if it had just ended.
    func admit(_ ticket: String) {
        state.withLock { state in
            state.tickets.insert(ticket)
            if state.endedAt != nil { state.endedAt = .now }
        }
    }

    func opens(_ ticket: String, _ isEqual: (String, String) -> Bool) -> Bool {
        state.withLock { state in
            !state.isClosed && file.isOpen && state.tickets.contains { isEqual($0, ticket) }
        }
    }

    /// When somebody last asked for a piece or listened.
    var lastAsked: ContinuousClock.Instant {
        state.withLock { $0.listeners.isEmpty ? $0.lastAsked : .now }
    }

    /// Whether this host had all of it, or gave up.
    var hasEnded: Bool { state.withLock { $0.endedAt != nil } }

    /// Whether this host had all of it.
    var isWhole: Bool { state.withLock { $0.endedAt != nil && $0.claimed.isFull } }

    // MARK: Neighbours

    /// A mesh gives a host a dozen; a member that floods gets no more than this.
    private static let maximumListeners = 64
    /// Of one neighbour: it may have come anew before its old connection was seen to be broken.
    private static let maximumPerPeer = 2
    /// Lines that a neighbour may be behind; one that reads no more of them is left.
    private static let maximumBehind = 256

    /// Tells a neighbour what is there.
    ///
    /// - Parameters:
    ///   - isFar: Whether it stands in another zone.
    ///   - peer: Who it is; nil where that isn't known.
    /// - Returns: Nil where too many listen.
    package func listen(isFar: Bool, peer: String?) -> Listening? {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.maximumBehind)
        )
        let number: Int? = state.withLock { state in
            guard !state.isClosed else { return nil }
            let own = state.listeners.filter { peer != nil && $0.value.peer == peer }.keys.sorted()
            if own.count >= Self.maximumPerPeer { Self.drop(own[0], &state) }
            guard state.listeners.count < Self.maximumListeners else { return nil }
            state.serial += 1
            state.lastAsked = .now
            for (seed, proof) in seals.proofs {
                continuation.yield(RelayLine.seed(seed, certificate: proof.certificate, proof.warrant).line())
            }
            if state.offers == nil { continuation.yield(RelayLine.lines(have: state.have.ranges)) }
            state.offers?.join(state.serial, isFar: isFar)
            state.listeners[state.serial] = Listener(isFar: isFar, peer: peer, lines: continuation)
            return state.serial
        }
        return number.map { Listening(self, $0, stream) }
    }

    func leave(_ number: Int) { state.withLock { Self.drop(number, &$0) } }

    private static func drop(_ number: Int, _ state: inout State) {
        state.listeners.removeValue(forKey: number)?.lines.finish()
        state.offers?.leave(number)
    }

    private static func say(_ lines: [UInt8], to number: Int, _ state: inout State) {
        guard case .dropped? = state.listeners[number]?.lines.yield(lines) else { return }
        drop(number, &state)
    }

    /// Somebody asks for a piece.
    ///
    /// - Returns: Whether it can be given.
    func has(_ piece: Int) -> Bool {
        state.withLock { state in
            state.lastAsked = .now
            return !state.isClosed && file.isOpen && state.have.contains(piece)
        }
    }

    /// A piece is being given to somebody.
    func given(_ piece: Int, to peer: String?) {
        state.withLock { state in
            let numbers = state.listeners.filter { $0.value.peer == peer }.map(\.key)
            state.offers?.given(piece, to: numbers, at: .now - began)
        }
    }

    /// A neighbour says that it has pieces.
    func seen(_ pieces: [ClosedRange<Int>], at host: HostName) {
        state.withLock { state in
            let numbers = state.listeners.filter { $0.value.peer == host.text }.map(\.key)
            state.offers?.seen(pieces, at: numbers)
        }
    }

    /// A seed's word for a piece that is there: this host's own, if it is a seed and nobody else has given one.
    func seal(of piece: Int) async -> PieceSeal? {
        let (known, isSeed) = state.withLock { ($0.seals[piece], $0.offers != nil) }
        guard known == nil, isSeed, let bytes = try? await file.read(layout.bytes(of: piece)) else {
            return known
        }
        guard let seal = try? seals.seal(piece, layout, bytes) else { return nil }
        state.withLock { $0.seals[piece] = seal }
        return seal
    }

    /// Tells the neighbours what is new; called some times a second.
    private func tell(pieceTime: Duration) {
        state.withLock { state in
            let now = ContinuousClock.now
            var told = false
            if state.offers != nil {
                let news =
                    state.offers?.news(at: now - began, pieceTime: pieceTime, isDone: state.have.isFull) ?? []
                for (number, pieces) in news {
                    told = true
                    Self.say(RelayLine.lines(have: rows(pieces)), to: number, &state)
                }
            } else if !state.news.isEmpty {
                told = true
                let lines = RelayLine.lines(have: rows(state.news))
                state.news = []
                for number in state.listeners.keys { Self.say(lines, to: number, &state) }
            }
            if told {
                state.saidAt = now
            } else if now - state.saidAt >= .seconds(2) {
                state.saidAt = now
                for number in state.listeners.keys { Self.say(RelayLine.beat.line(), to: number, &state) }
            }
        }
    }

    /// This host is a seed, and says so.
    func show(_ warrant: SeedWarrant, of identity: RelayIdentity, _ logger: Logger) {
        let proof = SealBook.Proof(certificate: identity.certificate, warrant: warrant)
        guard !seals.knows(identity.host, proof) else { return }
        guard seals.take(identity.host, proof) else {
            return logger.warning(
                "what the service says of this host as a seed is not to be believed: do both have certificates of the same authority?",
                metadata: ["content": "\(content)"]
            )
        }
        tell(seed: identity.host, proof)
    }

    /// A seed showed itself: who listens needs to know.
    func tell(seed: HostName, _ proof: SealBook.Proof) {
        let line = RelayLine.seed(seed, certificate: proof.certificate, proof.warrant).line()
        state.withLock { state in for number in state.listeners.keys { Self.say(line, to: number, &state) } }
    }

    // MARK: The end

    /// This host has all of it, or gave up.
    ///
    /// - Parameter whole: How many of the first pieces stay; nil for all that are there.
    func end(keeping whole: Int? = nil) {
        let isClosed = state.withLock { state in
            state.endedAt = state.endedAt ?? .now
            guard let whole else { return state.isClosed }
            for piece in whole..<max(whole, layout.count) { state.claimed.remove(piece) }
            for row in state.have.ranges where row.upperBound >= whole {
                for piece in max(row.lowerBound, whole)...row.upperBound {
                    state.have.remove(piece)
                    state.seals[piece] = nil
                }
            }
            return state.isClosed
        }
        if isClosed { file.close() }
    }

    /// Goes on the shelf, and tells neighbours what is new until nobody asks any more or the time for it is over.
    ///
    /// It is given for `serve` after its end, at most; a minute without a request ends it earlier.
    func open(for serve: Duration, on shelf: RelayShelf, _ loop: EventLoop) {
        shelf.put(self)
        Task(executorPreference: loop) {
            while !self.state.withLock({ $0.isClosed }), self.file.isOpen {
                let (asked, ended) = (self.lastAsked, self.state.withLock { $0.endedAt })
                let now = ContinuousClock.now
                if let ended, now - ended >= serve || now - max(ended, asked) >= .seconds(60) { break }
                self.tell(pieceTime: .milliseconds(50))
                // Nobody waits for news where nothing happens.
                let isQuiet = ended != nil && now - asked > .seconds(2)
                guard (try? await loop.sleep(for: .milliseconds(isQuiet ? 500 : 20))) != nil else { break }
            }
            shelf.close(self)
        }
    }

    /// Gives nothing any more, and lets go of the file unless pieces are still written to it.
    func close() {
        let (listeners, hasEnded) = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return (state.listeners.values.map(\.lines), state.endedAt != nil)
        }
        for lines in listeners { lines.finish() }
        if hasEnded { file.close() }
    }

    private func rows(_ pieces: [Int]) -> [ClosedRange<Int>] {
        var set = PieceSet(size: layout.count)
        for piece in pieces { set.insert(piece) }
        return set.ranges
    }
}
