package import Logging
package import PrecacheModel
import Synchronization
package import Telemetry

/// Carries out jobs: claims their hosts from the ledger, has agents work on them, and writes down what becomes of each
/// image on each host.
///
/// One loop does all the deciding, so nothing needs a lock; each attempt under way is one Swift task that follows its
/// agent and leaves word for the loop. Killed at any moment, nothing is lost: what was claimed is claimed again at the
/// next start, under the same attempt number, and the agent attaches.
package final class Dispatcher<Time: Clock>: Sendable where Time.Duration == Duration {
    let ledger: any Ledger
    let caller: any AgentCaller
    let progress: LiveProgress
    let metrics: MetricsRegistry
    let logger: Logger
    let configuration: DispatcherConfiguration
    let clock: Time
    let wall: @Sendable () -> Timestamp
    let jitter: @Sendable () -> Double
    let executors: [any TaskExecutor]
    let mailbox = Mailbox()
    private let lastStatus = Mutex(DispatcherStatus())

    /// Makes a dispatcher; ``run()`` starts it.
    ///
    /// - Parameters:
    ///   - ledger: The durable record.
    ///   - caller: Reaches agents.
    ///   - progress: Takes how far downloads are.
    ///   - metrics: Where its metrics are registered.
    ///   - logger: Where it logs.
    ///   - configuration: Its numbers.
    ///   - clock: Measures intervals; not a clock that somebody sets.
    ///   - wall: Reads the wall clock, for rows alone.
    ///   - jitter: Gives random numbers from 0 to 1.
    ///   - executors: Where the tasks that follow agents run, in turn; if empty, Swift's own threads.
    package init(
        ledger: any Ledger,
        caller: any AgentCaller,
        progress: LiveProgress,
        metrics: MetricsRegistry,
        logger: Logger,
        configuration: DispatcherConfiguration = .init(),
        clock: Time,
        wall: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        executors: [any TaskExecutor] = []
    ) {
        self.ledger = ledger
        self.caller = caller
        self.progress = progress
        self.metrics = metrics
        self.logger = logger
        self.configuration = configuration
        self.clock = clock
        self.wall = wall
        self.jitter = jitter
        self.executors = executors
    }

    /// Takes over what the last process left, then works until ``stop()``; call it once.
    ///
    /// Failures of the ledger don't end it: it keeps what it has to write, tries again after a growing pause, and claims
    /// nothing meanwhile. When its task is cancelled it returns at once; the rows are then as after a kill.
    package func run() async {
        await withDiscardingTaskGroup { group in
            let loop = DispatchLoop(self)
            await loop.run(&group)
            group.cancelAll()
        }
    }

    /// Says that rows have changed: a job was accepted, or its cancellation asked for.
    ///
    /// Call it after the commit; costs next to nothing, and a call that is lost only delays the work until the next poll.
    package func ring() { mailbox.ring() }

    /// Stops gracefully: nothing more is claimed, agents are left to their work, what they have said so far is written
    /// down, and ``run()`` returns within ``DispatcherConfiguration/stopLimit``.
    ///
    /// The next start attaches to the tasks that are under way.
    package func stop() { mailbox.stop() }

    /// How it is, as of its last round.
    package var status: DispatcherStatus { lastStatus.withLock { $0 } }

    func publish(_ status: DispatcherStatus) { lastStatus.withLock { $0 = status } }
}
