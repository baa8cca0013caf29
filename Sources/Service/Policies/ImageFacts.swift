internal import BitCollections
internal import PrecacheModel

/// The images that policies speak of, with the sets of hosts that matter; images are small numbers, too.
struct ImageFacts {
    /// Hosts that are left in peace about an image for the same cause.
    struct Pause {
        let cause: PairTrouble.Cause
        let hosts: BitSet
        /// The hosts, whose pause ends first, first.
        let order: [Int]
    }

    private(set) var ids: [ImageID] = []
    /// By image: the hosts that have it whole.
    private(set) var whole: [BitSet] = []
    /// Hosts that lack it and can't have it.
    private(set) var unsupported: [BitSet] = []
    /// Hosts that a job brings it to: an open one, or one to be made.
    var claimed: [BitSet] = []
    private(set) var paused: [BitSet] = []
    private(set) var pauses: [[Pause]] = []
    private(set) var troubles: [[Int: PairTrouble]] = []
    private var numbers: [ImageID: Int] = [:]
    private let now: Timestamp

    init(_ situation: Situation) { now = situation.now }

    var count: Int { ids.count }

    /// An image's number, made where it has none yet.
    mutating func number(of id: ImageID, in situation: Situation) -> Int {
        if let number = numbers[id] { return number }
        let number = ids.count
        numbers[id] = number
        ids.append(id)
        let whole = situation.whole[id] ?? []
        self.whole.append(whole)
        unsupported.append((situation.unsupported[id] ?? []).subtracting(whole))
        claimed.append(situation.open[id] ?? [])
        add(situation.troubles[id] ?? [:])
        return number
    }

    /// An image's number; nil if no policy speaks of it.
    func number(of id: ImageID) -> Int? { numbers[id] }

    private mutating func add(_ troubles: [Int: PairTrouble]) {
        self.troubles.append(troubles)
        var byCause: [PairTrouble.Cause: [Int]] = [:]
        for (host, trouble) in troubles where trouble.holds(at: now) {
            byCause[trouble.cause, default: []].append(host)
        }
        let pauses = byCause.map { cause, hosts in
            let order = hosts.map { (host: $0, until: troubles[$0]?.until ?? now) }
                .sorted { ($0.until, $0.host) < ($1.until, $1.host) }
            return Pause(cause: cause, hosts: BitSet(hosts), order: order.map(\.host))
        }
        self.pauses.append(pauses)
        paused.append(pauses.reduce(into: BitSet()) { $0.formUnion($1.hosts) })
    }

    /// Those of some hosts that are to be asked for an image now.
    func askable(_ image: Int, among hosts: BitSet) -> BitSet {
        var rest = hosts
        rest.subtract(whole[image])
        rest.subtract(unsupported[image])
        rest.subtract(claimed[image])
        rest.subtract(paused[image])
        return rest
    }
}
