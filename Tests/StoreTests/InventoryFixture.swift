import PrecacheModel
import Store
import Synchronization

/// An inventory in a directory of its own, with a clock that tests set.
final class InventoryFixture: Sendable {
    let database: TestDatabase
    let engine: any StoreEngine
    let inventory: StoredInventory

    init(readers: Int = 4) async throws {
        database = try TestDatabase()
        engine = try await database.open(readers: readers)
        let clock = FixtureClock()
        // The inventory keeps its directory, also where a test keeps nothing but the inventory.
        inventory = StoredInventory(engine: engine, clock: { [database] in clock.next(in: database) })
    }

    static func image(_ id: String, url: String = "http://images.example/a") throws -> ImageReference {
        ImageReference(
            id: try ImageID(id),
            name: nil,
            url: url,
            sizeBytes: 5,
            digest: try Digest(.sha512, hex: String(repeating: "0f", count: 64)),
            diskFormat: .raw,
            allowsUnverified: false
        )
    }

    /// Hosts `h0`… in the aggregates `a` (all of them) and `b` (none), and an image.
    static func document(hosts: Int) throws -> InventoryDocument {
        let entries = try (0..<hosts).map { HostEntry(name: try HostName("h\($0)"), labels: ["n": "\($0)"]) }
        return InventoryDocument(
            hosts: entries,
            aggregates: [
                .init(
                    entry: AggregateEntry(name: try AggregateName("a"), metadata: ["k": "v"]),
                    hosts: entries.map(\.name)
                ),
                .init(entry: AggregateEntry(name: try AggregateName("b"), availabilityZone: "z"), hosts: nil),
            ],
            images: [try image("i")]
        )
    }
}

/// A clock that goes on by a second at each look.
final class FixtureClock: Sendable {
    private let reading = Mutex(Timestamp(microseconds: 1_800_000_000_000_000))
    func next(in database: TestDatabase) -> Timestamp {
        reading.withLock { now in
            now = now + .seconds(1)
            return now
        }
    }
}
