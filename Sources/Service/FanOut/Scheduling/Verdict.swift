import PrecacheModel

/// What an attempt's end means for its host: the reports on its remaining images, and whether another attempt follows.
struct Verdict: Equatable {
    /// Circumstances that decide, besides the attempt itself.
    struct Circumstances {
        /// Whether the job is being brought to an end.
        var closing: Closing?
        /// The job's limits.
        var limits: JobLimits
        /// The time left to the job's deadline.
        var timeLeft: Duration
        /// The pause before another attempt.
        var retry: RetryPolicy
        /// The longest pause that an agent or source may ask for.
        var retryAfterLimit: Duration
        /// A random number from 0 to 1.
        var jitter: Double
    }

    /// One report for each image that had no final outcome: final, or `pending` if another attempt follows.
    var images: [ImageReport]
    /// The pause before the next attempt; nil if the host is done.
    var retryIn: Duration?

    /// Judges an attempt.
    ///
    /// What can't be mended is final. The rest is tried again if the job is to go on, attempts are left and the pause
    /// ends before the deadline; otherwise it ends as the job does, or with its own error.
    static func judge(_ attempt: Attempt, _ end: AttemptEnd, _ circumstances: Circumstances) -> Verdict {
        let left = attempt.states.indices.compactMap { index -> AgentOutcome? in
            switch attempt.states[index] {
            case .open: outcome(of: attempt.task.images[index].id, end, attempt)
            case .failed(let outcome): outcome
            case .final: nil
            }
        }
        let ordinals = Dictionary(
            zip(attempt.task.images.map(\.id), attempt.ordinals),
            uniquingKeysWith: { first, _ in first }
        )
        let retryAfter = left.filter(\.isRetryable).compactMap(\.retryAfter).max()
        let pause = circumstances.retry.delay(
            after: attempt.task.attempt,
            retryAfter: retryAfter.map { min(max($0, .zero), circumstances.retryAfterLimit) },
            jitter: circumstances.jitter
        )
        let isTriedAgain =
            circumstances.closing == nil && attempt.task.attempt < circumstances.limits.maxAttempts
            && pause < circumstances.timeLeft
        // An attempt that had less than a host's time ran into the deadline, whoever looked at the clock first.
        let wasCutShort = attempt.task.timeout < circumstances.limits.hostTimeout
        let images = left.compactMap { outcome in
            ordinals[outcome.image].map { ordinal in
                let hitDeadline = wasCutShort && !isTriedAgain && outcome.reason == .agentTimeout
                let closing = circumstances.closing ?? (hitDeadline ? .deadlineExceeded : nil)
                return report(outcome, ordinal: ordinal, isTriedAgain: isTriedAgain, closing)
            }
        }
        let retryIn = images.contains { $0.outcome == .pending } ? pause : nil
        return Verdict(images: images, retryIn: retryIn)
    }

    /// What the attempt's end means for an image without an outcome.
    private static func outcome(of image: ImageID, _ end: AttemptEnd, _ attempt: Attempt) -> AgentOutcome {
        let failure =
            switch end {
            case .failed(let failure) where !attempt.hasTimedOut: failure
            case .finished where !attempt.hasTimedOut && attempt.givenUp.contains(image):
                AgentFailure(
                    reason: .agentUnreachable,
                    detail: "the agent gave the task up unasked, as it does when it is stopped"
                )
            case .finished where !attempt.hasTimedOut:
                AgentFailure(
                    reason: .agentProtocol,
                    detail: "the agent ended the task without an outcome for this image"
                )
            case .failed, .finished, .timedOut:
                AgentFailure(
                    reason: .agentTimeout,
                    detail: "not done within \(attempt.task.timeout.components.seconds) s"
                )
            }
        return AgentOutcome(
            image: image,
            outcome: .error,
            reason: failure.reason,
            detail: failure.detail,
            isRetryable: failure.retry == .retryable,
            retryAfter: failure.retryAfter
        )
    }

    private static func report(
        _ outcome: AgentOutcome,
        ordinal: Int,
        isTriedAgain: Bool,
        _ closing: Closing?
    ) -> ImageReport {
        var report = ImageReport(outcome, ordinal: ordinal)
        guard outcome.isRetryable else { return report }
        switch closing {
        case .cancelled:
            report.outcome = .cancelled
            report.reason = .cancelled
            report.detail = nil
        case .deadlineExceeded:
            report.outcome = .error
            report.reason = .deadlineExceeded
            report.detail = "the job's time was up"
        case nil:
            if isTriedAgain { report.outcome = .pending }
        }
        return report
    }
}
