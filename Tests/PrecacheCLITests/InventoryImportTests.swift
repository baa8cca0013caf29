import PrecacheAPI
import PrecacheClient
import TestSupport
import Testing

@testable import PrecacheCommands

/// What is taken over from a Nova that can't see all of its hosts.
@Suite(.timeLimit(.minutes(10)))
struct InventoryImportTests {
    private static let present = """
        {"hosts":[{"name":"c1","address":"10.0.0.1","port":7701,"enabled":true,"labels":{}},
        {"name":"c2","address":"192.0.2.2","port":7999,"enabled":false,"disabled_reason":"ours",
        "labels":{"rack":"7"}}],"next":null}
        """
    private static let nothing = FakeService.Step.answer(200, #"{"changes":[]}"#)

    private static func service(_ hosts: String = present) -> FakeService {
        FakeService([
            "GET /v1/hosts?limit=1000": [.answer(200, hosts)],
            "PUT /v1/inventory": [nothing],
            "PUT /v1/inventory?prune=true": [nothing],
            "PUT /v1/inventory?dry_run=true&prune=true": [nothing],
        ])
    }

    @Test func aKeyThatAppearsTwiceInACloudsFileIsToldWithoutWhatStandsThere() throws {
        let folder = TemporaryFolder()
        let text = "clouds:\n  c:\n    auth:\n      password: SECRET1\n      password: SECRET2\n"
        folder.write("clouds.yaml", Array(text.utf8))
        let file = "\(folder.path)/clouds.yaml"
        let error = #expect(throws: ClientError.self) {
            try CloudConfiguration(environment: ["OS_CLIENT_CONFIG_FILE": file]).credentials(cloud: "c")
        }
        #expect(error?.message == "\(file) has a key twice in the mapping that begins at line 4")
        #expect(error?.hint?.contains("SECRET") == false)
    }

    private static func take(
        _ second: ScriptedCloud.SecondCell,
        newest: Int = 100,
        into service: FakeService,
        _ options: String...
    ) async throws -> ProgramRun {
        let cloud = try ScriptedCloud(second: second, newest: newest)
        defer { cloud.stop() }
        return await ProgramRun(
            ["inventory", "import", "--from", "nova"] + options,
            service: service,
            environment: cloud.environment
        )
    }

    /// What was sent last.
    private static func sent(_ service: FakeService) throws -> JSONValue {
        try JSONParser.parse(service.requests.last?.body ?? [])
    }

    @Test func allOfAWholeCloudIsTaken() async throws {
        let service = Self.service()
        let run = try await Self.take(.up, into: service, "--prune")
        #expect(run.status == .succeeded && run.errors.hasPrefix("Nothing changed"))
        #expect(service.calls.last == "PUT /v1/inventory?prune=true")
        #expect(try Self.sent(service)["hosts"]?.items.compactMap { $0["name"]?.text } == ["c1", "c2"])
    }

    @Test(arguments: [["--prune"], ["--prune", "--dry-run"]])
    func nothingIsPrunedWhileACellIsDown(options: [String]) async throws {
        let cloud = try ScriptedCloud(second: .downForServices)
        defer { cloud.stop() }
        let service = Self.service()
        let run = await ProgramRun(
            ["inventory", "import", "--from", "nova"] + options,
            service: service,
            environment: cloud.environment
        )
        #expect(run.status == .other)
        #expect(service.calls == [], "nothing is asked of the service, let alone changed")
        #expect(
            run.errors.hasPrefix(
                "precache: a cell of Nova at \(cloud.url)/v2.1 is down, so --prune might remove"
            )
        )
        #expect(run.errors.contains("1 host can't be seen: c2\n"))
        #expect(
            run.errors.contains("Import again when 'openstack compute service list' shows no status UNKNOWN.")
        )
    }

    @Test func whatCannotBeSeenStaysAsItIs() async throws {
        let service = Self.service()
        let run = try await Self.take(.downForServices, into: service, "--addresses")
        #expect(run.status == .succeeded)
        #expect(
            run.errors.hasPrefix(
                "Warning: a cell of Nova is down. What is here of its hosts stays as it is. 1 host can't be seen: c2\n"
            )
        )
        let sent = try Self.sent(service)
        let host = try #require(sent["hosts"]?.items.first { $0["name"]?.text == "c2" })
        #expect(host["address"]?.text == "192.0.2.2" && host["port"]?.integer == 7999)
        #expect(host["enabled"]?.boolean == false && host["disabled_reason"]?.text == "ours")
        #expect(host["labels"]?["rack"]?.text == "7")
        #expect(sent["aggregates"]?.items.first?["hosts"]?.items.compactMap(\.text) == ["c1", "c2"])
    }

    /// The service would refuse a member that it has no host for, and of this one nothing is known but its name.
    @Test func whatCannotBeSeenAndIsNotThereIsLeftOut() async throws {
        let service = Self.service(#"{"hosts":[],"next":null}"#)
        let run = try await Self.take(.downForServices, into: service)
        #expect(run.status == .succeeded && run.errors.contains("1 host can't be seen: c2\n"))
        let sent = try Self.sent(service)
        #expect(sent["hosts"]?.items.compactMap { $0["name"]?.text } == ["c1"])
        #expect(sent["aggregates"]?.items.first?["hosts"]?.items.compactMap(\.text) == ["c1"])
    }

    @Test func aCellThatIsDownExplainsWhyNovaFails() async throws {
        let service = Self.service()
        for options in [[], ["--prune"]] as [[String]] {
            let cloud = try ScriptedCloud(second: .down)
            defer { cloud.stop() }
            let run = await ProgramRun(
                ["inventory", "import", "--from", "nova"] + options,
                service: service,
                environment: cloud.environment
            )
            #expect(run.status == .other && service.calls == [])
            #expect(
                run.errors.hasPrefix(
                    "precache: a cell of Nova is down, so c2 can't be seen; Nova at \(cloud.url)/v2.1 refuses: "
                        + "Unexpected API Error. (500)\n  Import again when"
                )
            )
        }
    }

    @Test func anOldNovaIsAskedAsItCanBe() async throws {
        let service = Self.service()
        let run = try await Self.take(.up, newest: 60, into: service, "--prune")
        #expect(run.status == .succeeded)
        #expect(try Self.sent(service)["hosts"]?.items.compactMap { $0["name"]?.text } == ["c1", "c2"])
    }
}
