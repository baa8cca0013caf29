package import PrecacheModel
internal import Synchronization

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
