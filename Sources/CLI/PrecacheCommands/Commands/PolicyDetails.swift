import PrecacheClient
import PrecacheModel

/// A policy, all of it.
enum PolicyDetails {
    static func show(_ reply: Reply<PolicyView>, _ context: CommandContext) throws {
        let (policy, spec, status) = (reply.value, reply.value.spec, reply.value.status)
        let windows = spec.windows ?? []
        try context.show(
            reply.body,
            [
                ("Policy", policy.name),
                ("State", status?.state),
                ("Coverage", status?.fraction.map { Share.bar($0, context.console.glyphs) }),
                ("Missing hosts", status?.missingHosts.map { Quantity.count($0) }),
                ("Open jobs", status?.openJobs?.joined(separator: ", ")),
                ("Aggregates", spec.aggregates.joined(separator: ", ")),
                ("Wants", PolicyText.images(policy)),
                ("Windows", windows.isEmpty ? "always" : windows.map(window).joined(separator: "; ")),
                ("At their end", windows.isEmpty ? nil : spec.atWindowEnd),
                ("Superseded", spec.superseded),
                ("Parallelism", spec.parallelism?.text),
                ("Host timeout", spec.hostTimeoutSeconds.map { Quantity.duration(.seconds($0)) }),
                ("Priority", spec.priority),
                ("Enabled", spec.enabled.map { $0 ? "yes" : "no" }),
                ("Expires", TimeText.short(spec.expiresAt)),
                ("Last run", TimeText.short(status?.lastRunAt)),
                ("Next run", TimeText.short(status?.nextRunAt)),
                ("Next window", TimeText.short(status?.nextWindowAt)),
                ("Created", TimeText.short(policy.createdAt)),
                ("Updated", TimeText.short(policy.updatedAt)),
                ("Page", context.page("policies", policy.name)),
            ]
        )
        guard context.format.isTable, let status else { return }
        try show(status.images ?? [], context)
        try show(status.heldUpBy ?? [], context)
    }

    private static func show(_ images: [PolicyView.Status.Image], _ context: CommandContext) throws {
        guard !images.isEmpty else { return }
        var table = TextTable([.text("IMAGE NOW"), .text("COVERAGE"), .text("NEWEST OF"), .text("SINCE")])
        for image in images {
            table.add([
                image.imageID, image.fraction.map { Share.bar($0, context.console.glyphs) }, image.newest,
                TimeText.short(image.since),
            ])
        }
        try context.console.print([""])
        try context.print(table)
    }

    private static func show(_ holds: [PolicyView.Status.Hold], _ context: CommandContext) throws {
        guard !holds.isEmpty else { return }
        var table = TextTable([
            .text("HELD UP BY"), .number("HOSTS"), .text("EXAMPLE"), .text("IMAGE"),
            .text("AGAIN AT"), .prose("DETAIL"),
        ])
        for hold in holds {
            table.add([
                hold.what, hold.hosts.map { Quantity.count($0) }, hold.example, hold.imageID,
                TimeText.short(hold.until), hold.detail,
            ])
        }
        try context.console.print([""])
        try context.print(table)
        let words = Set(holds.map(\.what))
        let causes = PolicyHold.Cause.all.filter { words.contains($0.text) }
        try context.console.say(causes.map { "\($0.text): \($0.remedy)" })
    }

    private static func window(_ window: PolicyView.Spec.Window) -> String {
        "'\(window.cron)' for \(window.hours) h, \(window.timezone)"
    }
}

/// Words for a policy.
enum PolicyText {
    /// `debian-12, newest 2 of ubuntu-24.04, newest of tag:golden`.
    static func images(_ policy: PolicyView) -> String? {
        policy.spec.images.map { image in
            guard let channel = image.newest else { return image.id ?? "" }
            let count = image.count.map { $0 > 1 ? "newest \($0)" : "newest" } ?? "newest"
            let property = channel.property?.first.map { "\($0.key)=\($0.value)" }
            return "\(count) of \(channel.name ?? channel.tag.map { "tag:\($0)" } ?? property ?? "")"
        }.joined(separator: ", ")
    }

    /// `no_space on 2 hosts, channel_empty`; nil where nothing holds it up.
    static func holds(_ status: PolicyView.Status?) -> String? {
        status?.heldUpBy?.map { hold in
            guard let hosts = hold.hosts, hosts > 0 else { return hold.what }
            return "\(hold.what) on \(Quantity.count(hosts, "host"))"
        }.joined(separator: ", ")
    }
}
