/// What a host has cached, as its agent tells it through the service.
public struct HostCacheView: Decodable, Sendable, Hashable {
    /// A file in the cache directory.
    public struct File: Decodable, Sendable, Hashable {
        /// Who uses a file.
        public struct Users: Decodable, Sendable, Hashable {
            /// How many instances' disks stand on it.
            public let disks: Int?
            /// The first of them.
            public let diskNames: [String]?
            /// How many processes have it open, as far as that is known.
            public let processes: Int?
            /// The first of them.
            public let processNames: [String]?
            /// Whether it has another name somewhere.
            public let otherNames: Bool?

            private enum CodingKeys: String, CodingKey {
                case disks
                case diskNames = "disk_names"
                case processes
                case processNames = "process_names"
                case otherNames = "other_names"
            }
        }

        /// How reading it again came out.
        public struct Scrub: Decodable, Sendable, Hashable {
            /// `right`, `damaged`, `never` or `no_digest`.
            public let state: String?
            /// When, RFC 3339.
            public let at: String?
        }

        /// Its name.
        public let name: String
        /// `image`, `resized`, `swap` or `ephemeral`.
        public let kind: String?
        /// The image, if the agent was asked for it.
        public let imageID: String?
        /// What it takes on the disk.
        public let diskBytes: Int64?
        /// When it was last used, RFC 3339.
        public let lastUsedAt: String?
        /// Who uses it.
        public let users: Users?
        /// How reading it again came out.
        public let scrub: Scrub?
        /// Why it stays; nil if it may go.
        public let kept: String?
        /// Until when it stays, if that is known; RFC 3339.
        public let keptUntil: String?

        private enum CodingKeys: String, CodingKey {
            case name
            case kind
            case imageID = "image_id"
            case diskBytes = "disk_bytes"
            case lastUsedAt = "last_used_at"
            case users
            case scrub
            case kept
            case keptUntil = "kept_until"
        }
    }

    /// A file that was removed.
    public struct Removal: Decodable, Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The image, if it was known.
        public let imageID: String?
        /// What it took on the disk.
        public let diskBytes: Int64?
        /// `unused`, `room`, `limit`, `damaged` or `asked`.
        public let reason: String?
        /// When it was last used, RFC 3339.
        public let lastUsedAt: String?
        /// When it went, RFC 3339.
        public let at: String?

        private enum CodingKeys: String, CodingKey {
            case name
            case imageID = "image_id"
            case diskBytes = "disk_bytes"
            case reason
            case lastUsedAt = "last_used_at"
            case at
        }
    }

    /// Whether it is known who uses what.
    public struct Usage: Decodable, Sendable, Hashable {
        /// Why nothing is known to be unused.
        public let problem: String?
    }

    /// The cache in figures.
    public struct Totals: Decodable, Sendable, Hashable {
        /// Files recognised.
        public let files: Int?
        /// What they take on the disk.
        public let diskBytes: Int64?
        /// Entries that are left alone.
        public let unknown: Int?
        /// Damaged ones that were moved away.
        public let quarantined: Int?

        private enum CodingKeys: String, CodingKey {
            case files
            case diskBytes = "disk_bytes"
            case unknown
            case quarantined
        }
    }

    /// Its directory on the host.
    public let directory: String?
    /// The file system's room.
    public let space: HostView.Heartbeat.Disk?
    /// Whether it is known who uses what.
    public let usage: Usage?
    /// The cache in figures; on the first page only.
    public let totals: Totals?
    /// Files, by name.
    public let files: [File]
    /// The latest removals, newest first; on the first page only.
    public let removals: [Removal]?
    /// Where the next page goes on; nil at the end.
    public let next: String?
}

extension HostCacheView: ServiceItem {
    /// See ``ServiceItem/one``.
    public static let one = "cache"
    /// See ``ServiceItem/many``.
    public static let many = "caches"
}
