import Synchronization
import TestSupport
import Testing

@testable import HTTPFetching

struct BodyPipeTests {
    private let buffering = FetchBuffering(receiveBytes: 1_024, bodyBytes: 8, chunkBytes: 8)

    private func put(_ count: Int, _ pipe: BodyPipe) -> Bool {
        [UInt8](repeating: 1, count: count).withUnsafeBytes { pipe.put($0) }
    }

    @Test func refusesBeyondItsBoundAndWakesAtHalf() async throws {
        let woken = Atomic(0)
        let buffering = FetchBuffering(receiveBytes: 1_024, bodyBytes: 8, chunkBytes: 4)
        let pipe = BodyPipe(
            buffering: buffering,
            wake: { woken.wrappingAdd(1, ordering: .relaxed) },
            drop: {}
        )
        #expect(put(4, pipe))
        #expect(put(4, pipe))
        #expect(!put(1, pipe))
        #expect(pipe.isPaused)
        #expect(try await pipe.next().get()?.count == 4)
        #expect(woken.load(ordering: .relaxed) == 1)
        #expect(!pipe.isPaused)
    }

    @Test func wakesAlsoWhenTheLastElementWentToAWaitingReader() async throws {
        let woken = TestEvent<Void>()
        let pipe = BodyPipe(buffering: buffering, wake: { woken.fire() }, drop: {})
        let reader = Task { try await pipe.next().get()?.count }
        // Whether the reader waits by now or not, all is well.
        await Task.yield()
        #expect(put(8, pipe))
        #expect(!put(1, pipe))
        pipe.flush()
        #expect(try await reader.value == 8)
        let next = Task { await pipe.next() }
        await woken.wait()
        pipe.end(nil)
        #expect(try await next.value.get() == nil)
    }

    @Test func dropsOnceAndOnlyBeforeTheEnd() async throws {
        let dropped = Atomic(0)
        let pipe = BodyPipe(
            buffering: buffering,
            wake: {},
            drop: { dropped.wrappingAdd(1, ordering: .relaxed) }
        )
        pipe.abandon("a")
        pipe.abandon("b")
        #expect(dropped.load(ordering: .relaxed) == 1)
        let ended = BodyPipe(buffering: buffering, wake: {}, drop: { Issue.record("dropped after the end") })
        ended.end(nil)
        ended.abandon("c")
    }
}
