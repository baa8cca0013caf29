import PrecacheClient
import PrecacheCommands
import Testing

@testable import PrecacheCommands

@Suite struct ProgressFrameTests {
    private static func frame(
        _ json: String = Sample.jobJSON(),
        trouble: String? = nil
    ) throws -> ProgressFrame {
        var motion = Motion()
        motion.note(at: .seconds(0), bytes: 0, fraction: 0)
        motion.note(at: .seconds(10), bytes: 13_312_000_000, fraction: 0.62)
        return ProgressFrame(
            job: try Sample.job(json),
            motion: motion,
            elapsed: .seconds(75),
            trouble: trouble
        )
    }

    @Test func drawsAllOnAWideTerminal() throws {
        let lines = try Self.frame().lines(width: 120, glyphs: .unicode, paint: Paint(isOn: false))
        #expect(
            lines == [
                "running 1m 15s  Debian 12 on 1,200 hosts of web  job \(Sample.jobID)",
                "████████████████████████░░░░░░░░░░░░░░░░  62%  hosts 744/1,200"
                    + "  12.4 GiB of 40.0 GiB  1.2 GiB/s  6s left",
                "cached 700  existing 40  running 64  pending 392  error 4",
            ]
        )
    }

    @Test func shrinksTheBarFirst() throws {
        let lines = try Self.frame().lines(width: 80, glyphs: .ascii, paint: Paint(isOn: false))
        #expect(
            lines[1]
                == "#########.......  62%  hosts 744/1,200  12.4 GiB of 40.0 GiB  1.2 GiB/s  6s left"
        )
        #expect(
            lines[0] == "running 1m 15s  Debian 12 on 1,200 hosts of web  job 1b4e28ba-2fa1-4d3b-a3f5-..."
        )
    }

    @Test(arguments: [1, 10, 30, 50, 79]) func fitsEveryWidth(width: Int) throws {
        let frame = try Self.frame(trouble: "No answer for 3s")
        for line in frame.lines(width: width, glyphs: .unicode, paint: Paint(isOn: false)) {
            #expect(TerminalText.width(line) <= width)
        }
    }

    @Test func colours() throws {
        let lines = try Self.frame().lines(width: 120, glyphs: .unicode, paint: Paint(isOn: true))
        #expect(
            lines[2]
                == "\u{1B}[32mcached 700\u{1B}[0m  \u{1B}[32mexisting 40\u{1B}[0m  running 64  pending 392"
                + "  \u{1B}[31merror 4\u{1B}[0m"
        )
    }

    @Test func saysWhyThePictureMayBeOld() throws {
        let lines = try Self.frame(trouble: "No answer for 3s\u{7}")
            .lines(width: 80, glyphs: .unicode, paint: Paint(isOn: false))
        #expect(lines.last == "No answer for 3s\\u{7}")
    }

    @Test func namesNoTotalOfBytesThatIsLessThanWhatIsThere() throws {
        let told = try [(80, 100), (80, 0), (80, 10), (0, 0)].map { (done: Int64, total: Int64) in
            JobProgress(job: try Sample.job(Sample.jobJSON(bytes: (done, total)))).bytes
        }
        #expect(told == ["80 B of 100 B", "80 B", "80 B", nil])
        let unsized = Sample.jobJSON(results: ["running": 1, "cached": 1], bytes: (80, 100))
            .replacing(#""size_bytes":300"#, with: #""size_bytes":null"#)
        let progress = JobProgress(job: try Sample.job(unsized))
        #expect(progress.bytes == "80 B" && progress.fraction == 0.5)
    }

    @Test func neverShowsAHundredPercentBeforeTheEnd() throws {
        let almost = Sample.jobJSON(results: ["running": 1], bytes: (10, 10))
        #expect(JobProgress(job: try Sample.job(almost)).fraction == 0.999)
        let ended = Sample.jobJSON(state: "failed", results: ["error": 1], bytes: (0, 10))
        #expect(JobProgress(job: try Sample.job(ended)).fraction == 1)
    }
}

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

@Suite struct LiveScreenTests {
    @Test func drawsOverTheLastPicture() {
        var screen = LiveScreen()
        #expect(screen.draw(above: [], picture: ["one", "two"], width: 80) == "one\ntwo\n")
        #expect(
            screen.draw(above: ["failed"], picture: ["three"], width: 80)
                == "\u{1B}[2A\r\u{1B}[Jfailed\nthree\n"
        )
        #expect(screen.draw(above: [], picture: [], width: 80) == "\u{1B}[1A\r\u{1B}[J")
        #expect(screen.draw(above: [], picture: [], width: 80) == "")
    }

    @Test func takesBackTheRowsThatANarrowerTerminalMadeOfALine() {
        var screen = LiveScreen()
        _ = screen.draw(
            above: [],
            picture: [String(repeating: "x", count: 70), "\u{1B}[31mab\u{1B}[0m"],
            width: 80
        )
        #expect(screen.draw(above: [], picture: [], width: 30) == "\u{1B}[4A\r\u{1B}[J")
    }
}

@Suite struct MotionTests {
    @Test func saysNothingBeforeItHasSeenEnough() {
        var motion = Motion()
        motion.note(at: .seconds(0), bytes: 0, fraction: 0)
        motion.note(at: .milliseconds(1900), bytes: 100, fraction: 0.1)
        #expect(motion.bytesPerSecond == nil)
        #expect(motion.timeLeft == nil)
    }

    @Test func measuresTheLastHalfMinute() {
        var motion = Motion()
        for second in 0...60 {
            let bytes = second <= 30 ? 0 : Int64(second - 30) * 100
            motion.note(at: .seconds(second), bytes: bytes, fraction: Double(bytes) / 6000)
        }
        #expect(motion.bytesPerSecond == 100)
        #expect(motion.timeLeft == .seconds(30))
    }

    @Test func beginsAnewWhereThingsGoBack() {
        var motion = Motion()
        motion.note(at: .seconds(0), bytes: 500, fraction: 0.5)
        motion.note(at: .seconds(10), bytes: 100, fraction: 0.1)
        #expect(motion.bytesPerSecond == nil)
    }

    @Test func knowsNoEndWhereNothingMoves() {
        var motion = Motion()
        motion.note(at: .seconds(0), bytes: 5, fraction: 0.5)
        motion.note(at: .seconds(10), bytes: 5, fraction: 0.5)
        #expect(motion.bytesPerSecond == 0)
        #expect(motion.timeLeft == nil)
    }
}
