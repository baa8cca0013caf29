import Testing

@testable import PrecacheCommands

@Suite struct CommandGuessTests {
    @Test(
        arguments: [
            (["cahce", "web", "x"], "there is no command 'cahce'; did you mean 'cache'?"),
            (["jobs"], "there is no command 'jobs'; did you mean 'job'?"),
            (["job", "lst", "--limit", "3"], "there is no command 'job lst'; did you mean 'list'?"),
            (["host", "describe", "a"], "there is no command 'host describe'; did you mean 'show'?"),
            (["host", "zzzz"], "there is no command 'host zzzz'; there are list, show, set, delete, "),
            (["version"], "there is no command 'version'; did you mean '--version'?"),
            (["apply", "-f", "x"], "there is no command 'apply'; did you mean 'inventory apply'?"),
        ]
    ) func aMistypedCommandIsNamedWithTheOneThatWasMeant(arguments: [String], words: String) async {
        let run = await ProgramRun(arguments)
        #expect(run.status == .usage)
        #expect(run.errors.hasPrefix("precache: " + words), "\(run.errors)")
    }

    @Test func aMistypedOptionToo() async {
        let run = await ProgramRun(["job", "list", "--stat", "failed"])
        #expect(run.status == .usage)
        #expect(run.errors.contains("'--state'"), "\(run.errors)")
    }

    @Test(arguments: [["help"], ["job", "--help"], ["help", "job"], ["--version"]])
    func whatIsRightIsLeftAlone(arguments: [String]) async {
        #expect(await ProgramRun(arguments).status == .succeeded)
    }
}

@Suite struct NameGuessTests {
    private static let missing = FakeService.Step.answer(
        404,
        #"{"detail":"there is no aggregate 'wbe'","code":"aggregate_not_found"}"#
    )
    private static let images = FakeService.Step.answer(
        200,
        #"{"images":[{"id":"debian-12","name":"Debian 12"}],"next":null}"#
    )

    @Test func anAggregateThatIsThereIsSuggested() async {
        let service = FakeService([
            "GET /v1/aggregates/wbe": [Self.missing],
            "GET /v1/aggregates?limit=1000": [
                .answer(200, #"{"aggregates":[{"id":1,"name":"db"},{"id":2,"name":"web"}],"next":null}"#)
            ],
        ])
        let run = await ProgramRun(["aggregate", "show", "wbe"], service: service)
        #expect(run.status == .other)
        #expect(
            run.errors
                == "precache: there is no aggregate 'wbe' (aggregate_not_found, 404)\n  Did you mean 'web'?\n"
        )
    }

    @Test func anImageThatIsThereIsSuggestedAndNothingIsSaidTwice() async {
        let detail = "the image 'debain-12' is not in the catalogue"
        let service = FakeService([
            "GET /v1/images?limit=1000": [Self.images],
            "POST /v1/aggregates/web/images": [
                .answer(
                    400,
                    """
                    {"detail":"1 field is wrong: cache[0].id \(detail)","code":"unknown_images",
                     "errors":[{"field":"cache[0].id","message":"\(detail)"}]}
                    """
                )
            ],
        ])
        let run = await ProgramRun(["cache", "web", "debain-12"], service: service)
        #expect(run.errors == "precache: \(detail) (unknown_images, 400)\n  Did you mean 'debian-12'?\n")
        let shown = await ProgramRun(["image", "show", "Debain 12"], service: service)
        #expect(shown.errors.hasSuffix("  Did you mean 'Debian 12'?\n"), "\(shown.errors)")
    }

    @Test func nothingIsSuggestedWhereNothingIsNear() async {
        let service = FakeService([
            "GET /v1/aggregates/wbe": [Self.missing],
            "GET /v1/aggregates?limit=1000": [.away],
        ])
        let run = await ProgramRun(["aggregate", "show", "wbe"], service: service)
        #expect(run.errors == "precache: there is no aggregate 'wbe' (aggregate_not_found, 404)\n")
    }
}
