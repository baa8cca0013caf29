public import PrecacheAPI

/// What a cloud's Nova knows that belongs into an inventory.
public struct CloudInventory: Sendable, Hashable {
    /// A host with a `nova-compute` service.
    public struct Host: Sendable, Hashable {
        /// The name.
        public let name: String
        /// Its hypervisor's address, where Nova knows one.
        public let address: String?
        /// Whether the service is enabled.
        public let isEnabled: Bool
        /// Why it isn't.
        public let disabledReason: String?
    }

    /// A host aggregate.
    public struct Aggregate: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The availability zone that it makes.
        public let zone: String?
        /// Its metadata without the zone.
        public let metadata: [String: String]
        /// Its hosts, those without a `nova-compute` service left out.
        public let hosts: [String]
    }

    /// The hosts by name.
    public let hosts: [Host]
    /// The aggregates by name.
    public let aggregates: [Aggregate]
    /// Members of aggregates that have no `nova-compute` service.
    public let strangers: [String]

    /// Asks Nova.
    public static func read(_ session: CloudSession) async throws(ClientError) -> CloudInventory {
        CloudInventory(
            services: try await session.compute("/os-services?binary=nova-compute"),
            hypervisors: try await session.compute("/os-hypervisors/detail"),
            aggregates: try await session.compute("/os-aggregates")
        )
    }

    /// Puts Nova's three answers together; they are of microversion 2.1, which every Nova has.
    public init(services: JSONValue, hypervisors: JSONValue, aggregates: JSONValue) {
        var addresses: [String: String] = [:]
        for hypervisor in hypervisors["hypervisors"]?.items ?? [] {
            guard let host = hypervisor["service"]?["host"]?.text, let address = hypervisor["host_ip"]?.text
            else { continue }
            // A host of Ironic has many hypervisors, all with its own address.
            if addresses[host] == nil, !address.isEmpty { addresses[host] = address }
        }
        let compute = (services["services"]?.items ?? []).filter { $0["binary"]?.text == "nova-compute" }
        hosts = compute.compactMap { service in
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
        let known = Set(hosts.map(\.name))
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
}
