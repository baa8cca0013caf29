import HTTPDoor
import HTTPServing
import HTTPTypes
import PrecacheAPI
import Reactor
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RequestJSONTests {
    private func request(digits: Int) -> Request {
        let body = Array("[\(Array(repeating: "1", count: digits).joined(separator: ","))]".utf8)
        return Request(method: .put, target: "/v1/inventory", body: RequestBody(body))
    }

    @Test(arguments: [(1_000, true), (Request.bytesAtOnce, false)])
    func aLargeBodyDoesNotHoldUpTheLoop(digits: Int, onLoop: Bool) async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let request = request(digits: digits)
        let task = Task(executorPreference: loop) {
            try await request.json { _, _ in loop.isCurrent }
        }
        #expect(try await task.value == onLoop)
    }

    @Test(arguments: [(1_000, true), (Request.bytesAtOnce, false)])
    func norDoesOneWhoseBytesAreAskedForToo(digits: Int, onLoop: Bool) async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let request = request(digits: digits)
        let task = Task(executorPreference: loop) {
            try await request.document { _, bytes in (loop.isCurrent, bytes.count) }
        }
        #expect(try await task.value == (onLoop, digits * 2 + 1))
    }
}
