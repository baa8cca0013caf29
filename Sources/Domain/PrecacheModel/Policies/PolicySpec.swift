/// What is to be warm where: a standing order that the service keeps by itself.
package struct PolicySpec: Hashable, Sendable {
    /// The aggregates whose hosts are to have the images, 1 to 64, each once; they need not exist yet.
    package var aggregates: [AggregateName]
    /// The images, 1 to 64, each once.
    package var images: [PolicyImage]
    /// When jobs may be made, up to 32; none means always.
    package var windows: [PolicyWindow]
    /// What becomes of a job that isn't done when the window closes.
    package var windowEnd: WindowEnd
    /// What becomes of an image on a host once a channel's newer ones are there.
    package var superseded: SupersededRule
    /// Hosts of a job at once; nil for the service's setting.
    package var parallelism: Parallelism?
    /// The longest that one attempt may take on a host, 1 s to 7 days; nil for the service's setting.
    package var hostTimeout: Duration?
    /// Whose hosts have their turn first.
    package var priority: JobPriority
    /// Whether anything is done for it; while it is off, nothing is leased either.
    package var isEnabled: Bool
    /// When it ends as if it were off; nil for never.
    package var expiresAt: Timestamp?

    package init(
        aggregates: [AggregateName],
        images: [PolicyImage],
        windows: [PolicyWindow] = [],
        windowEnd: WindowEnd = .finish,
        superseded: SupersededRule = .unpin,
        parallelism: Parallelism? = nil,
        hostTimeout: Duration? = nil,
        priority: JobPriority = .normal,
        isEnabled: Bool = true,
        expiresAt: Timestamp? = nil
    ) {
        self.aggregates = aggregates
        self.images = images
        self.windows = windows
        self.windowEnd = windowEnd
        self.superseded = superseded
        self.parallelism = parallelism
        self.hostTimeout = hostTimeout
        self.priority = priority
        self.isEnabled = isEnabled
        self.expiresAt = expiresAt
    }
}

/// An image that a policy wants, or what it goes by.
package enum PolicyImage: Hashable, Sendable {
    /// This one.
    case image(ImageID)
    /// The newest active ones of a channel, 1 to 20.
    case newest(ImageChannel, count: Int)
}

/// What images are known by while new ones come: those of Glance and of the catalogue that share it.
///
/// Compared byte by byte, as Glance compares names.
package enum ImageChannel: Hashable, Sendable, CustomStringConvertible {
    /// Images of this name.
    case name(String)
    /// Images with this tag.
    case tag(String)
    /// Images that have this property with this value.
    case property(String, String)

    /// The channel in one word for people: the name itself, `tag:golden` or `os=debian`.
    package var description: String {
        switch self {
        case .name(let name): name
        case .tag(let tag): "tag:\(tag)"
        case .property(let key, let value): "\(key)=\(value)"
        }
    }

    /// What tells it from every other channel, as text: ``description`` may be another's, too.
    package var key: String {
        switch self {
        case .name(let name): "name:\(name)"
        case .tag(let tag): "tag:\(tag)"
        case .property(let key, let value): "property:\(key)\n\(value)"
        }
    }

    private var parts: (kind: UInt8, key: String, value: String) {
        switch self {
        case .name(let name): (0, "", name)
        case .tag(let tag): (1, "", tag)
        case .property(let key, let value): (2, key, value)
        }
    }

    /// Compares bytes.
    package static func == (left: ImageChannel, right: ImageChannel) -> Bool {
        let (left, right) = (left.parts, right.parts)
        return left.kind == right.kind && ByteOrder.equal(left.key, right.key)
            && ByteOrder.equal(left.value, right.value)
    }

    /// Hashes bytes.
    package func hash(into hasher: inout Hasher) {
        let parts = parts
        hasher.combine(parts.kind)
        ByteOrder.hash(parts.key, into: &hasher)
        ByteOrder.hash(parts.value, into: &hasher)
    }
}

/// What becomes of an image on a host that a channel has moved on from, once the newer ones are there.
package enum SupersededRule: String, Sendable, CaseIterable {
    /// It is no longer kept for the policy, and leaves when room is needed.
    case unpin
    /// It is kept as before.
    case keep
    /// It is removed, unless it is in use or wanted otherwise.
    case remove
}

/// What becomes of a job that isn't done when its policy's window closes.
package enum WindowEnd: String, Sendable, CaseIterable {
    /// It goes on to its end.
    case finish
    /// Its downloads stop, and go on from where they were in the next window.
    case pause
}

/// Whose hosts have their turn first.
package enum JobPriority: String, Sendable, CaseIterable, Comparable {
    /// After all others.
    case low
    /// As jobs that people ask for.
    case normal
    /// Before all others.
    case high

    /// Orders from low to high.
    package static func < (left: JobPriority, right: JobPriority) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .low: 0
        case .normal: 1
        case .high: 2
        }
    }
}
