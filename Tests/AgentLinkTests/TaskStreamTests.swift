import FanOut
import PrecacheModel
import Testing

@testable import AgentLink

struct TaskStreamTests {
    private func events(_ lines: [String]) throws -> (events: [AgentEvent], stream: TaskStream) {
        var stream = TaskStream(try makeTask())
        var events: [AgentEvent] = []
        stream.connect()
        for line in lines {
            if line == "reconnect" {
                stream.connect()
            } else if let event = try stream.take(Array(line.utf8)) {
                events.append(event)
            }
        }
        return (events, stream)
    }

    @Test func tellsEverythingOnce() throws {
        let first = [Lines.accepted(), Lines.progress("one", 3), Lines.heartbeat, Lines.cached("one")]
        let again = [Lines.accepted(attached: true), Lines.progress("two", 4), Lines.cached("one")]
        let (events, stream) = try events(first + ["reconnect"] + again + [Lines.unauthorized, Lines.end])
        let one = try ImageID("one")
        let two = try ImageID("two")
        #expect(
            events == [
                .accepted(task: try TaskID(Lines.task), attempt: 1, attached: false),
                .progress(image: one, ByteProgress(done: 3, total: 10)),
                .outcome(
                    image: one,
                    ImageOutcome(
                        .cached,
                        bytesDone: 10,
                        bytesTotal: 10,
                        isVerified: true
                    )
                ),
                .progress(image: two, ByteProgress(done: 4, total: 10)),
                .outcome(
                    image: two,
                    ImageOutcome(
                        .error,
                        reason: .sourceThrottled,
                        detail: "429",
                        isRetryable: true,
                        retryAfter: .seconds(9)
                    )
                ),
            ]
        )
        #expect(stream.hasEnded)
    }

    @Test func knowsNewsFromRepetition() throws {
        let told = [Lines.accepted(), Lines.progress("one", 3), Lines.cached("two")]
        #expect(try events(told).stream.hasNews)
        #expect(try !events(told + ["reconnect"] + told).stream.hasNews)
        #expect(try events(told + ["reconnect"] + told + [Lines.progress("one", 4)]).stream.hasNews)
    }

    @Test func tellsOfNeighboursAndNotForEver() throws {
        let starved = #"{"type":"starved","image_id":"one"}"#
        let fault = #"{"type":"peer_fault","host":"h2","image_id":"one","fault":"no seal"}"#
        let (some, _) = try events([Lines.accepted(), starved, fault])
        let one = try ImageID("one")
        #expect(
            some.suffix(2) == [
                .starved(image: one), .peerFault(host: try HostName("h2"), image: one, fault: "no seal"),
            ]
        )
        let flood = [Lines.accepted()] + Array(repeating: fault, count: 1_000) + [Lines.cached("one")]
        #expect(try events(flood).events.count == 258)
    }

    @Test func ignoresLinesOfLaterVersions() throws {
        let (events, _) = try events([
            #"{"type":"weather","sunny":true}"#, Lines.accepted(), #"{"type":"x"}"#,
        ])
        #expect(events.count == 1)
    }

    @Test(arguments: [
        ["garbage"], ["[]"], [Lines.progress("one", 1)], [Lines.accepted(attempt: 2)],
        [#"{"type":"accepted","task_id":"other","attempt":1,"attached":false}"#],
        [Lines.accepted(), Lines.progress("three", 1)], [Lines.accepted(), Lines.cached("three")],
        [Lines.accepted(), Lines.cached("one"), Lines.end],
        [Lines.accepted(), "reconnect", Lines.cached("one")],
    ])
    func holdsTheAgentToTheProtocol(lines: [String]) {
        let failure = #expect(throws: AgentFailure.self) { try events(lines) }
        #expect(failure?.reason == .agentProtocol)
        #expect(failure?.retry == .retryable)
    }
}
