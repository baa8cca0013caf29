import Policies
import PrecacheAPI
import PrecacheModel
import Store

/// A policy as it is kept: what an operator says, and what was found out for it.
struct KeptPolicy: Sendable {
    let row: StoredPolicyRow
    let record: PolicyRecord
    /// What its images mean, in the order of the spec's.
    var meanings: [ChannelMeaning]

    /// Reads a row.
    ///
    /// A row that can't be read is of a newer version, or damaged: then nothing is done for it, and nil is answered.
    init?(_ row: StoredPolicyRow) {
        var problems = InputProblems()
        guard let value = try? JSONParser.parse(Array(row.spec.utf8)), let spec = PolicySpec(value, &problems)
        else { return nil }
        self.row = row
        record = PolicyRecord(name: row.name, spec: spec, createdAt: row.createdAt, updatedAt: row.updatedAt)
        let known = Self.memory(row.memory)
        meanings = spec.images.map { image in
            switch image {
            case .image(let id): ChannelMeaning(id)
            case .newest(let channel, _): known[channel.description] ?? ChannelMeaning()
            }
        }
    }

    /// A spec as a row has it.
    static func text(_ spec: PolicySpec) -> String {
        var json = JSONWriter()
        json.policySpec(spec)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// What is to be remembered: what channels mean and meant.
    var memory: String {
        var json = JSONWriter()
        json.object { json in
            json.array("channels", Array(zip(record.spec.images, meanings))) { json, pair in
                json.object { json in
                    if case .newest(let channel, _) = pair.0 { json.member("channel", channel.description) }
                    json.array("current", pair.1.current) { json, current in
                        json.object { json in
                            json.member("id", current.id.text)
                            json.member("since", current.since)
                        }
                    }
                    json.array("superseded", pair.1.superseded) { json, id in json.string(id.text) }
                    json.member("empty", pair.1.isEmpty)
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func memory(_ text: String) -> [String: ChannelMeaning] {
        guard let value = try? JSONParser.parse(Array(text.utf8)) else { return [:] }
        var known: [String: ChannelMeaning] = [:]
        for one in value["channels"]?.items ?? [] {
            guard let channel = one["channel"]?.text else { continue }
            let current = (one["current"]?.items ?? []).compactMap { item -> ChannelMeaning.Current? in
                guard let id = item["id"]?.text.flatMap({ try? ImageID($0) }) else { return nil }
                return .init(id: id, since: item["since"]?.text.flatMap { try? Timestamp($0) })
            }
            known[channel] = ChannelMeaning(
                current: current,
                superseded: (one["superseded"]?.items ?? []).compactMap {
                    $0.text.flatMap { try? ImageID($0) }
                },
                isEmpty: one["empty"]?.boolean ?? false
            )
        }
        return known
    }
}

extension PolicyMoment {
    /// A status as a history keeps it.
    init(_ status: PolicyStatus, at now: Timestamp) {
        var json = JSONWriter()
        json.policyStatus(status)
        self.init(
            at: now,
            state: status.state,
            causes: Set(status.heldUpBy.map(\.cause.text)).sorted(),
            status: String(decoding: json.bytes, as: UTF8.self)
        )
    }
}
