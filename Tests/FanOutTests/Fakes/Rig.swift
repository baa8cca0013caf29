import FanOut
import Logging
import PrecacheModel
import Telemetry

/// A dispatcher among fakes.
///
/// Its wall clock follows the manual clock, plus a shift that a test may set.
final class Rig: Sendable {
    let ledger: FakeLedger
    let caller: FakeCaller
    let clock = ManualClock()
    let progress = LiveProgress()
    let metrics = MetricsRegistry()
    let dispatcher: Dispatcher<ManualClock>
    let wallShift: Watched<Duration>

    init(
        ledger: FakeLedger = FakeLedger(),
        caller: FakeCaller = FakeCaller(),
        wallShift: Duration = .zero,
        jitter: Double = 1,
        configure: (inout DispatcherConfiguration) -> Void = { _ in }
    ) {
        self.ledger = ledger
        self.caller = caller
        var configuration = DispatcherConfiguration()
        configuration.groupWindow = .zero
        configure(&configuration)
        let shift = Watched(wallShift)
        self.wallShift = shift
        dispatcher = Dispatcher(
            ledger: ledger,
            caller: caller,
            progress: progress,
            metrics: metrics,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            configuration: configuration,
            clock: clock,
            wall: { [clock] in Samples.start + clock.now.offset + shift.value },
            jitter: { jitter }
        )
    }

    /// Runs the dispatcher while `body` does, then stops it.
    func run(_ body: () async throws -> Void) async throws {
        let running = Task { await dispatcher.run() }
        defer { running.cancel() }
        try await body()
        dispatcher.stop()
        await running.value
    }

    /// Waits until the dispatcher says so of itself.
    func waitForStatus(_ condition: (DispatcherStatus) -> Bool) async {
        while !condition(dispatcher.status), !Task.isCancelled { await Task.yield() }
    }

    /// Moves the clock from alarm to alarm until the ledger's state is as wanted.
    ///
    /// What hangs on a pause that begins after something that a test can see can't be stepped to otherwise.
    func advance(until condition: (FakeLedgerState) -> Bool) async {
        while !condition(ledger.state.value), !Task.isCancelled {
            for _ in 0..<20 { await Task.yield() }
            _ = clock.advanceToNextAlarm()
        }
    }

    /// Runs the dispatcher, moving the clock from alarm to alarm, until every job has ended.
    func runToEnd() async throws {
        let driver = Task { [clock] in
            while !Task.isCancelled {
                for _ in 0..<50 { await Task.yield() }
                _ = clock.advanceToNextAlarm()
            }
        }
        defer { driver.cancel() }
        try await run { await ledger.waitUntilAllEnded() }
    }
}
