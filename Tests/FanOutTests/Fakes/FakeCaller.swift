import FanOut
import PrecacheModel

/// Agents that a test plays: by default a task stays open until the test ends it; a script may answer instead.
final class FakeCaller: AgentCaller {
    typealias Emit = @Sendable (AgentEvent) -> Void
    typealias Script = @Sendable (AgentTask, Emit) async throws(AgentFailure) -> Void

    /// A task that runs.
    struct Call: Sendable {
        let task: AgentTask
        let emit: Emit
        let finish: CheckedContinuation<AgentFailure?, Never>?
    }

    struct State: Sendable {
        var open: [String: Call] = [:]
        /// Every task ever begun, in order.
        var begun: [AgentTask] = []
        var cancelled: [AgentTask] = []
        var running = 0
        var peak = 0
        var runningPerJob: [JobID: Int] = [:]
        var peakPerJob: [JobID: Int] = [:]
        var runningPerSource: [SourceKey: Int] = [:]
        var peakPerSource: [SourceKey: Int] = [:]
    }

    let state = Watched(State())
    private let script: Script?
    /// Whether an agent that is asked to stop a task ends it with `cancelled` outcomes.
    private let obeysCancel: Bool

    init(obeysCancel: Bool = true, script: Script? = nil) {
        self.obeysCancel = obeysCancel
        self.script = script
    }

    func run(
        _ task: AgentTask,
        on agent: AgentPlace,
        onEvent: @escaping @Sendable (AgentEvent) -> Void
    ) async throws(AgentFailure) {
        state.change { $0.begin(task) }
        defer { state.change { $0.end(task) } }
        onEvent(.accepted(task: task.id, attempt: task.attempt, attached: false))
        if let script { return try await script(task, onEvent) }
        let failure = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.change { state in
                    guard !Task.isCancelled else { return true }
                    state.open[task.id.text] = Call(task: task, emit: onEvent, finish: continuation)
                    return false
                }
                if isCancelled { continuation.resume(returning: Self.cutOff) }
            }
        } onCancel: {
            end(task.id.text, with: Self.cutOff)
        }
        if let failure { throw failure }
    }

    func cancel(_ task: AgentTask, on agent: AgentPlace) async {
        state.change { $0.cancelled.append(task) }
        guard obeysCancel, let call = state.value.open[task.id.text] else { return }
        for image in call.task.images {
            call.emit(.outcome(image: image.id, ImageOutcome(.cancelled, reason: .cancelled)))
        }
        end(task.id.text, with: nil)
    }

    /// Waits until a host's task runs (again).
    func waitForTask(_ name: String, attempt: Int = 1) async {
        await state.wait { $0.open[name]?.task.attempt == attempt }
    }

    /// Waits until so many tasks are open.
    func waitForOpen(_ count: Int) async { await state.wait { $0.open.count == count } }

    func emit(_ name: String, _ event: AgentEvent) { state.value.open[name]?.emit(event) }

    /// Ends an open task: all its images cached unless said otherwise before, or a failure.
    func finish(_ name: String, cached: Bool = true, failure: AgentFailure? = nil) {
        guard let call = state.value.open[name] else { return }
        if failure == nil, cached {
            for image in call.task.images {
                call.emit(.outcome(image: image.id, ImageOutcome(.cached, isVerified: true)))
            }
        }
        end(name, with: failure)
    }

    private static let cutOff = AgentFailure(reason: .agentUnreachable, detail: "cut off")

    private func end(_ name: String, with failure: AgentFailure?) {
        let call = state.change { $0.open.removeValue(forKey: name) }
        call?.finish?.resume(returning: failure)
    }
}

extension FakeCaller.State {
    fileprivate mutating func begin(_ task: AgentTask) {
        begun.append(task)
        running += 1
        peak = max(peak, running)
        runningPerJob[task.job, default: 0] += 1
        peakPerJob[task.job] = max(peakPerJob[task.job] ?? 0, runningPerJob[task.job] ?? 0)
        for source in Set(task.images.map { SourceKey(url: $0.reference.url) }) {
            runningPerSource[source, default: 0] += 1
            peakPerSource[source] = max(peakPerSource[source] ?? 0, runningPerSource[source] ?? 0)
        }
    }

    fileprivate mutating func end(_ task: AgentTask) {
        running -= 1
        runningPerJob[task.job, default: 0] -= 1
        for source in Set(task.images.map { SourceKey(url: $0.reference.url) }) {
            runningPerSource[source, default: 0] -= 1
        }
    }
}
