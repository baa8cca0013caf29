package import PrecacheModel

extension PolicySpec {
    /// Reads what `PUT /v1/policies/{policy}` takes; nil, with what is wrong noted, unless all of it is right.
    ///
    /// Whether there are such aggregates, images and zones is the service's to say.
    package init?(_ body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let spec = Self.settings(&reader, &problems)
        reader.finish(&problems)
        guard problems.isEmpty else { return nil }
        self = spec
    }

    static func settings(
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> PolicySpec {
        PolicySpec(
            aggregates: list("aggregates", 1...64, required: true, &reader, &problems, aggregate),
            images: list("images", 1...64, required: true, &reader, &problems) {
                PolicyImage($0, path: $1, &$2)
            },
            windows: list("windows", 0...32, required: false, &reader, &problems) {
                PolicyWindow($0, path: $1, &$2)
            },
            windowEnd: reader.word("at_window_end", &problems) ?? .finish,
            superseded: reader.word("superseded", &problems) ?? .unpin,
            parallelism: reader.parallelism(nullable: true, &problems),
            hostTimeout: reader.integer("host_timeout_seconds", 1...604_800, nullable: true, &problems).map {
                .seconds($0)
            },
            priority: reader.word("priority", &problems) ?? .normal,
            isEnabled: reader.boolean("enabled", &problems) ?? true,
            expiresAt: reader.string("expires_at", nullable: true, &problems).flatMap {
                InputCheck.value($0, field: reader.path(of: "expires_at"), &problems) {
                    text throws(InvalidValue) in
                    try Timestamp(text)
                }
            }
        )
    }

    private static func aggregate(
        _ value: JSONValue,
        _ path: String,
        _ problems: inout InputProblems
    ) -> AggregateName? {
        guard case .string(let text) = value else {
            problems.add(path, "must be a string, not \(value.kind)")
            return nil
        }
        return InputCheck.value(text, field: path, &problems) { text throws(InvalidValue) in
            try AggregateName(text)
        }
    }

    private static func list<Item: Hashable>(
        _ member: String,
        _ count: ClosedRange<Int>,
        required: Bool,
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems,
        _ read: (JSONValue, String, inout InputProblems) -> Item?
    ) -> [Item] {
        var items: [Item] = []
        var seen: Set<Item> = []
        let values = reader.array(member, count: count, required: required, &problems) ?? []
        for (index, value) in values.enumerated() {
            let path = "\(reader.path(of: member))[\(index)]"
            guard let item = read(value, path, &problems) else { continue }
            if seen.insert(item).inserted {
                items.append(item)
            } else {
                problems.add(path, "is listed twice")
            }
        }
        return items
    }
}

extension PolicyImage {
    fileprivate init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let id = reader.checked("id", &problems) { text throws(InvalidValue) in try ImageID(text) }
        let newest = reader.value("newest", &problems).flatMap {
            ImageChannel($0, path: reader.path(of: "newest"), &problems)
        }
        let count = reader.integer("count", 1...20, &problems)
        reader.finish(&problems)
        let isNewest = value["newest"] != nil
        guard isNewest != (value["id"] != nil) else {
            problems.add(path, "must have one of id and newest")
            return nil
        }
        if !isNewest, count != nil { problems.add(reader.path(of: "count"), "goes with newest alone") }
        if let newest {
            self = .newest(newest, count: Int(count ?? 1))
        } else if let id {
            self = .image(id)
        } else {
            return nil
        }
    }
}

extension ImageChannel {
    fileprivate init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let name = reader.printable("name", &problems)
        let tag = reader.printable("tag", &problems)
        let properties = reader.labels("property", &problems)
        reader.finish(&problems)
        guard value.members.count == 1 else {
            problems.add(path, "must have one member: name, tag or property")
            return nil
        }
        if let name {
            self = .name(name)
        } else if let tag {
            self = .tag(tag)
        } else if let properties {
            guard value["property"]?.members.count == 1 else {
                problems.add("\(path).property", "must have one member")
                return nil
            }
            guard let property = properties.first else { return nil }
            guard PrintableText.isPrintable(property.value) else {
                problems.add("\(path).property.\(property.key)", "must not contain control characters")
                return nil
            }
            self = .property(property.key, property.value)
        } else {
            return nil
        }
    }
}

extension PolicyWindow {
    fileprivate init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let cron = reader.checked("cron", required: true, &problems) { text throws(InvalidValue) in
            try CronLine(text)
        }
        let hours = reader.integer("hours", 1...Int64(Self.mostHours), required: true, &problems)
        let zone = reader.checked("timezone", required: true, &problems) { text throws(InvalidValue) in
            try Self.checkedZone(text)
        }
        reader.finish(&problems)
        guard let cron, let hours, let zone else { return nil }
        self.init(cron: cron, hours: Int(hours), zone: zone)
    }
}

extension JSONWriter {
    /// Writes what an operator says of a policy, all of it: what was left out with its default.
    package mutating func policySpec(_ spec: PolicySpec) {
        object { json in
            json.array("aggregates", spec.aggregates) { json, aggregate in json.string(aggregate.text) }
            json.array("images", spec.images) { json, image in json.image(image) }
            json.array("windows", spec.windows) { json, window in
                json.object { json in
                    json.member("cron", window.cron.text)
                    json.member("hours", window.hours)
                    json.member("timezone", window.zone)
                }
            }
            json.member("at_window_end", spec.windowEnd.rawValue)
            json.member("superseded", spec.superseded.rawValue)
            json.key("parallelism")
            switch spec.parallelism {
            case nil: json.null()
            case .hosts(let number): json.integer(Int64(number))
            case .percent: json.string(spec.parallelism?.description ?? "")
            }
            json.member("host_timeout_seconds", spec.hostTimeout?.components.seconds)
            json.member("priority", spec.priority.rawValue)
            json.member("enabled", spec.isEnabled)
            json.member("expires_at", spec.expiresAt)
        }
    }

    private mutating func image(_ image: PolicyImage) {
        object { json in
            switch image {
            case .image(let id): json.member("id", id.text)
            case .newest(let channel, let count):
                json.object("newest") { json in
                    switch channel {
                    case .name(let name): json.member("name", name)
                    case .tag(let tag): json.member("tag", tag)
                    case .property(let key, let value): json.member("property", [key: value])
                    }
                }
                json.member("count", count)
            }
        }
    }
}
