import PrecacheAPI
import PrecacheModel
import Testing

/// What agent and service say to each other at each heartbeat.
struct HeartbeatTests {
    private static func beat() throws -> HeartbeatRecord {
        HeartbeatRecord(
            receivedAt: Timestamp(microseconds: 1_764_000_000_000_000),
            interval: .seconds(30),
            version: "1.2.3",
            startedAt: Timestamp(microseconds: 1_763_000_000_000_001),
            diskTotalBytes: 100,
            diskFreeBytes: 40,
            cacheImages: 1,
            cacheBytes: 60,
            cacheDamaged: 2,
            tasks: 3,
            images: [
                HeartbeatImage(id: try ImageID("u"), sizeBytes: 60, isVerified: true),
                HeartbeatImage(id: try ImageID("v"), sizeBytes: 61, isVerified: false, isDamaged: true),
            ]
        )
    }

    @Test func aHeartbeatIsWhatTheServiceReads() throws {
        var beat = try Self.beat()
        var problems = InputProblems()
        let body = try JSONParser.parse(beat.body())
        #expect(HeartbeatRecord(body, receivedAt: beat.receivedAt, &problems) == beat, "\(problems.list)")
        (beat.images, beat.listsImages, beat.imagesMark, beat.leasesMark) = ([], false, "i", "l")
        let short = try JSONParser.parse(beat.body())
        #expect(HeartbeatRecord(short, receivedAt: beat.receivedAt, &problems) == beat, "\(problems.list)")
    }

    /// A service from before there were any takes no member that it doesn't know.
    @Test func whatIsNewIsLeftOutWhereThereIsNone() throws {
        var beat = try Self.beat()
        beat.images.removeLast()
        let text = String(decoding: beat.body(), as: UTF8.self)
        #expect(!text.contains("mark") && !text.contains(#""damaged":true"#), "\(text)")
    }

    @Test func aListMayBeMissingWhereItsMarkIsGiven() throws {
        var beat = try Self.beat()
        beat.listsImages = false
        var problems = InputProblems()
        #expect(HeartbeatRecord(try JSONParser.parse(beat.body()), receivedAt: .now(), &problems) == nil)
        #expect(problems.list == [FieldProblem("images", "is missing")])
    }

    @Test(arguments: [true, false])
    func anAnswerIsWhatTheAgentReads(hasLeases: Bool) throws {
        let set = LeaseSet(
            mark: "set-1",
            duration: .seconds(604_800),
            leases: [
                ImageLease(image: try ImageID("u"), policies: ["web-base", "späť"]),
                ImageLease(image: try ImageID("v"), policies: []),
            ],
            removals: [
                ImageRemoval(image: try ImageID("w"), successors: [try ImageID("u"), try ImageID("v")]),
                ImageRemoval(image: try ImageID("x")),
            ]
        )
        let answer = HeartbeatAnswer(
            imagesMark: hasLeases ? "list-1" : nil,
            wantsImages: !hasLeases,
            leases: hasLeases ? set : nil
        )
        var problems = InputProblems()
        #expect(HeartbeatAnswer(try JSONParser.parse(answer.body()), &problems) == answer, "\(problems.list)")
    }

    @Test func anAnswerOfANewerServiceIsRead() throws {
        let text =
            #"{"news":[1],"leases":{"mark":"m","seconds":1,"images":[{"id":"u","policies":["a"],"x":1}],"y":{}}}"#
        var problems = InputProblems()
        let answer = HeartbeatAnswer(try JSONParser.parse(Array(text.utf8)), &problems)
        #expect(answer?.leases?.leases.map(\.image.text) == ["u"], "\(problems.list)")
    }

    @Test(arguments: [
        (#"{"images_mark":7}"#, "images_mark"),
        (#"{"wants_images":"yes"}"#, "wants_images"),
        (#"{"leases":[]}"#, "leases"),
        (#"{"leases":{"mark":"m","seconds":0,"images":[]}}"#, "leases.seconds"),
        (#"{"leases":{"mark":"","seconds":1,"images":[]}}"#, "leases.mark"),
        (#"{"leases":{"mark":"m","seconds":1}}"#, "leases.images"),
        (
            #"{"leases":{"mark":"m","seconds":1,"images":[{"id":"../x","policies":[]}]}}"#,
            "leases.images[0].id"
        ),
        (#"{"leases":{"mark":"m","seconds":1,"images":[],"remove":[3]}}"#, "leases.remove[0]"),
    ])
    func aWrongAnswerIsRefusedAsAWhole(text: String, place: String) throws {
        var problems = InputProblems()
        #expect(HeartbeatAnswer(try JSONParser.parse(Array(text.utf8)), &problems) == nil)
        #expect(problems.list.map(\.field) == [place])
    }
}
