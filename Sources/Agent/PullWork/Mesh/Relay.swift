package import ImageCache
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
    package let file: PieceFile
    let seals: SealBook

    private struct Listener {
        let isFar: Bool
        let lines: AsyncStream<[UInt8]>.Continuation
    }

    private struct State {
        var have: PieceSet
        var seals: [Int: PieceSeal] = [:]
        /// To whom a seed tells of what; nil for a member, which tells everybody.
        var offers: OfferBook?
        var tickets: Set<String>
        var listeners: [Int: Listener] = [:]
        var serial = 0
        var news: [Int] = []
        var uploads = 0
        var lastAsked: ContinuousClock.Instant
        var saidAt: ContinuousClock.Instant
        /// When this host had all of it, or gave up.
        var endedAt: ContinuousClock.Instant?
        var isClosed = false
    }

    private let state: Mutex<State>
    private let began = ContinuousClock.now
    private let maximumUploads: Int

    init(
        content: Digest,
        layout: PieceLayout,
        file: PieceFile,
        have: PieceSet,
        seals: SealBook,
        isSeed: Bool,
        ticket: String,
        maximumUploads: Int
    ) {
        self.content = content
        self.layout = layout
        self.file = file
        self.seals = seals
        self.maximumUploads = maximumUploads
        state = Mutex(
            State(
                have: have,
                offers: isSeed ? OfferBook(size: layout.count) : nil,
                tickets: [ticket],
                lastAsked: .now,
                saidAt: .now
            )
        )
    }

    // MARK: What is there

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

    /// This host reads the source from now on.
    func becomeSeed() {
        state.withLock { state in
            guard state.offers == nil else { return }
            var book = OfferBook(size: layout.count)
            for row in state.have.ranges { for piece in row { book.heard(piece) } }
            for (number, listener) in state.listeners { book.join(number, isFar: listener.isFar) }
            state.offers = book
        }
    }

    /// Another job's ticket for the same content opens it, too.
    func admit(_ ticket: String) { _ = state.withLock { $0.tickets.insert(ticket) } }

    func opens(_ ticket: String, _ isEqual: (String, String) -> Bool) -> Bool {
        state.withLock { state in !state.isClosed && state.tickets.contains { isEqual($0, ticket) } }
    }

    /// When somebody last asked for a piece or listened.
    var lastAsked: ContinuousClock.Instant {
        state.withLock { $0.listeners.isEmpty && $0.uploads == 0 ? $0.lastAsked : .now }
    }

    // MARK: Neighbours

    /// What a neighbour hears, line by line, until the relay is closed.
    ///
    /// - Returns: Its number, to be given to ``leave(_:)``, and the lines.
    package func listen(isFar: Bool) -> (number: Int, lines: AsyncStream<[UInt8]>)? {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        let number: Int? = state.withLock { state in
            guard !state.isClosed, state.listeners.count < Self.maximumListeners else { return nil }
            state.serial += 1
            state.lastAsked = .now
            for (seed, proof) in seals.proofs {
                continuation.yield(RelayLine.seed(seed, certificate: proof.certificate, proof.warrant).line())
            }
            if state.offers == nil { continuation.yield(RelayLine.lines(have: state.have.ranges)) }
            state.offers?.join(state.serial, isFar: isFar)
            state.listeners[state.serial] = Listener(isFar: isFar, lines: continuation)
            return state.serial
        }
        return number.map { ($0, stream) }
    }

    /// A mesh gives a host a dozen; a member that floods gets no more than this.
    private static let maximumListeners = 64

    package func leave(_ number: Int) {
        state.withLock { state in
            state.listeners[number] = nil
            state.offers?.leave(number)
        }
    }

    /// What a request for a piece comes to.
    package enum Giving: Sendable {
        case piece(PieceSeal)
        case missing
        /// As many are being given as may be.
        case busy
    }

    /// Begins to give a piece; ``given()`` ends it.
    package func give(_ piece: Int) -> Giving {
        state.withLock { state in
            state.lastAsked = .now
            guard !state.isClosed, let seal = state.seals[piece] else { return .missing }
            guard state.uploads < maximumUploads else { return .busy }
            state.uploads += 1
            state.offers?.asked(piece, at: .now - began)
            return .piece(seal)
        }
    }

    package func given() { state.withLock { $0.uploads -= 1 } }

    /// Tells the neighbours what is new; called some times a second.
    func tell(pieceTime: Duration) {
        state.withLock { state in
            let now = ContinuousClock.now
            var told = false
            if state.offers != nil {
                let news =
                    state.offers?.news(at: now - began, pieceTime: pieceTime, isDone: state.have.isFull) ?? []
                for (number, pieces) in news {
                    told = true
                    state.listeners[number]?.lines.yield(RelayLine.lines(have: Self.rows(pieces)))
                }
            } else if !state.news.isEmpty {
                told = true
                let lines = RelayLine.lines(have: Self.rows(state.news))
                state.news = []
                for listener in state.listeners.values { listener.lines.yield(lines) }
            }
            if told {
                state.saidAt = now
            } else if now - state.saidAt >= .seconds(2) {
                state.saidAt = now
                for listener in state.listeners.values { listener.lines.yield(RelayLine.beat.line()) }
            }
        }
    }

    /// A seed showed itself: who listens needs to know.
    func tell(seed: HostName, _ proof: SealBook.Proof) {
        let line = RelayLine.seed(seed, certificate: proof.certificate, proof.warrant).line()
        state.withLock { state in for listener in state.listeners.values { listener.lines.yield(line) } }
    }

    /// This host has all of it, or gave up.
    func end() { state.withLock { $0.endedAt = $0.endedAt ?? .now } }

    /// Tells neighbours what is new, until nobody asks any more or the time for it is over; then it is closed.
    ///
    /// - Parameters:
    ///   - serve: How long it is given after its end, at most; a minute without a request ends it earlier.
    func stayOpen(for serve: Duration, on shelf: RelayShelf, _ loop: EventLoop) async {
        while !state.withLock({ $0.isClosed }) {
            let (asked, ended) = (lastAsked, state.withLock { $0.endedAt })
            let now = ContinuousClock.now
            if let ended, now - ended >= serve || now - max(ended, asked) >= .seconds(60) { break }
            tell(pieceTime: .milliseconds(50))
            // Nobody waits for news where nothing happens.
            let isQuiet = ended != nil && now - asked > .seconds(2)
            guard (try? await loop.sleep(for: .milliseconds(isQuiet ? 500 : 20))) != nil else { break }
        }
        shelf.close(self)
    }

    /// Gives nothing any more.
    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return state.listeners.values.map(\.lines)
        }
        for lines in listeners { lines.finish() }
    }

    private static func rows(_ pieces: [Int]) -> [ClosedRange<Int>] {
        var rows: [ClosedRange<Int>] = []
        for piece in pieces.sorted() {
            if let last = rows.last, last.upperBound + 1 >= piece {
                rows[rows.count - 1] = last.lowerBound...max(last.upperBound, piece)
            } else {
                rows.append(piece...piece)
            }
        }
        return rows
    }
}

/// The images that this host gives to others, by their content.
package final class RelayShelf: Sendable {
    private let relays = Mutex<[String: Relay]>([:])

    package init() {}

    /// The image that a ticket opens.
    package func find(_ content: String, ticket: String, _ isEqual: (String, String) -> Bool) -> Relay? {
        guard let relay = relays.withLock({ $0[content] }), relay.opens(ticket, isEqual) else { return nil }
        return relay
    }

    /// Puts an image on the shelf; one of the same content that was there is closed.
    func put(_ relay: Relay) {
        let old = relays.withLock { relays in
            defer { relays[relay.content.description] = relay }
            return relays[relay.content.description]
        }
        old?.close()
    }

    func close(_ relay: Relay) {
        relays.withLock { relays in
            if relays[relay.content.description] === relay { relays[relay.content.description] = nil }
        }
        relay.close()
    }

    /// Closes all that aren't asked for: what they hold open is to be evicted.
    package func closeIdle() {
        let idle = relays.withLock { relays in
            relays.values.filter { ContinuousClock.now - $0.lastAsked > .seconds(5) }
        }
        for relay in idle { close(relay) }
    }
}
