import PrecacheAPI
import PrecacheModel
import Testing

@Suite struct AgentTaskTests {
    private func task(keep: Duration? = nil) throws -> AgentTask {
        let job = try JobID("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b")
        return AgentTask(
            id: TaskID(job: job, host: 7),
            job: job,
            attempt: 3,
            timeout: .milliseconds(1_799_001),
            keep: keep,
            images: [
                OrderedImage(
                    ImageReference(
                        id: try ImageID("one"),
                        name: nil,
                        url: "http://images/one?sig=secret",
                        sizeBytes: 5,
                        digest: try Digest(.sha256, hex: String(repeating: "ab", count: 32)),
                        diskFormat: .qcow2,
                        allowsUnverified: false
                    )
                ),
                OrderedImage(
                    ImageReference(
                        id: try ImageID("two"),
                        name: "The \"second\"",
                        url: "https://images/two",
                        sizeBytes: nil,
                        digest: nil,
                        diskFormat: .raw,
                        allowsUnverified: true
                    ),
                    sources: [
                        ImageSource(url: "https://images/two", headers: ["X-B": "b", "X-Auth-Token": "t"])
                    ]
                ),
            ]
        )
    }

    @Test func isWhatAnAgentReads() throws {
        var task = try task()
        var problems = InputProblems()
        let read = AgentTask(id: task.id, try JSONParser.parse(task.body()), &problems)
        #expect(problems.isEmpty, "\(problems.list)")
        task.timeout = .seconds(1_800)
        #expect(read == task)
    }

    private func relayed(seed: SeedPart?) throws -> AgentTask {
        var task = try task()
        task.timeout = .seconds(1_800)
        let place = AgentPlace(host: try HostName("compute-9"), address: "fd00::9", port: 7701)
        task.images[0].relay = RelayOrder(
            ticket: String(repeating: "t", count: 43),
            pieceBytes: 1 << 20,
            seed: seed,
            neighbours: [RelayNeighbour(place: place, isFar: true)],
            serve: .seconds(600)
        )
        if seed == nil {
            task.images[0].sources = []
            task.images[0].reference.url = ""
        }
        return task
    }

    private static let seed = SeedPart(
        index: 1,
        count: 2,
        warrant: SeedWarrant(certificate: "-----BEGIN CERTIFICATE-----", signature: "c2lnbmF0dXJl")
    )

    @Test(arguments: [nil, Self.seed])
    func howAnImageIsExchangedTravelsWithIt(seed: SeedPart?) throws {
        let task = try relayed(seed: seed)
        var problems = InputProblems()
        let read = AgentTask(id: task.id, try JSONParser.parse(task.body()), &problems)
        #expect(problems.isEmpty, "\(problems.list)")
        #expect(read == task)
    }

    @Test(arguments: [
        ("\"piece_bytes\":1048576", "\"piece_bytes\":1048577", "images[0].relay.piece_bytes"),
        ("\"piece_bytes\":1048576", "\"piece_bytes\":1024", "images[0].relay.piece_bytes"),
        ("tttt\"", "tttttttt\"", "images[0].relay.ticket"),
        ("\"size_bytes\":5", "\"size_bytes\":null", "images[0].relay"),
        ("compute-9", "compute 9", "images[0].relay.neighbours[0].host"),
        ("\"signature\":\"c2ln", "\"signature\":7,\"x\":\"", "images[0].relay.seed.warrant.signature"),
        ("-----BEGIN", String(repeating: "-", count: 16_384), "images[0].relay.seed.warrant.certificate"),
        ("\"index\":1", "\"index\":2", "images[0].relay.seed.index"),
        ("7701", "77010", "images[0].relay.neighbours[0].port"),
        ("\"far\":true", "\"far\":1", "images[0].relay.neighbours[0].far"),
    ])
    func whatIsWrongOfARelayIsNamed(from: String, to: String, field: String) throws {
        let task = try relayed(seed: Self.seed)
        let text = String(decoding: task.body(), as: UTF8.self).replacing(from, with: to)
        var problems = InputProblems()
        _ = AgentTask(id: task.id, try JSONParser.parse(Array(text.utf8)), &problems)
        #expect(problems.list.first?.field == field)
        #expect(
            Set(problems.list.map(\.field)).subtracting([field, "images[0].relay.seed.warrant.x"]).isEmpty
        )
    }

    @Test func theHostThatIsMeantTravelsWithIt() throws {
        var task = try task()
        task.host = try HostName("compute-1")
        task.timeout = .seconds(1_800)
        var problems = InputProblems()
        let read = AgentTask(id: task.id, try JSONParser.parse(task.body()), &problems)
        #expect(problems.isEmpty && read == task)
        let wrong = String(decoding: task.body(), as: UTF8.self).replacing("compute-1", with: "compute 1")
        #expect(AgentTask(id: task.id, try JSONParser.parse(Array(wrong.utf8)), &problems) == nil)
        #expect(problems.list.map(\.field) == ["host"])
    }

    /// The members, their order and their `null`s are the protocol's: an older agent reads them too.
    @Test func isWrittenAsEverBefore() throws {
        let digest = String(repeating: "ab", count: 32)
        #expect(
            String(decoding: try task(keep: .seconds(9)).body(), as: UTF8.self) == """
                {"job_id":"1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b","attempt":3,"timeout_seconds":1800,\
                "keep_seconds":9,"images":[{"id":"one","name":null,"size_bytes":5,\
                "hash_algorithm":"sha256","hash":"\(digest)","disk_format":"qcow2",\
                "allow_unverified":false,"sources":[{"url":"http://images/one?sig=secret","headers":{}}]},\
                {"id":"two","name":"The \\"second\\"","size_bytes":null,"hash_algorithm":null,"hash":null,\
                "disk_format":"raw","allow_unverified":true,"sources":[{"url":"https://images/two",\
                "headers":{"X-Auth-Token":"t","X-B":"b"}}]}]}
                """
        )
    }

    /// An agent from before there were pins refuses fields that it doesn't know.
    @Test func saysHowLongToKeepOnlyWhereThatWasAskedFor() throws {
        #expect(!String(decoding: try task().body(), as: UTF8.self).contains("keep_seconds"))
        let task = try task(keep: .seconds(604_800))
        var problems = InputProblems()
        let read = AgentTask(id: task.id, try JSONParser.parse(task.body()), &problems)
        #expect(problems.isEmpty && read?.keep == .seconds(604_800))
    }

    @Test func sameImageTwiceOrNoDigestIsRefusedWithThePlace() throws {
        let image = #"{"id":"u","sources":[{"url":"http://i/u"}]}"#
        let body = #"{"job_id":"1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b","attempt":1,"timeout_seconds":1,"#
        let text = body + "\"images\":[\(image),\(image),7]}"
        var problems = InputProblems()
        let read = AgentTask(id: try TaskID("t"), try JSONParser.parse(Array(text.utf8)), &problems)
        #expect(read == nil)
        #expect(
            problems.list.map(\.field) == ["images[0].hash", "images[1].hash", "images[2]", "images[1].id"]
        )
    }

    @Test(arguments: ["", "a/b", "a b", String(repeating: "x", count: 129)])
    func aTasksNameIsChecked(text: String) {
        #expect(throws: InvalidValue.self) { try TaskID(text) }
    }
}
