package import PrecacheModel

extension ImageReference {
    /// Reads what `PUT /v1/images/{id}` takes; nil, with what is wrong noted, unless all of it is right.
    package init?(id: ImageID, body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let reference = Self.settings(id, &reader, &problems)
        reader.finish(&problems)
        guard let reference, problems.isEmpty else { return nil }
        self = reference
    }

    /// Reads an entry of an inventory; nil, with what is wrong noted, unless all of it is right.
    init?(listed value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let id = reader.checked("id", required: true, &problems) { text throws(InvalidValue) in
            try ImageID(text)
        }
        let placeholder = try? ImageID("unnamed")
        guard let stand = id ?? placeholder else { return nil }
        let reference = Self.settings(stand, &reader, &problems)
        reader.finish(&problems)
        guard id != nil, let reference else { return nil }
        self = reference
    }

    private static func settings(
        _ id: ImageID,
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> ImageReference? {
        let before = problems.count
        let name = reader.printable("name", nullable: true, &problems)
        let url = reader.string("url", length: 8...8192, required: true, &problems)
        if let url, let fault = ImageURL.fault(in: url) { problems.add(reader.path(of: "url"), fault) }
        let size = reader.integer("size_bytes", 1...9_007_199_254_740_991, nullable: true, &problems)
        let digest = digest(&reader, &problems)
        let format = format(&reader, &problems)
        let allowsUnverified = reader.boolean("allow_unverified", &problems) ?? false
        if digest == nil, !allowsUnverified, problems.count == before {
            problems.add(
                reader.path(of: "hash"),
                "is missing: give hash_algorithm and hash, or allow_unverified to cache it unchecked"
            )
        }
        guard problems.count == before, let url else { return nil }
        return ImageReference(
            id: id,
            name: name,
            url: url,
            sizeBytes: size,
            digest: digest,
            diskFormat: format,
            allowsUnverified: allowsUnverified
        )
    }

    private static func digest(_ reader: inout ObjectReader, _ problems: inout InputProblems) -> Digest? {
        let algorithm = reader.string("hash_algorithm", length: 0...16, nullable: true, &problems)
        let hex = reader.string("hash", length: 0...128, nullable: true, &problems)
        switch (algorithm, hex) {
        case (nil, nil): return nil
        case (.some, nil):
            problems.add(reader.path(of: "hash"), "is missing beside hash_algorithm")
            return nil
        case (nil, .some):
            problems.add(reader.path(of: "hash_algorithm"), "is missing beside hash")
            return nil
        case (.some(let algorithm), .some(let hex)):
            guard let known = DigestAlgorithm(rawValue: algorithm) else {
                let all = DigestAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
                problems.add(reader.path(of: "hash_algorithm"), "must be one of \(all)")
                return nil
            }
            return InputCheck.value(hex, field: reader.path(of: "hash"), &problems) {
                text throws(InvalidValue) in
                try Digest(known, hex: text)
            }
        }
    }

    private static func format(_ reader: inout ObjectReader, _ problems: inout InputProblems) -> DiskFormat {
        guard let text = reader.string("disk_format", length: 0...16, &problems) else { return .raw }
        if let format = DiskFormat(rawValue: text) { return format }
        let all = DiskFormat.allCases.map(\.rawValue).joined(separator: ", ")
        problems.add(reader.path(of: "disk_format"), "must be one of \(all)")
        return .raw
    }
}
