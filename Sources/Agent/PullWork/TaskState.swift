import PrecacheModel
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
