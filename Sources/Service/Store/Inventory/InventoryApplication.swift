internal import PrecacheModel

/// Brings the inventory to what a document says, inside one transaction.
///
/// Hosts first, then aggregates and their members, then images; each in the document's order, removals after them in
/// the order of names. What is equal already isn't touched, so applying twice changes nothing.
struct InventoryApplication {
    let database: any StoreConnection
    let document: InventoryDocument
    let prune: Bool
    let now: Timestamp
    private var plan = InventoryPlan()
    private var hostIDs: [HostName: Int64] = [:]
    private var leavingHosts: [(id: Int64, name: HostName)] = []

    init(database: any StoreConnection, document: InventoryDocument, prune: Bool, now: Timestamp) {
        self.database = database
        self.document = document
        self.prune = prune
        self.now = now
    }

    mutating func run() throws -> InventoryPlan {
        try applyHosts()
        try applyAggregates()
        try removeHosts()
        try applyImages()
        return plan
    }

    private mutating func applyHosts() throws {
        var present: [HostName: (id: Int64, entry: HostEntry)] = [:]
        for (id, entry) in try HostRows.entries(database) {
            present[entry.name] = (id, entry)
            hostIDs[entry.name] = id
        }
        guard let hosts = document.hosts else { return }
        for entry in hosts {
            let labels = try JSONText.encode(entry.labels)
            guard let old = present.removeValue(forKey: entry.name) else {
                hostIDs[entry.name] = try HostRows.insert(database, entry, labels: labels, at: now)
                plan.note(.add, .host, entry.name.text)
                continue
            }
            guard old.entry != entry else { continue }
            try HostRows.update(database, id: old.id, entry, labels: labels, at: now)
            plan.note(.update, .host, entry.name.text, fields: InventoryDifference.fields(old.entry, entry))
        }
        if prune { leavingHosts = present.values.map { ($0.id, $0.entry.name) }.sorted { $0.1 < $1.1 } }
    }

    /// After the aggregates, so that a listed membership's end is told as the aggregate's change.
    private mutating func removeHosts() throws {
        for host in leavingHosts {
            try HostRows.delete(database, id: host.id)
            plan.note(.remove, .host, host.name.text)
        }
        plan.removedHosts = leavingHosts
    }

    private mutating func applyAggregates() throws {
        guard let aggregates = document.aggregates else { return }
        var present: [AggregateName: AggregateRows.Bare] = [:]
        for bare in try AggregateRows.all(database) { present[bare.entry.name] = bare }
        for aggregate in aggregates {
            let name = aggregate.entry.name
            guard let old = present.removeValue(forKey: name) else {
                let id = try AggregateRows.insert(database, aggregate.entry, at: now)
                plan.note(.add, .aggregate, name.text)
                _ = try applyMembers(aggregate.hosts ?? [], of: id)
                continue
            }
            var fields = InventoryDifference.fields(old.entry, aggregate.entry)
            if !fields.isEmpty { try AggregateRows.update(database, id: old.id, aggregate.entry, at: now) }
            if let hosts = aggregate.hosts, try applyMembers(hosts, of: old.id) {
                try AggregateRows.touch(database, id: old.id, at: now)
                fields.append("hosts")
            }
            if !fields.isEmpty { plan.note(.update, .aggregate, name.text, fields: fields) }
        }
        guard prune else { return }
        for bare in present.values.sorted(by: { $0.entry.name < $1.entry.name }) {
            try AggregateRows.delete(database, id: bare.id)
            plan.note(.remove, .aggregate, bare.entry.name.text)
        }
    }

    /// Makes the members exactly these; whether that changed anything.
    private func applyMembers(_ hosts: [HostName], of id: Int64) throws -> Bool {
        var leaving = Set(try AggregateRows.hosts(database, id: id))
        var isChanged = false
        for host in hosts where leaving.remove(host) == nil {
            // Unknown hosts have been refused before this.
            guard let hostID = hostIDs[host] else { continue }
            if try AggregateRows.add(database, id: id, host: hostID) { isChanged = true }
        }
        for host in leaving {
            guard let hostID = hostIDs[host] else { continue }
            if try AggregateRows.remove(database, id: id, host: hostID) { isChanged = true }
        }
        return isChanged
    }

    private mutating func applyImages() throws {
        guard let images = document.images else { return }
        var present: [ImageID: ImageReference] = [:]
        for image in try ImageRows.all(database) { present[image.id] = image.reference }
        for image in images {
            let old = present.removeValue(forKey: image.id)
            guard old != image else { continue }
            try ImageRows.put(database, image, at: now)
            if let old {
                plan.note(.update, .image, image.id.text, fields: InventoryDifference.fields(old, image))
            } else {
                plan.note(.add, .image, image.id.text)
            }
        }
        guard prune else { return }
        for id in present.keys.sorted() {
            _ = try ImageRows.delete(database, id)
            plan.note(.remove, .image, id.text)
        }
    }
}

/// What applying an inventory document has changed so far.
struct InventoryPlan {
    var changes: [InventoryChange] = []
    var removedHosts: [(id: Int64, name: HostName)] = []

    mutating func note(
        _ action: InventoryChange.Action,
        _ kind: InventoryChange.Kind,
        _ name: String,
        fields: [String] = []
    ) {
        changes.append(InventoryChange(action: action, kind: kind, name: name, fields: fields))
    }
}

/// Which fields of an entry differ, in wire spelling.
enum InventoryDifference {
    static func fields(_ old: HostEntry, _ new: HostEntry) -> [String] {
        names([
            ("address", old.address == new.address), ("port", old.port == new.port),
            ("enabled", old.isEnabled == new.isEnabled),
            ("disabled_reason", old.disabledReason == new.disabledReason),
            ("labels", old.labels == new.labels),
        ])
    }

    static func fields(_ old: AggregateEntry, _ new: AggregateEntry) -> [String] {
        names([
            ("name", old.name == new.name),
            ("availability_zone", old.availabilityZone == new.availabilityZone),
            ("metadata", old.metadata == new.metadata),
        ])
    }

    static func fields(_ old: ImageReference, _ new: ImageReference) -> [String] {
        names([
            ("name", old.name == new.name), ("url", old.url == new.url),
            ("size_bytes", old.sizeBytes == new.sizeBytes),
            ("hash_algorithm", old.digest?.algorithm == new.digest?.algorithm),
            ("hash", old.digest?.hex == new.digest?.hex), ("disk_format", old.diskFormat == new.diskFormat),
            ("allow_unverified", old.allowsUnverified == new.allowsUnverified),
        ])
    }

    private static func names(_ fields: [(name: String, isSame: Bool)]) -> [String] {
        fields.filter { !$0.isSame }.map(\.name)
    }
}
