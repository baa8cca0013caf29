import PrecacheModel
import ServiceAPI
import Synchronization
import TextForms

/// An inventory in memory: as much of it as routes can tell from the real one.
final class FakeInventory: InventoryRecords {
    struct State {
        var hosts: [HostName: HostRecord] = [:]
        var aggregates: [AggregateName: AggregateRecord] = [:]
        var images: [ImageID: CatalogueImage] = [:]
        var trouble: StoreError?
        var changes: [InventoryChange] = []
        var applied: [(prune: Bool, dryRun: Bool)] = []
    }

    let state = Mutex(State())
    private let epoch = Timestamp(microseconds: 0)

    /// Makes every verb throw, or work again.
    func fail(with error: StoreError?) { state.withLock { $0.trouble = error } }

    private func work<Value>(_ body: (inout State) throws(StoreError) -> Value) throws(StoreError) -> Value {
        try state.withLock { state throws(StoreError) in
            if let trouble = state.trouble { throw trouble }
            return try body(&state)
        }
    }

    func hosts(
        _ page: PageRequest,
        where filter: HostFilter
    ) async throws(StoreError) -> Page<HostRecord> {
        try work { state throws(StoreError) in
            if let after = page.after, after.kind != "hosts" {
                throw StoreError(.badCursor, message: "a cursor of another list")
            }
            let wanted = state.hosts.values.filter {
                filter.admits($0, now: Timestamp(microseconds: 1_000_000))
            }
            return Page(items: wanted.sorted { $0.name < $1.name }, next: nil)
        }
    }

    func host(_ name: HostName) async throws(StoreError) -> HostRecord? {
        try work { state throws(StoreError) in state.hosts[name] }
    }

    func aggregates(of host: HostName) async throws(StoreError) -> [AggregateName] {
        try work { state throws(StoreError) in
            state.aggregates.values.filter { $0.hosts.contains(host) }.map(\.name).sorted()
        }
    }

    func putHost(_ entry: HostEntry) async throws(StoreError) -> (host: HostRecord, isNew: Bool) {
        try work { state throws(StoreError) in
            let isNew = state.hosts[entry.name] == nil
            let id = state.hosts[entry.name]?.id ?? Int64(state.hosts.count + 1)
            let host = HostRecord(id: id, entry: entry, createdAt: epoch, updatedAt: epoch)
            state.hosts[entry.name] = host
            return (host, isNew)
        }
    }

    func deleteHost(_ name: HostName) async throws(StoreError) {
        try work { state throws(StoreError) in
            guard state.hosts.removeValue(forKey: name) != nil else { throw .notFound("host", name.text) }
        }
    }

    func recordHeartbeat(
        _ heartbeat: HeartbeatRecord,
        of host: HostName
    ) async throws(StoreError) -> (host: Int64, mark: String?) {
        try work { state throws(StoreError) in
            guard let known = state.hosts[host] else { throw .notFound("host", host.text) }
            state.hosts[host]?.lastHeartbeat = heartbeat
            return (known.id, heartbeat.listsImages ? "mark" : nil)
        }
    }

    func aggregates(_ page: PageRequest) async throws(StoreError) -> Page<AggregateRecord> {
        try work { state throws(StoreError) in
            Page(items: state.aggregates.values.sorted { $0.name < $1.name }, next: nil)
        }
    }

    private func find(_ key: AggregateKey, _ state: State) -> AggregateRecord? {
        if let id = key.id, let found = state.aggregates.values.first(where: { $0.id == id }) { return found }
        return key.name.flatMap { state.aggregates[$0] }
    }

    func aggregate(_ key: AggregateKey) async throws(StoreError) -> AggregateRecord? {
        try work { state throws(StoreError) in find(key, state) }
    }

    func putAggregate(
        _ entry: AggregateEntry
    ) async throws(StoreError) -> (
        aggregate: AggregateRecord, isNew: Bool
    ) {
        try work { state throws(StoreError) in
            let old = state.aggregates[entry.name]
            let aggregate = AggregateRecord(
                id: old?.id ?? Int64(state.aggregates.count + 1),
                uuid: old?.uuid ?? UUIDText.make(),
                entry: entry,
                hosts: old?.hosts ?? [],
                createdAt: epoch,
                updatedAt: epoch
            )
            state.aggregates[entry.name] = aggregate
            return (aggregate, old == nil)
        }
    }

    func deleteAggregate(
        _ key: AggregateKey,
        onlyIfEmpty: Bool
    ) async throws(StoreError) -> AggregateName {
        try work { state throws(StoreError) in
            guard let found = find(key, state) else { throw .notFound("aggregate", key.text) }
            state.aggregates[found.name] = nil
            return found.name
        }
    }

    func addMember(
        _ host: HostName,
        to key: AggregateKey,
        isStrict: Bool
    ) async throws(StoreError) -> AggregateRecord {
        try work { state throws(StoreError) in
            guard var found = find(key, state) else { throw .notFound("aggregate", key.text) }
            guard state.hosts[host] != nil else { throw .notFound("host", host.text) }
            if !found.hosts.contains(host) { found.hosts = (found.hosts + [host]).sorted() }
            state.aggregates[found.name] = found
            return found
        }
    }

    func removeMember(_ host: HostName, from key: AggregateKey) async throws(StoreError) -> AggregateRecord {
        try work { state throws(StoreError) in
            guard var found = find(key, state) else { throw .notFound("aggregate", key.text) }
            guard found.hosts.contains(host) else { throw .notFound("member", host.text) }
            found.hosts.removeAll { $0 == host }
            state.aggregates[found.name] = found
            return found
        }
    }

    func images(_ page: PageRequest) async throws(StoreError) -> Page<CatalogueImage> {
        try work { state throws(StoreError) in
            Page(items: state.images.values.sorted { $0.id < $1.id }, next: nil)
        }
    }

    func images(_ ids: [ImageID]) async throws(StoreError) -> [ImageID: CatalogueImage] {
        try work { state throws(StoreError) in state.images.filter { ids.contains($0.key) } }
    }

    func putImage(
        _ reference: ImageReference
    ) async throws(StoreError) -> (image: CatalogueImage, isNew: Bool) {
        try work { state throws(StoreError) in
            let image = CatalogueImage(reference: reference, createdAt: epoch, updatedAt: epoch)
            return (image, state.images.updateValue(image, forKey: reference.id) == nil)
        }
    }

    func deleteImage(_ id: ImageID) async throws(StoreError) {
        try work { state throws(StoreError) in
            guard state.images.removeValue(forKey: id) != nil else { throw .notFound("image", id.text) }
        }
    }

    func apply(
        _ document: InventoryDocument,
        prune: Bool,
        dryRun: Bool
    ) async throws(StoreError) -> [InventoryChange] {
        try work { state throws(StoreError) in
            state.applied.append((prune, dryRun))
            return state.changes
        }
    }
}
