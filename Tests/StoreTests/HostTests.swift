import PrecacheModel
import Store
import Testing

/// Hosts: added, changed, paged, removed, with numbers that are never used again.
@Suite(.timeLimit(.minutes(10)))
struct HostTests {
    @Test func keepsWhatWasSaid() async throws {
        let fixture = try await InventoryFixture()
        let entry = HostEntry(
            name: try HostName("web-1.example"),
            address: "10.1.2.3",
            port: 9_000,
            isEnabled: false,
            disabledReason: "repairs, \"soon\" done",
            labels: ["rack": "7", "é": "漢"]
        )
        let (host, isNew) = try await fixture.inventory.putHost(entry)
        #expect(isNew)
        #expect(host.entry == entry)
        #expect(try await fixture.inventory.host(entry.name) == host)
        #expect(try await fixture.inventory.host(try HostName("other")) == nil)
    }

    @Test func anEqualEntryChangesNothing() async throws {
        let fixture = try await InventoryFixture()
        let entry = HostEntry(name: try HostName("h"))
        let first = try await fixture.inventory.putHost(entry)
        let second = try await fixture.inventory.putHost(entry)
        #expect(!second.isNew)
        #expect(second.host == first.host)
        var changed = entry
        changed.port = 1
        let third = try await fixture.inventory.putHost(changed)
        #expect(third.host.updatedAt > first.host.updatedAt)
        #expect(third.host.id == first.host.id)
        #expect(try await fixture.inventory.host(entry.name) == third.host)
    }

    @Test func aNumberIsNeverUsedAgain() async throws {
        let fixture = try await InventoryFixture()
        let name = try HostName("h")
        let first = try await fixture.inventory.putHost(HostEntry(name: name)).host.id
        try await fixture.inventory.deleteHost(name)
        #expect(try await fixture.inventory.putHost(HostEntry(name: name)).host.id > first)
        let missing = await #expect(throws: StoreError.self) {
            try await fixture.inventory.deleteHost(try HostName("none"))
        }
        #expect(missing == StoreError.notFound("host", "none"))
    }

    @Test func aFilterAdmitsByStateLabelsAndWhetherEnabled() async throws {
        let fixture = try await InventoryFixture()
        for number in 0..<6 {
            let name = try HostName("h\(number)")
            let labels = ["rack": number < 4 ? "r1" : "r2", "odd": number % 2 == 1 ? "" : nil]
            let entry = HostEntry(
                name: name,
                isEnabled: number != 2,
                labels: labels.compactMapValues { $0 }
            )
            let added = try await fixture.inventory.putHost(entry).host.createdAt
            guard number < 5 else { continue }
            let beat = HeartbeatRecord(
                receivedAt: number == 1 ? added - .seconds(3600) : added,
                interval: .seconds(600)
            )
            try await fixture.inventory.recordHeartbeat(beat, of: name)
        }
        let names = { (filter: HostFilter, limit: Int) in
            var names: [String] = []
            var request = PageRequest(limit: limit)
            repeat {
                let page = try await fixture.inventory.hosts(request, where: filter)
                #expect(page.items.count <= limit)
                names += page.items.map(\.name.text)
                request.after = page.next
            } while request.after != nil
            return names
        }
        for limit in [1, 2, 100] {
            #expect(try await names(HostFilter(state: .up), limit) == ["h0", "h2", "h3", "h4"])
            #expect(try await names(HostFilter(state: .down), limit) == ["h1"])
            #expect(try await names(HostFilter(state: .unknown), limit) == ["h5"])
            #expect(try await names(HostFilter(isEnabled: false), limit) == ["h2"])
            #expect(try await names(HostFilter(labels: ["rack": "r1", "odd": nil]), limit) == ["h1", "h3"])
            let all = HostFilter(state: .up, isEnabled: true, labels: ["rack": "r1"])
            #expect(try await names(all, limit) == ["h0", "h3"])
            #expect(try await names(HostFilter(labels: ["rack": "r"]), limit) == [])
        }
    }

    @Test func pagesGoThroughAllByName() async throws {
        let fixture = try await InventoryFixture()
        for number in [3, 1, 4, 0, 2] {
            _ = try await fixture.inventory.putHost(HostEntry(name: try HostName("h\(number)")))
        }
        var names: [String] = []
        var request = PageRequest(limit: 2)
        repeat {
            let page = try await fixture.inventory.hosts(request)
            names += page.items.map(\.name.text)
            request.after = page.next
        } while request.after != nil
        #expect(names == ["h0", "h1", "h2", "h3", "h4"])
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.inventory.hosts(PageRequest(after: PageCursor(kind: "images", key: ["a"])))
        }
        #expect(error?.code == .badCursor)
    }

    @Test func aDamagedRowIsToldAsSuch() async throws {
        let fixture = try await InventoryFixture()
        _ = try await fixture.inventory.putHost(HostEntry(name: try HostName("h")))
        try await fixture.engine.write(.rare) { database, _ in
            try database.script("UPDATE host SET labels = 'no json'")
        }
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.inventory.hosts(PageRequest())
        }
        #expect(error?.code == .corrupt)
    }
}
