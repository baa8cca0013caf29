import ServiceAPI
import Synchronization

/// Whether jobs can be accepted and go on, as found out every few seconds.
final class Readiness: ReadinessProbe {
    /// How often the database is tried.
    static let interval = Duration.seconds(2)
    /// How old the last good try may be.
    static let patience = Duration.seconds(10)

    private struct State {
        var lastGood: ContinuousClock.Instant?
        var trouble: String?
    }

    private let state = Mutex(State())
    private let dispatcher: @Sendable () -> (isHealthy: Bool, problem: String?)

    /// - Parameter dispatcher: How the dispatcher is.
    init(dispatcher: @escaping @Sendable () -> (isHealthy: Bool, problem: String?)) {
        self.dispatcher = dispatcher
    }

    /// Tries the database again and again until the task is cancelled.
    func watch(_ check: @Sendable () async throws -> Void) async {
        while !Task.isCancelled {
            do {
                try await check()
                state.withLock { $0 = State(lastGood: .now) }
            } catch {
                state.withLock { $0.trouble = "\(error)" }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    func obstacle() -> String? {
        let (lastGood, trouble) = state.withLock { ($0.lastGood, $0.trouble) }
        if trouble != nil { return "the database doesn't take writes now" }
        guard let lastGood, lastGood.duration(to: .now) < Self.patience else {
            return "the database hasn't answered for a while"
        }
        let dispatcher = dispatcher()
        if dispatcher.isHealthy { return nil }
        return dispatcher.problem == nil
            ? "the dispatcher is starting" : "the dispatcher can't use the database"
    }
}
