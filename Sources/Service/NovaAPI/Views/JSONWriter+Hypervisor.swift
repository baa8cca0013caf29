import PrecacheAPI
import PrecacheModel

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
