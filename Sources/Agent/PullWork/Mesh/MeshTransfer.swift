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
        case repeated(Int, from: Int, bytes: Int)
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
    private var order: RelayOrder
    private var generation: Int
    private(set) var links: [NeighbourLink] = []
    var picker: PiecePicker
    var reading: SourceTurn?
    var isDigesting = false
    /// The newest order names the source alone: the exchange ends as soon as nothing is being digested, whose bytes would be
    /// digested twice.
    private var isLeaving = false
    /// The tasks that listen, by neighbour, and all tasks, by number.
    var listening: [Int: Task<Void, Never>] = [:]
    var work: [Int: Task<Void, Never>] = [:]
    var serial = 0
    /// Proofs of seeds that weren't believed, by who showed them.
    private var refusedProofs: [Int: Int] = [:]
    private let sealed: [Int: PieceSeal]
    private let began = ContinuousClock.now
    private let events: AsyncStream<Event>
    let tell: AsyncStream<Event>.Continuation
    private var lastLoss = "no neighbour answered"
    private var sourceFailure: PullFailure?
    /// What others are given.
    private var relay: Relay?

    /// Pieces in hand, of all neighbours together, in bytes.
    private static let bytesInHand: Int64 = 24 << 20
    /// A neighbour may pass on proofs that are for others; each costs some time to look at.
    private static let maximumRefusedProofs = 64

    /// Nil for an image that can't be exchanged: nothing of that is ordered, or its size or digest isn't known.
    ///
    /// `have` bytes, which are whole pieces, are there, from the first on; `earlier` is what an earlier attempt gave of it.
    init?(
        _ expected: ExpectedImage,
        sources: SourceList,
        access: MeshAccess,
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
        seals = earlier?.seals ?? SealBook(access.identity, content: content, ticket: order.ticket)
        var there = PieceSet(size: layout.count)
        let whole = have == size ? layout.count : Int(have / layout.pieceBytes)
        if whole > 0 { there.insert(0...whole - 1) }
        sealed = earlier?.sealed.filter { $0.key < whole } ?? [:]
        var rules = PiecePicker.Rules()
        rules.neighbours = access.neighbours + order.neighbours.count { $0.isFar }
        if 2 * layout.pieceBytes * Int64(rules.neighbours) > Self.bytesInHand { rules.places = 1 }
        picker = PiecePicker(have: there, neighbours: [], rules: rules, seed: .random(in: 1 ... .max))
        (events, tell) = AsyncStream.makeStream()
        adopt(order)
    }

    var now: Duration { .now - began }

    /// Takes the neighbours and the part of the source that an order names, beside what there is.
    private func adopt(_ order: RelayOrder) {
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
                    fetcher: context.fetcher,
                    loop: context.loop
                )
            )
        }
        // Another job's order leaves a seed what it is.
        if order.seed != nil || order.ticket == self.order.ticket {
            reading = order.seed.map { SourceTurn($0) }
        }
        self.order = order
    }

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

    /// The image's own digest is right: a seed gives what an earlier download left, too.
    func wasRight() {
        if order.seed != nil { relay?.becomeSeed(.all(layout.count)) }
    }

    private func exchange(_ staged: StagedImage, _ relay: Relay) async throws(PullFailure) -> Ending {
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
        case .over(let number): work[number] = nil
        case .heard(.have(let rows), let number): picker.told(rows, by: number, at: now)
        case .heard(.beat, let number): picker.heard(number, at: now)
        case .heard(.seed(let host, let certificate, let warrant), let number):
            picker.heard(number, at: now)
            take(SealBook.Proof(certificate: certificate, warrant: warrant), of: host, from: number, relay)
        case .left(let number, let why):
            lastLoss = "\(links[number].place.host): \(why)"
            picker.lost(number, at: now)
            listening.removeValue(forKey: number)?.cancel()
        case .got(let piece, let seal, let number, let count):
            progress.change { $0.fromPeers += Int64(count) }
            context.metrics.peerBytes.increment(by: count)
            if picker.received(piece, from: number, at: now) {
                relay.gained(piece, seal, fromSource: false)
            }
        case .repeated(let piece, let number, let count):
            progress.change { $0.fromPeers += Int64(count) }
            context.metrics.peerBytes.increment(by: count)
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

    /// Goes over to a newer attempt's order: other neighbours, or the source for who had none.
    private func followOrder(_ relay: Relay) {
        let (sources, wanted, generation) = sources.current
        guard generation != self.generation else { return }
        self.generation = generation
        isLeaving = wanted == nil && !sources.isEmpty
        guard let wanted else { return }
        adopt(wanted)
        relay.admit(wanted.ticket)
        showOneself(relay)
    }

    /// A seed tells its neighbours that it is one.
    private func showOneself(_ relay: Relay) {
        guard let seed = order.seed else { return }
        // What an earlier download left and no seed sealed may be damaged: the digest will tell.
        relay.becomeSeed(PieceSet(size: layout.count))
        relay.show(seed.warrant, of: access.identity, context.logger)
    }

    private func take(_ proof: SealBook.Proof, of seed: HostName, from number: Int, _ relay: Relay) {
        guard refusedProofs[number, default: 0] < Self.maximumRefusedProofs, !seals.knows(seed, proof) else {
            return
        }
        guard seals.take(seed, proof) else {
            refusedProofs[number, default: 0] += 1
            return
        }
        relay.tell(seed: seed, proof)
        picker.believe(at: now)
    }

    private func blame(_ number: Int, _ why: String) {
        let host = links[number].place.host
        lastLoss = "\(host): \(why)"
        picker.ban(number)
        listening.removeValue(forKey: number)?.cancel()
        context.metrics.peerFaults.increment()
        progress.change { $0.faults.append((host, why)) }
        context.logger.warning(
            "neighbour gave something wrong",
            metadata: ["host": "\(host)", "content": "\(content)", "why": "\(why)"]
        )
    }
}
