import HTTPServing
import PrecacheAPI
import PrecacheModel
import Reactor
import Synchronization

/// What all simulated hosts have between them: their tasks, their images, the counts.
final class FleetDesk: Sendable {
    struct Key: Hashable {
        let host: Int
        let task: TaskID
    }

    private struct State {
        var tasks: [Key: SimulatedTask] = [:]
        var cached: [Int: Set<ImageID>] = [:]
        var counts = FleetCounts()
    }

    let plan: FleetPlan
    let timing: FleetTiming
    let link: SourceLink
    private let loops: EventLoopGroup
    private let state = Mutex(State())

    init(plan: FleetPlan, timing: FleetTiming, loops: EventLoopGroup) {
        self.plan = plan
        self.timing = timing
        self.loops = loops
        link = SourceLink(timing.sourceBandwidth)
    }

    /// What was served so far.
    var counts: FleetCounts {
        var counts = state.withLock { $0.counts }
        counts.mostDownloads = max(counts.mostDownloads, link.mostActive)
        return counts
    }

    func count(_ change: (inout FleetCounts) -> Void) {
        state.withLock { change(&$0.counts) }
    }

    /// Takes a task, or attaches to it: nil where the task is at a later attempt already.
    func submit(_ order: AgentTask, host: Int) -> Response? {
        let key = Key(host: host, task: order.id)
        let work = SimulatedWork(order: order, host: host, desk: self)
        guard let known = state.withLock({ $0.tasks[key] }) else {
            return begin(work, key)
        }
        guard known.attempt <= order.attempt else { return nil }
        guard known.attempt == order.attempt else {
            known.cancel()
            return begin(work, key)
        }
        count { $0.attached += 1 }
        return response(of: known)
    }

    func cancel(_ id: TaskID, host: Int) -> Bool {
        guard let task = state.withLock({ $0.tasks[Key(host: host, task: id)] }) else { return false }
        count { $0.cancelled += 1 }
        task.cancel()
        return true
    }

    /// Ids of the images that a host has.
    func images(of host: Int) -> [ImageID] { state.withLock { ($0.cached[host] ?? []).sorted() } }

    func has(_ image: ImageID, host: Int) -> Bool {
        state.withLock { $0.cached[host]?.contains(image) == true }
    }

    func store(_ image: ImageID, host: Int) {
        state.withLock { _ = $0.cached[host, default: []].insert(image) }
    }

    func remove(_ image: ImageID, host: Int) -> Bool {
        state.withLock { $0.cached[host]?.remove(image) != nil }
    }

    private func begin(_ work: SimulatedWork, _ key: Key) -> Response {
        count { counts in
            counts.tasks += 1
            counts.running += 1
            counts.mostTasks = max(counts.mostTasks, counts.running)
        }
        if let lines = work.answerAtOnce() {
            count { $0.running -= 1 }
            return FleetRoutes.lines(.bytes(lines))
        }
        let task = SimulatedTask(attempt: work.order.attempt)
        state.withLock { $0.tasks[key] = task }
        let loop = loops.next()
        Task(executorPreference: loop) {
            await work.run(as: task, on: loop)
            task.end()
            self.forget(task, key)
        }
        return response(of: task)
    }

    private func forget(_ task: SimulatedTask, _ key: Key) {
        state.withLock { state in
            state.counts.running -= 1
            if state.tasks[key] === task { state.tasks[key] = nil }
        }
    }

    private func response(of task: SimulatedTask) -> Response {
        FleetRoutes.lines(
            .stream(length: nil, endless: true) { writer in
                var offset = 0
                while let lines = try await task.told(after: offset) {
                    offset += lines.count
                    try await writer.write(lines)
                }
            }
        )
    }
}
