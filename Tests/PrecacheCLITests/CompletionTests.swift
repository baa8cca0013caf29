import Testing

@testable import PrecacheCommands

/// What a shell is offered, asked for as the scripts of ArgumentParser do.
@Suite struct CompletionTests {
    private static let hosts = FakeService.Step.answer(
        200,
        #"{"hosts":[{"name":"compute-1"},{"name":"compute-2"},{"name":"other"}],"next":null}"#
    )

    private static func complete(
        _ command: [String],
        _ word: String,
        _ service: FakeService
    ) async -> ProgramRun {
        let line = ["precache"] + command + [word]
        let request = command + ["--", "positional@0", "\(line.count - 1)", "\(word.count)"]
        return await ProgramRun(["---completion"] + request + line, service: service)
    }

    @Test func namesOfTheServiceAreOffered() async {
        let service = FakeService([
            "GET /v1/hosts?limit=1000": [Self.hosts],
            "GET /v1/jobs?limit=50": [
                .answer(200, #"{"jobs":[\#(Sample.jobJSON().dropFirst(7).dropLast())],"next":null}"#)
            ],
        ])
        let hosts = await Self.complete(["host", "show"], "com", service)
        #expect(hosts.status == .succeeded)
        #expect(hosts.output == "compute-1\ncompute-2\n")
        let jobs = await Self.complete(["job", "show"], "", service)
        #expect(jobs.output == "@latest\n1b4e28ba-2fa\n")
    }

    @Test(arguments: [FakeService.Step.away, .answer(401, "{}"), .hang])
    func nothingIsSaidWhereTheServiceDoesNotTell(step: FakeService.Step) async {
        let service = FakeService(["GET /v1/hosts?limit=1000": [step]])
        let run = await Self.complete(["host", "show"], "", service)
        #expect(run.output == "" && run.errors == "")
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func scriptsAskTheProgram(shell: String) async {
        let script = await ProgramRun(["--generate-completion-script", shell]).output
        #expect(script.contains("---completion"))
        #expect(script.contains("succeeded") && script.contains("no_space"), "words of closed lists")
    }
}
