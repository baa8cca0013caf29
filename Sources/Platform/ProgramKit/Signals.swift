import Glibc
import UnixSignals

/// The signals that a program minds: SIGTERM and SIGINT to stop, SIGHUP to reload.
package struct Signals: Sendable {
    private let received: UnixSignalsSequence
    private let stopBegan: AsyncStream<Duration>.Continuation

    /// Runs a program with its signals trapped; what comes before it listens waits for it.
    ///
    /// A stop that takes longer than it may is cancelled, and five seconds later the process ends.
    static func during(_ run: @escaping @Sendable (Signals) async throws -> Void) async throws {
        let received = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let (limits, stopBegan) = AsyncStream.makeStream(of: Duration.self)
        let signals = Signals(received: received, stopBegan: stopBegan)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await run(signals)
                return true
            }
            group.addTask {
                for await limit in limits {
                    try? await Task.sleep(for: limit)
                    break
                }
                return false
            }
            guard try await group.next() == false else { return group.cancelAll() }
            group.cancelAll()
            Task.detached {
                try? await Task.sleep(for: .seconds(5))
                _exit(ExitStatus.failure)
            }
            for try await _ in group {}
        }
    }

    /// Returns when the program is told to stop, or its task is cancelled.
    ///
    /// - Parameters:
    ///   - limit: How long the program may go on after that.
    ///   - reload: Called at each SIGHUP.
    package func untilStop(within limit: Duration, reload: () -> Void) async {
        for await signal in received {
            guard signal == .sighup else { break }
            reload()
        }
        stopBegan.yield(limit)
    }
}
