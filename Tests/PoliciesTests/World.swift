import BitCollections
import Policies
import PrecacheModel
import TestSupport

/// A fleet that isn't there: hosts come, go and forget, channels move on, jobs end one way or the other.
struct World {
    struct Pair: Hashable {
        let host: Int
        let image: ImageID
    }

    struct Job {
        let policy: PolicyName
        var pairs: Set<Pair>
    }

    var now = Small.start
    let hosts: Int
    let images: [ImageID]
    var members: [AggregateName: Set<Int>] = [:]
    var enabled: Set<Int>
    var down: Set<Int> = []
    var whole: Set<Pair> = []
    /// What fails whenever it is tried.
    var bad: [Pair: Reason] = [:]
    var policies: [Situation.Policy] = []
    var calendars: [WindowCalendar] = []
    var jobs: [Job] = []
    /// Counted as `Fleet` does: failures since the image was there, losses within two days.
    var failures: [Pair: PairTrouble] = [:]
    var losses: [Pair: PairTrouble] = [:]
    /// How often each pair was asked.
    var asks: [Pair: Int] = [:]
    /// What broke a rule.
    var faults: [String] = []

    init(hosts: Int, images: Int) throws {
        self.hosts = hosts
        self.images = try (0..<images).map { number throws(InvalidValue) in try ImageID("image-\(number)") }
        enabled = Set(0..<hosts)
    }

    var situation: Situation {
        var situation = Situation(now: now)
        situation.policies = zip(policies, calendars).map { policy, calendar in
            var policy = policy
            policy.window = calendar.state(at: now)
            return policy
        }
        situation.names = (0..<hosts).map { try? HostName("host-\($0)") }
        situation.aggregates = members.mapValues { BitSet($0) }
        situation.enabled = BitSet(enabled)
        situation.down = BitSet(down)
        for pair in whole { situation.whole[pair.image, default: []].insert(pair.host) }
        for pair in jobs.flatMap(\.pairs) { situation.open[pair.image, default: []].insert(pair.host) }
        for (pair, trouble) in losses.merging(failures, uniquingKeysWith: { $1 }) {
            situation.troubles[pair.image, default: [:]][pair.host] = trouble
        }
        return situation
    }

    /// Reconciles, looks whether rules are kept, and makes the jobs.
    @discardableResult mutating func reconcile() -> Reconciliation {
        let situation = situation
        let result = Reconciler.reconcile(situation)
        var asked = Set(jobs.flatMap(\.pairs))
        for job in result.jobs {
            let policy = situation.policies.first { $0.name == job.policy }
            let isDue = policy.map { $0.window.isOpen && $0.isActive(at: now) } ?? false
            let pairs = job.images.flatMap { image in image.hosts.map { Pair(host: $0, image: image.id) } }
            for pair in pairs {
                let isAble = enabled.contains(pair.host) && !down.contains(pair.host) && !whole.contains(pair)
                let isMember = members[job.aggregate]?.contains(pair.host) ?? false
                let isPaused = (failures[pair] ?? losses[pair])?.holds(at: now) ?? false
                if !isDue || !isAble || !isMember || isPaused {
                    faults.append("asked in vain: \(job.policy) \(pair)")
                }
                if !asked.insert(pair).inserted { faults.append("asked twice: \(pair)") }
                asks[pair, default: 0] += 1
            }
            jobs.append(Job(policy: job.policy, pairs: Set(pairs)))
        }
        lookAtLeases(situation, result)
        for index in policies.indices {
            for (place, images) in result.forgotten[policies[index].name] ?? [:] {
                policies[index].meanings[place].superseded.removeAll(where: images.contains)
            }
        }
        return result
    }

    private mutating func lookAtLeases(_ situation: Situation, _ result: Reconciliation) {
        for host in 0..<hosts {
            let lease = result.leases.lease(of: host)
            let kept = Set(lease.images.map(\.id))
            if lease.remove.contains(where: { kept.contains($0.image) }) {
                faults.append("kept and removed on \(host)")
            }
            for policy in situation.policies where policy.isActive(at: now) {
                guard policy.spec.aggregates.contains(where: { members[$0]?.contains(host) ?? false }) else {
                    continue
                }
                for meaning in policy.meanings {
                    let current = meaning.current.map(\.id)
                    if !current.allSatisfy(kept.contains) { faults.append("not leased on \(host)") }
                    if current.allSatisfy({ whole.contains(Pair(host: host, image: $0)) }) { continue }
                    let old = meaning.superseded.filter { whole.contains(Pair(host: host, image: $0)) }
                    if !old.allSatisfy(kept.contains) { faults.append("the old image is let go on \(host)") }
                }
            }
        }
    }

    /// Ends an open pair: badly with a reason, or well.
    mutating func end(_ pair: Pair, _ reason: Reason?) {
        for index in jobs.indices { jobs[index].pairs.remove(pair) }
        jobs.removeAll { $0.pairs.isEmpty }
        if let reason {
            failures[pair] = PairTrouble(.failed(reason), count: (failures[pair]?.count ?? 0) + 1, at: now)
        } else {
            whole.insert(pair)
            failures[pair] = nil
        }
    }

    /// Ends all open pairs as the world is.
    mutating func endAll() {
        for pair in jobs.flatMap(\.pairs) {
            let isThere = enabled.contains(pair.host) && !down.contains(pair.host)
            end(pair, isThere ? bad[pair] : .hostDown)
        }
    }

    mutating func lose(_ pair: Pair) {
        guard whole.remove(pair) != nil else { return }
        let known = losses[pair].map { now - $0.at < .seconds(2 * 86_400) ? $0.count : 0 } ?? 0
        losses[pair] = PairTrouble(.lost, count: known + 1, at: now)
    }

    mutating func take(_ found: [ImageID], policy: Int, place: Int) {
        guard case .newest(_, let count) = policies[policy].spec.images[place] else { return }
        policies[policy].meanings[place].take(found, count: count, at: now)
    }
}

extension World {
    /// Something happens.
    mutating func happen(_ random: inout SplitMix) {
        let host = Int.random(in: 0..<hosts, using: &random)
        let pair = Pair(host: host, image: images[Int.random(in: 0..<images.count, using: &random)])
        switch Int.random(in: 0..<14, using: &random) {
        case 0: down.formSymmetricDifference([host])
        case 1: enabled.formSymmetricDifference([host])
        case 2:
            guard let name = members.keys.sorted().randomElement(using: &random) else { return }
            members[name]?.formSymmetricDifference([host])
        case 3: lose(pair)
        case 4:
            // Reinstalled.
            for pair in whole where pair.host == host { lose(pair) }
        case 5: bad[pair] = [Reason.noSpace, .unsafeImage, .sourceError].randomElement(using: &random)
        case 6: bad = bad.filter { _ in Bool.random(using: &random) }
        case 7, 8:
            let policy = Int.random(in: 0..<policies.count, using: &random)
            let place = Int.random(in: 0..<policies[policy].meanings.count, using: &random)
            let count = Int.random(in: 0...3, using: &random)
            take(Array(images.shuffled(using: &random).prefix(count)), policy: policy, place: place)
        case 9: endAll()
        case 10: now = now + .seconds(Int.random(in: 0...7200, using: &random))
        case 11:
            // A clock that is set back.
            if Int.random(in: 0..<4, using: &random) == 0 {
                now = now - .seconds(Int.random(in: 0...200_000, using: &random))
            }
        default:
            let open = jobs.flatMap(\.pairs).sorted { ($0.host, $0.image) < ($1.host, $1.image) }
            guard let pair = open.randomElement(using: &random) else { return }
            let reasons: [Reason?] = [nil, nil, nil, .agentUnreachable, .noSpace, .cancelled]
            end(pair, reasons.randomElement(using: &random) ?? nil)
        }
    }
}
