import HTTPTypes
import PrecacheClient
import Testing

@testable import PrecacheCommands

@Suite struct JobWatchTests {
    private static let show = "GET /v1/jobs/\(Sample.jobID)"
    private static let poll = "GET /v1/jobs/\(Sample.jobID)?wait=1"
    private static let events = "GET /v1/jobs/\(Sample.jobID)/events"
    private static let errors = "GET /v1/jobs/\(Sample.jobID)/results?outcome=error&limit=100"
    private static let running = FakeService.Step.answer(
        200,
        Sample.jobJSON(hosts: 3, done: 1, results: ["cached": 1, "running": 2])
    )
    private static let partial = FakeService.Step.answer(
        200,
        Sample.jobJSON(
            state: "partial",
            hosts: 3,
            done: 3,
            results: ["cached": 2, "error": 1],
            bytes: (600, 900)
        )
    )
    private static let rows = FakeService.Step.answer(
        200,
        #"{"results":[{"host":"n3","image_id":"debian-12","outcome":"error","reason":"no_space","detail":"full"}],"next":null}"#
    )

    private static func event(_ id: Int, _ host: String) -> String {
        "id: \(id)\nevent: outcome\ndata: {\"host\":\"\(host)\",\"image_id\":\"debian-12\",\"outcome\":\"error\"}\n\n"
    }

    private static let finished = "id: 99\nevent: finished\ndata: {\"state\":\"partial\"}\n\n"

    @Test func tellsHowTheJobEnded() async {
        let service = FakeService([
            Self.show: [Self.running], Self.poll: [Self.running, Self.running, Self.partial],
            Self.events: [.stream([Self.event(5, "n3"), Self.finished], breaks: false)],
            Self.errors: [Self.rows],
        ])
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(run.status == .partial)
        #expect(
            run.output == """
                Job \(Sample.jobID) partial: 2 of 3 results good (cached 2), error 1, 600 B on the hosts.

                HOST  IMAGE      OUTCOME  REASON    DETAIL
                n3    debian-12  error    no_space  full

                """
        )
        #expect(run.errors.contains("✗ n3  debian-12  error\n"))
        #expect(run.errors.hasSuffix("try again what did not end well: precache job retry \(Sample.jobID)\n"))
    }

    @Test func saysWhichRevisionItHasSeenWhicheverControllerAnswers() async {
        func job(_ state: String, _ revision: Int) -> FakeService.Step {
            .answer(
                200,
                Sample.jobJSON(
                    state: state,
                    hosts: 1,
                    done: 1,
                    results: ["cached": 1],
                    more: #","revision":\#(revision)"#
                )
            )
        }
        let service = FakeService([
            Self.show: [job("running", 4)], Self.poll + "&revision=4": [job("running", 9)],
            Self.poll + "&revision=9": [job("succeeded", 11)],
            Self.events: [.stream([Self.finished], breaks: false)],
        ])
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(run.status == .succeeded)
    }

    @Test func manyEqualFailuresAreExamplesAndACount() async {
        let ended = Sample.jobJSON(
            state: "partial",
            hosts: 5_002,
            done: 5_002,
            results: ["cached": 1, "error": 5_001],
            more: #","reasons":{"agent_unreachable":5000,"no_space":1},"elapsed_seconds":125"#
        )
        let row = { (host: Int, reason: String) in
            #"{"host":"n\#(host)","image_id":"debian-12","outcome":"error","reason":"\#(reason)","detail":"d"}"#
        }
        let results = { (reason: String, hosts: [Int]) in
            FakeService.Step.answer(
                200,
                "{\"results\":[\(hosts.map { row($0, reason) }.joined(separator: ","))],\"next\":null}"
            )
        }
        let path = "GET /v1/jobs/\(Sample.jobID)/results?outcome=error"
        let failures = (1...5_000).map { host in
            "id: \(host)\nevent: outcome\ndata: \(row(host, "agent_unreachable"))\n\n"
        }
        let service = FakeService([
            Self.show: [Self.running], Self.poll: [.answer(200, ended)],
            Self.events: [.stream(failures + [Self.finished], breaks: false)],
            path + "&reason=agent_unreachable&limit=3": [results("agent_unreachable", [1, 2, 3])],
            path + "&reason=no_space&limit=1": [results("no_space", [7])],
        ])
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(run.errors.split(separator: "\n").count { $0.hasPrefix("✗") } == 3)
        #expect(
            run.output == """
                Job \(Sample.jobID) partial: 1 of 5,002 results good (cached 1), error 5,001 \
                (agent_unreachable 5,000, no_space 1), 12.4 GiB on the hosts, in 2m 05s.

                HOST            IMAGE      OUTCOME  REASON             DETAIL
                n1              debian-12  error    agent_unreachable  d
                n2              debian-12  error    agent_unreachable  d
                n3              debian-12  error    agent_unreachable  d
                and 4,997 more  -          -        agent_unreachable  -
                n7              debian-12  error    no_space           d

                """
        )
    }

    @Test func saysWhatWasFetchedInVainAndShowsTheJobsOwnTime() async {
        let more = #","elapsed_seconds":3600,"requested_by":"ci""#
        let ended = Sample.jobJSON(state: "failed", results: ["error": 1], bytes: (0, 900), more: more)
            .replacing(#""done":0,"total""#, with: #""done":0,"in_vain":600,"total""#)
        let running = Sample.jobJSON(more: more)
        let service = FakeService([
            Self.show: [.answer(200, running)], Self.poll: [.answer(200, ended)],
            Self.events: [.answer(404, "{}")],
            Self.errors: [Self.rows],
        ])
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        let opening = "In a browser: http://service/ui/#/jobs/\(Sample.jobID)\n"
        #expect(run.errors.hasPrefix("\(opening)1h 00m running:"), "not since the watch began")
        #expect(
            run.output.hasPrefix(
                "Job \(Sample.jobID) failed: 0 of 1 result good, error 1, 600 B fetched in vain, in 1h 00m.\n"
            )
        )
        let shown = await ProgramRun(["job", "show", Sample.jobID], service: service)
        #expect(shown.output.contains("Running for  1h 00m\n") && shown.output.contains("Asked by     ci\n"))
    }

    @Test func goesOnWhereTheServiceWasAway() async {
        let scripted = FakeService.Step.stream([Self.event(6, "n2"), Self.finished], breaks: false)
        let service = FakeService([
            Self.show: [Self.running],
            Self.poll: [
                Self.running, .away, .answer(503, "{}"), .away, .after(3, of: Self.events, Self.partial),
            ],
            Self.events: [.stream([Self.event(5, "n1")], breaks: true), .away, scripted],
            Self.errors: [Self.rows],
        ])
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(run.status == .partial)
        #expect(run.errors.contains("✗ n1  debian-12  error\n"))
        #expect(run.errors.contains("✗ n2  debian-12  error\n"))
        let resumed = service.requests.filter { $0.target.hasSuffix("/events") }.map { request in
            request.headers.first { $0.name.canonicalName == "last-event-id" }?.value
        }
        #expect(resumed == [nil, "5", "5"])
    }

    @Test func givesUpWhereTheServiceStaysAway() async {
        let service = FakeService([
            Self.show: [Self.running], Self.poll: [.away], Self.events: [.away],
        ])
        var pace = WatchPace.test
        pace.patience = .milliseconds(20)
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service, pace: pace)
        #expect(run.status == .noAnswer)
        #expect(
            run.errors.hasSuffix(
                """
                precache: no answer from http://service: connection refused
                Gave up watching; job \(Sample.jobID) goes on.
                  watch it:   precache job watch \(Sample.jobID)
                  cancel it:  precache job cancel \(Sample.jobID)

                """
            )
        )
    }

    @Test func stopsAtOnceWhereTheTokenIsRevoked() async {
        let service = FakeService([
            Self.show: [Self.running], Self.poll: [.answer(401, #"{"detail":"no"}"#)], Self.events: [.away],
        ])
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(run.status == .noAnswer)
        #expect(run.errors.contains("precache: no (401)\n"))
        #expect(service.calls.filter { $0 == Self.poll }.count == 1)
    }

    @Test func controlCLeavesTheJobRunning() async {
        let signals = SignalWatch()
        let service = FakeService(
            [Self.show: [Self.running], Self.poll: [Self.running, .hang], Self.events: [.hang]]
        ) { call in
            if call == Self.events { signals.deliver(2) }
        }
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service, signals: signals)
        #expect(run.status == .interrupted)
        #expect(
            run.errors.hasSuffix(
                """
                Stopped watching; job \(Sample.jobID) goes on.
                  watch it:   precache job watch \(Sample.jobID)
                  cancel it:  precache job cancel \(Sample.jobID)

                """
            )
        )
        #expect(!service.calls.contains { $0.contains("cancel") })
    }

    @Test func jsonIsTheFinalJobAlone() async {
        let service = FakeService([
            Self.show: [Self.running], Self.poll: [Self.partial], Self.events: [.answer(404, "{}")],
        ])
        let run = await ProgramRun(["job", "watch", Sample.jobID, "-o", "json"], service: service)
        #expect(run.status == .partial)
        #expect(run.output.hasPrefix("{\n  \"job\": {\n    \"id\": \"\(Sample.jobID)\",\n"))
        #expect(!service.calls.contains(Self.errors))
    }

    @Test func aJobWithNothingToDoSaysSo() async {
        let done = FakeService.Step.answer(
            200,
            Sample.jobJSON(
                state: "succeeded",
                hosts: 0,
                done: 0,
                results: [:],
                bytes: (0, 0),
                note: "no hosts"
            )
        )
        let service = FakeService([Self.show: [done]])
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(run.status == .succeeded)
        #expect(run.output == "Job \(Sample.jobID) succeeded: nothing to do (no hosts).\n")
    }

    @Test func aJobThatHasEndedIsNotWatched() async {
        let service = FakeService([Self.show: [Self.partial], Self.errors: [Self.rows]])
        let run = await ProgramRun(["job", "watch", Sample.jobID], service: service)
        #expect(run.status == .partial)
        #expect(service.calls == [Self.show, Self.errors])
    }

    @Test func onATerminalThePictureGoesAndTheFailuresStay() async {
        let service = FakeService([
            Self.show: [Self.running], Self.poll: [Self.running, Self.partial],
            Self.events: [.stream([Self.event(5, "n3"), Self.finished], breaks: false)],
            Self.errors: [Self.rows],
        ])
        let errors = MemorySink()
        let console = Console(
            output: MemorySink(),
            errors: errors,
            errorWidth: { 60 },
            environment: ["LANG": "C", "NO_COLOR": "1"]
        )
        _ = await PrecacheProgram.run(
            ["job", "watch", Sample.jobID],
            console: console,
            signals: SignalWatch(),
            pace: .test
        ) { _ in ServiceConnection(transport: service) }
        #expect(errors.text.contains("\(Sample.jobID)\nrunning 0s  Debian 12 on 3 hosts of web"))
        #expect(errors.text.contains("\u{1B}[3A\r\u{1B}[J"))
        #expect(errors.text.contains("x n3  debian-12  error\n"))
        #expect(!errors.text.contains("\u{1B}[3" + "1m"))
    }
}
