import PrecacheClient
import Testing

@testable import PrecacheCommands

@Suite struct PlainProgressTests {
    @Test func writesALineWhereCountsChangeButNotTooOften() throws {
        var plain = PlainProgress()
        let motion = Motion()
        let first = try Sample.job(Sample.jobJSON(done: 1))
        let second = try Sample.job(Sample.jobJSON(done: 2))
        let last = try Sample.job(Sample.jobJSON(state: "partial", done: 3))
        #expect(
            plain.line(first, motion: motion, elapsed: .seconds(0))
                == "0s running: hosts 1/1,200, cached 700, existing 40, running 64, pending 392, error 4,"
                + " 12.4 GiB of 40.0 GiB"
        )
        #expect(plain.line(second, motion: motion, elapsed: .seconds(4)) == nil)
        #expect(plain.line(second, motion: motion, elapsed: .seconds(5)) != nil)
        #expect(plain.line(second, motion: motion, elapsed: .seconds(50)) == nil)
        #expect(plain.line(last, motion: motion, elapsed: .seconds(51))?.hasPrefix("51s partial:") == true)
    }
}
