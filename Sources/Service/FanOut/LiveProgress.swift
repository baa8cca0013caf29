package import PrecacheModel
import Synchronization

/// How far running downloads are, in memory only: what rows don't say yet.
///
/// The dispatcher writes, status readers read. An image has an entry from its first progress until its outcome is in
/// the ledger, so a reader adds these bytes to the rows' and, for a moment around the commit, may count an image
/// twice: cap sums at the total. Every call takes constant time, but for ``runningImages(of:host:)`` (a host's images).
package final class LiveProgress: Sendable {
    /// A job's running downloads, summed up.
    package struct Sum: Hashable, Sendable {
        /// Bytes that running images have fetched.
        package internal(set) var bytesDone: Int64 = 0
        /// Running images that have reported progress.
        package internal(set) var images: Int = 0
        /// Rises with every change of the job's entries and never comes again: a reader that saw it before needs no
        /// new answer.
        package internal(set) var generation: UInt64 = 0

        /// Nothing running.
        package init() {}
    }

    private struct State {
        var jobs: [JobID: LiveJob] = [:]
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Nothing running.
    package init() {}

    /// A job's running downloads; all zero for a job that has none.
    package func sum(of job: JobID) -> Sum {
        var sum = state.withLock { $0.jobs[job]?.sum ?? Sum() }
        sum.bytesDone = ByteProgress.bounded(sum.bytesDone)
        return sum
    }

    /// The running downloads of every job that has had some and hasn't ended.
    package var sums: [JobID: Sum] {
        state.withLock { state in
            state.jobs.mapValues { job in
                var sum = job.sum
                sum.bytesDone = ByteProgress.bounded(sum.bytesDone)
                return sum
            }
        }
    }

    /// How far the running images of a host are, by image ordinal.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - host: The host's number within the job.
    /// - Returns: The images that have reported progress; empty for a host without any.
    package func runningImages(of job: JobID, host: Int) -> [Int: ByteProgress] {
        state.withLock { $0.jobs[job]?.images(of: host) ?? [:] }
    }

    /// Sets how far an image is.
    func update(_ job: JobID, host: Int, image: Int, to progress: ByteProgress) {
        state.withLock { state in
            state.generation += 1
            state.jobs[job, default: LiveJob()]
                .update(host: host, image: image, to: progress, generation: state.generation)
        }
    }

    /// Removes one image of a host, or all of them.
    func clear(_ job: JobID, host: Int, image: Int? = nil) {
        state.withLock { state in
            state.generation += 1
            state.jobs[job]?.clear(host: host, image: image, generation: state.generation)
        }
    }

    /// Removes everything of a job that has ended.
    func forget(_ job: JobID) {
        state.withLock { _ = $0.jobs.removeValue(forKey: job) }
    }
}

/// The running downloads of one job: a few entries for each host that has some, and their sum.
///
/// The sum wraps, so that agents that lie end in a wrong figure, which goes as they go, and not in the service.
struct LiveJob {
    private struct Entry {
        let image: Int
        var progress: ByteProgress
    }

    private var hosts: [Int: [Entry]] = [:]
    private(set) var sum = LiveProgress.Sum()

    func images(of host: Int) -> [Int: ByteProgress] {
        Dictionary(
            hosts[host]?.map { ($0.image, $0.progress) } ?? [],
            uniquingKeysWith: { _, last in last }
        )
    }

    mutating func update(host: Int, image: Int, to reported: ByteProgress, generation: UInt64) {
        let progress = ByteProgress(
            done: ByteProgress.bounded(reported.done),
            total: reported.total.map(ByteProgress.bounded)
        )
        sum.generation = generation
        if let index = hosts[host]?.firstIndex(where: { $0.image == image }) {
            sum.bytesDone &+= progress.done - (hosts[host]?[index].progress.done ?? 0)
            hosts[host]?[index].progress = progress
        } else {
            sum.bytesDone &+= progress.done
            sum.images += 1
            hosts[host, default: []].append(Entry(image: image, progress: progress))
        }
    }

    mutating func clear(host: Int, image: Int?, generation: UInt64) {
        guard let entries = hosts[host] else { return }
        let left = entries.filter { image != nil && $0.image != image }
        guard left.count < entries.count else { return }
        hosts[host] = left.isEmpty ? nil : left
        sum.images -= entries.count - left.count
        sum.bytesDone &-= entries.reduce(0) { $0 &+ $1.progress.done }
        sum.bytesDone &+= left.reduce(0) { $0 &+ $1.progress.done }
        sum.generation = generation
    }
}
