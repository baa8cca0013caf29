import FoundationEssentials
import PrecacheAPI
import PrecacheCommands
import PrecacheModel
import Testing

/// Files of policies: what the service gets of them, and what is said of wrong ones.
@Suite struct PolicyFileTests {
    private static let yaml = """
        policies:
          - name: web-base
            aggregates: [web, 7]
            images:
              - id: debian-12
              - {newest: {name: 24.04}, count: 2}
              - newest: {property: {os: debian}}
            windows:
              - {cron: "0 1 * * *", hours: 4, timezone: Europe/Berlin}
              - {cron: "0 1 * * *", hours: 4, timezone: Asia/Tokyo}
            at_window_end: pause
            superseded: keep
            parallelism: 25%
            host_timeout_seconds: 600
            priority: high
            enabled: False
            expires_at: 2027-01-01T00:00:00Z
          - {name: "8", aggregates: [a], images: [{newest: {tag: golden}}], parallelism: 5, expires_at: ~}
        """

    @Test func theServiceTakesWhatTheFileSays() throws {
        let file = try CheckedFile(name: "p.yaml", text: Self.yaml, as: .policies)
        let body = file.body(with: ["prune": true, "dry_run": false])
        var problems = InputProblems()
        let set = try #require(PolicySet(try JSONParser.parse(body), &problems))
        #expect(problems.isEmpty)
        #expect(set.prunes && !set.isDryRun)
        #expect(set.policies.map(\.name.text) == ["web-base", "8"])
        let spec = try #require(set.policies.first?.spec)
        #expect(spec.aggregates.map(\.text) == ["web", "7"])
        #expect(
            spec.images == [
                .image(try ImageID("debian-12")), .newest(.name("24.04"), count: 2),
                .newest(.property("os", "debian"), count: 1),
            ]
        )
        #expect(spec.windows.map(\.zone) == ["Europe/Berlin", "Asia/Tokyo"])
        #expect(spec.windowEnd == .pause && spec.superseded == .keep && spec.priority == .high)
        #expect(spec.parallelism == .percent(25) && spec.hostTimeout == .seconds(600) && !spec.isEnabled)
        #expect(spec.expiresAt == (try Timestamp("2027-01-01T00:00:00Z")))
        #expect(set.policies.last?.spec.parallelism == .hosts(5))
    }

    @Test func theSampleIsRight() throws {
        let path = #filePath.replacing(
            "Tests/PrecacheCLITests/PolicyFileTests.swift",
            with: "deploy/settings/policies.yaml"
        )
        let text = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let file = try CheckedFile(name: path, text: text, as: .policies)
        var problems = InputProblems()
        let set = try #require(PolicySet(try JSONParser.parse(file.body), &problems))
        #expect(set.policies.map(\.name.text) == ["web-base", "web-nightly"])
    }

    @Test func tellsEverythingThatIsWrongWithItsLine() {
        let text = """
            policies:
              - name: web base
                aggregate: web
                aggregates: web
                images: [{id: a}, {newest: ubuntu}, {newest: {nam: x}}]
                windows:
                  - {cron: "0 25 * * *", hours: 200, timezone: ../etc}
                superseded: drop
                parallelism: 200%
                expires_at: tomorrow
              - images: []
              - name: b
              - name: b
            prune: true
            """
        let error = #expect(throws: CheckedFileError.self) {
            try CheckedFile(name: "p.yml", text: text, as: .policies)
        }
        let lines = error?.lines.map { String($0.prefix(60)) } ?? []
        let expected = [
            "p.yml:2:11: 'web base' is not a valid policy name",
            "p.yml:3:5: a policy has no field 'aggregate'",
            "p.yml:4:17: 'aggregates' must be a list of names",
            "p.yml:5:32: 'newest' belongs here (a mapping), not 'ubuntu'",
            "p.yml:5:51: 'newest' has no field 'nam'; it may have name",
            "p.yml:7:16: '25' is not a valid hour",
            "p.yml:7:37: 'hours' must be a whole number from 1 to 168",
            "p.yml:7:52: '../etc' is not a valid time zone",
            "p.yml:8:17: 'drop' is not a rule for what is superseded", "p.yml:9:18: ", "p.yml:10:17: ",
            "p.yml:11:5: a policy needs 'name'", "p.yml:13:11: 'b' stands in line 12 already",
            "p.yml:14:1: a file of policies has no field 'prune'",
        ]
        #expect(lines.count == expected.count)
        for (line, start) in zip(lines, expected) {
            #expect(line.hasPrefix(start.prefix(60)))
        }
    }
}
