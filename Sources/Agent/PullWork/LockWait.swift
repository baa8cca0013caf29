import ImageCache
import Logging
import PrecacheModel
import Reactor
import Telemetry

/// Waiting until whoever has the same image in hand, nova-compute or another host's agent, is done: bounded, and ended by
/// the task's cancel.
struct LockWait {
    private let id: ImageID
    private let path: String
    private let cache: ImageCache
    private let context: PullContext
    private var startedAt: ContinuousClock.Instant?
    /// When the time limit began: anew each time that another host's agent has got on with its download.
    private var patientSince: ContinuousClock.Instant = .now
    private var stagedBytes: Int64 = 0
    private var delay: Duration = .milliseconds(20)

    init(_ id: ImageID, _ cache: ImageCache, _ context: PullContext) {
        self.id = id
        path = cache.lockPath(of: id)
        self.cache = cache
        self.context = context
    }

    /// Waits a little longer each time, up to a second.
    ///
    /// - Parameter words: What is logged, once.
    /// - Throws: ``PullFailure`` with `agentTimeout` when the time is up, `cancelled` when the task is.
    mutating func pause(
        _ words: Logger.Message = "somebody else fetches the image, waiting"
    ) async throws(PullFailure) {
        let limit = context.configuration.lockWait
        if startedAt == nil {
            (startedAt, patientSince) = (.now, .now)
            context.logger.info(
                words,
                metadata: ["image": "\(id)", "lock": "\(path)"]
            )
        }
        let staged = await cache.stagedBytes(of: id)
        if staged > stagedBytes { (stagedBytes, patientSince) = (staged, .now) }
        let left = limit - (ContinuousClock.now - patientSince)
        guard left > .zero else {
            end("timeout")
            throw PullFailure(
                .agentTimeout,
                "\(path) has been held for \(limit.components.seconds) s: somebody else, nova-compute most likely, is "
                    + "fetching or removing the image; wait longer with instances.lock_wait_seconds"
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
