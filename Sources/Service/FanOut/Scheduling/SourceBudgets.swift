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
struct SourceBudgets {
    let limit: Int
    private var used: [SourceKey: Int] = [:]
    private var pledges: [JobID] = []
    private var pledgedSources: [JobID: [SourceKey]] = [:]

    init(limit: Int) { self.limit = max(1, limit) }

    /// Units in use, by source; sources with none are left out.
    var inUse: [SourceKey: Int] { used }

    /// Takes one unit of each source, or none if one of them has no unit that this job may take.
    mutating func take(_ sources: [SourceKey], for job: JobID) -> Bool {
        guard sources.allSatisfy({ hasRoom(at: $0, for: job) }) else { return false }
        for source in sources { used[source, default: 0] += 1 }
        withdrawPledge(of: job)
        return true
    }

    /// Takes one unit of each source for a host that was claimed with its units taken, whatever the limit says.
    mutating func add(_ sources: some Sequence<SourceKey>) {
        for source in sources { used[source, default: 0] += 1 }
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
        var free = limit - (used[source] ?? 0)
        for pledger in pledges {
            if pledger == job { break }
            if pledgedSources[pledger]?.contains(source) == true { free -= 1 }
        }
        return free > 0
    }
}
