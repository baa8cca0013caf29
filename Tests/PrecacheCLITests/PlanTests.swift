import PrecacheClient
import Testing

@testable import PrecacheCommands

/// What people are told before a job, and of a job that a policy has made.
@Suite struct PlanTests {
    private static let post = "POST /v1/aggregates/web/images"
    private static let images = FakeService.Step.answer(200, #"{"images":[],"next":null}"#)

    private static func plan(_ body: String, _ arguments: [String] = []) async -> (ProgramRun, FakeService) {
        let service = FakeService([
            "GET /v1/images?limit=1000": [images], post: [.answer(200, #"{"plan":\#(body)}"#)],
        ])
        let run = await ProgramRun(["cache", "web", "a", "--dry-run"] + arguments, service: service)
        return (run, service)
    }

    private static let whole = """
        {"hosts":{"total":1200,"to_fetch":1100,"existing":60,"down":3,"disabled":2,"unsupported":0,"no_room":35},\
        "no_room":[{"host":"n7","needed_bytes":10737418240,"free_bytes":1073741824}],\
        "bytes":{"from_source":3221225472,"between_hosts":1181116006400},\
        "finish":{"earliest_seconds":129.2,"latest_seconds":270,"rests_on":"measured",\
        "host_bytes_per_second":115343360,"source_bytes_per_second":1181116006.4},\
        "warnings":["3 hosts will not make the deadline"]}
        """

    @Test func whatHasNoSizeMakesBytesAndTimeUnknown() async {
        let body = """
            {"hosts":{"total":1,"to_fetch":1},"bytes":{"from_source":0,"between_hosts":0,"unsized_images":1},\
            "finish":{"earliest_seconds":0,"latest_seconds":1,"rests_on":"assumed"},"warnings":["it has no size"]}
            """
        let (run, _) = await Self.plan(body)
        #expect(
            run.output.contains("From the source  unknown\n")
                && run.output.contains("Would take       unknown\n")
        )
        #expect(!run.output.contains("Rests on"))
        let (more, _) = await Self.plan(body.replacing(#""from_source":0"#, with: #""from_source":1024"#))
        #expect(
            more.output.contains("From the source  1.0 KiB and images of unknown size\n"),
            "\(more.output)"
        )
    }

    @Test func aDryRunShowsHostsBytesAndTimeAndStartsNothing() async {
        let (run, service) = await Self.plan(Self.whole, ["--deadline", "1m"])
        #expect(run.status == .succeeded, "\(run.errors)")
        #expect(
            run.output == """
                WOULD                   HOSTS
                fetch                   1,100
                have all of it already     60
                have no room               35
                be skipped: down            3
                be skipped: disabled        2
                be the job's hosts      1,200

                From the source  3.0 GiB
                Between hosts    1.1 TiB
                Would take       2m 10s to 4m 30s
                Rests on         rates measured lately: 110.0 MiB/s each host, 1.1 GiB/s the source

                NO ROOM ON     NEEDED     FREE
                n7           10.0 GiB  1.0 GiB
                and 34 more         -        -

                """
        )
        #expect(
            run.errors == """
                Warning: 3 hosts will not make the deadline
                Nothing was started; this was a dry run.

                """
        )
        #expect(
            String(decoding: service.requests.last?.body ?? [], as: UTF8.self)
                == #"{"cache":[{"id":"a"}],"deadline_seconds":60,"dry_run":true}"#
        )
        let (json, _) = await Self.plan(#"{"hosts":{"total":1},"later":2}"#, ["-o", "json"])
        #expect(json.output.contains(#""later": 2"#))
    }

    @Test func whatIsNotKnownIsLeftOut() async {
        let assumed = #"{"earliest_seconds":0.2,"latest_seconds":0.9,"rests_on":"assumed"}"#
        let (run, _) = await Self.plan(#"{"hosts":{"total":1,"to_fetch":1},"finish":\#(assumed)}"#)
        #expect(
            run.output == """
                WOULD               HOSTS
                fetch                   1
                be the job's hosts      1

                Would take       about 1s
                Rests on         assumed rates, since none were measured yet

                """
        )
        let (none, _) = await Self.plan(#"{"hosts":{"total":0},"finish":null}"#)
        #expect(none.output == "WOULD  HOSTS\n")
    }

    @Test(arguments: [["--wait"], ["--idempotency-key", "k"]])
    func aDryRunHasNoJobToWaitFor(arguments: [String]) async {
        let run = await ProgramRun(["cache", "web", "a", "--dry-run"] + arguments)
        #expect(run.status == .usage && run.errors.contains("--dry-run starts no job"))
    }

    private static let ofPolicy = Sample.jobJSON(
        state: "queued",
        more: """
            ,"policy":"web-base","priority":"low","waiting_for":"window",\
            "predicted_finish_at":"2026-11-23T10:05:00.000000Z"
            """
    )

    @Test func aJobSaysForWhichPolicyItIsAndWhatItWaitsFor() async throws {
        let service = FakeService(["GET /v1/jobs/j": [.answer(200, Self.ofPolicy)]])
        let run = await ProgramRun(["job", "show", "j"], service: service)
        for line in [
            "Waits for    its policy's next window", "Foretold     2026-11-23 10:05:00Z",
            "Policy       web-base", "Priority     low",
        ] {
            #expect(run.output.contains(line + "\n"), "\(run.output)")
        }
        let frame = ProgressFrame(
            job: try Sample.job(Self.ofPolicy),
            motion: Motion(),
            elapsed: .seconds(1),
            trouble: nil
        )
        #expect(
            frame.lines(width: 80, glyphs: .unicode, paint: Paint(isOn: false)).last
                == "Waits for its policy's next window."
        )
    }

    @Test func aJobOfAnOlderServiceShowsNoneOfThat() async {
        let service = FakeService(["GET /v1/jobs/j": [.answer(200, Sample.jobJSON())]])
        let run = await ProgramRun(["job", "show", "j"], service: service)
        #expect(!run.output.contains("Policy") && !run.output.contains("Foretold"))
    }
}
