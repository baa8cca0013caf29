import PrecacheClient
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

    @Test func neverShowsAHundredPercentBeforeTheEnd() throws {
        let almost = Sample.jobJSON(results: ["running": 1], bytes: (10, 10))
        #expect(JobProgress(job: try Sample.job(almost)).fraction == 0.999)
        let ended = Sample.jobJSON(state: "failed", results: ["error": 1], bytes: (0, 10))
        #expect(JobProgress(job: try Sample.job(ended)).fraction == 1)
    }
}
