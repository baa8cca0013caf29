import PrecacheModel
import Testing

@testable import AgentApp

/// What a heartbeat leaves out, by what the service has answered before.
@Suite struct HeartbeatMemoryTests {
    private func beat(_ images: [HeartbeatImage]) -> HeartbeatRecord {
        HeartbeatRecord(receivedAt: .now(), interval: .seconds(30), cacheImages: images.count, images: images)
    }

    private func image(_ id: String, damaged: Bool = false) throws -> HeartbeatImage {
        HeartbeatImage(id: try ImageID(id), sizeBytes: 1, isVerified: true, isDamaged: damaged)
    }

    /// One heartbeat as it is sent, and whether the answer asks for the list.
    private func send(
        _ memory: inout HeartbeatMemory,
        _ images: [HeartbeatImage],
        leases: String? = nil,
        _ answer: HeartbeatAnswer?
    ) -> (sent: HeartbeatRecord, wantsList: Bool) {
        var beat = beat(images)
        memory.fit(&beat, leasesMark: leases)
        return (beat, memory.note(answer, to: beat))
    }

    @Test func anOlderServiceGetsWhatItKnows() throws {
        var memory = HeartbeatMemory()
        let many = try (0..<1_200).map { try image("i\($0)") } + [image("wrong", damaged: true)]
        for _ in 0..<2 {
            let (sent, wantsList) = send(&memory, many, leases: "l", nil)
            #expect(!wantsList && sent.listsImages && sent.imagesMark == nil && sent.leasesMark == nil)
            let isFirstThousand = sent.images == Array(many.prefix(1_000))
            #expect(isFirstThousand)
        }
        #expect(send(&memory, [try image("a", damaged: true)], nil).sent.images == [])
    }

    @Test func aNamedListIsLeftOutUntilItChanges() throws {
        var memory = HeartbeatMemory()
        let (one, two) = ([try image("a")], try [image("a"), image("b", damaged: true)])
        #expect(send(&memory, one, HeartbeatAnswer(imagesMark: "1")).sent.listsImages)
        for _ in 0..<2 {
            let sent = send(&memory, one, leases: "l", HeartbeatAnswer(imagesMark: "1")).sent
            #expect(!sent.listsImages && sent.images == [] && sent.imagesMark == "1")
            #expect(sent.leasesMark == "l")
        }
        let changed = send(&memory, two, HeartbeatAnswer(imagesMark: "2")).sent
        #expect(changed.listsImages && changed.images == two && changed.imagesMark == nil)
        #expect(send(&memory, two, HeartbeatAnswer(imagesMark: "2")).sent.imagesMark == "2")
    }

    @Test func aMarkThatIsNotKnownBringsTheListAtOnce() throws {
        var memory = HeartbeatMemory()
        let images = [try image("a")]
        _ = send(&memory, images, HeartbeatAnswer(imagesMark: "1"))
        #expect(send(&memory, images, HeartbeatAnswer(wantsImages: true)).wantsList)
        // A service that asks for what it has just got isn't asked again without end.
        let again = send(&memory, images, HeartbeatAnswer(imagesMark: "1", wantsImages: true))
        #expect(again.sent.listsImages && !again.wantsList)
        #expect(send(&memory, images, HeartbeatAnswer()).sent.listsImages)
    }

    @Test func aServiceThatBecameOlderGetsTheListAgain() throws {
        var memory = HeartbeatMemory()
        let images = [try image("a")]
        _ = send(&memory, images, HeartbeatAnswer(imagesMark: "1"))
        _ = send(&memory, images, nil)
        let sent = send(&memory, images, leases: "l", nil).sent
        #expect(sent.listsImages && sent.imagesMark == nil && sent.leasesMark == nil)
    }

    @Test func moreThanAHeartbeatHoldsIsCut() throws {
        var memory = HeartbeatMemory()
        _ = send(&memory, [], HeartbeatAnswer())
        let many = try (0...HeartbeatRecord.mostImages).map { try image("i\($0)") }
        #expect(send(&memory, many, HeartbeatAnswer(imagesMark: "1")).sent.images.count == 20_000)
        #expect(send(&memory, many, HeartbeatAnswer(imagesMark: "1")).sent.imagesMark == "1")
    }
}
