import Logging
import PrecacheModel
import Store
import Telemetry
import TestSupport
import Testing

@testable import ServiceApp

/// The line of a job that has ended says how, and of whom to ask.
@Suite struct JobTellerTests {
    private let lines = LogLines()
    private let metrics = MetricsRegistry()

    private func job(
        _ state: JobState,
        _ results: [Outcome: Int],
        _ reasons: [Reason: Int] = [:]
    ) throws -> JobRecord {
        var counts = OutcomeCounts()
        for (outcome, count) in results { counts[outcome] = count }
        return JobRecord(
            id: try JobID("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"),
            aggregate: try AggregateName("web"),
            aggregateID: 1,
            images: [],
            limits: JobLimits(
                parallelism: .hosts(1),
                hostTimeout: .seconds(1),
                maxAttempts: 1,
                deadline: .seconds(1)
            ),
            state: state,
            hostsTotal: 9,
            hostsDone: 9,
            results: counts,
            reasons: reasons,
            bytesDone: 0,
            bytesTotal: 0,
            createdAt: Timestamp(microseconds: 0),
            finishedAt: Timestamp(microseconds: 61_000_000),
            requestedBy: "ci"
        )
    }

    private func teller() throws -> JobTeller {
        let failure = ResultRecord(
            host: try HostName("n3"),
            imageID: try ImageID("debian"),
            ImageOutcome(.error, reason: .noSpace, detail: "5 MiB free")
        )
        return JobTeller(metrics, lines.logger) { _, filter, page in
            #expect(filter.outcomes == [.error, .skipped] && page.limit == 3)
            return [failure, failure]
        }
    }

    @Test func aFailedJobIsAWarningWithCountsReasonsAndExamples() async throws {
        try await teller().take(
            .ended(try job(.failed, [.error: 7, .skipped: 2], [.noSpace: 7, .hostDown: 2]))
        )
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1 && line.level == .warning && line.message == "job ended")
        #expect(
            line.facts["state"] == "failed" && line.facts["hosts"] == "9" && line.facts["seconds"] == "61"
        )
        for part in [#""error": "7""#, #""skipped": "2""#] {
            #expect(line.facts["results"]?.contains(part) == true)
        }
        for part in [#""host_down": "2""#, #""no_space": "7""#] {
            #expect(line.facts["reasons"]?.contains(part) == true)
        }
        #expect(line.facts["first"] == "n3 debian: no_space (5 MiB free); n3 debian: no_space (5 MiB free)")
        #expect(line.facts["caller"] == "ci")
    }

    @Test func aGoodJobIsNoWarningAndAsksForNoResults() async throws {
        let teller = JobTeller(metrics, lines.logger) { _, _, _ in
            Issue.record("nothing failed")
            return []
        }
        await teller.take(.ended(try job(.succeeded, [.cached: 9])))
        #expect(lines.all.map(\.level) == [.info] && lines.all.first?.facts["first"] == nil)
    }

    @Test func exchangesAreCountedAndTheJobsLineSaysHowOftenTheSourceWasRead() async throws {
        let teller = try teller()
        let text = { String(decoding: metrics.render(), as: UTF8.self) }
        for line in [
            #"precached_relay_bytes_total{from="source"} 0"#, #"precached_relay_bytes_total{from="peers"} 0"#,
            "precached_peer_faults_total 0", "precached_source_copies_count 0",
        ] { #expect(text().contains(line), "\(line) from the start") }
        await teller.take(.exchanged(fromSource: 20, fromPeers: 70))
        await teller.take(.exchanged(fromSource: 1, fromPeers: 0))
        await teller.take(.peerFaults(2))
        var job = try job(.succeeded, [.cached: 9])
        await teller.take(.ended(job))
        #expect(text().contains("precached_source_copies_count 0"), "nothing was exchanged")
        var image = JobImage(id: try ImageID("debian"), name: nil, sizeBytes: 10)
        (image.isExchanged, image.fromSourceBytes, image.fromPeersBytes) = (true, 21, 70)
        job.images = [image]
        job.mesh.take(.alone, of: try HostName("n3"))
        await teller.take(.ended(job))
        for line in [
            #"precached_relay_bytes_total{from="source"} 21"#,
            #"precached_relay_bytes_total{from="peers"} 70"#,
            "precached_peer_faults_total 2", "precached_source_copies_count 1",
            "precached_source_copies_sum 2.1",
            #"precached_source_copies_bucket{le="2"} 0"#, #"precached_source_copies_bucket{le="2.5"} 1"#,
        ] { #expect(text().contains(line), "\(line)") }
        #expect(lines.all.first?.facts["copies"] == nil && lines.all.last?.facts["copies"] == "2.1")
        let words = try #require(lines.all.last?.facts["exchange"])
        #expect(words.contains("n3 reached none of the neighbours"))
        // However few copies there were: nothing is said that the figure beside it doesn't show.
        #expect(!words.contains("beyond"))
    }

    @Test func whatEndedAsideIsCountedWithTheDispatchersOutcomes() async throws {
        try await teller().take(.endedAside(.error, [.imageNotFound: 12]))
        let text = String(decoding: metrics.render(), as: UTF8.self)
        #expect(text.contains(#"precached_outcomes_total{outcome="error",reason="image_not_found"} 12"#))
    }

    @Test func aPredictionIsJudgedByWhatCameTrue() async throws {
        let teller = try teller()
        // It took 61 s.
        var job = try job(.succeeded, [.cached: 9])
        await teller.take(.ended(job))
        job.predictedFinishAt = Timestamp(microseconds: 50_000_000)
        await teller.take(.ended(job))
        #expect(lines.all.map { $0.facts["predicted_seconds"] } == [nil, "50"])
        // Nothing was to be fetched, or it was stopped: no prediction is right or wrong.
        var existing = try self.job(.succeeded, [.existing: 9])
        existing.predictedFinishAt = job.createdAt
        await teller.take(.ended(existing))
        job.isCancelRequested = true
        await teller.take(.ended(job))
        let text = String(decoding: metrics.render(), as: UTF8.self)
        for line in [
            "precached_prediction_error_ratio_count 1",
            #"precached_prediction_error_ratio_bucket{le="0.1"} 0"#,
            #"precached_prediction_error_ratio_bucket{le="0.25"} 1"#,
        ] { #expect(text.contains(line), "\(line)") }
    }
}
