import PrecacheAPI
import PrecacheModel

/// Nova's resources as JSON, with the fields of each microversion.
extension JSONWriter {
    /// Writes a time as Nova does: ISO 8601 in UTC with microseconds, but no zone.
    mutating func novaTime(_ name: StaticString, _ moment: Timestamp?) {
        key(name)
        if let moment { plain(moment.utf8.dropLast()) } else { null() }
    }

    /// Writes an aggregate; a bare one, without hosts and metadata, is the answer to its making.
    mutating func novaAggregate(_ record: AggregateRecord, _ version: Microversion, isBare: Bool = false) {
        object { json in
            json.member("id", record.id)
            if version >= Microversion(2, 41) { json.member("uuid", record.uuid) }
            json.member("name", record.entry.name.text)
            json.member("availability_zone", record.entry.availabilityZone)
            json.novaTime("created_at", record.createdAt)
            json.novaTime("updated_at", record.updatedAt == record.createdAt ? nil : record.updatedAt)
            json.member("deleted", false)
            json.novaTime("deleted_at", nil)
            guard !isBare else { return }
            json.array("hosts", record.hosts) { json, host in json.string(host.text) }
            var metadata = record.entry.metadata
            metadata["availability_zone"] = record.entry.availabilityZone
            json.member("metadata", metadata)
        }
    }

    /// Writes a host's service.
    mutating func novaService(
        _ compute: ComputeHost,
        _ version: Microversion,
        zone: String,
        now: Timestamp
    ) {
        object { json in
            if version >= Microversion(2, 53) {
                json.member("id", compute.serviceUUID)
            } else {
                json.member("id", compute.host.id)
            }
            json.member("binary", ComputeHost.binary)
            json.member("host", compute.host.name.text)
            json.member("zone", zone)
            json.member("status", compute.status)
            json.member("state", compute.state(at: now))
            json.novaTime("updated_at", compute.host.lastHeartbeat?.receivedAt)
            json.member("disabled_reason", compute.host.entry.disabledReason)
            if version >= Microversion(2, 11) { json.member("forced_down", false) }
        }
    }
}
