import PrecacheAPI

/// Where a cloud's services are, as Keystone lists them with a token.
package struct ServiceCatalogue: Sendable {
    /// One URL of a service.
    struct Endpoint: Hashable, Sendable {
        let type: String
        let interface: String
        let region: String
        let url: String
    }

    let endpoints: [Endpoint]

    /// Reads `token.catalog` (Identity API v3); what isn't of its shape is passed over.
    init(_ value: JSONValue?) {
        endpoints = (value?.items ?? []).flatMap { service in
            (service["endpoints"]?.items ?? []).compactMap { endpoint in
                guard let type = service["type"]?.text, let interface = endpoint["interface"]?.text,
                    let url = endpoint["url"]?.text
                else { return nil }
                let region = (endpoint["region_id"] ?? endpoint["region"])?.text ?? ""
                return Endpoint(type: type, interface: interface, region: region, url: url)
            }
        }
    }

    /// Finds a service.
    ///
    /// - Parameters:
    ///   - type: Such as `image`.
    ///   - interface: `public`, `internal` or `admin`.
    ///   - region: The region; nil if the cloud has but one.
    /// - Returns: Its URLs, without slashes at their ends, in the catalogue's order.
    /// - Throws: ``KeystoneError/refused(_:)`` if there is none, or several regions to choose from.
    package func urls(of type: String, interface: String, region: String?) throws(KeystoneError) -> [String] {
        let matching = endpoints.filter {
            $0.type == type && $0.interface == interface && (region == nil || $0.region == region)
        }
        let regions = Set(matching.map(\.region))
        guard regions.count <= 1 else {
            throw .refused(
                "the catalogue has \(type) endpoints in the regions \(regions.sorted().joined(separator: ", ")): set "
                    + "keystone.region_name to one of them"
            )
        }
        guard !matching.isEmpty else {
            let place = region.map { " in region \($0)" } ?? ""
            throw .refused("the catalogue has no \(interface) endpoint of type \(type)\(place)")
        }
        return matching.map { endpoint in
            var url = endpoint.url[...]
            while url.last == "/" { url = url.dropLast() }
            return String(url)
        }
    }
}
