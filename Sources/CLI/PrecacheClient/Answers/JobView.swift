public import PrecacheModel

/// A job as the service tells of it.
///
/// The client reads answers leniently, as every type in this folder does: unknown fields and words are let pass and
/// most fields may be missing, so that it gets on with services older and newer than itself.
public struct JobView: Decodable, Sendable, Hashable {
    /// How many hosts.
    public struct Hosts: Decodable, Sendable, Hashable {
        /// All of them.
        public let total: Int
        /// Those whose results are all final.
        public let done: Int
    }

    /// How many bytes.
    public struct Bytes: Decodable, Sendable, Hashable {
        /// Fetched so far.
        public let done: Int64
        /// What all results would need, of images whose size is known.
        public let total: Int64?
    }

    /// An image of the job.
    public struct Image: Decodable, Sendable, Hashable {
        /// Its identifier.
        public let id: String
        /// Its name.
        public let name: String?
    }

    /// The identifier.
    public let id: String
    /// The aggregate's name.
    public let aggregate: String
    /// The state's word; ``jobState`` tells what it means.
    public let state: String
    /// The images.
    public let images: [Image]?
    /// How many hosts.
    public let hosts: Hosts
    /// How many results have each outcome, by the outcome's word.
    public let results: [String: Int]
    /// How many bytes.
    public let bytes: Bytes?
    /// When the job was accepted, RFC 3339.
    public let createdAt: String?
    /// When the first host began.
    public let startedAt: String?
    /// When the last result became final.
    public let finishedAt: String?
    /// How long each host keeps the images once it has them, in seconds.
    public let keepSeconds: Int64?
    /// The job that this one tries again.
    public let retryOf: String?
    /// A remark for people.
    public let note: String?

    private enum CodingKeys: String, CodingKey {
        case id
        case aggregate
        case state
        case images
        case hosts
        case results
        case bytes
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case keepSeconds = "keep_seconds"
        case retryOf = "retry_of"
        case note
    }

    /// The state, nil if this client doesn't know the word; then the job counts as not ended.
    public var jobState: JobState? { JobState(rawValue: state) }
    /// Whether the job has ended.
    public var isFinal: Bool { jobState?.isFinal ?? false }
    /// How many results have this outcome.
    public func count(_ outcome: Outcome) -> Int { results[outcome.rawValue] ?? 0 }
    /// All results.
    public var resultCount: Int { results.values.reduce(0, +) }
    /// Results that nothing will change any more.
    public var finishedCount: Int { resultCount - count(.pending) - count(.running) }
}
