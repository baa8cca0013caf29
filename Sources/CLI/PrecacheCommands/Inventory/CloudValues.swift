import PrecacheClient
import PrecacheModel

/// What is known of a cloud, by openstacksdk's names: beside `auth`, and in it.
struct CloudValues {
    var plain: [String: String] = [:]
    var auth: [String: String] = [:]

    init() {}

    /// The texts of a cloud's entry.
    init(_ cloud: DocumentNode) {
        plain = Self.texts(cloud)
        auth = cloud["auth"].map(Self.texts) ?? [:]
    }

    private static func texts(_ node: DocumentNode) -> [String: String] {
        guard case .mapping(let entries) = node.content else { return [:] }
        var texts: [String: String] = [:]
        for entry in entries {
            // Of several, as `interface` may have them, the first is the one that is meant most.
            if case .sequence(let items) = entry.value.content {
                texts[entry.key] = items.first?.plainText
            } else {
                texts[entry.key] = entry.value.plainText
            }
        }
        return texts
    }

    /// Older names of what goes into `auth`, as `_fix_backwards_auth` takes them.
    private static let backwards: [(name: String, olderNames: [String])] = [
        ("domain_id", []), ("domain_name", []), ("user_domain_id", []), ("user_domain_name", []),
        ("project_domain_id", []), ("project_domain_name", []), ("project_id", ["tenant_id"]),
        ("project_name", ["tenant_name"]),
    ]

    /// Makes credentials of the values.
    ///
    /// - Parameters:
    ///   - source: Where they came from, for messages.
    ///   - home: The user's home folder, for `~`.
    ///   - unknownProfile: A profile that the cloud names and no file has.
    /// - Returns: The credentials.
    /// - Throws: ``ClientError`` of kind `input`.
    func credentials(
        source: String,
        home: String?,
        unknownProfile: String? = nil
    ) throws(ClientError) -> CloudCredentials {
        var values = self
        values.fixBackwards()
        values.spreadDomain()
        var flat = values.plain.merging(values.auth) { $1 }
        try Self.checkTrust(flat, source)
        if flat["auth_url"] == nil, let unknownProfile {
            throw ClientError(
                .input,
                "\(source) says no auth_url, and its profile '\(unknownProfile)' is in no clouds-public.yaml",
                hint:
                    "The profiles that openstacksdk brings along aren't known here: copy what is needed of it."
            )
        }
        // As Python's str.format: `https://{region_name}.example:5000`.
        if let url = flat["auth_url"] {
            flat["auth_url"] = values.plain.reduce(url) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
        if let file = flat["cacert"], file.hasPrefix("~/"), let home {
            flat["cacert"] = home + file.dropFirst()
        }
        return try CloudCredentials(flat, source: source)
    }

    private mutating func fixBackwards() {
        plain["auth_type"] = plain["auth_type"] ?? plain["auth_plugin"]
        for (name, olderNames) in Self.backwards {
            var value: String?
            // Those beside `auth` count more, and of the names the newest.
            for key in olderNames + [name] { value = plain[key] ?? auth[key] ?? value }
            for key in olderNames + [name] { (plain[key], auth[key]) = (nil, nil) }
            auth[name] = value
        }
        for (key, value) in plain where key.hasSuffix("endpoint_type") {
            plain[key.replacing("endpoint_type", with: "interface")] = value
        }
    }

    /// A domain that is said once stands for the user's and the project's, where there is a project.
    private mutating func spreadDomain() {
        guard auth["project_id"] ?? auth["project_name"] != nil else { return }
        for kind in ["id", "name"] {
            guard let domain = auth.removeValue(forKey: "domain_\(kind)") else { continue }
            for owner in ["user", "project"] {
                auth["\(owner)_domain_\(kind)"] = auth["\(owner)_domain_\(kind)"] ?? domain
            }
        }
    }

    /// Whoever answers without a certificate that counts would get the password.
    private static func checkTrust(_ values: [String: String], _ source: String) throws(ClientError) {
        let (yes, no): (Set, Set) = (["true", "yes", "on", "1"], ["false", "no", "off", "0"])
        for (key, refused) in [("verify", no), ("insecure", yes)] {
            guard let value = values[key], refused.contains(value.lowercased()) else { continue }
            throw ClientError(
                .input,
                "\(source) says \(key): \(value), which isn't done here",
                hint: "Give the authority of its certificates as cacert."
            )
        }
    }
}

/// A region of a cloud, with the values that are its own.
struct CloudRegion {
    let name: String
    let values: DocumentNode

    /// The regions that are known: the cloud's, else its profile's.
    static func all(
        of own: DocumentNode,
        _ vendor: DocumentNode?,
        _ source: String
    ) throws(ClientError) -> [CloudRegion] {
        for node in [own, vendor] {
            if let listed = node?["regions"], listed.content != .null { return try list(listed, source) }
            guard let named = node?["region_name"], named.content != .null else { continue }
            if let text = named.plainText {
                return text.split(separator: ",").map { CloudRegion(name: String($0), values: .nothing) }
            }
            return try list(named, source)
        }
        return []
    }

    private static func list(_ node: DocumentNode, _ source: String) throws(ClientError) -> [CloudRegion] {
        guard case .sequence(let items) = node.content else {
            throw ClientError(.input, "\(source) has regions that are no list")
        }
        var regions: [CloudRegion] = []
        for item in items {
            guard let name = item.plainText ?? item["name"]?.plainText else {
                throw ClientError(.input, "\(source) has a region without a name")
            }
            regions.append(CloudRegion(name: name, values: item["values"] ?? .nothing))
        }
        return regions
    }

    /// The region asked for, else the first; nil where none is known.
    static func choose(
        _ wanted: String?,
        among regions: [CloudRegion],
        _ source: String
    ) throws(ClientError) -> CloudRegion? {
        guard let wanted, !regions.isEmpty else { return regions.first }
        if let found = regions.first(where: { ByteOrder.equal($0.name, wanted) }) { return found }
        throw ClientError(
            .input,
            "\(source) has no region '\(wanted)'",
            hint: "It has \(regions.map(\.name).joined(separator: ", "))."
        )
    }
}

extension DocumentNode {
    fileprivate static let nothing = DocumentNode(.null, at: .start)

    /// The document with what another one says laid over it: mappings are merged, all else is replaced.
    ///
    /// - Parameters:
    ///   - over: What counts more.
    ///   - sparingNull: Whether nothing leaves what is there.
    /// - Returns: Both in one.
    func overlaid(_ over: DocumentNode, sparingNull: Bool = false) -> DocumentNode {
        if sparingNull, over.content == .null { return self }
        guard case .mapping(var entries) = content, case .mapping(let others) = over.content else {
            return over
        }
        for other in others {
            if let index = entries.firstIndex(where: { $0.key == other.key }) {
                let value = entries[index].value.overlaid(other.value, sparingNull: sparingNull)
                entries[index] = Entry(key: other.key, position: other.position, value: value)
            } else if !sparingNull || other.value.content != .null {
                entries.append(other)
            }
        }
        return DocumentNode(.mapping(entries), at: position)
    }

    /// The document with `_` for `-` in the keys below `clouds` and `public-clouds` and their names.
    ///
    /// But for `endpoint-type`, which openstacksdk passes over: it renames `endpoint_type` before it looks at hyphens.
    var withPlainKeys: DocumentNode { plainKeys(depth: 0) }

    private func plainKeys(depth: Int) -> DocumentNode {
        switch content {
        case .mapping(let entries):
            let plain = entries.map { entry in
                Entry(
                    key: depth < 2 || entry.key.hasSuffix("endpoint-type")
                        ? entry.key : entry.key.replacing("-", with: "_"),
                    position: entry.position,
                    value: entry.value.plainKeys(depth: depth + 1)
                )
            }
            return DocumentNode(.mapping(plain), at: position)
        case .sequence(let items):
            return DocumentNode(.sequence(items.map { $0.plainKeys(depth: depth + 1) }), at: position)
        case .text, .word, .null: return self
        }
    }
}
