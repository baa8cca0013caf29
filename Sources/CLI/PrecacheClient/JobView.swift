package import PrecacheModel

/// A job as the service tells of it.
///
/// The client reads answers leniently, as every `…View` does: unknown fields and words are let pass and
/// most fields may be missing, so that it gets on with services older and newer than itself.
package struct JobView: ServiceItem, Hashable {
    package static let one = "job"
    package static let many = "jobs"

    /// How many hosts.
    package struct Hosts: Decodable, Sendable, Hashable {
        /// All of them.
        package let total: Int
        /// Those whose results are all final.
        package let done: Int
    }

    /// How many bytes.
    package struct Bytes: Decodable, Sendable, Hashable {
        /// On the hosts by now.
        package let done: Int64
        /// Fetched for results that did not end well.
        package let inVain: Int64?
        /// What all results would need, of images whose size is known.
        package let total: Int64?

        private enum CodingKeys: String, CodingKey {
            case done
            case inVain = "in_vain"
            case total
        }

        /// All that was fetched.
        package var fetched: Int64 { done + (inVain ?? 0) }
    }

    /// Where the bytes came from.
    package struct Transfer: Decodable, Sendable, Hashable {
        /// Read at the images' sources.
        package let fromSourceBytes: Int64?
        /// Had from other hosts.
        package let fromPeersBytes: Int64?
        /// Hosts that read the source for the others.
        package let seeds: [String]?
        /// How many times the images that were exchanged were read at their sources; nil if none was.
        package let copies: Double?
        /// What came into each zone from others.
        package let crossings: [Crossing]?
        /// What people should know of it.
        package let notes: [String]?

        private enum CodingKeys: String, CodingKey {
            case fromSourceBytes = "from_source_bytes"
            case fromPeersBytes = "from_peers_bytes"
            case seeds
            case copies
            case crossings
            case notes
        }

        /// What came into a zone from others.
        package struct Crossing: Decodable, Sendable, Hashable {
            /// Nil of hosts without a zone.
            package let zone: String?
            package let bytes: Int64
            /// How many times the images that were exchanged.
            package let copies: Double?
        }
    }

    /// An image of the job.
    package struct Image: Decodable, Sendable, Hashable {
        /// Its identifier.
        package let id: String
        package let name: String?
        /// Nil where nobody knows it yet.
        package let sizeBytes: Int64?

        private enum CodingKeys: String, CodingKey {
            case id
            case name
            case sizeBytes = "size_bytes"
        }
    }

    /// The identifier.
    package let id: String
    /// The aggregate's name.
    package let aggregate: String
    /// The state's word; ``jobState`` tells what it means.
    package let state: String
    package let images: [Image]?
    /// How many hosts.
    package let hosts: Hosts
    /// How many results have each outcome, by the outcome's word.
    package let results: [String: Int]
    /// How many of those that did not end well have each reason, by the reason's word.
    package let reasons: [String: Int]?
    /// How many bytes.
    package let bytes: Bytes?
    /// Where they came from.
    package let transfer: Transfer?
    /// When the job was accepted, RFC 3339.
    package let createdAt: String?
    /// When the first host began.
    package let startedAt: String?
    /// When the last result became final.
    package let finishedAt: String?
    /// How long each host keeps the images once it has them, in seconds.
    package let keepSeconds: Int64?
    /// Seconds from its acceptance to its end, or to the answer if it hasn't ended, by the service's clock.
    package let elapsedSeconds: Int64?
    /// Who asked for it.
    package let requestedBy: String?
    /// The job that this one tries again.
    package let retryOf: String?
    /// A remark for people.
    package let note: String?
    /// The policy that it was made for.
    package let policy: String?
    /// `low`, `normal` or `high`: whose hosts have their turn first.
    package let priority: String?
    /// What a queued job waits for: `window`, its policy's next one.
    package let waitingFor: String?
    /// When it was foretold to end, RFC 3339.
    package let predictedFinishAt: String?
    /// Rises with every change.
    package let revision: Int64?

    private enum CodingKeys: String, CodingKey {
        case id
        case aggregate
        case state
        case images
        case hosts
        case results
        case reasons
        case bytes
        case transfer
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case keepSeconds = "keep_seconds"
        case elapsedSeconds = "elapsed_seconds"
        case requestedBy = "requested_by"
        case retryOf = "retry_of"
        case note
        case policy
        case priority
        case waitingFor = "waiting_for"
        case predictedFinishAt = "predicted_finish_at"
        case revision
    }

    /// The state, nil if this client doesn't know the word; then the job counts as not ended.
    package var jobState: JobState? { JobState(rawValue: state) }
    /// Whether the job has ended.
    package var isFinal: Bool { jobState?.isFinal ?? false }
    /// How many results have this outcome.
    package func count(_ outcome: Outcome) -> Int { results[outcome.rawValue] ?? 0 }
    /// All results.
    package var resultCount: Int { results.values.reduce(0, +) }
    /// Results that nothing will change any more.
    package var finishedCount: Int { resultCount - count(.pending) - count(.running) }
    /// How long it has taken.
    package var elapsed: Duration? { elapsedSeconds.map { .seconds($0) } }
    /// Why results did not end well, the most frequent reason first.
    package var sortedReasons: [(reason: String, count: Int)] {
        (reasons ?? [:]).map { ($0.key, $0.value) }.sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
}

/// What became of one image on one host, as the service tells of it.
package struct ResultView: ServiceItem, Hashable {
    package static let one = "result"
    package static let many = "results"

    package let host: String
    /// The image's identifier.
    package let imageID: String
    /// The outcome's word.
    package let outcome: String
    /// Why, if it isn't good.
    package let reason: String?
    /// The same for people.
    package let detail: String?
    /// Attempts begun.
    package let attempts: Int?
    /// Bytes fetched.
    package let bytesDone: Int64?
    /// Bytes in all, if known.
    package let bytesTotal: Int64?
    /// Where the bytes came from.
    package let source: String?
    /// Bytes that came from other hosts, of an image that was exchanged.
    package let fromPeersBytes: Int64?
    /// Bytes that were read at the source beside them.
    package let fromSourceBytes: Int64?
    /// Those from other hosts that stand in another zone.
    package let fromFarBytes: Int64?

    private enum CodingKeys: String, CodingKey {
        case host
        case imageID = "image_id"
        case outcome
        case reason
        case detail
        case attempts
        case bytesDone = "bytes_done"
        case bytesTotal = "bytes_total"
        case source
        case fromPeersBytes = "from_peers_bytes"
        case fromSourceBytes = "from_source_bytes"
        case fromFarBytes = "from_far_bytes"
    }

    package init(host: String, imageID: String, outcome: String, reason: String?, detail: String?) {
        self.host = host
        self.imageID = imageID
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
        attempts = nil
        bytesDone = nil
        bytesTotal = nil
        source = nil
        fromPeersBytes = nil
        fromSourceBytes = nil
        fromFarBytes = nil
    }

    /// Whether the image is final and not there to boot from.
    package var isBad: Bool {
        guard let outcome = Outcome(rawValue: outcome) else { return false }
        return outcome.isFinal && !outcome.isGood
    }
}
