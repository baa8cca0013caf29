import Reactor
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TimerTests {
    @Test func timersFireInTheOrderOfTheirDeadlinesNeverEarly() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let begin = ContinuousClock.now
        let (stream, events) = AsyncStream.makeStream(of: (Int, Bool).self)
        // On its own thread none fires before all are there.
        loop.execute {
            for milliseconds in [900, 300, 600, 0] {
                loop.schedule(after: .milliseconds(milliseconds)) {
                    let isEarly = ContinuousClock.now - begin < .milliseconds(milliseconds)
                    events.yield((milliseconds, isEarly))
                    if milliseconds == 900 { events.finish() }
                }
            }
        }
        var order: [Int] = []
        for await (milliseconds, isEarly) in stream {
            order.append(milliseconds)
            #expect(!isEarly)
        }
        #expect(order == [0, 300, 600, 900])
    }

    @Test func aCancelledTimerDoesNotFire() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let (stream, events) = AsyncStream.makeStream(of: String.self)
        loop.execute {
            loop.schedule(after: .milliseconds(10)) { events.yield("cancelled") }.cancel()
            loop.schedule(after: .milliseconds(30)) { events.finish() }
        }
        var seen: [String] = []
        for await event in stream { seen.append(event) }
        #expect(seen.isEmpty)
    }

    @Test func sleepEndsByItself() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let begin = ContinuousClock.now
        try await loop.sleep(for: .milliseconds(15))
        #expect(ContinuousClock.now - begin >= .milliseconds(15))
    }

    @Test func sleepEndsAtOnceWhenItsTaskIsCancelled() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let task = Task { try await loop.sleep(for: .seconds(3_600)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func sleepEndsWhenTheLoopStops() async throws {
        let loop = try EventLoop(name: "test")
        let task = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(3_600)) }
        // The task is enqueued first, so it sleeps before this runs.
        await withCheckedContinuation { continuation in loop.execute { continuation.resume() } }
        loop.stop()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
