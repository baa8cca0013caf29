import PrecacheModel

/// One attempt under way: what its images have come to so far.
struct Attempt {
    /// Where an image stands within the attempt.
    enum ImageState: Hashable {
        /// No outcome yet.
        case open
        /// Ended with an error that another attempt may mend; kept until the attempt's end.
        case failed(ImageOutcome)
        /// Has its final outcome, which is reported.
        case final
    }

    /// What is asked of the agent; a host that is made a seed under way is asked for more.
    private(set) var task: AgentTask
    /// Where it is made, and in which zone.
    let agent: AgentPlace
    let zone: String?
    /// The images' ordinals within the job, in the order of `task.images`.
    let ordinals: [Int]
    /// When it began.
    var startedAt: Duration
    /// Whether its agent hasn't been called yet: it waits until it may read its sources.
    var isParked = false
    /// Whether it fetches for itself what others exchange.
    var isLone = false
    /// Whether it was stopped since nothing will come of its mesh.
    var isRecalled = false
    /// Of how many hosts it was said that they gave something wrong.
    var accusations = 0
    /// Whether the agent was asked to stop.
    var isStopping = false
    /// Whether its own time is up.
    var hasTimedOut = false
    /// Units of source budgets that it holds, with the number of images without an outcome from each.
    private(set) var sources: [SourceKey: Int]
    private(set) var states: [ImageState]
    /// Images that the agent said it gave up, as it does when it's stopped or asked to, with what it had of them.
    private(set) var givenUp: [ImageID: ImageOutcome] = [:]

    init(
        task: AgentTask,
        on agent: AgentPlace,
        zone: String? = nil,
        ordinals: [Int],
        imageSources: [SourceKey?],
        startedAt: Duration
    ) {
        self.task = task
        self.agent = agent
        self.zone = zone
        self.ordinals = ordinals
        self.startedAt = startedAt
        states = Array(repeating: .open, count: ordinals.count)
        sources = Dictionary(imageSources.compactMap { key in key.map { ($0, 1) } }, uniquingKeysWith: +)
        self.imageSources = imageSources
    }

    /// Where each image is read; none where it comes from neighbours alone.
    private var imageSources: [SourceKey?]

    /// Gives it what is left of the time, now that its agent is called.
    mutating func start(at now: Duration, timeout: Duration) {
        isParked = false
        startedAt = now
        task.timeout = timeout
    }

    /// Has it read an image's sources for its neighbours, too.
    mutating func becomeSeed(_ image: ImageID, _ order: RelayOrder, sources: [ImageSource], at key: SourceKey)
    {
        guard let index = openIndex(of: image), imageSources[index] == nil else { return }
        task.images[index].relay = order
        task.images[index].sources = sources
        imageSources[index] = key
        self.sources[key, default: 0] += 1
    }

    /// Gives it other neighbours for an image that it lacks; says whether it is to get that from neighbours.
    mutating func reorder(_ image: ImageID, _ order: RelayOrder) -> Bool {
        guard let index = openIndex(of: image), task.images[index].relay != nil else { return false }
        task.images[index].relay = order
        return true
    }

    /// Whether it reached none of the neighbours of an image that was to come from them.
    var isAlone: Bool {
        zip(task.images, states).contains { image, state in
            guard image.relay != nil, case .failed(let outcome) = state else { return false }
            return outcome.reason == .peersUnavailable
        }
    }

    /// Whether an image of it comes from neighbours.
    func exchanges(_ image: ImageID) -> Bool { task.images.contains { $0.id == image && $0.relay != nil } }

    /// The ordinal of an image that has no outcome yet; nil for any other.
    func openOrdinal(of image: ImageID) -> Int? {
        openIndex(of: image).map { ordinals[$0] }
    }

    /// Takes an outcome from the agent.
    ///
    /// For an unknown image, or one that has its outcome, it is ignored; so is `cancelled`, which says nothing of the
    /// image but that the agent gave it up: the attempt's end decides.
    ///
    /// - Returns: The final outcome to report, if it is one, and the source whose last image this was, if it was.
    mutating func take(
        _ outcome: ImageOutcome,
        of image: ImageID
    ) -> (report: ImageReport?, freed: SourceKey?) {
        guard let index = openIndex(of: image) else { return (nil, nil) }
        guard outcome.outcome != .cancelled else {
            givenUp[image] = outcome
            return (nil, nil)
        }
        let freed = releaseSource(ofImageAt: index)
        let isKnown = outcome.outcome.isGood || outcome.outcome == .error
        guard isKnown, !(outcome.outcome == .error && outcome.isRetryable) else {
            states[index] = .failed(isKnown ? outcome : Self.unknownOutcome(outcome))
            return (nil, freed)
        }
        states[index] = .final
        return (ImageReport(keeping: outcome, image: ordinals[index], zone: zone), freed)
    }

    private func openIndex(of image: ImageID) -> Int? {
        task.images.firstIndex { $0.id == image }.flatMap { states[$0] == .open ? $0 : nil }
    }

    private mutating func releaseSource(ofImageAt index: Int) -> SourceKey? {
        guard let source = imageSources[index], let count = sources[source] else { return nil }
        sources[source] = count > 1 ? count - 1 : nil
        return count > 1 ? nil : source
    }

    private static func unknownOutcome(_ outcome: ImageOutcome) -> ImageOutcome {
        ImageOutcome(
            .error,
            reason: .agentProtocol,
            detail: "the agent reported '\(outcome.outcome.rawValue)', which is no outcome of an attempt",
            isRetryable: true
        )
    }
}

extension ImageReport {
    /// The longest detail that is kept, in Unicode scalars: a character may have any number of them.
    static let detailLimit = 1000

    /// What an agent said, as the ledger keeps it: never bad without a reason.
    init(keeping outcome: ImageOutcome, image: Int, zone: String? = nil) {
        var kept = outcome
        if !outcome.outcome.isGood { kept.reason = outcome.reason ?? .internal }
        kept.detail = outcome.detail.map { String($0.unicodeScalars.prefix(Self.detailLimit)) }
        self.init(image: image, kept, zone: zone)
    }
}

/// Names one attempt on one host of one job.
struct AttemptKey: Hashable, Sendable {
    let job: JobID
    let host: Int
    let attempt: Int
}

/// How an attempt ended, before anyone judges what that means.
enum AttemptEnd: Hashable, Sendable {
    /// The agent said that the task is at its end.
    case finished
    /// The task couldn't be followed to its end.
    case failed(AgentFailure)
    /// The attempt's time was up.
    case timedOut
}

/// Reports that the ledger hasn't got yet, in order.
///
/// What comes for an attempt that has a report waiting joins it, so an attempt whose outcomes and end come within one
/// group costs one report. Its size is bounded by the attempts in flight, since nothing is claimed while it isn't empty.
struct Outbox {
    private(set) var reports: [HostReport] = []
    private var places: [AttemptKey: Int] = [:]

    var isEmpty: Bool { reports.isEmpty }

    /// Adds what is new of an attempt.
    mutating func add(_ key: AttemptKey, _ images: [ImageReport], next: HostReport.Next) {
        if let place = places[key] {
            reports[place].images += images
            reports[place].next = next
        } else {
            places[key] = reports.count
            reports.append(
                HostReport(job: key.job, host: key.host, attempt: key.attempt, images: images, next: next)
            )
        }
    }

    /// Drops the first `count` reports: the ledger has them.
    mutating func drop(_ count: Int) {
        reports.removeFirst(count)
        index()
    }

    /// Drops what there is of a job.
    mutating func drop(of job: JobID) {
        reports.removeAll { $0.job == job }
        index()
    }

    private mutating func index() {
        places.removeAll(keepingCapacity: true)
        for (place, report) in reports.enumerated() {
            places[AttemptKey(job: report.job, host: report.host, attempt: report.attempt)] = place
        }
    }
}
