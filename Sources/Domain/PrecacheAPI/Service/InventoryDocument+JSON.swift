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
        var seen: Set<String> = []
        for (index, value) in values.enumerated() {
            let path = "\(member)[\(index)]"
            guard let item = read(value, path, &problems) else { continue }
            if seen.insert(name(item)).inserted {
                items.append(item)
            } else {
                problems.add(path, "'\(name(item))' is listed twice")
            }
        }
        return items
    }
}
