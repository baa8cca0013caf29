package import PrecacheModel

extension HostEntry {
    /// Reads what `PUT /v1/hosts/{name}` takes; nil, with what is wrong noted, unless all of it is right.
    package init?(name: HostName, body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let entry = Self.settings(name, &reader, &problems)
        reader.finish(&problems)
        guard problems.isEmpty else { return nil }
        self = entry
    }

    /// Reads an entry of an inventory; nil, with what is wrong noted, unless it has a name that can be one.
    init?(listed value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let name = reader.checked("name", required: true, &problems) { text throws(InvalidValue) in
            try HostName(text)
        }
        let placeholder = try? HostName("unnamed")
        guard let stand = name ?? placeholder else { return nil }
        let entry = Self.settings(stand, &reader, &problems)
        reader.finish(&problems)
        guard name != nil else { return nil }
        self = entry
    }

    private static func settings(
        _ name: HostName,
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> HostEntry {
        let address = reader.string("address", &problems)
        if let address, !isAddress(address) {
            problems.add(
                reader.path(of: "address"),
                "must be an IP address or a DNS name: letters, digits, '.', '-', '_', ':' and '%'"
            )
        }
        return HostEntry(
            name: name,
            address: address,
            port: reader.integer("port", 1...65_535, &problems).map(Int.init) ?? defaultPort,
            isEnabled: reader.boolean("enabled", &problems) ?? true,
            disabledReason: reader.printable("disabled_reason", nullable: true, &problems),
            labels: reader.labels("labels", &problems) ?? [:]
        )
    }

    /// Whether a text may be an address: nothing that could be more than one in a URL.
    private static func isAddress(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "%"):
                true
            default: false
            }
        }
    }
}
