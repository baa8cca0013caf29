package import PrecacheModel

/// When images are exchanged among the hosts of a job, and how the service proves that it said so.
package struct RelayRules: Sendable {
    /// Images below this size are fetched by each host.
    package var minimumBytes: Int64
    /// Jobs with fewer hosts have each fetch its own.
    package var minimumHosts: Int
    /// How many hosts read the source at first.
    package var seeds: Int
    /// How many hosts are made seeds of an image while others still read it: each reads one copy at most.
    package var copies: Int
    /// How long a host gives an image to others after it has it, at most.
    package var serve: Duration
    /// What a job has that doesn't say how many hosts at a time: all of its hosts, then.
    package var usualParallelism: Parallelism
    /// Makes the ticket of an image in a job: the same again after a restart; nil if it can't, and the image isn't exchanged.
    package var ticket: @Sendable (JobID, Digest) -> String?
    /// Makes the warrant of a seed, for the holders of a ticket; nil if it can't.
    package var warrant: @Sendable (Digest, _ ticket: String, HostName) -> SeedWarrant?

    package init(
        minimumBytes: Int64 = 64 << 20,
        minimumHosts: Int = 4,
        seeds: Int = 2,
        copies: Int = 3,
        serve: Duration = .seconds(600),
        usualParallelism: Parallelism = .hosts(32),
        ticket: @escaping @Sendable (JobID, Digest) -> String?,
        warrant: @escaping @Sendable (Digest, String, HostName) -> SeedWarrant?
    ) {
        self.minimumBytes = minimumBytes
        self.minimumHosts = minimumHosts
        self.seeds = seeds
        self.copies = copies
        self.serve = serve
        self.usualParallelism = usualParallelism
        self.ticket = ticket
        self.warrant = warrant
    }
}

/// How the images of one job are exchanged among its hosts: a mesh for each image, in memory.
///
/// After a restart meshes are made anew of the hosts that are claimed again: their agents go on with the pieces that they
/// have, and take the new neighbours beside those that they know.
struct JobMeshes {
    private struct Mesh {
        var planner: MeshPlanner
        let content: Digest
        let ticket: String
        let layout: PieceLayout
        /// Seeds that the source failed.
        var failures = 0
    }

    /// What a host is told of the images that it exchanges, by their ordinals.
    typealias Orders = [Int: RelayOrder]

    private let rules: RelayRules
    private var meshes: [Int: Mesh] = [:]
    /// Where agents are, by the host's ordinal.
    private var agents: [Int: AgentPlace] = [:]
    /// Hosts that have reached none of their neighbours: they fetch for themselves.
    private var loners: Set<Int> = []
    private var hasMembers = false

    /// Nil for a job of which nothing is exchanged.
    init?(_ job: OpenJob, _ rules: RelayRules?) {
        guard let rules, job.hostsTotal >= max(2, rules.minimumHosts) else { return nil }
        self.rules = rules
        for (ordinal, image) in job.images.enumerated() {
            // Without a digest nothing would judge the pieces in the end.
            guard let content = image.digest, let size = image.sizeBytes, size >= max(1, rules.minimumBytes),
                image.origin != .absent, let ticket = rules.ticket(job.id, content)
            else { continue }
            var plan = MeshPlanner.Rules()
            plan.seeds = rules.seeds
            meshes[ordinal] = Mesh(
                planner: MeshPlanner(rules: plan),
                content: content,
                ticket: ticket,
                layout: PieceLayout(sizeBytes: size)
            )
        }
        if meshes.isEmpty { return nil }
    }

    /// Whether images are exchanged, and a host that can take part has come.
    var isAtWork: Bool { hasMembers && !meshes.isEmpty }

    /// Whether an image is exchanged.
    func exchanges(_ image: Int) -> Bool { meshes[image] != nil }

    /// Gives hosts that were claimed their places in the meshes of the images that they lack.
    ///
    /// - Returns: What each is told; a host that isn't named fetches for itself.
    mutating func add(_ hosts: [ClaimedHost], using random: inout some RandomNumberGenerator) -> [Int: Orders]
    {
        let able = hosts.filter { $0.exchanges && !loners.contains($0.ordinal) }
        guard !able.isEmpty else { return [:] }
        hasMembers = true
        for host in able { agents[host.ordinal] = host.place }
        var orders: [Int: Orders] = [:]
        for image in meshes.keys.sorted() {
            let coming = able.filter { $0.images.contains(image) }
                .map { MeshPlanner.Host(number: $0.ordinal, zone: $0.zone) }
            guard !coming.isEmpty, let places = meshes[image]?.planner.add(coming, using: &random) else {
                continue
            }
            for (host, place) in places { orders[host, default: [:]][image] = order(image, for: host, place) }
        }
        return orders
    }

    private func order(_ image: Int, for host: Int, _ place: MeshPlanner.Place) -> RelayOrder? {
        guard let mesh = meshes[image] else { return nil }
        var seed: SeedPart?
        if let index = place.seed, let name = agents[host]?.host {
            guard let warrant = rules.warrant(mesh.content, mesh.ticket, name) else { return nil }
            seed = SeedPart(index: index, count: max(index + 1, mesh.planner.seeds), warrant: warrant)
        }
        return RelayOrder(
            ticket: mesh.ticket,
            pieceBytes: mesh.layout.pieceBytes,
            seed: seed,
            neighbours: place.neighbours.compactMap { neighbour in
                agents[neighbour.host].map { RelayNeighbour(place: $0, isFar: neighbour.isFar) }
            },
            serve: rules.serve
        )
    }

    /// What follows from an image's outcome on a host.
    enum Consequence: Equatable {
        case none
        /// The host reached nobody: it fetches for itself from now on.
        case alone
        /// Another host is to read the source.
        case seedLost
        /// Nothing comes of the mesh: whoever is in it fetches for itself.
        case dissolved
    }

    /// An image has its outcome on a host that exchanged it.
    mutating func ended(_ image: Int, on host: Int, _ outcome: ImageOutcome) -> Consequence {
        guard let mesh = meshes[image], let place = mesh.planner.place(of: host) else { return .none }
        guard !outcome.outcome.isGood else {
            meshes[image]?.planner.done(host)
            // It had the image before: it has read nothing, and has no seals to give others.
            guard outcome.outcome != .cached else { return .none }
            meshes[image]?.planner.left(host)
            return place.seed == nil ? .none : .seedLost
        }
        meshes[image]?.planner.left(host)
        switch outcome.reason {
        case .peersUnavailable?:
            loners.insert(host)
            return .alone
        // Somebody's bytes are wrong, the source's or a seed's: each host finds out for itself whose.
        case .checksumMismatch?, .sizeMismatch?:
            meshes[image] = nil
            return .dissolved
        case .imageNotFound?, .imageNotActive?, .sourceUnauthorized?:
            guard place.seed != nil else { return .none }
            meshes[image] = nil
            return .dissolved
        case .sourceUnreachable?, .sourceThrottled?, .sourceError?:
            guard place.seed != nil else { return .none }
            guard mesh.failures + 1 < rules.seeds + rules.copies else {
                meshes[image] = nil
                return .dissolved
            }
            meshes[image]?.failures += 1
            return .seedLost
        default: return place.seed == nil ? .none : .seedLost
        }
    }

    /// A host that finds what is missing nowhere may be made a seed.
    ///
    /// - Returns: What it is told, if it is.
    mutating func promote(_ image: Int, _ host: Int, at now: Duration) -> RelayOrder? {
        guard let planner = meshes[image]?.planner, planner.seeds < rules.copies || planner.workingSeeds == 0,
            let place = meshes[image]?.planner.promote(host, at: now)
        else { return nil }
        return order(image, for: host, place)
    }

    /// A host that may take the place of a seed that is gone; nil if the next one that comes will.
    mutating func successor(_ image: Int) -> Int? { meshes[image]?.planner.successor() }

    /// Whether a host takes part.
    func has(_ host: HostName) -> Bool { agents.values.contains { $0.host == host } }

    /// Gives a host to nobody as a neighbour any more, and nobody to it.
    mutating func shun(_ name: HostName) {
        guard let host = agents.first(where: { $0.value.host == name })?.key else { return }
        loners.insert(host)
        for image in meshes.keys { meshes[image]?.planner.left(host) }
    }
}
