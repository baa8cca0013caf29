package import PrecacheAPI

/// What a cloud's Nova knows that belongs into an inventory.
package struct CloudInventory: Sendable, Hashable {
    /// A host with a `nova-compute` service.
    package struct Host: Sendable, Hashable {
        package let name: String
        /// Its hypervisor's address, where Nova knows one.
        package let address: String?
        /// Whether the service is enabled.
        package let isEnabled: Bool
        /// Why it isn't.
        package let disabledReason: String?
    }

    /// A host aggregate.
    package struct Aggregate: Sendable, Hashable {
        package let name: String
        /// The availability zone that it makes.
        package let zone: String?
        /// Its metadata without the zone.
        package let metadata: [String: String]
        /// Its hosts, those that can't be seen among them, and those without a `nova-compute` service left out.
        package let hosts: [String]
    }

    /// The hosts by name.
    package let hosts: [Host]
    /// The hosts of cells that are down, by name: that they are there is all that Nova knows now.
    ///
    /// A host that was added to such a cell lately may be missing even here.
    package let unseen: [String]
    /// The aggregates by name.
    package let aggregates: [Aggregate]
    /// Members of aggregates that have no `nova-compute` service.
    package let strangers: [String]

    /// Asks Nova.
    ///
    /// Throws ``ClientError``, also where Nova can't answer since a cell is down.
    package static func read(_ session: CloudSession) async throws(ClientError) -> CloudInventory {
        // Before 2.69 Nova leaves the hosts of a cell that is down out, without a word.
        let services = try await session.compute("/os-services?binary=nova-compute", version: "2.69")
        let hypervisors: JSONValue
        do throws(ClientError) {
            hypervisors = try await session.compute("/os-hypervisors/detail")
        } catch {
            throw explained(error, unseen: unseen(in: services))
        }
        return CloudInventory(
            services: services,
            hypervisors: hypervisors,
            aggregates: try await session.compute("/os-aggregates")
        )
    }

    /// Puts Nova's three answers together: the services of microversion 2.69, which marks what it can't see, or of 2.1
    /// where there is nothing newer, the others of 2.1.
    package init(services: JSONValue, hypervisors: JSONValue, aggregates: JSONValue) {
        var addresses: [String: String] = [:]
        for hypervisor in hypervisors["hypervisors"]?.items ?? [] {
            guard let host = hypervisor["service"]?["host"]?.text, let address = hypervisor["host_ip"]?.text
            else { continue }
            // A host of Ironic has many hypervisors, all with its own address.
            if addresses[host] == nil, !address.isEmpty { addresses[host] = address }
        }
        hosts = Self.compute(in: services).filter { !Self.isUnseen($0) }.compactMap { service in
            service["host"]?.text.map { name in
                Host(
                    name: name,
                    address: addresses[name],
                    isEnabled: service["status"]?.text != "disabled",
                    disabledReason: service["disabled_reason"]?.text
                )
            }
        }
        .sorted { $0.name < $1.name }
        let seen = Set(hosts.map(\.name))
        unseen = Self.unseen(in: services).filter { !seen.contains($0) }
        let known = seen.union(unseen)
        var strangers: Set<String> = []
        self.aggregates = (aggregates["aggregates"]?.items ?? []).compactMap { aggregate in
            guard let name = aggregate["name"]?.text else { return nil }
            let members = (aggregate["hosts"]?.items ?? []).compactMap(\.text)
            strangers.formUnion(members.filter { !known.contains($0) })
            var metadata: [String: String] = [:]
            for member in aggregate["metadata"]?.members ?? [] { metadata[member.name] = member.value.text }
            let zone = metadata.removeValue(forKey: "availability_zone")
            return Aggregate(
                name: name,
                zone: aggregate["availability_zone"]?.text ?? zone,
                metadata: metadata,
                hosts: members.filter(known.contains).sorted()
            )
        }
        .sorted { $0.name < $1.name }
        self.strangers = strangers.sorted()
    }

    /// Names for a message, the first ten of them.
    package static func list(_ names: [String]) -> String {
        names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
    }

    private static func compute(in services: JSONValue) -> [JSONValue] {
        (services["services"]?.items ?? []).filter { $0["binary"]?.text == "nova-compute" }
    }

    private static func unseen(in services: JSONValue) -> [String] {
        Set(compute(in: services).filter(isUnseen).compactMap { $0["host"]?.text }).sorted()
    }

    private static func isUnseen(_ service: JSONValue) -> Bool { service["status"]?.text == "UNKNOWN" }

    /// Of a cell that is down os-hypervisors knows nothing better than "Unexpected API Error".
    private static func explained(_ error: ClientError, unseen: [String]) -> ClientError {
        guard !unseen.isEmpty, error.kind == .failed || error.kind == .noAnswer else { return error }
        var error = error
        error.message = "a cell of Nova is down, so \(list(unseen)) can't be seen; \(error.message)"
        error.hint = cellHint
        return error
    }

    /// What to do about hosts that can't be seen.
    package static let cellHint =
        "Import again when 'openstack compute service list' shows no status UNKNOWN."
}

extension CloudInventory {
    /// The body of `PUT /v1/inventory` that brings the inventory to what Nova knows.
    ///
    /// What Nova doesn't know of hosts that are there already is said again as it is: labels, the agent's port, and the
    /// address, which may lead through another network than Nova's. So are hosts that Nova can't see now; those that
    /// aren't there yet are left out, for nothing is known of them but the name.
    ///
    /// - Parameters:
    ///   - present: The hosts of the inventory.
    ///   - takesAddresses: Whether hosts that are there get Nova's addresses too.
    ///   - keepsEnabled: Whether hosts that are there stay enabled or disabled whatever Nova says.
    /// - Returns: JSON.
    package func document(present: [HostView], takesAddresses: Bool, keepsEnabled: Bool) -> [UInt8] {
        let known = Dictionary(present.map { ($0.name, $0) }) { first, _ in first }
        let kept = unseen.compactMap { known[$0] }.map { host in
            Host(
                name: host.name,
                address: host.address,
                isEnabled: host.enabled ?? true,
                disabledReason: host.disabledReason
            )
        }
        let unknown = Set(unseen).subtracting(known.keys)
        var json = JSONWriter(capacity: 256 * (hosts.count + aggregates.count + 1))
        json.object { json in
            json.array("hosts", hosts + kept) { json, host in
                let old = known[host.name]
                let address = takesAddresses ? host.address ?? old?.address : old?.address ?? host.address
                json.object { json in
                    json.member("name", host.name)
                    if let address { json.member("address", address) }
                    if let port = old?.port { json.member("port", port) }
                    if let old, keepsEnabled {
                        json.member("enabled", old.enabled ?? true)
                        json.member("disabled_reason", old.disabledReason)
                    } else {
                        json.member("enabled", host.isEnabled)
                        json.member("disabled_reason", host.isEnabled ? nil : host.disabledReason)
                    }
                    json.member("labels", old?.labels ?? [:])
                }
            }
            json.array("aggregates", aggregates) { json, aggregate in
                json.object { json in
                    json.member("name", aggregate.name)
                    json.member("availability_zone", aggregate.zone)
                    json.member("metadata", aggregate.metadata)
                    json.array("hosts", aggregate.hosts.filter { !unknown.contains($0) }) { $0.string($1) }
                }
            }
        }
        return json.bytes
    }
}
