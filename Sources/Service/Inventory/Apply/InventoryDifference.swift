internal import PrecacheModel

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
