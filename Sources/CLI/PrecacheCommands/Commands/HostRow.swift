import PrecacheClient
import PrecacheModel

/// Words for a host.
enum HostRow {
    static func endpoint(_ host: HostView) -> String? {
        guard let address = host.address else { return nil }
        guard let port = host.port else { return address }
        return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    static func enabled(_ host: HostView) -> String? {
        host.enabled.map { $0 ? "yes" : "no" }
    }

    static func texts(_ texts: [String: String]?) -> String? {
        texts.map { texts in
            texts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
        }
    }

    static func show(_ reply: Reply<HostView>, _ context: CommandContext) throws {
        let host = reply.value
        let details = HostDetails(in: reply.body)
        let why = host.disabledReason.map { ": \($0)" } ?? ""
        try context.show(
            reply.body,
            [
                ("Host", host.name),
                ("Agent", endpoint(host)),
                ("State", host.state),
                ("Enabled", enabled(host).map { $0 + why }),
                ("Labels", texts(host.labels)),
                ("Aggregates", details?.aggregates?.joined(separator: ", ")),
                ("Heartbeat", host.heartbeat.map(heartbeat) ?? "never one"),
                ("Refused", details?.refusedHeartbeats.map(UnknownHosts.line)),
                ("Version", host.heartbeat?.version),
                ("Disk free", host.heartbeat?.disk.flatMap(disk)),
                ("Cached", host.heartbeat?.cache.map(cached)),
                ("Exchanges", details?.relay.map { relay($0, of: host.name) }),
                ("Page", context.page("hosts", host.name)),
            ]
        )
        guard context.format.isTable else { return }
        try show(details?.images ?? [], context)
        guard context.format == .table, let results = details?.recentResults, !results.isEmpty else { return }
        var table = TextTable([
            .text("FINISHED"), .text("JOB"), .text("IMAGE"), .text("OUTCOME"), .text("REASON"),
            .text("DETAIL"),
        ])
        for one in results {
            let result = one.result
            table.add([
                TimeText.short(one.finishedAt), one.job, result.imageID, result.outcome, result.reason,
                result.detail,
            ])
        }
        try context.console.print([""])
        try context.print(table)
    }

    private static func heartbeat(_ heartbeat: HostView.Heartbeat) -> String {
        let at = TimeText.short(heartbeat.at) ?? ""
        let age = heartbeat.ageSeconds.map { ", \(Quantity.duration(.seconds($0))) ago" } ?? ""
        return at + age
    }

    private static func relay(_ relay: HostDetails.Relay, of host: String) -> String {
        guard let until = relay.outUntil else {
            return relay.capable == true ? "yes" : "no: its agent can't; it fetches for itself"
        }
        let why = relay.why.map { " because \($0)" } ?? ""
        return
            "kept out until \(TimeText.short(until) ?? until)\(why). Sooner: precache host disable \(host), then enable"
    }

    private static func disk(_ disk: HostView.Heartbeat.Disk) -> String? {
        guard let free = disk.freeBytes else { return nil }
        guard let total = disk.totalBytes, total > 0 else { return Quantity.bytes(free) }
        return "\(Quantity.bytes(free)) of \(Quantity.bytes(total))"
    }

    /// The images that it has: the first few by id, all of them with `-o wide`.
    private static func show(_ images: [HostDetails.Image], _ context: CommandContext) throws {
        guard !images.isEmpty else { return }
        let shown = context.format == .wide ? images.count : min(images.count, 8)
        var table = TextTable([.text("IMAGE"), .number("SIZE"), .text("SINCE"), .text("DIGEST")])
        for image in images.prefix(shown) {
            table.add([
                image.id, image.sizeBytes.map(Quantity.bytes), TimeText.short(image.since),
                image.damaged == true ? "DAMAGED" : image.verified.map { $0 ? "right" : "not compared" },
            ])
        }
        let more = images.count - shown
        if more > 0 { table.add(["and \(Quantity.count(more)) more: -o wide", nil, nil, nil]) }
        try context.console.print([""])
        try context.print(table)
    }

    private static func cached(_ cache: HostView.Heartbeat.Cache) -> String {
        let images = Quantity.count(cache.images ?? 0, "image")
        let size = cache.bytes.map { ", \(Quantity.bytes($0))" } ?? ""
        let damage = (cache.damaged ?? 0) > 0 ? "; \(Quantity.count(cache.damaged ?? 0, "damaged file"))" : ""
        return images + size + damage
    }
}
