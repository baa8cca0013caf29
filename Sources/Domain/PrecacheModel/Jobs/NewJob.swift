/// A job to be accepted: these images on the hosts that the aggregate has at the moment of acceptance.
package struct NewJob: Hashable, Sendable {
    /// The job's identifier, chosen by the service.
    package var id: JobID
    /// The aggregate; it is looked up, and its hosts are read, in the transaction that writes the job.
    package var aggregate: AggregateKey
    /// The images, each once, with all that is known of them.
    package var images: [ImageReference]
    /// How it may spend time and attempts.
    package var limits: JobLimits
    /// Who asked: the token's name, or nil without authentication.
    package var requestedBy: String?
    /// Whose share of open jobs it counts in: two users may have one name, and one's may change.
    ///
    /// Nil counts by the name.
    package var account: String?
    /// The policy that it is for, and which of its images each host lacks, by the hosts' numbers and the images' places; nil
    /// for all images on all of the aggregate's hosts.
    ///
    /// What another open job brings already is left out.
    package var order: PolicyOrder?
    /// How long it is expected to take from its acceptance, if that was reckoned.
    package var predictedTime: Duration?
    /// The trace that the request for it was part of.
    package var trace: TraceContext?

    package init(
        id: JobID,
        aggregate: AggregateKey,
        images: [ImageReference],
        limits: JobLimits,
        requestedBy: String? = nil,
        account: String? = nil,
        order: PolicyOrder? = nil
    ) {
        self.id = id
        self.aggregate = aggregate
        self.images = images
        self.limits = limits
        self.requestedBy = requestedBy
        self.account = account
        self.order = order
    }
}

/// What a policy would have done.
package struct PolicyOrder: Hashable, Sendable {
    package var policy: PolicyName
    /// Places of images, by the numbers of the hosts that lack them.
    package var lacking: [Int64: [Int]]
    /// When that was found out: what jobs have brought since then is lacking no more.
    package var knownAt: Timestamp

    package init(policy: PolicyName, lacking: [Int64: [Int]], knownAt: Timestamp) {
        self.policy = policy
        self.lacking = lacking
        self.knownAt = knownAt
    }
}

/// How a job may spend time and attempts.
///
/// An attempt gets the smaller of ``hostTimeout`` and the time left.
package struct JobLimits: Hashable, Sendable {
    /// Hosts at once.
    package var parallelism: Parallelism
    /// The longest that one attempt may take on a host, for all its images together.
    package var hostTimeout: Duration
    /// Attempts per host, at least 1.
    package var maxAttempts: Int
    /// The longest that the whole job may take from its acceptance.
    package var deadline: Duration
    /// How long each host keeps an image from the moment it has it, whatever its cache would evict; nil for no promise.
    package var keep: Duration?
    /// Whose hosts are claimed first.
    package var priority: JobPriority

    /// Puts limits together.
    package init(
        parallelism: Parallelism,
        hostTimeout: Duration,
        maxAttempts: Int,
        deadline: Duration,
        keep: Duration? = nil,
        priority: JobPriority = .normal
    ) {
        self.parallelism = parallelism
        self.hostTimeout = hostTimeout
        self.maxAttempts = maxAttempts
        self.deadline = deadline
        self.keep = keep
        self.priority = priority
    }
}

/// How many hosts of a job may work at once: a number, or a share of the job's hosts.
package enum Parallelism: Hashable, Sendable, CustomStringConvertible {
    /// So many hosts, at least 1.
    case hosts(Int)
    /// So many percent of the job's hosts, 1 to 100, rounded up.
    case percent(Int)

    /// Reads `32` or `25%`.
    ///
    /// Throws ``InvalidValue`` for anything else.
    package init(_ text: String) throws(InvalidValue) {
        let isPercent = text.hasSuffix("%")
        guard let number = Int(isPercent ? text.dropLast() : text[...]), number >= 1,
            number <= (isPercent ? 100 : 1_000_000), !text.hasPrefix("+")
        else {
            throw InvalidValue("parallelism", text, rule: "a number of hosts from 1, or 1% to 100%")
        }
        self = isPercent ? .percent(number) : .hosts(number)
    }

    /// The number of hosts at once in a job of `total` hosts, at least 1.
    package func limit(of total: Int) -> Int {
        switch self {
        case .hosts(let number): number
        case .percent(let share): max(1, (total * share + 99) / 100)
        }
    }

    /// The value as text, fit for logs.
    package var description: String {
        switch self {
        case .hosts(let number): "\(number)"
        case .percent(let share): "\(share)%"
        }
    }
}

/// When to try again: a delay that doubles, with full jitter, so that hosts that failed together don't come back
/// together.
package struct RetryPolicy: Hashable, Sendable {
    /// The upper bound of the first delay.
    package var base: Duration
    /// The upper bound of every delay.
    package var ceiling: Duration

    /// Puts a policy together.
    ///
    /// The defaults are 1 s and 60 s.
    package init(base: Duration = .seconds(1), ceiling: Duration = .seconds(60)) {
        self.base = base
        self.ceiling = ceiling
    }

    /// The delay before the attempt after attempt number `attempt`.
    ///
    /// - Parameters:
    ///   - attempt: The attempt that failed, from 1.
    ///   - retryAfter: What the source asked for, if it did; the delay is at least this, and at most the ceiling
    ///     above it.
    ///   - jitter: A number from 0 to 1, random but in tests.
    /// - Returns: The time to wait.
    package func delay(after attempt: Int, retryAfter: Duration? = nil, jitter: Double) -> Duration {
        var bound = base
        for _ in 1..<max(1, min(attempt, 64)) where bound < ceiling { bound = bound * 2 }
        bound = min(bound, ceiling)
        return (retryAfter ?? .zero) + bound * min(max(jitter, 0), 1)
    }
}

/// A request that is to be done once, however often it is sent (draft-ietf-httpapi-idempotency-key-header).
package struct IdempotencyClaim: Hashable, Sendable {
    /// How long a key is remembered.
    package static let lifetime = Duration.seconds(24 * 3600)

    /// The key, with whose it is: keys of different bearers never meet.
    package var key: String
    /// The SHA-256 of the request's method, path and body, in hexadecimal digits.
    package var fingerprint: String

    package init(key: String, fingerprint: String) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// What became of a request for a job.
package struct JobAcceptance: Hashable, Sendable {
    /// The job.
    package var job: JobRecord
    /// Whether it had been accepted before, under the same Idempotency-Key.
    package var isReplay: Bool

    package init(job: JobRecord, isReplay: Bool) {
        self.job = job
        self.isReplay = isReplay
    }
}
