import Logging
import PrecacheModel

/// How the endpoint does.
extension EndpointCourier {
    func noteSuccess() {
        quietUntil = nil
        if health.failingSince != nil {
            environment.logger.notice("a webhook works again", metadata: ["webhook": "\(target.entry.name)"])
        }
        health = WebhookHealth(lastDeliveryAt: environment.now())
        noteHealth()
    }

    func noteFailure(_ detail: String, at now: Timestamp) {
        if health.failingSince == nil {
            health.failingSince = now
            environment.logger.warning(
                "a webhook fails, it is tried again",
                metadata: ["webhook": "\(target.entry.name)", "cause": "\(detail)"]
            )
        }
        health.lastError = detail
        noteHealth()
    }

    /// Pauses an endpoint that has taken nothing for as long as an event is tried.
    func pauseIfBroken(at now: Timestamp) {
        guard let since = health.failingSince, now - since >= environment.configuration.patience else {
            return
        }
        pause("nothing could be delivered since \(since): \(health.lastError ?? "no answer")", at: now)
    }

    func pause(_ reason: String, at now: Timestamp) {
        guard !isPaused else { return }
        health.pausedAt = now
        health.pausedReason = reason
        noteHealth()
        environment.logger.error(
            "a webhook is paused until somebody resumes it",
            metadata: [
                "webhook": "\(target.entry.name)", "reason": "\(reason)",
                "resume": "precache webhook resume \(target.entry.name)",
            ]
        )
    }
}
