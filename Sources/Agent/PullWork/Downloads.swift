import CLinux
import ImageCache
import PrecacheModel
import Reactor
import Synchronization

/// One download for each image, however many ask for it: who comes later joins, and it ends when nobody is left.
actor Downloads {
    private let context: PullContext
    private var running: [ImageID: Entry] = [:]
    private var numbers = 0

    /// The actor lives on the loop that fetches.
    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: PullContext) { self.context = context }

    /// Waits for an image, which is fetched unless it's there or on its way.
    ///
    /// - Parameters:
    ///   - image: The image; its sources replace those of a download that it joins.
    ///   - keep: How long to pin the image for once it's there; nil for no pin.
    ///   - watch: Called with the download's progress as soon as there is one.
    /// - Returns: Its outcome; `cancelled` as soon as the task is cancelled, whatever becomes of the download.
    func obtain(
        _ image: OrderedImage,
        keep: Duration?,
        watch: @Sendable (ImageProgress) -> Void
    ) async -> ImageOutcome {
        guard let cache = context.cache else { return Self.unsupported }
        guard image.expected.sizeBytes != 0 else {
            let words = "the image is said to have 0 bytes, and no image is empty"
            return PullFailure(.sizeMismatch, words, isRetryable: false).outcome()
        }
        while !Task.isCancelled {
            let entry = running[image.id] ?? start(image, keep, cache)
            if entry.isStopping {
                await entry.task?.value
                continue
            }
            guard entry.expected.covers(image.expected) else { return Self.conflict(image, entry) }
            entry.sources.replace(image.sources, image.relay)
            entry.keep.add(keep)
            watch(entry.progress)
            let outcome = await wait(for: entry)
            guard let keep, outcome.outcome.isGood, entry.keep.isShorter(than: keep) else { return outcome }
            return await Self.pinned(image.id, outcome, for: keep, in: cache)
        }
        return PullFailure.cancelled.outcome()
    }

    /// Pins for who joined when the download's own pin had been written.
    private static func pinned(
        _ id: ImageID,
        _ outcome: ImageOutcome,
        for keep: Duration,
        in cache: ImageCache
    ) async -> ImageOutcome {
        do {
            try await cache.pin(id, for: keep)
            return outcome
        } catch {
            return PullFailure(error).outcome()
        }
    }

    /// Gives a running download fresher sources.
    func refresh(_ image: OrderedImage) {
        guard let entry = running[image.id], entry.expected.covers(image.expected) else { return }
        entry.sources.replace(image.sources, image.relay)
    }

    /// Where an image that is being fetched comes from.
    func sources(of id: ImageID) -> [ImageSource]? { running[id]?.sources.current.sources }

    /// Stops all downloads, keeping what they have, and waits until they have stopped.
    func stop() async {
        for entry in running.values {
            entry.isStopping = true
            entry.task?.cancel()
        }
        while let entry = running.values.first { await entry.task?.value }
    }

    private func start(_ image: OrderedImage, _ keep: Duration?, _ cache: ImageCache) -> Entry {
        var expected = image.expected
        expected.source = image.sources.first?.description
        let entry = Entry(
            expected: expected,
            sources: SourceList(image.sources, image.relay),
            keep: KeepWish(keep),
            progress: ImageProgress(total: expected.sizeBytes)
        )
        running[image.id] = entry
        let download = ImageDownload(
            expected: expected,
            sources: entry.sources,
            keep: entry.keep,
            progress: entry.progress,
            cache: cache,
            context: context
        )
        entry.task = Task(executorPreference: context.loop) {
            let outcome = await download.run()
            await self.finish(image.id, outcome)
        }
        return entry
    }

    private func finish(_ id: ImageID, _ outcome: ImageOutcome) {
        guard let entry = running.removeValue(forKey: id) else { return }
        for waiter in entry.waiters.values { waiter.resume(returning: outcome) }
        entry.waiters = [:]
        // The C library keeps what the blocks took; an idle agent gives it back.
        if running.isEmpty && outcome.outcome != .existing { clinux_trim_heap() }
    }

    private func wait(for entry: Entry) async -> ImageOutcome {
        numbers += 1
        let (number, id) = (numbers, entry.expected.id)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { entry.waiters[number] = $0 }
        } onCancel: {
            Task { await self.withdraw(number, from: id) }
        }
    }

    private func withdraw(_ number: Int, from id: ImageID) {
        guard let entry = running[id], let waiter = entry.waiters.removeValue(forKey: number) else { return }
        waiter.resume(returning: PullFailure.cancelled.outcome(entry.progress))
        guard entry.waiters.isEmpty else { return }
        entry.isStopping = true
        entry.task?.cancel()
    }

    private static func conflict(_ image: OrderedImage, _ entry: Entry) -> ImageOutcome {
        let name = { (expected: ExpectedImage) in
            "\(expected.digest?.description ?? "no digest"), \(expected.sizeBytes.map(String.init) ?? "unknown") bytes"
        }
        let detail =
            "another task is fetching other content under this id: \(name(entry.expected)) there, "
            + "\(name(image.expected)) wanted here"
        return PullFailure(.checksumMismatch, detail, isRetryable: true).outcome()
    }

    /// The outcome where the host's storage needs no cache.
    private static let unsupported = ImageOutcome(
        .unsupported,
        reason: .unsupportedBackend,
        detail: "this host's storage needs no cache (cache.backend is none)"
    )

    /// A download under way; touched by the actor only.
    private final class Entry {
        let expected: ExpectedImage
        let sources: SourceList
        let keep: KeepWish
        let progress: ImageProgress
        var waiters: [Int: CheckedContinuation<ImageOutcome, Never>] = [:]
        var task: Task<Void, Never>?
        var isStopping = false

        init(expected: ExpectedImage, sources: SourceList, keep: KeepWish, progress: ImageProgress) {
            self.expected = expected
            self.sources = sources
            self.keep = keep
            self.progress = progress
        }
    }
}

/// The sources of a download, which whoever asks for it again may replace: newer ones carry fresher tokens.
final class SourceList: Sendable {
    private let state: Mutex<(sources: [ImageSource], relay: RelayOrder?, generation: Int)>
    /// A download stays in the trace that it began in, whoever joins.
    private let trace: TraceContext?

    init(_ sources: [ImageSource], _ relay: RelayOrder? = nil) {
        trace = sources.first?.trace ?? relay?.trace
        state = Mutex((sources, relay, 0))
    }

    var current: (sources: [ImageSource], relay: RelayOrder?, generation: Int) { state.withLock { $0 } }

    /// Who is to get it from neighbours alone takes no source away from whoever joined before.
    func replace(_ sources: [ImageSource], _ relay: RelayOrder? = nil) {
        var (sources, relay) = (sources, relay)
        relay?.trace = trace
        for index in sources.indices { sources[index].trace = trace }
        state.withLock { [sources, relay] state in
            let sources = sources.isEmpty ? state.sources : sources
            guard state.sources != sources || state.relay != relay else { return }
            state = (sources, relay, state.generation + 1)
        }
    }
}

/// How long those who wait for a download want its image kept: the longest wish counts.
final class KeepWish: Sendable {
    private let wish: Mutex<(longest: Duration?, granted: Duration?)>

    init(_ keep: Duration?) { wish = Mutex((keep, nil)) }

    /// Adds a wish.
    func add(_ keep: Duration?) {
        guard let keep else { return }
        wish.withLock { $0.longest = max($0.longest ?? keep, keep) }
    }

    /// What to pin the image for now that it is there; wishes that come later aren't granted by it.
    func grant() -> Duration? {
        wish.withLock { wish in
            wish.granted = wish.longest
            return wish.longest
        }
    }

    /// Whether the pin that the download set is shorter than this.
    func isShorter(than keep: Duration) -> Bool { wish.withLock { $0.granted.map { $0 < keep } ?? true } }
}
