package import PrecacheModel

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
