import Glibc
import Reactor
import Synchronization
import Testing

/// An actor confined to a loop, as the connections of a server are.
private actor Confined {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private(set) var count = 0

    init(loop: EventLoop) {
        self.loop = loop
    }

    func increment() -> Bool {
        count += 1
        return loop.isCurrent
    }

    func startTask(_ events: AsyncStream<Bool>.Continuation) {
        Task(executorPreference: loop) {
            events.yield(await self.increment())
        }
    }
}

@Suite(.timeLimit(.minutes(10)))
struct EventLoopTests {
    @Test func workFromOtherThreadsRunsOnTheLoopInOrder() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        #expect(!loop.isCurrent)
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        for number in 0..<1_000 {
            loop.execute {
                if loop.isCurrent { continuation.yield(number) }
                if number == 999 { continuation.finish() }
            }
        }
        var seen: [Int] = []
        for await number in stream { seen.append(number) }
        #expect(seen == Array(0..<1_000))
    }

    @Test func tasksWithTheLoopAsPreferredExecutorStayOnItsThread() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let answers = await Task(executorPreference: loop) { () -> [Bool] in
            var answers = [loop.isCurrent]
            await Task.yield()
            answers.append(loop.isCurrent)
            await concurrently()
            answers.append(loop.isCurrent)
            return answers
        }.value
        #expect(answers == [true, true, true])
    }

    @Test func anActorWithTheLoopAsExecutorRunsThereWhoeverCalls() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let actor = Confined(loop: loop)
        let onLoop = await actor.increment()
        #expect(onLoop)
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        loop.execute { actor.assumeIsolated { $0.startTask(continuation) } }
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() == true)
        #expect(await actor.count == 2)
    }

    @Test func manyTasksFromManyThreadsAllEnd() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let actor = Confined(loop: loop)
        await withDiscardingTaskGroup { group in
            for _ in 0..<2_000 { group.addTask { _ = await actor.increment() } }
        }
        #expect(await actor.count == 2_000)
    }

    @Test func workHandedOverAfterTheStopStillRunsSoThatNoTaskHangs() async throws {
        let loop = try EventLoop(name: "test")
        let actor = Confined(loop: loop)
        _ = await actor.increment()
        loop.stop()
        for _ in 0..<100 {
            let onLoop = await actor.increment()
            #expect(onLoop)
        }
        #expect(await actor.count == 101)
    }

    @Test func stoppingFromTheLoopsOwnThreadAndTwiceIsAllowed() async throws {
        let loop = try EventLoop(name: "test")
        await withCheckedContinuation { continuation in
            loop.execute {
                loop.stop()
                continuation.resume()
            }
        }
        loop.stop()
    }

    @Test func aStoppedLoopLeavesNoDescriptorBehind() async {
        // In a process of its own: other tests open descriptors, too.
        await #expect(processExitsWith: .success) {
            try EventLoop(name: "test").stop()
            let lowest = dup(0)
            close(lowest)
            for _ in 0..<50 { try EventLoop(name: "test").stop() }
            try #require(dup(0) == lowest)
        }
    }

    #if DEBUG
    @Test func whatIsConfinedToALoopEndsADebugProgramThatTouchesItElsewhere() async {
        await #expect(processExitsWith: .failure) { try EventLoop(name: "test").assertCurrent() }
    }
    #endif

    @Test func aGroupHandsItsLoopsOutInTurn() throws {
        let group = try EventLoopGroup(count: 3, name: "test")
        defer { group.stop() }
        let first = (0..<3).map { _ in ObjectIdentifier(group.next()) }
        let second = (0..<3).map { _ in ObjectIdentifier(group.next()) }
        #expect(first == second)
        #expect(Set(first).count == 3)
        #expect(group.loops.map(\.name) == ["test-0", "test-1", "test-2"])
    }
}

@concurrent
private func concurrently() async {}
