package import PrecacheModel

/// The durable record of jobs that the dispatcher works from: the rows are the queue, the dispatcher's memory is a hint.
///
/// Every call is one transaction, durable when it returns. A call that throws has changed nothing, and the dispatcher
/// makes it again after a pause (disk full, database locked), so an implementation throws for what concerns the whole
/// ledger only and never for the contents of one report. The dispatcher makes one call at a time. An implementation
/// keeps blocking calls off the caller's thread.
///
/// A host of a job is *waiting* (claimable once its due time has come), *claimed* (an attempt is under way) or *done*
/// (each of its images has a final outcome). Attempts are numbered from 1 for each host.
///
/// A job ends in the transaction that finishes its last host; a job without hosts has ended at its acceptance.
package protocol Ledger: Sendable {
    /// Takes over the jobs that nobody living has: makes their claimed hosts waiting again, due at once, so that the next
    /// claim of each has the SAME attempt number.
    ///
    /// Called before anything else, and whenever somebody else was found dead: what is claimed then was claimed by a process
    /// that is gone. With the same number the agent attaches to the task that it may still be working on, and nothing is
    /// downloaded twice.
    ///
    /// - Parameter latestDue: Due times of waiting hosts beyond this one (on the steady scale) become this one: they
    ///   were written before the wall clock was set back, or not by us.
    /// - Returns: The number of hosts that had been claimed.
    /// - Throws: The ledger's own error, if nothing could be written.
    func recover(latestDue: Timestamp) async throws -> Int

    /// Our jobs that have not ended, oldest first, including those whose cancellation was asked for.
    ///
    /// One that isn't listed any more has ended, or was taken over by somebody who thought us dead.
    func openJobs() async throws -> [OpenJob]

    /// Whether others download from the same sources, so that what each allows has to be shared.
    var sharesSources: Bool { get }

    /// Takes a share of what sources allow, and gives back what isn't needed.
    ///
    /// Over all who share, no more is given out than the limit; what is at work counts in any case. Of sources that aren't
    /// named all is given back.
    ///
    /// - Parameters:
    ///   - wishes: Every source that is read, that somebody waits for, or of which something was taken before.
    ///   - limit: How many downloads a source allows in all.
    ///   - keepsAll: Whether nothing is to be given back: some of it was taken over, for downloads that aren't counted yet.
    /// - Returns: How many there may be at once here, for each of the sources.
    /// - Throws: The ledger's own error, if nothing could be written.
    func share(
        _ wishes: [SourceKey: SourceWish],
        limit: Int,
        keepsAll: Bool
    ) async throws -> [SourceKey: Int]

    /// Claims hosts that are due, for several jobs at once, each job's by due time and then by ordinal.
    ///
    /// Claimed durably before it returns, so before any agent is called. The attempt number rises by one, except after
    /// ``recover(latestDue:)`` and after a report that released the host. A host that has no image to do is not
    /// returned. A job that has ended yields no hosts, nor does one that isn't ours, and its answer says so; one whose
    /// cancellation was asked for may.
    ///
    /// - Parameters:
    ///   - requests: What is wanted, at most one request a job; limits are at least 1.
    ///   - time: Hosts are due up to `time.steady`; rows that people see get `time.wall`.
    /// - Returns: One answer for each request, in the same order.
    /// - Throws: The ledger's own error, if nothing could be written.
    func claim(_ requests: [ClaimRequest], at time: LedgerTime) async throws -> [ClaimAnswer]

    /// Takes back claims that nobody here knows of: a claim that failed may have been written all the same.
    ///
    /// Such hosts wait again, due at once, with the same attempt number at their next claim. Called when all reports have been
    /// written, so that whoever is claimed and isn't named is known to nobody.
    ///
    /// - Parameter known: The hosts at work, by job; other jobs are left alone.
    /// - Returns: The jobs that aren't ours any more, and nothing else.
    /// - Throws: The ledger's own error, if nothing could be written.
    func release(allBut known: [JobID: Set<Int>]) async throws -> LedgerChange

    /// Writes down what attempts came to.
    ///
    /// A report counts only if its host is claimed and its attempt number is the row's; otherwise it's ignored and
    /// counted as stale. Within a report, an image that already has a final outcome keeps it. Nothing is written for a job
    /// that isn't ours any more, and the change names it.
    ///
    /// - Parameters:
    ///   - reports: In the order in which things happened; several may concern one host.
    ///   - time: The time of the events and outcomes.
    /// - Returns: The jobs that ended with this, and the number of stale reports.
    /// - Throws: The ledger's own error, if nothing could be written.
    func record(_ reports: [HostReport], at time: LedgerTime) async throws -> LedgerChange

    /// Writes down what happened in exchanges, as events of their jobs, and keeps hosts out of meshes for a while.
    ///
    /// - Throws: The ledger's own error, if nothing could be written.
    func note(_ notes: [MeshNote], at time: LedgerTime) async throws

    /// Finishes every waiting host of a job to which `finish` applies: each image without a final outcome gets one.
    ///
    /// Waiting includes hosts that wait for another attempt, however late they are due. Claimed hosts are left alone:
    /// the dispatcher reports them. Applying it again changes nothing. Of an immense job some hosts are finished, and the
    /// change says that there are more: the call is to be made again.
    ///
    /// - Returns: The jobs that ended with this (this one or none), the number of results finished, and the finished
    ///   hosts that ``recover(latestDue:)`` found claimed and that weren't claimed since.
    /// - Throws: The ledger's own error, if nothing could be written.
    func finish(_ job: JobID, _ finish: BulkFinish, at time: LedgerTime) async throws -> LedgerChange
}
