import HTTPServing
import HTTPTypes
import PrecacheAPI
import PullWork

/// A task's events as lines of JSON.
///
/// The caller may go away at any time: the task goes on.
struct TaskStream: Sendable {
    private let watch: PullWatch

    init(_ watch: PullWatch) { self.watch = watch }

    func response() -> Response {
        let watch = watch
        return Response(
            headers: [.contentType: "application/jsonl", .cacheControl: "no-store"],
            // Endless: a stopping agent doesn't wait for downloads; the service attaches again.
            body: .stream(length: nil, endless: true) { writer in
                var watch = watch
                while let events = try await watch.next() {
                    var lines: [UInt8] = []
                    for event in events { lines += AgentEvent(event).line() }
                    try await writer.write(lines)
                }
            }
        )
    }
}

extension AgentEvent {
    init(_ event: PullEvent) {
        switch event {
        case .accepted(let task, let attempt, let attached):
            self = .accepted(taskID: task, attempt: attempt, attached: attached)
        case .progress(let image, let done, let total):
            self = .progress(AgentProgress(imageID: image, bytesDone: done, bytesTotal: total))
        case .outcome(let outcome): self = .outcome(AgentOutcome(outcome))
        case .heartbeat: self = .heartbeat
        case .end: self = .end
        }
    }
}

extension AgentOutcome {
    init(_ outcome: PullOutcome) {
        self.init(
            imageID: outcome.id,
            outcome: outcome.outcome,
            reason: outcome.failure?.reason,
            detail: (outcome.failure?.detail ?? outcome.note).map { String($0.prefix(2_000)) },
            isRetryable: outcome.failure?.isRetryable ?? false,
            retryAfterSeconds: outcome.failure?.retryAfter.map { Int($0.components.seconds) },
            bytesDone: outcome.bytesDone,
            bytesTotal: outcome.bytesTotal,
            source: outcome.source,
            isVerified: outcome.isVerified
        )
    }
}
