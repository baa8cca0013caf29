import PrecacheModel

/// What an attempt's end means for its host: the reports on its remaining images, and whether another attempt follows.
struct Verdict: Equatable {
    /// Circumstances that decide, besides the attempt itself.
    struct Circumstances {
        /// Whether the job is being brought to an end.
        var closing: Closing?
        /// The job's limits.
        var limits: JobLimits
        /// Attempts of before that don't count.
        var excused = 0
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
        let left = attempt.states.enumerated().compactMap { index, state -> ImageReport? in
            let image = attempt.ordinals[index]
            return switch state {
            case .open:
                ImageReport(
                    image: image,
                    outcome(of: attempt.task.images[index].id, end, attempt),
                    zone: attempt.zone
                )
            case .failed(let outcome): ImageReport(image: image, outcome, zone: attempt.zone)
            case .final: nil
            }
        }
        // Not the host's fault, and not its source's, which is tried next, at once.
        let isMeshLost = attempt.isRecalled || attempt.isAlone
        let retryAfter = left.filter(\.isRetryable).compactMap(\.retryAfter).max()
        let pause =
            isMeshLost
            ? .zero
            : circumstances.retry.delay(
                after: attempt.task.attempt,
                retryAfter: retryAfter.map { min(max($0, .zero), circumstances.retryAfterLimit) },
                jitter: circumstances.jitter
            )
        let attemptsAllowed = circumstances.limits.maxAttempts + circumstances.excused + (isMeshLost ? 1 : 0)
        let isTriedAgain =
            circumstances.closing == nil && attempt.task.attempt < attemptsAllowed
            && pause < circumstances.timeLeft
        // An attempt that had less than a host's time ran into the deadline, whoever looked at the clock first.
        let wasCutShort = attempt.task.timeout < circumstances.limits.hostTimeout
        let images = left.map { report in
            let hitDeadline = wasCutShort && !isTriedAgain && report.reason == .agentTimeout
            let closing = circumstances.closing ?? (hitDeadline ? .deadlineExceeded : nil)
            return judged(report, isTriedAgain: isTriedAgain, closing)
        }
        let retryIn = images.contains { $0.outcome == .pending } ? pause : nil
        return Verdict(images: images, retryIn: retryIn)
    }

    /// What the attempt's end means for an image without an outcome.
    private static func outcome(of image: ImageID, _ end: AttemptEnd, _ attempt: Attempt) -> ImageOutcome {
        let failure =
            switch end {
            case _ where attempt.isRecalled && !attempt.hasTimedOut:
                AgentFailure(
                    reason: .peersUnavailable,
                    detail: "the host that was to read the source for the others could not"
                )
            case .failed(let failure) where !attempt.hasTimedOut: failure
            case .finished where !attempt.hasTimedOut && attempt.givenUp[image] != nil:
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
        var outcome = ImageOutcome(
            .error,
            reason: failure.reason,
            detail: failure.detail,
            isRetryable: failure.retry == .retryable,
            retryAfter: failure.retryAfter
        )
        // What came from where did so, whatever ended it.
        let had = attempt.givenUp[image]
        (outcome.fromPeersBytes, outcome.fromSourceBytes) = (had?.fromPeersBytes, had?.fromSourceBytes)
        outcome.fromFarBytes = had?.fromFarBytes
        return outcome
    }

    private static func judged(_ said: ImageReport, isTriedAgain: Bool, _ closing: Closing?) -> ImageReport {
        var report = ImageReport(keeping: said.result, image: said.image, zone: said.zone)
        guard said.isRetryable else { return report }
        switch closing {
        case .cancelled:
            report.result.outcome = .cancelled
            report.result.reason = .cancelled
            report.result.detail = nil
        case .deadlineExceeded:
            report.result.outcome = .error
            report.result.reason = .deadlineExceeded
            report.result.detail = "the job's time was up"
        case nil:
            if isTriedAgain { report.result.outcome = .pending }
        }
        return report
    }
}
