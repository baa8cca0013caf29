import HeapModule
import PrecacheModel

/// What the scheduler keeps of an open job: a few hundred bytes and its attempts under way, nothing for each host.
struct JobEntry {
    let id: JobID
    /// How often it had been taken over when it was taken up here.
    let term: Int64
    /// The trace that it is part of.
    let trace: TraceContext
    /// Rises from job to job in the order in which they were taken up.
    let serial: Int
    let limits: JobLimits
    let images: [OrderedImage]
    /// The source of each image.
    let imageSources: [SourceKey]
    /// The distinct sources of which a claim takes budget, in the order of the images: an image that can't be had has none,
    /// and of those that are exchanged only hosts that are told to read theirs take some.
    private(set) var sources: [SourceKey] = []
    /// The most hosts at once that fetch for themselves.
    let parallelism: Int
    /// Whether so many may be at work that exchange all images beside those.
    private let isWide: Bool
    /// How its images are exchanged; nil if they aren't.
    var meshes: JobMeshes?
    /// Hosts at work that fetch for themselves what others exchange.
    var lone = 0
    /// Claimed hosts that wait for their sources: as many as may fetch at once, so that the others are due for other jobs'
    /// slots.
    var parked = 0
    /// When its time is up.
    let deadline: Duration
    /// Attempts under way.
    var inFlight: Set<AttemptKey> = []
    /// Why it is being brought to an end, if it is.
    var closing: Closing?
    /// When a claim may find a due host; nil if none waits, as far as we know.
    var claimableAt: Duration?
    /// The turn of its last slot; see ``FairPicker``.
    var lastServed: UInt64 = 0
    /// Since when it has had due hosts and room of its own, but got no slot.
    var waitingSince: Duration?
    /// Whether it has ended.
    var isGone = false

    /// Takes up a job.
    ///
    /// Its time runs from its creation by the wall clock, read once: what the wall clock does later can't end it early.
    /// A creation in the future counts as now.
    init(_ job: OpenJob, serial: Int, at now: Duration, wall: Timestamp, relay: RelayRules? = nil) {
        id = job.id
        term = job.term
        trace = job.trace
        self.serial = serial
        limits = job.limits
        images = job.images.map { OrderedImage($0) }
        imageSources = job.images.map { SourceKey(url: $0.url) }
        meshes = JobMeshes(job, relay)
        parallelism = max(1, job.limits.parallelism.limit(of: job.hostsTotal))
        isWide = job.limits.parallelism == relay?.usualParallelism
        deadline = now + max(.zero, job.limits.deadline - max(.zero, wall - job.createdAt))
        claimableAt = now
        findSources()
    }

    /// Finds anew of which sources a claim takes budget.
    mutating func findSources() {
        sources = []
        for (index, (image, source)) in zip(images, imageSources).enumerated()
        where image.reference.origin != .absent && meshes?.exchanges(index) != true
            && !sources.contains(source)
        { sources.append(source) }
    }

    /// The most hosts at work at once.
    ///
    /// Until one has come that can exchange images, there may be none.
    var width: Int { isWide && meshes?.isAtWork == true ? .max : parallelism }

    /// Whether it could use a slot now.
    func wantsSlot(at now: Duration) -> Bool {
        guard closing == nil, let claimableAt else { return false }
        return claimableAt <= now && now < deadline && inFlight.count < width
    }
}

/// Deals free slots to jobs: each goes to the job that has the fewest hosts in flight, among equals to the one that was
/// served longest ago.
///
/// Among jobs of different priorities, a host of a higher one counts an eighth of one of the next: they get eight slots for
/// each one of the others, who never get none. A small job that comes while a big one has every slot gets each slot that comes free until it has as many. One
/// deal costs O(jobs + slots · log jobs).
struct FairPicker {
    private struct Candidate: Comparable {
        let job: JobID
        /// Its hosts in flight, each the heavier the less the job's priority.
        var load: Int
        let weight: Int
        var lastServed: UInt64
        let serial: Int

        static func < (left: Candidate, right: Candidate) -> Bool {
            (left.load, left.lastServed, left.serial) < (right.load, right.lastServed, right.serial)
        }
    }

    private var heap = Heap<Candidate>()

    /// Adds a job that wants slots; `serial` decides between jobs that were never served.
    mutating func add(
        _ job: JobID,
        inFlight: Int,
        priority: JobPriority = .normal,
        lastServed: UInt64,
        serial: Int
    ) {
        let weight = Self.weight(priority)
        heap.insert(
            Candidate(
                job: job,
                load: inFlight * weight,
                weight: weight,
                lastServed: lastServed,
                serial: serial
            )
        )
    }

    private static func weight(_ priority: JobPriority) -> Int {
        switch priority {
        case .high: 1
        case .normal: 8
        case .low: 64
        }
    }

    /// Deals up to `slots` slots.
    ///
    /// - Parameters:
    ///   - slots: How many there are.
    ///   - turn: Counts turns over all deals.
    ///   - grant: Asks whether the job, with so many slots granted in this deal already, takes another; once it
    ///     says no, the job is out of this deal.
    /// - Returns: The slots granted to each job that got some, in the order of their first.
    mutating func deal(
        _ slots: Int,
        turn: inout UInt64,
        grant: (JobID, Int) -> Bool
    ) -> [(job: JobID, slots: Int, lastTurn: UInt64)] {
        var granted: [(job: JobID, slots: Int, lastTurn: UInt64)] = []
        var indexes: [JobID: Int] = [:]
        var left = slots
        while left > 0, var candidate = heap.popMin() {
            let index = indexes[candidate.job]
            guard grant(candidate.job, index.map { granted[$0].slots } ?? 0) else { continue }
            turn += 1
            left -= 1
            if let index {
                granted[index].slots += 1
                granted[index].lastTurn = turn
            } else {
                indexes[candidate.job] = granted.count
                granted.append((candidate.job, 1, turn))
            }
            candidate.load += candidate.weight
            candidate.lastServed = turn
            heap.insert(candidate)
        }
        return granted
    }
}
