import HTTPServing
import HTTPTypes
import PrecacheModel
import Reactor
import Testing

@testable import ServiceAPI

@Suite(.timeLimit(.minutes(1)))
struct CallTests {
    @Test(arguments: [(1_000, true), (Call.bytesAtOnce, false)])
    func `a large body does not hold up the loop`(digits: Int, onLoop: Bool) async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let body = Array("[\(Array(repeating: "1", count: digits).joined(separator: ","))]".utf8)
        let call = Call(
            request: Request(method: .put, target: "/v1/inventory", body: RequestBody(body)),
            parameters: PathParameters(),
            caller: Caller(name: nil, role: nil)
        )
        let task = Task(executorPreference: loop) {
            try await call.read { _, _ in loop.isCurrent }
        }
        #expect(try await task.value == onLoop)
    }
}
