package import PrecacheModel
internal import Synchronization

/// What memory knows of jobs: the summaries of those that live, so that a status poll needs no SQLite, and the bells of
/// those who wait for a change.
///
/// Written only after a commit, in the order of the commits.
final class JobBoard: Sendable {
    /// How many jobs that have ended are kept beside those that live.
    static let endedLimit = 256

    /// An object, so that looking at a revision doesn't copy the record.
    private final class Entry: Sendable {
        let row: JobRow
        let revision: UInt64

        init(_ row: JobRow, revision: UInt64) {
            self.row = row
            self.revision = revision
        }
    }

    private struct State {
        var jobs: [JobID: Entry] = [:]
        var lastRevision: UInt64 = 0
        var ended: [JobID] = []
        var bells: [JobID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var nextBell = 0
    }

    private let state = Mutex(State())
    /// Hears of every change of every job, from the first call of ``JobChanges/listen()`` on.
    let changes = JobChanges()
    private let (heard, teller) = AsyncStream.makeStream(
        of: JobNews.self,
        bufferingPolicy: .bufferingNewest(10_000)
    )

    /// What is to be told and counted beside the jobs themselves, for one listener.
    var news: AsyncStream<JobNews> { heard }

    func tell(_ news: JobNews) { teller.yield(news) }

    /// A job's summary, if it lives or ended lately.
    func record(_ id: JobID) -> JobRecord? { state.withLock { $0.jobs[id]?.row.record } }

    /// A number that differs after every change of the job, if it lives or ended lately.
    func revision(_ id: JobID) -> UInt64? { state.withLock { $0.jobs[id]?.revision } }

    /// A job's row, if it lives or ended lately.
    func row(_ id: JobID) -> JobRow? { state.withLock { $0.jobs[id]?.row } }

    /// Every job that lives, in the order of acceptance.
    func live() -> [JobRow] {
        state.withLock { state in
            state.jobs.values.map(\.row).filter { !$0.record.state.isFinal }.sorted { $0.key < $1.key }
        }
    }

    /// Takes a job's newest summary and rings its bells.
    func publish(_ row: JobRow) {
        let bells = state.withLock { state in
            let id = row.record.id
            if row.record.state.isFinal, state.jobs[id]?.row.record.state.isFinal != true {
                state.ended.append(id)
                teller.yield(.ended(row.record))
            }
            state.lastRevision += 1
            state.jobs[id] = Entry(row, revision: state.lastRevision)
            if state.ended.count > Self.endedLimit { state.jobs[state.ended.removeFirst()] = nil }
            return state.bells[id].map { Array($0.values) } ?? []
        }
        for bell in bells { bell.yield() }
        changes.note(row.record.id)
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
    /// Subscribe first, then read: no change is missed so. Ends when the job is pruned.
    func changes(of id: JobID) -> AsyncStream<Void> {
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextBell += 1
            state.bells[id, default: [:]][state.nextBell] = bell
            return state.nextBell
        }
        bell.onTermination = { [weak self] _ in self?.unsubscribe(number, from: id) }
        return stream
    }

    private func unsubscribe(_ number: Int, from id: JobID) {
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

/// Which jobs have changed since somebody last looked: a set, so that a thousand changes of a job are one.
///
/// For one listener; until there is one nothing is kept.
package final class JobChanges: Sendable {
    private struct State {
        var jobs: Set<JobID> = []
        var bell: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())

    /// Rings when ``take()`` has something; one ring may stand for several changes.
    ///
    /// Listen first, then read what is there: so nothing is missed.
    package func listen() -> AsyncStream<Void> {
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.bell = bell }
        return stream
    }

    /// The jobs that have changed since the last call.
    package func take() -> Set<JobID> {
        state.withLock { state in
            defer { state.jobs.removeAll() }
            return state.jobs
        }
    }

    func note(_ job: JobID) {
        let bell = state.withLock { state in
            if state.bell != nil { state.jobs.insert(job) }
            return state.bell
        }
        bell?.yield()
    }
}
