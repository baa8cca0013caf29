import FanOut
import HTTPFetching
import Logging
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import AgentLink

@Suite(.timeLimit(.minutes(10)))
struct ImageSourcingTests {
    /// Gives out a new token at each question, and calls every refusal a deactivated image.
    private final class Sourcing: ImageSourcing {
        let asked = Mutex(0)

        func sources(of image: ImageReference) async throws(AgentFailure) -> [ImageSource] {
            let number = asked.withLock { count in
                count += 1
                return count
            }
            return ["a", "b"].map {
                ImageSource(url: "http://\($0)/\(image.id)", headers: ["X-Auth-Token": "t\(number)"])
            }
        }

        func judge(
            _ outcome: ImageOutcome,
            of image: ImageReference,
            from sources: [ImageSource]
        ) async -> ImageOutcome {
            var judged = outcome
            judged.reason = .imageNotActive
            judged.detail = "\(image.id) from \(sources.count) sources"
            return judged
        }
    }

    private func task() throws -> AgentTask {
        var task = try makeTask()
        let image = task.images[0].reference
        task.images[0].reference = ImageReference(
            id: image.id,
            name: nil,
            url: "http://a/one",
            sizeBytes: 5,
            digest: image.digest,
            diskFormat: .qcow2,
            allowsUnverified: false,
            origin: .imageService
        )
        return task
    }

    private static let refused =
        #"{"type":"outcome","image_id":"one","outcome":"error","reason":"source_unauthorized","#
        + #""detail":"403","retryable":false,"bytes_done":0}"#

    @Test func eachConnectionBringsFreshTokensAndErrorsAtTheImageServiceAreLookedInto()
        async throws
    {
        let bodies = Mutex<[String]>([])
        let script: ScriptedServer.Script = { connection in
            guard let request = connection.readRequest() else { return }
            bodies.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
            let attached = connection.number > 0
            let lines =
                attached
                ? [Lines.accepted(attached: true), Self.refused, Lines.unauthorized, Lines.end]
                : [Lines.accepted(), Lines.progress("one", 1)]
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\n\r\n"
            connection.write(head + lines.joined(separator: "\n") + "\n")
        }
        try await withServer(script) { server, fetcher in
            let caller = HTTPAgentCaller(
                fetchers: [fetcher],
                configuration: AgentLinkConfiguration(token: "t0ken", reattachPause: .milliseconds(1)),
                sourcing: Sourcing(),
                logger: Logger(label: "test")
            )
            let outcomes = Mutex<[ImageOutcome]>([])
            try await caller.run(try task(), on: try makePlace(port: server.port)) { event in
                if case .outcome(_, let outcome) = event { outcomes.withLock { $0.append(outcome) } }
            }
            #expect(outcomes.withLock { $0.map(\.reason) } == [.imageNotActive, .sourceThrottled])
            #expect(outcomes.withLock { $0.first?.detail } == "one from 2 sources")
        }
        let sent = bodies.withLock { $0 }
        #expect(sent.count == 2)
        for (body, token) in zip(sent, ["t1", "t2"]) {
            let sources = ["a", "b"].map {
                #"{"url":"http://\#($0)/one","headers":{"X-Auth-Token":"\#(token)"}}"#
            }
            #expect(body.contains(#""sources":[\#(sources.joined(separator: ","))]"#))
            #expect(body.contains(#"{"url":"https://images/two","headers":{}}"#))
        }
    }

    @Test func withoutACloudInTheSettingsItsImagesCantBeFetched() async throws {
        let (task, place) = (try task(), try makePlace(port: 9))
        try await withFetcher { fetcher in
            let caller = HTTPAgentCaller(
                fetchers: [fetcher],
                configuration: AgentLinkConfiguration(),
                logger: Logger(label: "test")
            )
            do throws(AgentFailure) {
                try await caller.run(task, on: place) { _ in }
                Issue.record("ran")
            } catch {
                #expect(error.reason == .sourceUnauthorized && error.retry == .permanent)
            }
        }
    }
}
