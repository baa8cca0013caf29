import PrecacheModel
import Store
import Testing
import TextForms

/// Aggregates, their members, and the catalogue's images.
@Suite(.timeLimit(.minutes(10)))
struct AggregateTests {
    @Test func keepsMembersByName() async throws {
        let fixture = try await InventoryFixture()
        let inventory = fixture.inventory
        let (aggregate, isNew) = try await inventory.putAggregate(
            AggregateEntry(name: try AggregateName("web tier"), availabilityZone: "z1", metadata: ["a": "b"])
        )
        #expect(isNew && aggregate.hosts.isEmpty)
        #expect(UUIDText.isValid(aggregate.uuid))
        let key = AggregateKey("web tier")
        for name in ["h2", "h1"] {
            _ = try await inventory.putHost(HostEntry(name: try HostName(name)))
            _ = try await inventory.addMember(try HostName(name), to: key, isStrict: false)
        }
        let twice = try await inventory.addMember(
            try HostName("h1"),
            to: AggregateKey("\(aggregate.id)"),
            isStrict: false
        )
        #expect(twice.hosts.map(\.text) == ["h1", "h2"])
        #expect(twice.updatedAt > aggregate.updatedAt)
        #expect(try await inventory.aggregate(key) == twice)
        #expect(try await inventory.aggregates(PageRequest()).items == [twice])
        let left = try await inventory.removeMember(try HostName("h2"), from: key)
        #expect(left.hosts.map(\.text) == ["h1"])
        try await inventory.deleteHost(try HostName("h1"))
        #expect(try await inventory.aggregate(key)?.hosts == [])
    }

    @Test func aNumberComesBeforeAName() async throws {
        let inventory = try await InventoryFixture().inventory
        let first = try await inventory.putAggregate(AggregateEntry(name: try AggregateName("x"))).aggregate
        let second = try await inventory.putAggregate(AggregateEntry(name: try AggregateName("\(first.id)")))
            .aggregate
        #expect(try await inventory.aggregate(AggregateKey("\(first.id)"))?.id == first.id)
        try await inventory.deleteAggregate(AggregateKey("x"), onlyIfEmpty: false)
        #expect(try await inventory.aggregate(AggregateKey("\(first.id)"))?.id == second.id)
    }

    @Test func saysWhatIsMissing() async throws {
        let inventory = try await InventoryFixture().inventory
        let host = try HostName("h")
        let key = AggregateKey("none")
        let noAggregate = await #expect(throws: StoreError.self) {
            _ = try await inventory.addMember(host, to: key, isStrict: false)
        }
        #expect(noAggregate == StoreError.notFound("aggregate", "none"))
        let noDelete = await #expect(throws: StoreError.self) {
            try await inventory.deleteAggregate(key, onlyIfEmpty: false)
        }
        #expect(noDelete == StoreError.notFound("aggregate", "none"))
        _ = try await inventory.putAggregate(AggregateEntry(name: try AggregateName("a")))
        let noHost = await #expect(throws: StoreError.self) {
            _ = try await inventory.addMember(host, to: AggregateKey("a"), isStrict: false)
        }
        #expect(noHost == StoreError.notFound("host", "h"))
        _ = try await inventory.putHost(HostEntry(name: host))
        let noMember = await #expect(throws: StoreError.self) {
            _ = try await inventory.removeMember(host, from: AggregateKey("a"))
        }
        #expect(noMember == StoreError.notFound("member", "h"))
    }

    @Test func keepsImages() async throws {
        let inventory = try await InventoryFixture().inventory
        let first = try InventoryFixture.image("b")
        let new = try await inventory.putImage(first)
        #expect(new.isNew && new.image.reference == first)
        #expect(try await inventory.putImage(first).image == new.image)
        let changed = try InventoryFixture.image("b", url: "https://elsewhere.example/b")
        let (image, isNew) = try await inventory.putImage(changed)
        #expect(!isNew && image.createdAt == new.image.createdAt && image.updatedAt > new.image.updatedAt)
        _ = try await inventory.putImage(try InventoryFixture.image("a"))
        #expect(try await inventory.images(PageRequest()).items.map(\.id.text) == ["a", "b"])
        let found = try await inventory.images([try ImageID("b"), try ImageID("none")])
        #expect(found == [changed.id: image])
        try await inventory.deleteImage(changed.id)
        let error = await #expect(throws: StoreError.self) { try await inventory.deleteImage(changed.id) }
        #expect(error == StoreError.notFound("image", "b"))
    }
}
