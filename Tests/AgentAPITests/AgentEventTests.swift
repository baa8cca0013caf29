import PrecacheAPI
import PrecacheModel
import Testing

@Suite struct AgentEventTests {
    @Test func everyEventSurvivesItsLine() throws {
        let image = try ImageID("ubuntu")
        let events: [AgentEvent] = [
            .accepted(taskID: "t.0", attempt: 3, attached: true),
            .progress(AgentProgress(imageID: image, bytesDone: 1, bytesTotal: nil)),
            .outcome(
                AgentOutcome(imageID: image, outcome: .cached, bytesDone: 9, bytesTotal: 9, isVerified: true)
            ),
            .outcome(
                AgentOutcome(
                    imageID: image,
                    outcome: .error,
                    reason: .sourceThrottled,
                    detail: "a \"b\"\n",
                    isRetryable: true,
                    retryAfterSeconds: 7,
                    source: "http://images.example/u"
                )
            ),
            .heartbeat, .end,
        ]
        for event in events {
            let line = event.line()
            #expect(line.last == UInt8(ascii: "\n"))
            #expect(line.count { $0 == UInt8(ascii: "\n") } == 1)
            #expect(try AgentEvent(line: line) == event)
        }
    }

    @Test func absentValuesAreWrittenAsNull() throws {
        let outcome = AgentOutcome(imageID: try ImageID("u"), outcome: .existing)
        let text = String(decoding: AgentEvent.outcome(outcome).line(), as: UTF8.self)
        for name in ["reason", "detail", "retry_after_seconds", "bytes_total", "source"] {
            #expect(text.contains("\"\(name)\":null"))
        }
    }

    @Test func aNewerAgentMaySayMore() throws {
        #expect(try AgentEvent(line: Array(#"{"type":"sparkle","x":1}"#.utf8)) == .unknown(type: "sparkle"))
        #expect(try AgentEvent(line: Array(#"{"type":"end","x":1}"#.utf8)) == .end)
        let line = #"{"type":"outcome","image_id":"u","outcome":"error","reason":"moon","bytes_done":0}"#
        guard case .outcome(let outcome) = try AgentEvent(line: Array(line.utf8)) else {
            throw AgentLineError("")
        }
        #expect(outcome.reason == .internal)
    }

    @Test(arguments: [
        "", "{", "[]", "{}", "7", #"{"type":1}"#, #"{"type":"accepted"}"#,
        #"{"type":"progress","image_id":"u"}"#,
        #"{"type":"progress","image_id":"../u","bytes_done":1}"#,
        #"{"type":"progress","image_id":"u","bytes_done":-1}"#,
        #"{"type":"outcome","image_id":"u","outcome":"pending","bytes_done":0}"#, "\u{FF}",
    ])
    func garbageIsRefused(line: String) {
        #expect(throws: AgentLineError.self) { try AgentEvent(line: Array(line.utf8)) }
    }

    @Test func aSourcesSecretsAreNotDescribed() {
        let source = AgentSource(url: "https://u:p@images.example/x?sig=s#f", headers: ["X-Auth-Token": "t"])
        #expect("\(source)" == "https://images.example/x")
    }
}
