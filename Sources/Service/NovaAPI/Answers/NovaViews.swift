import PrecacheAPI
import PrecacheModel

extension ComputeHost {
    /// The only service that a host has here.
    static let binary = "nova-compute"

    /// Whether it takes part in jobs, in Nova's word.
    var status: String { host.entry.isEnabled ? "enabled" : "disabled" }

    /// Whether its agent is alive; Nova has no word for a host that hasn't been heard of yet.
    func state(at now: Timestamp) -> String { host.state(at: now) == .up ? "up" : "down" }

    /// The zone that it is in; Nova joins several with commas.
    func zone(default zone: String) -> String { zones.isEmpty ? zone : zones.joined(separator: ",") }
}

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

extension JSONWriter {
    /// Writes a host's hypervisor.
    mutating func novaHypervisor(
        _ compute: ComputeHost,
        _ version: Microversion,
        isDetailed: Bool,
        withServers: Bool,
        now: Timestamp
    ) {
        object { json in
            let hasUUID = version >= Microversion(2, 53)
            if hasUUID {
                json.member("id", compute.hypervisorUUID)
            } else {
                json.member("id", compute.host.id)
            }
            json.member("hypervisor_hostname", compute.host.name.text)
            json.member("state", compute.state(at: now))
            json.member("status", compute.status)
            if isDetailed { json.hypervisorDetail(compute, version, hasUUID: hasUUID) }
            if withServers, version >= Microversion(2, 75) { json.array("servers", [Int]()) { _, _ in } }
        }
    }

    private mutating func hypervisorDetail(_ compute: ComputeHost, _ version: Microversion, hasUUID: Bool) {
        // The agent knows nothing of the hypervisor above it.
        member("hypervisor_type", "unknown")
        member("hypervisor_version", 0)
        member("host_ip", compute.host.entry.address)
        object("service") { json in
            if hasUUID { json.member("id", compute.serviceUUID) } else { json.member("id", compute.host.id) }
            json.member("host", compute.host.name.text)
            json.member("disabled_reason", compute.host.entry.disabledReason)
        }
        guard version < Microversion(2, 88) else {
            key("uptime")
            null()
            return
        }
        let gibibyte: Int64 = 1 << 30
        let beat = compute.host.lastHeartbeat
        let (total, free) = ((beat?.diskTotalBytes ?? 0) / gibibyte, (beat?.diskFreeBytes ?? 0) / gibibyte)
        for name in ["vcpus", "vcpus_used", "memory_mb", "memory_mb_used", "free_ram_mb"] as [StaticString] {
            member(name, 0)
        }
        member("local_gb", total)
        member("local_gb_used", max(0, total - free))
        member("free_disk_gb", free)
        member("disk_available_least", free)
        member("current_workload", 0)
        member("running_vms", 0)
        key("cpu_info")
        if version >= Microversion(2, 28) { object { _ in } } else { string("") }
    }
}

extension JSONWriter {
    /// Writes an availability zone, with what its hosts are up to unless `hosts` is nil.
    mutating func novaZone(_ name: String, isAvailable: Bool, hosts: [ComputeHost]?, now: Timestamp) {
        object { json in
            json.member("zoneName", name)
            json.object("zoneState") { $0.member("available", isAvailable) }
            json.key("hosts")
            guard let hosts else {
                json.null()
                return
            }
            json.object { json in
                for host in hosts {
                    json.key(text: host.host.name.text)
                    json.object { json in json.object("nova-compute") { $0.novaService(in: host, now: now) } }
                }
            }
        }
    }

    private mutating func novaService(in host: ComputeHost, now: Timestamp) {
        member("available", host.state(at: now) == "up")
        member("active", host.host.entry.isEnabled)
        novaTime("updated_at", host.host.lastHeartbeat?.receivedAt)
    }
}
