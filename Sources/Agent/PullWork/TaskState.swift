import ImageCache
package import PrecacheModel
import Synchronization

/// What is known of a task: written by the desk, read by whoever watches.
final class TaskState: Sendable {
    struct Contents {
        var task: AgentTask
        /// Downloads that work for the task, by image.
        var progress: [ImageID: ImageProgress] = [:]
        /// Final outcomes in the order in which they came.
        var outcomes: [(image: ImageID, outcome: ImageOutcome)] = []
        /// Whether the agent is about to stop: watchers go, the task is not done.
        var isAbandoned = false

        var isFinished: Bool { outcomes.count == task.images.count }

        func outcome(of id: ImageID) -> ImageOutcome? { outcomes.first { $0.image == id }?.outcome }
    }

    let bell = Bell()
    private let contents: Mutex<Contents>

    init(_ task: AgentTask) { contents = Mutex(Contents(task: task)) }

    var current: Contents { contents.withLock { $0 } }

    /// Changes the task's state and tells who watches.
    func change(_ body: @Sendable (inout Contents) -> Void) {
        contents.withLock { body(&$0) }
        bell.ring()
    }
}

/// A task on the desk; touched by the desk's actor only.
final class DeskEntry {
    let state: TaskState
    var workers: [ImageID: (number: Int, task: Task<Void, Never>)] = [:]
    var timer: Task<Void, Never>?
    /// Whether the end of the current attempt has been counted.
    var isCounted = false

    init(_ state: TaskState) { self.state = state }

    func lacks(_ id: ImageID) -> Bool { state.current.outcome(of: id) == nil }
}

extension AgentTask {
    /// What the task wants, without where to get it: that may differ between two tellings of one attempt.
    var wish: Set<ExpectedImage> { Set(images.map(\.expected)) }
}

extension OrderedImage {
    /// What the cached file has to be.
    var expected: ExpectedImage {
        ExpectedImage(
            id: id,
            sizeBytes: reference.sizeBytes,
            digest: reference.digest,
            allowsUnverified: reference.allowsUnverified,
            diskFormat: reference.diskFormat
        )
    }
}

/// A task as it stands.
package struct PullSnapshot: Sendable {
    /// The task's id.
    package var id: TaskID
    /// The job.
    package var job: JobID
    /// The attempt's number.
    package var attempt: Int
    /// Whether every image has an outcome.
    package var isFinished: Bool
    /// The images in the task's order; `running` while one is being worked on.
    package var images: [(id: ImageID, outcome: ImageOutcome)]

    init(_ contents: TaskState.Contents) {
        id = contents.task.id
        job = contents.task.job
        attempt = contents.task.attempt
        isFinished = contents.isFinished
        images = contents.task.images.map { image in
            let progress = contents.progress[image.id]
            var outcome =
                contents.outcome(of: image.id) ?? ImageOutcome(.running, bytesDone: progress?.bytesDone ?? 0)
            outcome.bytesTotal = outcome.bytesTotal ?? progress?.bytesTotal ?? image.reference.sizeBytes
            return (image.id, outcome)
        }
    }
}

/// Why a task isn't taken.
package enum PullRefusal: Error, Hashable, Sendable {
    /// A newer attempt is known.
    case staleAttempt(current: Int)
    /// The same attempt was ordered before, with other images.
    case conflict
    /// So many tasks run already.
    case tooManyTasks(Int)
    /// So many images are in hand, and with the task's there would be more than there may be.
    case tooManyImages(Int)
    /// The agent is stopping.
    case stopping
}
