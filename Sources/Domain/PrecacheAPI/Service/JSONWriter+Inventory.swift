package import PrecacheModel

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
            if let heartbeat = host.lastHeartbeat { json.heartbeat(heartbeat) } else { json.null() }
            json.member("created_at", host.createdAt)
            json.member("updated_at", host.updatedAt)
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
    package mutating func image(_ image: CatalogueImage) {
        let reference = image.reference
        object { json in
            json.member("id", reference.id.text)
            json.member("name", reference.name)
            json.member("url", reference.url)
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
