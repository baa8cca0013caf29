import HTTPTypes
import PrecacheModel
import TestSupport
import Testing

@testable import PullWork

@Suite struct FetchingTests {
    @Test(arguments: [DigestAlgorithm.sha256, .sha512], [true, false])
    func anImageIsCachedAndThenExisting(algorithm: DigestAlgorithm, knowsSize: Bool) async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let server = image.server()
        let wanted = try image.wanted(
            server.url("/image?token=secret"),
            algorithm: algorithm,
            knowsSize: knowsSize
        )
        let first = try #require(try await rig.outcome(wanted))
        #expect(
            first.outcome == .cached && first.isVerified == true && first.reason == nil && first.detail == nil
        )
        #expect(first.source == server.url())
        #expect(first.bytesDone == 200_000 && first.bytesTotal == 200_000)
        #expect(rig.folder.holds(image.bytes, image.file) == true)
        let second = try #require(try await rig.outcome(wanted, id: "u"))
        #expect(second.outcome == .existing && second.isVerified == true)
        #expect(second.bytesDone == 200_000)
        #expect(server.requests.count == 1)
    }

    @Test func md5AloneIsSaid() async throws {
        let image = try TestImage()
        let server = image.server()
        let outcome = try await PullRig().outcome(image.wanted(server.url(), algorithm: .md5))
        #expect(outcome?.outcome == .cached, "\(String(describing: outcome?.detail))")
        #expect(outcome?.detail == "checked with MD5 alone, which shows damage but no malice")
    }

    @Test func withoutADigestItIsNotVerified() async throws {
        let image = try TestImage()
        let server = image.server()
        let outcome = try await PullRig().outcome(
            image.wanted(server.url(), algorithm: nil, knowsSize: false)
        )
        #expect(outcome?.outcome == .cached, "\(String(describing: outcome?.detail))")
        #expect(outcome?.isVerified == false)
        #expect(outcome?.detail == "not verified: no digest is known")
    }

    @Test func anImageOfNoBytesIsRefusedUnasked() async throws {
        let image = try TestImage(count: 0)
        let server = image.server()
        let outcome = try await PullRig().outcome(image.wanted(server.url()))
        #expect(outcome?.outcome == .error && outcome?.reason == .sizeMismatch, "\(outcome?.detail ?? "")")
        #expect(outcome?.isRetryable == false && server.requests.isEmpty)
        let other = try await PullRig().outcome(image.wanted(server.url(), algorithm: nil, knowsSize: false))
        #expect(other?.outcome == .error && other?.reason == .sizeMismatch)
        #expect(other?.detail?.contains("the source sent no bytes at all") == true)
    }

    @Test func whatAnImageLooksLikeIsSaid() async throws {
        let image = try TestImage(
            bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] + [UInt8](repeating: 9, count: 5_000)
        )
        let server = image.server()
        let (rig, words) = (try PullRig(), "looks like xz, which has to be unpacked to be a disk")
        let wanted = try image.wanted(server.url())
        for (outcome, task) in [(Outcome.cached, "t"), (.existing, "u")] {
            let found = try await rig.outcome(wanted, id: task)
            #expect(found?.outcome == outcome && found?.detail == words)
        }
    }

    @Test func headersGoToTheirSource() async throws {
        let image = try TestImage()
        let server = image.server()
        var wanted = try image.wanted(server.url())
        wanted.sources[0].headers["Authorization"] = "Bearer xyzzy"
        _ = try await PullRig().outcome(wanted)
        #expect(server.requests.first?.contains("Authorization: Bearer xyzzy\r\n") == true)
        #expect(!"\(wanted.sources[0])".contains("xyzzy"))
    }

    @Test func aCutTransferGoesOnByRange() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] head in
            let start = StepServer.offset(head)
            if start > 0 { return StepServer.file(bytes, head) }
            return [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)", "ETag: \"v1\""])),
                .bytes(Array(bytes[..<90_000])),
            ]
        }
        let outcome = try await rig.outcome(image.wanted(server.url()))
        #expect(outcome?.outcome == .cached, "\(String(describing: outcome?.detail))")
        #expect(server.requests.count == 2)
        #expect(server.requests.last?.contains("Range: bytes=90000-\r\n") == true)
        #expect(server.requests.last?.contains("If-Range: \"v1\"\r\n") == true)
        #expect(rig.folder.holds(image.bytes, image.file) == true)
    }

    @Test func aSourceThatIgnoresRangeIsReadFromTheStart() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let cuts = Counting()
        let server = StepServer { [bytes = image.bytes] _ in
            let length = cuts.next() == 1 ? 90_000 : bytes.count
            return [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(Array(bytes[..<length])),
            ]
        }
        #expect(try await rig.outcome(image.wanted(server.url()))?.outcome == .cached)
        #expect(rig.folder.holds(image.bytes, image.file) == true)
    }

    @Test(arguments: ["bytes 0-199999/200000", "bytes 5-10/200000", "nonsense", "bytes 90000-100000/7"])
    func aWrongRangeIsNotBelieved(range: String) async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let tries = Counting()
        let server = StepServer { [bytes = image.bytes] head in
            let number = tries.next()
            if StepServer.offset(head) > 0 {
                return StepServer.response(
                    "206 Partial Content",
                    ["Content-Range: \(range)"],
                    body: [1, 2, 3]
                )
            }
            return [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(number == 1 ? Array(bytes[..<90_000]) : bytes),
            ]
        }
        let outcome = try await rig.outcome(image.wanted(server.url()))
        #expect(outcome?.outcome == .cached, "\(String(describing: outcome?.detail))")
        #expect(rig.folder.holds(image.bytes, image.file) == true)
        #expect(server.requests.count == 3)
    }

    @Test func aStopSaysThatTheDownloadGoesOn() async throws {
        let (halfway, forever, lines) = (Latch(), Latch(), LogLines())
        defer { forever.open() }
        let image = try TestImage()
        let server = StepServer { [bytes = image.bytes] _ in
            [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(Array(bytes[..<100_000])), .tell(halfway), .wait(forever),
            ]
        }
        let rig = try PullRig(logger: lines.logger)
        _ = try await rig.desk.submit(PullRig.task([image.wanted(server.url())]))
        await halfway.opened()
        await rig.desk.stop()
        let last = try #require(lines.all.last { $0.facts["image"] != nil })
        #expect(last.message == "download interrupted by the stop; it goes on after the next start")
        #expect(last.facts["outcome"] == nil && last.facts["task"] == "t")
    }

    @Test func aRefusedRangeStartsAnew() async throws {
        let rig = try PullRig()
        let image = try TestImage()
        let cuts = Counting()
        let server = StepServer { [bytes = image.bytes] head in
            if StepServer.offset(head) > 0 { return StepServer.response("416 Range Not Satisfiable") }
            return [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(cuts.next() == 1 ? Array(bytes[..<90_000]) : bytes),
            ]
        }
        let outcome = try await rig.outcome(image.wanted(server.url()))
        #expect(outcome?.outcome == .cached, "\(String(describing: outcome?.detail))")
        #expect(rig.folder.holds(image.bytes, image.file) == true)
        #expect(server.requests.count == 3)
    }

    @Test func whatAKilledAgentLeftIsGoneOnWith() async throws {
        let folder = TemporaryFolder()
        let image = try TestImage()
        let (halfway, forever) = (Latch(), Latch())
        defer { forever.open() }
        let slow = StepServer { [bytes = image.bytes] _ in
            [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])),
                .bytes(Array(bytes[..<100_000])), .tell(halfway), .wait(forever),
            ]
        }
        do {
            let rig = try PullRig(folder: folder)
            var watch = try await rig.desk.submit(PullRig.task([image.wanted(slow.url())]))
            var done: Int64 = 0
            while done < 100_000, let events = try await watch.next() {
                for case .progress(_, let bytes) in events { done = bytes.done }
            }
            await rig.desk.stop()
        }
        let rig = try PullRig(folder: folder)
        let server = image.server()
        let outcome = try await rig.outcome(image.wanted(server.url()))
        #expect(outcome?.outcome == .cached, "\(String(describing: outcome?.detail))")
        #expect(server.requests.first?.contains("Range: bytes=100000-\r\n") == true)
    }

    @Test func theNextSourceHelps() async throws {
        let image = try TestImage()
        let (bad, good) = (StepServer { _ in StepServer.response("404 Not Found") }, image.server())
        let outcome = try await PullRig().outcome(image.wanted(bad.url(), good.url()))
        #expect(outcome?.outcome == .cached, "\(String(describing: outcome?.detail))")
        #expect(outcome?.source == good.url())
    }

    @Test func wrongBytesFromOneSourceDoNotSpoilTheNext() async throws {
        let rig = try PullRig()
        let (image, other) = (try TestImage(), try TestImage(seed: 9))
        let (bad, good) = (other.server(), image.server())
        #expect(try await rig.outcome(image.wanted(bad.url(), good.url()))?.outcome == .cached)
        #expect(rig.folder.holds(image.bytes, image.file) == true)
    }
}
