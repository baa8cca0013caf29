import GRDB
import Inventory
import PrecacheModel
import Synchronization
import Testing
import TextForms

/// Aggregates as Nova's API changes them.
@Suite(.timeLimit(.minutes(1)))
struct AggregateEditTests {
    private func make(
        _ inventory: SQLiteInventory,
        _ name: String,
        zone: String? = nil
    ) async throws -> AggregateRecord {
        let entry = AggregateEntry(name: try AggregateName(name), availabilityZone: zone)
        return try await inventory.createAggregate(entry).get()
    }

    @Test func `what is there already or isn't is refused`() async throws {
        let inventory = try await InventoryFixture().inventory
        let web = try await make(inventory, "web")
        let taken = try AggregateName("web")
        #expect(
            try await inventory.createAggregate(AggregateEntry(name: taken)) == .failure(.nameTaken(taken))
        )
        let other = try await make(inventory, "other")
        #expect(
            try await inventory.editAggregate(other.id, .init(name: taken)) == .failure(.nameTaken(taken))
        )
        #expect(try await inventory.editAggregate(99, .init()) == .failure(.noAggregate))
        let host = try HostName("h")
        #expect(try await inventory.admitMember(host, to: web.id) == .failure(.noHost))
        _ = try await inventory.putHost(HostEntry(name: host))
        #expect(try await inventory.admitMember(host, to: 99) == .failure(.noAggregate))
        #expect(try await inventory.dismissMember(host, from: web.id) == .failure(.notMember))
        #expect(try await inventory.admitMember(host, to: web.id).get().hosts == [host])
        #expect(try await inventory.admitMember(host, to: web.id) == .failure(.alreadyMember))
        #expect(try await inventory.deleteEmptyAggregate(web.id) == .failure(.notEmpty))
        #expect(try await inventory.dismissMember(host, from: web.id).get().hosts == [])
        #expect(try await inventory.deleteEmptyAggregate(web.id) == .success(taken))
        #expect(try await inventory.deleteEmptyAggregate(web.id) == .failure(.noAggregate))
        // Numbers are never used again.
        #expect(try await make(inventory, "web").id > other.id)
    }

    @Test func `an edit changes what it names, all of it or nothing`() async throws {
        let inventory = try await InventoryFixture().inventory
        let made = try await make(inventory, "web", zone: "z1")
        #expect(made.updatedAt == made.createdAt)
        let set = try await inventory.editAggregate(made.id, .init(metadata: ["a": "1", "b": "2"])).get()
        #expect(set.entry.metadata == ["a": "1", "b": "2"] && set.entry.availabilityZone == "z1")
        let cleared = try await inventory.editAggregate(made.id, .init(metadata: ["a": nil, "c": "3"])).get()
        #expect(cleared.entry.metadata == ["b": "2", "c": "3"])
        let same = try await inventory.editAggregate(made.id, .init()).get()
        #expect(same.updatedAt > cleared.updatedAt && same.entry == cleared.entry)
        let refused = try await inventory.editAggregate(
            made.id,
            .init(name: try AggregateName("new"), zone: .empty)
        )
        #expect(refused == .failure(.emptyZone(try AggregateName("new"))))
        #expect(try await inventory.aggregate(id: made.id)?.name.text == "web")
        // The routes by name see it at once.
        #expect(try await inventory.aggregate(AggregateKey("web"))?.entry == same.entry)
    }

    @Test func `a host is in one zone at most`() async throws {
        let inventory = try await InventoryFixture().inventory
        let host = try HostName("h")
        _ = try await inventory.putHost(HostEntry(name: host))
        let (first, second, third) = (
            try await make(inventory, "a", zone: "z1"), try await make(inventory, "b", zone: "z2"),
            try await make(inventory, "c")
        )
        _ = try await inventory.admitMember(host, to: first.id).get()
        #expect(try await inventory.admitMember(host, to: second.id) == .failure(.zoneConflict(["z1"])))
        _ = try await inventory.admitMember(host, to: third.id).get()
        #expect(
            try await inventory.editAggregate(third.id, .init(zone: .set("z2")))
                == .failure(.zoneConflict(["z1"]))
        )
        #expect(try await inventory.editAggregate(third.id, .init(zone: .set("z1"))).get().hosts == [host])
        #expect(
            try await inventory.editAggregate(first.id, .init(zone: .set("z9")))
                == .failure(.zoneConflict(["z1"]))
        )
        #expect(try await inventory.computeHosts().map(\.zones) == [["z1"]])
    }

    @Test func `services and hypervisors keep their identifiers`() async throws {
        let inventory = try await InventoryFixture().inventory
        let name = try HostName("h")
        _ = try await inventory.putHost(HostEntry(name: name))
        let first = try #require(try await inventory.computeHosts().first)
        #expect(UUIDText.isValid(first.serviceUUID) && UUIDText.isValid(first.hypervisorUUID))
        #expect(first.serviceUUID != first.hypervisorUUID)
        _ = try await inventory.putHost(HostEntry(name: name, address: "10.0.0.1", isEnabled: false))
        let changed = try #require(try await inventory.computeHosts().first)
        #expect(changed.serviceUUID == first.serviceUUID && changed.hypervisorUUID == first.hypervisorUUID)
        #expect(changed.host.id == first.host.id && changed.host.entry.address == "10.0.0.1")
        try await inventory.deleteHost(name)
        _ = try await inventory.putHost(HostEntry(name: name))
        let again = try #require(try await inventory.computeHosts().first)
        #expect(again.host.id > first.host.id && again.serviceUUID != first.serviceUUID)
    }

    @Test func `hosts of an older database get identifiers`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("old.db")
        let old = try await StoreDatabase.open(
            path: path,
            access: .service,
            migrations: InventorySchema.migrations
        )
        try await old.write { database, _ in
            for name in ["a", "b"] {
                try database.execute(
                    sql: "INSERT INTO host (name, address, port, enabled, labels, created_at, updated_at) "
                        + "VALUES (?, 'x', 1, 1, '{}', 0, 0)",
                    arguments: [name]
                )
            }
        }
        await old.close()
        let new = try await StoreDatabase.open(
            path: path,
            access: .service,
            migrations: InventorySchema.all
        )
        let hosts = try await SQLiteInventory(database: new).computeHosts()
        #expect(hosts.map(\.host.name.text) == ["a", "b"])
        #expect(Set(hosts.flatMap { [$0.serviceUUID, $0.hypervisorUUID] }).count == 4)
        await new.close()
    }

    @Test func `a list takes as many statements for 200 aggregates as for one`() async throws {
        let fixture = try await InventoryFixture(options: StoreOptions(readers: 1))
        let inventory = fixture.inventory
        let hosts = try (0..<20).map { try HostName("h\($0)") }
        let aggregates = try (0..<200).map { number in
            InventoryDocument.Aggregate(
                entry: AggregateEntry(name: try AggregateName("a\(number)"), availabilityZone: "z"),
                hosts: hosts
            )
        }
        _ = try await inventory.apply(
            InventoryDocument(hosts: hosts.map { HostEntry(name: $0) }, aggregates: aggregates, images: nil),
            prune: false,
            dryRun: false
        )
        let statements = Tally()
        try await fixture.database.read { database in
            database.trace { event in
                if "\(event)".contains("FROM") { statements.add() }
            }
        }
        #expect(try await inventory.allAggregates().map(\.hosts.count) == Array(repeating: 20, count: 200))
        #expect(statements.count == 2)
        #expect(try await inventory.aggregates(PageRequest(limit: 150)).items.map(\.hosts.count).count == 150)
        #expect(statements.count == 4)
        #expect(try await inventory.computeHosts().count == 20)
        #expect(statements.count == 6)
    }
}

/// Counts across threads.
private final class Tally: Sendable {
    private let number = Mutex(0)
    var count: Int { number.withLock { $0 } }
    func add() { number.withLock { $0 += 1 } }
}
