import PrecacheModel

/// A set of leases that a host holds: it runs out by itself unless the service renews it.
///
/// Times are microseconds since 1970, UTC, by this host's clock.
struct HeldLeases: Hashable, Sendable {
    /// The set as the service gave it.
    let set: LeaseSet
    /// When the service last said that the set is right.
    private(set) var renewedAt: Int64
    /// When the service first said that an image is to go, for each of the set's removals.
    private(set) var toldAt: [ImageID: Int64]
    /// What has to be here before an image goes.
    private let successors: [ImageID: [ImageID]]
    /// The policies that want a file, by its name.
    let policies: [String: [String]]

    /// A set that was read or has just come.
    ///
    /// - Parameters:
    ///   - set: The set.
    ///   - renewedAt: When the service last said that it is right.
    ///   - toldAt: When it first told of removals; what isn't in it was told then, too.
    init(_ set: LeaseSet, renewedAt: Int64, toldAt: [ImageID: Int64] = [:]) {
        self.set = set
        self.renewedAt = renewedAt
        self.toldAt = [:]
        for removal in set.removals { self.toldAt[removal.image] = toldAt[removal.image] ?? renewedAt }
        successors = Dictionary(set.removals.map { ($0.image, $0.successors) }, uniquingKeysWith: +)
        policies = Dictionary(
            set.leases.map { (CacheLayout.fileName(of: $0.image), $0.policies) },
            uniquingKeysWith: { $1 }
        )
    }

    /// Whether an image is to go once those that take its place are here, and they aren't.
    func awaitsSuccessors(of image: ImageID, isHere: (ImageID) -> Bool) -> Bool {
        !successors[image, default: []].allSatisfy(isHere)
    }

    /// When it runs out.
    var untilMicroseconds: Int64 { renewedAt + set.duration.components.seconds * 1_000_000 }

    /// Whether it is in force at a time.
    func holds(at now: Int64) -> Bool { now < untilMicroseconds }

    /// The set as of a time, said to be right then.
    func renewed(at now: Int64) -> HeldLeases {
        var next = corrected(at: now)
        next.renewedAt = now
        return next
    }

    /// The set as it is at a time: renewed in the future, it dates from before the clock was set back, and holds for its
    /// length from now.
    func corrected(at now: Int64) -> HeldLeases {
        guard now < renewedAt else { return self }
        var next = self
        next.renewedAt = now
        next.toldAt = toldAt.mapValues { min($0, now) }
        return next
    }
}

/// What is leased at one time, by this host's agent and by those of hosts that share the directory.
struct ActiveLeases: Sendable {
    /// This host's own; nil if it holds none, or they have run out.
    var own: HeldLeases?
    /// Other hosts', as far as they are in force.
    var others: [HeldLeases] = []

    /// Why a file is to stay, and for how long.
    struct Term: Hashable, Sendable {
        /// Microseconds since 1970, UTC.
        var untilMicroseconds: Int64
        /// The names of the policies that want it, each once, sorted.
        var policies: [String]
    }

    /// The lease on a file, of several the longest; nil if nobody has one.
    func term(of file: String) -> Term? {
        var term: Term?
        for set in sets {
            guard let policies = set.policies[file] else { continue }
            term = Term(
                untilMicroseconds: max(term?.untilMicroseconds ?? .min, set.untilMicroseconds),
                policies: Set(policies + (term?.policies ?? [])).sorted()
            )
        }
        return term
    }

    /// Until when an image stays that is to go, since what takes its place isn't here; nil if nothing is awaited.
    ///
    /// The service took that to be here, by what the host listed last: with the next list it leases the image.
    func awaitedUntil(_ image: ImageID, isHere: (ImageID) -> Bool) -> Int64? {
        sets.filter { $0.awaitsSuccessors(of: image, isHere: isHere) }.map(\.untilMicroseconds).max()
    }

    /// Whether the service told this host to remove an image, and nobody has asked for the image since.
    func wantsGone(_ image: CachedImage) -> Bool {
        guard let told = own?.toldAt[image.id] else { return false }
        return image.lastUsedAtMicroseconds <= told
    }

    /// The names of all files that are leased, whether they are there or not.
    var files: Set<String> { sets.reduce(into: []) { $0.formUnion($1.policies.keys) } }

    private var sets: [HeldLeases] { (own.map { [$0] } ?? []) + others }
}
