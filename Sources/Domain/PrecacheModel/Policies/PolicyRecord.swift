/// A policy as it is kept.
package struct PolicyRecord: Hashable, Sendable {
    /// Its name.
    package var name: PolicyName
    /// What an operator says of it.
    package var spec: PolicySpec
    /// When it was added.
    package var createdAt: Timestamp
    /// When it last changed.
    package var updatedAt: Timestamp

    package init(name: PolicyName, spec: PolicySpec, createdAt: Timestamp, updatedAt: Timestamp) {
        self.name = name
        self.spec = spec
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// How far a policy is carried out.
package struct PolicyStatus: Hashable, Sendable {
    /// Where a policy stands.
    package enum State: String, Sendable, CaseIterable {
        /// Every host that counts has every image, as far as is known.
        case met
        /// Hosts are being served, or about to be.
        case working
        /// Hosts are to be served when a window opens.
        case waiting
        /// Something is missing, and what holds it up says why.
        case held
        /// It is off.
        case disabled
        /// Its time is over.
        case expired
    }

    /// An image that the policy wants now.
    package struct Image: Hashable, Sendable {
        /// The image.
        package var id: ImageID
        /// The channel that it is the newest of; nil where the policy names the image.
        package var newest: ImageChannel?
        /// Since when it is that.
        package var since: Timestamp?
        /// The part of the hosts that count which are warm, 0 to 1.
        package var fraction: Double

        package init(id: ImageID, newest: ImageChannel? = nil, since: Timestamp? = nil, fraction: Double) {
            self.id = id
            self.newest = newest
            self.since = since
            self.fraction = fraction
        }
    }

    /// Where it stands.
    package var state: State
    /// The part of its hosts and images that are warm, 0 to 1; 1 where nothing is to be had.
    package var fraction: Double
    /// The images that it wants now.
    package var images: [Image]
    /// Hosts that count and lack an image, or are down.
    package var missingHosts: Int
    /// Its jobs that haven't ended.
    package var openJobs: [JobID]
    /// When a job was last made for it.
    package var lastRunAt: Timestamp?
    /// When a job is due next, if time alone brings one.
    package var nextRunAt: Timestamp?
    /// When its next window opens; nil while one is open, and for a policy without windows.
    package var nextWindowAt: Timestamp?
    /// Why hosts lack images, most hosts first.
    package var heldUpBy: [PolicyHold]

    package init(
        state: State,
        fraction: Double = 1,
        images: [Image] = [],
        missingHosts: Int = 0,
        openJobs: [JobID] = [],
        lastRunAt: Timestamp? = nil,
        nextRunAt: Timestamp? = nil,
        nextWindowAt: Timestamp? = nil,
        heldUpBy: [PolicyHold] = []
    ) {
        self.state = state
        self.fraction = fraction
        self.images = images
        self.missingHosts = missingHosts
        self.openJobs = openJobs
        self.lastRunAt = lastRunAt
        self.nextRunAt = nextRunAt
        self.nextWindowAt = nextWindowAt
        self.heldUpBy = heldUpBy
    }
}

/// What keeps hosts from having what a policy wants there.
package struct PolicyHold: Hashable, Sendable {
    /// What it can be.
    package enum Cause: Hashable, Sendable {
        /// A channel has no image now; what it meant before is still wanted.
        case channelEmpty
        /// A channel couldn't be looked up; what it meant before is still wanted.
        case lookupFailed
        /// There is no such aggregate.
        case noAggregate
        /// Hosts had an image and lost it.
        case imageLost
        /// How attempts ended, or `host_down`.
        case reason(Reason)

        /// The cause in the API's spelling.
        package var text: String {
            switch self {
            case .channelEmpty: "channel_empty"
            case .lookupFailed: "lookup_failed"
            case .noAggregate: "no_aggregate"
            case .imageLost: "image_lost"
            case .reason(let reason): reason.rawValue
            }
        }
    }

    /// What it is.
    package var cause: Cause
    /// How many hosts it is; 0 where it isn't any host's.
    package var hosts: Int
    /// One of them.
    package var example: HostName?
    /// What that one lacks.
    package var image: ImageID?
    /// The job that last tried to bring it there.
    package var job: JobID?
    /// When the first of them is asked again; nil if time alone doesn't bring that.
    package var until: Timestamp?
    /// More for people: which channel, which aggregate, what the example said.
    package var detail: String

    package init(
        _ cause: Cause,
        hosts: Int = 0,
        example: HostName? = nil,
        image: ImageID? = nil,
        until: Timestamp? = nil,
        detail: String
    ) {
        self.cause = cause
        self.hosts = hosts
        self.example = example
        self.image = image
        self.until = until
        self.detail = detail
    }
}

/// What applying a set of policies did to one, or would do.
package struct PolicyChange: Hashable, Sendable {
    /// What it did.
    package enum Change: String, Sendable, CaseIterable {
        /// It is new.
        case added
        /// It was there and differs.
        case changed
        /// It isn't in the set, and pruning was asked for.
        case removed
        /// It was there as it is.
        case same
    }

    /// The policy.
    package var name: PolicyName
    /// What became of it.
    package var change: Change

    package init(name: PolicyName, change: Change) {
        self.name = name
        self.change = change
    }
}
