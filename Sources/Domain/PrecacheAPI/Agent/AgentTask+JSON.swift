package import PrecacheModel

/// The body of `PUT /v1/tasks/{task_id}`.
extension AgentTask {
    /// The longest that the protocol lets a task take: a week.
    private static let longestSeconds: Int64 = 604_800

    /// Writes the body.
    package func body() -> [UInt8] {
        var json = JSONWriter(capacity: 128 + 512 * images.count)
        json.object { json in
            json.member("job_id", job.text)
            json.member("attempt", attempt)
            if let host { json.member("host", host.text) }
            json.member("timeout_seconds", Self.seconds(timeout))
            // Left out where nothing is promised: an agent from before there were pins takes no field that it doesn't know.
            if let keep { json.member("keep_seconds", keep.components.seconds) }
            json.array("images", images) { json, image in image.write(into: &json) }
        }
        return json.bytes
    }

    /// Whole seconds, rounded up, within the protocol's bounds.
    private static func seconds(_ duration: Duration) -> Int64 {
        let (whole, rest) = duration.components
        return min(max(whole + (rest > 0 ? 1 : 0), 1), longestSeconds)
    }

    /// Reads the body; nil, with what is wrong noted, unless all of it is right.
    package init?(id: TaskID, _ body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let job = reader.checked("job_id", required: true, &problems) { text throws(InvalidValue) in
            try JobID(text)
        }
        let attempt = reader.integer("attempt", 1...1_000_000, required: true, &problems)
        let host = reader.checked("host", &problems) { text throws(InvalidValue) in
            try HostName(text)
        }
        let timeout = reader.integer("timeout_seconds", 1...Self.longestSeconds, required: true, &problems)
        let keep = reader.integer("keep_seconds", 0...31_536_000, nullable: true, &problems) ?? 0
        let images = Self.images(&reader, &problems)
        reader.finish(&problems)
        guard problems.isEmpty, let job, let attempt, let timeout else { return nil }
        self.init(
            id: id,
            job: job,
            attempt: Int(attempt),
            host: host,
            timeout: .seconds(timeout),
            keep: keep > 0 ? .seconds(keep) : nil,
            images: images
        )
    }

    private static func images(
        _ reader: inout ObjectReader,
        _ problems: inout InputProblems
    ) -> [OrderedImage] {
        var images: [OrderedImage] = []
        var seen: Set<ImageID> = []
        var twice: [Int] = []
        let items = reader.array("images", count: 1...256, required: true, &problems) ?? []
        for (index, item) in items.enumerated() {
            guard let image = OrderedImage(item, path: "images[\(index)]", &problems) else { continue }
            if !seen.insert(image.id).inserted { twice.append(images.count) }
            images.append(image)
        }
        for index in twice {
            problems.add("images[\(index)].id", "is there before: each image may be listed once")
        }
        return images
    }
}

extension OrderedImage {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("id", reference.id.text)
            json.member("name", reference.name)
            json.member("size_bytes", reference.sizeBytes)
            json.member("hash_algorithm", reference.digest?.algorithm.rawValue)
            json.member("hash", reference.digest?.hex)
            json.member("disk_format", reference.diskFormat.rawValue)
            json.member("allow_unverified", reference.allowsUnverified)
            json.array("sources", sources) { json, source in
                json.object { json in
                    json.member("url", source.url)
                    json.member("headers", source.headers)
                }
            }
            // Left out where there is none: an agent from before there were relays takes no field that it doesn't know.
            if let relay { json.object("relay") { relay.write(into: &$0) } }
        }
    }

    /// Nil only with what is wrong noted.
    fileprivate init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
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
        var sources: [ImageSource] = []
        let relay = reader.value("relay", &problems).flatMap { value in
            RelayOrder(value, path: "\(path).relay", sizeBytes: size, &problems)
        }
        // A member of a mesh has no source, so that no failure can send all of them there.
        let least = relay != nil && relay?.seed == nil ? 0 : 1
        let items = reader.array("sources", count: least...16, required: true, &problems) ?? []
        for (index, item) in items.enumerated() {
            guard let source = ImageSource(item, path: "\(path).sources[\(index)]", &problems) else {
                continue
            }
            sources.append(source)
        }
        reader.finish(&problems)
        let digest = Self.digest(algorithm, hash, allowsUnverified: allowsUnverified, path, &problems)
        let known = DiskFormat(rawValue: format)
        if known == nil {
            let all = DiskFormat.allCases.map(\.rawValue).joined(separator: ", ")
            problems.add("\(path).disk_format", "must be one of \(all)")
        }
        guard let id else { return nil }
        let reference = ImageReference(
            id: id,
            name: name,
            url: sources.first?.url ?? "",
            sizeBytes: size,
            digest: digest,
            diskFormat: known ?? .raw,
            allowsUnverified: allowsUnverified
        )
        self.init(reference, sources: sources, relay: relay)
    }

    /// A digest needs both its halves; an image without one needs leave.
    private static func digest(
        _ algorithm: String?,
        _ hash: String?,
        allowsUnverified: Bool,
        _ path: String,
        _ problems: inout InputProblems
    ) -> Digest? {
        switch (algorithm, hash) {
        case (nil, nil):
            guard !allowsUnverified else { return nil }
            problems.add("\(path).hash", "is missing: an image without a digest needs allow_unverified")
        case (nil, _): problems.add("\(path).hash_algorithm", "is missing: hash needs it")
        case (_, nil): problems.add("\(path).hash", "is missing: hash_algorithm needs it")
        case (let algorithm?, let hash?):
            guard let known = DigestAlgorithm(rawValue: algorithm) else {
                problems.add("\(path).hash_algorithm", "must be one of md5, sha256, sha512")
                return nil
            }
            return InputCheck.value(hash, field: "\(path).hash", &problems) { text throws(InvalidValue) in
                try Digest(known, hex: text)
            }
        }
        return nil
    }
}

extension ImageSource {
    /// Nil only with what is wrong noted.
    fileprivate init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let url = reader.string("url", length: 1...8192, required: true, &problems)
        if let url, let fault = ImageURL.fault(in: url) { problems.add("\(path).url", fault) }
        let headers = Self.headers(reader.value("headers", &problems), path: "\(path).headers", &problems)
        reader.finish(&problems)
        guard let url else { return nil }
        self.init(url: url, headers: headers)
    }

    /// Names and values that can stand in a request; what is wrong is said without repeating a value.
    private static func headers(
        _ value: JSONValue?,
        path: String,
        _ problems: inout InputProblems
    ) -> [String: String] {
        guard let value, value != .null else { return [:] }
        guard case .object(let members) = value, members.count <= 16 else {
            problems.add(path, "must be an object of at most 16 members")
            return [:]
        }
        var headers: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value, text.utf8.count <= 8_192,
                text.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) })
            else {
                problems.add(
                    path,
                    "every value must be a string of at most 8192 bytes without control characters"
                )
                continue
            }
            guard isToken(member.name) else {
                problems.add(path, "every name must be a header field's: letters, digits and !#$%&'*+-.^_`|~")
                continue
            }
            headers[member.name] = text
        }
        return headers
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }
}
