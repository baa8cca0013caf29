import FoundationEssentials

/// A webhook as those who deliver need it.
package struct WebhookTarget: Hashable, Sendable {
    /// The row's number.
    package var id: Int64
    /// What an operator says of it.
    package var entry: WebhookEntry
    /// What deliveries are signed with.
    package var secret: WebhookSecret
    /// How deliveries went so far.
    package var health: WebhookHealth
    /// The controller that delivers to it.
    package var owner: Int64
    /// How many times somebody has had it resumed.
    package var resumes: Int64

    package init(
        id: Int64,
        entry: WebhookEntry,
        secret: WebhookSecret,
        health: WebhookHealth = WebhookHealth(),
        owner: Int64 = 0,
        resumes: Int64 = 0
    ) {
        self.id = id
        self.entry = entry
        self.secret = secret
        self.health = health
        self.owner = owner
        self.resumes = resumes
    }
}

/// What deliveries to a webhook are signed with, as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 bytes.
///
/// Printed, interpolated or mirrored it reads `<secret>`.
package struct WebhookSecret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What every secret's text begins with.
    package static let prefix = "whsec_"

    /// The whole text, for the database and for the one answer that shows it.
    package let text: String
    /// The key's bytes.
    package let key: [UInt8]

    /// Reads a secret.
    ///
    /// Throws ``InvalidValue`` that doesn't show it.
    package init(_ text: String) throws(InvalidValue) {
        guard text.hasPrefix(Self.prefix),
            let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(data.count)
        else {
            throw InvalidValue(
                "webhook secret",
                "(not shown)",
                rule:
                    "\(Self.prefix) and base64 of 24 to 64 bytes, as: echo \(Self.prefix)$(openssl rand -base64 32)"
            )
        }
        self.text = text
        key = Array(data)
    }

    /// Makes a secret of a random key of 24 to 64 bytes.
    package init(key: [UInt8]) {
        text = Self.prefix + Data(key).base64EncodedString()
        self.key = key
    }

    /// Always `<secret>`.
    package var description: String { "<secret>" }

    /// Always `<secret>`.
    package var debugDescription: String { "<secret>" }

    /// A mirror without children.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a put webhook is to be signed with.
package enum WebhookSecretChoice: Hashable, Sendable {
    /// What it has; a new webhook gets a fresh one.
    case keep
    /// This one.
    case given(WebhookSecret)
    /// A fresh one.
    case fresh
}

/// How far deliveries to a webhook have come since that was last written down.
package struct DeliveryProgress: Hashable, Sendable {
    /// For each job the last event that needs no delivery any more.
    package var cursors: [JobID: Int64] = [:]
    /// Deliveries that were taken.
    package var delivered: Int64 = 0
    /// Events that were given up.
    package var dropped: Int64 = 0
    /// How deliveries go now; nil if that hasn't changed.
    package var health: WebhookHealth?

    /// No progress.
    package init() {}

    /// Whether there is nothing to write down.
    package var isEmpty: Bool { self == DeliveryProgress() }

    /// Both, `later` being the newer.
    package func merged(with later: DeliveryProgress) -> DeliveryProgress {
        var sum = self
        sum.cursors.merge(later.cursors) { max($0, $1) }
        sum.delivered += later.delivered
        sum.dropped += later.dropped
        sum.health = later.health ?? health
        return sum
    }
}

/// The aggregate of a job, with the hosts that the job has.
package struct JobAggregate: Hashable, Sendable {
    /// The number that Nova's API knows it by.
    package var id: Int64
    /// Its UUID; nil if it has been removed since.
    package var uuid: String?
    /// Its name when the job was accepted.
    package var name: AggregateName
    /// The job's hosts, in the order of their names.
    package var hosts: [HostName]
    /// Its availability zone now.
    package var availabilityZone: String?
    /// Its metadata now.
    package var metadata: [String: String]

    package init(
        id: Int64,
        uuid: String?,
        name: AggregateName,
        hosts: [HostName],
        availabilityZone: String? = nil,
        metadata: [String: String] = [:]
    ) {
        self.id = id
        self.uuid = uuid
        self.name = name
        self.hosts = hosts
        self.availabilityZone = availabilityZone
        self.metadata = metadata
    }
}
