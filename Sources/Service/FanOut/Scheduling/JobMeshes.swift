package import PrecacheModel

/// When images are exchanged among the hosts of a job, and how the service proves that it said so.
package struct RelayRules: Sendable {
    /// Images below this size are fetched by each host.
    package var minimumBytes: Int64
    /// Jobs with fewer hosts have each fetch its own.
    package var minimumHosts: Int
    /// How many hosts read the source at first.
    package var seeds: Int
    /// How many hosts are made seeds of an image while others still read it: each reads one copy at most; 64 at most.
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
    struct Mesh {
        var planner: MeshPlanner
        let content: Digest
        let ticket: String
        let layout: PieceLayout
        /// Hosts that the source failed, and those whose bytes were wrong in the end.
        var failed: Set<Int> = []
        var deceived: Set<Int> = []
        /// Since when hosts starve that are made no seeds.
        var starvingSince: Duration?
        /// What hosts that had it before were told: to be told anew, if they are to give it.
        var holders: [Int: Holder] = [:]
    }

    /// What a host is told of the images that it exchanges, by their ordinals.
    typealias Orders = [Int: RelayOrder]

    private let rules: RelayRules
    var meshes: [Int: Mesh] = [:]
    /// Where agents are, by the host's ordinal.
    private var agents: [Int: AgentPlace] = [:]
    private var ordinals: [HostName: Int] = [:]
    /// Hosts that have reached none of their neighbours, or had wrong bytes of them: they fetch for themselves.
    private var loners: Set<Int> = []
    /// Attempts that don't count, by the host's ordinal: what was lost was the mesh.
    private var excused: [Int: Int] = [:]
    /// How long hosts starve before there is a seed beyond ``RelayRules/copies``.
    private static let patience = Duration.seconds(120)
    /// As many seeds as an order can say (``SeedPart``).
    private static let mostSeeds = 64
    private var hasMembers = false
    /// Whether some are to be told anew, since others had an image before.
    var needsMending = false

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
    mutating func add(
        _ hosts: [ClaimedHost],
        at now: Duration,
        using random: inout some RandomNumberGenerator
    ) -> [Int: Orders] {
        let able = hosts.filter { $0.exchanges && !loners.contains($0.ordinal) }
        // A few among many that can't, such as those that were put out of meshes: not worth the while.
        guard !able.isEmpty,
            hasMembers || able.count == hosts.count || able.count >= rules.minimumHosts
        else { return [:] }
        (hasMembers, needsMending) = (true, true)
        for host in able {
            agents[host.ordinal] = host.place
            ordinals[host.name] = host.ordinal
        }
        var orders: [Int: Orders] = [:]
        for image in meshes.keys.sorted() {
            let coming = able.filter { $0.images.contains(image) }
                .map { MeshPlanner.Host(number: $0.ordinal, zone: $0.zone) }
            guard !coming.isEmpty,
                let places = meshes[image]?.planner.add(coming, at: now, using: &random)
            else { continue }
            for (host, place) in places { orders[host, default: [:]][image] = order(image, for: host, place) }
        }
        return orders
    }

    func order(_ image: Int, for host: Int, _ place: MeshPlanner.Place) -> RelayOrder? {
        guard let mesh = meshes[image] else { return nil }
        var seed: SeedPart?
        if let index = place.seed, let name = agents[host]?.host {
            guard let warrant = rules.warrant(mesh.content, mesh.ticket, name) else { return nil }
            let count = min(max(index + 1, mesh.planner.seeds), Self.mostSeeds)
            seed = SeedPart(index: index % count, count: count, warrant: warrant)
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
        /// The host had it before, and gives nothing of it unless it is told to.
        case holds
        /// The host reached nobody: it fetches for itself from now on.
        case alone
        /// Another host is to read the source.
        case seedLost
        /// Nothing comes of the mesh: whoever is in it fetches for itself.
        case dissolved
    }

    /// An image has its outcome on a host that exchanged it.
    ///
    /// One host's word undoes nothing for the others: it may have a bad disk, or lie.
    mutating func ended(_ image: Int, on host: Int, _ outcome: ImageOutcome, at now: Duration) -> Consequence
    {
        guard let place = meshes[image]?.planner.place(of: host) else { return .none }
        guard !outcome.outcome.isGood else {
            let isOld = outcome.outcome == .existing
            if isOld {
                meshes[image]?.planner.had(host, at: now)
            } else {
                meshes[image]?.planner.done(host, at: now)
            }
            return isOld && place.seed == nil ? .holds : .none
        }
        meshes[image]?.planner.left(host, at: now)
        switch outcome.reason {
        case .peersUnavailable?:
            loners.insert(host)
            return .alone
        case .checksumMismatch?, .sizeMismatch?:
            // Somebody's bytes are wrong: its own, a seed's, or the source's, which each finds out for itself then.
            loners.insert(host)
            meshes[image]?.deceived.insert(host)
            if meshes[image]?.deceived.count ?? 0 > 1 { return dissolve(image) }
        case .imageNotFound?, .imageNotActive?, .sourceUnauthorized?:
            if place.seed != nil, failed(image, host) > 1 { return dissolve(image) }
        case .sourceUnreachable?, .sourceThrottled?, .sourceError?:
            if place.seed != nil, failed(image, host) >= rules.seeds + rules.copies { return dissolve(image) }
        default: break
        }
        return place.seed == nil ? .none : .seedLost
    }

    /// How many hosts the source of an image has failed, with this one.
    private mutating func failed(_ image: Int, _ host: Int) -> Int {
        meshes[image]?.failed.insert(host)
        return meshes[image]?.failed.count ?? 0
    }

    private mutating func dissolve(_ image: Int) -> Consequence {
        meshes[image] = nil
        return .dissolved
    }

    /// A host that finds what is missing nowhere may be made a seed.
    ///
    /// - Returns: What it is told, if it is.
    mutating func promote(_ image: Int, _ host: Int, at now: Duration) -> RelayOrder? {
        guard let mesh = meshes[image] else { return nil }
        let since = mesh.starvingSince ?? now
        let mayBe =
            mesh.planner.seeds < rules.copies || mesh.planner.workingSeeds == 0
            // Those who should read it may only say that they live.
            || now - since >= Self.patience
        guard mayBe, let place = meshes[image]?.planner.promote(host, at: now) else {
            meshes[image]?.starvingSince = since
            return nil
        }
        meshes[image]?.starvingSince = nil
        return order(image, for: host, place)
    }

    /// An attempt on a host was lost with its mesh: it doesn't count.
    mutating func excuse(_ host: Int) { excused[host, default: 0] += 1 }

    /// How many attempts on a host don't count.
    func excused(_ host: Int) -> Int { excused[host] ?? 0 }

    /// A host that may take the place of a seed that is gone; nil if the next one that comes will.
    mutating func successor(_ image: Int) -> Int? { meshes[image]?.planner.successor() }

    /// Where a host's agent is; nil for who takes no part.
    func place(of host: Int) -> AgentPlace? { agents[host] }

    /// Whether a host takes part.
    func has(_ host: HostName) -> Bool { ordinals[host] != nil }

    /// Whether a host is to fetch for itself from now on.
    func isOut(_ host: Int) -> Bool { loners.contains(host) }

    /// Gives a host to nobody as a neighbour any more, and nobody to it.
    mutating func shun(_ name: HostName, at now: Duration) {
        guard let host = ordinals[name] else { return }
        loners.insert(host)
        for image in meshes.keys { meshes[image]?.planner.left(host, at: now) }
    }
}
