import PrecacheModel

/// Which hypervisors a request asks for: pages from 2.33 on, names that hold a text from 2.53 on.
struct HypervisorPage: Sendable {
    /// Nova's `[api] max_limit`.
    private static let maximumLimit = 1000

    /// Whether each is to say its servers, of which there are none here.
    let withServers: Bool
    private let limit: Int?
    private let marker: String?
    private let pattern: String?
    private let hasUUIDs: Bool

    /// Reads the query; throws 400.
    init(_ call: NovaCall) throws(NovaFault) {
        let query = try call.query()
        hasUUIDs = call.version >= Microversion(2, 53)
        guard call.version >= Microversion(2, 33) else {
            (limit, marker, pattern, withServers) = (nil, nil, nil, false)
            return
        }
        if hasUUIDs {
            try call.allow(["limit", "marker", "hypervisor_hostname_pattern", "with_servers"], in: query)
        }
        limit = try query["limit"].map { text throws(NovaFault) in
            guard let number = Int(text), number >= 0, text.first != "+" else {
                throw .badRequest(
                    "Invalid input for query parameters limit. Value: \(text). "
                        + "\(PythonText.repr(text)) does not match '^[0-9]*$'"
                )
            }
            return number
        }
        marker = query["marker"]
        pattern = hasUUIDs ? query["hypervisor_hostname_pattern"] : nil
        withServers = hasUUIDs && Self.isTrue(query["with_servers"])
        if pattern != nil, limit != nil || marker != nil {
            throw .badRequest(
                "Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported."
            )
        }
    }

    /// Those that are asked for, and the marker of the next page if there may be one.
    ///
    /// Throws 400 for a marker that names none, 404 for a pattern that matches none.
    func select(_ hosts: [ComputeHost]) throws(NovaFault) -> (hosts: [ComputeHost], next: String?) {
        if let pattern {
            let found = hosts.filter { $0.host.name.text.lowercased().contains(pattern.lowercased()) }
            guard !found.isEmpty else {
                throw .notFound("No hypervisor matching '\(pattern)' could be found.")
            }
            return (found, nil)
        }
        var rest = hosts[...]
        if let marker {
            guard let place = hosts.firstIndex(where: { id(of: $0) == marker }) else {
                throw .badRequest("marker [\(marker)] not found")
            }
            rest = hosts[(place + 1)...]
        }
        guard let limit else { return (Array(rest), nil) }
        let page = Array(rest.prefix(min(limit, Self.maximumLimit)))
        return (page, page.count == limit ? page.last.map(id) : nil)
    }

    /// `strutils.bool_from_string`, of the texts that the schema lets through.
    static func isTrue(_ text: String?) -> Bool {
        text.map { ["1", "true", "on", "yes"].contains($0.lowercased()) } ?? false
    }

    private func id(of host: ComputeHost) -> String { hasUUIDs ? host.hypervisorUUID : "\(host.host.id)" }
}
