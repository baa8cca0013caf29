/// What an agent last said of itself.
package struct HeartbeatRecord: Hashable, Sendable {
    /// The capability of an agent that takes ``RelayOrder``s.
    package static let relay = "relay-1"
    /// The most images that one lists.
    package static let mostImages = 20_000

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
    /// What the agent can beside what every agent can, such as ``relay``; at most 16 words.
    package var capabilities: [String]
    /// What is cached, at most ``mostImages`` entries; empty where it isn't listed, and in lists of hosts.
    package var images: [HeartbeatImage]
    /// Whether ``images`` is the list; else it is the one that the service named ``imagesMark``.
    package var listsImages: Bool
    /// What the service named the list of images, see ``HeartbeatAnswer/imagesMark``; nil to have it named.
    package var imagesMark: String?
    /// What the service named the leases that the agent holds, see ``LeaseSet/mark``; nil if it holds none of its.
    package var leasesMark: String?

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
        capabilities: [String] = [],
        images: [HeartbeatImage] = [],
        listsImages: Bool = true,
        imagesMark: String? = nil,
        leasesMark: String? = nil
    ) {
        self.capabilities = capabilities
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
        self.listsImages = listsImages
        self.imagesMark = imagesMark
        self.leasesMark = leasesMark
    }
}

/// One image that a host's cache holds.
package struct HeartbeatImage: Hashable, Sendable {
    /// The image.
    package let id: ImageID
    /// The file's size.
    package let sizeBytes: Int64
    /// Whether the agent has checked its digest.
    package let isVerified: Bool
    /// Whether its bytes are known to be wrong; it stays where instances use it.
    package let isDamaged: Bool
    /// When the service first heard that the host has it; nil where that isn't known, as on agents.
    package var since: Timestamp?

    package init(
        id: ImageID,
        sizeBytes: Int64,
        isVerified: Bool,
        isDamaged: Bool = false,
        since: Timestamp? = nil
    ) {
        self.id = id
        self.sizeBytes = sizeBytes
        self.isVerified = isVerified
        self.isDamaged = isDamaged
        self.since = since
    }
}
