import PrecacheModel
import Store
import Testing

/// A whole inventory in one transaction: all or nothing, and nothing at the second time.
@Suite(.timeLimit(.minutes(10)))
struct ApplyTests {
    private func shown(_ changes: [InventoryChange]) -> [String] {
        changes.map { change in
            let fields = change.fields.isEmpty ? "" : " (\(change.fields.joined(separator: ", ")))"
            return "\(change.action.rawValue) \(change.kind.rawValue) \(change.name)\(fields)"
        }
    }

    @Test func addsAllAndNothingTheSecondTime() async throws {
        let inventory = try await InventoryFixture().inventory
        let document = try InventoryFixture.document(hosts: 2)
        let expected = ["add host h0", "add host h1", "add aggregate a", "add aggregate b", "add image i"]
        #expect(shown(try await inventory.apply(document, prune: false, dryRun: true)) == expected)
        #expect(try await inventory.hosts(PageRequest()).items.isEmpty)
        #expect(shown(try await inventory.apply(document, prune: false, dryRun: false)) == expected)
        let before = try await inventory.hosts(PageRequest()).items
        for prune in [false, true] {
            #expect(try await inventory.apply(document, prune: prune, dryRun: false).isEmpty)
        }
        #expect(try await inventory.hosts(PageRequest()).items == before)
        #expect(try await inventory.aggregate(AggregateKey("a"))?.hosts.map(\.text) == ["h0", "h1"])
    }

    /// `é` of one scalar and of two: one text for Swift's `==`, two for the database.
    @Test func namesThatDifferInBytesAreTwoEverywhere() async throws {
        let inventory = try await InventoryFixture().inventory
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let entries = try [composed, decomposed].map { AggregateEntry(name: try AggregateName($0)) }
        func document(_ entries: [AggregateEntry]) -> InventoryDocument {
            InventoryDocument(
                hosts: nil,
                aggregates: entries.map { .init(entry: $0, hosts: []) },
                images: nil
            )
        }
        _ = try await inventory.apply(document([entries[0]]), prune: false, dryRun: false)
        let added = try await inventory.apply(document([entries[1]]), prune: false, dryRun: false)
        #expect(added.map(\.action) == [.add])
        for text in [composed, decomposed] {
            let found = try await inventory.aggregate(AggregateKey(text))
            #expect(found.map { Array($0.entry.name.text.utf8) } == Array(text.utf8))
        }
        #expect(try await inventory.apply(document(entries), prune: true, dryRun: false).isEmpty)
        let pruned = try await inventory.apply(document([entries[1]]), prune: true, dryRun: false)
        #expect(pruned.map(\.action) == [.remove])
        #expect(try await inventory.aggregate(AggregateKey(composed)) == nil)
        #expect(try await inventory.aggregate(AggregateKey(decomposed)) != nil)
    }

    @Test func tellsWhichFieldsDiffer() async throws {
        let inventory = try await InventoryFixture().inventory
        var document = try InventoryFixture.document(hosts: 2)
        _ = try await inventory.apply(document, prune: false, dryRun: false)
        document.hosts?[1].port = 1
        document.hosts?[1].isEnabled = false
        document.aggregates?[0].hosts = [try HostName("h1")]
        document.aggregates?[1].entry.metadata = ["new": "1"]
        document.images = [try InventoryFixture.image("i", url: "http://other.example/")]
        let expected = [
            "update host h1 (port, enabled)", "update aggregate a (hosts)", "update aggregate b (metadata)",
            "update image i (url)",
        ]
        #expect(shown(try await inventory.apply(document, prune: false, dryRun: true)) == expected)
        #expect(shown(try await inventory.apply(document, prune: false, dryRun: false)) == expected)
        #expect(try await inventory.aggregate(AggregateKey("a"))?.hosts.map(\.text) == ["h1"])
    }

    @Test func pruningRemovesWhatIsNotListedOfTheKindsThatAreSpokenOf() async throws {
        let inventory = try await InventoryFixture().inventory
        _ = try await inventory.apply(try InventoryFixture.document(hosts: 3), prune: false, dryRun: false)
        let hosts = InventoryDocument(
            hosts: [HostEntry(name: try HostName("h1"), labels: ["n": "1"])],
            aggregates: nil,
            images: nil
        )
        #expect(try await inventory.apply(hosts, prune: false, dryRun: false).isEmpty)
        #expect(
            shown(try await inventory.apply(hosts, prune: true, dryRun: false)) == [
                "remove host h0", "remove host h2",
            ]
        )
        #expect(try await inventory.aggregate(AggregateKey("a"))?.hosts.map(\.text) == ["h1"])
        let nothing = InventoryDocument(hosts: [], aggregates: [], images: [])
        #expect(
            shown(try await inventory.apply(nothing, prune: true, dryRun: false)) == [
                "remove aggregate a", "remove aggregate b", "remove host h1", "remove image i",
            ]
        )
    }

    @Test func namesEveryUnknownMemberAndChangesNothing() async throws {
        let inventory = try await InventoryFixture().inventory
        var document = try InventoryFixture.document(hosts: 1)
        document.aggregates?[0].hosts = try ["h0", "x", "y"].map { try HostName($0) }
        let faulty = document
        let error = await #expect(throws: StoreError.self) {
            _ = try await inventory.apply(faulty, prune: false, dryRun: false)
        }
        #expect(error?.code == .notFound)
        #expect(error?.subject == "host")
        #expect(
            error?.message
                == "aggregates[0].hosts[1]: there is no host 'x'; aggregates[0].hosts[2]: there is no host 'y'"
        )
        #expect(try await inventory.hosts(PageRequest()).items.isEmpty)
        _ = try await inventory.putHost(HostEntry(name: try HostName("x")))
        _ = try await inventory.putHost(HostEntry(name: try HostName("y")))
        let pruned = await #expect(throws: StoreError.self) {
            _ = try await inventory.apply(faulty, prune: true, dryRun: true)
        }
        #expect(pruned?.code == .notFound)
        #expect(try await inventory.apply(faulty, prune: false, dryRun: false).count == 4)
    }

    @Test func namesWhatIsListedTwice() async throws {
        let inventory = try await InventoryFixture().inventory
        var document = try InventoryFixture.document(hosts: 2)
        document.hosts?.append(HostEntry(name: try HostName("h0")))
        document.images?.append(try InventoryFixture.image("i"))
        let faulty = document
        let error = await #expect(throws: StoreError.self) {
            _ = try await inventory.apply(faulty, prune: false, dryRun: false)
        }
        #expect(error?.code == .conflict)
        #expect(
            error?.message == "hosts[2].name: 'h0' is listed before, at hosts[0]; "
                + "images[1].id: 'i' is listed before, at images[0]"
        )
    }

    @Test func takesAHundredThousandHosts() async throws {
        let inventory = try await InventoryFixture().inventory
        let document = try InventoryFixture.document(hosts: 100_000)
        #expect(try await inventory.apply(document, prune: false, dryRun: false).count == 100_003)
        #expect(try await inventory.apply(document, prune: true, dryRun: false).isEmpty)
        #expect(try await inventory.aggregate(AggregateKey("a"))?.hosts.count == 100_000)
    }
}
