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

    /// Has jobs taken over that nobody living has: somebody was found dead, or we were and have begun anew.
    package func adopt() { mailbox.adopt() }

    /// Stops gracefully: nothing more is claimed, agents are left to their work, what they have said so far is written
    /// down, and ``run()`` returns within ``DispatcherConfiguration/stopLimit``.
    ///
    /// The next start attaches to the tasks that are under way.
    package func stop() { mailbox.stop() }

    /// How it is, as of its last round.
    package var status: DispatcherStatus { lastStatus.withLock { $0 } }

    func publish(_ status: DispatcherStatus) { lastStatus.withLock { $0 = status } }
}

/// The dispatcher's numbers.
package struct DispatcherConfiguration: Sendable {
    /// The most hosts in flight over all jobs, at least 1.
    ///
    /// The default is 1,000 (`fanout.max_in_flight`).
    package var maxInFlight = 1000
    /// The most hosts that may download from one image source (scheme, host and port) at a time, over all jobs; at
    /// least 1.
    ///
    /// A host counts once for each source that it has unfinished images of. The default is 64 (`source.max_downloads`).
    package var maxDownloadsPerSource = 64
    /// The pause before another attempt.
    ///
    /// The default doubles from 1 s to 60 s, with full jitter.
    package var retry = RetryPolicy()
    /// The longest pause that an agent or source may ask for; a longer wish counts as this.
    ///
    /// The default is 1 h.
    package var retryAfterLimit = Duration.seconds(3600)
    /// How long an agent that was asked to stop a task may take to say what it has done.
    ///
    /// The default is 5 s.
    package var cancelGrace = Duration.seconds(5)
    /// How long a stop may take to write down what is known.
    ///
    /// The default is 10 s.
    package var stopLimit = Duration.seconds(10)
    /// How often the ledger is read although nobody has rung.
    ///
    /// The default is 30 s.
    package var pollInterval = Duration.seconds(30)
    /// How often waiting hosts are checked for being down or disabled; at a job's start and at their claims they are
    /// anyway.
    ///
    /// The default is 30 s.
    package var sweepInterval = Duration.seconds(30)
    /// The shortest time between two rounds of writing to the ledger, so that outcomes that arrive together share a
    /// transaction; zero for none.
    ///
    /// A lone outcome isn't delayed. The default is 2 ms.
    package var groupWindow = Duration.milliseconds(2)
    /// The most hosts in one claim.
    ///
    /// The default is 256.
    package var claimBatch = 256
    /// The most reports in one transaction.
    ///
    /// The default is 1,000.
    package var reportBatch = 1000
    /// When images are exchanged among hosts; nil for never.
    package var relay: RelayRules?
    /// The pause before a failed call of the ledger is made again; at least half of it is waited.
    ///
    /// The default doubles from 100 ms to 5 s.
    package var ledgerRetry = RetryPolicy(base: .milliseconds(100), ceiling: .seconds(5))

    /// The defaults.
    package init() {}
}

/// How the dispatcher is, as of its last round.
package struct DispatcherStatus: Hashable, Sendable {
    /// Whether it has taken over what the last process left, and the ledger's last call went well.
    package internal(set) var isHealthy = false
    /// What the ledger said when its last call failed; nil if it went well.
    package internal(set) var ledgerProblem: String?
    /// Jobs that have not ended.
    package internal(set) var openJobs = 0
    /// Attempts under way.
    package internal(set) var inFlight = 0
    /// Reports that the ledger has not got yet.
    package internal(set) var unsavedReports = 0
}
