import PrecacheClient

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
        try context.show(
            reply.body,
            [
                ("Host", host.name),
                ("Agent", endpoint(host)),
                ("State", host.state),
                ("Enabled", enabled(host)),
                ("Labels", texts(host.labels)),
                ("Heartbeat", TimeText.short(host.heartbeat?.at)),
                ("Version", host.heartbeat?.version),
                ("Disk free", host.heartbeat?.disk?.freeBytes.map(Quantity.bytes)),
                ("Cached", host.heartbeat?.cache.map(cached)),
            ]
        )
    }

    private static func cached(_ cache: HostView.Heartbeat.Cache) -> String {
        let images = Quantity.count(cache.images ?? 0, "image")
        let size = cache.bytes.map { ", \(Quantity.bytes($0))" } ?? ""
        let damage = (cache.damaged ?? 0) > 0 ? "; \(Quantity.count(cache.damaged ?? 0, "damaged file"))" : ""
        return images + size + damage
    }
}
