import Digesting
import HTTPFetching
import ImageCache
import Logging
import PieceExchange
import PrecacheAPI
import PrecacheModel
import Reactor
import Telemetry

/// Gets an image from its neighbours, piece by piece, and gives it to them meanwhile; a seed reads its share from the source.
///
/// One task decides; what waits for others (a neighbour, the source, the disk, the digest) are tasks of their own that tell
/// it what came of it. None of them outlives ``run(into:)``: nothing is written to the file afterwards.
final class MeshTransfer {
    enum Event: Sendable {
        case heard(RelayLine, from: Int)
        case left(Int, why: String)
        case got(Int, PieceSeal, from: Int, bytes: Int)
        /// A piece came that another gave before: it was dropped.
        case repeated(Int, PieceSeal, from: Int, bytes: Int)
        case refused(Int, by: Int, Duration)
        /// A piece came whose seed isn't known.
        case doubted(Int, from: Int)
        case lied(Int, why: String)
        case read(Int, PieceSeal)
        case ranOut(PullFailure?)
        case digested(Int64, CacheError?)
        case broken(CacheError)
        /// A task is over.
        case over(Int)
        case tick
    }

    /// What a run came to.
    enum Ending {
        /// All is there.
        case whole
        /// A newer order names the source alone: the rest comes from there.
        case toSource
    }

    let expected: ExpectedImage
    let content: Digest
    let sources: SourceList
    let access: MeshAccess
    let context: PullContext
    let progress: ImageProgress
    let layout: PieceLayout
    let seals: SealBook
    /// What was ordered, which a newer attempt may replace.
    var order: RelayOrder
    var generation: Int
    var links: [NeighbourLink] = []
    var picker: PiecePicker
    var reading: SourceTurn?
    var isDigesting = false
    /// The newest order names the source alone: the exchange ends as soon as nothing is being digested, whose bytes would be
    /// digested twice.
    var isLeaving = false
    /// The tasks that listen, by neighbour, and all tasks, by number.
    var listening: [Int: Task<Void, Never>] = [:]
    var work: [Int: Task<Void, Never>] = [:]
    /// The tasks that wait for a piece, and of whom.
    var asking: [Int: Int] = [:]
    var serial = 0
    /// Proofs of seeds that were looked at, by who showed them.
    var proofs: [Int: Int] = [:]
    private let sealed: [Int: PieceSeal]
    /// Seals of pieces that came once more: of the very bytes that are there, or somebody lied.
    private var doubles: [Int: PieceSeal] = [:]
    private let began = ContinuousClock.now
    private let events: AsyncStream<Event>
    let tell: AsyncStream<Event>.Continuation
    private var lastLoss = "no neighbour answered"
    private var sourceFailure: PullFailure?
    /// What others are given.
    private var relay: Relay?

    /// Nil for an image that can't be exchanged: nothing of that is ordered, or its size or digest isn't known.
    ///
    /// `have` bytes, which are whole pieces, are there, from the first on; `earlier` is what an earlier attempt gave of it.
    init?(
        _ expected: ExpectedImage,
        sources: SourceList,
        access: MeshAccess,
        identity: RelayIdentity,
        context: PullContext,
        progress: ImageProgress,
        have: Int64,
        earlier: (seals: SealBook, sealed: [Int: PieceSeal])?
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
        seals = earlier?.seals ?? SealBook(identity, content: content, ticket: order.ticket)
        var there = PieceSet(size: layout.count)
        let whole = have == size ? layout.count : Int(have / layout.pieceBytes)
        if whole > 0 { there.insert(0...whole - 1) }
        sealed = earlier?.sealed.filter { $0.key < whole } ?? [:]
        var rules = PiecePicker.Rules()
        rules.neighbours = access.neighbours + order.neighbours.count { $0.isFar }
        picker = PiecePicker(have: there, neighbours: [], rules: rules, seed: .random(in: 1 ... .max))
        (events, tell) = AsyncStream.makeStream()
        adopt(order)
    }

    var now: Duration { .now - began }

    /// Gets all pieces, as far as anybody has them.
    ///
    /// - Throws: ``PullFailure``; what is whole stays for the next attempt.
    func run(into staged: StagedImage) async throws(PullFailure) -> Ending {
        let file: PieceFile
        do throws(CacheError) { file = try await staged.beginPieces() } catch { throw PullFailure(error) }
        let relay = Relay(
            content: content,
            layout: layout,
            file: file,
            whole: picker.have.firstMissing,
            sealed: sealed,
            seals: seals,
            ticket: order.ticket
        )
        self.relay = relay
        relay.open(for: min(order.serve, access.serve), on: context.shelf, context.loop)
        do throws(PullFailure) {
            let ending = try await exchange(staged, relay)
            await endWork()
            switch ending {
            case .whole: relay.end()
            case .toSource:
                relay.end(keeping: 0)
                context.shelf.close(relay)
                do throws(CacheError) { try await staged.endPieces() } catch { throw PullFailure(error) }
            }
            return ending
        } catch {
            await endWork()
            relay.end(keeping: Int(staged.length / layout.pieceBytes))
            throw error
        }
    }

    /// The image's own digest is right: a seed gives what an earlier download left, too, and who sealed other bytes is named.
    func wasRight() async {
        guard let relay else { return }
        if order.seed != nil { relay.becomeSeed(.all(layout.count)) }
        await Suspicion(doubles, seals, layout)?.blame(by: relay.file, progress, context, of: content)
    }

    /// Whose pieces it has, if it turns out to be wrong.
    var suspicion: Suspicion? { relay.flatMap { Suspicion($0.sealed, seals, layout) } }

    private func exchange(_ staged: StagedImage, _ relay: Relay) async throws(PullFailure) -> Ending {
        context.exchanges.begin()
        defer { context.exchanges.end() }
        showOneself(relay)
        begin { [tell, loop = context.loop] in
            while (try? await loop.sleep(for: .milliseconds(100))) != nil { tell.yield(.tick) }
        }
        var iterator = events.makeAsyncIterator()
        while staged.length < layout.sizeBytes {
            act(relay)
            read(relay)
            if isLeaving && !isDigesting { return .toSource }
            digest(staged)
            guard let event = await iterator.next(isolation: nil), !Task.isCancelled else { throw .cancelled }
            if case .tick = event { followOrder(relay) }
            try await take(event, staged, relay)
            if reading == nil && picker.isAlone(at: now) && !isDigesting && !picker.have.isFull {
                throw sourceFailure
                    ?? PullFailure(.peersUnavailable, "nobody is left to get the image from: \(lastLoss)")
            }
        }
        return .whole
    }

    // MARK: What happened

    private func take(_ event: Event, _ staged: StagedImage, _ relay: Relay) async throws(PullFailure) {
        switch event {
        case .tick: break
        case .over(let number):
            work[number] = nil
            asking[number] = nil
        case .heard(.have(let rows), let number):
            picker.told(rows, by: number, at: now)
            relay.seen(rows, at: links[number].place.host)
        case .heard(.beat, let number): picker.heard(number, at: now)
        case .heard(.seed(let host, let certificate, let warrant), let number):
            picker.heard(number, at: now)
            take(SealBook.Proof(certificate: certificate, warrant: warrant), of: host, from: number, relay)
        case .left(let number, let why):
            lastLoss = "\(links[number].place.host): \(why)"
            picker.lost(number, at: now)
            leave(number)
            links[number].tryAnotherTicket()
        case .got(let piece, let seal, let number, let count):
            came(count, from: number)
            if picker.received(piece, from: number, at: now) {
                relay.gained(piece, seal, fromSource: false)
            }
        case .repeated(let piece, let seal, let number, let count):
            doubles[piece] = seal
            came(count, from: number)
            context.metrics.duplicateBytes.increment(by: count)
            picker.repeated(piece, from: number, at: now)
        case .refused(let piece, let number, let pause):
            picker.refused(piece, by: number, for: pause, at: now)
        case .doubted(let piece, let number): picker.doubted(piece, by: number, at: now)
        case .lied(let number, let why): blame(number, why)
        case .read(let piece, let seal):
            reading?.succeeded()
            if picker.gained(piece, at: now) { relay.gained(piece, seal, fromSource: true) }
        case .ranOut(let failure): try ranOut(failure)
        case .digested(let end, let failure):
            isDigesting = false
            if let failure { throw PullFailure(failure) }
            staged.advanced(to: end)
            progress.set(done: end)
        case .broken(let error): throw PullFailure(await staged.explain(error))
        }
    }

    private func came(_ count: Int, from number: Int) {
        let isFar = links[number].isFar
        progress.change {
            $0.fromPeers += Int64(count)
            if isFar { $0.fromFar += Int64(count) }
        }
        context.metrics.peerBytes.increment(by: count)
    }

    private func ranOut(_ failure: PullFailure?) throws(PullFailure) {
        reading?.isReading = false
        guard let failure else { return }
        guard !failure.isOurs else { throw failure }
        sourceFailure = failure
        let delay = context.configuration.resumeDelay
        guard reading?.failed(failure, at: now, delay, of: readableSources.count) == false else { return }
        // The others may have what this seed can't read.
        reading = nil
        context.logger.warning(
            "seed can't read its source",
            metadata: ["content": "\(content)", "error": "\(failure.detail)"]
        )
    }

    private func blame(_ number: Int, _ why: String) {
        let host = links[number].place.host
        lastLoss = "\(host): \(why)"
        picker.ban(number)
        leave(number)
        context.blame(host, why, progress, of: content)
    }
}
