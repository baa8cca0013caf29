import Digesting
package import HTTPFetching
import ImageCache
import Logging
import PieceExchange
import PrecacheAPI
import PrecacheModel
import Reactor
import Telemetry

/// How this host takes part in meshes.
package struct MeshAccess: Sendable {
    /// How it proves itself; without, nothing is exchanged.
    package var identity: RelayIdentity
    /// Trust and certificate towards neighbours; nil for plain HTTP, in tests.
    package var tls: ClientTLS?
    /// Pieces given at a time.
    package var uploads: Int

    package init(identity: RelayIdentity, tls: ClientTLS?, uploads: Int = 12) {
        self.identity = identity
        self.tls = tls
        self.uploads = uploads
    }
}

/// Gets an image from its neighbours, piece by piece, and gives it to them meanwhile; a seed reads its share from the source.
///
/// One task decides; what waits for others (a neighbour, the source, the disk, the digest) are tasks of their own that tell
/// it what came of it.
final class MeshTransfer {
    private enum Event: Sendable {
        case heard(RelayLine, from: Int)
        case left(Int, why: String)
        case got(Int, PieceSeal, from: Int, bytes: Int)
        case refused(Int, by: Int, Duration)
        case lied(Int, why: String)
        case read(Int, PieceSeal, bytes: Int)
        case ranOut(PullFailure?)
        case digested(Int64, CacheError?)
        case broken(CacheError)
        case tick
    }

    private let expected: ExpectedImage
    private let content: Digest
    /// What was ordered, which a newer attempt may replace.
    private let sources: SourceList
    private var order: RelayOrder
    private var generation: Int
    private let access: MeshAccess
    private let context: PullContext
    private let progress: ImageProgress
    private let layout: PieceLayout
    private var links: [NeighbourLink] = []
    private let seals: SealBook
    private var picker: PiecePicker
    private var share: SourceShare?
    private var isReading = false
    private var isDigesting = false
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var work: [Task<Void, Never>] = []
    private let began = ContinuousClock.now
    private let events: AsyncStream<Event>
    private let tell: AsyncStream<Event>.Continuation
    /// Bytes of pieces that came from neighbours, and that were read from the source.
    private(set) var bytes = (peers: Int64(0), source: Int64(0))
    private var lastLoss = "no neighbour answered"

    /// Nil for an image that can't be exchanged: nothing of that is ordered, or its size or digest isn't known.
    init?(
        _ expected: ExpectedImage,
        sources: SourceList,
        access: MeshAccess,
        context: PullContext,
        progress: ImageProgress,
        have: Int64
    ) {
        let (_, wanted, generation) = sources.current
        guard let order = wanted, let content = expected.digest, let size = expected.sizeBytes else {
            return nil
        }
        self.expected = expected
        self.content = content
        self.order = order
        self.generation = generation
        self.sources = sources
        self.access = access
        self.context = context
        self.progress = progress
        let layout = PieceLayout(sizeBytes: size, pieceBytes: order.pieceBytes)
        self.layout = layout
        seals = SealBook(access.identity, content: content, ticket: order.ticket)
        var there = PieceSet(size: layout.count)
        let whole = Int(have / layout.pieceBytes)
        if whole > 0 { there.insert(0...whole - 1) }
        var rules = PiecePicker.Rules()
        rules.neighbours += order.neighbours.count { $0.isFar }
        picker = PiecePicker(have: there, neighbours: [], rules: rules, seed: .random(in: 1 ... .max))
        (events, tell) = AsyncStream.makeStream()
        adopt(order)
    }

    /// Takes the neighbours and the part of the source that an order names, beside what there is.
    private func adopt(_ order: RelayOrder) {
        self.order = order
        seals.admit(order.ticket)
        for neighbour in order.neighbours where !links.contains(where: { $0.place == neighbour.place }) {
            _ = picker.add(isFar: neighbour.isFar)
            links.append(
                NeighbourLink(
                    place: neighbour.place,
                    isFar: neighbour.isFar,
                    content: content,
                    ticket: order.ticket,
                    layout: layout,
                    access: access,
                    fetcher: context.fetcher
                )
            )
        }
        if share == nil { share = order.seed.map { SourceShare(index: $0.index, of: $0.count) } }
    }

    private var now: Duration { .now - began }

    /// Gets all pieces, as far as anybody has them.
    ///
    /// - Returns: What is given to others from now on; the caller finishes the image.
    /// - Throws: ``PullFailure``; what is whole stays for the next attempt.
    func run(into staged: StagedImage) async throws(PullFailure) {
        let shelf = context.shelf
        let file: PieceFile
        do throws(CacheError) { file = try await staged.beginPieces() } catch { throw PullFailure(error) }
        let relay = Relay(
            content: content,
            layout: layout,
            file: file,
            have: picker.have,
            seals: seals,
            isSeed: share != nil,
            ticket: order.ticket,
            maximumUploads: access.uploads
        )
        shelf.put(relay)
        Task(executorPreference: context.loop) { [serve = order.serve, loop = context.loop] in
            await relay.stayOpen(for: serve, on: shelf, loop)
        }
        defer {
            relay.end()
            tell.finish()
            for task in tasks.values { task.cancel() }
            for task in work { task.cancel() }
        }
        showOneself(relay)
        let ticker = Task(executorPreference: context.loop) { [tell, loop = context.loop] in
            while (try? await loop.sleep(for: .milliseconds(100))) != nil { tell.yield(.tick) }
        }
        work.append(ticker)
        var iterator = events.makeAsyncIterator()
        while staged.length < layout.sizeBytes {
            act(file)
            read(file)
            digest(staged)
            guard let event = await iterator.next(isolation: nil), !Task.isCancelled else { throw .cancelled }
            try await take(event, staged, relay)
        }
    }

    /// A seed tells its neighbours that it is one.
    private func showOneself(_ relay: Relay) {
        guard let seed = order.seed else { return }
        let proof = SealBook.Proof(certificate: access.identity.certificate, warrant: seed.warrant)
        if seals.take(access.identity.host, proof) { relay.tell(seed: access.identity.host, proof) }
    }

    // MARK: What happened

    private func take(_ event: Event, _ staged: StagedImage, _ relay: Relay) async throws(PullFailure) {
        switch event {
        case .heard(.have(let rows), let number): picker.told(rows, by: number, at: now)
        case .heard(.beat, let number): picker.heard(number, at: now)
        case .heard(.seed(let host, let certificate, let warrant), let number):
            picker.heard(number, at: now)
            let proof = SealBook.Proof(certificate: certificate, warrant: warrant)
            if seals.take(host, proof) { relay.tell(seed: host, proof) }
        case .left(let number, let why):
            lastLoss = "\(links[number].place.host): \(why)"
            picker.lost(number, at: now)
            tasks.removeValue(forKey: number)?.cancel()
        case .got(let piece, let seal, let number, let count):
            if picker.received(piece, from: number, at: now) {
                bytes.peers += Int64(count)
                relay.gained(piece, seal, fromSource: false)
            } else {
                context.metrics.duplicateBytes.increment(by: count)
            }
        case .refused(let piece, let number, let pause):
            picker.refused(piece, by: number, for: pause, at: now)
        case .lied(let number, let why): blame(number, why)
        case .read(let piece, let seal, let count):
            bytes.source += Int64(count)
            if picker.gained(piece, at: now) { relay.gained(piece, seal, fromSource: true) }
        case .ranOut(let failure):
            isReading = false
            guard let failure else { break }
            // The others may have what this seed can't read.
            share = nil
            guard !picker.isAlone(at: now) else { throw failure }
            context.logger.warning(
                "seed can't read its source",
                metadata: ["content": "\(content)", "error": "\(failure.detail)"]
            )
        case .digested(let end, let failure):
            isDigesting = false
            if let failure { throw PullFailure(failure) }
            do throws(CacheError) { try await staged.advanced(to: end) } catch { throw PullFailure(error) }
            progress.set(done: end)
        case .broken(let error): throw PullFailure(error)
        case .tick: followOrder(relay)
        }
        if share == nil && picker.isAlone(at: now) && !isDigesting && !picker.have.isFull {
            throw PullFailure(.peersUnavailable, "nobody is left to get the image from: \(lastLoss)")
        }
    }

    /// Goes over to a newer attempt's order: other neighbours, or the source for who had none.
    private func followOrder(_ relay: Relay) {
        let (_, wanted, generation) = sources.current
        guard generation != self.generation, let wanted else { return }
        self.generation = generation
        adopt(wanted)
        relay.admit(wanted.ticket)
        guard share != nil else { return }
        relay.becomeSeed()
        showOneself(relay)
    }

    private func blame(_ number: Int, _ why: String) {
        lastLoss = "\(links[number].place.host): \(why)"
        picker.ban(number)
        tasks.removeValue(forKey: number)?.cancel()
        context.metrics.peerFaults.increment()
        context.logger.warning(
            "neighbour gave something wrong",
            metadata: ["host": "\(links[number].place.host)", "content": "\(content)", "why": "\(why)"]
        )
    }

    // MARK: What follows

    private func act(_ file: PieceFile) {
        for action in picker.actions(at: now) {
            switch action {
            case .open(let number): listen(to: number)
            case .close(let number): tasks.removeValue(forKey: number)?.cancel()
            case .ask(let piece, let number): ask(piece, number, file)
            case .starved: progress.starve()
            }
        }
    }

    private func listen(to number: Int) {
        let (link, tell) = (links[number], tell)
        tasks[number] = Task(executorPreference: context.loop) {
            let why = await link.listen { tell.yield(.heard($0, from: number)) }
            tell.yield(.left(number, why: why))
        }
    }

    private func ask(_ piece: Int, _ number: Int, _ file: PieceFile) {
        let (link, tell, seals, content, layout) = (links[number], tell, seals, content, layout)
        let limiter = context.limiter
        Task(executorPreference: context.loop) {
            switch await link.piece(piece, within: .seconds(60)) {
            case .refused(let pause): tell.yield(.refused(piece, by: number, pause))
            case .lost(let why): tell.yield(.left(number, why: why))
            case .wrong(let why): tell.yield(.lied(number, why: why))
            case .piece(let bytes, let seal):
                try? await limiter.take(bytes.count)
                let message = PieceSeal.message(piece, of: content, layout, sha256: sha256(bytes))
                switch seals.isRight(seal, message) {
                case true?: break
                case false?:
                    tell.yield(.lied(number, why: "piece \(piece) is not what seed \(seal.seed) sealed"))
                    return
                case nil:
                    // Nobody's fault: the word that makes it a seed may be on its way, or be for another ticket.
                    tell.yield(.refused(piece, by: number, .seconds(1)))
                    return
                }
                do throws(CacheError) {
                    try await file.write(bytes, at: layout.bytes(of: piece).lowerBound)
                    tell.yield(.got(piece, seal, from: number, bytes: bytes.count))
                } catch {
                    tell.yield(.broken(error))
                }
            }
        }
    }

    private func read(_ file: PieceFile) {
        guard !isReading, var share, let source = sources.current.sources.first,
            let run = share.next(picker, window: PiecePicker.Rules().window, at: now)
        else { return }
        self.share = share
        isReading = true
        let reading = RunReading(
            source: source,
            expected: expected,
            context: context,
            identity: access.identity,
            content: content,
            layout: layout,
            file: file
        )
        let tell = tell
        work.append(
            Task(executorPreference: context.loop) {
                do throws(PullFailure) {
                    try await reading.run(run) { piece, seal, count in
                        tell.yield(.read(piece, seal, bytes: count))
                    }
                    tell.yield(.ranOut(nil))
                } catch {
                    tell.yield(.ranOut(error))
                }
            }
        )
    }

    /// Lets the digest follow what is whole.
    private func digest(_ staged: StagedImage) {
        guard !isDigesting else { return }
        let end = min(layout.sizeBytes, Int64(picker.have.firstMissing) * layout.pieceBytes)
        guard end > staged.length else { return }
        isDigesting = true
        let (following, tell) = (staged.digesting(upTo: end), tell)
        work.append(
            Task {
                do throws(CacheError) {
                    try await following()
                    tell.yield(.digested(end, nil))
                } catch {
                    tell.yield(.digested(end, error))
                }
            }
        )
    }
}
