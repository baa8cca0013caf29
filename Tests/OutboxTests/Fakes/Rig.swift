import Logging
import PrecacheModel
import Synchronization
import Telemetry

@testable import Outbox

/// A courier over fakes.
struct Rig {
    let store = FakeStore()
    let sender = FakeSender()
    let clock = StepClock()
    let metrics = MetricsRegistry()
    let courier: Courier

    init(_ targets: [WebhookTarget], patience: Duration = .seconds(86_400)) {
        var configuration = OutboxConfiguration()
        configuration.patience = patience
        let clock = clock
        let delay = configuration.writeDelay
        store.state.withLock { $0.targets = targets }
        courier = Courier(
            store: store,
            sender: sender,
            configuration: configuration,
            metrics: metrics,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { clock.now },
            sleep: { if $0 == delay { await Task.yield() } else { try await clock.sleep($0) } },
            random: { 1 }
        )
    }

    /// Runs the courier beside a test.
    func run(_ body: (Rig) async throws -> Void) async throws {
        let courier = courier
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await courier.run() }
            try await body(self)
            group.cancelAll()
        }
    }

    /// The sleeps of retries: those of the sweep and the gauges left out.
    var retries: [Duration] { clock.sleeps.filter { $0 != .seconds(600) && $0 != .seconds(5) } }
}
