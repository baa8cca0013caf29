import Digesting
import ImageCache
import PieceExchange
import PrecacheModel
import Reactor

/// What waits for others: each a task that tells the deciding one what came of it.
extension MeshTransfer {
    /// Begins a task, which ``endWork()`` ends at the latest.
    @discardableResult
    func begin(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        serial += 1
        let (number, tell) = (serial, tell)
        let task = Task(executorPreference: context.loop) {
            await body()
            tell.yield(.over(number))
        }
        work[number] = task
        return task
    }

    /// Ends all tasks and waits for them: nothing is written or digested any more.
    func endWork() async {
        for task in work.values { task.cancel() }
        for task in work.values { await task.value }
        work = [:]
        tell.finish()
    }

    func act(_ relay: Relay) {
        let share = context.exchanges.share(of: layout.pieceBytes)
        for action in picker.actions(at: now, asks: share - asking.count) {
            switch action {
            case .open(let number): listen(to: number)
            case .close(let number): leave(number)
            case .ask(let piece, let number): ask(piece, number, relay)
            case .starved: progress.change { $0.starvations += 1 }
            }
        }
    }

    /// Hears and gets no more of a neighbour.
    func leave(_ number: Int) {
        listening.removeValue(forKey: number)?.cancel()
        for (task, other) in asking where other == number { work[task]?.cancel() }
    }

    private func listen(to number: Int) {
        let (link, tell) = (links[number], tell)
        listening.removeValue(forKey: number)?.cancel()
        listening[number] = begin {
            let why = await link.listen { tell.yield(.heard($0, from: number)) }
            // Whoever was left on purpose isn't lost once more.
            if !Task.isCancelled { tell.yield(.left(number, why: why)) }
        }
    }

    private func ask(_ piece: Int, _ number: Int, _ relay: Relay) {
        let (link, tell, seals, layout, limiter) = (links[number], tell, seals, layout, context.limiter)
        begin {
            let what: Event
            switch await link.piece(piece, within: .seconds(60)) {
            case .refused(let pause): what = .refused(piece, by: number, pause)
            case .lost(let why):
                guard !Task.isCancelled else { return }
                what = .left(number, why: why)
            case .wrong(let why): what = .lied(number, why: why)
            case .piece(let bytes, let seal):
                try? await limiter.take(bytes.count)
                do throws(CacheError) {
                    switch try await relay.file.compute({ seals.isRight(seal, piece, layout, bytes) }) {
                    case nil: what = .doubted(piece, from: number)
                    case false?:
                        what = .lied(number, why: "piece \(piece) is not what seed \(seal.seed) sealed")
                    case true?:
                        let isNew = try await relay.write(piece, bytes)
                        what =
                            isNew
                            ? .got(piece, seal, from: number, bytes: bytes.count)
                            : .repeated(piece, seal, from: number, bytes: bytes.count)
                    }
                } catch {
                    what = .broken(error)
                }
            }
            tell.yield(what)
        }
        asking[serial] = number
    }

    /// Where a seed reads: the sources with their mirrors, in order.
    var readableSources: [ImageSource] {
        SourceMirror.expand(sources.current.sources, context.configuration.mirrors)
    }

    func read(_ relay: Relay) {
        let sources = readableSources
        guard var turn = reading, !turn.isReading, turn.rests <= now, turn.source < sources.count else {
            return
        }
        let run = turn.share.next(picker, window: PiecePicker.Rules().window, at: now)
        turn.isReading = run != nil
        reading = turn
        guard let run else { return }
        let reader = RunReading(
            source: sources[turn.source],
            expected: expected,
            context: context,
            progress: progress,
            relay: relay
        )
        let tell = tell
        begin {
            do throws(PullFailure) {
                try await reader.run(run) { _ = tell.yield(.read($0, $1)) }
                tell.yield(.ranOut(nil))
            } catch {
                tell.yield(.ranOut(error))
            }
        }
    }

    /// Lets the digest follow what is whole.
    func digest(_ staged: StagedImage) {
        guard !isDigesting else { return }
        let end = min(layout.sizeBytes, Int64(picker.have.firstMissing) * layout.pieceBytes)
        guard end > staged.length else { return }
        isDigesting = true
        let (following, tell) = (staged.digesting(upTo: end), tell)
        begin {
            do throws(CacheError) {
                try await following()
                tell.yield(.digested(end, nil))
            } catch {
                tell.yield(.digested(end, error))
            }
        }
    }
}

/// A seed's turn with its sources.
struct SourceTurn {
    private let part: (index: Int, count: Int)
    var share: SourceShare
    var isReading = false
    /// Which of the sources is read.
    var source = 0
    /// Nothing is read before.
    var rests = Duration.zero
    /// Failures since the last piece.
    private var inVain = 0

    /// After so many failures in a row that brought nothing the next source is tried.
    private static let patience = 3

    /// The turn of a seed that had another before: with the same part of the source, however it is vouched for, it goes on.
    ///
    /// Whatever failed may be tried anew, and what is being read is read to its end.
    init(_ part: SeedPart, after earlier: SourceTurn? = nil) {
        self.part = (part.index, part.count)
        share = SourceShare(index: part.index, of: part.count)
        isReading = earlier?.isReading ?? false
        if let earlier, earlier.part == self.part { share = earlier.share }
    }

    mutating func succeeded() { inVain = 0 }

    /// A reading failed: it is tried again after a while, or the next source is.
    ///
    /// - Returns: Whether there is something left to try.
    mutating func failed(_ failure: PullFailure, at now: Duration, _ delay: Duration, of count: Int) -> Bool {
        inVain += 1
        rests = now + delay * (1 << min(inVain, 5))
        guard !failure.isRetryable || inVain >= Self.patience else { return true }
        inVain = 0
        source += 1
        return source < count
    }
}
