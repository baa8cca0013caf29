import PrecacheAPI
import PrecacheModel
import Reactor

/// One task on one simulated host: what comes of it, and when.
struct SimulatedWork: Sendable {
    let order: AgentTaskRequest
    let task: String
    let host: Int
    let desk: FleetDesk

    /// After so much silence an agent sends a heartbeat.
    private static let heartbeat = Duration.seconds(10)

    private var timing: FleetTiming { desk.timing }

    /// What the host does this time: a flaky one is good from its second attempt on.
    private var behaviour: HostBehaviour {
        let planned = desk.plan.behaviour(of: host)
        return planned == .flaky ? (order.attempt == 1 ? .failing : .good) : planned
    }

    private var slowness: Double { behaviour == .slow ? timing.slowFactor : 1 }

    private func delay() -> Duration {
        var generator = SeededGenerator(
            seed: timing.seed &+ UInt64(host) &* 1_000_003 &+ UInt64(order.attempt)
        )
        return timing.delay.pick(using: &generator) * slowness
    }

    private func download(_ image: AgentTaskImage) -> SimulatedDownload {
        SimulatedDownload(
            bytes: image.sizeBytes ?? 0,
            at: Bandwidth(bytesPerSecond: timing.bandwidth.bytesPerSecond / slowness),
            from: desk.link
        )
    }

    // MARK: At once

    /// The whole stream, if no time passes in it; else nil.
    func answerAtOnce() -> [UInt8]? {
        guard timing.delay == .none else { return nil }
        switch behaviour {
        case .stalled, .mute: return nil
        case .failing: break
        case .good, .slow, .flaky, .down:
            guard timing.bandwidth == .unlimited, timing.sourceBandwidth == .unlimited else { return nil }
        }
        var lines = Self.line(accepted)
        for image in order.images { lines += Self.line(outcome(of: image)) }
        return lines + Self.line(.end)
    }

    // MARK: In time

    /// Lives through the task, telling what happens.
    func run(as running: SimulatedTask, on loop: EventLoop) async {
        let deadline = ContinuousClock.now + .seconds(order.timeoutSeconds)
        running.tell(Self.line(accepted))
        switch behaviour {
        case .mute: await hang(running, until: deadline, heartbeats: false, on: loop)
        case .stalled: await hang(running, until: deadline, heartbeats: true, on: loop)
        default: await work(running, until: deadline, on: loop)
        }
    }

    private func work(
        _ running: SimulatedTask,
        until deadline: ContinuousClock.Instant,
        on loop: EventLoop
    ) async {
        try? await loop.sleep(for: delay())
        for image in order.images {
            if behaviour != .failing, !desk.has(image.id, host: host) {
                await fetch(image, running, until: deadline, on: loop)
            }
            running.tell(Self.line(ending(running, deadline, of: image) ?? outcome(of: image)))
        }
        running.tell(Self.line(.end))
    }

    private func fetch(
        _ image: AgentTaskImage,
        _ running: SimulatedTask,
        until deadline: ContinuousClock.Instant,
        on loop: EventLoop
    ) async {
        desk.link.change(by: 1)
        defer { desk.link.change(by: -1) }
        var download = download(image)
        guard !download.isInstant, let id = try? ImageID(image.id) else { return }
        while !running.isCancelled, ContinuousClock.now < deadline, let pause = download.advance() {
            if pause == SimulatedDownload.longestStep {
                let progress = AgentProgress(
                    imageID: id,
                    bytesDone: download.bytesDone,
                    bytesTotal: image.sizeBytes
                )
                running.tell(Self.line(.progress(progress)))
            }
            guard (try? await loop.sleep(for: pause)) != nil else { return running.cancel() }
        }
    }

    /// Gets nowhere until someone cancels or the time is over.
    private func hang(
        _ running: SimulatedTask,
        until deadline: ContinuousClock.Instant,
        heartbeats: Bool,
        on loop: EventLoop
    ) async {
        var silence = Duration.zero
        let step = Duration.milliseconds(500)
        while !running.isCancelled, ContinuousClock.now < deadline {
            guard (try? await loop.sleep(for: step)) != nil else { break }
            silence += step
            if heartbeats, silence >= Self.heartbeat {
                silence = .zero
                running.tell(Self.line(.heartbeat))
            }
        }
        guard heartbeats else { return }
        for image in order.images {
            running.tell(Self.line(ending(running, deadline, of: image)))
        }
        running.tell(Self.line(.end))
    }

    // MARK: Outcomes

    private var accepted: AgentEvent { .accepted(taskID: task, attempt: order.attempt, attached: false) }

    /// The outcome of an image that cancellation or the time limit overtook; nil otherwise.
    private func ending(
        _ running: SimulatedTask,
        _ deadline: ContinuousClock.Instant,
        of image: AgentTaskImage
    ) -> AgentOutcome? {
        if running.isCancelled { return told(image, .cancelled, .cancelled) }
        guard ContinuousClock.now >= deadline else { return nil }
        return told(image, .error, .agentTimeout, "the attempt's \(order.timeoutSeconds) s are over")
    }

    private func outcome(of image: AgentTaskImage) -> AgentOutcome? {
        guard behaviour != .failing else {
            let isFlaky = desk.plan.behaviour(of: host) == .flaky
            return told(
                image,
                .error,
                isFlaky ? .sourceUnreachable : timing.failure,
                "the fleet simulator was told to fail"
            )
        }
        let isThere = desk.has(image.id, host: host)
        if !isThere { desk.store(image.id, host: host) }
        return told(image, isThere ? .existing : .cached)
    }

    private func told(
        _ image: AgentTaskImage,
        _ outcome: Outcome,
        _ reason: Reason? = nil,
        _ detail: String? = nil
    ) -> AgentOutcome? {
        guard let id = try? ImageID(image.id) else { return nil }
        desk.count { counts in
            counts.outcomes[outcome, default: 0] += 1
            if outcome == .cached { counts.bytes += image.sizeBytes ?? 0 }
        }
        return AgentOutcome(
            imageID: id,
            outcome: outcome,
            reason: reason,
            detail: detail,
            isRetryable: reason?.isRetryable ?? false,
            bytesDone: outcome.isGood ? image.sizeBytes ?? 0 : 0,
            bytesTotal: image.sizeBytes,
            source: outcome == .cached ? image.sources.first?.url : nil,
            isVerified: outcome.isGood
        )
    }

    private static func line(_ event: AgentEvent) -> [UInt8] { event.line() }

    private static func line(_ outcome: AgentOutcome?) -> [UInt8] { outcome.map { line(.outcome($0)) } ?? [] }
}
