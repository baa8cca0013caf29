import PrecacheClient
import Testing

@testable import PrecacheCommands

/// What people are told of exchanges of images among hosts.
@Suite struct ExchangeTests {
    private func frame(_ more: String, trouble: String? = nil) throws -> ProgressFrame {
        ProgressFrame(
            job: try Sample.job(Sample.jobJSON(more: more)),
            motion: Motion(),
            elapsed: .seconds(75),
            trouble: trouble
        )
    }

    @Test func tellsOfAnExchangeAndWhatPeopleShouldKnowOfIt() throws {
        let transfer = """
            ,"transfer":{"from_source_bytes":2254857830,"from_peers_bytes":10737418240,"seeds":["n1","n2"],\
            "copies":2.1,"notes":["n7 reached none\\u0007"]}
            """
        let frame = try frame(transfer, trouble: "No answer")
        let lines = frame.lines(width: 80, glyphs: .unicode, paint: Paint(isOn: true))
        #expect(
            Array(lines.dropFirst(3)) == [
                "2.1 copies from the source  10.0 GiB between hosts  seeds n1, n2",
                "\u{1B}[33mn7 reached none\\u{7}\u{1B}[0m", "\u{1B}[33mNo answer\u{1B}[0m",
            ]
        )
        let progress = JobProgress(job: frame.job)
        #expect(progress.transfer == ["2.1 copies from the source", "10.0 GiB between hosts"])
        var plain = PlainProgress()
        let line = plain.line(frame.job, motion: Motion(), elapsed: .seconds(1)) ?? ""
        #expect(line.hasSuffix("12.4 GiB of 40.0 GiB, 2.1 copies from the source, 10.0 GiB between hosts"))
    }

    @Test func aJobWithoutAnExchangeSaysNothingOfOne() throws {
        let star =
            #","transfer":{"from_source_bytes":9,"from_peers_bytes":0,"seeds":[],"copies":null,"notes":[]}"#
        let frame = try frame(star)
        #expect(frame.lines(width: 80, glyphs: .unicode, paint: Paint(isOn: false)).count == 3)
    }

    @Test(arguments: ["1e300", "-1", "1"]) func oddNumbersOfCopiesAreShown(copies: String) throws {
        let job = try Sample.job(Sample.jobJSON(more: #","transfer":{"copies":\#(copies)}"#))
        #expect(JobProgress(job: job).transfer.count == (copies == "-1" ? 0 : 2))
    }

    @Test func whatCrossedFromZoneToZoneIsSaid() async throws {
        func crossing(_ zone: String, _ bytes: Int, _ copies: String) -> String {
            #"{"zone":\#(zone),"bytes":\#(bytes),"copies":\#(copies)}"#
        }
        func transfer(_ crossings: String...) -> String {
            #","transfer":{"from_source_bytes":9,"from_peers_bytes":1024,"copies":2.0,"#
                + #""crossings":[\#(crossings.joined(separator: ","))]}"#
        }
        let two = transfer(crossing("null", 90, "1.0"), crossing(#""we\u001bst""#, 100, "1.11"))
        let service = FakeService([
            "GET /v1/jobs/\(Sample.jobID)": [.answer(200, Sample.jobJSON(state: "succeeded", more: two))]
        ])
        let words =
            "1.0 KiB between hosts, 1.1 copies into zone we\\u{1B}st, 1.0 copy into hosts without a zone"
        let shown = await ProgramRun(["job", "show", Sample.jobID], service: service)
        #expect(shown.output.contains(words + "\n"), "\(shown.output)")
        let watched = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(watched.output.contains(words), "\(watched.output)")
        let many = (1...5).map { crossing(#""z\#($0)""#, $0 * 1024, "null") }.joined(separator: ",")
        #expect(
            JobProgress(job: try Sample.job(Sample.jobJSON(more: transfer(many)))).transfer.dropFirst(2) == [
                "5.0 KiB into zone z5", "4.0 KiB into zone z4", "3.0 KiB into zone z3",
                "and into 2 zones more",
            ]
        )
    }

    @Test func beforeTheFirstResultOnlyTheSeedsAreKnown() throws {
        let transfer =
            #","transfer":{"from_source_bytes":0,"from_peers_bytes":0,"seeds":["n1"],"copies":0.0,"notes":[]}"#
        let lines = try frame(transfer).lines(width: 80, glyphs: .unicode, paint: Paint(isOn: false))
        #expect(Array(lines.dropFirst(3)) == ["seeds n1"])
    }

    @Test(arguments: [
        (#"{"capable":true,"out_until":null,"why":null}"#, "yes"),
        (#"{"capable":false,"out_until":null,"why":null}"#, "no: its agent can't; it fetches for itself"),
        (
            #"{"capable":true,"out_until":"2026-11-23T11:00:00.000000Z","why":"it reached none of its neighbours"}"#,
            "kept out until 2026-11-23 11:00:00Z because it reached none of its neighbours. "
                + "Sooner: precache host disable n, then enable"
        ),
    ])
    func aHostsPartInExchangesIsShown(relay: String, words: String) async {
        let answer = #"{"host":{"name":"n"},"relay":\#(relay)}"#
        let service = FakeService(["GET /v1/hosts/n": [.answer(200, answer)]])
        let run = await ProgramRun(["host", "show", "n"], service: service)
        #expect(run.output.contains("\nExchanges   \(words)\n"))
    }

    @Test func aJobsExchangeIsShown() async {
        let transfer = """
            ,"transfer":{"from_source_bytes":600,"from_peers_bytes":1024,"seeds":["n1","n2"],"copies":2.0,\
            "notes":["n7 reached none"]}
            """
        let service = FakeService([
            "GET /v1/jobs/\(Sample.jobID)": [.answer(200, Sample.jobJSON(state: "succeeded", more: transfer))]
        ])
        let shown = await ProgramRun(["job", "show", Sample.jobID], service: service)
        for line in [
            "Exchange   2.0 copies from the source, 1.0 KiB between hosts", "Seeds      n1, n2",
            "Beware     n7 reached none",
        ] { #expect(shown.output.contains(line + "\n"), "\(shown.output)") }
        let watched = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(watched.output.contains(", 2.0 copies from the source, 1.0 KiB between hosts"))
        #expect(watched.errors.contains("note: n7 reached none\n"))
    }

    @Test func wideResultsSayWhereTheBytesCameFrom() async {
        let result =
            #"{"host":"n","image_id":"i","outcome":"cached","from_peers_bytes":1024,"from_source_bytes":7,"#
            + #""from_far_bytes":9}"#
        let service = FakeService([
            "GET /v1/jobs/\(Sample.jobID)/results?limit=1000":
                [
                    .answer(
                        200,
                        #"{"results":[\#(result),{"host":"m","image_id":"i","outcome":"cached"}],"next":null}"#
                    )
                ]
        ])
        let columns = ["--columns", "HOST,FROM SOURCE,FROM PEERS,FROM FAR"]
        let run = await ProgramRun(["job", "results", Sample.jobID] + columns, service: service)
        #expect(
            run.output.contains("n             7 B     1.0 KiB       9 B\n"),
            "\(run.output) \(run.errors)"
        )
        let narrow = await ProgramRun(["job", "results", Sample.jobID], service: service)
        #expect(!narrow.output.contains("PEERS"))
    }

    @Test func eventsOfExchangesArePlainWords() {
        let data = """
            {"id":4,"type":"seed","at":"2026-11-23T10:00:00.000000Z","host":"n1","image_id":"i",\
            "detail":"reads the source for the others"}
            """
        let event = ServerSentEvent(type: "seed", data: data, id: "4")
        #expect(
            EventLines.lines(of: event, .table) == [
                "2026-11-23 10:00:00Z  seed  id=4  host=n1  image_id=i  detail=reads the source for the others"
            ]
        )
    }
}
