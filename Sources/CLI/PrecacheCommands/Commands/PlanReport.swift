import PrecacheClient

/// Shows what a job would do.
enum PlanReport {
    static func show(_ reply: Reply<PlanView>, _ context: CommandContext) throws {
        let plan = reply.value
        guard context.format.isTable else {
            // A plan has no name.
            return context.format.isDocument ? try context.print(json: reply.body) : ()
        }
        var hosts = TextTable([.text("WOULD"), .number("HOSTS")])
        for (words, count) in rows(plan.hosts) where count > 0 { hosts.add([words, Quantity.count(count)]) }
        try context.print(hosts)
        let isSized = plan.bytes?.unsizedImages ?? 0 == 0
        if plan.bytes != nil || plan.finish != nil { try context.console.print([""]) }
        try context.console.print([
            ("From the source", plan.bytes?.fromSource.map { isSized ? Quantity.bytes($0) : atLeast($0) }),
            ("Between hosts", plan.bytes?.betweenHosts.map(Quantity.bytes)),
            ("Would take", plan.finish.map { isSized ? time($0) : "unknown" }),
            ("Rests on", isSized ? plan.finish.map(basis) : nil),
        ])
        try showRoom(plan, context)
        try context.console.say((plan.warnings ?? []).map { "Warning: \(TerminalText.escaped($0))" })
        try context.console.say(["Nothing was started; this was a dry run."])
    }

    private static func rows(_ hosts: PlanView.Hosts) -> [(words: String, count: Int)] {
        [
            ("fetch", hosts.toFetch ?? 0), ("have all of it already", hosts.existing ?? 0),
            ("have no room", hosts.noRoom ?? 0), ("be skipped: down", hosts.down ?? 0),
            ("be skipped: disabled", hosts.disabled ?? 0), ("need no cache", hosts.unsupported ?? 0),
            ("be the job's hosts", hosts.total),
        ]
    }

    /// What is known of it, where an image has no size.
    private static func atLeast(_ count: Int64) -> String {
        count > 0 ? "\(Quantity.bytes(count)) and images of unknown size" : "unknown"
    }

    /// `2m 10s to 4m 30s`.
    private static func time(_ finish: PlanView.Finish) -> String {
        let ends = [finish.earliestSeconds, finish.latestSeconds].map {
            // Up: what takes a moment isn't done in none.
            Quantity.duration(.seconds(min(max(0, $0.rounded(.up)), 1e9)))
        }
        return ends[0] == ends[1] ? "about \(ends[0])" : "\(ends[0]) to \(ends[1])"
    }

    /// `rates measured lately: 110.0 MiB/s each host, 1.1 GiB/s the source`.
    private static func basis(_ finish: PlanView.Finish) -> String {
        let rates = [
            finish.hostBytesPerSecond.map { "\(Quantity.rate($0)) each host" },
            finish.sourceBytesPerSecond.map { "\(Quantity.rate($0)) the source" },
        ].compactMap { $0 }.joined(separator: ", ")
        let words =
            switch finish.restsOn {
            case "measured": "rates measured lately"
            case "assumed": "assumed rates, since none were measured yet"
            default: finish.restsOn ?? "rates"
            }
        return rates.isEmpty ? words : "\(words): \(rates)"
    }

    private static func showRoom(_ plan: PlanView, _ context: CommandContext) throws {
        let rooms = plan.noRoom ?? []
        guard !rooms.isEmpty else { return }
        var table = TextTable([.text("NO ROOM ON"), .number("NEEDED"), .number("FREE")])
        for room in rooms {
            table.add([room.host, room.neededBytes.map(Quantity.bytes), room.freeBytes.map(Quantity.bytes)])
        }
        let more = (plan.hosts.noRoom ?? 0) - rooms.count
        if more > 0 { table.add(["and \(Quantity.count(more)) more", nil, nil]) }
        try context.console.print([""])
        try context.print(table)
    }
}
