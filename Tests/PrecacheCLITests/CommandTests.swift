import HTTPTypes
import PrecacheClient
import Testing

@testable import PrecacheCommands

@Suite struct CommandTests {
    private static let images = FakeService.Step.answer(200, #"{"images":[],"next":null}"#)

    private static func body(_ service: FakeService) -> String {
        String(decoding: service.requests.last?.body ?? [], as: UTF8.self)
    }

    /// As a script's variable that isn't set leaves it.
    @Test(arguments: [
        ["cache", "web", ""], ["host", "show", ""], ["config", "set-context", "", "--url", "http://a"],
    ])
    func anEmptyNameIsRefusedBeforeAnythingIsAsked(arguments: [String]) async {
        let service = FakeService([:])
        let run = await ProgramRun(arguments, service: service)
        #expect(run.status == .usage && service.requests.isEmpty)
        #expect(run.errors == "precache: an argument is empty; is a variable of the shell not set?\n")
    }

    @Test func cachePrintsTheJobsIDAlone() async {
        let service = FakeService([
            "GET /v1/images?limit=1000": [Self.images],
            "POST /v1/aggregates/web/images": [.answer(202, Sample.jobJSON())],
        ])
        let run = await ProgramRun(
            [
                "cache", "web", "a", "b", "--priority", "low", "--parallelism", "25%", "--deadline", "1h30m",
                "--host-timeout",
                "90", "--keep",
                "7d",
            ],
            service: service
        )
        #expect(run.status == .succeeded)
        #expect(run.output == Sample.jobID + "\n")
        #expect(
            run.errors == """
                Accepted: Debian 12 on 1,200 hosts of web.
                  watch it:     precache job watch \(Sample.jobID)
                  in a browser: http://service/ui/#/jobs/\(Sample.jobID)

                """
        )
        #expect(
            Self.body(service)
                == #"{"cache":[{"id":"a"},{"id":"b"}],"deadline_seconds":5400,"host_timeout_seconds":90,"keep_seconds":604800,"parallelism":"25%","priority":"low"}"#
        )
    }

    @Test func cacheSendsTheOrderAgainUnderItsKeyWhereTheAnswerGotLost() async {
        let lost = FakeService.Step.stream([], breaks: true)
        let service = FakeService([
            "GET /v1/images?limit=1000": [Self.images],
            "POST /v1/aggregates/web/images": [lost, .answer(202, Sample.jobJSON())],
        ])
        let run = await ProgramRun(["cache", "web", "a", "--idempotency-key", "k"], service: service)
        #expect(run.status == .succeeded)
        #expect(
            service.requests.suffix(2).map {
                $0.headers.first { $0.name.canonicalName == "idempotency-key" }?.value
            } == ["k", "k"]
        )
    }

    @Test func aReplayedOrderSaysSo() async {
        let service = FakeService([
            "GET /v1/images?limit=1000": [Self.images],
            "POST /v1/aggregates/web/images": [.replay(202, Sample.jobJSON())],
        ])
        let run = await ProgramRun(["cache", "web", "a", "--idempotency-key", "k"], service: service)
        #expect(run.output == Sample.jobID + "\n")
        #expect(
            run.errors.hasPrefix(
                "Accepted before, under the same key; no second job is started: Debian 12 on 1,200 hosts"
            )
        )
    }

    @Test func cancellingAJobThatHasEndedSaysHow() async {
        let service = FakeService([
            "POST /v1/jobs/\(Sample.jobID)/cancel": [.answer(202, Sample.jobJSON(state: "succeeded"))]
        ])
        let run = await ProgramRun(["job", "cancel", Sample.jobID], service: service)
        #expect(run.errors == "The job had ended before: succeeded.\n")
    }

    @Test func cancellingAPolicysJobSaysThatAnotherOneComes() async {
        let job = Sample.jobJSON(state: "cancelled").replacing(
            #""state":"#,
            with: #""policy":"base","state":"#
        )
        let service = FakeService(["POST /v1/jobs/\(Sample.jobID)/cancel": [.answer(202, job)]])
        let run = await ProgramRun(["job", "cancel", Sample.jobID], service: service)
        #expect(
            run.errors == """
                The job is cancelled.
                Policy 'base' soon has another made, unless it is applied with enabled: false.

                """
        )
    }

    @Test func listsSayThatTheyAreEmpty() async {
        let service = FakeService(["GET /v1/hosts?limit=1000": [.answer(200, #"{"hosts":[],"next":null}"#)]])
        let run = await ProgramRun(["host", "list"], service: service)
        #expect(run.output == "")
        #expect(run.errors == "No hosts. Add one with: precache host set NAME --address ADDRESS\n")
        let json = await ProgramRun(["host", "list", "-o", "json"], service: service)
        #expect(json.output == "{\n  \"hosts\": []\n}\n")
    }

    @Test func jsonListsJoinPagesAndKeepWhatTheClientDoesNotKnow() async {
        let service = FakeService([
            "GET /v1/hosts?limit=1000": [.answer(200, #"{"hosts":[{"name":"a","later":1}],"next":"c"}"#)],
            "GET /v1/hosts?limit=1000&after=c": [.answer(200, #"{"hosts":[{"name":"b"}],"next":null}"#)],
        ])
        let run = await ProgramRun(["host", "list", "--output", "json"], service: service)
        let expected = """
            {
              "hosts": [
                {
                  "name": "a",
                  "later": 1
                },
                {
                  "name": "b"
                }
              ]
            }

            """
        #expect(run.output == expected)
    }

    @Test func badResultsAreAskedForOutcomeByOutcome() async {
        let none = FakeService.Step.answer(200, #"{"results":[],"next":null}"#)
        let row =
            #"{"host":"a","image_id":"i","outcome":"skipped","reason":"host_down","attempts":0,"bytes_done":0}"#
        let service = FakeService([
            "GET /v1/jobs/j/results?outcome=error&limit=1000": [none],
            "GET /v1/jobs/j/results?outcome=skipped&limit=1000": [
                .answer(200, "{\"results\":[\(row)],\"next\":null}")
            ],
            "GET /v1/jobs/j/results?outcome=cancelled&limit=1000": [none],
        ])
        let run = await ProgramRun(["job", "results", "j", "--bad"], service: service)
        #expect(
            run.output == """
                HOST  IMAGE  OUTCOME  REASON     TRIES  BYTES  DETAIL
                a     i      skipped  host_down      0    0 B  -

                """
        )
    }

    @Test func settingOneThingOfAHostKeepsTheOthers() async {
        let host =
            #"{"host":{"name":"n","address":"1.2.3.4","port":7702,"enabled":true,"labels":{"a":"1","b":"2"}}}"#
        let service = FakeService([
            "GET /v1/hosts/n": [.answer(200, host)], "PUT /v1/hosts/n": [.answer(200, host)],
        ])
        _ = await ProgramRun(["host", "set", "n", "--label", "a=", "--label", "c=x=y"], service: service)
        #expect(
            Self.body(service)
                == #"{"address":"1.2.3.4","enabled":true,"labels":{"b":"2","c":"x=y"},"port":7702}"#
        )
        _ = await ProgramRun(["host", "disable", "n"], service: service)
        #expect(
            Self.body(service)
                == #"{"address":"1.2.3.4","enabled":false,"labels":{"a":"1","b":"2"},"port":7702}"#
        )
    }

    @Test func aReasonForDisablingIsKeptUntilTheHostIsEnabled() async {
        let host =
            #"{"host":{"name":"n","address":"a","port":1,"enabled":false,"disabled_reason":"fan","labels":{}}}"#
        let service = FakeService([
            "GET /v1/hosts/n": [.answer(200, host)], "PUT /v1/hosts/n": [.answer(200, host)],
        ])
        _ = await ProgramRun(["host", "disable", "n", "--reason", "broken fan"], service: service)
        #expect(Self.body(service).contains(#""disabled_reason":"broken fan""#))
        for command in [["host", "disable", "n"], ["host", "set", "n", "--port", "2"]] {
            let run = await ProgramRun(command, service: service)
            #expect(Self.body(service).contains(#""disabled_reason":"fan""#), "\(command)")
            #expect(run.output.contains("no: fan\n"))
        }
        _ = await ProgramRun(["host", "enable", "n"], service: service)
        #expect(!Self.body(service).contains("disabled_reason"))
    }

    @Test func aHostIsShownWithWhatAilsIt() async {
        let answer = """
            {"host":{"name":"n","address":"10.0.0.1","port":7701,"enabled":true,"disabled_reason":null,"labels":{},\
            "state":"down","heartbeat":{"at":"2026-11-23T10:00:00.000000Z","age_seconds":3700,"version":"0.1.0",\
            "disk":{"total_bytes":107374182400,"free_bytes":1073741824},"cache":{"images":1,"bytes":5}}},\
            "aggregates":["db","web"],"images":[{"id":"debian","size_bytes":5,"verified":true,"since":"2026-11-23T08:00:00.000000Z"},\
            {"id":"old","size_bytes":5,"verified":false},{"id":"x","damaged":true}],\
            "recent_results":[{"job_id":"j","host":"n","image_id":"debian","outcome":"error","reason":"no_space",\
            "detail":"full","finished_at":"2026-11-23T09:00:00.000000Z"}],\
            "refused_heartbeats":{"name":"n","address":"10.0.0.9","cause":"refused_token","since":"x",\
            "last_at":"2026-11-23T11:00:00.000000Z","heartbeats":7}}
            """
        let run = await ProgramRun(
            ["host", "show", "n"],
            service: FakeService(["GET /v1/hosts/n": [.answer(200, answer)]])
        )
        #expect(
            run.output == """
                Host        n
                Agent       10.0.0.1:7701
                State       down
                Enabled     yes
                Aggregates  db, web
                Heartbeat   2026-11-23 10:00:00Z, 1h 01m ago
                Refused     a heartbeat at 2026-11-23 11:00:00Z from 10.0.0.9: refused_token; say: precached token \
                create --role agent --host n --name agent-n (revoke one of that name first); \
                put it where the agent's service.token_file is, and restart the agent
                Version     0.1.0
                Disk free   1.0 GiB of 100.0 GiB
                Cached      1 image, 5 B
                Page        http://service/ui/#/hosts/n

                IMAGE   SIZE  SINCE                 DIGEST
                debian   5 B  2026-11-23 08:00:00Z  right
                old      5 B  -                     not compared
                x          -  -                     DAMAGED

                FINISHED              JOB  IMAGE   OUTCOME  REASON    DETAIL
                2026-11-23 09:00:00Z  j    debian  error    no_space  full

                """
        )
    }

    @Test func aHostWithManyImagesShowsAFewUnlessAskedForAll() async {
        let images = (1...9).map { #"{"id":"i\#($0)"}"# }.joined(separator: ",")
        let service = FakeService([
            "GET /v1/hosts/n": [.answer(200, #"{"host":{"name":"n"},"images":[\#(images)]}"#)]
        ])
        let few = await ProgramRun(["host", "show", "n"], service: service)
        #expect(few.output.contains("i8 ") && !few.output.contains("i9 "))
        #expect(few.output.contains("and 1 more: -o wide"))
        #expect(
            await ProgramRun(["host", "show", "n", "-o", "wide"], service: service).output.contains("i9 ")
        )
    }

    @Test func settingANewImageTakesItsDigestFromTheCommandLine() async {
        let service = FakeService(["PUT /v1/images/i": [.answer(200, #"{"image":{"id":"i"}}"#)]])
        let digest = "sha256:" + String(repeating: "AB", count: 32)
        let run = await ProgramRun(
            ["image", "set", "i", "--url", "http://x/y", "--hash", digest, "--format", "iso"],
            service: service
        )
        #expect(run.status == .succeeded)
        #expect(
            Self.body(service) == #"{"disk_format":"iso","hash":""# + String(repeating: "ab", count: 32)
                + #"","hash_algorithm":"sha256","url":"http://x/y"}"#
        )
    }

    @Test(
        arguments: [
            (
                ["cache", "web", "i", "--parallelism", "0"],
                "'0' is not a valid parallelism: a number of hosts from 1, or 1% to 100%"
            ),
            (
                ["cache", "web", "i", "--deadline", "soon"],
                "'soon' is not a length of time such as 3600, 90m, 1h30m or 7d"
            ),
            (["host", "set", "n", "--port", "70000"], "'70000' is not a port from 1 to 65535"),
            (
                ["image", "set", "i", "--hash", "crc:1"],
                "'crc:1' is not ALGORITHM:HEX with one of md5, sha256, sha512"
            ),
            (
                ["image", "set", "i", "--hash", "md5:1"],
                "'1' is not a valid md5 digest: 32 hexadecimal digits"
            ),
            (
                ["job", "list", "--state", "done"],
                "'done' is not a job state: one of queued, running, succeeded, partial, failed, cancelled"
            ),
            (["job", "results", "j", "--bad", "--outcome", "error"], "Give --outcome or --bad, not both."),
            (["cache", "web"], "Missing expected argument '<images> ...'"),
        ]
    ) func wrongCommandLinesEndWithUsage(arguments: [String], words: String) async {
        let run = await ProgramRun(arguments)
        #expect(run.status == .usage)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.output == "")
    }

    @Test func endsQuietlyWhereNobodyReads() async {
        let service = FakeService(["GET /v1/jobs/j": [.answer(200, Sample.jobJSON())]])
        let console = Console(output: MemorySink(closingAfter: 0), errors: MemorySink())
        let status = await PrecacheProgram.run(
            ["job", "show", "j"],
            console: console,
            signals: SignalWatch(),
            pace: nil
        ) { _ in ServiceConnection(transport: service) }
        #expect(status == .outputClosed)
    }
}
