package import PrecacheModel

/// A line of `GET /v1/relay/{content}`: what an agent tells its neighbours of an image that they exchange.
package enum RelayLine: Hashable, Sendable {
    /// A seed's certificate in PEM, by which its seals are checked, with those between it and the authority; and the
    /// service's word that it is a seed.
    case seed(HostName, certificate: String, SeedWarrant)
    /// Pieces that it has, beside those that it told of.
    case have([ClosedRange<Int>])
    /// Nothing new for a while.
    case beat

    /// The longest line that a reader has to take, in bytes, its line feed included.
    package static let longest = 65_536
    /// Rows of pieces in one line.
    private static let rows = 2_048
    /// The longest text of a certificate, with those between it and the authority, in bytes.
    package static let longestCertificate = 16_384

    /// The lines that tell of pieces, line feeds included: several if the rows are many.
    package static func lines(have rows: [ClosedRange<Int>]) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = rows[...]
        while !rest.isEmpty {
            bytes += RelayLine.have(Array(rest.prefix(Self.rows))).line()
            rest = rest.dropFirst(Self.rows)
        }
        return bytes
    }

    /// The line, line feed included.
    package func line() -> [UInt8] {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            switch self {
            case .seed(let host, let certificate, let warrant):
                json.member("seed", host.text)
                json.member("certificate", certificate)
                json.warrant(warrant)
            case .have(let rows):
                json.array("have", rows) { json, row in
                    json.array { json in
                        json.integer(Int64(row.lowerBound))
                        json.integer(Int64(row.upperBound))
                    }
                }
            case .beat: json.member("beat", true)
            }
        }
        return json.bytes + CollectionOfOne(UInt8(ascii: "\n"))
    }

    /// Reads a line of an image of so many pieces; nil for one of a kind that isn't known.
    ///
    /// A piece behind them breaks the protocol, and so do rows that aren't in order: what a line can bring to do is bounded by
    /// the image. Throws ``AgentLineError`` then.
    package static func read(_ line: [UInt8], pieces: Int) throws(AgentLineError) -> RelayLine? {
        guard let value = try? JSONParser.parse(line), case .object = value else {
            throw AgentLineError("not a JSON object")
        }
        if let rows = value["have"] { return .have(try Self.rows(rows, pieces)) }
        if value["beat"] != nil { return .beat }
        guard let name = value["seed"] else { return nil }
        var problems = InputProblems()
        guard let name = name.text, let host = try? HostName(name),
            let certificate = value["certificate"]?.text,
            (1...Self.longestCertificate).contains(certificate.utf8.count),
            let warrant = value["warrant"].flatMap({ SeedWarrant($0, path: "warrant", &problems) })
        else { throw AgentLineError("a seed lacks its name, certificate or warrant") }
        return .seed(host, certificate: certificate, warrant)
    }

    private static func rows(_ value: JSONValue, _ pieces: Int) throws(AgentLineError) -> [ClosedRange<Int>] {
        guard case .array(let items) = value else { throw AgentLineError("have is no array") }
        var rows: [ClosedRange<Int>] = []
        for item in items {
            guard case .array(let ends) = item, ends.count == 2, let first = ends[0].integer,
                let last = ends[1].integer,
                0 <= first, first <= last, last < pieces, rows.last.map({ $0.upperBound < first }) ?? true
            else { throw AgentLineError("have names pieces that the image hasn't, or not in order") }
            rows.append(Int(first)...Int(last))
        }
        return rows
    }
}
