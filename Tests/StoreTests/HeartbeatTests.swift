import PrecacheModel
import Testing

@testable import Store

/// Heartbeats: seen at once, written in groups, kept when the disk is full.
@Suite(.timeLimit(.minutes(10)))
struct HeartbeatTests {
    private func beat(_ second: Int64, images: [String] = []) throws -> HeartbeatRecord {
        HeartbeatRecord(
            receivedAt: Timestamp(microseconds: second * 1_000_000),
            interval: .seconds(30),
            version: "0.1.0",
            startedAt: Timestamp(microseconds: 5),
            diskTotalBytes: 100,
            diskFreeBytes: 50,
            cacheImages: images.count,
            cacheBytes: 7,
            tasks: 2,
            images: try images.map { HeartbeatImage(id: try ImageID($0), sizeBytes: 3, isVerified: true) }
        )
    }

    private func stored(_ fixture: InventoryFixture) async throws -> [Int64] {
        try await fixture.engine.read { database in
            try database.all("SELECT received_at / 1000000 FROM heartbeat ORDER BY host_id") {
                $0[0] as Int64
            }
        }
    }

    @Test func isSeenAtOnceAndDurableAfterAFlush() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        let first = try beat(100, images: ["a", "b"])
        try await fixture.inventory.recordHeartbeat(first, of: name)
        #expect(try await fixture.inventory.host(name)?.lastHeartbeat == first)
        var bare = first
        bare.images = []
        #expect(try await fixture.inventory.hosts(PageRequest()).items.first?.lastHeartbeat == bare)
        #expect(try await stored(fixture) == [])
        try await fixture.inventory.flushHeartbeats()
        #expect(try await stored(fixture) == [100])
        let reader = StoredInventory(engine: fixture.engine)
        #expect(try await reader.host(name)?.lastHeartbeat == stored(first))
    }

    /// A heartbeat as it is read from the database, when none was written before.
    private func stored(_ beat: HeartbeatRecord) -> HeartbeatRecord {
        var beat = beat
        for place in beat.images.indices { beat.images[place].since = beat.receivedAt }
        return beat
    }

    @Test func theNewestCountsAndUnchangedImagesAreNotRewritten() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        for second in [100, 101, 102] as [Int64] {
            try await fixture.inventory.recordHeartbeat(try beat(second, images: ["a"]), of: name)
        }
        try await fixture.inventory.flushHeartbeats()
        try await fixture.engine.write(.rare) { database, _ in
            try database.script("UPDATE heartbeat_images SET images = '[]'")
        }
        try await fixture.inventory.recordHeartbeat(try beat(130, images: ["a"]), of: name)
        try await fixture.inventory.flushHeartbeats()
        #expect(try await stored(fixture) == [130])
        // Still what the test wrote: the list was the same, so it wasn't written again.
        #expect(try await fixture.inventory.host(name)?.lastHeartbeat?.images == [])
        try await fixture.inventory.recordHeartbeat(try beat(160, images: ["a", "c"]), of: name)
        try await fixture.inventory.flushHeartbeats()
        #expect(try await fixture.inventory.host(name)?.lastHeartbeat?.images.map(\.id.text) == ["a", "c"])
    }

    @Test func whatAnAgentCanIsWrittenAtOnceIfItHasChanged() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        var seen: [[Int64]] = []
        for (second, can) in [(100, []), (101, ["a", "b"]), (102, ["a", "b"]), (103, ["a"])]
            as [(Int64, [String])]
        {
            var beat = try beat(second)
            beat.capabilities = can
            try await fixture.inventory.recordHeartbeat(beat, of: name)
            seen.append(try await stored(fixture))
        }
        #expect(seen == [[], [101], [101], [103]])
        // A process that has heard nothing yet knows what is written.
        let later = StoredInventory(engine: fixture.engine)
        #expect(try await later.host(name)?.lastHeartbeat?.capabilities == ["a"])
        var same = try beat(200)
        same.capabilities = ["a"]
        try await later.recordHeartbeat(same, of: name)
        #expect(try await stored(fixture) == [103])
    }

    @Test func unknownAndDeletedHostsAreRefused() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        let beat = try beat(1)
        let unknown = await #expect(throws: StoreError.self) {
            try await fixture.inventory.recordHeartbeat(beat, of: name)
        }
        #expect(unknown == StoreError.notFound("host", "h"))
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        try await fixture.inventory.recordHeartbeat(beat, of: name)
        try await fixture.inventory.deleteHost(name)
        try await fixture.inventory.flushHeartbeats()
        #expect(try await stored(fixture) == [])
        let deleted = await #expect(throws: StoreError.self) {
            try await fixture.inventory.recordHeartbeat(beat, of: name)
        }
        #expect(deleted == StoreError.notFound("host", "h"))
    }

    @Test func aFailedFlushIsMadeGoodByTheNext() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        try await fixture.inventory.recordHeartbeat(try beat(100, images: ["a"]), of: name)
        try await fixture.engine.write(.rare) { database, _ in
            try database.script(
                TestDatabase.isPostgres
                    ? "ALTER TABLE heartbeat ADD CONSTRAINT no_room CHECK (received_at < 0)"
                    : "CREATE TRIGGER no_room BEFORE INSERT ON heartbeat BEGIN SELECT RAISE(ABORT, 'no room'); END"
            )
        }
        await #expect(throws: StoreError.self) { try await fixture.inventory.flushHeartbeats() }
        #expect(try await stored(fixture).isEmpty)
        let now = try beat(100).receivedAt
        let counted = try await fixture.engine.read { [inventory = fixture.inventory] database in
            var statistics = ServiceStatistics()
            try inventory.countHosts(database, now: now, in: &statistics)
            return statistics.hosts
        }
        #expect(counted == [.up: 1, .down: 0, .unknown: 0], "nobody is silent for that")
        try await fixture.engine.write(.rare) { database, _ in
            try database.script(
                TestDatabase.isPostgres
                    ? "ALTER TABLE heartbeat DROP CONSTRAINT no_room" : "DROP TRIGGER no_room"
            )
        }
        try await fixture.inventory.flushHeartbeats()
        #expect(try await stored(fixture) == [100])
    }

    /// Where the disk takes no writes for a while, no host is silent for that.
    @Test func aSightingIsOfTheNewestHeartbeatWrittenOrNot() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        try await fixture.inventory.recordHeartbeat(try beat(100), of: name)
        try await fixture.inventory.flushHeartbeats()
        try await fixture.inventory.recordHeartbeat(try beat(200), of: name)
        let seen = try await fixture.inventory.sightings().map(\.receivedAt)
        #expect(seen == [try beat(200).receivedAt])
        #expect(try await stored(fixture) == [100])
    }

    @Test func theLastOnesAreWrittenWhenTheKeeperIsStopped() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        try await fixture.inventory.recordHeartbeat(try beat(7), of: name)
        let keeper = Task {
            await fixture.inventory.keepHeartbeats(every: .seconds(3_600)) { #expect($0 == nil) }
        }
        keeper.cancel()
        await keeper.value
        #expect(try await stored(fixture) == [7])
    }

    /// Another process that takes heartbeats.
    private func second(_ fixture: InventoryFixture) -> StoredInventory {
        StoredInventory(engine: fixture.engine, clock: fixture.inventory.clock)
    }

    @Test func aHostThatAlternatesLeavesNoOldListOfImages() async throws {
        let fixture = try await InventoryFixture()
        let other = second(fixture)
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        for (second, inventory, images) in [
            (100, fixture.inventory, ["a"]), (101, other, ["b"]), (102, fixture.inventory, ["a"]),
        ] as [(Int64, StoredInventory, [String])] {
            try await inventory.recordHeartbeat(try beat(second, images: images), of: name)
            try await inventory.flushHeartbeats()
        }
        let reader = second(fixture)
        #expect(try await reader.host(name)?.lastHeartbeat?.images.map(\.id.text) == ["a"])
    }

    @Test(.enabled(if: TestDatabase.isPostgres, "one process alone has SQLite's file"))
    func theNewestCountsWhoeverTookIt() async throws {
        let fixture = try await InventoryFixture()
        let (one, other) = (fixture.inventory, second(fixture))
        let name = try HostName("h")
        _ = try await one.putHost(HostEntry(name: name))
        var old = try beat(100, images: ["a"])
        old.capabilities = ["relay"]
        try await one.recordHeartbeat(old, of: name)
        let new = try beat(130, images: ["b"])
        try await other.recordHeartbeat(new, of: name)
        try await other.flushHeartbeats()
        // What memory has is older than the row now, and is flushed too late.
        #expect(try await one.host(name)?.lastHeartbeat == stored(new))
        #expect(try await one.sightings().map(\.receivedAt) == [new.receivedAt])
        let id = try #require(try await one.host(name)?.id)
        let seen = try await fixture.engine.read { try one.reachable($0, [id], now: new.receivedAt)[id] }
        #expect(seen?.heartbeatAt == new.receivedAt && seen?.exchanges == false)
        try await one.flushHeartbeats()
        #expect(try await stored(fixture) == [130])
        #expect(try await second(fixture).host(name)?.lastHeartbeat == stored(new))
    }

    @Test(.enabled(if: TestDatabase.isPostgres, "one process alone has SQLite's file"))
    func whatWasStoredByAClockThatWasSetBackYields() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        // The fixture's clock stands at 1,800,000,000.
        for second in [1_800_003_600, 1_800_000_005] as [Int64] {
            try await fixture.inventory.recordHeartbeat(try beat(second), of: name)
            try await fixture.inventory.flushHeartbeats()
            #expect(try await stored(fixture) == [second])
        }
    }

    @Test(.enabled(if: TestDatabase.isPostgres, "one process alone has SQLite's file"))
    func aHostThatAnotherDeletedIsRefusedOnceThatIsNoticed() async throws {
        let fixture = try await InventoryFixture()
        let other = second(fixture)
        let name = try HostName("h")
        _ = try await fixture.inventory.putHost(HostEntry(name: name))
        try await fixture.inventory.recordHeartbeat(try beat(100), of: name)
        try await fixture.inventory.flushHeartbeats()
        try await other.deleteHost(name)
        _ = try await other.putHost(HostEntry(name: name))
        // Its number is another one now: the first heartbeat finds that out as it is written, the second has the new one.
        for second in [130, 160] as [Int64] {
            try await fixture.inventory.recordHeartbeat(try beat(second), of: name)
            try await fixture.inventory.flushHeartbeats()
        }
        #expect(try await stored(fixture) == [160])
        try await other.deleteHost(name)
        // The fixture's clock goes on by a second at each look.
        for _ in 0..<60 { _ = fixture.inventory.clock() }
        let late = try beat(190)
        let refused = await #expect(throws: StoreError.self) {
            try await fixture.inventory.recordHeartbeat(late, of: name)
        }
        #expect(refused == StoreError.notFound("host", "h"))
    }
}
