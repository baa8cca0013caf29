import AgentLink
import FanOut
import HTTPFetching
import Logging
import PrecacheAPI
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HTTPAgentCallerTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\n\r\n"

    /// An agent that answers its connections one after the other with these lines, the last of them for all later ones.
    private static func agent(_ answers: [String]...) -> ScriptedServer.Script {
        { connection in
            guard connection.readRequest() != nil else { return }
            let lines = answers[min(connection.number, answers.count - 1)]
            connection.write(head + lines.joined(separator: "\n") + (lines.last == Lines.end ? "\n" : ""))
        }
    }

    private func makeCaller(
        _ fetcher: HTTPFetcher,
        _ change: (inout AgentLinkConfiguration) -> Void = { _ in }
    ) -> HTTPAgentCaller {
        var configuration = AgentLinkConfiguration(token: "t0ken", reattachPause: .milliseconds(1))
        change(&configuration)
        return HTTPAgentCaller(
            fetchers: [fetcher],
            configuration: configuration,
            logger: Logger(label: "test")
        )
    }

    /// How following the task ends: nil when well.
    private func end(
        of task: AgentTask,
        on agent: AgentPlace,
        _ caller: HTTPAgentCaller,
        _ events: Events = Events()
    ) async -> AgentFailure? {
        do throws(AgentFailure) {
            try await caller.run(task, on: agent) { events.add($0) }
            return nil
        } catch {
            return error
        }
    }

    @Test func putsATaskAndFollowsItToItsEnd() async throws {
        let seen = TestEvent<ServerConnection.Request?>()
        try await withServer { connection in
            seen.fire(connection.readRequest())
            connection.write(Self.head)
            for line in [Lines.accepted(), Lines.cached("one"), Lines.unauthorized, Lines.end] {
                connection.write(line + "\n")
            }
            connection.waitUntilClosed()
        } _: { server, fetcher in
            let events = Events()
            let failure = await end(
                of: try makeTask(),
                on: try makePlace(port: server.port),
                makeCaller(fetcher),
                events
            )
            #expect(failure == nil)
            #expect(events.all.first == .accepted(task: try TaskID(Lines.task), attempt: 1, attached: false))
            #expect(events.outcomes.map(\.outcome) == [.cached, .error])
            let request = try #require(await seen.wait())
            #expect(request.line == "PUT /v1/tasks/\(Lines.task) HTTP/1.1")
            let token = try #require(HostToken(secret: "t0ken", host: makePlace(port: 1).host))
            #expect(request.header("authorization") == "Bearer \(token.text)", "the secret itself stays here")
            #expect(request.header("content-type") == "application/json")
            #expect(!request.body.isEmpty)
        }
    }

    @Test func namesTheHostButNotToAnAgentThatKnowsNoSuchMember() async throws {
        let bodies = Bodies()
        try await withServer { connection in
            guard let request = connection.readRequest() else { return }
            let body = String(decoding: request.body, as: UTF8.self)
            bodies.add(body)
            if body.contains(#""host":"compute-1""#) {
                let problem =
                    #"{"errors":[{"field":"host","message":"is not known here; known are job_id"}]}"#
                let length = "Content-Length: \(problem.utf8.count)"
                connection.write("HTTP/1.1 400 Bad Request\r\n\(length)\r\n\r\n\(problem)")
            } else {
                let lines = [Lines.accepted(), Lines.cached("one"), Lines.unauthorized, Lines.end]
                connection.write(Self.head + lines.joined(separator: "\n") + "\n")
            }
        } _: { server, fetcher in
            let events = Events()
            let place = try makePlace(port: server.port)
            let failure = await end(of: try makeTask(), on: place, makeCaller(fetcher), events)
            #expect(failure == nil && events.outcomes.count == 2)
            #expect(bodies.all.map { $0.contains(#""host":"#) } == [true, false])
        }
    }

    /// An agent that ends each answer as HTTP has it, so that its connection is good for the next request.
    private static func lasting(_ connection: ServerConnection) -> Bool {
        guard let request = connection.readRequest() else { return false }
        guard request.line.hasPrefix("PUT") else { return connection.respond(body: "{}") }
        let lines = [Lines.accepted(), Lines.cached("one"), Lines.unauthorized, Lines.end].map { $0 + "\n" }
        let chunks = lines.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
        return connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n")
    }

    private static let keeping = FetcherConfiguration(idleTime: .seconds(600))

    @Test func tasksQuestionsAndCancellationsShareAConnection() async throws {
        let server = try ScriptedServer { connection in while Self.lasting(connection) {} }
        defer { server.stop() }
        try await withFetcher(Self.keeping) { fetcher in
            let (caller, place) = (makeCaller(fetcher), try makePlace(port: server.port))
            let task = try makeTask()
            #expect(await end(of: task, on: place, caller) == nil)
            // The end of the answer may be behind the line that ends the task: then a second connection is made.
            for _ in 0..<10 {
                #expect(await end(of: task, on: place, caller) == nil)
                _ = try await caller.ask(place, "/v1/cache")
                await caller.cancel(task, on: place)
            }
            #expect((1...2).contains(server.connectionCount))
        }
    }

    @Test func anAgentThatWasRestartedBetweenTwoTasksCostsNoAttempt() async throws {
        let server = try ScriptedServer { connection in
            // Gone without a word after its answer, as when the program ends.
            if Self.lasting(connection) { connection.reset() }
        }
        defer { server.stop() }
        try await withFetcher(Self.keeping) { fetcher in
            let (caller, place) = (
                makeCaller(fetcher) { $0.reattachments = 0 }, try makePlace(port: server.port)
            )
            for number in 1...10 {
                let events = Events()
                #expect(await end(of: try makeTask(), on: place, caller, events) == nil)
                #expect(events.outcomes.count == 2 && server.connectionCount == number)
            }
        }
    }

    @Test func attachesAgainAfterACutAndTellsNothingTwice() async throws {
        let script = Self.agent(
            [Lines.accepted(), Lines.progress("one", 1), Lines.cached("one"), #"{"type":"outco"#],
            [Lines.accepted(attached: true), Lines.cached("one"), Lines.unauthorized, Lines.end]
        )
        try await withServer(script) { server, fetcher in
            let events = Events()
            let failure = await end(
                of: try makeTask(),
                on: try makePlace(port: server.port),
                makeCaller(fetcher),
                events
            )
            #expect(failure == nil)
            #expect(events.all.count == 4)
            #expect(server.connectionCount == 2)
        }
    }

    @Test func givesUpWhenCutAgainAndAgainWithoutNews() async throws {
        try await withServer(Self.agent([Lines.accepted() + "\n"])) { server, fetcher in
            let caller = makeCaller(fetcher) { $0.reattachments = 3 }
            let failure = await end(of: try makeTask(), on: try makePlace(port: server.port), caller)
            #expect(failure?.reason == .agentUnreachable)
            #expect(failure?.retry == .retryable)
            // The first brought news; then three more in vain, and the one after which it is enough.
            #expect(server.connectionCount == 5)
        }
    }

    @Test func anAgentThatClosesAtOnceIsTriedTwice() async throws {
        try await withServer { _ in
        } _: { server, fetcher in
            let failure = await end(
                of: try makeTask(),
                on: try makePlace(port: server.port),
                makeCaller(fetcher)
            )
            #expect(failure?.reason == .agentUnreachable)
            #expect(server.connectionCount == 2)
        }
    }

    @Test func aRefusedConnectionIsNotTriedAgainHere() async throws {
        let server = try ScriptedServer { _ in }
        server.stop()
        try await withFetcher { fetcher in
            let failure = await end(
                of: try makeTask(),
                on: try makePlace(port: server.port),
                makeCaller(fetcher)
            )
            #expect(failure?.reason == .agentUnreachable)
            #expect(failure?.retry == .retryable)
        }
    }

    @Test(arguments: ["", Lines.accepted() + "\n"])
    func silenceIsATimeout(text: String) async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write(text.isEmpty ? "" : Self.head + text)
            connection.waitUntilClosed()
        } _: { server, fetcher in
            let caller = makeCaller(fetcher) { $0.silenceLimit = .milliseconds(300) }
            let failure = await end(of: try makeTask(), on: try makePlace(port: server.port), caller)
            #expect(failure?.reason == .agentTimeout)
            #expect(failure?.retry == .retryable)
        }
    }

    @Test(arguments: ["garbage\n", Lines.end + "\n", String(repeating: "x", count: 70_000)])
    func garbageIsAProtocolError(text: String) async throws {
        try await withServer(Self.agent([text])) { server, fetcher in
            let failure = await end(
                of: try makeTask(),
                on: try makePlace(port: server.port),
                makeCaller(fetcher)
            )
            #expect(failure?.reason == .agentProtocol)
            #expect(server.connectionCount == 1)
        }
    }

    @Test func aRefusalIsQuoted() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.respond("401 Unauthorized", body: #"{"code":"unauthorized","detail":"No such token"}"#)
        } _: { server, fetcher in
            let failure = await end(
                of: try makeTask(),
                on: try makePlace(port: server.port),
                makeCaller(fetcher)
            )
            #expect(failure?.reason == .agentUnauthorized)
            #expect(failure?.detail == "The agent answered 401: unauthorized, No such token")
        }
    }

    @Test func aRedirectIsNotFollowed() async throws {
        try await withServer { connection in
            _ = connection.readRequest()
            connection.respond("307 Temporary Redirect", headers: ["Location: /elsewhere"])
        } _: { server, fetcher in
            let failure = await end(
                of: try makeTask(),
                on: try makePlace(port: server.port),
                makeCaller(fetcher)
            )
            #expect(failure?.reason == .agentProtocol)
            #expect(server.connectionCount == 1)
        }
    }

    @Test func cancelAsksTheAgentToStop() async throws {
        let seen = TestEvent<ServerConnection.Request?>()
        try await withServer { connection in
            seen.fire(connection.readRequest())
            connection.write("HTTP/1.1 204 No Content\r\n\r\n")
        } _: { server, fetcher in
            await makeCaller(fetcher).cancel(try makeTask(), on: try makePlace(port: server.port))
            let request = try #require(await seen.wait())
            let attempt = try makeTask().attempt
            #expect(request.line == "DELETE /v1/tasks/\(Lines.task)?attempt=\(attempt) HTTP/1.1")
            let token = try #require(HostToken(secret: "t0ken", host: makePlace(port: 1).host))
            #expect(request.header("authorization") == "Bearer \(token.text)", "the secret itself stays here")
        }
    }

    @Test func cancelGivesUpOnAnAgentThatDoesNotAnswer() async throws {
        try await withServer { connection in
            connection.waitUntilClosed()
        } _: { server, fetcher in
            let caller = makeCaller(fetcher) {
                $0.cancelTimeout = .seconds(3)
                $0.cancelPauses = [.zero]
            }
            await caller.cancel(try makeTask(), on: try makePlace(port: server.port))
            #expect(server.connectionCount == 2)
        }
    }

    @Test(arguments: [(["", "503 Busy", "204 No Content"], 3), (["409 Conflict"], 1)])
    func cancelIsSaidAgainUntilItIsHeard(answers: [String], times: Int) async throws {
        let left = Mutex(answers[...])
        try await withServer { connection in
            _ = connection.readRequest()
            // An empty one is a connection that breaks off.
            let answer = left.withLock { $0.popFirst() } ?? ""
            connection.write(answer.isEmpty ? "" : "HTTP/1.1 \(answer)\r\nContent-Length: 0\r\n\r\n")
        } _: { server, fetcher in
            let caller = makeCaller(fetcher) { $0.cancelPauses = [.zero, .zero, .zero] }
            await caller.cancel(try makeTask(), on: try makePlace(port: server.port))
            #expect(server.connectionCount == times)
        }
    }

    @Test func aCancelledFollowerLetsGoOfTheConnection() async throws {
        let accepted = TestEvent<Void>()
        let closed = TestEvent<Void>()
        try await withServer { connection in
            _ = connection.readRequest()
            connection.write(Self.head + Lines.accepted() + "\n")
            connection.waitUntilClosed()
            closed.fire()
        } _: { server, fetcher in
            let caller = makeCaller(fetcher)
            let (task, place) = (try makeTask(), try makePlace(port: server.port))
            let follower = Task { () -> AgentFailure? in
                do throws(AgentFailure) {
                    try await caller.run(task, on: place) { _ in accepted.fire() }
                    return nil
                } catch {
                    return error
                }
            }
            await accepted.wait()
            follower.cancel()
            #expect(await follower.value?.reason == .cancelled)
            await closed.wait()
        }
    }

    @Test func withTLSTheHostsNameHasToBeInTheCertificate() async throws {
        let certificates = try TestCertificates()
        let host = try certificates.make("compute-1")
        let server = try NginxServer(host, authority: certificates.authority)
        let strict = try TLSServer(host, clientAuthority: certificates.authority)
        let service = try certificates.make("precached")
        let tls = ClientTLS(
            caFile: certificates.authority,
            certificateFile: service.certificate,
            keyFile: service.key
        )
        try await withFetcher { fetcher in
            let caller = makeCaller(fetcher) { $0.tls = tls }
            // nginx has no such task; so far both sides' certificates were right.
            let right = await end(of: try makeTask(), on: try makePlace(port: server.port), caller)
            #expect(right?.detail.hasPrefix("The agent answered 40") == true)
            let wrong = await end(
                of: try makeTask(),
                on: try makePlace(port: server.port, host: "compute-2"),
                caller
            )
            #expect(wrong?.reason == .agentUnauthorized)
            #expect(wrong?.retry == .permanent)
            let anonymous = makeCaller(fetcher) { $0.tls = ClientTLS(caFile: certificates.authority) }
            let unknown = await end(of: try makeTask(), on: try makePlace(port: strict.port), anonymous)
            #expect(unknown?.reason == .agentUnauthorized)
        }
    }
}

/// Bodies that an agent was sent, in order.
private final class Bodies: Sendable {
    private let list = Mutex<[String]>([])
    var all: [String] { list.withLock { $0 } }
    func add(_ body: String) { list.withLock { $0.append(body) } }
}
