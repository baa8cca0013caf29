package import PrecacheModel
import Reactor
import Synchronization

/// Follows one attempt of a task: everything so far at first, then what is new.
///
/// State is looked at when the watcher is ready for more, so a slow one costs no memory and misses no outcome.
package struct PullWatch: Sendable {
    /// Whether the task was known before, with this attempt.
    package let isAttached: Bool
    private let attempt: Int
    let state: TaskState
    private let loop: EventLoop
    private let progressInterval: Duration
    private let heartbeatInterval: Duration
    private var hasBegun = false
    private var hasEnded = false
    private var outcomesTold = 0
    private var told: [ImageID: ByteProgress] = [:]
    /// What has been told of each image's exchange, and of which download's.
    private var exchanges: [ImageID: (download: ObjectIdentifier, starvations: Int, faults: Int)] = [:]
    private var progressAt: ContinuousClock.Instant
    private var lastWord: ContinuousClock.Instant

    init(_ state: TaskState, attached: Bool, loop: EventLoop, configuration: PullConfiguration) {
        self.state = state
        isAttached = attached
        attempt = state.current.task.attempt
        self.loop = loop
        progressInterval = configuration.progressInterval
        heartbeatInterval = configuration.heartbeatInterval
        progressAt = .now - configuration.progressInterval
        lastWord = .now
    }

    /// Waits for news.
    ///
    /// - Returns: What happened since the last call, never empty; nil after the end, and when a newer attempt or the agent's
    ///   stop took the task away.
    /// - Throws: `CancellationError` when the calling task is cancelled.
    package mutating func next() async throws -> [AgentEvent]? {
        while !hasEnded {
            try Task.checkCancellation()
            let seen = state.bell.rings
            let contents = state.current
            guard contents.task.attempt == attempt, !contents.isAbandoned else { return nil }
            let now = ContinuousClock.now
            var events = news(contents, now: now)
            if events.isEmpty && now - lastWord >= heartbeatInterval { events = [.heartbeat] }
            if !events.isEmpty {
                lastWord = now
                return events
            }
            let silence = lastWord + heartbeatInterval - now
            await state.bell.wait(after: seen, upTo: min(progressInterval, silence), on: loop)
        }
        return nil
    }

    private mutating func news(_ contents: TaskState.Contents, now: ContinuousClock.Instant) -> [AgentEvent] {
        var events: [AgentEvent] = []
        if !hasBegun {
            hasBegun = true
            events.append(.accepted(task: contents.task.id, attempt: attempt, attached: isAttached))
        }
        if now - progressAt >= progressInterval {
            events += progress(contents)
            if events.contains(where: { if case .progress = $0 { true } else { false } }) { progressAt = now }
        }
        for image in contents.task.images { events += exchange(of: image.id, contents) }
        events += contents.outcomes.dropFirst(outcomesTold).map { .outcome(image: $0.image, $0.outcome) }
        outcomesTold = contents.outcomes.count
        if contents.isFinished {
            events.append(.end)
            hasEnded = true
        }
        return events
    }

    /// What is new of an image's exchange; who attaches later hears of faults from before, which stay faults, but not of want.
    private mutating func exchange(of id: ImageID, _ contents: TaskState.Contents) -> [AgentEvent] {
        guard let progress = contents.progress[id], let exchange = progress.exchange else { return [] }
        let download = ObjectIdentifier(progress)
        var known = exchanges[id] ?? (download, isAttached ? exchange.starvations : 0, 0)
        if known.download != download { known = (download, 0, 0) }
        exchanges[id] = (download, exchange.starvations, exchange.faults.count)
        let faults = exchange.faults.dropFirst(known.faults)
        var events = faults.map { AgentEvent.peerFault(host: $0.host, image: id, fault: $0.fault) }
        if exchange.starvations > known.starvations { events.append(.starved(image: id)) }
        return events
    }

    private mutating func progress(_ contents: TaskState.Contents) -> [AgentEvent] {
        var events: [AgentEvent] = []
        for image in contents.task.images {
            guard let progress = contents.progress[image.id], contents.outcome(of: image.id) == nil else {
                continue
            }
            let bytes = ByteProgress(done: progress.bytesDone, total: progress.bytesTotal)
            guard told.updateValue(bytes, forKey: image.id) != bytes else { continue }
            events.append(.progress(image: image.id, bytes))
        }
        return events
    }
}

/// Wakes whoever waits for news.
final class Bell: Sendable {
    private struct State {
        var rings = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// How often it has rung; look before you read what it stands for.
    var rings: Int { state.withLock { $0.rings } }

    func ring() {
        let waiters = state.withLock { state in
            state.rings += 1
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until it has rung more than `seen` times, the time is up, or the task is cancelled.
    func wait(after seen: Int, upTo limit: Duration, on loop: EventLoop) async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        var timer: LoopTimer?
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.rings == seen, !Task.isCancelled else { return false }
                    state.waiters[number] = continuation
                    return true
                }
                guard mustWait else { return continuation.resume() }
                timer = loop.schedule(after: limit) { self.wake(number) }
            }
        } onCancel: {
            wake(number)
        }
        timer?.cancel()
    }

    private func wake(_ number: Int) {
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
}
