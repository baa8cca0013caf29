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

    private struct Flow {
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

    private struct Host {
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

    private let plan: Plan
    private var planner: MeshPlanner
    private var random: ModelRandom
    private var hosts: [Host] = []
    private var flows: [Flow] = []
    private var now = 0.0
    private var result = Result()
    private let pieceBytes: Double

    package init(_ plan: Plan) {
        self.plan = plan
        planner = MeshPlanner(rules: plan.rules)
        random = ModelRandom(state: plan.draw)
        pieceBytes = plan.bytes / Double(plan.pieces)
        result.crossings = Array(repeating: 0, count: plan.zones)
    }

    /// Runs to the end, or for twenty times what one link would need.
    package mutating func run() -> Result {
        start()
        let whole = plan.bytes / plan.rate
        let step = min(pieceBytes / plan.rate / 2, 0.02)
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

    private mutating func start() {
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

    private mutating func kill(_ count: Int, seeds: Bool) {
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

    private mutating func leave(_ listener: Int, _ host: Int) {
        hosts[host].listeners[listener] = nil
        hosts[host].offers?.leave(listener)
    }

    // MARK: Bytes

    /// Shares each link fairly among its transfers, and moves them on.
    private mutating func advance(_ step: Double) {
        let links = plan.hosts * 2 + 1 + plan.zones * 2
        var room = [Double](repeating: .infinity, count: links)
        var users = [Int](repeating: 0, count: links)
        let source = plan.hosts * 2
        for index in hosts.indices {
            room[index * 2] = hosts[index].link
            room[index * 2 + 1] = hosts[index].link
        }
        room[source] = plan.sourceRate
        if let cross = plan.crossRate {
            for zone in 0..<plan.zones * 2 { room[source + 1 + zone] = cross }
        }
        func path(_ flow: Flow) -> (Int, Int, Int, Int) {
            let out = flow.from < 0 ? source : flow.from * 2
            guard flow.from >= 0, plan.crossRate != nil, hosts[flow.from].zone != hosts[flow.to].zone else {
                return (out, flow.to * 2 + 1, -1, -1)
            }
            return (
                out, flow.to * 2 + 1, source + 1 + hosts[flow.from].zone * 2,
                source + 2 + hosts[flow.to].zone * 2
            )
        }
        var paths: [(Int, Int, Int, Int)] = []
        paths.reserveCapacity(flows.count)
        for index in flows.indices {
            flows[index].rate = 0
            paths.append(path(flows[index]))
        }
        // What some leave of a link goes to the others in two more rounds.
        for _ in 0..<3 {
            for link in 0..<links { users[link] = 0 }
            for index in flows.indices where flows[index].startsAt <= now {
                let (a, b, c, d) = paths[index]
                guard room[a] > 1 && room[b] > 1 && (c < 0 || (room[c] > 1 && room[d] > 1)) else { continue }
                users[a] += 1
                users[b] += 1
                if c >= 0 {
                    users[c] += 1
                    users[d] += 1
                }
            }
            let before = room
            for index in flows.indices where flows[index].startsAt <= now {
                let (a, b, c, d) = paths[index]
                guard before[a] > 1 && before[b] > 1 && (c < 0 || (before[c] > 1 && before[d] > 1)) else {
                    continue
                }
                var more = min(before[a] / Double(users[a]), before[b] / Double(users[b]))
                if c >= 0 { more = min(more, before[c] / Double(users[c]), before[d] / Double(users[d])) }
                flows[index].rate += more
                room[a] -= more
                room[b] -= more
                if c >= 0 {
                    room[c] -= more
                    room[d] -= more
                }
            }
        }
        var index = 0
        while index < flows.count {
            guard flows[index].startsAt <= now else {
                index += 1
                continue
            }
            let moved = min(flows[index].left, flows[index].rate * step)
            flows[index].left -= moved
            count(flows[index], moved)
            let flow = flows[index]
            // A run's pieces come one after the other.
            while flows[index].next <= flow.pieces.upperBound,
                flows[index].left <= Double(flow.pieces.upperBound - flows[index].next) * pieceBytes + 0.5
            {
                let piece = flows[index].next
                flows[index].next += 1
                deliver(piece, flow)
            }
            if flows[index].next > flow.pieces.upperBound {
                flows.swapAt(index, flows.count - 1)
                flows.removeLast()
                finish(flow)
            } else {
                index += 1
            }
        }
    }

    private mutating func count(_ flow: Flow, _ bytes: Double) {
        guard flow.from >= 0 else {
            result.sourceBytes += bytes
            return
        }
        hosts[flow.from].uploaded += bytes
        if hosts[flow.from].zone != hosts[flow.to].zone { result.crossings[hosts[flow.to].zone] += bytes }
    }

    private mutating func deliver(_ piece: Int, _ flow: Flow) {
        let time = Duration.seconds(now)
        hosts[flow.to].nextStep = now
        guard flow.from >= 0 else {
            let isNew = hosts[flow.to].picker.gained(piece, at: time)
            if isNew { hosts[flow.to].offers?.read(piece) }
            return
        }
        guard hosts[flow.to].picker.received(piece, from: flow.number, at: time) else {
            result.duplicateBytes += pieceBytes
            return
        }
        if hosts[flow.to].offers != nil {
            hosts[flow.to].offers?.heard(piece)
        } else {
            hosts[flow.to].news.append(piece)
        }
    }

    private mutating func finish(_ flow: Flow) {
        if flow.from >= 0 { hosts[flow.from].uploads -= 1 } else { hosts[flow.to].readsSource = false }
        if hosts[flow.to].picker.have.isFull && hosts[flow.to].doneAt == nil {
            hosts[flow.to].doneAt = now
            planner.done(flow.to)
        }
    }

    // MARK: Words

    private mutating func tellNews() {
        let time = Duration.seconds(now)
        for index in hosts.indices where hosts[index].isAlive {
            let pieceTime = Duration.seconds(pieceBytes / plan.rate)
            let isDone = hosts[index].picker.have.isFull
            if let news = hosts[index].offers?.news(at: time, pieceTime: pieceTime, isDone: isDone) {
                for (listener, pieces) in news {
                    guard let number = hosts[index].listeners[listener] else { continue }
                    hosts[listener].picker.told(pieces.map { $0...$0 }, by: number, at: time)
                    hosts[listener].nextStep = now
                }
            }
            let news = hosts[index].news
            hosts[index].news = []
            for (listener, number) in hosts[index].listeners where hosts[listener].doneAt == nil {
                guard !news.isEmpty else {
                    hosts[listener].picker.heard(number, at: time)
                    continue
                }
                hosts[listener].picker.told(news.map { $0...$0 }, by: number, at: time)
                hosts[listener].nextStep = now
            }
        }
    }

    private mutating func act(_ index: Int) {
        let time = Duration.seconds(now)
        for action in hosts[index].picker.actions(at: time) {
            switch action {
            case .open(let number): open(index, number)
            case .close(let number):
                let other = hosts[index].neighbours[number]
                let isCut = { (flow: Flow) in flow.to == index && flow.number == number && flow.from == other
                }
                hosts[other].uploads -= flows.count(where: isCut)
                flows.removeAll(where: isCut)
                leave(index, other)
            case .ask(let piece, let number): ask(index, piece, number)
            case .starved:
                if planner.promote(index, at: time) != nil {
                    result.promotions += 1
                    hosts[index].share = SourceShare(index: 0, of: 1)
                    var book = OfferBook(size: plan.pieces)
                    for range in hosts[index].picker.have.ranges { for piece in range { book.heard(piece) } }
                    for (listener, number) in hosts[index].listeners {
                        book.join(listener, isFar: hosts[listener].isFar[number])
                    }
                    hosts[index].offers = book
                }
            }
        }
        readSource(index)
        hosts[index].nextStep = min(
            hosts[index].picker.deadline(after: time) / .seconds(1),
            hosts[index].share == nil ? .infinity : now + 0.1
        )
    }

    private mutating func open(_ index: Int, _ number: Int) {
        let other = hosts[index].neighbours[number]
        guard hosts[other].isAlive else {
            hosts[index].picker.lost(number, at: .seconds(now))
            return
        }
        let isFar = hosts[index].isFar[number]
        hosts[other].listeners[index] = number
        if hosts[other].offers != nil {
            hosts[other].offers?.join(index, isFar: isFar)
        } else {
            let known = hosts[other].picker.have.ranges
            hosts[index].picker.told(known, by: number, at: .seconds(now))
        }
    }

    private mutating func ask(_ index: Int, _ piece: Int, _ number: Int) {
        let other = hosts[index].neighbours[number]
        guard hosts[other].uploads < plan.uploads else {
            hosts[index].picker.refused(piece, by: number, for: .seconds(1), at: .seconds(now))
            return
        }
        hosts[other].uploads += 1
        hosts[other].offers?.asked(piece, at: .seconds(now))
        flows.append(
            Flow(
                from: other,
                to: index,
                number: number,
                pieces: piece...piece,
                left: pieceBytes,
                next: piece,
                startsAt: now + plan.roundTrip
            )
        )
    }

    private mutating func readSource(_ index: Int) {
        guard !hosts[index].readsSource, var share = hosts[index].share else { return }
        let run = share.next(hosts[index].picker, window: plan.picking.window, at: .seconds(now))
        hosts[index].share = share
        guard let run else { return }
        hosts[index].readsSource = true
        flows.append(
            Flow(
                from: -1,
                to: index,
                number: -1,
                pieces: run,
                left: Double(run.count) * pieceBytes,
                next: run.lowerBound,
                startsAt: now + plan.roundTrip
            )
        )
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
private struct ModelRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
