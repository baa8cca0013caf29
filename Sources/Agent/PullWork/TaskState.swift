import PrecacheModel
import Synchronization

/// What is known of a task: written by the desk, read by whoever watches.
final class TaskState: Sendable {
    struct Contents {
        var task: PullTask
        /// Downloads that work for the task, by image.
        var progress: [ImageID: ImageProgress] = [:]
        /// Final outcomes in the order in which they came.
        var outcomes: [PullOutcome] = []
        /// Whether the agent is about to stop: watchers go, the task is not done.
        var isAbandoned = false

        var isFinished: Bool { outcomes.count == task.images.count }

        func outcome(of id: ImageID) -> PullOutcome? { outcomes.first { $0.id == id } }
    }

    let bell = Bell()
    private let contents: Mutex<Contents>

    init(_ task: PullTask) { contents = Mutex(Contents(task: task)) }

    var current: Contents { contents.withLock { $0 } }

    /// Changes the task's state and tells who watches.
    func change(_ body: @Sendable (inout Contents) -> Void) {
        contents.withLock { body(&$0) }
        bell.ring()
    }
}
