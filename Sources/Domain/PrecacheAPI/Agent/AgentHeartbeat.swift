/// What an agent tells the service about its host: the body of `PUT /v1/hosts/{name}/heartbeat`.
package struct AgentHeartbeat: Codable, Hashable, Sendable {
    /// The time between two heartbeats; three of them missed mean that the host is down.
    package var intervalSeconds: Int
    /// The agent's version.
    package var version: String
    /// When the agent started: RFC 3339, UTC.
    package var startedAt: String
    /// The file system that holds the cache.
    package var disk: Disk
    /// All that is cached.
    package var cache: Cache
    /// What is cached, by id, at most 1,000 images.
    package var images: [Image]
    /// Tasks that are running.
    package var tasks: Int

    /// A file system's room.
    package struct Disk: Codable, Hashable, Sendable {
        /// Its size in bytes.
        package var totalBytes: Int64
        /// What the agent may still use of it, in bytes.
        package var freeBytes: Int64

        /// Puts figures together.
        package init(totalBytes: Int64, freeBytes: Int64) {
            self.totalBytes = totalBytes
            self.freeBytes = freeBytes
        }

        enum CodingKeys: String, CodingKey, CaseIterable {
            case totalBytes = "total_bytes"
            case freeBytes = "free_bytes"
        }
    }

    /// The cache in figures.
    package struct Cache: Codable, Hashable, Sendable {
        /// Images cached.
        package var images: Int
        /// The sum of their files' sizes.
        package var bytes: Int64
        /// Files whose bytes no longer are what they were: those that instances use, and those moved away.
        package var damaged: Int

        /// Puts figures together.
        package init(images: Int, bytes: Int64, damaged: Int) {
            self.images = images
            self.bytes = bytes
            self.damaged = damaged
        }
    }

    /// One cached image, in short.
    package struct Image: Codable, Hashable, Sendable {
        /// Its id.
        package var id: String
        /// The file's size in bytes.
        package var sizeBytes: Int64
        /// Whether the agent itself has checked its digest.
        package var verified: Bool

        package init(id: String, sizeBytes: Int64, verified: Bool) {
            self.id = id
            self.sizeBytes = sizeBytes
            self.verified = verified
        }

        enum CodingKeys: String, CodingKey, CaseIterable {
            case id
            case sizeBytes = "size_bytes"
            case verified
        }
    }

    package init(
        intervalSeconds: Int,
        version: String,
        startedAt: String,
        disk: Disk,
        cache: Cache,
        images: [Image],
        tasks: Int
    ) {
        self.intervalSeconds = intervalSeconds
        self.version = version
        self.startedAt = startedAt
        self.disk = disk
        self.cache = cache
        self.images = images
        self.tasks = tasks
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case intervalSeconds = "interval_seconds"
        case version
        case startedAt = "started_at"
        case disk
        case cache
        case images
        case tasks
    }
}
