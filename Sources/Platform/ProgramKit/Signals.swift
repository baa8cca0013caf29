import Glibc
import Synchronization
import UnixSignals

/// The signals that a program minds: SIGTERM and SIGINT to stop, SIGHUP to reload.
package final class Signals: Sendable {
    private let received: AsyncStream<UnixSignal>
    private let stopLimit = Mutex(Signals.startLimit)
    private let reload: @Sendable () -> Void

    /// How long a start may go on after a stop was asked for.
    private static let startLimit = Duration.seconds(10)

    private init(_ received: AsyncStream<UnixSignal>, _ reload: @escaping @Sendable () -> Void) {
        self.received = received
        self.reload = reload
    }

    /// Runs a program with its signals trapped; what comes before it listens waits for it.
    ///
    /// A stop, also one in the middle of the start, that takes longer than it may is cancelled, and five seconds later
    /// the process ends.
    ///
    /// - Parameters:
    ///   - reload: Called at each SIGHUP, before what the program itself does then.
    ///   - run: The program.
    /// - Throws: What the program throws.
    static func during(
        reload: @escaping @Sendable () -> Void,
        _ run: @escaping @Sendable (Signals) async throws -> Void
    ) async throws {
        let trapped = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let (received, hand) = AsyncStream.makeStream(of: UnixSignal.self)
        let signals = Signals(received, reload)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await run(signals)
                return true
            }
            group.addTask {
                for await signal in trapped {
                    hand.yield(signal)
                    guard signal != .sighup else { continue }
                    try? await Task.sleep(for: signals.stopLimit.withLock { $0 })
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
    /// The program serves when it calls this: systemd hears so, and of each reload and of the stop.
    ///
    /// - Parameters:
    ///   - limit: How long the program may go on after that.
    ///   - ownReload: Called at each SIGHUP.
    package func untilStop(within limit: Duration, reload ownReload: () -> Void) async {
        stopLimit.withLock { $0 = limit }
        ServiceManager.tell(.ready)
        defer { ServiceManager.tell(.stopping) }
        for await signal in received {
            guard signal == .sighup else { return }
            ServiceManager.tell(.reloading)
            reload()
            ownReload()
            ServiceManager.tell(.ready)
        }
    }
}
