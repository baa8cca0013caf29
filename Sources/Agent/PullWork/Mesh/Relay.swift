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

    struct Listener {
        let isFar: Bool
        let peer: String?
        let lines: AsyncStream<[UInt8]>.Continuation
    }

    struct State {
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

    let state: Mutex<State>
    let began = ContinuousClock.now

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
    /// It is given for `serve` after its end, at most; `idle` without a request ends it earlier, a minute by default.
    func open(
        for serve: Duration,
        idle: Duration = .seconds(60),
        on shelf: RelayShelf,
        _ loop: EventLoop
    ) {
        shelf.put(self)
        Task(executorPreference: loop) {
            while !self.state.withLock({ $0.isClosed }), self.file.isOpen {
                let (asked, ended) = (self.lastAsked, self.state.withLock { $0.endedAt })
                let now = ContinuousClock.now
                if let ended, now - ended >= serve || now - max(ended, asked) >= idle { break }
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
}
