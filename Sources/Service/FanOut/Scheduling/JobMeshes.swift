package import PrecacheModel

/// When images are exchanged among the hosts of a job.
package struct RelayLimits: Sendable {
    /// Whether they ever are.
    package var isEnabled: Bool
    /// Images below this size are fetched by each host.
    package var minimumBytes: Int64
    /// Jobs with fewer hosts have each fetch its own.
    package var minimumHosts: Int
    /// How many hosts read the source at first.
    package var seeds: Int
    /// How long a host gives an image to others after it has it, at most.
    package var serve: Duration
    /// Makes a ticket: 32 random bytes in base64url.
    package var ticket: @Sendable () -> String

    package init(
        isEnabled: Bool = false,
        minimumBytes: Int64 = 64 << 20,
        minimumHosts: Int = 4,
        seeds: Int = 2,
        serve: Duration = .seconds(600),
        ticket: @escaping @Sendable () -> String = { "" }
    ) {
        self.isEnabled = isEnabled
        self.minimumBytes = minimumBytes
        self.minimumHosts = minimumHosts
        self.seeds = seeds
        self.serve = serve
        self.ticket = ticket
    }
}

/// How the images of one job are exchanged among its hosts: a mesh for each image, in memory.
///
/// After a restart meshes are made anew of the hosts that are claimed again: their agents go on with the pieces that they
/// have, and take the new neighbours and tickets beside those that they know.
struct JobMeshes {
    private struct Mesh {
        var planner: MeshPlanner
        let ticket: String
        let layout: PieceLayout
        /// Hosts whose seals are to be believed.
        var seeds: [HostName] = []
        var places: [Int: MeshPlanner.Place] = [:]
    }

    private let limits: RelayLimits
    /// By the image's ordinal; those that aren't exchanged have none.
    private var meshes: [Int: Mesh] = [:]
    /// Where agents are, by the host's ordinal.
    private var agents: [Int: AgentPlace] = [:]
    /// Hosts that have reached none of their neighbours: they fetch for themselves.
    private var loners: Set<Int> = []

    init(_ images: [ImageReference], hosts: Int, _ limits: RelayLimits) {
        self.limits = limits
        guard limits.isEnabled, hosts >= limits.minimumHosts else { return }
        for (ordinal, image) in images.enumerated() {
            // Without a digest nothing would judge the pieces in the end.
            guard image.digest != nil, let size = image.sizeBytes, size >= limits.minimumBytes else { continue }
            var rules = MeshPlanner.Rules()
            rules.seeds = limits.seeds
            meshes[ordinal] = Mesh(
                planner: MeshPlanner(rules: rules),
                ticket: limits.ticket(),
                layout: PieceLayout(sizeBytes: size)
            )
        }
    }

    /// Whether an image is exchanged.
    func exchanges(_ image: Int) -> Bool { meshes[image] != nil }

    /// Gives hosts that were claimed their places in the meshes of the images that they lack.
    mutating func add(_ hosts: [ClaimedHost], using random: inout some RandomNumberGenerator) {
        guard !meshes.isEmpty else { return }
        let able = hosts.filter { $0.exchanges && !loners.contains($0.ordinal) }
        for host in able { agents[host.ordinal] = host.place }
        for image in meshes.keys.sorted() {
            let coming = able.filter { $0.images.contains(image) }
                .map { MeshPlanner.Host(number: $0.ordinal, zone: $0.zone) }
            guard !coming.isEmpty, var mesh = meshes[image] else { continue }
            for (host, place) in mesh.planner.add(coming, using: &random) {
                mesh.places[host] = place
                if place.seed != nil, let agent = agents[host] { mesh.seeds.append(agent.host) }
            }
            meshes[image] = mesh
        }
    }

    /// What a host is told of an image; nil where it fetches for itself.
    func order(_ image: Int, for host: Int) -> RelayOrder? {
        guard let mesh = meshes[image], let place = mesh.places[host], !loners.contains(host) else { return nil }
        return RelayOrder(
            ticket: mesh.ticket,
            pieceBytes: mesh.layout.pieceBytes,
            seed: place.seed.map { SeedPart(index: $0, count: max($0 + 1, mesh.seeds.count)) },
            seeds: mesh.seeds,
            neighbours: place.neighbours.compactMap { neighbour in
                agents[neighbour.host].map { RelayNeighbour(place: $0, isFar: neighbour.isFar) }
            },
            serve: limits.serve
        )
    }

    /// An image has its outcome on a host.
    mutating func ended(_ image: Int, on host: Int, _ outcome: ImageOutcome) {
        guard meshes[image] != nil else { return }
        if outcome.outcome.isGood { meshes[image]?.planner.done(host) } else { meshes[image]?.planner.left(host) }
        if outcome.reason == .peersUnavailable { loners.insert(host) }
    }

    /// A host finds what is missing nowhere.
    ///
    /// - Returns: Whether it reads the source from now on.
    mutating func starved(_ image: Int, on host: Int, at now: Duration) -> Bool {
        guard let place = meshes[image]?.planner.promote(host, at: now) else { return false }
        meshes[image]?.places[host] = place
        if let agent = agents[host] { meshes[image]?.seeds.append(agent.host) }
        return true
    }
}
