/// What the service answers to a heartbeat with status 200.
package struct HeartbeatAnswer: Hashable, Sendable {
    /// What to send instead of the same list of images from now on; nil if the list has to be sent.
    package var imagesMark: String?
    /// Whether the mark that was sent isn't known here, so that the list is to be sent at once.
    package var wantsImages: Bool
    /// What the agent is to keep; nil if what it holds, by the mark that it sent, is right.
    package var leases: LeaseSet?

    package init(imagesMark: String? = nil, wantsImages: Bool = false, leases: LeaseSet? = nil) {
        self.imagesMark = imagesMark
        self.wantsImages = wantsImages
        self.leases = leases
    }
}

/// The images that policies want on a host, in place of any set before.
///
/// It is in force for ``duration`` from the receipt of the answer that it came with, and of each later one.
package struct LeaseSet: Hashable, Sendable {
    /// The longest ``duration``: a year.
    package static let longest = Duration.seconds(31_536_000)

    /// What tells this set from others.
    package var mark: String
    /// How long it is in force without another answer: a second to ``longest``.
    package var duration: Duration
    /// What is leased, whether it is on the host or not; each image once.
    package var leases: [ImageLease]
    /// Images that no policy wants here any longer and that are to go unless something uses them.
    package var removals: [ImageRemoval]

    package init(
        mark: String,
        duration: Duration,
        leases: [ImageLease] = [],
        removals: [ImageRemoval] = []
    ) {
        self.mark = mark
        self.duration = duration
        self.leases = leases
        self.removals = removals
    }
}

/// An image that is to go from a host.
package struct ImageRemoval: Hashable, Sendable {
    /// The image.
    package let image: ImageID
    /// Those that take its place, and have to be whole on the host before; the host alone knows whether they still are.
    package let successors: [ImageID]

    package init(image: ImageID, successors: [ImageID] = []) {
        self.image = image
        self.successors = successors
    }
}

/// An image that a host is to keep.
package struct ImageLease: Hashable, Sendable {
    /// The image.
    package let image: ImageID
    /// The names of the policies that want it, for people.
    package let policies: [String]

    package init(image: ImageID, policies: [String]) {
        self.image = image
        self.policies = policies
    }
}
