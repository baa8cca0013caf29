import PrecacheAPI
import PrecacheModel

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
