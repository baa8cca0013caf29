import PrecacheModel

/// The limit on downloads per image source over all jobs.
///
/// An attempt counts as one download from each distinct source that its unfinished images come from, however many
/// images those are and whether or not the agent finds them on its disk or fetches them for another task already: the
/// service can't know. It takes all its units together, before its host is claimed, and gives a unit back as soon as
/// its last image from that source has its outcome. Taking all or nothing, nobody waits while holding.
///
/// A job with several sources could wait for ever while jobs with one of them snap up each unit as it comes free. So a
/// job that is refused while it has nothing in flight pledges its sources: from then on every unit that comes free is
/// out of reach for jobs without an older pledge, until it has got one of each.
///
/// Where other dispatchers read the same sources, the ledger says how many downloads there may be here: none of a source that
/// it wasn't asked about.
struct SourceBudgets {
    let limit: Int
    /// What the ledger allows here, by source; nil where nobody else reads them, and all of the limit is ours.
    private var caps: [SourceKey: Int]?
    /// Sources of which more was wanted than was allowed, since the ledger was asked last.
    private var refused: Set<SourceKey> = []
    /// Those of which the ledger was asked for all and gave less.
    private var denied: Set<SourceKey> = []
    /// The most that were in use since then, by source: what comes free for a moment isn't given back.
    private var peaks: [SourceKey: Int] = [:]
    private var lastAsked: Duration?
    /// Until when nothing is given back: downloads that were taken over aren't all counted yet.
    private var keepsUntil: Duration?
    private var used: [SourceKey: Int] = [:]
    private var pledges: [JobID] = []
    private var pledgedSources: [JobID: [SourceKey]] = [:]

    init(limit: Int, isShared: Bool = false) {
        self.limit = max(1, limit)
        caps = isShared ? [:] : nil
    }

    /// How often the ledger is asked for more while it gives less than is wanted, and told what isn't needed any more.
    private static let interval = Duration.seconds(1)
    /// How soon after the last time it is asked for more than was wanted then.
    private static let pause = Duration.milliseconds(100)

    /// When the ledger is to be asked; nil if there is nothing to say.
    var nextShare: Duration? {
        guard let caps else { return nil }
        guard !refused.isEmpty || !caps.isEmpty || !used.isEmpty else { return keepsUntil }
        guard let lastAsked else { return .zero }
        return lastAsked + (refused.isSubset(of: denied) ? Self.interval : Self.pause)
    }

    /// How long hosts of jobs that were taken over may take to be claimed again.
    private static let counting = Duration.seconds(3)

    /// Notes that what others had may be ours now: what isn't needed of it has to be given back, a little later.
    mutating func inherited(at now: Duration) {
        if caps != nil { keepsUntil = now + Self.counting }
    }

    /// Whether nothing is given back yet.
    func keepsAll(at now: Duration) -> Bool { keepsUntil.map { now < $0 } ?? false }

    /// What to ask the ledger for.
    var wishes: [SourceKey: SourceWish] {
        var wishes: [SourceKey: SourceWish] = [:]
        for source in Set(used.keys).union(refused).union((caps ?? [:]).keys) {
            let inUse = used[source] ?? 0
            let wanted = refused.contains(source) ? limit : max(inUse, peaks[source] ?? 0)
            wishes[source] = SourceWish(inUse: inUse, wanted: wanted)
        }
        return wishes
    }

    /// Takes what the ledger gave; says whether it is more of something than before.
    mutating func share(_ given: [SourceKey: Int], at now: Duration) -> Bool {
        let isMore = given.contains { $0.value > caps?[$0.key] ?? 0 }
        caps = given.filter { $0.value > 0 || refused.contains($0.key) || used[$0.key] != nil }
        denied = refused.filter { given[$0] ?? 0 < limit }
        refused = []
        if !keepsAll(at: now) { keepsUntil = nil }
        peaks = used
        lastAsked = now
        return isMore
    }

    /// Units in use, by source; sources with none are left out.
    var inUse: [SourceKey: Int] { used }

    /// Takes one unit of each source, or none if one of them has no unit that this job may take.
    mutating func take(_ sources: [SourceKey], for job: JobID) -> Bool {
        let full = sources.filter { !hasRoom(at: $0, for: job) }
        guard full.isEmpty else {
            if caps != nil { refused.formUnion(full) }
            return false
        }
        add(sources)
        withdrawPledge(of: job)
        return true
    }

    /// Takes one unit of each source for a host that was claimed with its units taken, whatever the limit says.
    mutating func add(_ sources: some Sequence<SourceKey>) {
        for source in sources {
            let count = (used[source] ?? 0) + 1
            used[source] = count
            if caps != nil { peaks[source] = max(peaks[source] ?? 0, count) }
        }
    }

    /// Gives units back.
    mutating func release(_ source: SourceKey, count: Int = 1) {
        let left = (used[source] ?? 0) - count
        used[source] = left > 0 ? left : nil
    }

    /// Notes that a job with nothing in flight was refused.
    mutating func pledge(_ sources: [SourceKey], for job: JobID) {
        guard sources.count > 1, pledgedSources[job] == nil else { return }
        pledges.append(job)
        pledgedSources[job] = sources
    }

    /// Forgets a job's pledge.
    mutating func withdrawPledge(of job: JobID) {
        guard pledgedSources.removeValue(forKey: job) != nil else { return }
        pledges.removeAll { $0 == job }
    }

    private func hasRoom(at source: SourceKey, for job: JobID) -> Bool {
        var free = min(limit, caps.map { $0[source] ?? 0 } ?? limit) - (used[source] ?? 0)
        for pledger in pledges {
            if pledger == job { break }
            if pledgedSources[pledger]?.contains(source) == true { free -= 1 }
        }
        return free > 0
    }
}
