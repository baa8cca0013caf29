/// A host of the inventory as the service tells of it.
public struct HostView: Decodable, Sendable, Hashable {
    /// What the agent last said.
    public struct Heartbeat: Decodable, Sendable, Hashable {
        /// A disk's room.
        public struct Disk: Decodable, Sendable, Hashable {
            /// Bytes free.
            public let freeBytes: Int64?
            /// Bytes in all.
            public let totalBytes: Int64?

            private enum CodingKeys: String, CodingKey {
                case freeBytes = "free_bytes"
                case totalBytes = "total_bytes"
            }
        }

        /// What the cache holds.
        public struct Cache: Decodable, Sendable, Hashable {
            /// Images.
            public let images: Int?
            /// Their bytes.
            public let bytes: Int64?
            /// Files found damaged.
            public let damaged: Int?
        }

        /// When the service got it, RFC 3339.
        public let at: String?
        /// The agent's version.
        public let version: String?
        /// The disk that the cache is on.
        public let disk: Disk?
        /// The cache.
        public let cache: Cache?
    }

    /// The name.
    public let name: String
    /// Where the agent listens.
    public let address: String?
    /// Its port.
    public let port: Int?
    /// Whether it takes part in jobs.
    public let enabled: Bool?
    /// Why it doesn't.
    public let disabledReason: String?
    /// Free texts.
    public let labels: [String: String]?
    /// `up`, `down` or `unknown`.
    public let state: String?
    /// What the agent last said.
    public let heartbeat: Heartbeat?

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
