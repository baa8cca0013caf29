/// What an agent last said of itself.
package struct HeartbeatRecord: Hashable, Sendable {
    /// When the service received it, by the service's clock; on the agent, when it was made.
    package var receivedAt: Timestamp
    /// How often the agent sends them.
    package var interval: Duration
    /// The agent's version, if it told.
    package var version: String?
    /// When the agent started, by its own clock.
    package var startedAt: Timestamp?
    /// The size of the cache's file system.
    package var diskTotalBytes: Int64?
    /// What is free on it.
    package var diskFreeBytes: Int64?
    /// How many images its cache holds.
    package var cacheImages: Int
    /// How many bytes they take.
    package var cacheBytes: Int64
    /// Cached files whose bytes no longer are what they were: those that instances use, and those moved away.
    package var cacheDamaged: Int
    /// Tasks under way.
    package var tasks: Int
    /// What is cached; at most 1,000 entries.
    ///
    /// Lists of hosts leave it empty.
    package var images: [HeartbeatImage]

    package init(
        receivedAt: Timestamp,
        interval: Duration,
        version: String? = nil,
        startedAt: Timestamp? = nil,
        diskTotalBytes: Int64? = nil,
        diskFreeBytes: Int64? = nil,
        cacheImages: Int = 0,
        cacheBytes: Int64 = 0,
        cacheDamaged: Int = 0,
        tasks: Int = 0,
        images: [HeartbeatImage] = []
    ) {
        self.receivedAt = receivedAt
        self.interval = interval
        self.version = version
        self.startedAt = startedAt
        self.diskTotalBytes = diskTotalBytes
        self.diskFreeBytes = diskFreeBytes
        self.cacheImages = cacheImages
        self.cacheBytes = cacheBytes
        self.cacheDamaged = cacheDamaged
        self.tasks = tasks
        self.images = images
    }
}
