package import PrecacheModel
internal import Synchronization

/// What memory knows of jobs: the summaries of those that live, so that a status poll needs no SQLite, and the bells of
/// those who wait for a change.
///
/// Written only after a commit, by this controller or by another: whoever comes with an older revision comes too late.
final class JobBoard: Sendable {
    /// How many jobs that have ended are kept beside those that live.
    static let endedLimit = 256

    /// An object, so that looking at a revision doesn't copy the record.
    private final class Entry: Sendable {
        let row: JobRow
        /// Whether its end was told of here.
        let isTold: Bool

        init(_ row: JobRow, isTold: Bool) {
            self.row = row
            self.isTold = isTold
        }
    }

    private struct State {
        var jobs: [JobID: Entry] = [:]
        var ended: [JobID] = []
        var live: [JobID: Int64] = [:]
        /// Whose change rings whom; those without a job listen to all.
        var bells: [JobID?: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextBell = 0
    }

    private let state = Mutex(State())
    /// Every job that changes.
    let changes = Gathering<JobID>()
    private let (heard, teller) = AsyncStream.makeStream(
        of: JobNews.self,
        bufferingPolicy: .bufferingNewest(10_000)
    )

    /// What is to be told and counted beside the jobs themselves, for one listener.
    var news: AsyncStream<JobNews> { heard }

    func tell(_ news: JobNews) { teller.yield(news) }

    /// A job's summary, if it lives or ended lately.
    func record(_ id: JobID) -> JobRecord? { state.withLock { $0.jobs[id]?.row.record } }

    /// A job's revision, if it lives or ended lately.
    func revision(_ id: JobID) -> Int64? { state.withLock { $0.jobs[id]?.row.record.revision } }

    /// A job's row, if it lives or ended lately.
    func row(_ id: JobID) -> JobRow? { state.withLock { $0.jobs[id]?.row } }

    /// Every job that lives, in the order of acceptance.
    func live() -> [JobRow] {
        state.withLock { state in
            state.jobs.values.map(\.row).filter { !$0.record.state.isFinal }.sorted { $0.key < $1.key }
        }
    }

    /// Every job in memory by its number, with its revision.
    func known() -> [Int64: Known] {
        state.withLock { state in
            var known: [Int64: Known] = [:]
            known.reserveCapacity(state.jobs.count)
            for (id, entry) in state.jobs {
                known[entry.row.key] = Known(id: id, revision: entry.row.record.revision)
            }
            return known
        }
    }

    /// A job as memory has it.
    struct Known: Sendable {
        let id: JobID
        let revision: Int64
    }

    /// Takes what this controller has written of a job, rings its bells, and tells of its end.
    func publish(_ row: JobRow) { put(row, isOwn: true, inPlaceOf: nil) }

    /// Takes what was read of a job that another controller may have written: its bells ring, but the end is the other's to tell.
    ///
    /// - Parameters:
    ///   - row: The job.
    ///   - known: What memory had before the reading began. A database that lost its last commits (a standby that was
    ///     promoted) has something older to say, and is right unless this controller has written since.
    func hear(_ row: JobRow, inPlaceOf known: Known?) { put(row, isOwn: false, inPlaceOf: known?.revision) }

    private func put(_ row: JobRow, isOwn: Bool, inPlaceOf known: Int64?) {
        let (id, isFinal) = (row.record.id, row.record.state.isFinal)
        let bells: [AsyncStream<Void>.Continuation]? = state.withLock { state in
            let former = state.jobs[id]
            if isOwn, isFinal, former?.isTold != true { teller.yield(.ended(row.record)) }
            let isTold = former?.isTold == true || isOwn && isFinal
            if let kept = former?.row, kept.record.revision >= row.record.revision,
                kept.record.revision == row.record.revision || kept.record.revision != known
            {
                if isTold { state.jobs[id] = Entry(kept, isTold: true) }
                return nil
            }
            let hadEnded = former?.row.record.state.isFinal == true
            if isFinal, !hadEnded { state.ended.append(id) }
            if !isFinal, hadEnded { state.ended.removeAll { $0 == id } }
            state.jobs[id] = Entry(row, isTold: isTold)
            if state.ended.count > Self.endedLimit { state.jobs[state.ended.removeFirst()] = nil }
            return [id, nil].flatMap { state.bells[$0].map { Array($0.values) } ?? [] }
        }
        guard let bells else { return }
        for bell in bells { bell.yield() }
        changes.note([id])
    }

    /// Bytes that jobs of other controllers have, those of running downloads among them, as they last wrote them down.
    func setLive(_ bytes: [JobID: Int64]) { state.withLock { $0.live = bytes } }

    /// How many of these are in no row of the job's.
    func live(_ id: JobID) -> Int64 {
        state.withLock { state in
            guard let bytes = state.live[id], let row = state.jobs[id]?.row, !row.record.state.isFinal else {
                return 0
            }
            return max(0, bytes - row.record.bytesDone)
        }
    }

    /// Forgets a job that has been pruned; those who wait for it wait no more.
    func forget(_ id: JobID) {
        let bells = state.withLock { state in
            state.jobs[id] = nil
            state.ended.removeAll { $0 == id }
            return state.bells.removeValue(forKey: id).map { Array($0.values) } ?? []
        }
        for bell in bells { bell.finish() }
    }

    /// Rings once for any number of changes since it was last heard.
    ///
    /// Subscribe first, then read: no change is missed so. Ends when the job is pruned; that of all jobs never.
    func changes(of id: JobID?) -> AsyncStream<Void> {
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextBell += 1
            state.bells[id, default: [:]][state.nextBell] = bell
            return state.nextBell
        }
        bell.onTermination = { [weak self] _ in self?.unsubscribe(number, from: id) }
        return stream
    }

    private func unsubscribe(_ number: Int, from id: JobID?) {
        state.withLock { state in
            state.bells[id]?[number] = nil
            if state.bells[id]?.isEmpty == true { state.bells[id] = nil }
        }
    }
}

/// What happened to jobs that nobody else tells of.
package enum JobNews: Sendable {
    /// A job has ended.
    case ended(JobRecord)
    /// Results ended without the dispatcher, so many by reason: they waited when their job was cancelled, or their image
    /// can't be had.
    case endedAside(Outcome, [Reason: Int])
    /// Results of images that were exchanged: bytes that hosts read at the source for them, and had from each other.
    case exchanged(fromSource: Int64, fromPeers: Int64)
    /// So many hosts said that another one gave them something wrong.
    case peerFaults(Int)
}
