/// What a job was told of the exchanges among its hosts: of whom, and how often.
package struct MeshRecord: Hashable, Sendable {
    /// Notes of one kind.
    package struct Told: Hashable, Sendable {
        /// How many there were.
        package var count: Int
        /// Whom they were of, each once: the first ``mostHosts``.
        package var hosts: [HostName]

        package init(count: Int = 0, hosts: [HostName] = []) {
            self.count = count
            self.hosts = hosts
        }
    }

    /// Hosts that are remembered of each kind.
    package static let mostHosts = 16

    package var told: [MeshNote.Kind: Told]

    package init(told: [MeshNote.Kind: Told] = [:]) { self.told = told }

    /// Takes a note.
    package mutating func take(_ kind: MeshNote.Kind, of host: HostName) {
        var told = told[kind] ?? Told()
        told.count += 1
        if told.hosts.count < Self.mostHosts, !told.hosts.contains(host) { told.hosts.append(host) }
        self.told[kind] = told
    }

    /// Hosts that read the source for the others, the first ``mostHosts``.
    package var seeds: [HostName] { told[.seed]?.hosts ?? [] }

    /// What people should know of it.
    package var notes: [String] {
        var notes: [String] = []
        if let alone = told[.alone] {
            notes.append(
                "\(Self.names(alone)) reached none of the neighbours and fetched from the source, beside "
                    + "those that read it for the others; is the agents' port open between hosts?"
            )
        }
        if let barred = told[.barred] {
            notes.append(
                "kept out of exchanges, since two hosts each got something wrong: \(Self.names(barred))"
            )
        }
        if let faults = told[.peerFault] {
            let times = faults.count == 1 ? "once" : "\(faults.count) times"
            notes.append("something wrong came \(times) from \(Self.names(faults)); nothing of it was kept")
        }
        return notes
    }

    /// `node-1, node-2, node-3 and 2 more`.
    private static func names(_ told: Told) -> String {
        let shown = told.hosts.prefix(3).map(\.text).joined(separator: ", ")
        if told.hosts.count >= mostHosts { return shown + " and many more" }
        return told.hosts.count > 3 ? "\(shown) and \(told.hosts.count - 3) more" : shown
    }
}

extension MeshNote {
    /// What the host did, which says until when it is kept out of exchanges, if it is.
    package var words: String {
        var words =
            switch kind {
            case .seed: detail.isEmpty ? "reads the source for the others" : detail
            case .starved: detail.isEmpty ? "none of its neighbours has what it misses" : detail
            case .peerFault: "gave another host something wrong; nothing of it was kept" + addition
            case .alone: "reached none of its neighbours; it fetches from the source itself" + addition
            case .barred: detail.isEmpty ? "two hosts got something wrong from it" : detail
            }
        if let isOutUntil { words += "; it is kept out of exchanges until \(isOutUntil)" }
        return words
    }

    /// Why the host is kept out of exchanges, to follow `because`.
    package var cause: String {
        let what =
            switch kind {
            case .alone: "it reached none of its neighbours" + addition
            case .seed, .starved, .peerFault, .barred:
                detail.isEmpty ? "two hosts got something wrong from it" : detail
            }
        return "\(what) (job \(job))"
    }

    private var addition: String { detail.isEmpty ? "" : ": \(detail)" }
}

/// Bytes of images that came from hosts of other zones, by the zone of the hosts that they came to.
///
/// What is read at a source isn't counted: nobody knows which zone that is in.
package struct Crossings: Hashable, Sendable {
    /// Zones that are told apart; what comes into others goes under ``others``.
    package static let mostZones = 64
    package static let others = "other"

    /// By zone; under "" those of hosts without one.
    package private(set) var bytes: [String: Int64]

    package init(_ bytes: [String: Int64] = [:]) { self.bytes = bytes }

    /// Adds what came into a zone.
    package mutating func take(_ count: Int64, to zone: String?) {
        let zone = zone ?? ""
        let place = bytes[zone] != nil || bytes.count < Self.mostZones ? zone : Self.others
        bytes[place] = ByteProgress.boundedSum(bytes[place] ?? 0, ByteProgress.bounded(count))
    }
}

extension JobRecord {
    /// Bytes that its hosts read at the images' sources, of results that are written down.
    ///
    /// An image that a host cached without an exchange counts with its size. In a database of an older version only what
    /// came since counts.
    package var fromSourceBytes: Int64 {
        images.reduce(0) { ByteProgress.boundedSum($0, $1.fromSourceBytes) }
    }

    /// Bytes that its hosts had from each other.
    package var fromPeersBytes: Int64 { images.reduce(0) { ByteProgress.boundedSum($0, $1.fromPeersBytes) } }

    /// How many times the images that were exchanged were read at their sources; nil if none was.
    package var copies: Double? {
        copies(exchanged.reduce(0) { ByteProgress.boundedSum($0, $1.fromSourceBytes) })
    }

    /// How many times the images that were exchanged so many bytes are; nil if none was.
    package func copies(_ bytes: Int64) -> Double? {
        guard !exchanged.isEmpty else { return nil }
        return Double(bytes) / exchanged.reduce(0) { $0 + Double($1.sizeBytes ?? 0) }
    }

    private var exchanged: [JobImage] { images.filter { $0.isExchanged && $0.sizeBytes ?? 0 > 0 } }
}
