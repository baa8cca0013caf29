/// Figures over all jobs and hosts that the store holds at one moment.
package struct ServiceStatistics: Hashable, Sendable {
    /// Jobs by state, as many as are kept.
    package var jobs: [JobState: Int]
    /// Results of jobs that haven't ended, by outcome.
    package var openResults: OutcomeCounts
    /// Hosts by state; disabled ones are in ``disabledHosts`` besides.
    package var hosts: [HostState: Int]
    /// Hosts that take no work.
    package var disabledHosts: Int
    /// When the oldest result still pending was accepted; nil if none is.
    package var oldestPendingSince: Timestamp?

    /// Puts figures together.
    package init(
        jobs: [JobState: Int] = [:],
        openResults: OutcomeCounts = OutcomeCounts(),
        hosts: [HostState: Int] = [:],
        disabledHosts: Int = 0,
        oldestPendingSince: Timestamp? = nil
    ) {
        self.jobs = jobs
        self.openResults = openResults
        self.hosts = hosts
        self.disabledHosts = disabledHosts
        self.oldestPendingSince = oldestPendingSince
    }
}
