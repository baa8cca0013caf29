import Digesting
import FoundationEssentials
import Glibc
import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel
import TestSupport
import Testing

@testable import AgentAPI

@Suite(.timeLimit(.minutes(10))) struct AgentRoutesTests {
    private let bytes = [UInt8](repeating: 7, count: 5_000)

    private func image(_ url: String, id: String = "ubuntu", more: String = "") throws -> String {
        let digest = try StreamingDigest(.sha256)
        try digest.update(bytes)
        let hash = try digest.finishHex()
        return
            #"{"id":"\#(id)","size_bytes":5000,"hash_algorithm":"sha256","hash":"\#(hash)","sources":[{"url":"\#(url)"}]\#(more)}"#
    }

    private func server() -> StepServer { StepServer { [bytes] in StepServer.file(bytes, $0) } }

    @Test func aTaskIsStreamedToItsEnd() async throws {
        let rig = try AgentRig()
        let server = server()
        let answer = try await rig.send(.put, "/v1/tasks/t.0", AgentRig.task(image(server.url())))
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == "application/jsonl")
        let events = try answer.text.split(separator: "\n").map { try AgentEvent(line: Array($0.utf8)) }
        #expect(events.first == .accepted(task: try TaskID("t.0"), attempt: 1, attached: false))
        #expect(events.last == .end)
        let outcome = try #require(
            events.compactMap { if case .outcome(_, let it) = $0 { it } else { nil } }.first
        )
        #expect(outcome.outcome == .cached && outcome.isVerified == true && outcome.source == server.url())
        let again = try await rig.send(.put, "/v1/tasks/t.0", AgentRig.task(image(server.url())))
        #expect(again.text.contains(#""attached":true"#))
        let list = try await rig.send(.get, "/v1/images")
        #expect(
            list.text.hasPrefix(
                #"{"images":[{"id":"ubuntu","file":"\#(sha1Hex("ubuntu"))","size_bytes":5000"#
            )
        )
        let task = try await rig.send(.get, "/v1/tasks/t.0")
        #expect(task.text.hasPrefix(#"{"task":{"id":"t.0","job_id":"1b4e28ba-"#))
        #expect(task.text.contains(#""state":"finished""#))
        #expect(try await rig.send(.get, "/v1/tasks").text.hasPrefix(#"{"tasks":[{"id":"t.0""#))
        #expect(try await rig.send(.delete, "/v1/tasks/t.0").status == 204)
        #expect(try await rig.remove("ubuntu").status == 204)
        #expect(try await rig.send(.delete, "/v1/images/ubuntu").text.contains("image_not_found"))
    }

    @Test func anOrderForAnotherHostIsAnsweredSoAndDoesNothing() async throws {
        let rig = try AgentRig()
        let server = server()
        let body = AgentRig.task(try image(server.url()), more: #""host":"compute-2","#)
        let answer = try await rig.send(.put, "/v1/tasks/t.0", body)
        #expect(answer.status == 200)
        let events = try answer.text.split(separator: "\n").map { try AgentEvent(line: Array($0.utf8)) }
        #expect(events.first == .accepted(task: try TaskID("t.0"), attempt: 1, attached: false))
        #expect(events.last == .end && events.count == 3)
        guard case .outcome(_, let outcome) = events[1] else { return #expect(Bool(false), "\(events)") }
        #expect(outcome.outcome == .error && outcome.reason == .wrongHost && !outcome.isRetryable)
        #expect(
            outcome.detail?.contains("compute-2") == true && outcome.detail?.contains("compute-1") == true
        )
        #expect(try await rig.send(.get, "/v1/tasks").text == #"{"tasks":[]}"#)
        #expect(try await rig.send(.get, "/v1/images").text == #"{"images":[]}"#)
        let own = AgentRig.task(try image(server.url()), more: #""host":"compute-1","#)
        #expect(try await rig.send(.put, "/v1/tasks/t.0", own).text.contains(#""outcome":"cached""#))
    }

    @Test func aQuestionForAnotherHostIsRefused() async throws {
        let rig = try AgentRig()
        let field = try #require(HTTPField.Name("Precache-Host"))
        let other = try await rig.send(.get, "/v1/cache", headers: [field: "compute-2"])
        #expect(other.status == 421 && other.text.contains(#""code":"wrong_host""#))
        for (method, path) in [
            (HTTPRequest.Method.delete, "/v1/images/u"), (.put, "/v1/tasks/t.0"), (.get, "/v1/images"),
        ] {
            #expect(try await rig.send(method, path, headers: [field: "compute-2"]).status == 421)
        }
        #expect(try await rig.send(.get, "/v1/cache", headers: [field: "no host"]).status == 400)
        #expect(try await rig.send(.get, "/healthz", headers: [field: "compute-2"]).status == 200)
        #expect(try await rig.send(.get, "/v1/cache", headers: [field: "compute-1"]).status == 200)
        #expect(try await rig.send(.get, "/v1/cache").status == 200)
    }

    @Test func attemptsAndWishesAreHeldApart() async throws {
        let rig = try AgentRig()
        let server = server()
        let image = try image(server.url())
        _ = try await rig.send(.put, "/v1/tasks/t", AgentRig.task(image, attempt: 2))
        let stale = try await rig.send(.put, "/v1/tasks/t", AgentRig.task(image))
        #expect(stale.status == 409)
        #expect(stale.text.contains(#""code":"stale_attempt""#))
        let other = try await rig.send(
            .put,
            "/v1/tasks/t",
            AgentRig.task(self.image(server.url(), id: "b"), attempt: 2)
        )
        #expect(other.text.contains(#""code":"task_conflict""#))
    }

    @Test(arguments: [
        ("{", "malformed_json", ""),
        ("[]", "invalid_input", "must be an object"),
        (AgentRig.task(""), "invalid_input", #""field":"images""#),
        (
            AgentRig.task(#"{"id":"u","hash":null,"sources":[{"url":"http://a/"}]}"#), "invalid_input",
            "allow_unverified"
        ),
        (
            AgentRig.task(
                #"{"id":"u","hash":"00","hash_algorithm":"sha256","sources":[{"url":"http://a/"}]}"#
            ), "invalid_input", #""field":"images[0].hash""#
        ),
        (
            AgentRig.task(#"{"id":"u","hash_algorithm":"crc","hash":"00","sources":[{"url":"http://a/"}]}"#),
            "invalid_input", "md5, sha256, sha512"
        ),
        (
            AgentRig.task(#"{"id":"../u","allow_unverified":true,"sources":[{"url":"http://a/"}]}"#),
            "invalid_input", #""field":"images[0].id""#
        ),
        (
            AgentRig.task(#"{"id":"u","allow_unverified":true,"sources":[]}"#), "invalid_input",
            #""field":"images[0].sources""#
        ),
        (
            AgentRig.task(#"{"id":"u","allow_unverified":true,"sources":[{"url":"file:///etc/passwd"}]}"#),
            "invalid_input", "must start with http"
        ),
        (
            AgentRig.task(
                #"{"id":"u","allow_unverified":true,"sources":[{"url":"http://a/","headers":{"a b":"x"}}]}"#
            ), "invalid_input", "headers"
        ),
        (
            AgentRig.task(
                #"{"id":"u","allow_unverified":true,"sources":[{"url":"http://a/","headers":{"a":"x\r\ny"}}]}"#
            ), "invalid_input", "control"
        ),
        (
            AgentRig.task(#"{"id":"u","allow_unverified":true,"sources":[{"url":"http://a/"}],"colour":1}"#),
            "invalid_input", #""field":"images[0].colour""#
        ),
        (
            AgentRig.task(
                #"{"id":"u","allow_unverified":true,"sources":[{"url":"http://a/"}]},{"id":"u","allow_unverified":true,"sources":[{"url":"http://a/"}]}"#
            ), "invalid_input", "listed once"
        ),
        (
            AgentRig.task(
                #"{"id":"u","allow_unverified":true,"disk_format":"floppy","sources":[{"url":"http://a/"}]}"#
            ), "invalid_input", "disk_format"
        ),
    ])
    func badOrdersAreNamed(body: String, code: String, says: String) async throws {
        let answer = try await AgentRig().send(.put, "/v1/tasks/t", body)
        #expect(answer.status == 400)
        #expect(answer.headers[.contentType] == "application/problem+json")
        #expect(answer.text.contains("\"code\":\"\(code)\""), "\(answer.text)")
        #expect(answer.text.contains(says), "\(answer.text)")
    }

    @Test func whatIsNotThereIsSaid() async throws {
        let rig = try AgentRig()
        #expect(try await rig.send(.get, "/v1/tasks/none").text.contains(#""code":"task_not_found""#))
        #expect(try await rig.send(.delete, "/v1/tasks/none").status == 404)
        #expect(try await rig.send(.get, "/v1/tasks/a%20b").status == 400)
        #expect(try await rig.send(.delete, "/v1/images/%2e%2e").status == 400)
        #expect(try await rig.send(.get, "/nowhere").text.contains(#""code":"not_found""#))
        let wrong = try await rig.send(.post, "/v1/images")
        #expect(wrong.status == 405)
        let type = try await rig.send(.put, "/v1/tasks/t", "x", headers: [.contentType: "text/plain"])
        #expect(type.status == 415)
    }

    @Test func healthNeedsADirectoryThatTakesFiles() async throws {
        let rig = try AgentRig()
        #expect(try await rig.send(.get, "/healthz").text == "ok\n")
        #expect(try await rig.send(.get, "/readyz").text == "ok\n")
        rename(rig.folder.path, rig.folder.path + "-away")
        let answer = try await rig.send(.get, "/readyz")
        rename(rig.folder.path + "-away", rig.folder.path)
        #expect(answer.status == 503)
        #expect(answer.text.contains(#""code":"not_ready""#))
        #expect(try await rig.send(.get, "/metrics").text.contains("precache_agent_images_total"))
    }

    @Test func theDocumentAndTheRoutesAgree() async throws {
        let rig = try AgentRig()
        let document = try await rig.send(.get, "/openapi.yaml").text
        var described: Set<String> = []
        var path = ""
        for line in document.split(separator: "\n") {
            if line.hasPrefix("  /") { path = line.trimmingPrefix("  ").prefix { $0 != ":" }.description }
            for method in ["get", "put", "post", "delete"] where line == "    \(method):" {
                described.insert("\(method.uppercased()) \(path)")
            }
        }
        let registered = Set(rig.routes.router().routes.map { "\($0.method.rawValue) \($0.pattern)" })
        #expect(described == registered)
    }
}
