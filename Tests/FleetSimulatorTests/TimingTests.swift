import Testing

@testable import FleetSimulator

struct TimingTests {
    private let start = ContinuousClock.now

    private func after(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func downloadsShareTheSourceAndNeverGetMore() throws {
        let link = SourceLink(Bandwidth(bytesPerSecond: 100), now: start)
        link.change(by: 1, now: start)
        var first = SimulatedDownload(bytes: 1_000, at: .unlimited, from: link, now: start)
        // Alone for 2 s, in company for 4 s, then alone again: 200 + 200 + the rest at 100 a second.
        link.change(by: 1, now: after(2))
        var second = SimulatedDownload(bytes: 200, at: .unlimited, from: link, now: after(2))
        #expect(first.advance(now: after(2)) != nil)
        #expect(first.bytesDone == 200)
        #expect(second.advance(now: after(5.9)) != nil)
        #expect(second.advance(now: after(6)) == nil)
        link.change(by: -1, now: after(6))
        #expect(first.advance(now: after(6)) != nil)
        #expect(first.bytesDone == 400)
        #expect(first.advance(now: after(11.9)) != nil)
        #expect(first.advance(now: after(12)) == nil)
        #expect(link.mostActive == 2)
    }

    @Test func aHostsOwnLinkLimitsItToo() {
        let link = SourceLink(Bandwidth(bytesPerSecond: 1_000), now: start)
        link.change(by: 1, now: start)
        var download = SimulatedDownload(
            bytes: 100,
            at: Bandwidth(bytesPerSecond: 10),
            from: link,
            now: start
        )
        #expect(download.advance(now: after(0)) == SimulatedDownload.longestStep)
        _ = download.advance(now: after(9))
        #expect(download.bytesDone == 90)
        #expect(download.advance(now: after(10)) == nil)
    }

    @Test func withoutLimitsNoTimePasses() {
        let link = SourceLink(.unlimited, now: start)
        #expect(SimulatedDownload(bytes: 1, at: .unlimited, from: link, now: start).isInstant)
    }

    @Test func ratesAsPeopleWriteThem() throws {
        #expect(Bandwidth("10Gbit/s")?.bytesPerSecond == 1_250_000_000)
        #expect(Bandwidth("1.5MB/s")?.bytesPerSecond == 1_500_000)
        #expect(Bandwidth("50MiB/s")?.bytesPerSecond == 52_428_800)
        for wrong in ["10", "10Gbit", "-1MB/s", "0MB/s", "MB/s", "1TB/s", "infMB/s"] {
            #expect(Bandwidth(wrong) == nil)
        }
    }

    @Test func delaysAsPeopleWriteThem() throws {
        let range = try #require(DelayRange("50ms-2s"))
        #expect(range.shortest == .milliseconds(50) && range.longest == .seconds(2))
        #expect(DelayRange("1.5s")?.longest == .milliseconds(1_500))
        for wrong in ["", "5", "2s-1s", "-1s", "1s-2s-3s", "1h"] { #expect(DelayRange(wrong) == nil) }
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<100 {
            let pick = range.pick(using: &generator)
            #expect(pick >= range.shortest && pick <= range.longest)
        }
    }
}
