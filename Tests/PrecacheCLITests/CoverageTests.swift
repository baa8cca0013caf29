import FoundationEssentials
import PrecacheClient
import Testing

@testable import PrecacheCommands

/// `precache coverage`: the table, the gate, and the wait.
@Suite(.timeLimit(.minutes(10))) struct CoverageTests {
    private static let id = "5f0c0e64-64a5-4d0c-8c57-0b5dd86e0a4f"

    private static func image(_ id: String, _ warm: Int, of total: Int, more: String = "") -> String {
        let fraction = Double(warm) / Double(total)
        return """
            {"image_id":"\(id)","hosts":{"total":\(total),"warm":\(warm),"missing":\(total - warm)\(more)},\
            "fraction":\(fraction)}
            """
    }

    private static func coverage(_ images: String..., met: Bool? = nil) -> FakeService.Step {
        let isMet = met.map { "\($0)" } ?? "null"
        return .answer(
            200,
            #"{"aggregate":"web","coverage":[\#(images.joined(separator: ","))],"met":\#(isMet)}"#
        )
    }

    @Test func theTableHasABarForEachImage() async {
        let two = Self.image("b", 2, of: 3, more: #","stale":1,"damaged":0,"disabled":0"#)
        let service = FakeService([
            "GET /v1/aggregates/web/coverage": [Self.coverage(Self.image("a", 3, of: 3), two)]
        ])
        let run = await ProgramRun(["coverage", "web"], service: service)
        #expect(run.status == .succeeded)
        #expect(
            run.output == """
                IMAGE  COVERAGE          WARM  STALE  MISSING
                a      ██████████ 100%   3/3       -        0
                b      ██████░░░░ 66.6%  2/3       1        1

                """
        )
        #expect(await ProgramRun(["coverage", "web", "-o", "name"], service: service).output == "a\nb\n")
    }

    @Test func anImageThatNobodyKnowsIsDoubted() async {
        let catalogue = FakeService.Step.answer(
            200,
            #"{"images":[{"id":"debian-12","name":null,"url":"http://x/d","size_bytes":1}],"next":null}"#
        )
        let service = FakeService([
            "GET /v1/images?limit=1000": [catalogue],
            "GET /v1/aggregates/web/coverage?image=debian-21&image=old": [
                Self.coverage(Self.image("debian-21", 0, of: 3), Self.image("old", 1, of: 3))
            ],
        ])
        let run = await ProgramRun(["coverage", "web", "debian-21", "old"], service: service)
        #expect(run.status == .succeeded)
        #expect(
            run.errors == "Warning: the catalogue has no image 'debian-21'. Did you mean 'debian-12'?\n",
            "\(run.errors)"
        )
    }

    @Test func theHistoryIsALineForEachMoment() async {
        let moments = [(3, "11:00"), (1, "10:00")].map { warm, hour in
            #"{"at":"2026-11-23T\#(hour):00.000000Z","hosts":{"total":4,"warm":\#(warm),"stale":0,"#
                + #""missing":\#(3 - warm),"disabled":1},"fraction":0}"#
        }
        let page = #"{"history":[\#(moments.joined(separator: ","))],"next":null}"#
        let service = FakeService([
            "GET /v1/aggregates/web/coverage/\(Self.id)/history?limit=1000": [.answer(200, page)]
        ])
        let run = await ProgramRun(["coverage", "web", Self.id, "--history"], service: service)
        #expect(
            run.output == """
                AT                    COVERAGE          WARM  STALE  MISSING
                2026-11-23 11:00:00Z  ██████████ 100%   3/3       0        0
                2026-11-23 10:00:00Z  ███░░░░░░░ 33.3%  1/3       0        2

                """,
            "\(run.errors)"
        )
        for words in [["--history"], ["a", "b", "--history"], ["a", "--last", "7d"]] {
            #expect(await ProgramRun(["coverage", "web"] + words, service: service).status == .usage)
        }
    }

    @Test func rareKindsOfHostsShowWhereThereAreSuch() async {
        let image = Self.image("a", 1, of: 4, more: #","unsupported":1,"disabled":1"#)
        let service = FakeService(["GET /v1/aggregates/web/coverage": [Self.coverage(image)]])
        let run = await ProgramRun(["coverage", "web"], service: service, environment: ["LANG": "C"])
        #expect(
            run.output == """
                IMAGE  COVERAGE        WARM  STALE  MISSING  UNSUPPORTED  DISABLED
                a      #####..... 50%  1/2       -        3            1         1

                """
        )
        let wide = await ProgramRun(["coverage", "web", "-o", "wide"], service: service)
        #expect(wide.output.contains("DAMAGED  DISABLED  TOTAL\n"))
    }

    /// 0 met, 2 not: what a script goes by.
    @Test(arguments: [(true, Int32(0)), (false, Int32(2))])
    func theExitStatusIsAGate(met: Bool, status: Int32) async {
        let share = met ? "0.5" : "0.95"
        let call = "GET /v1/aggregates/web/coverage?image=\(Self.id)&at_least=\(share)"
        let answer = Self.coverage(Self.image(Self.id, 9, of: 10), met: met)
        let run = await ProgramRun(
            ["coverage", "web", Self.id, "--at-least", met ? "50%" : "95"],
            service: FakeService([call: [answer]])
        )
        #expect(run.status.rawValue == status)
        #expect(
            run.errors
                == (met
                    ? "Met: 1 image on at least 50% of the hosts.\n"
                    : "Not met: 1 of 1 image on less than 95% of the hosts. Which lack it: --hosts missing\n")
        )
    }

    /// A service that doesn't say whether it is met passes nobody.
    @Test func aGateWithoutAVerdictIsNotPassed() async {
        let call = "GET /v1/aggregates/web/coverage?at_least=0.95"
        let service = FakeService([call: [Self.coverage(Self.image("a", 1, of: 1))]])
        #expect(
            await ProgramRun(["coverage", "web", "--at-least", "95%"], service: service).status == .partial
        )
    }

    @Test func waitsInPollsOfAMinuteAndThroughAServiceThatIsAway() async {
        let first = "GET /v1/aggregates/web/coverage?at_least=0.95"
        let low = Self.coverage(Self.image("a", 1, of: 2), met: false)
        let service = FakeService([
            first: [low],
            first + "&wait=60": [low, .away, low, Self.coverage(Self.image("a", 2, of: 2), met: true)],
        ])
        let run = await ProgramRun(
            ["coverage", "web", "--at-least", "95%", "--wait", "1h"],
            service: service
        )
        #expect(run.status == .succeeded)
        let summary = "0 of 1 image on at least 95% of the hosts; a on 50%"
        #expect(
            run.errors == """
                \(summary)
                No answer, still trying. (no answer from http://service: connection refused)
                \(summary)
                Met: 1 image on at least 95% of the hosts.

                """
        )
        #expect(service.calls == [first] + Array(repeating: first + "&wait=60", count: 4))
    }

    @Test func whatIsNotMetInTimeIsTwo() async {
        let call = "GET /v1/aggregates/web/coverage?at_least=1.0"
        let low = Self.coverage(Self.image("a", 1, of: 2), met: false)
        let service = FakeService([call: [low], call + "&wait=1": [low]])
        let run = await ProgramRun(
            ["coverage", "web", "--at-least", "100%", "--wait", "1s"],
            service: service
        )
        #expect(run.status == .partial)
        #expect(run.output.contains("█████░░░░░ 50%"))
        #expect(service.calls.contains(call + "&wait=1"))
    }

    /// A wait that had no answer in the end is no verdict.
    @Test func aServiceThatStaysAwayIsFour() async {
        let call = "GET /v1/aggregates/web/coverage?at_least=1.0"
        let service = FakeService([call: [.away], call + "&wait=1": [.away]])
        let run = await ProgramRun(["coverage", "web", "--at-least", "1", "--wait", "1s"], service: service)
        #expect(run.status == .noAnswer)
    }

    @Test(
        arguments: [
            ("95%", 0.95), ("95", 0.95), ("0.95", 0.95), ("1", 1), ("100%", 1), ("100", 1), ("99.9%", 0.999),
            ("0.5%", 0.005), ("1%", 0.01), ("29%", 0.29),
        ]
    ) func aShareIsReadAsPeopleWriteIt(text: String, share: Double) throws {
        #expect(try CheckedArgument.share(text) == share)
    }

    @Test(
        arguments: [
            ("abc", "'abc' is not a share such as 95%, 95 or 0.95"),
            ("%", "'%' is not a share such as"), ("1e2", "'1e2' is not a share such as"),
            ("nan", "'nan' is not a share such as"), ("101%", "'101%' is not a share of hosts: over 0%"),
            ("0", "'0' is not a share of hosts"), ("1.2.3", "'1.2.3' is not a share such as"),
            ("-5%", "'-5%' is not a share such as"),
        ]
    ) func aWrongShareIsExplained(text: String, words: String) async {
        let run = await ProgramRun(["coverage", "web", "--at-least=\(text)"])
        #expect(run.status == .usage)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test(
        arguments: [
            (["--wait", "5m"], "--wait needs --at-least"),
            (["--hosts", "mising"], "'mising' is not a state of coverage; did you mean missing?"),
            (["--hosts", "missing", "--at-least", "1"], "Give --hosts or --at-least, not both."),
        ]
    ) func optionsThatDoNotFitAreExplained(arguments: [String], words: String) async {
        let run = await ProgramRun(["coverage", "web"] + arguments)
        #expect(run.status == .usage)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    private static let missing = """
        {"hosts":[{"host":"n10","state":"missing","last":{"job_id":"j","outcome":"error","reason":"no_space",\
        "detail":"needs 9 GiB, 1 GiB free","at":"2026-11-23T10:00:00.000000Z"}},
        {"host":"n2","state":"missing","last":null}],"next":null}
        """

    @Test func hostsAreListedWithWhatAilsThemAndWhatToDo() async {
        let call = "GET /v1/aggregates/web/coverage/\(Self.id)/hosts?state=missing&limit=1000"
        let service = FakeService([call: [.answer(200, Self.missing)]])
        let run = await ProgramRun(["coverage", "web", Self.id, "--hosts", "missing"], service: service)
        #expect(run.status == .succeeded)
        #expect(
            run.output == """
                HOST  OUTCOME  REASON    AT                    DETAIL
                n2    -        -         -                     -
                n10   error    no_space  2026-11-23 10:00:00Z  needs 9 GiB, 1 GiB free

                """
        )
        #expect(run.errors.hasPrefix("no_space (1): free room on the host's disk"), "\(run.errors)")
        #expect(run.errors.contains("without a reason (1): precache cache web IMAGE"))
    }

    @Test func hostsOfSeveralImagesSayWhichInJSONToo() async {
        let call = { (id: String) in "GET /v1/aggregates/web/coverage/\(id)/hosts?state=warm&limit=1000" }
        let warm = FakeService.Step.answer(200, #"{"hosts":[{"host":"n1","state":"warm"}],"next":null}"#)
        let service = FakeService([
            "GET /v1/aggregates/web/coverage": [
                Self.coverage(Self.image("a", 1, of: 1), Self.image("b", 1, of: 1))
            ],
            call("a"): [warm], call("b"): [warm],
        ])
        let run = await ProgramRun(
            ["coverage", "web", "--hosts", "warm", "-o", "json"],
            service: service
        )
        #expect(
            run.output == """
                {
                  "hosts": [
                    {
                      "image_id": "a",
                      "host": "n1",
                      "state": "warm"
                    },
                    {
                      "image_id": "b",
                      "host": "n1",
                      "state": "warm"
                    }
                  ]
                }

                """
        )
    }

    @Test func thePictureHasTheImagesThatLackMost() throws {
        let images = [
            Self.image("a", 99, of: 100), Self.image("b", 1, of: 100), Self.image("c", 50, of: 100),
            Self.image("d", 100, of: 100),
        ].joined(separator: ",")
        let body = #"{"aggregate":"web","coverage":[\#(images)],"met":false}"#
        let frame = CoverageFrame(
            coverage: try JSONDecoder().decode(CoverageView.self, from: Data(body.utf8)),
            share: 1
        )
        #expect(frame.summary == "1 of 4 images on at least 100% of the hosts; b on 1%")
        #expect(
            frame.bars(.unicode, most: 2) == [
                "█░░░░░░░░░░░░░░░░░░░ 1%  b  1/100 hosts", "██████████░░░░░░░░░░ 50%  c  50/100 hosts",
                "and 1 image more",
            ]
        )
        #expect(Share.text(0.99999) == "99.9%" && Share.text(0.29) == "29%" && Share.text(2) == "100%")
    }
}
