package import BitCollections
package import PrecacheModel

/// All that reconciling looks at: policies, the fleet, what is under way, what went wrong, the time.
///
/// Hosts are small numbers, the same in every set.
package struct Situation: Sendable {
    /// A policy with what its images mean.
    package struct Policy: Sendable {
        package var name: PolicyName
        package var spec: PolicySpec
        /// What each of the spec's images means, in their order.
        package var meanings: [ChannelMeaning]
        /// Whether its jobs may be made.
        package var window: WindowState
        /// Its jobs that haven't ended.
        package var openJobs: [JobID]
        /// When a job was last made for it.
        package var lastRunAt: Timestamp?

        package init(
            name: PolicyName,
            spec: PolicySpec,
            meanings: [ChannelMeaning],
            window: WindowState = .open(until: nil),
            openJobs: [JobID] = [],
            lastRunAt: Timestamp? = nil
        ) {
            self.name = name
            self.spec = spec
            self.meanings = meanings
            self.window = window
            self.openJobs = openJobs
            self.lastRunAt = lastRunAt
        }

        /// Whether it isn't off or over.
        package func isActive(at now: Timestamp) -> Bool {
            spec.isEnabled && spec.expiresAt.map { now < $0 } ?? true
        }
    }

    /// The time.
    package var now: Timestamp
    package var policies: [Policy]
    /// By host; nil where there is none.
    package var names: [HostName?]
    package var aggregates: [AggregateName: BitSet]
    /// Hosts that take part in jobs.
    package var enabled: BitSet
    /// Hosts that are known to be down.
    package var down: BitSet
    /// Hosts that may be down: they have been silent, but weren't listened to for long enough to tell.
    ///
    /// No job is made for them yet.
    package var unheard: BitSet
    /// The hosts that have an image whole, alive or not.
    package var whole: [ImageID: BitSet]
    /// Hosts whose storage can't take an image.
    package var unsupported: [ImageID: BitSet]
    /// Hosts that a job that hasn't ended is to bring an image, whoever asked for it.
    package var open: [ImageID: BitSet]
    /// By image and host.
    package var troubles: [ImageID: [Int: PairTrouble]]

    package init(
        now: Timestamp,
        policies: [Policy] = [],
        names: [HostName?] = [],
        aggregates: [AggregateName: BitSet] = [:],
        enabled: BitSet = [],
        down: BitSet = [],
        unheard: BitSet = [],
        whole: [ImageID: BitSet] = [:],
        unsupported: [ImageID: BitSet] = [:],
        open: [ImageID: BitSet] = [:],
        troubles: [ImageID: [Int: PairTrouble]] = [:]
    ) {
        self.now = now
        self.policies = policies
        self.names = names
        self.aggregates = aggregates
        self.enabled = enabled
        self.down = down
        self.unheard = unheard
        self.whole = whole
        self.unsupported = unsupported
        self.open = open
        self.troubles = troubles
    }
}

/// What is to be done, and how things stand.
package struct Reconciliation: Sendable {
    /// A job to be made.
    package struct Job: Hashable, Sendable {
        /// An image, and the hosts that are to get it.
        package struct Image: Hashable, Sendable {
            package var id: ImageID
            package var hosts: BitSet

            package init(id: ImageID, hosts: BitSet) {
                self.id = id
                self.hosts = hosts
            }
        }

        package var policy: PolicyName
        package var aggregate: AggregateName
        /// In the policy's order.
        package var images: [Image]

        package init(policy: PolicyName, aggregate: AggregateName, images: [Image]) {
            self.policy = policy
            self.aggregate = aggregate
            self.images = images
        }
    }

    /// In the order in which policies have their turn.
    package var jobs: [Job]
    package var leases: HostLeases
    package var statuses: [PolicyName: PolicyStatus]
    /// Images that a channel no longer means and that nobody holds for it any more, by policy and by the place of the channel in
    /// its images: to be taken out of ``ChannelMeaning/superseded``.
    package var forgotten: [PolicyName: [Int: [ImageID]]]
    /// When time alone brings something to do; nil if it doesn't.
    package var nextDueAt: Timestamp?
}
