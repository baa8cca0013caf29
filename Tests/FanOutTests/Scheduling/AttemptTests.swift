import PrecacheModel
import Testing

@testable import FanOut

@Suite struct AttemptTests {
    let source = SourceKey(url: "http://images.example/")

    func attempt(_ names: [String]) throws -> Attempt {
        let images = try names.map { try Samples.image($0) }
        return Attempt(
            task: try Samples.task(images: images),
            ordinals: images.indices.map { $0 + 10 },
            imageSources: images.map { SourceKey(url: $0.url) },
            startedAt: .zero
        )
    }

    @Test func aGoodOutcomeIsReportedOnce() throws {
        var attempt = try attempt(["a", "b"])
        let first = attempt.take(try Samples.outcome("b", .cached))
        #expect(first.report?.image == 11)
        #expect(first.report?.outcome == .cached)
        #expect(attempt.take(try Samples.outcome("b", .existing)).report == nil)
    }

    @Test func aPermanentErrorIsFinalAndARetryableOneIsKept() throws {
        var attempt = try attempt(["a", "b"])
        #expect(
            attempt.take(try Samples.outcome("a", .error, .imageNotFound)).report?.reason == .imageNotFound
        )
        #expect(attempt.take(try Samples.outcome("b", .error, .sourceError)).report == nil)
        #expect(attempt.states[1] == .failed(try Samples.outcome("b", .error, .sourceError)))
        #expect(attempt.openOrdinal(of: try ImageID("b")) == nil)
    }

    @Test func aDetailOfOneImmenseCharacterIsCut() throws {
        var attempt = try attempt(["a"])
        var outcome = try Samples.outcome("a", .error, .imageNotFound)
        outcome.detail = "e" + String(repeating: "\u{301}", count: 30_000)
        let detail = try #require(attempt.take(outcome).report?.detail)
        #expect(detail.unicodeScalars.count == ImageReport.detailLimit)
    }

    @Test func strangersAndCancelledSayNothing() throws {
        var attempt = try attempt(["a"])
        #expect(attempt.take(try Samples.outcome("x", .cached)).report == nil)
        #expect(attempt.take(try Samples.outcome("a", .cancelled, .cancelled)).report == nil)
        #expect(attempt.states == [.open])
    }

    @Test(arguments: [Outcome.pending, .running, .skipped])
    func whatIsNoOutcomeOfAnAttemptIsAProtocolErrorThatIsTriedAgain(_ outcome: Outcome) throws {
        var attempt = try attempt(["a"])
        #expect(attempt.take(try Samples.outcome("a", outcome)).report == nil)
        guard case .failed(let failure) = attempt.states[0] else {
            Issue.record("not kept")
            return
        }
        #expect(failure.reason == .agentProtocol)
        #expect(failure.isRetryable)
    }

    @Test func theSourceComesFreeWithItsLastImage() throws {
        var attempt = try attempt(["a", "b"])
        #expect(attempt.sources == [source: 2])
        #expect(attempt.take(try Samples.outcome("a", .cached)).freed == nil)
        #expect(attempt.take(try Samples.outcome("b", .error, .sourceError)).freed == source)
        #expect(attempt.sources.isEmpty)
    }

    @Test func anErrorWithoutReasonGetsOneAndDetailsAreCut() throws {
        var attempt = try attempt(["a"])
        var outcome = try Samples.outcome("a", .error)
        outcome.detail = String(repeating: "x", count: 5000)
        let report = attempt.take(outcome).report
        #expect(report?.reason == .internal)
        #expect(report?.detail?.count == 1000)
    }
}
