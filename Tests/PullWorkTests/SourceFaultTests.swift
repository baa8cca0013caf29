import HTTPFetching
import HTTPTypes
import ImageCache
import PrecacheModel
import TestSupport
import Testing

@testable import PullWork

@Suite struct SourceFaultTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        let status: String
        let reason: Reason
        let isRetryable: Bool
        var headers: [String] = []
        var testDescription: String { status }
    }

    @Test(arguments: [
        Answer(status: "204 No Content", reason: .imageNotActive, isRetryable: false),
        Answer(status: "202 Accepted", reason: .sourceError, isRetryable: false),
        Answer(status: "400 Bad Request", reason: .sourceError, isRetryable: false),
        Answer(status: "401 Unauthorized", reason: .sourceUnauthorized, isRetryable: false),
        Answer(status: "403 Forbidden", reason: .sourceUnauthorized, isRetryable: false),
        Answer(status: "404 Not Found", reason: .imageNotFound, isRetryable: false),
        Answer(status: "410 Gone", reason: .imageNotFound, isRetryable: false),
        Answer(status: "416 Range Not Satisfiable", reason: .sourceError, isRetryable: false),
        Answer(status: "429 Too Many Requests", reason: .sourceThrottled, isRetryable: true),
        Answer(status: "500 Internal Server Error", reason: .sourceError, isRetryable: true),
        Answer(status: "503 Service Unavailable", reason: .sourceThrottled, isRetryable: true),
        Answer(status: "302 Found", reason: .sourceError, isRetryable: false, headers: ["Location: /image"]),
    ])
    func aStatusBecomesAReason(answer: Answer) async throws {
        let server = StepServer { _ in StepServer.response(answer.status, answer.headers) }
        let outcome = try await PullRig().outcome(TestImage().wanted(server.url("/image?sig=secret")))
        #expect(outcome?.outcome == .error)
        #expect(outcome?.reason == answer.reason)
        #expect(outcome?.isRetryable == answer.isRetryable)
        #expect(outcome?.detail?.contains("secret") == false)
        #expect(outcome?.detail?.hasPrefix("\(server.url()): ") == true)
    }

    @Test func aTokenThatWasRefusedMayBeReplacedByAnotherAttempt() async throws {
        for (status, isRetryable) in [("401 Unauthorized", true), ("403 Forbidden", false)] {
            let server = StepServer { _ in StepServer.response(status) }
            var wanted = try TestImage().wanted(server.url())
            wanted.sources[0].headers["Authorization"] = "Bearer t0ken"
            let outcome = try await PullRig().outcome(wanted)
            #expect(outcome?.reason == .sourceUnauthorized && outcome?.isRetryable == isRetryable)
            #expect(outcome?.detail?.contains("t0ken") == false)
        }
    }

    @Test func retryAfterIsPassedOn() async throws {
        let server = StepServer { _ in
            StepServer.response("429 Too Many Requests", ["Retry-After: 17"])
        }
        let outcome = try await PullRig().outcome(TestImage().wanted(server.url()))
        #expect(outcome?.retryAfter == .seconds(17))
        #expect(
            outcome?.detail
                == "\(server.url()): the source answered 429, try again after 17 s"
        )
    }

    @Test func nobodyThereIsUnreachable() async throws {
        // Port 1 of the loopback: nothing listens there.
        let outcome = try await PullRig().outcome(TestImage().wanted("http://127.0.0.1:1/image"))
        #expect(outcome?.reason == .sourceUnreachable)
        #expect(outcome?.isRetryable == true)
    }

    @Test(arguments: [100_000, 300_000])
    func aWrongLengthIsRefusedBeforeAnyByte(length: Int) async throws {
        let server = StepServer { _ in StepServer.response(body: [UInt8](repeating: 0, count: length))
        }
        let outcome = try await PullRig().outcome(TestImage().wanted(server.url()))
        #expect(outcome?.reason == .sizeMismatch)
        #expect(outcome?.detail?.hasSuffix("offers \(length) bytes, 200000 were promised") == true)
        #expect(outcome?.bytesDone == 0)
    }

    @Test(arguments: [100_000, 300_000])
    func aWrongLengthWithoutALengthIsFound(length: Int) async throws {
        let rig = try PullRig()
        let server = StepServer { _ in
            [.text(StepServer.head("200 OK", [])), .bytes([UInt8](repeating: 0, count: length))]
        }
        let outcome = try await rig.outcome(TestImage().wanted(server.url()))
        #expect(outcome?.reason == .sizeMismatch)
        #expect(outcome?.isRetryable == true)
        #expect(rig.folder.names("/.precache/staging") == [])
    }

    @Test func otherBytesAreRefused() async throws {
        let rig = try PullRig()
        let server = try TestImage(seed: 1).server()
        let outcome = try await rig.outcome(TestImage(seed: 2).wanted(server.url()))
        #expect(outcome?.reason == .checksumMismatch)
        #expect(rig.folder.names() == [".precache"])
        #expect(rig.folder.names("/.precache/staging") == [])
    }

    @Test func endlessCutsAreGivenUpAndKept() async throws {
        let rig = try PullRig { $0.resumes = 3 }
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] head in
            let start = StepServer.offset(head)
            let status = start > 0 ? "206 Partial Content" : "200 OK"
            return [
                .text(
                    StepServer.head(
                        status,
                        [
                            "Content-Length: \(bytes.count - start)",
                            "Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)",
                        ]
                    )
                ),
                .bytes(Array(bytes[start..<start + 10_000])),
            ]
        }
        let outcome = try await rig.outcome(image.wanted(server.url()))
        #expect(outcome?.reason == .sourceError)
        #expect(outcome?.isRetryable == true)
        #expect(server.requests.count == 4)
        #expect(outcome?.bytesDone == 40_000)
        #expect(rig.folder.size(".precache/staging/\(image.file).part") == 40_000)
    }

    @Test func aStalledSourceIsLeft() async throws {
        let never = Latch()
        defer { never.open() }
        let rig = try PullRig { $0.timeouts = FetchTimeouts(idle: .milliseconds(300)) }
        let server = StepServer { _ in
            [.text(StepServer.head("200 OK", ["Content-Length: 200000"])), .wait(never)]
        }
        let outcome = try await rig.outcome(TestImage().wanted(server.url()))
        #expect(outcome?.reason == .sourceError)
        #expect(outcome?.isRetryable == true)
    }

    @Test func anEncodedImageIsRefused() async throws {
        let server = StepServer { _ in
            StepServer.response("200 OK", ["Content-Encoding: gzip"])
        }
        let outcome = try await PullRig().outcome(TestImage().wanted(server.url()))
        #expect(outcome?.reason == .sourceError)
    }

    @Test func aFullDiskFetchesNothing() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let server = image.server()
        let tooMuch = try await rig.cache.space().totalBytes + 1
        let wanted = try image.wanted(server.url(), sizeBytes: tooMuch)
        let outcome = try await rig.outcome(wanted)
        #expect(outcome?.reason == .noSpace)
        #expect(outcome?.isRetryable == false)
        #expect(server.requests.isEmpty)
    }

    @Test func allSourcesAreNamedAndRetryableIfOneIs() async throws {
        let gone = StepServer { _ in StepServer.response("404 Not Found") }
        let busy = StepServer { _ in StepServer.response("503 Busy", ["Retry-After: 5"]) }
        let outcome = try await PullRig().outcome(TestImage().wanted(busy.url(), gone.url()))
        #expect(outcome?.reason == .imageNotFound)
        #expect(outcome?.isRetryable == true)
        #expect(outcome?.retryAfter == .seconds(5))
        #expect(outcome?.detail?.contains(busy.url()) == true)
        #expect(outcome?.detail?.contains(gone.url()) == true)
    }

    @Test func aHeaderThatCannotBeSentIsSaidAndNotLeftOut() async throws {
        let image = try TestImage()
        let server = image.server()
        var wanted = try image.wanted(server.url())
        wanted.sources[0].headers["no header"] = "s3cret"
        let outcome = try await PullRig().outcome(wanted)
        #expect(outcome?.reason == .internal && outcome?.isRetryable == false)
        #expect(outcome?.detail?.contains("'no header'") == true)
        #expect(outcome?.detail?.contains("s3cret") == false)
        #expect(server.requests.isEmpty)
    }
}
