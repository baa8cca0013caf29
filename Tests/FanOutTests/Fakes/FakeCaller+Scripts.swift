import FanOut
import PrecacheModel
import TestSupport

extension FakeCaller {
    /// Agents that cache everything at once.
    static func cachingAll() -> FakeCaller { FakeCaller { task, emit in cacheAll(task, emit) } }

    static func cacheAll(_ task: AgentTask, _ emit: Emit) {
        for image in task.images {
            emit(.outcome(image: image.id, ImageOutcome(.cached, isVerified: true)))
        }
    }
}

extension AgentFailure {
    static var refused: AgentFailure { AgentFailure(reason: .agentUnreachable, detail: "refused") }
}

extension Task where Success == Never, Failure == Never {
    /// Suspends until the task is cancelled.
    static func untilCancelled() async {
        let stream = AsyncStream<Never> { _ in }
        for await _ in stream {}
    }
}

extension FakeCaller {
    /// Agents that take a few turns of the scheduler before they cache everything.
    static func yielding() -> FakeCaller {
        FakeCaller { task, emit in
            for _ in 0..<5 { await Task.yield() }
            cacheAll(task, emit)
        }
    }
}

extension FakeCaller {
    /// Agents that do anything: good, bad, repeated and missing outcomes, strangers, failures of every class, silence.
    static func erratic(seed: UInt64) -> FakeCaller {
        FakeCaller { task, emit throws(AgentFailure) in
            var random = SplitMix(seed: seed ^ SplitMix.value(UInt64(task.hostOrdinal * 10 + task.attempt)))
            for image in task.images {
                emit(.progress(image: image.id, ByteProgress(done: 10, total: 100)))
                switch random.next() % 8 {
                case 0...2: emit(.outcome(image: image.id, ImageOutcome(.cached)))
                case 3:
                    let outcome = ImageOutcome(.existing)
                    emit(.outcome(image: image.id, outcome))
                    emit(.outcome(image: image.id, outcome))
                case 4: emit(.outcome(image: image.id, ImageOutcome(.error, reason: .noSpace)))
                case 5:
                    emit(.outcome(image: image.id, ImageOutcome(.error, isRetryable: true)))
                case 6: emit(.outcome(image: image.id, ImageOutcome(.pending)))
                default: break
                }
                for _ in 0..<random.next() % 5 { await Task.yield() }
            }
            switch random.next() % 8 {
            case 0: throw .refused
            case 1: throw AgentFailure(reason: .agentUnauthorized, detail: "401")
            case 2:
                await Task.untilCancelled()
                throw .refused
            default: return
            }
        }
    }
}
