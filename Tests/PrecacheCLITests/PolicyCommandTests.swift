import FoundationEssentials
import PrecacheClient
import Testing

@testable import PrecacheCommands

/// `precache policy …` against a service in memory.
@Suite struct PolicyCommandTests {
    private static let policy = """
        {"name":"web-base","spec":{"aggregates":["web"],"images":[{"id":"debian-12"},{"newest":{"name":"ubuntu"},\
        "count":2},{"newest":{"property":{"os":"x"}},"count":1}],"windows":[{"cron":"0 1 * * *","hours":4,\
        "timezone":"Europe/Berlin"}],"at_window_end":"finish","superseded":"unpin","parallelism":"25%",\
        "host_timeout_seconds":null,"priority":"normal","enabled":true,"expires_at":null},\
        "created_at":"2026-11-23T10:00:00.000000Z","updated_at":"2026-11-24T10:00:00.000000Z",\
        "status":{"state":"held","fraction":0.93,"images":[{"image_id":"u1","newest":"ubuntu",\
        "since":"2026-11-23T09:00:00.000000Z","fraction":0.5}],"missing_hosts":3,"open_jobs":[],\
        "last_run_at":null,"next_run_at":"2026-11-24T11:00:00.000000Z","next_window_at":null,\
        "held_up_by":[{"what":"no_space","hosts":2,"example":"host-7","image_id":"u1","until":"2026-11-24T11:00:00.000000Z",\
        "detail":"9 GiB needed"},{"what":"channel_empty","hosts":0,"example":null,"until":null,"detail":"os=x"}]}}
        """

    private static let small = """
        {"name":"b","spec":{"aggregates":["web"],"images":[{"id":"i"}],"parallelism":4},\
        "status":{"state":"met","fraction":1,"missing_hosts":0,"held_up_by":[]}}
        """

    @Test func listShowsABarAndWhatHoldsThemUp() async {
        let list = FakeService.Step.answer(200, #"{"policies":[\#(Self.small),\#(Self.policy)],"next":null}"#)
        let service = FakeService(["GET /v1/policies?limit=1000": [list]])
        let run = await ProgramRun(["policy", "list"], service: service)
        #expect(
            run.output == """
                NAME      COVERAGE         STATE  MISSING HOSTS  HELD UP BY
                b         ██████████ 100%  met                0  -
                web-base  █████████░ 93%   held               3  no_space on 2 hosts, channel_empty

                """
        )
        let images = await ProgramRun(["policy", "list", "--columns", "images"], service: service)
        #expect(images.output == "IMAGES\ni\ndebian-12, newest 2 of ubuntu, newest of os=x\n")
    }

    @Test func historyShowsHowItStood() async {
        let moments = """
            {"history":[{"at":"2026-11-24T10:00:00.000000Z","status":{"state":"met","fraction":1,"missing_hosts":0,\
            "held_up_by":[]}},{"at":"2026-11-23T10:00:00.000000Z","status":{"state":"held","fraction":0.9,\
            "missing_hosts":3,"held_up_by":[{"what":"host_down","hosts":3}]}}],"next":null}
            """
        let service = FakeService([
            "GET /v1/policies/web-base/history?limit=1000": [.answer(200, moments)],
            "GET /v1/policies/no/history?limit=1000": [.answer(200, #"{"history":[],"next":null}"#)],
        ])
        let run = await ProgramRun(["policy", "history", "web-base"], service: service)
        #expect(
            run.output == """
                AT                    COVERAGE         STATE  MISSING HOSTS  HELD UP BY
                2026-11-24 10:00:00Z  ██████████ 100%  met                0  -
                2026-11-23 10:00:00Z  █████████░ 90%   held               3  host_down on 3 hosts

                """
        )
        let none = await ProgramRun(["policy", "history", "no"], service: service)
        #expect(none.output.isEmpty && none.errors == "Nothing is written down of it yet.\n")
    }

    @Test func showTellsAllOfIt() async {
        let service = FakeService([
            "GET /v1/policies/web-base": [.answer(200, #"{"policy":\#(Self.policy)}"#)]
        ])
        let run = await ProgramRun(["policy", "show", "web-base"], service: service)
        #expect(
            run.output == """
                Policy         web-base
                State          held
                Coverage       █████████░ 93%
                Missing hosts  3
                Aggregates     web
                Wants          debian-12, newest 2 of ubuntu, newest of os=x
                Windows        '0 1 * * *' for 4 h, Europe/Berlin
                At their end   finish
                Superseded     unpin
                Parallelism    25%
                Priority       normal
                Enabled        yes
                Next run       2026-11-24 11:00:00Z
                Created        2026-11-23 10:00:00Z
                Updated        2026-11-24 10:00:00Z
                Page           http://service/ui/#/policies/web-base

                IMAGE NOW  COVERAGE        NEWEST OF  SINCE
                u1         █████░░░░░ 50%  ubuntu     2026-11-23 09:00:00Z

                HELD UP BY     HOSTS  EXAMPLE  IMAGE  AGAIN AT              DETAIL
                no_space           2  host-7   u1     2026-11-24 11:00:00Z  9 GiB needed
                channel_empty      0  -        -      -                     os=x

                """
        )
        #expect(run.errors.hasPrefix("no_space: free room on the host's disk"))
        let name = await ProgramRun(["policy", "show", "web-base", "-o", "name"], service: service)
        #expect(name.output == "web-base\n")
    }

    @Test func runAndDeleteSayWhatTheyDid() async {
        let service = FakeService([
            "POST /v1/policies/b/run": [.answer(202, #"{"policy":\#(Self.small)}"#)],
            "DELETE /v1/policies/b": [.answer(204, "")],
        ])
        let run = await ProgramRun(["policy", "run", "b"], service: service)
        #expect(run.status == .succeeded)
        #expect(
            run.errors
                == "Policy 'b' is looked at now.\n  see what comes of it: precache policy show b\n"
        )
        #expect(
            await ProgramRun(["policy", "delete", "b"], service: service).errors == "Deleted policy 'b'.\n"
        )
    }

    @Test func aNameThatIsNearIsOffered() async {
        let service = FakeService([
            "GET /v1/policies/web-bas": [
                .answer(404, #"{"detail":"there is no policy 'web-bas'","code":"policy_not_found"}"#)
            ],
            "GET /v1/policies?limit=1000": [
                .answer(200, #"{"policies":[\#(Self.policy)],"next":null}"#)
            ],
        ])
        let run = await ProgramRun(["policy", "show", "web-bas"], service: service)
        #expect(run.status == .other)
        #expect(run.errors.contains("Did you mean 'web-base'?"), "\(run.errors)")
    }

    private static func apply(
        _ text: String,
        _ arguments: [String] = [],
        _ scripts: [String: [FakeService.Step]]
    ) async throws -> (run: ProgramRun, body: String) {
        let path = FileManager.default.temporaryDirectory.path + "/precache-policies-\(UUID()).yaml"
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let service = FakeService(scripts)
        let run = await ProgramRun(["policy", "apply", "-f", path] + arguments, service: service)
        let body = service.requests.first { $0.path.last == "policy-sets" }?.body ?? []
        return (run, String(decoding: body, as: UTF8.self))
    }

    @Test func applySaysWhatChanged() async throws {
        let changes =
            #"[{"name":"b","change":"added"},{"name":"c","change":"same"},{"name":"old","change":"removed"}]"#
        let (run, body) = try await Self.apply(
            "policies: [{name: b, aggregates: [web], images: [{id: i}]}]\n",
            ["--prune"],
            ["POST /v1/policy-sets": [.answer(200, #"{"changes":\#(changes)}"#)]]
        )
        #expect(run.status == .succeeded, "\(run.errors)")
        #expect(run.output == "CHANGE   NAME\nadded    b\nremoved  old\n")
        #expect(run.errors == "2 changes made; 1 as before.\n")
        #expect(
            body
                == #"{"policies":[{"name":"b","aggregates":["web"],"images":[{"id":"i"}]}],"prune":true,"dry_run":false}"#
        )
    }

    /// Of what is left out the default counts: `web-base` has it already, so it is no difference.
    @Test func aDryRunShowsWhatDiffers() async throws {
        let text = """
            policies:
              - name: web-base
                aggregates: [web]
                images: [{id: debian-12}, {newest: {name: ubuntu}, count: 3}, {newest: {property: {os: x}}}]
                windows: [{cron: "0 1 * * *", hours: 4, timezone: Europe/Berlin}]
                parallelism: 25%
                priority: high
            """
        let (run, body) = try await Self.apply(
            text,
            ["--dry-run"],
            [
                "POST /v1/policy-sets": [
                    .answer(200, #"{"changes":[{"name":"web-base","change":"changed"}]}"#)
                ],
                "GET /v1/policies?limit=1000": [
                    .answer(200, #"{"policies":[\#(Self.policy)],"next":null}"#)
                ],
            ]
        )
        #expect(body.hasSuffix(#""prune":false,"dry_run":true}"#))
        let old =
            #"[{"id":"debian-12"},{"newest":{"name":"ubuntu"},"count":2},{"newest":{"property":{"os":"x"}},"count":1}]"#
        let new = old.replacing("2},", with: "3},")
        #expect(
            run.output == """
                CHANGE   NAME      DIFFERENCE
                changed  web-base  images: \(old) → \(new), priority: "normal" → "high"

                """
        )
        #expect(run.errors == "1 change would be made; this was a dry run.\n")
    }

    @Test func whatTheServiceRefusesIsNamedByItsLine() async throws {
        let text = """
            policies:
              - {name: a, aggregates: [web], images: [{id: i}]}
              - name: b
                aggregates: [web]
                images: [{id: i}]
                windows:
                  - cron: "0 1 * * *"
                    hours: 4
                    timezone: Europe/Berlim
            """
        let refusal = """
            {"detail":"1 field is wrong","code":"bad_request","errors":[{"field":"policies[1].windows[0].timezone",\
            "message":"there is no time zone 'Europe/Berlim'"}]}
            """
        let (run, _) = try await Self.apply(text, [], ["POST /v1/policy-sets": [.answer(400, refusal)]])
        #expect(run.status == .other)
        let line =
            "yaml:9:19: policies[1].windows[0].timezone: there is no time zone 'Europe/Berlim'\n"
        #expect(run.errors.hasPrefix("precache: 1 field is wrong (bad_request, 400)\n"))
        #expect(run.errors.contains(line), "\(run.errors)")
    }

    @Test func aFileIsNeededAndOneIsEnough() async {
        for arguments in [[], ["a", "-f", "b"]] {
            let run = await ProgramRun(["policy", "apply"] + arguments)
            #expect(run.status == .usage && run.errors.contains("Give one file"))
        }
    }
}
