import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

extension NovaRoutes {
    func addZones(to router: inout Router) {
        on(&router, .get, "/os-availability-zone") { try await listZones($0, isDetailed: false) }
        on(&router, .get, "/os-availability-zone/detail") { try await listZones($0, isDetailed: true) }
    }

    /// A zone is available while a host of it takes part; hosts are told of available zones alone, and of enabled hosts.
    private func listZones(_ call: NovaCall, isDetailed: Bool) async throws -> Response {
        try call.check(isDetailed ? .listZonesInDetail : .listZones)
        let (now, zone) = (dependencies.clock(), dependencies.defaultZone)
        var enabled: [String: [ComputeHost]] = [:]
        var disabled: Set<String> = []
        for host in try await dependencies.inventory.computeHosts() {
            let name = host.zone(default: zone)
            if host.host.entry.isEnabled {
                enabled[name, default: []].append(host)
            } else {
                disabled.insert(name)
            }
        }
        let rest = disabled.subtracting(enabled.keys).sorted()
        let zones = enabled.sorted { $0.key < $1.key }
        return NovaAnswers.object { json in
            json.key("availabilityZoneInfo")
            json.array { json in
                for (name, hosts) in zones {
                    json.novaZone(name, isAvailable: true, hosts: isDetailed ? hosts : nil, now: now)
                }
                for name in rest { json.novaZone(name, isAvailable: false, hosts: nil, now: now) }
            }
        }
    }
}
