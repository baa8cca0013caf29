internal import BitCollections
internal import PrecacheModel

/// How far a policy is carried out, after the jobs that are to be made.
struct StatusReport {
    private let policy: PolicyFacts
    private let situation: Situation
    private let facts: ImageFacts

    /// Hosts that count and for which an image isn't warm.
    private var missing = BitSet()
    private var warmPairs = 0
    private var countedPairs = 0
    /// Whether a job brings what is missing.
    private var isWorking = false
    /// Whether hosts would be asked, were a window open.
    private var isAskable = false
    /// When the first pause ends.
    private var pausedUntil: Timestamp?
    private var holds: [PolicyHold] = []
    private var images: [PolicyStatus.Image] = []

    init(_ policy: PolicyFacts, _ situation: Situation, _ facts: ImageFacts) {
        (self.policy, self.situation, self.facts) = (policy, situation, facts)
        var downHosts = BitSet()
        let silent = situation.down.union(situation.unheard)
        let opening = policy.policy.window.isOpen ? nil : policy.policy.window.end
        var paused: [PairTrouble.Cause: BitSet] = [:]
        var first: [PairTrouble.Cause: (trouble: PairTrouble, host: Int, image: Int)] = [:]
        var fractions: [Int: Double] = [:]
        for image in policy.images {
            let counted = policy.counted.subtracting(facts.unsupported[image])
            let cold = counted.subtracting(facts.whole[image].subtracting(situation.down))
            let (all, warm) = (counted.count, counted.count - cold.count)
            countedPairs += all
            warmPairs += warm
            fractions[image] = all > 0 ? Double(warm) / Double(all) : 1
            guard !cold.isEmpty else { continue }
            missing.formUnion(cold)
            downHosts.formUnion(cold.intersection(silent))
            let lacking = cold.subtracting(facts.whole[image])
            if !lacking.isDisjoint(with: facts.claimed[image]) { isWorking = true }
            let idle = lacking.subtracting(facts.claimed[image]).subtracting(silent)
            if !idle.isSubset(of: facts.paused[image]) { isAskable = true }
            for pause in facts.pauses[image] {
                let hosts = idle.intersection(pause.hosts)
                guard !hosts.isEmpty, let host = pause.order.first(where: hosts.contains),
                    let trouble = facts.troubles[image][host]
                else { continue }
                paused[pause.cause, default: []].formUnion(hosts)
                if let known = first[pause.cause], known.trouble.until <= trouble.until { continue }
                first[pause.cause] = (trouble, host, image)
            }
        }
        for (cause, example) in first {
            holds.append(
                PolicyHold(
                    cause.hold,
                    hosts: paused[cause]?.count ?? 0,
                    example: situation.names[example.host],
                    image: facts.ids[example.image],
                    until: max(example.trouble.until, opening ?? example.trouble.until),
                    detail: example.trouble.detail ?? cause.words
                )
            )
        }
        pausedUntil = first.values.map(\.trouble.until).min()
        addHolds(ofDown: downHosts)
        addImages(fractions)
    }

    private mutating func addHolds(ofDown hosts: BitSet) {
        if let example = hosts.first {
            holds.append(
                PolicyHold(
                    .reason(.hostDown),
                    hosts: hosts.count,
                    example: situation.names[example],
                    detail: "no heartbeats come from it"
                )
            )
        }
        for name in policy.absent {
            holds.append(PolicyHold(.noAggregate, detail: "there is no aggregate '\(name)'"))
        }
        for (image, meaning) in zip(policy.policy.spec.images, policy.policy.meanings) {
            guard case .newest(let channel, _) = image else { continue }
            if let failure = meaning.failure {
                let held = meaning.current.isEmpty ? "nothing is known of it yet" : "what it meant holds"
                let words = "\(channel) can't be looked up, and \(held): \(failure)"
                holds.append(PolicyHold(.lookupFailed, detail: words))
                continue
            }
            guard meaning.isEmpty || meaning.current.isEmpty else { continue }
            let words =
                meaning.current.isEmpty
                ? "no active image is found by \(channel)"
                : "no active image is found by \(channel) now; what it meant holds"
            holds.append(PolicyHold(.channelEmpty, detail: words))
        }
        holds.sort { ($1.hosts, $0.cause.text, $0.detail) < ($0.hosts, $1.cause.text, $1.detail) }
    }

    private mutating func addImages(_ fractions: [Int: Double]) {
        var told: Set<Int> = []
        for (image, meaning) in zip(policy.policy.spec.images, policy.policy.meanings) {
            for current in meaning.current {
                guard let number = facts.number(of: current.id), told.insert(number).inserted else {
                    continue
                }
                var channel: ImageChannel?
                if case .newest(let name, _) = image { channel = name }
                images.append(
                    PolicyStatus.Image(
                        id: current.id,
                        newest: channel,
                        since: current.since,
                        fraction: fractions[number] ?? 1
                    )
                )
            }
        }
    }

    var status: PolicyStatus {
        let (spec, window) = (policy.policy.spec, policy.policy.window)
        let isActive = policy.isActive
        return PolicyStatus(
            state: state,
            // Of nothing that is known to be wanted, none is warm yet; of a place without hosts, all is.
            fraction: countedPairs > 0 ? Double(warmPairs) / Double(countedPairs) : isUnknown ? 0 : 1,
            images: images,
            missingHosts: missing.count,
            openJobs: policy.policy.openJobs,
            lastRunAt: policy.policy.lastRunAt,
            nextRunAt: isActive ? nextRunAt : nil,
            nextWindowAt: isActive && !spec.windows.isEmpty && !window.isOpen ? window.end : nil,
            heldUpBy: isActive ? holds : []
        )
    }

    private var state: PolicyStatus.State {
        let spec = policy.policy.spec
        if !spec.isEnabled { return .disabled }
        if !policy.isActive { return .expired }
        let isShut = !policy.policy.window.isOpen
        if isShut, isAskable || isWorking && spec.windowEnd == .pause { return .waiting }
        if isWorking { return .working }
        return missing.isEmpty && !isUnsettled ? .met : .held
    }

    /// Whether something is to be settled before all is well; a look-up that fails leaves known what was.
    private var isUnsettled: Bool {
        holds.contains { $0.cause != .lookupFailed } || isUnknown
    }

    /// Whether it isn't known what the policy wants, or where.
    private var isUnknown: Bool {
        !policy.absent.isEmpty || policy.policy.meanings.contains { $0.current.isEmpty }
    }

    /// A pause that ends outside the windows ends with their next opening.
    private var nextRunAt: Timestamp? {
        let idle = isAskable ? situation.now : pausedUntil
        guard case .closed(let opening) = policy.policy.window else { return isAskable ? nil : idle }
        return idle.map { max($0, opening) }
    }
}

extension PairTrouble.Cause {
    fileprivate var hold: PolicyHold.Cause {
        switch self {
        case .lost: .imageLost
        case .failed(let reason): .reason(reason)
        }
    }

    fileprivate var words: String {
        switch self {
        case .lost: "the image was there, and then it wasn't"
        case .failed(let reason): reason.meaning
        }
    }
}
