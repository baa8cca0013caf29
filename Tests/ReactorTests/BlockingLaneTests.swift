import Glibc
import Reactor
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BlockingLaneTests {
    @Test func resultsAndErrorsComeBack() async throws {
        let lane = try BlockingLane(name: "test")
        defer { lane.stop() }
        #expect(try await lane.run { 42 } == 42)
        await #expect(throws: SystemError(call: "open", code: ENOENT)) {
            try await lane.run { throw SystemError(call: "open", code: ENOENT) }
        }
    }

    @Test func oneThreadRunsOneThingAtATime() async throws {
        let lane = try BlockingLane(name: "test")
        defer { lane.stop() }
        let witness = Witness()
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<200 {
                group.addTask { try await lane.run { witness.pass() } }
            }
        }
        #expect(witness.overlapCount == 0)
    }

    @Test func severalThreadsRunAtOnce() async throws {
        let lane = try BlockingLane(name: "test", threads: 2)
        defer { lane.stop() }
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        defer {
            close(reader)
            close(writer)
        }
        // The first blocks until the second has run, which takes a second thread.
        async let first = lane.run {
            var byte: UInt8 = 0
            return read(reader, &byte, 1)
        }
        async let second = lane.run {
            var byte: UInt8 = 1
            return write(writer, &byte, 1)
        }
        #expect(try await first == 1)
        #expect(try await second == 1)
    }

    @Test func aStoppedLaneFinishesWhatItHasAndRefusesMore() async throws {
        let lane = try BlockingLane(name: "test")
        let done = Atomic<Int>(0)
        async let last: Void = lane.run { done.add(1, ordering: .relaxed) }
        try await last
        lane.stop()
        lane.stop()
        let count = done.load(ordering: .relaxed)
        #expect(count == 1)
        await #expect(throws: SystemError(call: "BlockingLane.run", code: ECANCELED)) {
            try await lane.run {}
        }
    }

    @Test func aTaskCancelledBeforeTheCallDoesNotRun() async throws {
        let lane = try BlockingLane(name: "test")
        defer { lane.stop() }
        let ran = Atomic<Bool>(false)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await lane.run { ran.store(true, ordering: .relaxed) }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        let didRun = ran.load(ordering: .relaxed)
        #expect(!didRun)
    }
}

/// Notices when two threads are inside at once.
private final class Witness: Sendable {
    private let inside = Atomic<Int>(0)
    private let overlaps = Atomic<Int>(0)

    var overlapCount: Int { overlaps.load(ordering: .relaxed) }

    func pass() {
        if inside.add(1, ordering: .relaxed).newValue != 1 { overlaps.add(1, ordering: .relaxed) }
        sched_yield()
        inside.subtract(1, ordering: .relaxed)
    }
}
