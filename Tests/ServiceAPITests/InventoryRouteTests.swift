import HTTPTypes
import PrecacheAPI
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import ServiceAPI

@Suite struct InventoryRouteTests {
    @Test func hostsAreAddedChangedShownAndRemoved() async {
        let service = TestService()
        let body =
            #"{"address":"192.0.2.1","port":7800,"enabled":false,"disabled_reason":"broken","labels":{"rack":"r1"}}"#
        let new = await service.call(.put, "/v1/hosts/compute-1", body)
        #expect(new.status == 201 && new["host", "port"] == .integer(7800))
        #expect(new["host", "disabled_reason"] == .string("broken") && new["host", "heartbeat"] == .null)
        let same = await service.call(.put, "/v1/hosts/compute-1", "{}")
        #expect(
            same.status == 200 && same["host", "address"] == .string("compute-1"),
            "what is left out is default"
        )
        #expect(await service.call(.get, "/v1/hosts/compute-1").status == 200)
        #expect(await service.call(.delete, "/v1/hosts/compute-1").status == 204)
        for method in ["get", "delete"] {
            let answer = await service.call(method == "get" ? .get : .delete, "/v1/hosts/compute-1")
            #expect(answer.status == 404 && answer.code == "host_not_found")
        }
    }

    @Test func aHostIsShownWithWhatAilsIt() async throws {
        let service = TestService()
        try await service.furnish()
        let host = try HostName("h1")
        let failed = ResultRecord(
            host: host,
            imageID: try ImageID("one"),
            ImageOutcome(.error, reason: .noSpace, detail: "full")
        )
        service.jobs.state.withLock { $0.results = [failed] }
        let beat = """
            {"interval_seconds":30,"version":"0.1.0","started_at":"2026-01-01T00:00:00Z",
             "disk":{"total_bytes":9,"free_bytes":4},"cache":{"images":1,"bytes":5},
             "images":[{"id":"one","size_bytes":5,"verified":true}],"tasks":2}
            """
        _ = await service.call(.put, "/v1/hosts/h1/heartbeat", beat, as: "agent")
        _ = await service.call(.put, "/v1/hosts/h1/heartbeat", beat, as: "wrong")
        let shown = await service.call(.get, "/v1/hosts/h1", as: "reader")
        #expect(shown["aggregates"] == .array([.string("web")]))
        #expect(shown["host", "heartbeat", "age_seconds"] == .integer(0))
        #expect(shown["images"]?.items.first?["id"] == .string("one"))
        let result = shown["recent_results"]?.items.first
        #expect(result?["reason"] == .string("no_space") && result?["job_id"]?.text != nil)
        #expect(shown["refused_heartbeats", "cause"] == .string("refused_token"))
        let other = await service.call(.get, "/v1/hosts/h2")
        #expect(other["recent_results"] == .array([]) && other["refused_heartbeats"] == .null)
    }

    @Test func aHostIsShownWithItsPartInExchanges() async throws {
        let service = TestService()
        try await service.furnish()
        let host = try HostName("h1")
        let beat = HeartbeatRecord(
            receivedAt: Timestamp(microseconds: 1),
            interval: .seconds(30),
            capabilities: [HeartbeatRecord.relay]
        )
        func relay(_ change: (inout HostRecord) -> Void = { _ in }) async -> JSONValue? {
            service.inventory.state.withLock { state in
                guard var record = state.hosts[host] else { return }
                change(&record)
                state.hosts[host] = record
            }
            return await service.call(.get, "/v1/hosts/h1", as: "reader")["relay"]
        }
        #expect(await relay()?["capable"] == .boolean(false))
        let able = await relay { $0.lastHeartbeat = beat }
        #expect(able?["capable"] == .boolean(true) && able?["out_until"] == .null && able?["why"] == .null)
        let now = Timestamp(microseconds: 1_000_000)
        let out = await relay {
            $0.isOut = OutOfExchanges(until: now + .seconds(1), why: "it lied")
        }
        #expect(out?["out_until"]?.text == "1970-01-01T00:00:02.000000Z" && out?["why"] == .string("it lied"))
        let over = await relay { $0.isOut?.until = now }
        #expect(over?["out_until"] == .null && over?["why"] == .null)
    }

    @Test func aHeartbeatMakesAHostUp() async throws {
        let service = TestService()
        try await service.furnish()
        let body = """
            {"interval_seconds":30,"version":"0.1.0","started_at":"2026-01-01T00:00:00Z",
             "disk":{"total_bytes":9,"free_bytes":4},"cache":{"images":1,"bytes":5},
             "images":[{"id":"one","size_bytes":5,"verified":true}],"tasks":2}
            """
        #expect(await service.call(.put, "/v1/hosts/h1/heartbeat", body, as: "agent").status == 200)
        let shown = await service.call(.get, "/v1/hosts/h1")
        #expect(shown["host", "state"] == .string("up"))
        #expect(shown["host", "heartbeat", "disk", "free_bytes"] == .integer(4))
        let stranger = await service.call(.put, "/v1/hosts/nobody/heartbeat", body, as: "agent")
        #expect(stranger.status == 404 && stranger.code == "host_not_found")
        let partial = await service.call(
            .put,
            "/v1/hosts/h1/heartbeat",
            #"{"interval_seconds":0}"#,
            as: "agent"
        )
        #expect(
            partial.fields == [
                "interval_seconds", "version", "started_at", "disk", "cache", "images", "tasks",
            ]
        )
    }

    @Test func hostsAreFilteredByStateLabelsAndWhetherEnabled() async throws {
        let service = TestService()
        for (name, body) in [
            ("a", #"{"labels":{"rack":"r1","gpu":""}}"#), ("b", #"{"labels":{"rack":"r1"},"enabled":false}"#),
            ("c", #"{"labels":{"rack":"r=2"}}"#),
        ] {
            #expect(await service.call(.put, "/v1/hosts/\(name)", body).status == 201)
        }
        for (query, wanted) in [
            ("state=unknown", ["a", "b", "c"]), ("state=down", []), ("enabled=false", ["b"]),
            ("label=rack%3Dr1", ["a", "b"]), ("label=gpu", ["a"]), ("label=rack=r=2", ["c"]),
            ("label=rack&label=gpu=&enabled=true", ["a"]),
        ] {
            let answer = await service.call(.get, "/v1/hosts?\(query)")
            #expect(answer.texts("hosts", "name") == wanted, "\(query)")
        }
        for query in [
            "state=odd", "enabled=1", "label=", "label==x", "label=a=1&label=a=2", "state=up&state=up",
        ] {
            #expect(await service.call(.get, "/v1/hosts?\(query)").code == "bad_request", "\(query)")
        }
    }

    @Test(arguments: ["web%20servers", "w%C3%A9b%20%E2%98%82", "a%25b", "a%2Fb", "1", "+&=", "%2E%2E"])
    func aggregatesMayHaveOddNames(path: String) async {
        let service = TestService()
        let put = await service.call(.put, "/v1/aggregates/\(path)", #"{"metadata":{"ключ":"värde"}}"#)
        #expect(put.status == 201, "\(put.text)")
        let got = await service.call(.get, "/v1/aggregates/\(path)")
        #expect(got["aggregate", "name"] == put["aggregate", "name"])
        #expect(got["aggregate", "metadata", "ключ"] == .string("värde"))
    }

    @Test(arguments: ["%20x", "x%20", "a%0Ab", "a%E2%80%AEb", "%00"])
    func namesThatCouldHarmAreRefused(path: String) async {
        let answer = await TestService().call(.put, "/v1/aggregates/\(path)", "{}")
        #expect([400, 404].contains(answer.status), "\(answer.text)")
    }

    @Test func membershipIsPutAndTaken() async throws {
        let service = TestService()
        try await service.furnish()
        _ = await service.call(.put, "/v1/hosts/h3", "{}")
        for _ in 0..<2 {
            let answer = await service.call(.put, "/v1/aggregates/web/hosts/h3")
            #expect(answer.status == 200)
            #expect(answer["aggregate", "hosts"] == .array([.string("h1"), .string("h2"), .string("h3")]))
        }
        #expect(await service.call(.delete, "/v1/aggregates/1/hosts/h3").status == 200)
        #expect(await service.call(.delete, "/v1/aggregates/1/hosts/h3").code == "not_found")
        #expect(await service.call(.put, "/v1/aggregates/web/hosts/h9").code == "host_not_found")
        #expect(await service.call(.put, "/v1/aggregates/nope/hosts/h1").code == "aggregate_not_found")
    }

    @Test func imagesAreKeptAsGiven() async {
        let service = TestService()
        let hash = String(repeating: "AB", count: 32)
        let body =
            #"{"url":"https://x/y","hash_algorithm":"sha256","hash":"\#(hash)","disk_format":"qcow2","size_bytes":7}"#
        let put = await service.call(.put, "/v1/images/debian-12", body)
        #expect(put.status == 201 && put["image", "hash"] == .string(hash.lowercased()))
        #expect(await service.call(.get, "/v1/images/debian-12")["image", "disk_format"] == .string("qcow2"))
        #expect(await service.call(.delete, "/v1/images/debian-12").status == 204)
        #expect(await service.call(.get, "/v1/images/debian-12").code == "image_not_found")
        #expect(await service.call(.get, "/v1/images/..%2Fetc").status == 400)
    }

    @Test func anInventorySaysWhatItDid() async throws {
        let service = TestService()
        service.inventory.state.withLock {
            $0.changes = [InventoryChange(action: .update, kind: .aggregate, name: "web", fields: ["hosts"])]
        }
        let answer = await service.call(.put, "/v1/inventory?prune=true&dry_run=true", #"{"hosts":[]}"#)
        #expect(
            answer.text
                == #"{"dry_run":true,"changes":[{"action":"update","kind":"aggregate","name":"web","fields":["hosts"]}]}"#
        )
        let applied = try #require(service.inventory.state.withLock { $0.applied.first })
        #expect(applied.prune && applied.dryRun)
        #expect(await service.call(.put, "/v1/inventory?prune=yes", "{}").code == "bad_request")
        service.inventory.fail(with: .notFound("host", "zz"))
        let missing = await service.call(
            .put,
            "/v1/inventory",
            #"{"aggregates":[{"name":"g","hosts":["zz"]}]}"#
        )
        #expect(missing.status == 400 && missing.code == "invalid_input" && missing.fields == ["aggregates"])
    }

    /// Presigned URLs keep their signature in the query.
    @Test func readersDoNotSeeWhatMayBeSecretInAnImagesURL() async {
        let service = TestService()
        let url = "https://s3.example/b/k?X-Amz-Signature=SECRET"
        let body = #"{"url":"\#(url)","allow_unverified":true}"#
        #expect(await service.call(.put, "/v1/images/sig", body)["image", "url"] == .string(url))
        for (role, shown) in [("reader", "https://s3.example/b/k"), ("operator", url), ("admin", url)] {
            #expect(await service.call(.get, "/v1/images/sig", as: role)["image", "url"] == .string(shown))
            let list = await service.call(.get, "/v1/images", as: role)["images"]?.items ?? []
            #expect(list.map { $0["url"]?.text } == [shown], "\(role)")
        }
        #expect(!service.lines.all.contains { "\($0)".contains("SECRET") })
    }

    @Test func everyChangeIsALineWithWhoAndWhat() async throws {
        let service = TestService()
        let image = #"{"url":"http://x/y?sig=SECRET","allow_unverified":true}"#
        service.inventory.state.withLock {
            $0.changes = [
                InventoryChange(action: .add, kind: .host, name: "h9", fields: []),
                InventoryChange(action: .update, kind: .image, name: "i9", fields: ["url"]),
            ]
        }
        let document =
            #"{"hosts":[{"name":"h9","address":"192.0.2.9"}],"images":[{"id":"i9","url":"http://x/9","allow_unverified":true}]}"#
        let calls: [(HTTPRequest.Method, String, String?, String)] = [
            (.put, "/v1/hosts/h1", #"{"address":"192.0.2.1"}"#, "host added"),
            (.put, "/v1/hosts/h1", "{}", "host changed"),
            (.put, "/v1/aggregates/web", "{}", "aggregate added"),
            (.put, "/v1/aggregates/web", "{}", "aggregate changed"),
            (.put, "/v1/aggregates/web/hosts/h1", nil, "host added to aggregate"),
            (.delete, "/v1/aggregates/web/hosts/h1", nil, "host removed from aggregate"),
            (.put, "/v1/images/i1", image, "image added"), (.put, "/v1/images/i1", image, "image changed"),
            (.delete, "/v1/images/i1", nil, "image deleted"),
            (.delete, "/v1/aggregates/1", nil, "aggregate deleted"),
            (.delete, "/v1/hosts/h1", nil, "host deleted"),
        ]
        for (method, path, body, line) in calls {
            let before = service.lines.all.count
            #expect(await service.call(method, path, body).status < 300, "\(method) \(path)")
            let lines = service.lines.all.dropFirst(before)
            #expect(lines.map(\.message) == [line])
            #expect(
                lines.first?.facts["caller"] == "test-admin" && lines.first?.facts["request"] == "req-test"
            )
            _ = await service.call(method, path, body, as: "operator")
            let refused = service.lines.all.dropFirst(before + 1).map(\.message)
            #expect(refused == ["change refused"], "what is refused is no change")
        }
        #expect(service.lines.all.first?.facts["address"] == "192.0.2.1")
        let before = service.lines.all.count
        _ = await service.call(.put, "/v1/inventory?dry_run=true", document)
        #expect(service.lines.all.count == before)
        _ = await service.call(.put, "/v1/inventory", document)
        let lines = service.lines.all.dropFirst(before)
        #expect(lines.map { $0.facts["what"] } == ["h9 at 192.0.2.9:7701", "i9 (url) at http://x/9"])
    }

    @Test func queriesThatNobodyKnowsAreRefusedEverywhere() async throws {
        let service = TestService()
        try await service.furnish()
        for path in [
            "/v1/hosts", "/v1/hosts/h1", "/v1/aggregates", "/v1/aggregates/web", "/v1/images",
            "/v1/images/one",
        ] {
            let answer = await service.call(.get, path + "?colour=red")
            #expect(answer.status == 400 && answer.fields == ["colour"], "\(path)")
        }
    }
}
