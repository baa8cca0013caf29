import ArgumentParser
import FoundationEssentials
import HTTPFetching
import TestSupport
import Testing

@testable import PrecacheClient
@testable import PrecacheCommands

@Suite struct ContextTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/precache/config.yaml" }
    private var environment: [String: String] { ["XDG_CONFIG_HOME": folder.path] }

    private func config(_ arguments: String...) async -> ProgramRun {
        await ProgramRun(["config"] + arguments, environment: environment)
    }

    private func settings(
        _ options: [String] = [],
        _ environment: [String: String] = [:]
    ) throws -> ClientSettings {
        let all = environment.merging(self.environment) { given, _ in given }
        let console = Console(output: MemorySink(), errors: MemorySink(), environment: all)
        return try ClientSettings.find(try ClientOptions.parse(options), console)
    }

    /// `prod` with a token of its own, current; `lab` with a file's.
    private func furnish() async throws {
        _ = await config("set-context", "prod", "--url", "https://prod.example/", "--ca-file", "/ca.pem")
        folder.write("lab.token", Array("lab-token\n".utf8))
        _ = await config(
            "set-context",
            "lab",
            "--url",
            "http://127.0.0.1:1",
            "--token-file",
            folder.path + "/lab.token"
        )
        var file = try ContextFile.read(environment)
        file.contexts[0].token = "prod-token"
        try file.write()
    }

    @Test func contextsAreKeptForTheirOwnerAloneAndListed() async throws {
        try await furnish()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o777 } == 0o600)
        let listed = await config("list")
        #expect(
            listed.output == """
                CURRENT  NAME  URL                   TOKEN
                *        prod  https://prod.example  (in the context)
                -        lab   http://127.0.0.1:1    \(folder.path)/lab.token

                """
        )
        let shown = await config("show")
        #expect(shown.output.contains("CA file") && shown.output.contains("(hidden)"))
        #expect(!shown.output.contains("prod-token"))
        #expect(await config("use-context", "lab").status == .succeeded)
        #expect(await config("show").output.hasPrefix("Context      lab\n"))
        #expect(await config("delete-context", "lab").status == .succeeded)
        #expect(await config("show").status == .usage)
        #expect(await config("list").output.contains("prod"))
    }

    @Test func whatIsNotGivenStaysAndEmptyTakesAway() async throws {
        try await furnish()
        _ = await config("set-context", "prod", "--certificate", "c.pem")
        var context = try ContextFile.read(environment).contexts[0]
        #expect(context.url == "https://prod.example" && context.token == "prod-token")
        #expect(context.caFile == "/ca.pem")
        #expect(context.certificate == FileManager.default.currentDirectoryPath + "/c.pem")
        _ = await config("set-context", "prod", "--ca-file", "")
        context = try ContextFile.read(environment).contexts[0]
        #expect(context.caFile == nil)
    }

    @Test func optionsCountBeforeTheEnvironmentAndThatBeforeTheContext() async throws {
        try await furnish()
        let current = try settings()
        #expect(current.address.text == "https://prod.example" && current.token?.text == "prod-token")
        #expect(current.tls.caFile == "/ca.pem" && current.context == "prod")
        let variables = ["PRECACHE_TOKEN": "mine", "PRECACHE_CA": "/mine.pem"]
        let mixed = try settings([], variables)
        #expect(mixed.address.text == "https://prod.example" && mixed.token?.text == "mine")
        #expect(mixed.tls.caFile == "/mine.pem")
        let named = try settings(
            ["--context", "prod"],
            variables.merging(["PRECACHE_URL": "http://x"]) { $1 }
        )
        #expect(named.address.text == "https://prod.example" && named.token?.text == "prod-token")
        let chosen = try settings([], ["PRECACHE_CONTEXT": "lab"])
        #expect(chosen.address.text == "http://127.0.0.1:1" && chosen.token?.text == "lab-token")
    }

    @Test(arguments: [["--url", "http://127.0.0.1:2"], []])
    func aContextsTokenGoesToItsOwnServiceAlone(options: [String]) async throws {
        try await furnish()
        let environment = options.isEmpty ? ["PRECACHE_URL": "http://127.0.0.1:2"] : [:]
        let other = try settings(options, environment)
        #expect(other.address.text == "http://127.0.0.1:2")
        #expect(other.token == nil && other.tls.caFile == nil && other.context == nil)
        let same = try settings(["--url", "https://prod.example/"])
        #expect(same.token?.text == "prod-token")
    }

    /// The environment's token is that of the environment's service.
    @Test func aNamedContextGetsTheEnvironmentsTokenOnlyWithItsAddress() async throws {
        _ = await config("set-context", "bare", "--url", "https://bare.example")
        let token = ["PRECACHE_TOKEN": "mine"]
        let elsewhere = token.merging(["PRECACHE_URL": "https://prod.example"]) { $1 }
        let here = token.merging(["PRECACHE_URL": "https://bare.example/"]) { $1 }
        #expect(try settings(["--context", "bare"], token).token == nil)
        #expect(try settings(["--context", "bare"], ["PRECACHE_TOKEN_FILE": "/none"]).token == nil)
        #expect(try settings(["--context", "bare"], elsewhere).token == nil)
        #expect(try settings(["--context", "bare"], here).token?.text == "mine")
        let variable = ["PRECACHE_CONTEXT": "bare"]
        #expect(try settings([], token.merging(variable) { $1 }).token == nil)
        #expect(try settings([], here.merging(variable) { $1 }).token?.text == "mine")
        let errors = MemorySink()
        let environment = self.environment.merging(token) { $1 }
        let console = Console(output: MemorySink(), errors: errors, environment: environment)
        _ = try ClientSettings.find(try ClientOptions.parse(["--context", "bare"]), console)
        #expect(
            errors.text
                == "Warning: the token of PRECACHE_TOKEN isn't sent to the context 'bare': PRECACHE_URL isn't its address.\n"
        )
    }

    @Test(arguments: ["use-context", "set-context"]) func whatCountsBeforeTheContextIsTold(
        command: String
    ) async throws {
        try await furnish()
        #expect(!(await config(command, "prod").errors.contains("Warning")))
        for (set, words) in [
            (["PRECACHE_URL"], "PRECACHE_URL is set and counts"),
            (["PRECACHE_TOKEN", "PRECACHE_URL"], "PRECACHE_URL, PRECACHE_TOKEN are set and count"),
        ] {
            let variables = Dictionary(uniqueKeysWithValues: set.map { ($0, "x") })
            let run = await ProgramRun(
                ["config", command, "prod"],
                environment: environment.merging(variables) { $1 }
            )
            #expect(run.status == .succeeded)
            #expect(run.errors.contains("Warning: \(words) before the current context"), "\(run.errors)")
        }
    }

    /// Where address and token are given, nothing of the file is needed.
    @Test(arguments: ["contexts: 1\n", "current: gone\n"]) func aBrokenFileFailsOnlyWhoNeedsIt(
        text: String
    ) throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/precache",
            withIntermediateDirectories: true
        )
        folder.write("precache/config.yaml", Array(text.utf8))
        folder.write("t", Array("from-file\n".utf8))
        let options = ["--url", "http://x", "--token-file", folder.path + "/t"]
        #expect(try settings(options).token?.text == "from-file")
        let variables = ["PRECACHE_URL": "http://x", "PRECACHE_TOKEN": "mine"]
        #expect(try settings([], variables).token?.text == "mine")
        #expect(throws: ClientError.self) { try settings(options, ["PRECACHE_CONTEXT": "prod"]) }
        #expect(throws: ClientError.self) { try settings(["--token-file", folder.path + "/t"]) }
    }

    @Test(arguments: [true, false]) func aLinkStaysALink(isThere: Bool) async throws {
        let fleet = TemporaryFolder()
        if isThere { fleet.write("config.yaml", []) }
        try FileManager.default.createDirectory(
            atPath: folder.path + "/precache",
            withIntermediateDirectories: true
        )
        let link = fleet.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "config.yaml")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: link)
        #expect(await config("set-context", "prod", "--url", "http://x").status == .succeeded)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == link)
        #expect(fleet.names() == ["config.yaml", "link"] && fleet.size("config.yaml") ?? 0 > 0)
        #expect(try ContextFile.read(environment).current == "prod")
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(await config("set-context", "lab", "--url", "http://x").errors.contains("symbolic links"))
    }

    @Test func aTokensFileCanBeNamedByTheEnvironment() throws {
        folder.write("t", Array("from-file\n".utf8))
        let file = ["PRECACHE_TOKEN_FILE": folder.path + "/t"]
        #expect(try settings([], file).token?.text == "from-file")
        #expect(try settings([], file.merging(["PRECACHE_TOKEN": "word"]) { $1 }).token?.text == "word")
        folder.write("o", Array("option\n".utf8))
        #expect(
            try settings(["--token-file", folder.path + "/o"], file).token?.source.contains("/o") == true
        )
    }

    @Test(
        arguments: [
            (
                "contexts:\n  - {name: a, ulr: b}\n",
                ":2:15: a context has no field 'ulr'; did you mean 'url'?"
            ),
            ("contexts:\n  - {name: a}\n", ":2:5: a context needs 'name' and 'url'"),
            ("contexts: 1\n", ":1:11: 'contexts' takes a list, not '1'"),
            ("current: x\n", "there is no context 'x' in "),
        ]
    ) func whatIsWrongWithTheFileIsTold(text: String, words: String) async throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/precache",
            withIntermediateDirectories: true
        )
        folder.write("precache/config.yaml", Array(text.utf8))
        let error = #expect(throws: ClientError.self) { try settings() }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.kind == .input)
    }

    @Test func aMistypedContextIsSuggested() async throws {
        try await furnish()
        let run = await config("use-context", "prdo")
        #expect(run.status == .usage)
        #expect(run.errors.contains("Did you mean 'prod'?"), "\(run.errors)")
    }
}

@Suite struct WhoAmITests {
    private static let caller =
        #"{"caller":{"name":"ci","role":"operator","authentication":"token","project":null,"expires_at":null}}"#

    @Test func tellsWhomTheServiceTakesYouFor() async {
        let service = FakeService(["GET /v1/whoami": [.answer(200, Self.caller)]])
        let run = await ProgramRun(["whoami"], service: service)
        #expect(
            run.output == """
                Name        ci
                Role        operator
                Known by    a token of the service's, which holds until it is revoked
                Service     http://service

                """
        )
        #expect(await ProgramRun(["whoami", "-o", "name"], service: service).output == "ci\n")
    }

    @Test func statusTellsItToo() async {
        let service = FakeService([
            "GET /healthz": [.answer(200, "ok")], "GET /readyz": [.answer(200, "ok")],
            "GET /v1/jobs?limit=1": [.answer(200, "{}")], "GET /v1/whoami": [.answer(200, Self.caller)],
        ])
        #expect(await ProgramRun(["status"], service: service).output.contains("accepted: 'ci', operator"))
    }

    private static func controllers(_ count: Int) -> String {
        let all = (1...count).map { number in
            """
            {"number":\(number),"name":"precached-\(number)","version":"0.1.0","started_at":"2026-11-23T10:00:00Z",\
            "seen_at":"2026-11-23T10:15:32.123456Z","beat_age_seconds":\(number).4,"clock_offset_seconds":-0.02,\
            "open_jobs":\(number * 2),"answering":\(number == 1)}
            """
        }
        return #"{"controllers":[\#(all.joined(separator: ","))]}"#
    }

    private func status(_ controllers: Int, _ options: String...) async -> String {
        let service = FakeService([
            "GET /healthz": [.answer(200, "ok")], "GET /readyz": [.answer(200, "ok")],
            "GET /v1/jobs?limit=1": [.answer(200, "{}")], "GET /v1/whoami": [.answer(200, Self.caller)],
            "GET /v1/controllers": [.answer(200, Self.controllers(controllers))],
        ])
        return await ProgramRun(["status"] + options, service: service).output
    }

    @Test func statusTellsOfControllersWhereThereAreSeveral() async {
        let several = await status(2)
        #expect(
            several.hasSuffix(
                """
                Answered by  precached-1

                CONTROLLER   VERSION  BEAT    JOBS
                precached-1  0.1.0    1s ago     2
                precached-2  0.1.0    2s ago     4

                """
            )
        )
        #expect(!(await status(1)).contains("precached-1"))
        #expect(await status(1, "-o", "wide").contains("1  2026-11-23 10:00:00Z  -0.02s"))
        #expect(await status(1, "-o", "json").contains(#""beat_age_seconds": 1.4"#))
        #expect(await status(2, "-o", "name") == "http://service\n")
    }
}
