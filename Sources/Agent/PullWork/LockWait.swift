import ImageCache
import Logging
import PrecacheModel
import Reactor
import Telemetry

/// Waiting until whoever fetches the same image on this host, nova-compute most likely, is done: bounded, and ended by
/// the task's cancel.
struct LockWait {
    private let id: ImageID
    private let path: String
    private let context: PullContext
    private var startedAt: ContinuousClock.Instant?
    private var delay: Duration = .milliseconds(20)

    init(_ id: ImageID, _ cache: ImageCache, _ context: PullContext) {
        self.id = id
        path = cache.lockPath(of: id) ?? ""
        self.context = context
    }

    /// Waits a little longer each time, up to a second.
    ///
    /// - Throws: ``PullFailure`` with `agentTimeout` when the time is up, `cancelled` when the task is.
    mutating func pause() async throws(PullFailure) {
        let limit = context.configuration.lockWait
        let start = startedAt ?? .now
        if startedAt == nil {
            startedAt = start
            context.logger.info(
                "somebody else fetches the image, waiting",
                metadata: ["image": "\(id)", "lock": "\(path)"]
            )
        }
        let left = limit - (ContinuousClock.now - start)
        guard left > .zero else {
            end("timeout")
            throw PullFailure(
                .agentTimeout,
                "\(path) has been held for \(limit.components.seconds) s: somebody else on this host, nova-compute most "
                    + "likely, is fetching the image; wait longer with instances.lock_wait_seconds"
            )
        }
        do {
            try await context.loop.sleep(for: min(left, delay * Double.random(in: 0.5...1)))
        } catch {
            end("cancelled")
            throw .cancelled
        }
        delay = min(delay * 2, .seconds(1))
    }

    /// Counts the wait, if there was one.
    func end(_ result: String) {
        guard let startedAt else { return }
        context.metrics.lockWaits.observe(ContinuousClock.now - startedAt, result)
    }
}
