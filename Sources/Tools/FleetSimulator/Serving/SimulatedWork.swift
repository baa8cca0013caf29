import PrecacheAPI
import PrecacheModel
import Reactor

/// One task on one simulated host: what comes of it, and when.
struct SimulatedWork: Sendable {
    let order: AgentTask
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

    private func download(_ image: OrderedImage) -> SimulatedDownload {
        SimulatedDownload(
            bytes: image.reference.sizeBytes ?? 0,
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
        var lines = accepted.line()
        for image in order.images {
            let isFetched = behaviour != .failing && desk.beginDownload(of: image.id, host: host) == .begun
            if isFetched { desk.endDownload(of: image.reference, host: host, isStored: true) }
            lines += outcome(of: image, isFetched: isFetched).line()
        }
        return lines + AgentEvent.end.line()
    }

    // MARK: In time

    /// Lives through the task, telling what happens.
    func run(as running: SimulatedTask, on loop: EventLoop) async {
        let deadline = ContinuousClock.now + order.timeout
        running.tell(accepted.line())
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
            let isFetched =
                behaviour != .failing ? await fetch(image, running, until: deadline, on: loop) : false
            running.tell(
                (ending(running, deadline, of: image) ?? outcome(of: image, isFetched: isFetched)).line()
            )
        }
        running.tell(AgentEvent.end.line())
    }

    /// Returns whether the image came now; else it was there, or cancellation or the time limit overtook it.
    private func fetch(
        _ image: OrderedImage,
        _ running: SimulatedTask,
        until deadline: ContinuousClock.Instant,
        on loop: EventLoop
    ) async -> Bool {
        var hasWaited = false
        waiting: while true {
            switch desk.beginDownload(of: image.id, host: host) {
            case .begun: break waiting
            case .isThere: return hasWaited
            case .isComing:
                hasWaited = true
                guard !running.isCancelled, ContinuousClock.now < deadline,
                    (try? await loop.sleep(for: .milliseconds(5))) != nil
                else { return false }
            }
        }
        desk.link.change(by: 1)
        let isWhole = await transfer(image, running, until: deadline, on: loop)
        desk.link.change(by: -1)
        desk.endDownload(of: image.reference, host: host, isStored: isWhole)
        return isWhole
    }

    private func transfer(
        _ image: OrderedImage,
        _ running: SimulatedTask,
        until deadline: ContinuousClock.Instant,
        on loop: EventLoop
    ) async -> Bool {
        var download = download(image)
        guard !download.isInstant else { return true }
        while !running.mayStop, ContinuousClock.now < deadline {
            guard let pause = download.advance() else { return true }
            if pause == SimulatedDownload.longestStep {
                let progress = ByteProgress(done: download.bytesDone, total: image.reference.sizeBytes)
                running.tell(AgentEvent.progress(image: image.id, progress).line())
            }
            guard (try? await loop.sleep(for: pause)) != nil else {
                running.cancel()
                return false
            }
        }
        return false
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
                running.tell(AgentEvent.heartbeat.line())
            }
        }
        guard heartbeats else { return }
        for image in order.images {
            if let ending = ending(running, deadline, of: image) { running.tell(ending.line()) }
        }
        running.tell(AgentEvent.end.line())
    }

    // MARK: Outcomes

    private var accepted: AgentEvent { .accepted(task: order.id, attempt: order.attempt, attached: false) }

    /// The outcome of an image that cancellation or the time limit overtook; nil otherwise.
    private func ending(
        _ running: SimulatedTask,
        _ deadline: ContinuousClock.Instant,
        of image: OrderedImage
    ) -> AgentEvent? {
        if running.isCancelled { return told(image, .cancelled, .cancelled) }
        guard ContinuousClock.now >= deadline else { return nil }
        return told(
            image,
            .error,
            .agentTimeout,
            "the attempt's \(order.timeout.components.seconds) s are over"
        )
    }

    private func outcome(of image: OrderedImage, isFetched: Bool) -> AgentEvent {
        guard behaviour != .failing else {
            let isFlaky = desk.plan.behaviour(of: host) == .flaky
            return told(
                image,
                .error,
                isFlaky ? .sourceUnreachable : timing.failure,
                "the fleet simulator was told to fail"
            )
        }
        return told(image, isFetched ? .cached : .existing)
    }

    private func told(
        _ image: OrderedImage,
        _ outcome: Outcome,
        _ reason: Reason? = nil,
        _ detail: String? = nil
    ) -> AgentEvent {
        desk.count { $0.outcomes[outcome, default: 0] += 1 }
        let told = ImageOutcome(
            outcome,
            reason: reason,
            detail: detail,
            isRetryable: reason?.isRetryable ?? false,
            bytesDone: outcome.isGood ? image.reference.sizeBytes ?? 0 : 0,
            bytesTotal: image.reference.sizeBytes,
            source: outcome == .cached ? image.sources.first?.url : nil,
            isVerified: outcome.isGood
        )
        return .outcome(image: image.id, told)
    }
}

/// One image on its way to one host, as a matter of time alone.
struct SimulatedDownload {
    let bytes: Int64
    private let ownRate: Double
    private let link: SourceLink
    private var received = 0.0
    private var seen: (offered: Double, time: ContinuousClock.Instant)

    /// The longest time between two looks, which is also how often an agent tells its progress.
    static let longestStep = Duration.milliseconds(500)

    init(bytes: Int64, at own: Bandwidth, from link: SourceLink, now: ContinuousClock.Instant = .now) {
        self.bytes = bytes
        ownRate = own.bytesPerSecond
        self.link = link
        seen = (link.reading(now: now).offered, now)
    }

    /// Whether no time passes at all: nothing limits it.
    var isInstant: Bool { ownRate == .infinity && link.reading().rate == .infinity }

    var bytesDone: Int64 { min(bytes, Int64(received)) }

    /// Takes what has come until now.
    ///
    /// - Returns: The time until the next look; nil when all is there.
    mutating func advance(now: ContinuousClock.Instant = .now) -> Duration? {
        let (offered, rate) = link.reading(now: now)
        // Not by multiplication where there is no limit: infinity times nought is no number.
        let own = ownRate == .infinity ? ownRate : ownRate * ((now - seen.time) / .seconds(1))
        received += rate == .infinity ? own : min(own, offered - seen.offered)
        seen = (offered, now)
        let missing = Double(bytes) - received
        // Half a byte, since sums of fractions are not exact.
        guard missing > 0.5 else { return nil }
        let seconds = missing / min(ownRate, rate)
        return max(.milliseconds(1), min(Self.longestStep, .seconds(min(seconds, 1))))
    }
}
