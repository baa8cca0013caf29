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
        /// The agent's version.
        package let version: String?
        /// The disk that the cache is on.
        package let disk: Disk?
        package let cache: Cache?
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
}

/// What `PUT /v1/hosts/{name}` takes; what is nil gets the service's default.
package struct HostSettings: Encodable, Sendable, Hashable {
    /// Where the agent listens.
    package var address: String?
    package var port: Int?
    /// Whether the host takes part in jobs.
    package var enabled: Bool?
    /// Free texts.
    package var labels: [String: String]?

    private enum CodingKeys: String, CodingKey {
        case address
        case port
        case enabled
        case labels
    }

    /// The settings that a host has, or none.
    package init(of host: HostView?) {
        address = host?.address
        port = host?.port
        enabled = host?.enabled
        labels = host?.labels
    }
}
