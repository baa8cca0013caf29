internal import FoundationEssentials
internal import PrecacheModel

/// Texts that the database holds were checked when they came in; one that fails now means a damaged row.
enum Stored {
    static func hostName(_ text: String) throws -> HostName {
        do { return try HostName(text) } catch { throw damaged(error) }
    }

    static func aggregateName(_ text: String) throws -> AggregateName {
        do { return try AggregateName(text) } catch { throw damaged(error) }
    }

    static func imageID(_ text: String) throws -> ImageID {
        do { return try ImageID(text) } catch { throw damaged(error) }
    }

    static func jobID(_ text: String) throws -> JobID {
        do { return try JobID(text) } catch { throw damaged(error) }
    }

    static func digest(algorithm: String?, hex: String?) throws -> Digest? {
        guard let algorithm, let hex else { return nil }
        guard let known = DigestAlgorithm(rawValue: algorithm) else {
            throw StoreError(.corrupt, message: "a row names an unknown digest algorithm")
        }
        do { return try Digest(known, hex: hex) } catch { throw damaged(error) }
    }

    static func diskFormat(_ text: String) throws -> DiskFormat {
        guard let format = DiskFormat(rawValue: text) else {
            throw StoreError(.corrupt, message: "a row names an unknown disk format")
        }
        return format
    }

    static func imageOrigin(_ text: String) throws -> ImageOrigin {
        guard let origin = ImageOrigin(rawValue: text) else {
            throw StoreError(.corrupt, message: "a row names an unknown origin of an image")
        }
        return origin
    }

    /// Whole milliseconds, rounded down.
    static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    private static func damaged(_ error: InvalidValue) -> StoreError {
        StoreError(.corrupt, message: "a row is damaged: \(error)")
    }
}

/// Small values that the database keeps as JSON text: labels, metadata, what a host has cached.
enum JSONText {
    /// The text, keys sorted, so that equal values are equal texts.
    static func encode(_ texts: [String: String]) throws -> String {
        // The usual case, 100,000 times in a large inventory.
        if texts.isEmpty { return "{}" }
        return try encode(value: texts)
    }

    /// Reads what ``encode(_:)`` wrote.
    static func decode(_ text: String) throws -> [String: String] {
        if text == "{}" { return [:] }
        return try decode([String: String].self, from: text)
    }

    /// Counts by word.
    static func encode(counts: [String: Int]) throws -> String {
        if counts.isEmpty { return "{}" }
        return try encode(value: counts)
    }

    /// Reads what ``encode(counts:)`` wrote.
    static func decode(counts text: String) throws -> [String: Int] {
        if text == "{}" { return [:] }
        return try decode([String: Int].self, from: text)
    }

    static func encode(crossings: Crossings) throws -> String {
        if crossings.bytes.isEmpty { return "{}" }
        return try encode(value: crossings.bytes)
    }

    static func decode(crossings text: String) throws -> Crossings {
        if text == "{}" { return Crossings() }
        return Crossings(try decode([String: Int64].self, from: text))
    }

    static func encode(mesh: MeshRecord) throws -> String {
        try encode(
            value: Dictionary(
                uniqueKeysWithValues: mesh.told.map { kind, told in
                    (kind.rawValue, StoredTold(count: told.count, hosts: told.hosts.map(\.text)))
                }
            )
        )
    }

    static func decode(mesh text: String) throws -> MeshRecord {
        if text == "{}" { return MeshRecord() }
        var mesh = MeshRecord()
        for (word, told) in try decode([String: StoredTold].self, from: text) {
            guard let kind = MeshNote.Kind(rawValue: word) else { continue }
            mesh.told[kind] = .init(count: told.count, hosts: try told.hosts.map(Stored.hostName))
        }
        return mesh
    }

    private struct StoredTold: Codable {
        let count: Int
        let hosts: [String]
    }

    static func encode(images: [HeartbeatImage]) throws -> String {
        try encode(
            value: images.map { image in
                StoredImage(
                    id: image.id.text,
                    size: image.sizeBytes,
                    verified: image.isVerified,
                    damaged: image.isDamaged ? true : nil,
                    since: image.since?.microseconds
                )
            }
        )
    }

    static func decode(images text: String) throws -> [HeartbeatImage] {
        try decode([StoredImage].self, from: text).map { image in
            HeartbeatImage(
                id: try ImageID(image.id),
                sizeBytes: image.size,
                isVerified: image.verified,
                isDamaged: image.damaged ?? false,
                since: image.since.map(Timestamp.init(microseconds:))
            )
        }
    }

    private struct StoredImage: Codable {
        let id: String
        let size: Int64
        let verified: Bool
        let damaged: Bool?
        let since: Int64?
    }

    private static func encode(value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
            throw StoreError(.corrupt, message: "a row holds JSON that this program didn't write: \(error)")
        }
    }
}
