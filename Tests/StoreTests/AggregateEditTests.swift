import GRDB
import PrecacheModel
import Store
import StoreSQLite
import Synchronization
import Testing
import TextForms

/// Aggregates as Nova's API changes them.
@Suite(.timeLimit(.minutes(10)))
struct AggregateEditTests {
    private func make(
        _ inventory: StoredInventory,
        _ name: String,
        zone: String? = nil
    ) async throws -> AggregateRecord {
        let entry = AggregateEntry(name: try AggregateName(name), availabilityZone: zone)
        return try await inventory.createAggregate(entry)
    }

    /// Why the inventory doesn't do as it is asked; nil if it does.
    private func refusal(_ work: () async throws -> Void) async -> AggregateRefusal? {
        do { try await work() } catch { return (error as? StoreError)?.aggregateRefusal }
        return nil
    }

    @Test func whatIsThereAlreadyOrIsntIsRefused() async throws {
        let inventory = try await InventoryFixture().inventory
        let web = try await make(inventory, "web")
        let taken = try AggregateName("web")
        #expect(
            await refusal { _ = try await inventory.createAggregate(AggregateEntry(name: taken)) }
                == .nameTaken(taken)
        )
        let other = try await make(inventory, "other")
        #expect(
            await refusal { _ = try await inventory.editAggregate(.init(id: other.id), .init(name: taken)) }
                == .nameTaken(taken)
        )
        #expect(
            await refusal { _ = try await inventory.editAggregate(.init(id: 99), .init()) } == .noAggregate
        )
        let host = try HostName("h")
        #expect(
            await refusal { _ = try await inventory.addMember(host, to: .init(id: web.id), isStrict: true) }
                == .noHost
        )
        _ = try await inventory.putHost(HostEntry(name: host))
        #expect(
            await refusal { _ = try await inventory.addMember(host, to: .init(id: 99), isStrict: true) }
                == .noAggregate
        )
        #expect(
            await refusal { _ = try await inventory.removeMember(host, from: .init(id: web.id)) }
                == .notMember
        )
        #expect(try await inventory.addMember(host, to: .init(id: web.id), isStrict: true).hosts == [host])
        #expect(
            await refusal { _ = try await inventory.addMember(host, to: .init(id: web.id), isStrict: true) }
                == .alreadyMember
        )
        #expect(
            await refusal { _ = try await inventory.deleteAggregate(.init(id: web.id), onlyIfEmpty: true) }
                == .notEmpty
        )
        #expect(try await inventory.removeMember(host, from: .init(id: web.id)).hosts == [])
        #expect(try await inventory.deleteAggregate(.init(id: web.id), onlyIfEmpty: true) == taken)
        #expect(
            await refusal { _ = try await inventory.deleteAggregate(.init(id: web.id), onlyIfEmpty: true) }
                == .noAggregate
        )
        // Numbers are never used again.
        #expect(try await make(inventory, "web").id > other.id)
    }

    @Test func anEditChangesWhatItNamesAllOfItOrNothing() async throws {
        let inventory = try await InventoryFixture().inventory
        let made = try await make(inventory, "web", zone: "z1")
        #expect(made.updatedAt == made.createdAt)
        let set = try await inventory.editAggregate(
            .init(id: made.id),
            .init(metadata: ["a": "1", "b": "2"])
        )
        #expect(set.entry.metadata == ["a": "1", "b": "2"] && set.entry.availabilityZone == "z1")
        let cleared = try await inventory.editAggregate(
            .init(id: made.id),
            .init(metadata: ["a": nil, "c": "3"])
        )
        #expect(cleared.entry.metadata == ["b": "2", "c": "3"])
        let same = try await inventory.editAggregate(.init(id: made.id), .init())
        #expect(same.updatedAt > cleared.updatedAt && same.entry == cleared.entry)
        let new = try AggregateName("new")
        let refused = await refusal {
            _ = try await inventory.editAggregate(.init(id: made.id), .init(name: new, zone: .empty))
        }
        #expect(refused == .emptyZone(new))
        #expect(try await inventory.aggregate(AggregateKey(id: made.id))?.name.text == "web")
        // The routes by name see it at once.
        #expect(try await inventory.aggregate(AggregateKey("web"))?.entry == same.entry)
    }

    @Test func aHostIsInOneZoneAtMost() async throws {
        let inventory = try await InventoryFixture().inventory
        let host = try HostName("h")
        _ = try await inventory.putHost(HostEntry(name: host))
        let (first, second, third) = (
            try await make(inventory, "a", zone: "z1"), try await make(inventory, "b", zone: "z2"),
            try await make(inventory, "c")
        )
        _ = try await inventory.addMember(host, to: .init(id: first.id), isStrict: true)
        #expect(
            await refusal {
                _ = try await inventory.addMember(host, to: .init(id: second.id), isStrict: true)
            } == .zoneConflict(["z1"])
        )
        _ = try await inventory.addMember(host, to: .init(id: third.id), isStrict: true)
        #expect(
            await refusal {
                _ = try await inventory.editAggregate(.init(id: third.id), .init(zone: .set("z2")))
            } == .zoneConflict(["z1"])
        )
        #expect(
            try await inventory.editAggregate(.init(id: third.id), .init(zone: .set("z1"))).hosts == [host]
        )
        #expect(
            await refusal {
                _ = try await inventory.editAggregate(.init(id: first.id), .init(zone: .set("z9")))
            } == .zoneConflict(["z1"])
        )
        #expect(try await inventory.computeHosts().map(\.zones) == [["z1"]])
    }

    @Test func servicesAndHypervisorsKeepTheirIdentifiers() async throws {
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

    @Test func hostsOfAnOlderDatabaseGetIdentifiers() async throws {
        let database = try TestDatabase()
        let old = try await database.open(migrations: InventorySchema.migrations)
        try await old.write(.rare) { database, _ in
            for name in ["a", "b"] {
                try database.run(
                    "INSERT INTO host (name, address, port, enabled, labels, created_at, updated_at) "
                        + "VALUES (?1, 'x', 1, 1, '{}', 0, 0)",
                    [name]
                )
            }
        }
        await old.close()
        let new = try await database.open()
        let hosts = try await StoredInventory(engine: new).computeHosts()
        #expect(hosts.map(\.host.name.text) == ["a", "b"])
        #expect(Set(hosts.flatMap { [$0.serviceUUID, $0.hypervisorUUID] }).count == 4)
        await new.close()
    }

    @Test(.onSQLite) func aListTakesAsManyStatementsFor200AggregatesAsForOne() async throws {
        let fixture = try await InventoryFixture(readers: 1)
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
        try await fixture.engine.read { database in
            (database as? GRDBConnection)?.database.trace { event in
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
