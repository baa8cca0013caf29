import FoundationEssentials

/// A host of the inventory as the service tells of it.
package struct HostView: ServiceItem, Hashable {
    package static let one = "host"
    package static let many = "hosts"

    /// What the agent last said.
    package struct Heartbeat: Decodable, Sendable, Hashable {
        /// A disk's room.
        package struct Disk: Decodable, Sendable, Hashable {
            /// Bytes free.
            package let freeBytes: Int64?
            /// Bytes in all.
            package let totalBytes: Int64?

            private enum CodingKeys: String, CodingKey {
                case freeBytes = "free_bytes"
                case totalBytes = "total_bytes"
            }
        }

        /// What the cache holds.
        package struct Cache: Decodable, Sendable, Hashable {
            package let images: Int?
            package let bytes: Int64?
            /// Files found damaged.
            package let damaged: Int?
        }

        /// When the service got it, RFC 3339.
        package let at: String?
        /// How long ago that was, by the service's clock.
        package let ageSeconds: Int64?
        /// The agent's version.
        package let version: String?
        /// The disk that the cache is on.
        package let disk: Disk?
        package let cache: Cache?

        private enum CodingKeys: String, CodingKey {
            case at
            case ageSeconds = "age_seconds"
            case version
            case disk
            case cache
        }
    }

    package let name: String
    /// Where the agent listens.
    package let address: String?
    package let port: Int?
    /// Whether it takes part in jobs.
    package let enabled: Bool?
    /// Why it doesn't.
    package let disabledReason: String?
    /// Free texts.
    package let labels: [String: String]?
    /// `up`, `down` or `unknown`.
    package let state: String?
    /// What the agent last said.
    package let heartbeat: Heartbeat?

    private enum CodingKeys: String, CodingKey {
        case name
        case address
        case port
        case enabled
        case disabledReason = "disabled_reason"
        case labels
        case state
        case heartbeat
    }
}

/// What stands beside a host in `GET /v1/hosts/{name}`: what it belongs to, holds and came to.
package struct HostDetails: Decodable, Sendable, Hashable {
    /// An image that the host's cache holds.
    package struct Image: Decodable, Sendable, Hashable {
        package let id: String
        package let sizeBytes: Int64?
        /// Whether its digest was compared.
        package let verified: Bool?
        /// Whether its bytes are known to be wrong.
        package let damaged: Bool?
        /// Since when it has been there, RFC 3339.
        package let since: String?

        private enum CodingKeys: String, CodingKey {
            case id
            case sizeBytes = "size_bytes"
            case verified
            case damaged
            case since
        }
    }

    /// Whether it takes part in exchanges of images.
    package struct Relay: Decodable, Sendable, Hashable {
        /// Whether its agent can.
        package let capable: Bool?
        /// Until when it is kept out all the same, RFC 3339.
        package let outUntil: String?
        /// Why, to follow `because`.
        package let why: String?

        private enum CodingKeys: String, CodingKey {
            case capable
            case outUntil = "out_until"
            case why
        }
    }

    /// A result with the job that it was for.
    package struct Result: Decodable, Sendable, Hashable {
        package let result: ResultView
        package let job: String?
        /// When it became final, RFC 3339.
        package let finishedAt: String?

        private enum CodingKeys: String, CodingKey {
            case job = "job_id"
            case finishedAt = "finished_at"
        }

        package init(from decoder: any Decoder) throws {
            result = try ResultView(from: decoder)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            job = try container.decodeIfPresent(String.self, forKey: .job)
            finishedAt = try container.decodeIfPresent(String.self, forKey: .finishedAt)
        }
    }

    /// The names of its aggregates.
    package let aggregates: [String]?
    package let images: [Image]?
    package let relay: Relay?
    /// Its newest results, the newest first.
    package let recentResults: [Result]?
    /// The last heartbeats in its name that weren't taken.
    package let refusedHeartbeats: UnknownHostView?

    private enum CodingKeys: String, CodingKey {
        case aggregates
        case images
        case relay
        case recentResults = "recent_results"
        case refusedHeartbeats = "refused_heartbeats"
    }

    /// What the body of an answer has of it; an older service's has nothing.
    package init?(in body: [UInt8]) {
        guard let details = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
        self = details
    }
}

/// A host whose heartbeats the service doesn't take.
package struct UnknownHostView: ServiceItem, Hashable {
    package static let one = "host"
    package static let many = "unknown"

    package let name: String
    /// Where the last heartbeat came from.
    package let address: String?
    /// `unknown_host`, `other_host` or `refused_token`.
    package let cause: String?
    /// When the first one came, RFC 3339.
    package let since: String?
    /// When the last one came, RFC 3339.
    package let lastAt: String?

    private enum CodingKeys: String, CodingKey {
        case name
        case address
        case cause
        case since
        case lastAt = "last_at"
    }
}

/// What `PUT /v1/hosts/{name}` takes; what is nil gets the service's default.
package struct HostSettings: Encodable, Sendable, Hashable {
    /// Where the agent listens.
    package var address: String?
    package var port: Int?
    /// Whether the host takes part in jobs.
    package var enabled: Bool?
    /// Why it doesn't.
    package var disabledReason: String?
    /// Free texts.
    package var labels: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case address
        case port
        case enabled
        case disabledReason = "disabled_reason"
        case labels
    }

    /// The settings that a host has, or none.
    package init(of host: HostView?) {
        address = host?.address
        port = host?.port
        enabled = host?.enabled
        disabledReason = host?.disabledReason
        labels = host?.labels
    }
}
