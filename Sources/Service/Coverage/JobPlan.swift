internal import BitCollections
package import PrecacheModel

/// What the service does with any job.
package struct PlanRules: Sendable {
    /// When hosts exchange an image rather than fetch it each.
    package struct Exchanges: Sendable {
        package var minimumBytes: Int64
        package var minimumHosts: Int
        /// Copies that are read at the source.
        package var copies: Int
        /// The parallelism with which a job has all its hosts at work.
        package var usualParallelism: Parallelism

        package init(minimumBytes: Int64, minimumHosts: Int, copies: Int, usualParallelism: Parallelism) {
            self.minimumBytes = minimumBytes
            self.minimumHosts = minimumHosts
            self.copies = copies
            self.usualParallelism = usualParallelism
        }
    }

    /// Hosts at once over all jobs.
    package var maxInFlight: Int
    /// Downloads at once from one source.
    package var maxDownloads: Int
    /// Nil where nothing is exchanged.
    package var exchanges: Exchanges?

    package init(maxInFlight: Int, maxDownloads: Int, exchanges: Exchanges?) {
        self.maxInFlight = maxInFlight
        self.maxDownloads = maxDownloads
        self.exchanges = exchanges
    }
}

/// What a job would do: with which hosts, with how many bytes, and until when.
///
/// Hosts that nobody has heard of yet count as alive, as they do in a job. What other jobs do at the same time isn't looked at.
package struct JobPlan: Sendable {
    /// What would become of a host; each has one.
    package enum Fate: String, Sendable, CaseIterable {
        case toFetch = "to_fetch"
        /// It has all images already.
        case existing
        case down
        case disabled
        /// It can't have what it lacks.
        case unsupported
        case noRoom = "no_room"
    }

    /// A host whose disk is too small for what it lacks.
    package struct Shortage: Hashable, Sendable {
        package let host: HostName
        package let neededBytes: Int64
        package let freeBytes: Int64
    }

    private var toFetch: BitSet
    private let existing: BitSet
    private let down: BitSet
    private let disabled: BitSet
    private let unsupported: BitSet
    /// The hosts without room, by name.
    package private(set) var shortages: [Shortage] = []
    /// Bytes that sources would send.
    package private(set) var fromSource: Int64 = 0
    /// Bytes that hosts would have from each other.
    package private(set) var betweenHosts: Int64 = 0
    /// How many of its images have no size that is known: neither bytes nor times have those in them.
    package private(set) var unsizedImages = 0
    /// What sources were seen to give, or are taken to.
    package let sourceRate: Double
    /// What a host gets, bytes a second: of images that hosts exchange where there are some, else of what it fetches for itself.
    package private(set) var hostRate: Double
    /// Whether all that the finish rests on was measured.
    package private(set) var isMeasured = true
    /// How long it would take.
    package private(set) var earliest = Duration.zero
    package private(set) var latest = Duration.zero
    /// What is between those, and likely; nil while the size of an image is unknown.
    package private(set) var likely: Duration? = Duration.zero
    /// For people.
    package private(set) var warnings: [String] = []

    package func hosts(_ fate: Fate) -> Int {
        switch fate {
        case .toFetch: toFetch.count
        case .existing: existing.count
        case .down: down.count
        case .disabled: disabled.count
        case .unsupported: unsupported.count
        case .noRoom: shortages.count
        }
    }

    /// Plans a job; nil if there is no such aggregate.
    package init?(
        _ job: NewJob,
        on fleet: Fleet,
        _ rules: PlanRules,
        _ rates: TransferRates,
        at now: Timestamp
    ) {
        // A text of digits is a number first.
        let byNumber = fleet.aggregates.values.first { $0.id == job.aggregate.id }
        guard let aggregate = byNumber ?? job.aggregate.name.flatMap({ fleet.aggregates[$0] }) else {
            return nil
        }
        (sourceRate, hostRate) = (rates.source, rates.host)
        var members = aggregate.hosts
        var wanted = Array(repeating: members, count: job.images.count)
        if let order = job.order {
            wanted = Array(repeating: BitSet(), count: job.images.count)
            for (host, images) in order.lacking {
                guard let slot = fleet.slot(of: host), members.contains(slot) else { continue }
                for image in images { wanted[image].insert(slot) }
            }
            members = wanted.reduce(into: BitSet()) { $0.formUnion($1) }
        }
        disabled = members.subtracting(fleet.enabled)
        down = fleet.down(among: members, at: now).subtracting(disabled)
        let alive = members.subtracting(disabled).subtracting(down)
        var (lacking, unfit) = (BitSet(), BitSet())
        for (place, image) in job.images.enumerated() {
            wanted[place].formIntersection(alive)
            guard let slot = fleet.slot(of: image.id) else { continue }
            let unable = fleet.unsupported(slot)
            unfit.formUnion(wanted[place].intersection(unable))
            wanted[place] = wanted[place].subtracting(fleet.whole[slot]).subtracting(unable)
        }
        for hosts in wanted { lacking.formUnion(hosts) }
        toFetch = lacking
        unsupported = unfit.subtracting(lacking)
        existing = alive.subtracting(lacking).subtracting(unfit)
        checkRoom(job.images, &wanted, fleet)
        let able = able(fleet, members.count, rules)
        reckon(Work(job, wanted, members: members.count, able: able), rules, rates)
    }

    /// Puts hosts aside whose disks are too small for all that they lack.
    private mutating func checkRoom(_ images: [ImageReference], _ wanted: inout [BitSet], _ fleet: Fleet) {
        let needs = images.map(Self.neededBytes)
        let most = needs.reduce(0, ByteProgress.boundedSum)
        var full = BitSet()
        for slot in toFetch {
            guard let free = fleet.beats[slot]?.freeBytes, free < most, let host = fleet.hosts[slot] else {
                continue
            }
            var needed: Int64 = 0
            for place in images.indices where wanted[place].contains(slot) {
                needed = ByteProgress.boundedSum(needed, needs[place])
            }
            guard needed > free else { continue }
            full.insert(slot)
            shortages.append(Shortage(host: host.name, neededBytes: needed, freeBytes: free))
        }
        guard !full.isEmpty else { return }
        shortages.sort { $0.host < $1.host }
        toFetch.subtract(full)
        for place in wanted.indices { wanted[place].subtract(full) }
        warnings.append(
            "too little room on \(PlanWords.hosts(shortages.count)), unless their caches evict what nobody uses"
        )
    }

    /// The room that an image takes: agents convert by default, so that of the whole disk where that is known.
    private static func neededBytes(_ image: ImageReference) -> Int64 {
        let size = image.sizeBytes ?? 0
        return switch image.diskFormat {
        case .raw, .iso, .aki, .ari, .ami: size
        default: max(size, image.virtualSizeBytes ?? 0)
        }
    }

    /// The hosts that can exchange images, if that is worth the while.
    private func able(_ fleet: Fleet, _ members: Int, _ rules: PlanRules) -> BitSet {
        guard let exchanges = rules.exchanges, members >= max(2, exchanges.minimumHosts) else { return [] }
        let able = toFetch.filter { fleet.beats[$0]?.exchanges == true }
        return able.count == toFetch.count || able.count >= exchanges.minimumHosts ? able : []
    }

    private mutating func reckon(_ work: Work, _ rules: PlanRules, _ rates: TransferRates) {
        let sums = work.sums(rules)
        (fromSource, betweenHosts) = (sums.fromSource, sums.betweenHosts)
        if !sums.exchanged.hosts.isEmpty { hostRate = rates.exchange }
        let time = work.times(sums, rules, rates)
        // However little there is to fetch, agents are called and say what became of it.
        let least: Duration = toFetch.isEmpty ? .zero : .seconds(1)
        (earliest, likely, latest) = (time.best, max(time.likely, least), max(time.worst, least))
        let (fetches, exchanges) = (!sums.own.hosts.isEmpty, !sums.exchanged.hosts.isEmpty)
        isMeasured =
            toFetch.isEmpty
            || (rates.isMeasured || exchanges && !fetches) && (rates.isExchangeMeasured || !exchanges)
        // What every host has already needs no size.
        let unknown = zip(work.job.images, work.wanted).filter { $0.0.sizeBytes == nil && !$0.1.isEmpty }
            .map(\.0)
        unsizedImages = unknown.count
        if !unknown.isEmpty {
            likely = nil
            let names = unknown.prefix(3).map(\.id.text).joined(separator: ", ")
            let more = unknown.count > 3 ? " and \(unknown.count - 3) more" : ""
            warnings.append("bytes and time leave out what has no size in the catalogue: \(names)\(more)")
        }
        warnings += work.warnings(sums, time, toFetch.count, rules, rates)
    }
}
