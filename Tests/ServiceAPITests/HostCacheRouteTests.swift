import HTTPDoor
import HTTPTypes
import PrecacheModel
import Testing

@testable import ServiceAPI

@Suite struct HostCacheRouteTests {
    private func service(_ host: String) async throws -> TestService {
        let service = TestService()
        _ = await service.call(.put, "/v1/hosts/\(host)", "{}")
        return service
    }

    @Test func theAgentsAnswerIsPassedOn() async throws {
        let service = try await service("h")
        let answer = await service.call(.get, "/v1/hosts/h/cache?after=abc_1&limit=5", as: "reader")
        #expect(answer.status == 200)
        #expect(answer.text == #"{"cache":{"after":"abc_1","limit":5}}"#)
        #expect(await service.call(.get, "/v1/hosts/h/cache").text.contains(#""limit":1000"#))
    }

    @Test(arguments: [
        "limit=0", "limit=1001", "after=", "after=a%2Fb", "after=A", "before=x", "limit=1&limit=2",
    ])
    func wrongQueriesReachNoAgent(_ query: String) async throws {
        let service = try await service("h")
        #expect(await service.call(.get, "/v1/hosts/h/cache?\(query)").status == 400)
    }

    @Test(arguments: [
        ("agent-unreachable", 502), ("agent-timeout", 504), ("agent-unauthorized", 502),
        ("agent-protocol", 502),
        ("internal", 500),
    ])
    func failuresOfTheAgentHaveTheirOwnCodes(_ host: String, _ status: Int) async throws {
        let service = try await service(host)
        let answer = await service.call(.get, "/v1/hosts/\(host)/cache")
        #expect(answer.status == status)
        #expect(answer.text.contains("\"code\":\"\(host.split(separator: "-").joined(separator: "_"))\""))
        #expect(answer.text.contains("the agent says no"))
    }

    @Test func unknownHostsAndRolesAreRefused() async throws {
        let service = try await service("h")
        #expect(await service.call(.get, "/v1/hosts/x/cache").status == 404)
        #expect(await service.call(.get, "/v1/hosts/h/cache", as: "agent").status == 403)
        #expect(await service.call(.get, "/v1/hosts/h/cache", as: nil).status == 401)
    }

    @Test(.timeLimit(.minutes(10))) func aHostThatNeverAnswersIsAskedByFewAtATime() async throws {
        let questions = AgentQuestions()
        let (mute, healthy) = (try HostName("mute"), try HostName("healthy"))
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let waiting = (0..<AgentQuestions.perHost).map { _ in
            Task {
                try await questions.ask(mute) {
                    ask.yield()
                    try await Task.sleep(for: .seconds(3_600))
                }
            }
        }
        var count = 0
        for await _ in asked {
            count += 1
            if count == AgentQuestions.perHost { break }
        }
        let refusal = await #expect(throws: Problem.self) { try await questions.ask(mute) {} }
        #expect(refusal?.status == .serviceUnavailable && refusal?.code == "overloaded")
        #expect(try await questions.ask(healthy) { true }, "others are asked")
        for task in waiting { task.cancel() }
        for task in waiting { _ = await task.result }
        #expect(try await questions.ask(mute) { true }, "a turn that ended is given to the next")
    }
}
