package import PrecacheModel

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
    /// The pause before a failed call of the ledger is made again; at least half of it is waited.
    ///
    /// The default doubles from 100 ms to 5 s.
    package var ledgerRetry = RetryPolicy(base: .milliseconds(100), ceiling: .seconds(5))

    /// The defaults.
    package init() {}
}
