import PrecacheAPI
import PrecacheModel
import Testing

@Suite struct AgentEventTests {
    @Test func everyEventSurvivesItsLine() throws {
        let image = try ImageID("ubuntu")
        let events: [AgentEvent] = [
            .accepted(task: try TaskID("t.0"), attempt: 3, attached: true),
            .progress(image: image, ByteProgress(done: 1, total: nil)),
            .outcome(
                image: image,
                ImageOutcome(.cached, bytesDone: 9, bytesTotal: 9, isVerified: true)
            ),
            .outcome(
                image: image,
                ImageOutcome(
                    .error,
                    reason: .sourceThrottled,
                    detail: "a \"b\"\n",
                    isRetryable: true,
                    retryAfter: .seconds(7),
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

    @Test func whatCameFromWhereIsTold() throws {
        let image = try ImageID("u")
        var outcome = ImageOutcome(.cached, bytesDone: 9, isVerified: true)
        (outcome.fromPeersBytes, outcome.fromSourceBytes, outcome.fromFarBytes) = (7, 2, 4)
        let event = AgentEvent.outcome(image: image, outcome)
        #expect(try AgentEvent(line: event.line()) == event)
        #expect(String(decoding: event.line(), as: UTF8.self).contains(#""from_far_bytes":4,"#))
        outcome.fromFarBytes = nil
        #expect(
            !String(decoding: AgentEvent.outcome(image: image, outcome).line(), as: UTF8.self).contains("far")
        )
    }

    /// It is a part of what came from others.
    @Test(arguments: [
        (#""from_peers_bytes":7,"from_far_bytes":8,"#, Int64?.some(7)),
        (#""from_peers_bytes":7,"from_far_bytes":0,"#, nil),
        (#""from_peers_bytes":7,"from_far_bytes":-3,"#, nil),
        (#""from_far_bytes":8,"#, nil),
    ])
    func whatIsSaidOfAnotherZoneIsBounded(fields: String, far: Int64?) throws {
        let line = #"{"type":"outcome",\#(fields)"image_id":"u","outcome":"cached","bytes_done":9}"#
        guard case .outcome(_, let outcome) = try AgentEvent(line: Array(line.utf8)) else {
            throw AgentLineError("")
        }
        #expect(outcome.fromFarBytes == far)
    }

    @Test func absentValuesAreWrittenAsNull() throws {
        let event = AgentEvent.outcome(image: try ImageID("u"), ImageOutcome(.existing))
        let text = String(decoding: event.line(), as: UTF8.self)
        for name in ["reason", "detail", "retry_after_seconds", "bytes_total", "source"] {
            #expect(text.contains("\"\(name)\":null"))
        }
    }

    @Test func aNewerAgentMaySayMore() throws {
        #expect(try AgentEvent(line: Array(#"{"type":"sparkle","x":1}"#.utf8)) == .unknown(type: "sparkle"))
        #expect(try AgentEvent(line: Array(#"{"type":"end","x":1}"#.utf8)) == .end)
        let line = #"{"type":"outcome","image_id":"u","outcome":"error","reason":"moon","bytes_done":0}"#
        guard case .outcome(_, let outcome) = try AgentEvent(line: Array(line.utf8)) else {
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
        let source = ImageSource(url: "https://u:p@images.example/x?sig=s#f", headers: ["X-Auth-Token": "t"])
        #expect("\(source)" == "https://images.example/x")
    }

    /// Older services and agents read these lines too: members, order and `null`s are the protocol's.
    @Test func outcomesAreWrittenAsEverBefore() throws {
        let image = try ImageID("u")
        let failed = ImageOutcome(
            .error,
            reason: .sourceThrottled,
            detail: "503",
            isRetryable: true,
            retryAfter: .milliseconds(7_900),
            bytesTotal: 9
        )
        #expect(
            String(decoding: AgentEvent.outcome(image: image, failed).line(), as: UTF8.self) == """
                {"type":"outcome","image_id":"u","outcome":"error","reason":"source_throttled","detail":"503",\
                "retryable":true,"retry_after_seconds":7,"bytes_done":0,"bytes_total":9,"source":null,\
                "verified":false}

                """
        )
        let result = ResultRecord(host: try HostName("h"), imageID: image, failed, attempts: 2)
        var json = JSONWriter()
        json.result(result, progress: ByteProgress(done: 3, total: 12))
        #expect(
            String(decoding: json.bytes, as: UTF8.self) == """
                {"host":"h","image_id":"u","outcome":"error","reason":"source_throttled","detail":"503",\
                "attempts":2,"bytes_done":3,"bytes_total":9,"source":null,"verified":null,"started_at":null,\
                "finished_at":null}
                """
        )
    }
}
