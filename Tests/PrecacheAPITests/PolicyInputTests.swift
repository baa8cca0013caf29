import PrecacheAPI
import PrecacheModel
import Testing

@Suite struct PolicyInputTests {
    private static let whole =
        #"{"aggregates":["web","größe 2"],"images":[{"id":"a"},{"newest":{"name":"ubuntu-24.04"},"count":2},"#
        + #"{"newest":{"tag":"golden"},"count":1},{"newest":{"property":{"os":"debian"}},"count":1}],"windows":"#
        + #"[{"cron":"0 1 * * *","hours":4,"timezone":"Europe/Berlin"}],"at_window_end":"pause","superseded":"remove","#
        + #""parallelism":"25%","host_timeout_seconds":60,"priority":"high","enabled":false,"#
        + #""expires_at":"2027-01-01T00:00:00.000000Z"}"#

    private func problems(_ text: String) throws -> [FieldProblem] {
        var problems = InputProblems()
        let spec = PolicySpec(try JSONParser.parse(Array(text.utf8)), &problems)
        #expect((spec == nil) == !problems.isEmpty)
        return problems.list
    }

    private func spec(_ text: String) throws -> PolicySpec? {
        var problems = InputProblems()
        return PolicySpec(try JSONParser.parse(Array(text.utf8)), &problems)
    }

    @Test func whatIsWrittenIsRead() throws {
        let spec = try #require(try spec(Self.whole))
        var json = JSONWriter()
        json.policySpec(spec)
        #expect(String(decoding: json.bytes, as: UTF8.self) == Self.whole)
    }

    @Test func whatIsLeftOutHasADefault() throws {
        let spec = try #require(try spec(#"{"aggregates":["web"],"images":[{"newest":{"tag":"golden"}}]}"#))
        let aggregate = try AggregateName("web")
        #expect(spec == PolicySpec(aggregates: [aggregate], images: [.newest(.tag("golden"), count: 1)]))
        #expect(spec.windows.isEmpty && spec.windowEnd == .finish && spec.superseded == .unpin)
        #expect(spec.priority == .normal && spec.isEnabled && spec.expiresAt == nil)
        var json = JSONWriter()
        json.policySpec(spec)
        #expect(try self.spec(String(decoding: json.bytes, as: UTF8.self)) == spec)
    }

    @Test(arguments: [
        (#""aggregates":[]"#, "aggregates"), (#""aggregates":["a","a"]"#, "aggregates[1]"),
        (#""aggregates":["a",1]"#, "aggregates[1]"), (#""aggregates":[" a"]"#, "aggregates[0]"),
        (#""aggregates":"a""#, "aggregates"), (#""images":[]"#, "images"), (#""images":[{}]"#, "images[0]"),
        (#""images":[{"id":"../x"}]"#, "images[0].id"),
        (#""images":[{"id":"a","count":2}]"#, "images[0].count"),
        (#""images":[{"id":"a"},{"id":"a"}]"#, "images[1]"), (#""images":["a"]"#, "images[0]"),
        (#""images":[{"id":"a","newest":{"tag":"b"}}]"#, "images[0]"),
        (#""images":[{"newest":{"tag":"b"},"count":0}]"#, "images[0].count"),
        (#""images":[{"newest":{"tag":"b"},"count":21}]"#, "images[0].count"),
        (#""images":[{"newest":{"tag":"b"},"size":1}]"#, "images[0].size"),
        (#""images":[{"newest":{}}]"#, "images[0].newest"),
        (#""images":[{"newest":"b"}]"#, "images[0].newest"),
        (#""images":[{"newest":{"name":"a","tag":"b"}}]"#, "images[0].newest"),
        (#""images":[{"newest":{"name":""}}]"#, "images[0].newest.name"),
        (#""images":[{"newest":{"name":"a\u0007"}}]"#, "images[0].newest.name"),
        (#""images":[{"newest":{"property":{}}}]"#, "images[0].newest.property"),
        (#""images":[{"newest":{"property":{"a":"1","b":"2"}}}]"#, "images[0].newest.property"),
        (#""images":[{"newest":{"property":{"a":"1\u0007"}}}]"#, "images[0].newest.property.a"),
        (#""images":[{"newest":{"property":{"a":1}}}]"#, "images[0].newest.property.a"),
        (#""windows":[{"cron":"0 0 31 2 *","hours":1,"timezone":"UTC"}]"#, "windows[0].cron"),
        (#""windows":[{"cron":"0 0 * * *","hours":0,"timezone":"UTC"}]"#, "windows[0].hours"),
        (#""windows":[{"cron":"0 0 * * *","hours":169,"timezone":"UTC"}]"#, "windows[0].hours"),
        (#""windows":[{"cron":"0 0 * * *","hours":1,"timezone":"../UTC"}]"#, "windows[0].timezone"),
        (#""windows":[{"cron":"0 0 * * *","hours":1}]"#, "windows[0].timezone"),
        (#""windows":[{"cron":"0 0 * * *","hours":1,"timezone":"UTC","x":1}]"#, "windows[0].x"),
        (#""windows":null"#, "windows"), (#""at_window_end":"stop""#, "at_window_end"),
        (#""superseded":"delete""#, "superseded"), (#""parallelism":0"#, "parallelism"),
        (#""host_timeout_seconds":0"#, "host_timeout_seconds"), (#""priority":"urgent""#, "priority"),
        (#""enabled":"yes""#, "enabled"), (#""expires_at":"tomorrow""#, "expires_at"),
        (#""name":"x""#, "name"),
    ])
    func whatIsWrongIsNamedByItsPlace(member: String, field: String) throws {
        let others = [#""aggregates":["web"]"#, #""images":[{"id":"a"}]"#]
            .filter { !member.hasPrefix($0.prefix(9)) }
        let problems = try problems("{" + (others + [member]).joined(separator: ",") + "}")
        #expect(problems.map(\.field) == [field])
    }

    @Test func limits() throws {
        let names = { (count: Int) in (0..<count).map { "\"a\($0)\"" }.joined(separator: ",") }
        let images = { (count: Int) in (0..<count).map { #"{"id":"a\#($0)"}"# }.joined(separator: ",") }
        let windows = { (count: Int) in
            (0..<count).map { #"{"cron":"\#($0) 0 * * *","hours":1,"timezone":"UTC"}"# }.joined(
                separator: ","
            )
        }
        let body = { (aggregates: Int, ids: Int, opens: Int) in
            #"{"aggregates":[\#(names(aggregates))],"images":[\#(images(ids))],"windows":[\#(windows(opens))]}"#
        }
        #expect(try problems(body(64, 64, 32)).isEmpty)
        #expect(try problems(body(65, 65, 33)).map(\.field) == ["aggregates", "images", "windows"])
    }

    @Test func anImpossibleLineIsToldWithItsWords() throws {
        let problem = try #require(
            try problems(
                #"{"aggregates":["w"],"images":[{"id":"a"}],"windows":[{"cron":"0 0 31 2 *","hours":1,"timezone":"UTC"}]}"#
            ).first
        )
        #expect(problem.message.contains("'0 0 31 2 *' is not a valid cron line: a day that comes"))
    }

    @Test func oneOfAThousandThatIsWrongIsFound() throws {
        let policies = (0..<1_000).map { number in
            let hours = number == 17 ? 0 : 4
            return #"{"name":"p\#(number)","aggregates":["web"],"images":[{"id":"a"}],"#
                + #""windows":[{"cron":"0 1 * * *","hours":\#(hours),"timezone":"UTC"}]}"#
        }
        var problems = InputProblems()
        let wrong = #"{"policies":[\#(policies.joined(separator: ","))],"prune":true}"#
        #expect(PolicySet(try JSONParser.parse(Array(wrong.utf8)), &problems) == nil)
        #expect(problems.list.map(\.field) == ["policies[17].windows[0].hours"])

        problems = InputProblems()
        let right = #"{"policies":[\#(policies[0]),\#(policies[1])],"prune":true,"dry_run":true}"#
        let set = try #require(PolicySet(try JSONParser.parse(Array(right.utf8)), &problems))
        #expect(set.policies.map(\.name.text) == ["p0", "p1"] && set.prunes && set.isDryRun)

        problems = InputProblems()
        let twice = #"{"policies":[\#(policies[0]),\#(policies[0]),{"name":"/"},7],"x":1}"#
        #expect(PolicySet(try JSONParser.parse(Array(twice.utf8)), &problems) == nil)
        #expect(
            problems.list.map(\.field) == [
                "policies[1].name", "policies[2].name", "policies[2].aggregates", "policies[2].images",
                "policies[3]",
                "x",
            ]
        )
    }

    @Test func aStatusIsWritten() throws {
        let at = Timestamp(microseconds: 0)
        let record = PolicyRecord(
            name: try PolicyName("web-base"),
            spec: PolicySpec(aggregates: [try AggregateName("web")], images: [.image(try ImageID("a"))]),
            createdAt: at,
            updatedAt: at
        )
        let status = PolicyStatus(
            state: .held,
            fraction: 0.99999999,
            images: [.init(id: try ImageID("a"), newest: .tag("golden"), since: at, fraction: 7.0 / 9)],
            missingHosts: 3,
            heldUpBy: [
                PolicyHold(
                    .reason(.noSpace),
                    hosts: 2,
                    example: try HostName("host-7"),
                    until: at,
                    detail: "needs 2 GiB"
                ), PolicyHold(.channelEmpty, detail: "tag:golden"),
            ]
        )
        var json = JSONWriter()
        json.policy(record, status)
        let value = try JSONParser.parse(json.bytes)
        let read = try #require(value["status"])
        #expect(read["state"]?.text == "held" && read["fraction"] == .number(0.999999))
        #expect(read["images"]?.items.first?["newest"]?.text == "tag:golden")
        #expect(read["images"]?.items.first?["fraction"] == .number(0.777777))
        #expect(read["missing_hosts"]?.integer == 3 && read["next_window_at"] == .null)
        #expect(read["held_up_by"]?.items.map { $0["what"]?.text } == ["no_space", "channel_empty"])
        #expect(read["held_up_by"]?.items.map { $0["example"]?.text } == ["host-7", nil])
        #expect(value["spec"]?["priority"]?.text == "normal")
    }
}
