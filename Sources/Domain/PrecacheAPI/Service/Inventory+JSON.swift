package import PrecacheModel

extension InventoryDocument {
    /// Reads what `PUT /v1/inventory` takes; nil, with what is wrong noted, unless all of it is right.
    ///
    /// Whether members exist is the store's to say.
    package init?(_ body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let hosts: [HostEntry]? = Self.list("hosts", &reader, &problems, name: \.name.text) {
            HostEntry(listed: $0, path: $1, &$2)
        }
        let aggregates: [Aggregate]? = Self.list("aggregates", &reader, &problems, name: \.entry.name.text) {
            Aggregate(listed: $0, path: $1, &$2)
        }
        let images: [ImageReference]? = Self.list("images", &reader, &problems, name: \.id.text) {
            ImageReference(listed: $0, path: $1, &$2)
        }
        reader.finish(&problems)
        guard problems.isEmpty else { return nil }
        self.init(hosts: hosts, aggregates: aggregates, images: images)
    }

    private static func list<Item>(
        _ member: String,
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems,
        name: (Item) -> String,
        read: (JSONValue, String, inout InputProblems) -> Item?
    ) -> [Item]? {
        guard let values = reader.array(member, count: 0...1_000_000, &problems) else { return nil }
        var items: [Item] = []
        items.reserveCapacity(values.count)
        // By their bytes, as the names themselves are compared.
        var seen: Set<[UInt8]> = []
        for (index, value) in values.enumerated() {
            let path = "\(member)[\(index)]"
            guard let item = read(value, path, &problems) else { continue }
            if seen.insert(Array(name(item).utf8)).inserted {
                items.append(item)
            } else {
                problems.add(path, "'\(name(item))' is listed twice")
            }
        }
        return items
    }
}

extension HostEntry {
    /// Reads what `PUT /v1/hosts/{name}` takes; nil, with what is wrong noted, unless all of it is right.
    package init?(name: HostName, body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let entry = Self.settings(name, &reader, &problems)
        reader.finish(&problems)
        guard problems.isEmpty else { return nil }
        self = entry
    }

    /// Reads an entry of an inventory; nil, with what is wrong noted, unless it has a name that can be one.
    init?(listed value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let name = reader.checked("name", required: true, &problems) { text throws(InvalidValue) in
            try HostName(text)
        }
        let placeholder = try? HostName("unnamed")
        guard let stand = name ?? placeholder else { return nil }
        let entry = Self.settings(stand, &reader, &problems)
        reader.finish(&problems)
        guard name != nil else { return nil }
        self = entry
    }

    private static func settings(
        _ name: HostName,
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> HostEntry {
        let address = reader.string("address", &problems)
        if let address, !isAddress(address) {
            problems.add(
                reader.path(of: "address"),
                "must be an IP address or a DNS name: letters, digits, '.', '-', '_', ':' and '%'"
            )
        }
        return HostEntry(
            name: name,
            address: address,
            port: reader.integer("port", 1...65_535, &problems).map(Int.init) ?? defaultPort,
            isEnabled: reader.boolean("enabled", &problems) ?? true,
            disabledReason: reader.printable("disabled_reason", nullable: true, &problems),
            labels: reader.labels("labels", &problems) ?? [:]
        )
    }

    /// Whether a text may be an address: nothing that could be more than one in a URL.
    private static func isAddress(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "%"):
                true
            default: false
            }
        }
    }
}

extension AggregateEntry {
    /// Reads what `PUT /v1/aggregates/{name}` takes; nil, with what is wrong noted, unless all of it is right.
    package init?(name: AggregateName, body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let entry = Self.settings(name, &reader, &problems)
        reader.finish(&problems)
        guard problems.isEmpty else { return nil }
        self = entry
    }

    static func settings(
        _ name: AggregateName,
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> AggregateEntry {
        AggregateEntry(
            name: name,
            availabilityZone: reader.printable("availability_zone", nullable: true, &problems),
            metadata: reader.labels("metadata", &problems) ?? [:]
        )
    }
}

extension InventoryDocument.Aggregate {
    /// Reads an entry of an inventory; nil, with what is wrong noted, unless it has a name that can be one.
    init?(listed value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let name = reader.checked("name", required: true, &problems) { text throws(InvalidValue) in
            try AggregateName(text)
        }
        let placeholder = try? AggregateName("unnamed")
        guard let stand = name ?? placeholder else { return nil }
        let entry = AggregateEntry.settings(stand, &reader, &problems)
        let hosts = reader.array("hosts", count: 0...1_000_000, &problems).map {
            Self.members($0, path: "\(path).hosts", &problems)
        }
        reader.finish(&problems)
        guard name != nil else { return nil }
        self.init(entry: entry, hosts: hosts)
    }

    private static func members(
        _ items: [JSONValue],
        path: String,
        _ problems: inout InputProblems
    ) -> [HostName] {
        var members: [HostName] = []
        var seen: Set<HostName> = []
        for (index, item) in items.enumerated() {
            guard case .string(let text) = item else {
                problems.add("\(path)[\(index)]", "must be a host's name, not \(item.kind)")
                continue
            }
            do throws(InvalidValue) {
                let host = try HostName(text)
                if seen.insert(host).inserted {
                    members.append(host)
                } else {
                    problems.add("\(path)[\(index)]", "the host '\(host)' is listed twice")
                }
            } catch {
                problems.add("\(path)[\(index)]", error.description)
            }
        }
        return members
    }
}

/// The inventory in the shape of the service's API document.
extension JSONWriter {
    /// Writes a host with its state as of `now`.
    package mutating func host(_ host: HostRecord, now: Timestamp) {
        object { json in
            json.member("id", host.id)
            json.member("name", host.name.text)
            json.member("address", host.entry.address)
            json.member("port", host.entry.port)
            json.member("enabled", host.entry.isEnabled)
            json.member("disabled_reason", host.entry.disabledReason)
            json.member("labels", host.entry.labels)
            json.member("state", host.state(at: now).rawValue)
            json.key("heartbeat")
            if let heartbeat = host.lastHeartbeat { json.heartbeat(heartbeat, now: now) } else { json.null() }
            json.member("created_at", host.createdAt)
            json.member("updated_at", host.updatedAt)
        }
    }

    /// Writes whether a host takes part in exchanges of images, as of `now`.
    package mutating func relay(of host: HostRecord, now: Timestamp) {
        let isOut = host.isOut.flatMap { $0.holds(at: now) ? $0 : nil }
        object("relay") { json in
            json.member("capable", host.lastHeartbeat?.capabilities.contains(HeartbeatRecord.relay) ?? false)
            json.member("out_until", isOut?.until)
            json.member("why", isOut?.why)
        }
    }

    /// Writes an aggregate.
    package mutating func aggregate(_ aggregate: AggregateRecord) {
        object { json in
            json.member("id", aggregate.id)
            json.member("uuid", aggregate.uuid)
            json.member("name", aggregate.name.text)
            json.member("availability_zone", aggregate.entry.availabilityZone)
            json.member("metadata", aggregate.entry.metadata)
            json.array("hosts", aggregate.hosts) { json, host in json.string(host.text) }
            json.member("created_at", aggregate.createdAt)
            json.member("updated_at", aggregate.updatedAt)
        }
    }

    /// Writes an image of the catalogue.
    ///
    /// - Parameters:
    ///   - image: The image.
    ///   - showsWholeURL: Whether its URL's query, user and password, which may be secrets, are shown.
    package mutating func image(_ image: CatalogueImage, showsWholeURL: Bool) {
        let reference = image.reference
        object { json in
            json.member("id", reference.id.text)
            json.member("name", reference.name)
            json.member("url", showsWholeURL ? reference.url : SourceURL.withoutSecrets(reference.url))
            json.member("size_bytes", reference.sizeBytes)
            json.member("hash_algorithm", reference.digest?.algorithm.rawValue)
            json.member("hash", reference.digest?.hex)
            json.member("disk_format", reference.diskFormat.rawValue)
            json.member("allow_unverified", reference.allowsUnverified)
            json.member("created_at", image.createdAt)
            json.member("updated_at", image.updatedAt)
        }
    }

    /// Writes a change of the inventory.
    package mutating func change(_ change: InventoryChange) {
        object { json in
            json.member("action", change.action.rawValue)
            json.member("kind", change.kind.rawValue)
            json.member("name", change.name)
            json.array("fields", change.fields) { json, field in json.string(field) }
        }
    }
}
