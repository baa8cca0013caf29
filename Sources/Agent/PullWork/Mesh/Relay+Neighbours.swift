import ImageCache
import Logging
import PieceExchange
import PrecacheAPI
import PrecacheModel
import Synchronization

/// Who hears what there is, and who is given it.
extension Relay {
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
        let sealing = try? await file.compute { [seals, layout] in try? seals.seal(piece, layout, bytes) }
        guard let seal = sealing ?? nil else { return nil }
        state.withLock { $0.seals[piece] = seal }
        return seal
    }

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
    func show(_ warrant: SeedWarrant, _ logger: Logger) {
        let identity = seals.identity
        let proof = SealBook.Proof(certificate: identity.certificate, warrant: warrant)
        switch seals.take(identity.host, proof) {
        case .new(let proof): tell(seed: identity.host, proof)
        case .known: break
        case .wrong:
            logger.warning(
                "what the service says of this host as a seed is not to be believed: do both have certificates of the same authority?",
                metadata: ["content": "\(content)"]
            )
        }
    }

    /// A seed showed itself: who listens needs to know.
    func tell(seed: HostName, _ proof: SealBook.Proof) {
        let line = RelayLine.seed(seed, certificate: proof.certificate, proof.warrant).line()
        state.withLock { state in for number in state.listeners.keys { Self.say(line, to: number, &state) } }
    }

    private func rows(_ pieces: [Int]) -> [ClosedRange<Int>] {
        var set = PieceSet(size: layout.count)
        for piece in pieces { set.insert(piece) }
        return set.ranges
    }

    /// A neighbour that hears what is there, line by line, until the relay is closed or the last reference to this goes.
    package final class Listening: Sendable {
        package let lines: AsyncStream<[UInt8]>
        private let relay: Relay
        private let number: Int

        init(_ relay: Relay, _ number: Int, _ lines: AsyncStream<[UInt8]>) {
            self.relay = relay
            self.number = number
            self.lines = lines
        }

        deinit { relay.leave(number) }
    }
}
