import PrecacheModel

extension AgentTaskImage {
    init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let id = reader.checked("id", required: true, &problems) { text throws(InvalidValue) in
            try ImageID(text)
        }
        let name = reader.printable("name", nullable: true, &problems)
        let size = reader.integer("size_bytes", 0...Int64.max, nullable: true, &problems)
        let algorithm = reader.string("hash_algorithm", nullable: true, &problems)
        let hash = reader.string("hash", nullable: true, &problems)
        let format = reader.string("disk_format", &problems) ?? DiskFormat.raw.rawValue
        let allowsUnverified = reader.boolean("allow_unverified", &problems) ?? false
        let items = reader.array("sources", count: 1...16, required: true, &problems) ?? []
        let sources = items.enumerated().compactMap { index, item in
            AgentSource(item, path: "\(path).sources[\(index)]", &problems)
        }
        reader.finish(&problems)
        Self.checkDigest(algorithm, hash, allowsUnverified: allowsUnverified, path, &problems)
        if DiskFormat(rawValue: format) == nil {
            let known = DiskFormat.allCases.map(\.rawValue).joined(separator: ", ")
            problems.add("\(path).disk_format", "must be one of \(known)")
        }
        guard let id else { return nil }
        self.init(
            id: id.text,
            name: name,
            sizeBytes: size,
            hashAlgorithm: algorithm,
            hash: hash,
            diskFormat: format,
            allowUnverified: allowsUnverified,
            sources: sources
        )
    }

    /// A digest needs both its halves; an image without one needs leave.
    private static func checkDigest(
        _ algorithm: String?,
        _ hash: String?,
        allowsUnverified: Bool,
        _ path: String,
        _ problems: inout InputProblems
    ) {
        switch (algorithm, hash) {
        case (nil, nil):
            guard !allowsUnverified else { return }
            problems.add("\(path).hash", "is missing: an image without a digest needs allow_unverified")
        case (nil, _): problems.add("\(path).hash_algorithm", "is missing: hash needs it")
        case (_, nil): problems.add("\(path).hash", "is missing: hash_algorithm needs it")
        case (let algorithm?, let hash?):
            guard let known = DigestAlgorithm(rawValue: algorithm) else {
                return problems.add("\(path).hash_algorithm", "must be one of md5, sha256, sha512")
            }
            _ = InputCheck.value(hash, field: "\(path).hash", &problems) { text throws(InvalidValue) in
                try Digest(known, hex: text)
            }
        }
    }
}
