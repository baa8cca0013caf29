import PrecacheClient
import PrecacheModel

/// Follows a job to its end: polls tell how it stands, events tell of failures, a display shows both.
struct JobWatch: Sendable {
    let client: ServiceClient
    let console: Console
    let signals: SignalWatch
    let pace: WatchPace

    /// Watches until the job ends, the service stays away too long, or someone presses Ctrl-C.
    func run(_ first: JobView) async throws(OutputClosed) -> WatchEnd {
        let (events, continuation) = AsyncStream.makeStream(of: WatchEvent.self)
        let end: Result<WatchEnd, OutputClosed> = await signals.withHandler { _ in
            continuation.yield(.interrupted)
        } _: {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await poll(first, continuation) }
                group.addTask { await follow(first.id, continuation) }
                group.addTask { await tick(continuation) }
                let end = await consume(events, first)
                group.cancelAll()
                continuation.finish()
                return end
            }
        }
        return try end.get()
    }

    private func consume(
        _ events: AsyncStream<WatchEvent>,
        _ first: JobView
    ) async -> Result<WatchEnd, OutputClosed> {
        let clock = ContinuousClock()
        // The job's time, not the watch's: whoever comes later sees the same.
        let start = clock.now - (first.elapsed ?? .zero)
        var display = WatchDisplay(job: first, console: console)
        var ended: (reply: Reply<JobView>, at: Duration)?
        var failuresMayCome = true
        do throws(OutputClosed) {
            try display.draw(elapsed: clock.now - start)
            for await event in events {
                let elapsed = clock.now - start
                switch event {
                case .job(let reply):
                    display.note(job: reply.value, elapsed: elapsed)
                    if reply.value.isFinal { ended = (reply, elapsed) }
                case .failure(let result): display.note(failure: result)
                case .failuresEnded: failuresMayCome = false
                case .trouble(let error): display.note(trouble: error, elapsed: elapsed)
                case .tick: try display.draw(elapsed: elapsed)
                case .stopped(let error):
                    try display.clear()
                    return .success(.stopped(error))
                case .interrupted:
                    try display.clear()
                    return .success(.interrupted)
                }
                if let ended, !failuresMayCome || elapsed - ended.at >= pace.farewell {
                    try display.clear()
                    return .success(.finished(ended.reply))
                }
            }
            return .success(.interrupted)
        } catch {
            return .failure(error)
        }
    }

    // The service holds each poll for up to `wait` seconds, so the job's end is seen at once.
    // Each may come to another controller, which is told what was seen.
    private func poll(_ first: JobView, _ events: AsyncStream<WatchEvent>.Continuation) async {
        let clock = ContinuousClock()
        var seen = first.revision
        var backoff = pace.backoff
        var awaySince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let asked = clock.now
            do throws(ClientError) {
                let reply = try await client.job(first.id, wait: pace.wait, since: seen)
                seen = reply.value.revision
                events.yield(.job(reply))
                if reply.value.isFinal { return }
                (awaySince, backoff) = (nil, pace.backoff)
                try? await clock.sleep(until: asked + pace.pause)
            } catch {
                let since = awaySince ?? asked
                awaySince = since
                guard error.isTransient, clock.now - since < pace.patience else {
                    events.yield(.stopped(error))
                    return
                }
                events.yield(.trouble(error))
                try? await clock.sleep(for: backoff)
                backoff = min(backoff * 2, pace.longestBackoff)
            }
        }
    }

    // Failures as they happen. Nothing depends on them: the table at the end asks for them again.
    private func follow(_ id: String, _ events: AsyncStream<WatchEvent>.Continuation) async {
        defer { events.yield(.failuresEnded) }
        try? await EventFollower(client: client, pace: pace).run(.job(id)) { event in
            switch EventView(event) {
            case .outcome(let result): if result.isBad { events.yield(.failure(result)) }
            case .finished: events.yield(.failuresEnded)
            case .other: break
            }
        }
    }

    private func tick(_ events: AsyncStream<WatchEvent>.Continuation) async {
        while !Task.isCancelled {
            events.yield(.tick)
            try? await ContinuousClock().sleep(for: pace.tick)
        }
    }
}

/// How a watch ended.
enum WatchEnd: Sendable {
    /// The job has ended.
    case finished(Reply<JobView>)
    /// The watch couldn't go on; the job may.
    case stopped(ClientError)
    /// Someone pressed Ctrl-C; the job goes on.
    case interrupted
}

/// What happens while a job is watched.
enum WatchEvent: Sendable {
    /// The service told how the job stands.
    case job(Reply<JobView>)
    /// A result came that isn't good.
    case failure(ResultView)
    /// No more failures will come.
    case failuresEnded
    /// The service doesn't answer; the watch goes on trying.
    case trouble(ClientError)
    /// The watch can't go on.
    case stopped(ClientError)
    /// Time to draw.
    case tick
    /// Ctrl-C.
    case interrupted
}

/// How often a watch asks, draws and tries again.
struct WatchPace: Sendable {
    /// The longest that the service may hold a poll, in whole seconds.
    var wait = 1
    /// The least time from one poll to the next.
    var pause = Duration.milliseconds(500)
    /// The time from one drawing to the next.
    var tick = Duration.milliseconds(125)
    /// The first delay after a failed poll; it doubles.
    var backoff = Duration.milliseconds(500)
    /// The longest delay.
    var longestBackoff = Duration.seconds(10)
    /// How long the service may stay away before the watch gives up.
    var patience = Duration.seconds(300)
    /// How long to wait for the last failures once the job has ended.
    var farewell = Duration.seconds(1)

    /// For a terminal: fresh enough for a picture.
    static let live = WatchPace()
    /// For a log.
    static let plain = WatchPace(wait: 5, pause: .seconds(1), tick: .seconds(1))
}
