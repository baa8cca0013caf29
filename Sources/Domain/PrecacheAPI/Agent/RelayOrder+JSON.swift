import PrecacheModel

/// An image's `relay` in the body of `PUT /v1/tasks/{task_id}`.
extension RelayOrder {
    /// A ticket's length: 32 bytes in base64url.
    private static let ticketLength = 43

    /// Writes the members.
    func write(into json: inout JSONWriter) {
        json.member("ticket", ticket)
        json.member("piece_bytes", pieceBytes)
        if let seed {
            json.object("seed") { json in
                json.member("index", seed.index)
                json.member("count", seed.count)
                json.warrant(seed.warrant)
            }
        }
        json.array("neighbours", neighbours) { json, neighbour in
            json.object { json in
                json.member("host", neighbour.place.host.text)
                json.member("address", neighbour.place.address)
                json.member("port", neighbour.place.port)
                json.member("far", neighbour.isFar)
            }
        }
        json.member("serve_seconds", serve.components.seconds)
    }

    /// Nil only with what is wrong noted.
    init?(_ value: JSONValue, path: String, sizeBytes: Int64?, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let ticket = reader.string(
            "ticket",
            length: Self.ticketLength...Self.ticketLength,
            required: true,
            &problems
        )
        let length = reader.integer("piece_bytes", PieceLayout.lengths, required: true, &problems)
        if let length, length & (length - 1) != 0 {
            problems.add("\(path).piece_bytes", "must be a power of two")
        }
        if sizeBytes ?? 0 == 0 { problems.add(path, "needs the image's size_bytes") }
        let seed = reader.value("seed", &problems).flatMap { SeedPart($0, path: "\(path).seed", &problems) }
        var neighbours: [RelayNeighbour] = []
        let items = reader.array("neighbours", count: 0...32, required: true, &problems) ?? []
        for (index, item) in items.enumerated() {
            if let neighbour = RelayNeighbour(item, path: "\(path).neighbours[\(index)]", &problems) {
                neighbours.append(neighbour)
            }
        }
        let serve = reader.integer("serve_seconds", 0...86_400, required: true, &problems)
        reader.finish(&problems)
        guard let ticket, let length, let serve else { return nil }
        self.init(
            ticket: ticket,
            pieceBytes: length,
            seed: seed,
            neighbours: neighbours,
            serve: .seconds(serve)
        )
    }
}

extension SeedPart {
    fileprivate init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let count = reader.integer("count", 1...64, required: true, &problems)
        let index = reader.integer("index", 0...63, required: true, &problems)
        let warrant = reader.value("warrant", required: true, &problems)
            .flatMap { SeedWarrant($0, path: "\(path).warrant", &problems) }
        reader.finish(&problems)
        guard let count, let index, let warrant else { return nil }
        if index >= count { problems.add("\(path).index", "must be less than count") }
        self.init(index: Int(index), count: Int(count), warrant: warrant)
    }
}

extension SeedWarrant {
    init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let certificate = reader.string(
            "certificate",
            length: 1...RelayLine.longestCertificate,
            required: true,
            &problems
        )
        let signature = reader.string("signature", length: 1...2_048, required: true, &problems)
        reader.finish(&problems)
        guard let certificate, let signature else { return nil }
        self.init(certificate: certificate, signature: signature)
    }
}

extension JSONWriter {
    /// Writes a seed's warrant as the member `warrant`.
    mutating func warrant(_ warrant: SeedWarrant) {
        object("warrant") { json in
            json.member("certificate", warrant.certificate)
            json.member("signature", warrant.signature)
        }
    }
}

extension RelayNeighbour {
    fileprivate init?(_ value: JSONValue, path: String, _ problems: inout InputProblems) {
        guard var reader = ObjectReader(value, path: path, &problems) else { return nil }
        let host = reader.checked("host", required: true, &problems) { text throws(InvalidValue) in
            try HostName(text)
        }
        let address = reader.printable("address", required: true, &problems)
        let port = reader.integer("port", 1...65_535, required: true, &problems)
        let isFar = reader.boolean("far", &problems) ?? false
        reader.finish(&problems)
        guard let host, let address, let port else { return nil }
        self.init(place: AgentPlace(host: host, address: address, port: Int(port)), isFar: isFar)
    }
}
