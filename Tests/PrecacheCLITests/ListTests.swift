import Testing

@testable import PrecacheCommands

@Suite struct ListTests {
    private static let hosts = """
        {"hosts":[
        {"name":"compute-1","state":"up","enabled":true,"labels":{"rack":"r1"},
         "heartbeat":{"at":"2026-11-23T10:00:00.000000Z","version":"0.1.0","disk":{"free_bytes":2048}}},
        {"name":"compute-11","state":"down","enabled":false,"disabled_reason":"no: fan","labels":{},
         "heartbeat":{"disk":{"free_bytes":1048576}}},
        {"name":"compute-2","state":"up","enabled":true,"labels":{},"heartbeat":null}],"next":null}
        """

    private static func list(
        _ arguments: String...,
        query: String = "",
        limit: Int = 1000
    ) async -> ProgramRun {
        let service = FakeService(["GET /v1/hosts?\(query)limit=\(limit)": [.answer(200, hosts)]])
        return await ProgramRun(["host", "list"] + arguments, service: service)
    }

    @Test func numbersInNamesCount() async {
        let run = await Self.list()
        #expect(
            run.output == """
                NAME        AGENT  STATE  ENABLED  LABELS
                compute-1   -      up     yes      rack=r1
                compute-2   -      up     yes      -
                compute-11  -      down   no       -

                """
        )
    }

    @Test func wideShowsMore() async {
        let run = await Self.list("-o", "wide", "--limit", "1", limit: 1)
        #expect(
            run.output == """
                NAME       AGENT  STATE  ENABLED  HEARTBEAT             VERSION     FREE  IMAGES  DISABLED BECAUSE  LABELS
                compute-1  -      up     yes      2026-11-23 10:00:00Z  0.1.0    2.0 KiB       -  -                 rack=r1

                """
        )
    }

    /// Only an order of the caller's own needs all of them.
    @Test func noMoreIsReadThanIsShown() async {
        let hosts = #"{"hosts":[{"name":"a10"},{"name":"a2"}],"next":"a2"}"#
        let rest = #"{"hosts":[{"name":"a1"}],"next":null}"#
        let service = FakeService([
            "GET /v1/hosts?limit=2": [.answer(200, hosts)], "GET /v1/hosts?limit=1000": [.answer(200, hosts)],
            "GET /v1/hosts?limit=1000&after=a2": [.answer(200, rest)],
        ])
        let list = ["host", "list", "-o", "name", "--limit", "2"]
        #expect(await ProgramRun(list, service: service).output == "a10\na2\n")
        #expect(service.calls == ["GET /v1/hosts?limit=2"])
        #expect(await ProgramRun(list + ["--sort", "name"], service: service).output == "a1\na2\n")
    }

    @Test func columnsAndOrderAreThoseAskedFor() async {
        let run = await Self.list("--columns", "free,Disabled_Because,name", "--sort", "free:desc")
        #expect(
            run.output == """
                   FREE  DISABLED BECAUSE  NAME
                1.0 MiB  no: fan           compute-11
                2.0 KiB  -                 compute-1
                      -  -                 compute-2

                """
        )
        #expect(
            await Self.list("-o", "name", "--sort", "state").output == "compute-11\ncompute-1\ncompute-2\n"
        )
        #expect(await Self.list("-o", "name").output == "compute-1\ncompute-2\ncompute-11\n")
    }

    @Test(
        arguments: [
            (["--columns", "stat"], "there is no column 'stat'; did you mean state?"),
            (["--sort", "x"], "there is no column 'x'; there are name, agent, state, enabled, heartbeat,"),
            (["--columns", "name", "-o", "json"], "--columns is for tables, not for -o json"),
            (["--sort", "name:up"], "'name:up' is not COLUMN, COLUMN:asc or COLUMN:desc"),
            (["--state", "dwon"], "'dwon' is not a host state; did you mean down?"),
        ]
    ) func whatIsNotThereIsNamed(arguments: [String], words: String) async {
        let run = await ProgramRun(["host", "list"] + arguments)
        #expect(run.status == .usage)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func yamlIsTheServicesAnswer() async {
        let run = await Self.list("-o", "yaml")
        #expect(
            run.output == """
                hosts:
                  - name: compute-1
                    state: up
                    enabled: true
                    labels:
                      rack: r1
                    heartbeat:
                      at: "2026-11-23T10:00:00.000000Z"
                      version: "0.1.0"
                      disk:
                        free_bytes: 2048
                  - name: compute-11
                    state: down
                    enabled: false
                    disabled_reason: "no: fan"
                    labels: {}
                    heartbeat:
                      disk:
                        free_bytes: 1048576
                  - name: compute-2
                    state: up
                    enabled: true
                    labels: {}
                    heartbeat: null

                """
        )
    }

    @Test func filtersGoToTheService() async {
        let query = "state=down&enabled=false&label=rack%3Dr1&label=gpu&"
        let run = await Self.list(
            "--state",
            "down",
            "--disabled",
            "--label",
            "rack=r1",
            "--label",
            "gpu",
            query: query
        )
        #expect(run.status == .succeeded, "\(run.errors)")
        let image = "5f0c0e64-64a5-4d0c-8c57-0b5dd86e0a4f"
        let lacking = await Self.list("--missing", image, query: "missing=\(image)&")
        #expect(lacking.status == .succeeded, "\(lacking.errors)")
        let none = FakeService([
            "GET /v1/hosts?state=up&limit=1000": [.answer(200, #"{"hosts":[],"next":null}"#)]
        ])
        #expect(
            await ProgramRun(["host", "list", "--state", "up"], service: none).errors == "No such hosts.\n"
        )
    }

    @Test func showTakesTheSameFormats() async {
        let service = FakeService(["GET /v1/hosts/a": [.answer(200, #"{"host":{"name":"a","port":1}}"#)]])
        #expect(
            await ProgramRun(["host", "show", "a", "-o", "yaml"], service: service).output
                == "host:\n  name: a\n  port: 1\n"
        )
        #expect(await ProgramRun(["host", "show", "a", "-o", "name"], service: service).output == "a\n")
    }
}

@Suite struct YAMLPrinterTests {
    /// What is written is read again as the same, by the reader of inventory files.
    @Test(
        arguments: [
            "plain", "with space", "https://images.example:8080/a.qcow2?x=1", "12", "1e3", "0x1F", "true",
            "No",
            "null", "~", "", " a", "a ", "- a", "a: b", "a:", "a #b", "#", "'q'", "\"q\"", "a\nb",
            "\u{1B}[2J",
            "日本", "[a]", "{a}", "*a", "&a", "!a", "%a", "@a", "2026-11-23", "sha256:2c26", "/a", "e1b2", "<<",
            "=",
        ]
    ) func textStaysTheSame(text: String) throws {
        let place = DocumentPosition(line: 1, column: 1)
        let value = DocumentNode(.text(text), at: place)
        let list = DocumentNode(.sequence([value, DocumentNode(.sequence([value]), at: place)]), at: place)
        let entry = DocumentNode.Entry(key: text, position: place, value: list)
        let written = YAMLPrinter.pretty(DocumentNode(.mapping([entry]), at: place))
        let read = try DocumentReader.read(written, as: .yaml)
        guard case .mapping(let entries) = read.content,
            case .sequence(let items)? = entries.first?.value.content,
            case .sequence(let inner)? = items.last?.content
        else {
            Issue.record("\(written) has another shape")
            return
        }
        #expect(entries.map(\.key) == [text])
        #expect([items.first?.plainText, inner.first?.plainText] == [text, text], "\(written)")
    }
}

@Suite struct NaturalOrderTests {
    @Test func countsAsPeopleDo() {
        let order = ["", "a", "a01", "a1", "a2", "a10", "a10b2", "a10b11", "a-1", "b"]
        #expect(order.shuffled().sorted(by: NaturalOrder.precedes) == order.sorted(by: NaturalOrder.precedes))
        let names = ["compute-11", "compute-2", "compute-1", "compute-02", "compute", "compute-2b"]
        #expect(
            names.sorted(by: NaturalOrder.precedes)
                == ["compute", "compute-1", "compute-02", "compute-2", "compute-2b", "compute-11"]
        )
        let long = String(repeating: "9", count: 40)
        #expect(
            NaturalOrder.precedes("n" + long, "n1" + long) && !NaturalOrder.precedes("n1" + long, "n" + long)
        )
    }
}

@Suite struct JobLookupTests {
    private static let other = "1b4e0000-2fa1-4d3b-a3f5-ef19b5a7633b"

    private static func service() -> FakeService {
        let job = Sample.jobJSON().dropFirst(7).dropLast()
        let rival = job.replacing(Sample.jobID, with: other)
        return FakeService([
            "GET /v1/jobs?limit=1": [.answer(200, #"{"jobs":[\#(job)],"next":"c"}"#)],
            "GET /v1/jobs?id=1b4e28ba-2fa&limit=11": [.answer(200, #"{"jobs":[\#(job)],"next":null}"#)],
            "GET /v1/jobs?id=1b4e&limit=11": [.answer(200, #"{"jobs":[\#(job),\#(rival)],"next":null}"#)],
            "GET /v1/jobs?id=77&limit=11": [.answer(200, #"{"jobs":[],"next":null}"#)],
            "GET /v1/jobs?limit=50": [.answer(200, #"{"jobs":[\#(job)],"next":null}"#)],
            "POST /v1/jobs/\(Sample.jobID)/cancel": [.answer(202, Sample.jobJSON())],
        ])
    }

    @Test(arguments: [Sample.jobID, "1B4E28BA-2fa", "@latest"]) func findsTheJobThatIsMeant(
        text: String
    ) async {
        let service = Self.service()
        let run = await ProgramRun(["job", "cancel", text], service: service)
        #expect(run.status == .succeeded, "\(run.errors)")
        #expect(service.calls.last == "POST /v1/jobs/\(Sample.jobID)/cancel")
    }

    @Test func namesTheJobsThatCouldBeMeant() async {
        let run = await ProgramRun(["job", "cancel", "1B4E"], service: Self.service())
        #expect(run.status == .other)
        #expect(
            run.errors == """
                precache: the ids of 2 jobs begin with '1B4E'
                  \(Sample.jobID): running, web, 2026-11-23 10:00:00Z
                  \(Self.other): running, web, 2026-11-23 10:00:00Z
                  Give more of the id.

                """
        )
        let none = await ProgramRun(["job", "show", "77"], service: Self.service())
        #expect(none.status == .other)
        #expect(none.errors.hasPrefix("precache: no job's id begins with '77'\n"))
    }

    @Test func tablesShowAsMuchOfAnIdAsIsNeeded() async {
        let run = await ProgramRun(
            ["job", "list"],
            service: Self.service(),
            environment: ["NO_COLOR": "1"],
            width: 80
        )
        #expect(
            run.output == """
                ID            AGGREGATE  STATE    HOSTS     CREATED
                    RESULTS
                1b4e28ba-2fa  web        running  744/1200  2026-11-23 10:00:00Z
                    cached 700, existing 40, running 64, pending 392, error 4

                """
        )
        let wide = await ProgramRun(["job", "list", "-o", "wide"], service: Self.service())
        #expect(wide.output.contains(Sample.jobID))
    }
}
