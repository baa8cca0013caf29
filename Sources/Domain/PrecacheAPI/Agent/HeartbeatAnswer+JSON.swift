package import PrecacheModel

/// The answer to `PUT /v1/hosts/{name}/heartbeat`.
extension HeartbeatAnswer {
    /// Writes the answer.
    package func body() -> [UInt8] {
        var json = JSONWriter(capacity: 128 + 96 * (leases?.leases.count ?? 0))
        json.object { json in
            json.member("images_mark", imagesMark)
            json.member("wants_images", wantsImages)
            json.key("leases")
            if let leases { json.leases(leases) } else { json.null() }
        }
        return json.bytes
    }

    /// Reads the answer; nil, with what is wrong noted, unless all of it is right.
    ///
    /// Members that aren't known are passed over: the service may be newer.
    package init?(_ body: JSONValue, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: "", &problems) else { return nil }
        let imagesMark = reader.mark("images_mark", nullable: true, &problems)
        let wantsImages = reader.boolean("wants_images", &problems) ?? false
        var leases: LeaseSet?
        if let value = reader.value("leases", &problems), value != .null {
            leases = LeaseSet(value, path: reader.path(of: "leases"), &problems)
        }
        guard problems.isEmpty else { return nil }
        self.init(imagesMark: imagesMark, wantsImages: wantsImages, leases: leases)
    }
}

extension LeaseSet {
    /// Reads a set; nil, with what is wrong noted, unless all of it is right.
    package init?(_ body: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(body, path: path, &problems) else { return nil }
        let mark = reader.mark("mark", required: true, &problems)
        let seconds = reader.integer(
            "seconds",
            1...Self.longest.components.seconds,
            required: true,
            &problems
        )
        let most = 0...HeartbeatRecord.mostImages
        let images = reader.array("images", count: most, required: true, &problems) ?? []
        var known: Set<ImageID> = []
        let leases = images.enumerated().compactMap { index, item -> ImageLease? in
            guard var entry = ObjectReader(item, path: "\(path).images[\(index)]", &problems) else {
                return nil
            }
            let id = entry.checked("id", required: true, &problems) { text throws(InvalidValue) in
                try ImageID(text)
            }
            let names = entry.array("policies", count: 0...10_000, required: true, &problems) ?? []
            guard let id, known.insert(id).inserted else { return nil }
            let policies = names.compactMap(\.text).filter { PrintableText.isName($0, upTo: 255) }
            return ImageLease(image: id, policies: policies)
        }
        let removed = Self.images(
            reader.array("remove", count: most, &problems) ?? [],
            "\(path).remove",
            &problems
        )
        let successors = reader.value("successors", &problems)
        if let successors, successors.kind != "an object" {
            problems.add("\(path).successors", "must be an object, not \(successors.kind)")
        }
        let lists = Dictionary(
            successors?.members.map { ($0.name, $0.value) } ?? [],
            uniquingKeysWith: { $1 }
        )
        var seen: Set<ImageID> = []
        let removals = removed.filter { seen.insert($0).inserted }.map { image in
            let (list, field) = (lists[image.text] ?? .array([]), "\(path).successors.\(image)")
            if list.kind != "an array" { problems.add(field, "must be an array, not \(list.kind)") }
            return ImageRemoval(image: image, successors: Self.images(list.items, field, &problems))
        }
        guard problems.isEmpty, let mark, let seconds else { return nil }
        self.init(mark: mark, duration: .seconds(seconds), leases: leases, removals: removals)
    }

    private static func images(
        _ items: [JSONValue],
        _ path: String,
        _ problems: inout InputProblems
    ) -> [ImageID] {
        items.enumerated().compactMap { index, item -> ImageID? in
            guard let text = item.text else {
                problems.add("\(path)[\(index)]", "must be a string, not \(item.kind)")
                return nil
            }
            return InputCheck.value(text, field: "\(path)[\(index)]", &problems) {
                text throws(InvalidValue) in try ImageID(text)
            }
        }
    }
}

extension ObjectReader {
    /// A mark that the service has given: opaque, and printable so that it can be logged.
    mutating func mark(
        _ name: String,
        required: Bool = false,
        nullable: Bool = false,
        _ problems: inout InputProblems
    ) -> String? {
        printable(name, length: 1...128, required: required, nullable: nullable, &problems)
    }
}

extension JSONWriter {
    /// Writes a set of leases.
    package mutating func leases(_ set: LeaseSet) {
        object { json in
            json.member("mark", set.mark)
            json.member("seconds", set.duration.components.seconds)
            json.array("images", set.leases) { json, lease in
                json.object { json in
                    json.member("id", lease.image.text)
                    json.array("policies", lease.policies) { $0.string($1) }
                }
            }
            json.array("remove", set.removals) { $0.string($1.image.text) }
            json.object("successors") { json in
                for removal in set.removals {
                    json.key(text: removal.image.text)
                    json.array { json in
                        for image in removal.successors { json.string(image.text) }
                    }
                }
            }
        }
    }
}
