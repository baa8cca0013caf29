import HTTPTypes
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import PullWork

/// Bytes of two origins in one file.
@Suite struct SplicingTests {
    private static func half(_ bytes: [UInt8], _ headers: [String] = []) -> [StepServer.Step] {
        let head = StepServer.head("200 OK", ["Content-Length: \(bytes.count)"] + headers)
        return [.text(head), .bytes(Array(bytes[..<(bytes.count / 2)]))]
    }

    @Test func aGoodSourceIsNotBlamedForTheBytesOfABadOne() async throws {
        let image = try TestImage()
        let wrong = [UInt8](repeating: 0, count: image.bytes.count)
        let bad = StepServer { head in
            StepServer.offset(head) > 0
                ? StepServer.response("404 Not Found") : Self.half(wrong)
        }
        let good = image.server()
        let rig = try PullRig()
        let outcome = try await rig.outcome(image.wanted(bad.url(), good.url()))
        #expect(outcome?.outcome == .cached)
        #expect(outcome?.isVerified == true)
        #expect(outcome?.source == good.url())
        #expect(good.requests.count == 2)
    }

    @Test func withoutADigestSourcesAreNotMixed() async throws {
        let image = try TestImage()
        let other = [UInt8](repeating: 1, count: image.bytes.count)
        let first = StepServer { head in
            StepServer.offset(head) > 0 ? StepServer.response("404 Not Found") : Self.half(other)
        }
        let second = image.server()
        let rig = try PullRig()
        let outcome = try await rig.outcome(image.wanted(first.url(), second.url(), algorithm: nil))
        #expect(outcome?.outcome == .cached)
        #expect(rig.folder.holds(image.bytes, image.file) == true)
    }

    @Test func withoutADigestAndATagABrokenTransferBeginsAnew() async throws {
        let image = try TestImage()
        let other = [UInt8](repeating: 1, count: image.bytes.count)
        let count = Mutex(0)
        let server = StepServer { head in
            let isFirst = count.withLock { count in
                count += 1
                return count == 1
            }
            return isFirst ? Self.half(other) : StepServer.file(image.bytes, head)
        }
        let rig = try PullRig()
        let outcome = try await rig.outcome(image.wanted(server.url(), algorithm: nil))
        #expect(outcome?.outcome == .cached)
        #expect(rig.folder.holds(image.bytes, image.file) == true)
    }

    @Test func aFinishedTaskHoldsNoTokens() async throws {
        let image = try TestImage()
        let server = image.server()
        let rig = try PullRig()
        var wanted = try image.wanted(server.url())
        wanted.sources[0].headers["Authorization"] = "Bearer secret"
        var watch = try await rig.desk.submit(PullRig.task([wanted]))
        _ = try await PullRig.rest(&watch)
        #expect(watch.state.current.task.images.map(\.sources) == [[]])
        let again = try await rig.outcomes([wanted])
        #expect(again.map(\.outcome) == [.cached])
    }
}
