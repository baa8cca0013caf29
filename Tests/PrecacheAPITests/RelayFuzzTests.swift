import PrecacheAPI
import PrecacheModel
import TestSupport
import Testing

/// What hosts send each other, and what the service orders of them, with random changes: refused or read, and within bounds.
@Suite struct RelayFuzzTests {
    private static let pieces = 500

    private static let warrant = SeedWarrant(
        certificate: "-----BEGIN CERTIFICATE-----\nMII=",
        signature: "c2ln"
    )

    @Test func aNeighboursLineIsReadWithinBoundsOrRefused() throws {
        let lines: [RelayLine] = [
            .have([0...3, 5...5, 100...Self.pieces - 1]), .beat,
            .seed(try HostName("compute-1"), certificate: "-----BEGIN", Self.warrant),
        ]
        var read = 0
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            let line = random.mutated(lines[Int(seed) % lines.count].line())
            guard let found = try? RelayLine.read(line, pieces: Self.pieces) else { continue }
            read += 1
            switch found {
            case .beat: break
            case .seed(_, let certificate, let warrant):
                #expect(certificate.utf8.count <= RelayLine.longestCertificate, "seed \(seed)")
                #expect(warrant.signature.utf8.count <= 2_048, "seed \(seed)")
            case .have(let rows):
                let isOrdered = zip(rows, rows.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }
                let areThere = rows.allSatisfy { 0 <= $0.lowerBound && $0.upperBound < Self.pieces }
                #expect(isOrdered && areThere, "seed \(seed): \(rows)")
            }
        }
        #expect(read > 1_000, "changes that leave nothing to be read prove nothing: \(read)")
    }

    @Test(arguments: [
        #"{"have":[[3,2]]}"#, #"{"have":[[-1,2]]}"#, #"{"have":[[0,500]]}"#, #"{"have":[[0,1,2]]}"#,
        #"{"have":[0]}"#,
        #"{"have":[[0,1],[1,2]]}"#, #"{"have":[[5,6],[1,2]]}"#, #"{"have":{}}"#, #"{"seed":"compute-1"}"#,
        "[]", "",
        #"{"seed":"compute-1","certificate":"","warrant":{"certificate":"c","signature":"s"}}"#,
    ])
    func aLineThatBreaksTheProtocolIsRefused(line: String) {
        #expect(throws: AgentLineError.self) { try RelayLine.read(Array(line.utf8), pieces: Self.pieces) }
    }

    @Test func everyLineSurvivesItsText() throws {
        let lines: [RelayLine] = [
            .have([0...0, 7...499]), .beat, .seed(try HostName("compute-1"), certificate: "c", Self.warrant),
        ]
        for line in lines { #expect(try RelayLine.read(line.line(), pieces: Self.pieces) == line) }
        let many = (0..<5_000).map { $0 * 2...$0 * 2 }
        var splitter = LineSplitter(limit: RelayLine.longest)
        let read = try splitter.take(RelayLine.lines(have: many)).compactMap {
            try RelayLine.read($0, pieces: 10_000)
        }
        let rows = read.flatMap { line -> [ClosedRange<Int>] in
            if case .have(let rows) = line { rows } else { [] }
        }
        let areSame = rows == many
        #expect(areSame && read.count == 3)
    }

    @Test func anOrderIsReadWithinBoundsOrRefused() throws {
        let job = try JobID("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b")
        let place = AgentPlace(host: try HostName("compute-9"), address: "10.0.0.9", port: 7_701)
        var image = OrderedImage(
            ImageReference(
                id: try ImageID("one"),
                name: nil,
                url: "http://images/one",
                sizeBytes: 5,
                digest: try Digest(.sha256, hex: String(repeating: "ab", count: 32)),
                diskFormat: .raw,
                allowsUnverified: false
            )
        )
        image.relay = RelayOrder(
            ticket: String(repeating: "t", count: 43),
            pieceBytes: 1 << 20,
            seed: SeedPart(index: 1, count: 2, warrant: Self.warrant),
            neighbours: [RelayNeighbour(place: place, isFar: true)],
            serve: .seconds(600)
        )
        let task = AgentTask(
            id: TaskID(job: job, host: 7),
            job: job,
            attempt: 1,
            timeout: .seconds(60),
            images: [image]
        )
        var read = 0
        for seed in 0..<10_000 as Range<UInt64> {
            var (random, problems) = (SplitMix(seed: seed), InputProblems())
            guard let body = try? JSONParser.parse(random.mutated(task.body())),
                let order = AgentTask(id: task.id, body, &problems), problems.isEmpty
            else { continue }
            read += 1
            for relay in order.images.compactMap(\.relay) {
                #expect(relay.ticket.utf8.count == 43 && relay.neighbours.count <= 32, "seed \(seed)")
                #expect(PieceLayout.lengths.contains(relay.pieceBytes), "seed \(seed)")
                #expect(relay.seed.map { $0.index < $0.count && $0.count <= 64 } ?? true, "seed \(seed)")
            }
        }
        #expect(read > 100, "\(read)")
    }
}
