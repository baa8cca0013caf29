package import PrecacheModel

/// The body of `PUT /v1/hosts/{name}/heartbeat`.
extension HeartbeatRecord {
    /// The most bytes that a body has: what the longest list of images with the longest names takes.
    package static let bodyBytes = 8_388_608

    /// Writes the body: all but the time of its receipt.
    package func body() -> [UInt8] {
        var json = JSONWriter(capacity: 512 + 128 * images.count)
        json.object { json in
            json.state(self)
            json.member("started_at", startedAt)
            if listsImages { json.images(images) }
            // Left out where there is none: a service that has named nothing knows no such fields.
            if let imagesMark { json.member("images_mark", imagesMark) }
            if let leasesMark { json.member("leases_mark", leasesMark) }
        }
        return json.bytes
    }

    /// Reads the body; nil, with what is wrong noted, unless all of it is right.
    package init?(_ body: JSONValue, receivedAt: Timestamp, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let amount: ClosedRange<Int64> = 0...9_007_199_254_740_991
        let interval = reader.integer("interval_seconds", 1...3600, required: true, &problems)
        let version = reader.printable("version", length: 1...64, required: true, &problems)
        let startedAt = reader.checked("started_at", required: true, &problems) { text throws(InvalidValue) in
            try Timestamp(text)
        }
        let disk = Self.pair("disk", "total_bytes", "free_bytes", amount, &reader, &problems)
        var damaged: Int64 = 0
        let cache = Self.pair("cache", "images", "bytes", amount, &reader, &problems) { cache, problems in
            // Agents of version 0.1.0 don't tell.
            damaged = cache.integer("damaged", 0...1_000_000_000, required: false, &problems) ?? 0
        }
        let imagesMark = reader.mark("images_mark", &problems)
        let images = Self.images(&reader, amount, required: imagesMark == nil, &problems)
        let leasesMark = reader.mark("leases_mark", &problems)
        let tasks = reader.integer("tasks", 0...1_000_000, required: true, &problems)
        let capabilities = (reader.array("capabilities", count: 0...16, required: false, &problems) ?? [])
            .compactMap(\.text).filter { $0.utf8.count <= 32 }
        reader.finish(&problems)
        guard problems.isEmpty, let interval, let disk, let cache, let tasks else { return nil }
        self.init(
            receivedAt: receivedAt,
            interval: .seconds(interval),
            version: version,
            startedAt: startedAt,
            diskTotalBytes: disk.0,
            diskFreeBytes: disk.1,
            cacheImages: Int(cache.0),
            cacheBytes: cache.1,
            cacheDamaged: Int(damaged),
            tasks: Int(tasks),
            capabilities: capabilities,
            images: images ?? [],
            listsImages: images != nil,
            imagesMark: imagesMark,
            leasesMark: leasesMark
        )
    }

    private static func pair(
        _ member: String,
        _ first: String,
        _ second: String,
        _ range: ClosedRange<Int64>,
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems,
        also more: (inout ObjectReader, inout InputProblems) -> Void = { _, _ in }
    ) -> (Int64, Int64)? {
        guard let value = reader.value(member, required: true, &problems),
            var inner = ObjectReader(value, path: reader.path(of: member), &problems)
        else { return nil }
        let one = inner.integer(first, range, required: true, &problems)
        let two = inner.integer(second, range, required: true, &problems)
        more(&inner, &problems)
        inner.finish(&problems)
        guard let one, let two else { return nil }
        return (one, two)
    }

    private static func images(
        _ reader: inout ObjectReader,
        _ range: ClosedRange<Int64>,
        required: Bool,
        _ problems: inout InputProblems
    ) -> [HeartbeatImage]? {
        let count = 0...mostImages
        guard let items = reader.array("images", count: count, required: required, &problems) else {
            return nil
        }
        return items.enumerated().compactMap { index, item in
            guard var entry = ObjectReader(item, path: "images[\(index)]", &problems) else { return nil }
            let id = entry.checked("id", required: true, &problems) { text throws(InvalidValue) in
                try ImageID(text)
            }
            let size = entry.integer("size_bytes", range, required: true, &problems)
            let isVerified = entry.boolean("verified", required: true, &problems)
            let isDamaged = entry.boolean("damaged", &problems) ?? false
            entry.finish(&problems)
            guard let id, let size, let isVerified else { return nil }
            return HeartbeatImage(id: id, sizeBytes: size, isVerified: isVerified, isDamaged: isDamaged)
        }
    }
}

extension JSONWriter {
    /// Writes a heartbeat as a host's record shows it.
    mutating func heartbeat(_ heartbeat: HeartbeatRecord, now: Timestamp) {
        object { json in
            json.member("at", heartbeat.receivedAt)
            json.member("age_seconds", max(0, (now - heartbeat.receivedAt).components.seconds))
            json.state(heartbeat)
        }
    }

    /// Writes what a host's cache holds.
    package mutating func images(_ images: [HeartbeatImage]) {
        array("images", images) { json, image in
            json.object { json in
                json.member("id", image.id.text)
                json.member("size_bytes", image.sizeBytes)
                json.member("verified", image.isVerified)
                if image.isDamaged { json.member("damaged", true) }
            }
        }
    }

    /// Writes what both shapes of a heartbeat have.
    fileprivate mutating func state(_ heartbeat: HeartbeatRecord) {
        member("interval_seconds", max(1, heartbeat.interval.components.seconds))
        member("version", heartbeat.version ?? "")
        object("disk") { json in
            json.member("total_bytes", heartbeat.diskTotalBytes ?? 0)
            json.member("free_bytes", heartbeat.diskFreeBytes ?? 0)
        }
        object("cache") { json in
            json.member("images", heartbeat.cacheImages)
            json.member("bytes", heartbeat.cacheBytes)
            json.member("damaged", heartbeat.cacheDamaged)
        }
        member("tasks", heartbeat.tasks)
        // Left out where there is none: a service from before there were any takes no field that it doesn't know.
        if !heartbeat.capabilities.isEmpty { array("capabilities", heartbeat.capabilities) { $0.string($1) } }
    }
}
