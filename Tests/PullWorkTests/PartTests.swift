import HTTPFetching
import HTTPTypes
import PrecacheModel
import TestSupport
import Testing

@testable import PullWork

/// Sources that answer lawfully, or nearly, and not as they were asked.
@Suite(.timeLimit(.minutes(10)))
struct PartTests {
    private static func cut(_ bytes: [UInt8], at count: Int, _ headers: [String] = []) -> [StepServer.Step] {
        [
            .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"] + headers)),
            .bytes(Array(bytes[..<count])),
        ]
    }

    private static func part(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        sends count: Int? = nil,
        _ headers: [String] = []
    ) -> [StepServer.Step] {
        let head = [
            "Content-Length: \(range.count)",
            "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)",
        ]
        return [
            .text(StepServer.head("206 Partial Content", head + headers)),
            .bytes(Array(bytes[range].prefix(count ?? range.count))),
        ]
    }

    private func expectCached(
        _ image: TestImage,
        _ server: StepServer,
        requests: Int,
        algorithm: DigestAlgorithm? = .sha256,
        knowsSize: Bool = true,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let rig = try PullRig()
        let outcome = try await rig.outcome(
            image.wanted(server.url(), algorithm: algorithm, knowsSize: knowsSize)
        )
        #expect(outcome?.outcome == .cached, "\(outcome?.detail ?? "none")", sourceLocation: location)
        let isRight = rig.folder.holds(image.bytes, image.file)
        #expect(isRight, "other bytes than the image's", sourceLocation: location)
        let heads = server.requests.map { $0.split(separator: "\r\n").filter { $0.contains("ange:") } }
        #expect(heads.count == requests, "\(heads)", sourceLocation: location)
    }

    @Test(arguments: [true, false])
    func aShortPartIsFollowedByTheNext(knowsSize: Bool) async throws {
        let image = try TestImage(count: 400_000)
        let server = StepServer { [bytes = image.bytes] head in
            let start = StepServer.offset(head)
            if start == 0 { return Self.cut(bytes, at: 100_000) }
            return Self.part(bytes, start..<min(start + 100_000, bytes.count))
        }
        try await expectCached(image, server, requests: 4, knowsSize: knowsSize)
    }

    /// The last one is small, and costs nothing.
    @Test func partsThatAreTooSmallAreGivenUp() async throws {
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] head in
            let start = StepServer.offset(head)
            return Self.part(bytes, start..<min(start + 10, bytes.count))
        }
        let outcome = try await PullRig { $0.resumes = 3 }.outcome(image.wanted(server.url()))
        #expect(outcome?.reason == .sourceError && outcome?.isRetryable == true)
        #expect(outcome?.detail?.hasSuffix("the source gives less than 65536 bytes at a time") == true)
        #expect(server.requests.count == 4)
    }

    @Test(arguments: [DigestAlgorithm.sha256, nil])
    func aPartThatBeginsEarlierIsTakenFromWhereItMatters(algorithm: DigestAlgorithm?) async throws {
        let image = try TestImage(count: 400_000)
        let tag = ["ETag: \"a\""]
        let server = StepServer { [bytes = image.bytes] head in
            let start = StepServer.offset(head)
            if start == 0 { return Self.cut(bytes, at: 150_000, tag) }
            return Self.part(bytes, (start - start % 65_536)..<bytes.count, sends: 120_000, tag)
        }
        try await expectCached(image, server, requests: 5, algorithm: algorithm)
    }

    @Test func anotherNodesTagIsNoReasonToBeginAnew() async throws {
        let image = try TestImage()
        let nodes = Counting()
        let server = StepServer { [bytes = image.bytes] head in
            let node = nodes.next()
            let tag = ["ETag: \"node-\(node)\""]
            let isWhole = head.contains("If-Range") && !head.contains("node-\(node)")
            let start = isWhole ? 0 : StepServer.offset(head)
            if start == 0 { return Self.cut(bytes, at: 90_000, tag) }
            return Self.part(bytes, start..<bytes.count, sends: 90_000, tag)
        }
        // 90,000; the whole, which is left for its tag; 180,000; the rest.
        try await expectCached(image, server, requests: 4)
    }

    @Test func withoutADigestAnotherTagIsAReason() async throws {
        let (image, other) = (try TestImage(), [UInt8](repeating: 1, count: 200_000))
        let nodes = Counting()
        let server = StepServer { [bytes = image.bytes] head in
            if nodes.next() == 1 { return Self.cut(other, at: 90_000, ["ETag: \"old\""]) }
            let start = StepServer.offset(head)
            let tag = ["ETag: \"new\""]
            return start == 0
                ? StepServer.response("200 OK", tag, body: bytes) : Self.part(bytes, start..<bytes.count, tag)
        }
        try await expectCached(image, server, requests: 3, algorithm: nil)
    }

    @Test func bytesOfTwoNodesThatDoNotFitAreFetchedAnewFromOne() async throws {
        let (image, other) = (try TestImage(), [UInt8](repeating: 1, count: 200_000))
        let nodes = Counting()
        let server = StepServer { [bytes = image.bytes] head in
            nodes.next() == 1 ? Self.cut(other, at: 90_000) : StepServer.file(bytes, head)
        }
        try await expectCached(image, server, requests: 3)
    }

    @Test(arguments: ["206 Partial Content", "203 Non-Authoritative Information"])
    func aWholeUnderAnotherStatusIsTaken(status: String) async throws {
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] _ in StepServer.response(status, body: bytes) }
        try await expectCached(image, server, requests: 1)
    }

    @Test func aPartThatNobodyAskedForIsGoneOnWith() async throws {
        let image = try TestImage(count: 400_000)
        let server = StepServer { [bytes = image.bytes] head in
            let start = StepServer.offset(head)
            return Self.part(bytes, start..<min(start + 150_000, bytes.count))
        }
        try await expectCached(image, server, requests: 3)
        try await expectCached(image, server, requests: 6, knowsSize: false)
    }

    @Test func aFoldedRangeIsRead() async throws {
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] head in
            let start = StepServer.offset(head)
            if start == 0 { return Self.cut(bytes, at: 90_000) }
            let range = "Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
            let folded = range.replacing("bytes ", with: "bytes\r\n ")
            return [
                .text(
                    StepServer.head(
                        "206 Partial Content",
                        ["Content-Length: \(bytes.count - start)", folded]
                    )
                ),
                .bytes(Array(bytes[start...])),
            ]
        }
        try await expectCached(image, server, requests: 2)
    }

    /// What is there is not fetched in vain: a server without ranges that breaks twice still ends.
    @Test(arguments: ["400 Bad Request", "416 Range Not Satisfiable", "501 Not Implemented"])
    func whoRefusesARangeIsAskedForTheWhole(status: String) async throws {
        let image = try TestImage()
        let cuts = Counting()
        let server = StepServer { [bytes = image.bytes] head in
            if StepServer.offset(head) > 0 { return StepServer.response(status) }
            let cut = [100_000, 50_000, 190_000]
            let number = cuts.next()
            return number <= cut.count
                ? Self.cut(bytes, at: cut[number - 1]) : StepServer.response(body: bytes)
        }
        let rig = try PullRig()
        let outcome = try await rig.outcome(image.wanted(server.url()))
        #expect(outcome?.outcome == .cached, "\(outcome?.detail ?? "none")")
        #expect(server.requests.filter { StepServer.offset($0) > 0 }.count == 1)
        let isRight = rig.folder.holds(image.bytes, image.file)
        #expect(isRight, "other bytes than the image's")
    }

    /// All of it had come when the agent was stopped, and no size is known that would tell so.
    @Test func nothingAfterWhatIsThereMeansThatItIsWhole() async throws {
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] head in
            guard StepServer.offset(head) == bytes.count else {
                return [
                    .text(StepServer.head("200 OK", ["Transfer-Encoding: chunked"])),
                    .text(String(bytes.count, radix: 16) + "\r\n"), .bytes(bytes), .text("\r\n"),
                ]
            }
            return StepServer.response("416 Range Not Satisfiable", ["Content-Range: bytes */\(bytes.count)"])
        }
        try await expectCached(image, server, requests: 2, knowsSize: false)
    }

    @Test func aBodyThatEndsTooSoonWithoutALengthIsGoneOnWith() async throws {
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] head in
            if StepServer.offset(head) > 0 { return StepServer.file(bytes, head) }
            return [.text(StepServer.head("200 OK", [])), .bytes(Array(bytes[..<90_000]))]
        }
        try await expectCached(image, server, requests: 2)
    }

    @Test func bytesThatMayBeRightAreKeptForTheNextSource() async throws {
        let image = try TestImage()
        let first = StepServer { [bytes = image.bytes] head in
            StepServer.offset(head) > 0
                ? StepServer.response("200 OK", ["Content-Type: text/html"], body: Array("<html>sorry".utf8))
                : Self.cut(bytes, at: 90_000)
        }
        let second = image.server()
        let outcome = try await PullRig().outcome(image.wanted(first.url(), second.url()))
        #expect(outcome?.outcome == .cached, "\(outcome?.detail ?? "none")")
        #expect(second.requests.first?.contains("Range: bytes=90000-\r\n") == true)
    }

    @Test func whatCannotBeGoneOnWithSaysWhatTheSourceSaid() async throws {
        let server = StepServer { _ in
            StepServer.response(
                "206 Partial Content",
                ["Content-Range: bytes 5-9/10"],
                body: [1, 2, 3, 4, 5]
            )
        }
        let outcome = try await PullRig().outcome(TestImage().wanted(server.url()))
        #expect(outcome?.reason == .sourceError)
        #expect(
            outcome?.detail?.hasSuffix("answered 206 with Content-Range 'bytes 5-9/10', byte 0 is needed")
                == true
        )
    }

    @Test(arguments: ["aws-chunked", "", "utf-8", "binary", "identity, identity", "x-gzip", "gzip"])
    func aLabelOnBytesOfThePromisedNumberIsNoMatter(label: String) async throws {
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] _ in
            StepServer.response("200 OK", ["Content-Encoding: \(label)"], body: bytes)
        }
        try await expectCached(image, server, requests: 1)
        try await expectCached(image, server, requests: 2, knowsSize: false)
        try await expectCached(image, server, requests: 3, algorithm: nil)
        #expect(server.requests.allSatisfy { $0.contains("Accept-Encoding: identity\r\n") })
    }

    @Test func aCodingThatExplainsTheWrongBytesIsNamed() async throws {
        let image = try TestImage()
        let server = StepServer { _ in
            StepServer.response("200 OK", ["Content-Encoding: gzip"], body: [UInt8](repeating: 31, count: 90))
        }
        let sized = try await PullRig().outcome(image.wanted(server.url()))
        #expect(sized?.reason == .sourceError && sized?.isRetryable == false)
        #expect(
            sized?.detail?.hasSuffix("(Content-Encoding: 'gzip'): 90 bytes, 200000 were promised") == true
        )
        let hashed = try await PullRig().outcome(image.wanted(server.url(), knowsSize: false))
        #expect(hashed?.reason == .checksumMismatch)
        #expect(hashed?.detail?.hasSuffix("labelled them Content-Encoding: 'gzip'") == true)
        let neither = try await PullRig().outcome(
            image.wanted(server.url(), algorithm: nil, knowsSize: false)
        )
        #expect(neither?.reason == .sourceError)
        #expect(neither?.detail?.contains("'gzip'") == true)
    }
}
