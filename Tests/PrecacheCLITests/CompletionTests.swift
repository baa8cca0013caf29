import Synchronization
import TestSupport
import Testing

@testable import PrecacheCommands

/// What a shell is offered, asked for as the scripts of ArgumentParser do.
///
/// One after another: who has had a script made for zsh is a global of ArgumentParser's, and changes what is offered.
@Suite(.serialized) struct CompletionTests {
    private static let hosts = FakeService.Step.answer(
        200,
        #"{"hosts":[{"name":"compute-1"},{"name":"compute-2"},{"name":"other"}],"next":null}"#
    )

    private static func complete(
        _ command: [String],
        _ word: String,
        _ service: FakeService,
        _ environment: [String: String] = [:]
    ) async -> ProgramRun {
        let line = ["precache"] + command + [word]
        let request = command + ["--", "positional@0", "\(line.count - 1)", "\(word.count)"]
        return await ProgramRun(
            ["---completion"] + request + line,
            service: service,
            environment: environment
        )
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

    /// A shell expands the words that it is offered, and takes what begins with a dash for an option.
    @Test func namesThatAShellWouldTakeForMoreAreLeftOut() async {
        let names = [
            "web", "a.b_c:d@e+f~g/h-1", "$(touch x)", "`id`", "${HOME}", "it's", "a b", "a;b", "a|b", "a*",
            "{a,b}",
            "\\\\a", "é", "--debug", "~root", "",
        ]
        let items = names.map { #"{"name":"\#($0)"}"# }.joined(separator: ",")
        let service = FakeService([
            "GET /v1/aggregates?limit=1000": [.answer(200, #"{"aggregates":[\#(items)],"next":null}"#)]
        ])
        let run = await Self.complete(["aggregate", "show"], "", service)
        #expect(run.output == "web\na.b_c:d@e+f~g/h-1\n")
    }

    @Test func contextsAreLeftOutLikewise() async throws {
        let folder = TemporaryFolder()
        let environment = ["XDG_CONFIG_HOME": folder.path]
        var file = try ContextFile.read(environment)
        file.contexts = ["prod", "$(id)"].map { ClientContext(name: $0, url: "http://x") }
        try file.write()
        let run = await Self.complete(["config", "show"], "", FakeService([:]), environment)
        #expect(run.output == "prod\n")
    }

    /// Of `image set` and `webhook set`, `--url` is the thing's own: the service there must not get the token.
    @Test(arguments: [
        (["image", "set"], "--url", nil), (["webhook", "set"], "--url", nil),
        (["image", "set"], "--service-url", "http://other"), (["image", "show"], "--url", "http://other"),
        (["image", "show"], "--service-url", "http://other"),
    ]) func theServiceOfTheCommandIsAsked(command: [String], option: String, address: String?) async {
        for words in [[option, "http://other"], [option + "=http://other"]] {
            let line = ["precache"] + command + words + [""]
            let request = command + ["--", "positional@0", "\(line.count - 1)", "0"]
            let asked = Mutex<[String?]>([])
            let console = Console(output: MemorySink(), errors: MemorySink(), environment: [:])
            _ = await PrecacheProgram.run(
                ["---completion"] + request + line,
                console: console,
                signals: SignalWatch(),
                pace: .test
            ) { options in
                asked.withLock { $0.append(options.url) }
                return ServiceConnection(transport: FakeService([:]))
            }
            #expect(asked.withLock { $0 } == [address])
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func scriptsAskTheProgram(shell: String) async {
        let script = await ProgramRun(["--generate-completion-script", shell]).output
        #expect(script.contains("---completion"))
        #expect(script.contains("succeeded") && script.contains("no_space"), "words of closed lists")
    }
}
