import HTTPServing
import HTTPTypes
import PrecacheAPI
import PrecacheModel

extension NovaRoutes {
    func addCompute(to router: inout Router) {
        on(&router, .get, "/os-services") { try await listServices($0) }
        on(&router, .get, "/os-hypervisors") { try await listHypervisors($0, isDetailed: false) }
        on(&router, .get, "/os-hypervisors/detail") { try await listHypervisors($0, isDetailed: true) }
        on(&router, .get, "/os-hypervisors/{id}") { try await showHypervisor($0) }
    }

    private func listServices(_ call: NovaCall) async throws -> Response {
        let query = try call.query()
        if call.version >= Microversion(2, 75) { try call.allow(["host", "binary"], in: query) }
        try call.check(.listServices)
        var hosts = try await dependencies.inventory.computeHosts()
        if let host = query["host"], !host.isEmpty { hosts.removeAll { $0.host.name.text != host } }
        if let binary = query["binary"], !binary.isEmpty, binary != ComputeHost.binary { hosts = [] }
        let (now, zone) = (dependencies.clock(), dependencies.defaultZone)
        return NovaAnswers.object(capacity: 300 * (hosts.count + 1)) { json in
            json.array("services", hosts) { json, host in
                json.novaService(host, call.version, zone: host.zone(default: zone), now: now)
            }
        }
    }

    private func listHypervisors(_ call: NovaCall, isDetailed: Bool) async throws -> Response {
        let page = try HypervisorPage(call)
        try call.check(isDetailed ? .listHypervisorsInDetail : .listHypervisors)
        let (hosts, marker) = try page.select(try await dependencies.inventory.computeHosts())
        let now = dependencies.clock()
        return NovaAnswers.object(capacity: 400 * (hosts.count + 1)) { json in
            json.array("hypervisors", hosts) { json, host in
                json.novaHypervisor(
                    host,
                    call.version,
                    isDetailed: isDetailed,
                    withServers: page.withServers,
                    now: now
                )
            }
            guard let marker else { return }
            let base = documents.base(call.request) + call.request.path
            json.array("hypervisors_links", [base]) { json, base in
                json.object { json in
                    json.member("rel", "next")
                    json.member("href", "\(base)?limit=\(hosts.count)&marker=\(marker)")
                }
            }
        }
    }

    private func showHypervisor(_ call: NovaCall) async throws -> Response {
        let query = try call.query()
        let hasUUIDs = call.version >= Microversion(2, 53)
        if hasUUIDs { try call.allow(["with_servers"], in: query) }
        try call.check(.showHypervisor)
        let id = call.idText
        guard !hasUUIDs || TextFormat.isUUID(id) else { throw NovaFault.badRequest("Invalid uuid \(id)") }
        let hosts = try await dependencies.inventory.computeHosts()
        let host = hosts.first { hasUUIDs ? $0.hypervisorUUID == id.lowercased() : "\($0.host.id)" == id }
        guard let host else { throw NovaFault.notFound("Hypervisor with ID '\(id)' could not be found.") }
        let now = dependencies.clock()
        return NovaAnswers.object { json in
            json.key("hypervisor")
            json.novaHypervisor(
                host,
                call.version,
                isDetailed: true,
                withServers: HypervisorPage.isTrue(query["with_servers"]),
                now: now
            )
        }
    }
}

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
