/// What a host has cached, as its agent tells it through the service.
package struct HostCacheView: ServiceItem, Hashable {
    package static let one = "cache"
    package static let many = "caches"

    /// A file in the cache directory.
    package struct File: Decodable, Sendable, Hashable {
        /// Who uses a file.
        package struct Users: Decodable, Sendable, Hashable {
            /// How many instances' disks stand on it.
            package let disks: Int?
            /// The first of them.
            package let diskNames: [String]?
            /// How many processes have it open, as far as that is known.
            package let processes: Int?
            /// The first of them.
            package let processNames: [String]?
            /// Whether it has another name somewhere.
            package let otherNames: Bool?

            private enum CodingKeys: String, CodingKey {
                case disks
                case diskNames = "disk_names"
                case processes
                case processNames = "process_names"
                case otherNames = "other_names"
            }
        }

        /// How reading it again came out.
        package struct Scrub: Decodable, Sendable, Hashable {
            /// `right`, `damaged`, `never` or `no_digest`.
            package let state: String?
            /// When, RFC 3339.
            package let at: String?
        }

        package let name: String
        /// `image`, `resized`, `swap` or `ephemeral`.
        package let kind: String?
        /// The image, if the agent was asked for it.
        package let imageID: String?
        /// What it takes on the disk.
        package let diskBytes: Int64?
        /// When it was last used, RFC 3339.
        package let lastUsedAt: String?
        /// Who uses it.
        package let users: Users?
        /// How reading it again came out.
        package let scrub: Scrub?
        /// Why it stays; nil if it may go.
        package let kept: String?
        /// Until when it stays, if that is known; RFC 3339.
        package let keptUntil: String?
        /// The policies that keep it.
        package let policies: [String]?

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
            case policies
        }
    }

    /// A file that was removed.
    package struct Removal: Decodable, Sendable, Hashable {
        package let name: String
        /// The image, if it was known.
        package let imageID: String?
        /// What it took on the disk.
        package let diskBytes: Int64?
        /// `unused`, `room`, `limit`, `damaged`, `asked`, `unwanted` or `lost`.
        package let reason: String?
        /// When it was last used, RFC 3339.
        package let lastUsedAt: String?
        /// When it went, RFC 3339.
        package let at: String?

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
    package struct Usage: Decodable, Sendable, Hashable {
        /// Why nothing is known to be unused.
        package let problem: String?
    }

    /// The cache in figures.
    package struct Totals: Decodable, Sendable, Hashable {
        /// Files recognised.
        package let files: Int?
        /// What they take on the disk.
        package let diskBytes: Int64?
        /// Entries that are left alone.
        package let unknown: Int?
        /// Damaged ones that were moved away.
        package let quarantined: Int?

        private enum CodingKeys: String, CodingKey {
            case files
            case diskBytes = "disk_bytes"
            case unknown
            case quarantined
        }
    }

    /// Its directory on the host.
    package let directory: String?
    /// The file system's room.
    package let space: HostView.Heartbeat.Disk?
    /// Whether it is known who uses what.
    package let usage: Usage?
    /// The cache in figures; on the first page only.
    package let totals: Totals?
    /// Files, by name.
    package let files: [File]
    /// The latest removals, newest first; on the first page only.
    package let removals: [Removal]?
    /// Where the next page goes on; nil at the end.
    package let next: String?
}
