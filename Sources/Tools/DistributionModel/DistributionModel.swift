package import FanOut
package import PieceExchange
import PrecacheModel

/// A fleet that gets one image over links of its own, in virtual time, by the rules of the real planner and the real picker.
///
/// What isn't modelled: latency beyond one time to and fro, disks, digests, and the kernel's way of sharing a link, which is
/// taken to be fair.
package struct DistributionModel {
    package struct Plan: Sendable {
        package var hosts = 32
        package var bytes = 256.0 * 1_048_576
        package var pieces = 1_024
        /// What each host's link takes, each way, in bytes a second.
        package var rate = 8_000_000.0
        package var sourceRate = 8_000_000.0
        package var zones = 1
        /// What all hosts of a zone send to and get from other zones together; nil for no bound.
        package var crossRate: Double?
        /// How many hosts have a quarter of a link, and how many die when half of the time is over.
        package var slow = 0
        package var killed = 0
        /// Seeds that die at two fifths of the time.
        package var killedSeeds = 0
        /// Hosts that are told a second.
        package var fanOut = 1_050.0
        /// From a request until its answer begins: the way to and fro, and the queues on it.
        package var roundTrip = 0.000_5
        package var uploads = 12
        package var draw: UInt64 = 1
        package var rules = MeshPlanner.Rules()
        package var picking = PiecePicker.Rules()

        package init() {}

        /// Hosts that read the source.
        package var seeds: Int {
            get { rules.seeds }
            set { rules.seeds = newValue }
        }

        /// Takes an image of so many bytes, in pieces as the service cuts it.
        package mutating func cut(_ size: Int64) {
            bytes = Double(size)
            pieces = PieceLayout(sizeBytes: size).count
        }
    }

    /// What came of it; times are in seconds.
    package struct Result: Sendable {
        /// When each healthy host had all, sorted.
        package var healthy: [Double] = []
        /// When the last of the slow hosts had, if there were any.
        package var lastSlow: Double?
        /// Hosts that never had all.
        package var unfinished = 0
        package var sourceBytes = 0.0
        package var crossings: [Double] = []
        package var duplicateBytes = 0.0
        package var largestUpload = 0.0
        package var promotions = 0

        package func percentile(_ share: Double) -> Double {
            healthy.isEmpty ? .infinity : healthy[min(healthy.count - 1, Int(Double(healthy.count) * share))]
        }
    }

    struct Flow {
        /// -1 is the source.
        let from: Int
        let to: Int
        /// What the receiver calls the sender.
        let number: Int
        let pieces: ClosedRange<Int>
        var left: Double
        var next: Int
        var startsAt: Double
        var rate = 0.0
    }

    /// What one host tells another that it has.
    struct Telling {
        let pieces: [Int]
        let of: Int
        let to: Int
        let due: Double
    }

    struct Host {
        let zone: Int
        let link: Double
        let isSlow: Bool
        var startsAt = 0.0
        var isAlive = true
        var picker: PiecePicker
        var share: SourceShare?
        var offers: OfferBook?
        /// Whom each of the picker's numbers stands for.
        var neighbours: [Int]
        var isFar: [Bool]
        /// Who listens, and what it calls this host.
        var listeners: [Int: Int] = [:]
        var news: [Int] = []
        var nextStep = 0.0
        var uploads = 0
        var uploaded = 0.0
        var readsSource = false
        var doneAt: Double?
    }

    let plan: Plan
    var planner: MeshPlanner
    var random: ModelRandom
    var hosts: [Host] = []
    var flows: [Flow] = []
    var now = 0.0
    var result = Result()
    let pieceBytes: Double
    let step: Double
    /// News on their way, in order.
    var tellings: [Telling] = []

    package init(_ plan: Plan) {
        self.plan = plan
        planner = MeshPlanner(rules: plan.rules)
        random = ModelRandom(state: plan.draw)
        pieceBytes = plan.bytes / Double(plan.pieces)
        step = min(pieceBytes / plan.rate / 2, 0.02)
        result.crossings = Array(repeating: 0, count: plan.zones)
    }

    /// Runs to the end, or for twenty times what one link would need.
    package mutating func run() -> Result {
        start()
        let whole = plan.bytes / plan.rate
        var (nextNews, toldAt) = (0.0, 0.02)
        _ = toldAt
        let killAt = whole / 2
        let killSeedsAt = whole * 0.4
        var (hasKilled, hasKilledSeeds) = (plan.killed == 0, plan.killedSeeds == 0)
        while now < whole * 20 + 60 {
            if !hasKilled && now >= killAt {
                hasKilled = true
                kill(plan.killed, seeds: false)
            }
            if !hasKilledSeeds && now >= killSeedsAt {
                hasKilledSeeds = true
                kill(plan.killedSeeds, seeds: true)
            }
            advance(step)
            now += step
            hearNews()
            if now >= nextNews {
                tellNews()
                nextNews = now + toldAt
            }
            for index in hosts.indices
            where hosts[index].isAlive && hosts[index].startsAt <= now && now >= hosts[index].nextStep {
                act(index)
            }
            if hosts.allSatisfy({ !$0.isAlive || $0.doneAt != nil }) { break }
        }
        return summary()
    }

    mutating func start() {
        let numbers = (0..<plan.hosts).map { MeshPlanner.Host(number: $0, zone: "z\($0 % plan.zones)") }
        let places = planner.add(numbers, using: &random)
        // Seeds are well: a slow one is a case of its own.
        let ordinary = numbers.map(\.number).filter { places[$0]?.seed == nil }.shuffled(using: &random)
        let slow = Set(ordinary.prefix(plan.slow))
        for number in 0..<plan.hosts {
            let place = places[number] ?? MeshPlanner.Place()
            var rules = plan.picking
            rules.neighbours += place.neighbours.count { $0.isFar }
            hosts.append(
                Host(
                    zone: number % plan.zones,
                    link: slow.contains(number) ? plan.rate / 4 : plan.rate,
                    isSlow: slow.contains(number),
                    startsAt: Double(number) / plan.fanOut,
                    picker: PiecePicker(
                        have: PieceSet(size: plan.pieces),
                        neighbours: place.neighbours.map(\.isFar),
                        rules: rules,
                        seed: random.next()
                    ),
                    share: place.seed.map { SourceShare(index: $0, of: plan.rules.seeds) },
                    offers: place.seed.map { _ in OfferBook(size: plan.pieces) },
                    neighbours: place.neighbours.map(\.host),
                    isFar: place.neighbours.map(\.isFar)
                )
            )
        }
    }

    mutating func kill(_ count: Int, seeds: Bool) {
        let able = hosts.indices.filter {
            hosts[$0].isAlive && (hosts[$0].share != nil) == seeds && !hosts[$0].isSlow
        }
        for victim in able.shuffled(using: &random).prefix(count) {
            hosts[victim].isAlive = false
            for flow in flows where flow.to == victim && flow.from >= 0 { hosts[flow.from].uploads -= 1 }
            flows.removeAll { $0.to == victim || $0.from == victim }
            for (listener, number) in hosts[victim].listeners {
                hosts[listener].picker.lost(number, at: .seconds(now))
                hosts[listener].nextStep = now
            }
            for neighbour in hosts[victim].neighbours { leave(victim, neighbour) }
            planner.left(victim)
        }
    }

    mutating func leave(_ listener: Int, _ host: Int) {
        hosts[host].listeners[listener] = nil
        hosts[host].offers?.leave(listener)
    }

    private func summary() -> Result {
        var result = result
        let alive = hosts.filter(\.isAlive)
        result.healthy = alive.filter { !$0.isSlow }.compactMap(\.doneAt).sorted()
        result.lastSlow = alive.filter(\.isSlow).compactMap(\.doneAt).max()
        result.unfinished = alive.count { $0.doneAt == nil }
        result.largestUpload = hosts.map(\.uploaded).max() ?? 0
        return result
    }
}

/// The same numbers for the same draw (SplitMix64).
struct ModelRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
