package import PrecacheModel

/// The body of `POST /v1/aggregates/{aggregate}/images`: which images, and how.
package struct CacheOrder: Hashable, Sendable {
    /// The images, each once, 1 to 256.
    package var images: [ImageID]
    /// Hosts at once; nil for the service's setting, as with all that follows.
    package var parallelism: Parallelism?
    /// The longest that one attempt may take on a host, 1 s to 7 days.
    package var hostTimeout: Duration?
    /// Attempts per host, 1 to 100.
    package var maxAttempts: Int?
    /// The longest that the job may take, 1 s to 30 days.
    package var deadline: Duration?
    /// How long each host is to keep the images from the moment it has them, up to 365 days; nil for no promise.
    package var keep: Duration?

    /// Reads a body; nil, with what is wrong noted, unless all of it is right.
    package init?(_ body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        images = Self.images(&reader, &problems)
        parallelism = Self.parallelism(&reader, &problems)
        hostTimeout = reader.integer("host_timeout_seconds", 1...604_800, &problems).map { .seconds($0) }
        maxAttempts = reader.integer("max_attempts", 1...100, &problems).map(Int.init)
        deadline = reader.integer("deadline_seconds", 1...2_592_000, &problems).map { .seconds($0) }
        let keep = reader.integer("keep_seconds", 0...31_536_000, &problems) ?? 0
        self.keep = keep > 0 ? .seconds(keep) : nil
        reader.finish(&problems)
        guard problems.isEmpty else { return nil }
    }

    private static func images(_ reader: inout ObjectReader, _ problems: inout InputProblems) -> [ImageID] {
        var images: [ImageID] = []
        var seen: Set<ImageID> = []
        let items = reader.array("cache", count: 1...256, required: true, &problems) ?? []
        for (index, item) in items.enumerated() {
            guard var entry = ObjectReader(item, path: "cache[\(index)]", &problems) else { continue }
            let id = entry.checked("id", required: true, &problems) { text throws(InvalidValue) in
                try ImageID(text)
            }
            entry.finish(&problems)
            guard let id else { continue }
            if seen.insert(id).inserted {
                images.append(id)
            } else {
                problems.add("cache[\(index)].id", "the image '\(id)' is listed twice")
            }
        }
        return images
    }

    private static func parallelism(
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> Parallelism? {
        let text: String
        switch reader.value("parallelism", &problems) {
        case nil: return nil
        case .integer(let number): text = String(number)
        case .string(let string): text = string
        default: text = ""
        }
        if text.first != "0", let value = try? Parallelism(text) { return value }
        problems.add("parallelism", "must be a number of hosts from 1 to 1000000, or \"1%\" to \"100%\"")
        return nil
    }
}
