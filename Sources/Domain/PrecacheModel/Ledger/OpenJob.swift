/// What a dispatcher would have of a source: downloads at once.
package struct SourceWish: Hashable, Sendable {
    /// Downloads at work.
    package var inUse: Int
    /// Downloads that there could be.
    package var wanted: Int

    package init(inUse: Int, wanted: Int) {
        self.inUse = inUse
        self.wanted = wanted
    }
}

/// A job that has not ended, as the dispatcher needs it.
package struct OpenJob: Hashable, Sendable {
    /// The job.
    package var id: JobID
    /// How it may spend time and attempts.
    package var limits: JobLimits
    /// The job's own copy of its images; an image's ordinal is its index here.
    package var images: [ImageReference]
    /// All its hosts, done or not: what a parallelism in percent is a share of.
    package var hostsTotal: Int
    /// Whether someone asked to cancel it.
    package var isCancelRequested: Bool
    /// When it was accepted, by the wall clock; its deadline is `limits.deadline` after it.
    package var createdAt: Timestamp
    /// How often it has been taken over: the same job of another term was taken from us and taken up again.
    package var term: Int64
    /// The trace that it is part of.
    package var trace: TraceContext

    package init(
        id: JobID,
        limits: JobLimits,
        images: [ImageReference],
        hostsTotal: Int,
        isCancelRequested: Bool,
        createdAt: Timestamp,
        term: Int64 = 0,
        trace: TraceContext? = nil
    ) {
        self.id = id
        self.limits = limits
        self.images = images
        self.hostsTotal = hostsTotal
        self.isCancelRequested = isCancelRequested
        self.createdAt = createdAt
        self.term = term
        self.trace = trace ?? TraceContext(of: id)
    }
}

/// A job that waits until the service has looked up some of its images.
package struct UnresolvedJob: Hashable, Sendable {
    /// The job.
    package var id: JobID
    /// The images that nobody has looked up yet, in the job's order.
    package var images: [ImageID]
    /// Those among them that may come without a digest.
    package var unverified: Set<ImageID>
    /// When the job's time is up, by the wall clock.
    package var deadline: Timestamp

    package init(id: JobID, images: [ImageID], unverified: Set<ImageID> = [], deadline: Timestamp) {
        self.id = id
        self.images = images
        self.unverified = unverified
        self.deadline = deadline
    }
}

/// A wish for hosts of one job.
package struct ClaimRequest: Hashable, Sendable {
    /// The job.
    package var job: JobID
    /// The most hosts to claim, at least 1.
    package var limit: Int

    package init(job: JobID, limit: Int) {
        self.job = job
        self.limit = limit
    }
}

/// The hosts of one job that a claim got.
package struct ClaimAnswer: Hashable, Sendable {
    /// The job.
    package var job: JobID
    /// The claimed hosts, at most as many as asked for.
    package var hosts: [ClaimedHost]
    /// If fewer hosts were due than asked for: when the job's next waiting host is due, on the steady scale.
    ///
    /// Nil if none waits, and where all hosts asked for were found.
    package var nextDue: Timestamp?
    /// Whether the job isn't ours any more, or gone.
    package var isLost = false

    package init(job: JobID, hosts: [ClaimedHost], nextDue: Timestamp?) {
        self.job = job
        self.hosts = hosts
        self.nextDue = nextDue
    }
}

/// A host of a job that the dispatcher has claimed, with what the inventory says of it at that moment.
package struct ClaimedHost: Hashable, Sendable {
    /// The host's number within the job, from 0.
    package var ordinal: Int
    /// Its name, as the job knows it.
    package var name: HostName
    /// Where its agent listens: an IP address or a name that resolves.
    package var address: String
    /// The agent's port.
    package var port: Int
    /// Whether the inventory lets it take work.
    ///
    /// False too for a host that the inventory no longer has.
    package var isEnabled: Bool
    /// When the last heartbeat came, by the wall clock; nil if none ever came.
    package var heartbeatAt: Timestamp?
    /// How often the agent said that it sends heartbeats; zero if none ever came.
    package var heartbeatInterval: Duration
    /// Whether it may take part in meshes: its agent can, and nothing keeps it out for now.
    package var exchanges = false
    /// Its zone: its label `zone`, else its availability zone.
    package var zone: String?
    /// The attempt that this claim begins, from 1.
    package var attempt: Int
    /// The ordinals of the job's images that have no final outcome here, ascending, at least one.
    package var images: [Int]

    package init(
        ordinal: Int,
        name: HostName,
        address: String,
        port: Int,
        isEnabled: Bool = true,
        heartbeatAt: Timestamp? = nil,
        heartbeatInterval: Duration = .zero,
        attempt: Int,
        images: [Int]
    ) {
        self.ordinal = ordinal
        self.name = name
        self.address = address
        self.port = port
        self.isEnabled = isEnabled
        self.heartbeatAt = heartbeatAt
        self.heartbeatInterval = heartbeatInterval
        self.attempt = attempt
        self.images = images
    }

    /// Where its agent is.
    package var place: AgentPlace { AgentPlace(host: name, address: address, port: port) }
}

/// The time, on the two scales that rows need.
package struct LedgerTime: Hashable, Sendable {
    /// The wall clock's reading, for what people see; it may jump.
    package var wall: Timestamp
    /// The wall clock's reading at the dispatcher's start plus the time passed since by a clock that nobody sets.
    ///
    /// Due times are written and compared on this scale alone, so that a wall clock that is set back by an hour
    /// doesn't delay an attempt by an hour.
    package var steady: Timestamp

    /// Puts both readings together.
    package init(wall: Timestamp, steady: Timestamp) {
        self.wall = wall
        self.steady = steady
    }
}
